/*
 * test_authres.c - Authentication-Results of many writers, and our own.
 */
#include "unit.h"

#include "mailauth/authres.h"

static struct authres
parse(const char *value)
{
	return authres_parse(&arena, str_from(value));
}

static str
value(const struct authres *r, size_t i, const char *key)
{
	assert_true(i < r->n);
	return authres_value(&r->result[i], str_from(key));
}

static void
test_plain(void **state)
{
	(void)state;
	struct authres r = parse(
		" mx.me.example;\r\n spf=pass smtp.mailfrom=shop.example;\r\n"
		" dkim=pass header.d=shop.example header.s=s1\r\n"
		" header.a=rsa-sha256 header.b=\"aB3/xY9k\";\r\n"
		" dmarc=pass header.from=shop.example policy.dmarc=none");

	assert_true(r.valid);
	assert_str(r.authserv_id, "mx.me.example");
	assert_int_equal(r.version, 1);
	assert_int_equal(r.instance, 0);
	assert_int_equal(r.n, 3);
	assert_str(r.result[1].method, "dkim");
	assert_str(r.result[1].result, "pass");
	assert_int_equal(r.result[1].n, 4);
	assert_str(value(&r, 0, "smtp.mailfrom"), "shop.example");
	assert_str(value(&r, 1, "Header.B"), "aB3/xY9k");
	assert_str(value(&r, 2, "policy.dmarc"), "none");
	assert_null(value(&r, 2, "header.d").p);
	assert_ptr_equal(authres_find(&r, STR("DMARC")), &r.result[2]);
	assert_null(authres_find(&r, STR("arc")));
}

static void
test_none(void **state)
{
	(void)state;
	struct authres r = parse("mx.me.example 1 ; none");

	assert_true(r.valid && r.none);
	assert_int_equal(r.n, 0);
	r = parse("mx.me.example; (x) none (y) ;");
	assert_true(r.valid && r.none);
	r = parse("mx.me.example; spf=none");
	assert_false(r.none);
	assert_int_equal(r.n, 1);
}

static void
test_comments(void **state)
{
	(void)state;
	struct authres r =
		parse("(a;b=c) \"mx me\" (d (e)) 1 (f)\r\n ; (g) DKIM"
		      " (h) / (i) 1 (j) = (k) PASS (l; m=n) reason ="
		      " \"a \\\"b\\\"; c\" header (o) . (p) D (q) = "
		      "(r) shop.example (s) header.s=s1(t)");

	assert_true(r.valid);
	assert_str(r.authserv_id, "mx me");
	assert_int_equal(r.n, 1);
	assert_str(r.result[0].method, "dkim");
	assert_str(r.result[0].result, "pass");
	assert_str(r.result[0].comment, "l; m=n");
	assert_str(r.result[0].reason, "a \"b\"; c");
	assert_str(value(&r, 0, "header.d"), "shop.example");
	assert_str(value(&r, 0, "header.s"), "s1");
}

/* The local part is the sender's own choice. (RFC 5321 4.1.2) */
static void
test_quoted_address(void **state)
{
	(void)state;
	struct authres r = parse(
		"mx; spf=pass smtp.mailfrom=\"a@b.example\"@c.example;"
		" dkim=pass header.i=\"x; spf=pass \\\" (\"@c.example"
		" header.d=c.example; spf=fail smtp.mailfrom=d.\"; spf=pass "
		"smtp.mailfrom=b.example \"@c.example");

	assert_true(r.valid);
	assert_int_equal(r.n, 3);
	assert_str(value(&r, 0, "smtp.mailfrom"), "\"a@b.example\"@c.example");
	assert_str(
		value(&r, 1, "header.i"), "\"x; spf=pass \\\" (\"@c.example");
	assert_str(value(&r, 1, "header.d"), "c.example");
	assert_str(value(&r, 2, "smtp.mailfrom"),
		"d.\"; spf=pass smtp.mailfrom=b.example \"@c.example");

	/* nothing is read behind a string that is not closed */
	r = parse("mx; spf=pass smtp.mailfrom=\"a (x)@c.example; dkim=pass");
	assert_false(r.valid || r.result[0].whole);
	assert_int_equal(r.n, 1);
}

