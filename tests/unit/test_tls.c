/*
 * test_tls.c - SMTP TLS reports, as the RFC and the programs write them.
 */
#include "unit.h"

#include "mailauth/time.h"
#include "report/tls.h"

#include <jansson.h>

static struct tls_report
read_text(str json)
{
	struct tls_report t;
	str why = { 0 };

	if (!tls_read(&arena, json, &t, &why))
		fail_msg("%s", arena_zstr(&arena, why));
	assert_null(why.p);
	return t;
}

static str
joined(const str *piece, size_t n, const char *between)
{
	struct buf b = { .arena = &arena };

	for (size_t i = 0; i < n; i++) {
		buf_add(&b, i > 0 ? str_from(between) : STR(""));
		buf_add(&b, piece[i]);
	}
	return buf_str(&b);
}

static str
notes(const struct tls_report *t)
{
	return joined(t->note, t->notes, "; ");
}

static str
refusal(str json)
{
	struct tls_report t;
	str why = { 0 };

	assert_false(tls_read(&arena, json, &t, &why));
	assert_int_equal(t.policies, 0);
	return why;
}

/* --- whole reports --------------------------------------------------- */

/* After the example of RFC 8460, Appendix B, with its mx-host. */
static const str example = STR_INIT(
	"{\n"
	" \"organization-name\": \"Company-X\",\n"
	" \"date-range\": {\n"
	"  \"start-datetime\": \"2016-04-01T00:00:00Z\",\n"
	"  \"end-datetime\": \"2016-04-01T23:59:59Z\"\n"
	" },\n"
	" \"contact-info\": \"sts-reporting@company-x.example\",\n"
	" \"report-id\": \"5065427c-23d3-47ca-b6e0-946ea0e8c4be\",\n"
	" \"policies\": [{\n"
	"  \"policy\": {\n"
	"   \"policy-type\": \"sts\",\n"
	"   \"policy-string\": [\"version: STSv1\",\"mode: testing\",\n"
	"    \"mx: *.mail.company-y.example\",\"max_age: 86400\"],\n"
	"   \"policy-domain\": \"company-y.example\",\n"
	"   \"mx-host\": \"*.mail.company-y.example\"\n"
	"  },\n"
	"  \"summary\": {\n"
	"   \"total-successful-session-count\": 5326,\n"
	"   \"total-failure-session-count\": 303\n"
	"  },\n"
	"  \"failure-details\": [{\n"
	"   \"result-type\": \"certificate-expired\",\n"
	"   \"sending-mta-ip\": \"2001:db8:abcd:0012::1\",\n"
	"   \"receiving-mx-hostname\": \"mx1.mail.company-y.example\",\n"
	"   \"failed-session-count\": 100\n"
	"  }, {\n"
	"   \"result-type\": \"starttls-not-supported\",\n"
	"   \"sending-mta-ip\": \"2001:db8:abcd:0013::1\",\n"
	"   \"receiving-mx-hostname\": \"mx2.mail.company-y.example\",\n"
	"   \"receiving-ip\": \"203.0.113.56\",\n"
	"   \"failed-session-count\": 200,\n"
	"   \"additional-information\": \"https://company-x.example/r?id=1\"\n"
	"  }, {\n"
	"   \"result-type\": \"validation-failure\",\n"
	"   \"sending-mta-ip\": \"198.51.100.62\",\n"
	"   \"receiving-ip\": \"203.0.113.58\",\n"
	"   \"receiving-mx-hostname\": \"mx-backup.company-y.example\",\n"
	"   \"receiving-mx-helo\": \"backup.company-y.example\",\n"
	"   \"failed-session-count\": 3,\n"
	"   \"failure-reason-code\": \"X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED\""
	"\n  }]\n"
	" }]\n"
	"}\n");

