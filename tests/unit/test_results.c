/*
 * test_results.c - Authentication-Results: the field that we write, those that
 * pretend to be ours, and what others have recorded.
 */
#include "unit.h"

#include "recorded.h"

#define AR "Authentication-Results: "

/* --- writing --------------------------------------------------------- */

static const struct client client = {
	.ip = { .family = 4, .b = { 192, 0, 2, 1 } },
	.helo = STR_INIT("mail.example.com"),
	.mail_from = STR_INIT("alice@example.com"),
};

static struct auth_verdict
verdict(void)
{
	return (struct auth_verdict){
		.spf = { .result = RESULT_PASS, .domain = STR("example.com") },
		.spf_helo = { .result = RESULT_FAIL,
			.domain = STR("mail.example.com"),
			.reason = STR("192.0.2.1 matched \"-all\"") },
		.arc = { .result = RESULT_NONE },
		.dmarc = { .result = RESULT_PASS,
			.domain = STR("example.com"),
			.disposition = DMARC_NONE },
	};
}

static void
assert_field(
	const struct auth_verdict *v, const struct client *c, const char *want)
{
	assert_str(auth_results_field(&arena, v, c, STR("mx.example")), want);
}

static void
test_field_spf(void **state)
{
	(void)state;
	struct auth_verdict v = verdict();
	struct client c = client;

	assert_field(&v, &c,
		AR "mx.example;\r\n spf=pass smtp.mailfrom=example.com;\r\n"
		   " dkim=none;\r\n arc=none;\r\n"
		   " dmarc=pass header.from=example.com\r\n");
	c.mail_from = (str){ 0 };
	assert_field(&v, &c,
		AR "mx.example;\r\n"
		   " spf=fail reason=\"192.0.2.1 matched \\\"-all\\\"\""
		   " smtp.helo=mail.example.com;\r\n dkim=none;\r\n"
		   " arc=none;\r\n dmarc=pass header.from=example.com\r\n");
	c.ip.family = 0;
	assert_field(&v, &c,
		AR "mx.example;\r\n dkim=none;\r\n arc=none;\r\n"
		   " dmarc=pass header.from=example.com\r\n");
}

static void
test_field_null_sender(void **state)
{
	(void)state;
	struct auth_verdict v = verdict();
	struct client c = client;

	c.mail_from = STR("");
	v.spf.domain = STR("mail.example.com");
	assert_field(&v, &c,
		AR "mx.example;\r\n spf=pass smtp.helo=mail.example.com;\r\n"
		   " dkim=none;\r\n arc=none;\r\n"
		   " dmarc=pass header.from=example.com\r\n");
}

static void
test_field_dmarc(void **state)
{
	(void)state;
	struct auth_verdict v = verdict();

	v.spf.domain = (str){ 0 };
	v.dmarc.result = RESULT_FAIL;
	v.dmarc.reason = STR("neither");
	v.dmarc.disposition = DMARC_QUARANTINE;
	v.arc.result = RESULT_PASS;
	v.arc.oldest_pass = 2;
	assert_field(&v, &client,
		AR "mx.example;\r\n dkim=none;\r\n"
		   " arc=pass smtp.remote-ip=192.0.2.1 header.oldest-pass=2;"
		   "\r\n dmarc=fail reason=neither header.from=example.com"
		   " policy.dmarc=quarantine\r\n");
}

/* Signatures with the texts of b= in a field. */
static void
add_signatures(struct auth_verdict *v, const char *const *b, size_t n)
{
	struct dkim_signature *s = arena_make(&arena, n, struct dkim_signature);
	struct dkim_verdict *d = arena_make(&arena, n, struct dkim_verdict);

	for (size_t i = 0; i < n; i++) {
		s[i].signer.domain = s[i].signer.domain_ascii =
			STR("a.example");
		s[i].signer.b_area = str_from(b[i]);
		s[i].hash = i % 2 ? SIZE_MAX : 0;
		d[i].result = RESULT_PASS;
	}
	v->dkim_facts.signature = s;
	v->dkim_facts.n = n;
	v->dkim = d;
}