static void
test_microsoft(void **state)
{
	(void)state;
	struct authres r = parse(
		"spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=b.example;"
		" dkim=pass (signature was verified)\r\n header.d=b.example;"
		"dmarc=pass action=none\r\n header.from=b.example;compauth=pass"
		" reason=100");

	assert_true(r.valid);
	assert_null(r.authserv_id.p);
	assert_int_equal(r.n, 4);
	assert_str(r.result[0].comment, "sender IP is 192.0.2.1");
	assert_str(value(&r, 2, "action"), "none");
	assert_str(value(&r, 2, "header.from"), "b.example");
	assert_str(r.result[3].reason, "100");
}

static void
test_google_yahoo(void **state)
{
	(void)state;
	struct authres r = parse(
		"mx.google.example;\r\n       dkim=pass header.i=@b.example "
		"header.s=s1 header.b=\"Ab+/9=\";\r\n       spf=pass "
		"(google.example: domain of x@b.example designates 192.0.2.1 as"
		" permitted sender) smtp.mailfrom=x@b.example;\r\n"
		"       dmarc=pass (p=REJECT sp=REJECT dis=NONE) "
		"header.from=b.example");

	assert_true(r.valid);
	assert_str(value(&r, 0, "header.i"), "@b.example");
	assert_str(value(&r, 1, "smtp.mailfrom"), "x@b.example");
	assert_str(r.result[2].comment, "p=REJECT sp=REJECT dis=NONE");

	r = parse("atlas.yahoo.example;\r\n dkim=pass header.i=@b.example "
		  "header.b=ab/cd=;\r\n dmarc=success(p=REJECT) "
		  "header.from=b.example;");
	assert_true(r.valid);
	assert_int_equal(r.n, 2);
	assert_str(value(&r, 0, "header.b"), "ab/cd=");
	assert_str(r.result[1].result, "success");
	assert_int_equal(
		authres_result_from(r.result[1].result), RESULT_PENDING);
}

static void
test_arc(void **state)
{
	(void)state;
	struct authres r = parse(" i=2; mx.me.example; arc=pass; dkim=fail");

	assert_true(r.valid);
	assert_int_equal(r.instance, 2);
	assert_str(r.authserv_id, "mx.me.example");
	assert_int_equal(r.n, 2);
	r = parse("i = 1 (x) ; mx.me.example; none");
	assert_int_equal(r.instance, 1);
	assert_true(r.none);
}

static void
test_versions(void **state)
{
	(void)state;
	struct authres r = parse("mx.me.example 2; spf=pass");

	assert_int_equal(r.version, 2);
	assert_int_equal(r.n, 0);
	assert_false(r.valid);
	r = parse("mx.me.example; spf/2=pass; dkim / 1 = fail");
	assert_int_equal(r.n, 1);
	assert_str(r.result[0].method, "dkim");
}

static void
test_broken(void **state)
{
	(void)state;
	static const char *const bad[] = { "", ";", "mx", "mx;", "mx; spf",
		"mx; =pass", "mx; spf=", "mx; spf=pass junk", "mx; spf=pass (x",
		"mx x; spf=pass", "mx; spf=pass header.=x",
		"mx; spf=pass .d=x" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i]).valid)
			fail_msg("%s", bad[i]);

	/* what can be read is there all the same */
	struct authres r = parse("mx;; nonsense; spf=pass junk smtp.helo=h;");
	assert_false(r.valid);
	assert_int_equal(r.n, 1);
	assert_str(value(&r, 0, "smtp.helo"), "h");
}

/* --- as found in the wild -------------------------------------------- */

struct wild {
	const char *writer, *value;
	bool valid;
	const char *id; /* NULL: absent */
	unsigned instance;
	const char *wants; /* "METHOD=RESULT key=value ...; ..."; "_" is a
			      blank in a value, "/" alone the comment */
};