static void
test_rfc8460(void **state)
{
	struct tls_report t = read_text(example);

	(void)state;
	assert_str(notes(&t), "");
	assert_str(t.org, "Company-X");
	assert_str(t.contact, "sts-reporting@company-x.example");
	assert_str(t.id, "5065427c-23d3-47ca-b6e0-946ea0e8c4be");
	assert_int_equal(t.begin, 1459468800);
	assert_int_equal(t.end, 1459555199);
	assert_int_equal(t.policies, 1);
	const struct tls_policy *p = t.policy;
	assert_str(p->type, "sts");
	assert_str(p->domain, "company-y.example");
	assert_str(joined(p->line, p->lines, "|"),
		"version: STSv1|mode: testing|mx: *.mail.company-y.example|"
		"max_age: 86400");
	assert_str(joined(p->mx, p->mxs, "|"), "*.mail.company-y.example");
	assert_int_equal(p->successful, 5326);
	assert_int_equal(p->failed, 303);
	assert_int_equal(p->failures, 3);
	assert_str(p->failure[0].type, "certificate-expired");
	assert_str(p->failure[0].sending_ip, "2001:db8:abcd:0012::1");
	assert_null(p->failure[0].receiving_ip.p);
	assert_null(p->failure[0].information.p);
	assert_int_equal(p->failure[1].sessions, 200);
	assert_str(p->failure[1].receiving_host, "mx2.mail.company-y.example");
	assert_str(p->failure[1].receiving_ip, "203.0.113.56");
	assert_str(
		p->failure[1].information, "https://company-x.example/r?id=1");
	assert_str(p->failure[2].receiving_helo, "backup.company-y.example");
	assert_str(
		p->failure[2].reason, "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED");
}

/* --- what programs do ------------------------------------------------ */

#define BEGIN                                                                  \
	"{\"organization-name\":\"X\",\"contact-info\":\"c\","                 \
	"\"report-id\":\"i\",\"date-range\":{"                                 \
	"\"start-datetime\":\"2016-04-01 02:00:00.5+02:00\","                  \
	"\"end-datetime\":\"2016-04-02t00:00:00z\"},\"policies\":"
#define POLICY                                                                 \
	"\"policy\":{\"policy-type\":\"STS\",\"policy-domain\":\"b.example\"}"

static void
test_one_for_many(void **state)
{
	struct tls_report t = read_text(
		STR("\xef\xbb\xbf" BEGIN
		    "{\"policy\":{\"policy-type\":\"STS\",\"unknown\":[{}],"
		    "\"policy-domain\":\"b.example\",\"policy-string\":"
		    "\"version: STSv1\\r\\nmode: enforce\\n\\n\","
		    "\"mx-host-pattern\":[\"a\",null,\"b\",1]},"
		    "\"summary\":{\"total-successful-session-count\":\"12\","
		    "\"total-failure-session-count\":2.0},"
		    "\"failure-details\":{\"result-type\":\"Dane-Required\","
		    "\"failed-session-count\":\" 2 \","
		    "\"receiving-ip\":null,\"sending-mta-ip\":\"\"}}}"));
	const struct tls_policy *p = t.policy;

	(void)state;
	assert_str(notes(&t), "");
	assert_int_equal(t.begin, 1459468800);
	assert_int_equal(t.end, 1459555200);
	assert_int_equal(t.policies, 1);
	assert_str(p->type, "STS");
	assert_str(
		joined(p->line, p->lines, "|"), "version: STSv1|mode: enforce");
	assert_str(joined(p->mx, p->mxs, "|"), "a|b");
	assert_int_equal(p->successful, 12);
	assert_int_equal(p->failed, 2);
	assert_int_equal(p->failures, 1);
	assert_str(p->failure->type, "Dane-Required");
	assert_int_equal(p->failure->sessions, 2);
	assert_null(p->failure->receiving_ip.p);
	assert_null(p->failure->sending_ip.p);
}