static void
test_field_signatures(void **state)
{
	(void)state;
	struct auth_verdict v = verdict();
	static const char *const b[] = { "ab\r\n cdefghXX", "abcdefghXY",
		"zzzz/zzzzz", "short" };

	add_signatures(&v, b, 4);
	v.spf.domain = (str){ 0 };
	assert_field(&v, &client,
		AR "mx.example;\r\n"
		   " dkim=pass header.d=a.example header.b=abcdefghXX;\r\n"
		   " dkim=pass header.d=a.example header.b=abcdefghXY;\r\n"
		   " dkim=pass header.d=a.example header.b=\"zzzz/zzz\";\r\n"
		   " dkim=pass header.d=a.example header.b=short;\r\n"
		   " arc=none;\r\n dmarc=pass header.from=example.com\r\n");
}

/* Of more than 50 those that were verified. */
static void
test_field_many(void **state)
{
	(void)state;
	struct auth_verdict v = verdict();
	const char *b[120];

	for (size_t i = 0; i < 120; i++)
		b[i] = "same text in each of them";
	add_signatures(&v, b, 120);
	struct authres r = authres_parse(
		&arena, str_skip(auth_results_field(&arena, &v, &client,
					 STR("mx.example")),
				sizeof(AR) - 1));
	assert_true(r.valid);
	assert_int_equal(r.n, 50 + 3);
}

/* A value that is too long does not end in the name of somebody else. */
static void
test_field_identity(void **state)
{
	(void)state;
	struct auth_verdict v = verdict();
	static const char *const b[] = { "abcdefgh" };
	char long_id[AUTHRES_MAX_VALUE];

	add_signatures(&v, b, 1);
	v.spf.domain = (str){ 0 };
	memset(long_id, 'x', sizeof(long_id));
	memcpy(long_id + sizeof(long_id) - 13, "@bank.example", 13);
	struct dkim_signature s = v.dkim_facts.signature[0];
	s.identity = STR_CAT(
		&arena, (str){ long_id, sizeof(long_id) }, STR("@a.example"));
	v.dkim_facts.signature = &s;
	assert_field(&v, &client,
		AR "mx.example;\r\n"
		   " dkim=pass header.d=a.example header.i=@a.example"
		   " header.b=abcdefgh;\r\n"
		   " arc=none;\r\n dmarc=pass header.from=example.com\r\n");
}

/* What is read back is what was meant, whatever the sender has put in. */
static void
test_field_hostile(void **state)
{
	(void)state;
	struct auth_verdict v = verdict();
	static const str bad = STR_INIT("a\";\r\n dmarc=pass (\0\x1b[2J\\");

	v.spf.domain = v.dmarc.domain = v.dmarc.reason = bad;
	v.dmarc.result = RESULT_FAIL;
	str field = auth_results_field(&arena, &v, &client, bad);
	struct authres r =
		authres_parse(&arena, str_skip(field, sizeof(AR) - 1));
	assert_true(r.valid);
	assert_int_equal(r.n, 4);
	assert_str(authres_find(&r, STR("dmarc"))->result, "fail");
	for (size_t i = 0; i < field.n; i++)
		assert_true(field.p[i] >= ' ' || is_fws(field.p[i]));
}

/* --- forged ---------------------------------------------------------- */