static const struct wild wilds[] = {
	{ "Microsoft",
		"spf=fail (sender IP is 2001:db8::25)\r\n smtp.mailfrom="
		"b.example; dkim=none (message not signed)\r\n header.d=none;"
		"dmarc=fail action=oreject\r\n header.from=b.example;"
		"compauth=fail reason=000",
		true, NULL, 0,
		"spf=fail smtp.mailfrom=b.example; dkim=none header.d=none; "
		"dmarc=fail action=oreject header.from=b.example; "
		"compauth=fail reason=000" },
	{ "Microsoft, its own domains",
		"dkim=none (message not signed)\r\n header.d=none;dmarc=none "
		"action=none header.from=b.example;",
		true, NULL, 0,
		"dkim=none header.d=none; dmarc=none action=none "
		"header.from=b.example" },
	{ "Microsoft, ARC",
		"i=1; mx.microsoft.example 1; spf=pass smtp.mailfrom="
		"b.example;\r\n dmarc=pass action=none header.from=b.example; "
		"dkim=pass\r\n header.d=b.example; arc=none",
		true, "mx.microsoft.example", 1,
		"spf=pass smtp.mailfrom=b.example; dmarc=pass action=none "
		"header.from=b.example; dkim=pass header.d=b.example; "
		"arc=none" },
	{ "Microsoft, ARC after ARC",
		"i=2; mx.microsoft.example 1; spf=pass (sender ip is\r\n "
		"192.0.2.1) smtp.rcpttodomain=me.example smtp.mailfrom="
		"b.example; dmarc=pass\r\n (p=none sp=none pct=100) "
		"action=none header.from=b.example; dkim=pass\r\n (signature "
		"was verified) header.d=b.example; arc=pass (0 oda=1 ltdi=1\r\n"
		" spf=[1,1,smtp.mailfrom=b.example] dkim=[1,1,header.d="
		"b.example]\r\n dmarc=[1,1,header.from=b.example])",
		true, "mx.microsoft.example", 2,
		"spf=pass smtp.rcpttodomain=me.example "
		"smtp.mailfrom=b.example; dmarc=pass action=none; dkim=pass; "
		"arc=pass" },
	{ "Gmail, ARC",
		"i=1; mx.google.example;\r\n       dkim=pass header.i="
		"@b.example header.s=s1 header.b=\"a/B+9\";\r\n       dkim="
		"neutral (body hash did not verify) header.i=@c.example "
		"header.s=k header.b=Zz12;\r\n       spf=softfail "
		"(google.example: domain of transitioning \"x y\"@b.example "
		"does not designate 2001:db8::25 as permitted sender) "
		"smtp.mailfrom=\"x y\"@b.example;\r\n       dmarc=pass (p=NONE "
		"sp=QUARANTINE dis=NONE) header.from=b.example;\r\n       "
		"dara=pass header.i=@me.example",
		true, "mx.google.example", 1,
		"dkim=pass header.i=@b.example header.s=s1 header.b=a/B+9; "
		"dkim=neutral /=body_hash_did_not_verify header.b=Zz12; "
		"spf=softfail smtp.mailfrom=\"x_y\"@b.example; "
		"dmarc=pass header.from=b.example; "
		"dara=pass header.i=@me.example" },
	{ "Yahoo",
		"atlas210.free.mail.example;\r\n dkim=pass header.i="
		"@b.example header.s=s1;\r\n dkim=unknown;\r\n spf=pass "
		"smtp.mailfrom=b.example;\r\n dmarc=pass(p=REJECT) header.from="
		"b.example;",
		true, "atlas210.free.mail.example", 0,
		"dkim=pass header.i=@b.example; dkim=unknown; spf=pass; "
		"dmarc=pass /=p=REJECT header.from=b.example" },
	{ "Yahoo, old",
		"mta1.mail.example  from=b.example; domainkeys=neutral (no "
		"sig);  from=b.example; dkim=pass (ok)",
		false, "mta1.mail.example", 0,
		"domainkeys=neutral /=no_sig; from=b.example; "
		"dkim=pass /=ok" },
	{ "Fastmail",
		"mx1.messaging.example;\r\n    x-csa=none;\r\n    x-me-sender="
		"none;\r\n    x-ptr=pass smtp.helo=mail.b.example policy.ptr="
		"mail.b.example;\r\n    bimi=skipped (DMARC did not pass);\r\n"
		"    arc=none (no signatures found);\r\n    dkim=pass "
		"(2048-bit "
		"rsa key sha256) header.d=b.example\r\n      header.i="
		"@b.example header.b=Ab1/2+3c header.a=rsa-sha256\r\n      "
		"header.s=s1 x-bits=2048;\r\n    dmarc=pass policy."
		"published-domain-policy=none\r\n      policy.applied-"
		"disposition=none policy.evaluated-disposition=none\r\n      "
		"(p=none,d=none,d.eval=none) policy.policy-from=p\r\n      "
		"header.from=b.example;\r\n    iprev=pass smtp.remote-ip="
		"2001:db8::25 (mail.b.example);\r\n    spf=pass smtp.mailfrom="
		"x@b.example smtp.helo=mail.b.example;\r\n    "
		"x-tls=pass smtp.version=TLSv1.3 smtp.cipher=TLS_AES "
		"smtp.bits=256/256;\r\n    x-vs=clean score=0 state=0",
		true, "mx1.messaging.example", 0,
		"x-csa=none; x-me-sender=none; x-ptr=pass "
		"policy.ptr=mail.b.example; bimi=skipped "
		"/=DMARC_did_not_pass; arc=none; dkim=pass "
		"/=2048-bit_rsa_key_sha256 header.d=b.example "
		"header.b=Ab1/2+3c x-bits=2048; dmarc=pass "
		"policy.policy-from=p header.from=b.example; iprev=pass "
		"smtp.remote-ip=2001:db8::25; spf=pass "
		"smtp.mailfrom=x@b.example; x-tls=pass smtp.bits=256/256; "
		"x-vs=clean score=0 state=0" },
	{ "OpenDKIM",
		"mx.me.example;\r\n\tdkim=pass (2048-bit key; unprotected) "
		"header.d=b.example header.i=@b.example header.b=\"abc\";\r\n"
		"\tdkim-atps=neutral",
		true, "mx.me.example", 0,
		"dkim=pass /=2048-bit_key;_unprotected header.d=b.example "
		"header.i=@b.example header.b=abc; dkim-atps=neutral" },
	{ "OpenDKIM, a bad key",
		"mx.me.example; dkim=fail reason=\"signature; verification "
		"(failed)\" (1024-bit key) header.d=b.example",
		true, "mx.me.example", 0,
		"dkim=fail reason=signature;_verification_(failed) "
		"/=1024-bit_key header.d=b.example" },
	{ "OpenDMARC",
		"mx.me.example; dmarc=pass (p=reject dis=none) "
		"header.from=b.example",
		true, "mx.me.example", 0, "dmarc=pass header.from=b.example" },
	{ "rspamd",
		"mx.me.example;\r\n\tdkim=pass header.d=b.example header.s=s1 "
		"header.b=\"k+/=\";\r\n\tdmarc=pass (policy=quarantine) "
		"header.from=b.example;\r\n\tspf=pass (mx.me.example: domain "
		"of \"b=x\" designates 192.0.2.1) smtp.mailfrom=\"b=x@"
		"b.example\"",
		true, "mx.me.example", 0,
		"dkim=pass header.b=k+/=; dmarc=pass; spf=pass "
		"smtp.mailfrom=b=x@b.example" },
	{ "Exim",
		"mx.me.example;\r\n\tiprev=pass (mx.b.example) smtp.remote-ip="
		"192.0.2.1;\r\n\tauth=pass (PLAIN) smtp.auth=u;\r\n\tspf=pass "
		"smtp.mailfrom=b.example",
		true, "mx.me.example", 0,
		"iprev=pass smtp.remote-ip=192.0.2.1; auth=pass "
		"smtp.auth=u; spf=pass" },
	{ "folded anywhere",
		"\r\n mx.me.example\r\n 1\r\n ;\r\n spf\r\n =\r\n pass\r\n "
		"smtp\r\n .\r\n mailfrom\r\n =\r\n b.example\r\n ;\r\n dkim\r\n"
		" /\r\n 1\r\n =\r\n fail\r\n",
		true, "mx.me.example", 0,
		"spf=pass smtp.mailfrom=b.example; dkim=fail" },
	{ "upper case",
		"MX.ME.EXAMPLE; SPF=PASS SMTP.MAILFROM=B.EXAMPLE; DKIM=Fail "
		"REASON=\"No Key\"",
		true, "MX.ME.EXAMPLE", 0,
		"spf=pass smtp.mailfrom=B.EXAMPLE; dkim=fail reason=No_Key" },
	{ "methods with versions",
		"mx.me.example 1; spf/1=pass smtp.helo=h.example; dkim/2=pass "
		"header.d=b.example; dmarc/1 = fail",
		true, "mx.me.example", 0,
		"spf=pass smtp.helo=h.example; dmarc=fail" },
	{ "quoted name of the server", "\"mx me; spf=fail\" 1; spf=pass", true,
		"mx me; spf=fail", 0, "spf=pass" },
	{ "unterminated comment",
		"mx.me.example; spf=pass (so far; dkim=pass header.d=b.example",
		false, "mx.me.example", 0, "spf=pass" },
	{ "unterminated quoted string",
		"mx.me.example; spf=pass reason=\"so far; dkim=fail", false,
		"mx.me.example", 0, "spf=pass reason=" },
	{ "a comment closed too often",
		"mx.me.example; spf=pass (a)) smtp.helo=h.example; dkim=fail",
		false, "mx.me.example", 0,
		"spf=pass smtp.helo=h.example; dkim=fail" },
	{ "an escaped parenthesis",
		"mx.me.example; spf=pass (a\\); dkim=pass) smtp.helo=h.example",
		true, "mx.me.example", 0, "spf=pass smtp.helo=h.example" },
	{ "none in a comment", "mx.me.example; spf=fail (none); (none)", true,
		"mx.me.example", 0, "spf=fail" },
};