static void
test_dates(void **state)
{
	struct tls_report t = read_text(
		STR("{\"organization-name\":\"X\",\"contact-info\":\"c\","
		    "\"report-id\":\"i\",\"policies\":[],\"date-range\":{"
		    "\"start-datetime\":1459555200.9,"
		    "\"end-datetime\":\"1459468800\"}} trailing"));

	(void)state;
	assert_int_equal(t.begin, 1459555200);
	assert_int_equal(t.end, 1459468800);
	assert_str(notes(&t), "start-datetime is not as in RFC 3339; "
			      "end-datetime is not as in RFC 3339; "
			      "it ends before it begins; "
			      "it is about no policy; "
			      "what follows the object is not read");
}

static void
test_almost_nothing(void **state)
{
	struct tls_report t = read_text(STR("{\"policies\":[{},{}]}"));

	(void)state;
	assert_null(t.org.p);
	assert_int_equal(t.begin, TIME_UNKNOWN);
	assert_int_equal(t.policies, 2);
	assert_null(t.policy[1].domain.p);
	assert_str(notes(&t),
		"no organization-name, contact-info, "
		"report-id, start-datetime, end-datetime, policy-type, "
		"policy-domain, summary");
}

static void
test_wrong_types(void **state)
{
	struct tls_report t = read_text(
		STR("{\"organization-name\":[1],\"contact-info\":{},"
		    "\"report-id\":7,\"date-range\":[1],\"policies\":[7,{"
		    "\"policy\":[],\"summary\":[],\"failure-details\":[1,{"
		    "\"failed-session-count\":-1,\"result-type\":true}]}]}"));

	(void)state;
	assert_int_equal(t.policies, 1);
	assert_int_equal(t.policy->failures, 1);
	assert_str(notes(&t),
		"organization-name is no string; "
		"contact-info is no string; "
		"report-id is no string; "
		"an entry of policies is no object; "
		"an entry of failure-details is no object; "
		"result-type is no string; "
		"failed-session-count is no number; "
		"no organization-name, contact-info, "
		"report-id, start-datetime, end-datetime, policy-type, "
		"policy-domain, result-type, failed-session-count, summary");
}

static void
test_sums(void **state)
{
	struct tls_report t = read_text(STR(
		BEGIN "[{" POLICY ",\"failure-details\":["
		      "{\"result-type\":\"x\",\"failed-session-count\":"
		      "18446744073709551615},"
		      "{\"result-type\":\"x\",\"failed-session-count\":7}]},"
		      "{" POLICY ",\"summary\":{"
		      "\"total-failure-session-count\":3,"
		      "\"total-successful-session-count\":1e300},"
		      "\"failure-details\":[{\"result-type\":\"x\","
		      "\"failed-session-count\":4}]}]}"));

	(void)state;
	assert_true(t.policy[0].failed == UINT64_MAX);
	assert_int_equal(t.policy[0].successful, 0);
	assert_int_equal(t.policy[1].failed, 3);
	assert_true(t.policy[1].successful == UINT64_MAX);
	assert_str(notes(&t), "the failures are more than the summary has; "
			      "no summary");
}

/* A NUL is a byte like any other. */
static void
test_nul(void **state)
{
	struct tls_report t = read_text(
		STR("{\"organization-name\":\"a\\u0000b\",\"policies\":[]}"));

	(void)state;
	assert_same(t.org, STR("a\0b"));
}

/* --- what is none ---------------------------------------------------- */