static const struct {
	const char *field, *id;
	bool forged;
} claims[] = {
	{ AR "mx.example; spf=pass", "mx.example", true },
	{ AR "MX.Example.; spf=pass", "mx.example", true },
	{ "authentication-RESULTS : mx.example; none", "mx.example", true },
	{ AR "\"mx.example\" 1; none", "mx.example", true },
	{ AR "mx.example 2; spf=pass", "mx.example", true },
	{ AR "(a (b)) mx.example (c); none", "mx.example", true },
	{ AR "mx.example/inner; none", "mx.example", true },
	{ AR "mx.example; none", "mx.example/outer", true },
	{ AR "mx.example", "mx.example", true },
	{ AR "mx.b\xc3\xbc"
	     "cher.example; none",
		"mx.xn--bcher-kva.example", true },
	{ AR "mx.xn--bcher-kva.example; none",
		"mx.b\xc3\xbc"
		"cher.example",
		true },
	{ AR "our host; none", "our host", true },
	/* not to be read, or not by everybody */
	{ AR "(mx.example; dmarc=pass", "mx.example", true },
	{ AR "\"mx.example; dmarc=pass", "mx.example", true },
	{ AR "=mx.example; dmarc=pass", "mx.example", true },
	{ AR "x mx.example; dmarc=pass", "mx.example", true },
	{ AR "<mx.example>; dmarc=pass", "mx.example", true },
	{ AR ";mx.example; dmarc=pass", "mx.example", true },
	{ AR "x.example\r" AR "mx.example; dmarc=pass", "mx.example", true },
	{ "X: y\r" AR "mx.example; dmarc=pass", "mx.example", true },
	{ "X: y\r " AR "mx.example; dmarc=pass", "mx.example", true },
	{ "X: y\r" AR "\r mx.example; dmarc=pass", "mx.example", true },
	{ "X: y\r" AR "\r\t(a\r b) mx.example; none", "mx.example", true },
	{ "X: y\rZ: a\r " AR "mx.example; none", "mx.example", true },
	{ "X: y\r" AR "x.example;\r mx.example=pass", "mx.example", false },
	{ AR "=?utf-8?b?bXguZXhhbXBsZQ==?=; none", "mx.example", true },
	{ AR "(a) mx.=?utf-8?q?exampl?=e; none", "mx.example", true },
	{ AR "x.example; spf=pass (=?utf-8?q?a?=)", "mx.example", false },
	{ AR "x.example; spf==?utf-8?q?a?=", "mx.example", false },
	{ AR "x mx . example; dmarc=pass", "mx.example", true },
	{ AR "((((mx.(x)example; dmarc=pass", "mx.example", false },
	{ AR "=?utf-8?b?bXg=?=.example; dmarc=pass", "mx.example", true },
	{ "X: y\r" AR "\r (\r ) mx.example; none", "mx.example", true },
	{ "X: y\r" AR "x.example\rmx.example; none", "mx.example", false },
	/* those of others */
	{ AR "mx.other.example; none", "mx.example", false },
	{ AR "a.mx.example; none", "mx.example", false },
	{ AR "a . mx . example; none", "mx.example", false },
	{ AR "mx.other oops; spf=pass (=?utf-8?q?x?=)", "mx.example", false },
	{ AR "\xc3\xbc"
	     "mx.example; none",
		"mx.example", false },
	{ AR "mx.example.org; none", "mx.example", false },
	{ AR "xmx.example oops; none", "mx.example", false },
	{ AR "mx.other; spf=pass smtp.mailfrom=mx.example oops", "mx.example",
		false },
	{ AR "spf=pass smtp.mailfrom=mx.example; dkim=none", "mx.example",
		false },
	{ "X-" AR "mx.example; none", "mx.example", false },
	{ "ARC-" AR "i=1; mx.example; none", "mx.example", false },
	{ "Subject: " AR "mx.example; none", "mx.example", false },
	{ "Subject: x\r\n " AR "mx.example; none", "mx.example", false },
	{ AR, "mx.example", false },
};

static void
test_forged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		str text = str_from(claims[i].field);
		const struct message *m = message_from(&arena, text);

		assert_int_equal(m->n, 1);
		bool forged = auth_is_forged(
			&arena, &m->field[0], str_from(claims[i].id));
		if (forged != claims[i].forged)
			print_error("%s\n", claims[i].field);
		assert_int_equal(forged, claims[i].forged);
	}
}

/* --- recorded -------------------------------------------------------- */

#define RECEIVED "Received: from x (x [192.0.2.1]) by "