static bool
has(const struct authres_result *r, str key, str want)
{
	str got = str_eq(key, STR("/"))        ? r->comment
		  : str_eq(key, STR("reason")) ? r->reason
					       : authres_value(r, key);

	if (got.n != want.n)
		return false;
	for (size_t i = 0; i < got.n; i++)
		if (got.p[i] != want.p[i] &&
			!(got.p[i] == ' ' && want.p[i] == '_'))
			return false;
	return true;
}

/* "method=result key=value ..." */
static bool
is_as_wanted(const struct authres_result *r, str want)
{
	str pair = { 0 };

	str_split(&want, ' ', &pair);
	if (!str_eq(STR_CAT(&arena, r->method, STR("="), r->result), pair))
		return false;
	while (str_split(&want, ' ', &pair)) {
		size_t equals = str_find(pair, '=');
		if (!has(r, str_sub(pair, 0, equals),
			    str_skip(pair, equals + 1)))
			return false;
	}
	return true;
}

/* The next of several, which are parted by "; ". */
static bool
next_wanted(str *wants, str *want)
{
	size_t n = 0;

	if (wants->n == 0)
		return false;
	while (n < wants->n && !str_istarts(str_skip(*wants, n), STR("; ")))
		n++;
	*want = str_sub(*wants, 0, n);
	*wants = str_skip(*wants, n + 2);
	return true;
}

