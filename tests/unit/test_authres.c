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

	/* only the result in which something is wrong is not whole */
	r = parse("mx; spf=pass smtp.mailfrom=\"a (x)@c.example; dkim=pass");
	assert_false(r.valid || r.result[0].whole);
	assert_true(r.result[1].whole);
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
		TEST(test_many),
		TEST(test_write),
		TEST(test_write_hostile),
		TEST(test_write_long),
	};

	return cmocka_run_group_tests_name("authres", tests, NULL, NULL);
}