static void
test_refused(void **state)
{
	static const struct {
		str json;
		const char *why;
	} rows[] = {
		{ STR_INIT("{}"), "it is no TLS report: no \"policies\"" },
		{ STR_INIT("{\"policies\":null}"),
			"it is no TLS report: no \"policies\"" },
		{ STR_INIT("{\"policies\":\"none\"}"),
			"it is no TLS report: no \"policies\"" },
		{ STR_INIT("[]"), "it is no TLS report: no object" },
		{ STR_INIT(""),
			"it is no JSON: line 1: '[' or '{' expected near end "
			"of file" },
		{ STR_INIT("{\n\n\"policies\": x}"),
			"it is no JSON: line 3: invalid token near 'x'" },
		{ STR_INIT("{\"policies\":[1e999]}"),
			"it is no JSON: line 1: real number overflow near "
			"'1e999'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_str(refusal(rows[i].json), rows[i].why);
	assert_str(refusal((str){ 0 }), rows[4].why);
}

/* --- limits ---------------------------------------------------------- */

static str
repeated(str before, str piece, size_t times, str after)
{
	struct buf b = { .arena = &arena };

	buf_add(&b, before);
	while (times-- > 0)
		buf_add(&b, piece);
	buf_add(&b, after);
	return buf_str(&b);
}

static void
test_depth(void **state)
{
	str deep = repeated(STR("{\"policies\":"), STR("["), 100000, STR(""));

	(void)state;
	assert_str(refusal(deep),
		"it is no JSON: line 1: maximum parsing depth reached near "
		"'['");
}

static void
test_many(void **state)
{
	str failures = repeated(STR("{" POLICY ",\"summary\":{},"
				    "\"failure-details\":["),
		STR("{},"), 9999, STR("{}]},"));
	str policies = repeated(STR(""), STR("{},"), 1000, STR("{}]}"));
	struct tls_report t = read_text(STR_CAT(&arena,
		STR(BEGIN "[{" POLICY ",\"failure-details\":[{}]},"), failures,
		policies));

	(void)state;
	assert_int_equal(t.policies, TLS_MAX_POLICIES);
	assert_int_equal(t.policy[0].failures, 1);
	assert_int_equal(t.policy[1].failures, TLS_MAX_FAILURES - 1);
	assert_str(t.note[0], "of failure-details only 10,000 are read");
	assert_str(t.note[1], "of policies only 1,000 are read");
}

static void
test_long_values(void **state)
{
	str name = repeated(STR("{\"report-id\":\""), STR("x"), 5000,
		STR("\",\"policies\":[{\"policy\":{\"policy-string\":\""));
	str lines = repeated(STR(""), STR("a\\n"), 101, STR("\"}}]}"));
	struct tls_report t = read_text(STR_CAT(&arena, name, lines));

	(void)state;
	assert_int_equal(t.id.n, TLS_MAX_VALUE);
	assert_int_equal(t.policy->lines, TLS_MAX_LINES);
	assert_str(t.note[0], "a value was cut after 4,096 octets");
	assert_str(t.note[1], "of policy-string only 100 are read");
	assert_str(
		refusal(repeated(STR("{"), STR(" "), TLS_MAX_TEXT, STR("}"))),
		"it is no TLS report: longer than 4 MiB");
}

/* --- memory ---------------------------------------------------------- */

static size_t allocations_left;

static void *
scarce(size_t n)
{
	return allocations_left > 0 && allocations_left-- ? malloc(n) : NULL;
}

/* However far it comes; jansson takes a lack of memory for a bad token, too. */
static void
test_out_of_memory(void **state)
{
	struct tls_report t;
	json_malloc_t usual_malloc;
	json_free_t usual_free;
	size_t n = 0;
	str why;

	(void)state;
	json_get_alloc_funcs(&usual_malloc, &usual_free);
	json_set_alloc_funcs(scarce, free);
	for (bool ours = false; !ours; n++) {
		allocations_left = n;
		why = (str){ 0 };
		ours = tls_read(&arena, example, &t, &why);
		assert_int_equal(why.p == NULL, ours);
		if (why.p && !str_starts(why, STR("it is no JSON: line ")))
			assert_str(why, "it cannot be read: out of memory");
	}
	json_set_alloc_funcs(usual_malloc, usual_free);
	assert_true(n > 50);
	assert_str(notes(&t), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rfc8460),
		TEST(test_one_for_many),
		TEST(test_dates),
		TEST(test_almost_nothing),
		TEST(test_wrong_types),
		TEST(test_sums),
		TEST(test_nul),
		TEST(test_refused),
		TEST(test_depth),
		TEST(test_many),
		TEST(test_long_values),
		TEST(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