static void
test_wild(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wilds) / sizeof(wilds[0]); i++) {
		const struct wild *w = &wilds[i];
		struct authres r = parse(w->value);
		str wants = str_from(w->wants), want;
		size_t n = 0;

		if (r.valid != w->valid || r.instance != w->instance ||
			(w->id != NULL) != (r.authserv_id.p != NULL) ||
			!str_eq(r.authserv_id, str_from(w->id ? w->id : "")))
			fail_msg("%s: valid %d, i=%u, '%.*s'", w->writer,
				r.valid, r.instance, (int)r.authserv_id.n,
				r.authserv_id.p ? r.authserv_id.p : "");
		for (; next_wanted(&wants, &want); n++)
			if (n >= r.n || !is_as_wanted(&r.result[n], want))
				fail_msg("%s: not %.*s", w->writer, (int)want.n,
					want.p);
		if (n != r.n)
			fail_msg("%s: %zu results", w->writer, r.n);
	}
}

static void
test_many(void **state)
{
	(void)state;
	struct buf b = { .arena = &arena };

	buf_add(&b, STR("mx"));
	for (int i = 0; i < AUTHRES_MAX_RESULTS + 1; i++)
		buf_add(&b, STR("; spf=pass"));
	struct authres r = authres_parse(&arena, buf_str(&b));
	assert_int_equal(r.n, AUTHRES_MAX_RESULTS);
	assert_false(r.valid);

	b = (struct buf){ .arena = &arena };
	buf_add(&b, STR("mx; spf=pass"));
	for (int i = 0; i < AUTHRES_MAX_PROPERTIES + 1; i++)
		buf_add(&b, STR(" a.b=c"));
	r = authres_parse(&arena, buf_str(&b));
	assert_int_equal(r.result[0].n, AUTHRES_MAX_PROPERTIES);
	assert_false(r.valid);
}