static void
test_hops(void **state)
{
	(void)state;
	size_t n;
	const struct message *m = message_from(&arena,
		STR(AR "top.example; none\n" RECEIVED "one.example; x\n" AR
		       "one.example; none\n" /* below its own host */
			AR "elsewhere.example; none\n" RECEIVED
		       "two.example; x\n" RECEIVED "three.example; x\n" AR
		       "spf=pass\n"
		       "From: a@example.com\n"));
	struct auth_recorded *r = recorded_read(&arena, m, &n);

	assert_int_equal(n, 4);
	assert_int_equal(r[0].hop, 1);
	assert_int_equal(r[1].hop, 1);
	assert_int_equal(r[2].hop, 2);
	assert_int_equal(r[3].hop, 3);
	assert_null(r[3].saw.authserv_id.p);
	m = message_from(&arena, STR(AR "a.example; none\n"));
	r = recorded_read(&arena, m, &n);
	assert_int_equal(n, 1);
	assert_int_equal(r[0].hop, 0); /* no Received line at all */
}

static void
test_many_recorded(void **state)
{
	(void)state;
	struct buf b = { .arena = &arena };
	size_t n;

	for (size_t i = 0; i < 200; i++)
		buf_add(&b, STR(AR "a.example; none\n"));
	recorded_read(&arena, message_from(&arena, buf_str(&b)), &n);
	assert_int_equal(n, AUTH_MAX_RECORDED);
}

/* "sdma": which methods differ, by their letters. */
static const char *
differing(const struct auth_verdict *v, const char *value, unsigned line)
{
	static char out[8];
	struct client c = client;
	struct auth_recorded r = {
		.saw = authres_parse(&arena, str_from(value)),
		.hop = 1,
	};

	c.line = line;
	recorded_compare(&arena, v, &c, &r);
	snprintf(out, sizeof(out), "%s%s%s%s", r.spf_differs ? "s" : "",
		r.dkim_differs ? "d" : "", r.dmarc_differs ? "m" : "",
		r.arc_differs ? "a" : "");
	return out;
}

static void
test_compare(void **state)
{
	(void)state;
	struct auth_verdict v = verdict();
	static const char *const b[] = { "abcdefghXX", "zyxwvut" };

#define differs(value, want)                                                   \
	assert_string_equal(differing(&v, "h; " value, 1), want)
	add_signatures(&v, b, 2);
	v.dkim_facts.signature[1].signer.selector = STR("s2");
	((struct dkim_verdict *)v.dkim)[1].result = RESULT_FAIL;
	differs("spf=pass; dkim=pass; dmarc=pass; arc=none", "");
	differs("spf=fail; dkim=fail; dmarc=fail; arc=pass", "sdma");
	differs("spf=hardfail; dmarc=bestguesspass; dkim=odd", "");
	differs("spf=pass smtp.helo=mail.example.com", "s");
	differs("spf=fail smtp.helo=mail.example.com", "");
	differs("spf=pass smtp.mailfrom=a@b.example smtp.helo=x", "");
	/* of a signature that is named */
	differs("dkim=pass header.d=A.example", "");
	differs("dkim=pass header.i=x@a.example", "");
	differs("dkim=pass header.d=b.example", "d");
	differs("dkim=fail header.d=b.example", "");
	differs("dkim=pass header.d=a.example header.b=abcdefgh", "");
	differs("dkim=pass header.d=a.example header.b=zyxw", "d");
	differs("dkim=fail header.d=a.example header.b=zyxw", "");
	differs("dkim=pass header.d=a.example header.s=s2", "d");
	differs("dkim=none", "d"); /* and today one passes */
#undef differs
	/* SPF of another client is another question */
	assert_string_equal(differing(&v, "h; spf=fail", 2), "");
	assert_string_equal(differing(&v, "h; spf=fail", 0), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_field_spf),
		TEST(test_field_null_sender),
		TEST(test_field_dmarc),
		TEST(test_field_signatures),
		TEST(test_field_many),
		TEST(test_field_identity),
		TEST(test_field_hostile),
		TEST(test_forged),
		TEST(test_hops),
		TEST(test_many_recorded),
		TEST(test_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