static void
test_write(void **state)
{
	(void)state;
	struct authres_writer w;

	authres_begin(&w, &arena, STR("mx.me.example"));
	assert_str(authres_end(&w),
		"Authentication-Results: mx.me.example; none\r\n");

	authres_begin(&w, &arena, STR("mx.me.example"));
	authres_add(&w, STR("spf"), RESULT_PASS);
	authres_add_property(&w, STR("smtp.mailfrom"), STR("a@b.example"));
	authres_add(&w, STR("dkim"), RESULT_FAIL);
	authres_add_reason(&w, STR("a \"b\"\r\n; \\"));
	authres_add_property(&w, STR("header.i"), STR("@b.example"));
	authres_add_property(&w, STR("header.b"), STR("a/b="));
	authres_add_property(&w, STR("policy.iprev"), STR("2001:db8::1"));
	assert_str(authres_end(&w), "Authentication-Results: mx.me.example;\r\n"
				    " spf=pass smtp.mailfrom=a@b.example;\r\n"
				    " dkim=fail reason=\"a \\\"b\\\"??; \\\\\" "
				    "header.i=@b.example header.b=\"a/b=\"\r\n"
				    " policy.iprev=\"2001:db8::1\"\r\n");
}

/* Whatever the value, what we write is one field and reads back. */
static void
test_write_hostile(void **state)
{
	(void)state;
	static const str values[] = { STR_INIT(""), STR_INIT("a b"),
		STR_INIT("x;spf=pass"), STR_INIT("a@b@c"),
		STR_INIT("\"x\"@b.example"), STR_INIT("(x"), STR_INIT("\\"),
		STR_INIT("<a@b.example>"), STR_INIT("a@"), STR_INIT("@") };
	char byte;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]) + 256; i++) {
		struct authres_writer w;
		byte = (char)i;
		str in = i < 256 ? (str){ &byte, 1 } : values[i - 256];
		authres_begin(&w, &arena, in);
		authres_add(&w, STR("dkim"), RESULT_PASS);
		authres_add_property(&w, STR("header.d"), in);
		str out = authres_end(&w);
		for (size_t k = 0; k + 1 < out.n; k++)
			assert_true(out.p[k] != '\n' || out.p[k + 1] == ' ');
		struct authres r = authres_parse(&arena, str_skip(out, 23));
		assert_true(r.valid);
		assert_int_equal(r.n, 1);
		assert_int_equal(r.result[0].n, 1);
		str back = authres_value(&r.result[0], STR("header.d"));
		assert_true(str_eq(back, in) ||
			    (in.n == 1 && str_eq(back, STR("?"))));
		assert_true(str_eq(r.authserv_id, back));
	}
}

static void
test_write_long(void **state)
{
	(void)state;
	struct authres_writer w;
	char text[5000];

	memset(text, '"', sizeof(text));
	authres_begin(&w, &arena, STR("mx.me.example"));
	authres_add(&w, STR("spf"), RESULT_FAIL);
	authres_add_reason(&w, (str){ text, sizeof(text) });
	str out = authres_end(&w), line;
	while (str_split(&out, '\n', &line))
		assert_true(line.n <= 998);

	/* half an address would be another one */
	memset(text, 'a', sizeof(text));
	authres_begin(&w, &arena, STR("mx"));
	authres_add(&w, STR("spf"), RESULT_PASS);
	authres_add_property(&w, STR("smtp.mailfrom"),
		STR_CAT(&arena, (str){ text, AUTHRES_MAX_VALUE - 10 },
			STR("@b.example.c.example")));
	assert_str(authres_end(&w),
		"Authentication-Results: mx;\r\n spf=pass\r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plain),
		TEST(test_none),
		TEST(test_comments),
		TEST(test_quoted_address),
		TEST(test_microsoft),
		TEST(test_google_yahoo),
		TEST(test_arc),
		TEST(test_versions),
		TEST(test_broken),
		TEST(test_wild),
		TEST(test_many),
		TEST(test_write),
		TEST(test_write_hostile),
		TEST(test_write_long),
	};

	return cmocka_run_group_tests_name("authres", tests, NULL, NULL);
}
