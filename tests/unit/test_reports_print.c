/*
 * test_reports_print.c - failure and TLS reports as they are shown.
 */
#include "unit.h"

#include "cli/reports_print.h"

static char *printed;
static size_t printed_n;

static FILE *
begin_printing(void)
{
	FILE *out = open_memstream(&printed, &printed_n);

	assert_non_null(out);
	return out;
}

static str
end_printing(FILE *out)
{
	assert_int_equal(fclose(out), 0);
	str s = arena_dup(&arena, (str){ printed, printed_n });
	free(printed);
	return s;
}

/* As a failure message it is to be read, so it is not escaped. */
static void
assert_text(str got, const char *want)
{
	if (!str_eq(got, str_from(want)))
		fail_msg("got\n%swant\n%s", arena_zstr(&arena, got), want);
}

/* --- failure reports ------------------------------------------------- */

static struct failure
failure_of(const char *report, const char *message)
{
	struct failure f;
	str why;

	assert_true(failure_read(
		&arena, str_from(report), str_from(message), &f, &why));
	return f;
}

static str
failure_text(const struct failure *f, const char *file, bool verbose)
{
	struct screen s = { begin_printing(), &arena, .width = 80 };

	text_failure(&s, &arena, file, f, verbose);
	return end_printing(s.out);
}

#define AUTH_FAILURE "Feedback-Type: auth-failure\nSource-IP: 192.0.2.7\n"

static void
test_failure(void **state)
{
	struct failure f = failure_of(AUTH_FAILURE
		"User-Agent: Reporter/2\n"
		"Auth-Failure: dmarc\n"
		"Identity-Alignment: dkim, spf\n"
		"Delivery-Result: reject\n"
		"Reporting-MTA: dns; mx.example\n"
		"Arrival-Date: 8 Oct 2011 20:15:58 +0000\n"
		"Original-Mail-From: <>\n"
		"Original-Rcpt-To: u@me.example\n"
		"Original-Envelope-Id: 4ABC\n"
		"Authentication-Results: mx.example; dmarc=fail\n"
		"DKIM-Domain: c.example\n"
		"DKIM-Selector: s\n"
		"SPF-DNS: txt:c.example:\"v=spf1 -all\"\n",
		"From: \"A\xfc\" <a@b.example>\nSubject: \x1b[1mhi\n"
		"Message-ID: <1@b.example>\n");

	(void)state;
	assert_text(failure_text(&f, "r.eml", false),
		"REFUSED  r.eml: a mail by b.example from 192.0.2.7 failed "
		"DMARC\n"
		"\n"
		"  From        \"A\\xfc\" <a@b.example>\n"
		"  Subject     \\x1b[1mhi\n"
		"  Source      192.0.2.7\n"
		"  MAIL FROM   <>\n"
		"  RCPT TO     u@me.example\n"
		"  Failed      dmarc: no check passed for the domain in From\n"
		"  Alignment   neither DKIM nor SPF has an aligned pass\n"
		"  DKIM        d=c.example s=s\n"
		"  SPF         txt:c.example:\"v=spf1 -all\"\n"
		"  Results     mx.example; dmarc=fail\n"
		"  Outcome     it was refused\n"
		"  Reporter    mx.example, by Reporter/2\n"
		"  Arrived     2011-10-08T20:15:58Z\n"
		"\n"
		"   = if it was yours: sign with d=b.example, or send with a "
		"MAIL FROM of\n"
		"     b.example, from an address that its SPF record names\n"
		"   = if not: it was forwarded, or the name was forged; "
		"nothing is to be done\n");
	str all = failure_text(&f, NULL, true);
	assert_true(str_starts(all, STR("REFUSED  a mail by b.example")));
	assert_true(
		str_ifind(all, STR("\n  Message-ID  <1@b.example>\n")) < all.n);
	assert_true(str_ifind(all, STR("\n  Envelope    4ABC\n")) < all.n);
	assert_true(
		str_ifind(all, STR("\n  Notes       no Version, ")) < all.n);
}

static void
test_failure_lines(void **state)
{
	static const struct {
		const char *report, *first, *hint;
	} rows[] = {
		{ AUTH_FAILURE "Auth-Failure: bodyhash\n"
			       "Reported-Domain: b.example\n"
			       "Incidents: 1200\n",
			"FAILED  1,200 mails by b.example from 192.0.2.7 "
			"failed DKIM\n",
			"= if it was yours: sign last; " },
		{ AUTH_FAILURE "Auth-Failure: revoked, signature\n"
			       "Original-Mail-From: a@b.example\n"
			       "DKIM-Domain: b.example\nDKIM-Selector: s\n",
			"FAILED  a mail by b.example from 192.0.2.7 failed "
			"DKIM\n",
			"= if it was yours: see whether the key "
			"s._domainkey.b.example is" },
		{ AUTH_FAILURE "Auth-Failure: revoked\n",
			"FAILED  a mail from 192.0.2.7 failed DKIM\n",
			"sign by another key; the key is revoked" },
		{ AUTH_FAILURE "Auth-Failure: SPF\nDelivery-Result: Spam\n",
			"SPAM  a mail from 192.0.2.7 failed SPF\n",
			"put 192.0.2.7 into the SPF record" },
		{ AUTH_FAILURE "Auth-Failure: dmarc\n"
			       "Identity-Alignment: spf\n"
			       "Reported-Domain: b.example\n"
			       "Delivery-Result: delivered\n",
			"DELIVERED  a mail by b.example from 192.0.2.7 failed "
			"SPF\n",
			"= if it was yours: send with a MAIL FROM of "
			"b.example" },
		{ AUTH_FAILURE "Auth-Failure: new\nDelivery-Result: policy\n",
			"KEPT BACK  a mail from 192.0.2.7 failed new\n",
			"= if not: it was forwarded, " },
		{ AUTH_FAILURE,
			"FAILED  a mail from 192.0.2.7 failed its "
			"checks\n",
			"= if not: " },
		{ "Feedback-Type: abuse\n",
			"COMPLAINT  a mail was called spam by a recipient\n",
			"= fix: take the recipient off the list" },
		{ "Feedback-Type: opt-out\n",
			"REPORTED  a mail was reported: opt-out\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct failure f = failure_of(rows[i].report, "");
		str got = failure_text(&f, "-", false);
		str first = str_from(rows[i].first);
		assert_text(str_sub(got, 0, first.n), rows[i].first);
		if (str_ifind(got, str_from(rows[i].hint)) == got.n &&
			rows[i].hint[0] != '\0')
			fail_msg("no '%s' in\n%s", rows[i].hint,
				arena_zstr(&arena, got));
	}
}

static void
test_failure_json(void **state)
{
	struct failure f = failure_of(
		"Feedback-Type: auth-failure\nAuth-Failure: spf\n"
		"Source-IP: [IPv6:2001:DB8::1]\nVersion: 1\nUser-Agent: x\n"
		"Incidents: 18446744073709551615\n"
		"Arrival-Date: 8 Oct 2011 20:15:58 +0000\n"
		"Authentication-Results: a\nAuthentication-Results: b\n"
		"SPF-DNS: spf:b.example:\"v=spf1\"\n",
		"From: a@b.example\n");
	FILE *out = begin_printing();

	(void)state;
	json_failure(out, &arena, NULL, &f);
	assert_text(end_printing(out),
		"{\"schema\":1,\"kind\":\"failure\",\"file\":null,"
		"\"feedback_type\":\"auth-failure\",\"auth_failure\":\"spf\","
		"\"identity_alignment\":null,\"delivery_result\":null,"
		"\"reporter\":null,\"user_agent\":\"x\",\"arrival\":1318104958,"
		"\"source\":{\"ip\":\"2001:db8::1\"},"
		"\"incidents\":9223372036854775807,\"mail_from\":null,"
		"\"rcpt_to\":[],\"envelope_id\":null,\"reported_domain\":null,"
		"\"authentication_results\":[\"a\",\"b\"],"
		"\"dkim\":{\"domain\":null,\"identity\":null,"
		"\"selector\":null},"
		"\"spf_dns\":[\"spf:b.example:\\\"v=spf1\\\"\"],"
		"\"message\":{\"from\":\"a@b.example\","
		"\"header_from\":\"b.example\",\"subject\":null,"
		"\"message_id\":null,\"date\":null},"
		"\"notes\":[\"Incidents has more than 32 bits\","
		"\"Authentication-Results stands more than once\"]}\n");
}

/* --- TLS reports ----------------------------------------------------- */

static struct tls_report
report_of(str json)
{
	struct tls_report t;
	str why;

	assert_true(tls_read(&arena, json, &t, &why));
	return t;
}

static str
report_text(const struct tls_report *t, bool verbose)
{
	struct screen s = { begin_printing(), &arena, .width = 80 };

	text_tls(&s, &arena, "r.json", t, verbose);
	return end_printing(s.out);
}

#define REPORT                                                                 \
	"{\"organization-name\":\"X\",\"report-id\":\"i\",\"contact-info\":"   \
	"\"c\",\"date-range\":{\"start-datetime\":\"2016-04-01T00:00:00Z\","   \
	"\"end-datetime\":\"2016-04-01T23:59:59Z\"},\"policies\":["
#define STS                                                                    \
	"{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":"              \
	"\"b.example\",\"policy-string\":[\"version: STSv1\","                 \
	"\"mode: enforce\"],\"mx-host\":[\"*.b.example\"]},"                   \
	"\"summary\":{\"total-successful-session-count\":5326,"                \
	"\"total-failure-session-count\":203},\"failure-details\":["           \
	"{\"result-type\":\"certificate-expired\",\"failed-session-count\":3," \
	"\"sending-mta-ip\":\"192.0.2.1\",\"receiving-mx-hostname\":"          \
	"\"mx.b.example\",\"receiving-ip\":\"192.0.2.9\"},"                    \
	"{\"result-type\":\"STS-policy-fetch-error\","                         \
	"\"failed-session-count\":200,\"failure-reason-code\":\"404\"},"       \
	"{\"result-type\":\"new\",\"failed-session-count\":0,"                 \
	"\"receiving-mx-hostname\":"                                           \
	"\"a-name-that-is-long.and-has.no-room.in-this-line.b.example\"}]}"
#define TLSA                                                                   \
	"{\"policy\":{\"policy-type\":\"tlsa\",\"policy-domain\":"             \
	"\"c.example\"},\"summary\":{"                                         \
	"\"total-successful-session-count\":18446744073709551615,"             \
	"\"total-failure-session-count\":0}}"

static void
test_tls(void **state)
{
	struct tls_report t = report_of(STR(REPORT STS "]}"));

	(void)state;
	assert_text(report_text(&t, false),
		"PROBLEM  r.json: 203 of 5,529 sessions from X failed, "
		"2016-04-01\n"
		"\n"
		"    sessions     failed    share  policy\n"
		"       5,529        203    3.7 %  b.example (sts)\n"
		"\n"
		"      failed  at b.example, in mode enforce: no mail was "
		"delivered so\n"
		"         200  STS-policy-fetch-error\n"
		"                reason: 404\n"
		"           3  certificate-expired        192.0.2.1 to "
		"mx.b.example\n"
		"           0  new\n"
		"                to a-name-that-is-long.and-has.no-room."
		"in-this-line.b.example\n"
		"\n"
		"   = certificate-expired, the receiver's fault: the "
		"certificate has run out;\n"
		"     renew it and restart the mail server\n"
		"   = sts-policy-fetch-error, the receiver's fault: the "
		"policy was not to be had;\n"
		"     see whether "
		"https://mta-sts.b.example/.well-known/mta-sts.txt answers, "
		"from\n"
		"     elsewhere too\n");
	str all = report_text(&t, true);
	assert_true(str_ifind(all, STR(" policy  version: STSv1\n")) < all.n);
	assert_true(str_ifind(all, STR(" mx      *.b.example\n")) < all.n);
	assert_true(
		str_ifind(all, STR(" receiving address: 192.0.2.9\n")) < all.n);
	assert_true(str_ifind(all, STR("\n  contact: c\n")) < all.n);
}

static void
test_tls_sound(void **state)
{
	struct tls_report t = report_of(STR(REPORT TLSA "]}"));
	struct tls_report none = report_of(STR("{\"policies\":[]}"));

	(void)state;
	assert_text(report_text(&t, false),
		"OK  r.json: 18,446,744,073,709,551,615 sessions from X, none "
		"failed, 2016-04-01\n"
		"\n"
		"    sessions     failed    share  policy\n"
		"18,446,744,073,709,551,615 0 0.0 %  c.example (tlsa)\n");
	assert_text(report_text(&none, false), "EMPTY  r.json: no sessions\n");
	assert_text(report_text(&none, true),
		"EMPTY  r.json: no sessions\n"
		"\n"
		"  report: -\n"
		"  contact: -\n"
		"  note: it is about no policy\n"
		"  note: no organization-name, contact-info, report-id, "
		"start-datetime,\n"
		"      end-datetime\n");
}

static str
repeated(const char *piece, size_t times)
{
	struct buf b = { .arena = &arena };

	for (size_t i = 0; i < times; i++) {
		buf_add(&b, i > 0 ? STR(",") : STR(""));
		buf_add(&b, str_from(piece));
	}
	return buf_str(&b);
}

static void
test_tls_many(void **state)
{
	struct tls_report t = report_of(STR_CAT(&arena, STR(REPORT),
		repeated(STS, 22), STR(",{\"failure-details\":["),
		repeated("{\"result-type\":\"tlsa-invalid\"}", 30),
		STR("]}]}")));
	struct tls_report one = { .policy = &t.policy[22], .policies = 1 };
	str got = report_text(&t, false);

	(void)state;
	assert_int_equal(t.policies, 23);
	assert_true(str_ifind(got, STR("+3 more, shown by -v\n")) < got.n);
	got = report_text(&one, false);
	assert_true(str_ifind(got, STR("+10 more, shown by -v\n")) < got.n);
	got = report_text(&t, true);
	assert_true(str_ifind(got, STR("shown by -v")) == got.n);
}

static void
test_tls_json(void **state)
{
	struct tls_report t = report_of(STR(REPORT TLSA "," STS "]}"));
	struct tls_report none = report_of(STR("{\"policies\":{}}"));
	FILE *out = begin_printing();

	(void)state;
	none.policies = 0;
	json_tls(out, &arena, "r.json", &t);
	json_tls(out, &arena, "-", &none);
	assert_text(end_printing(out),
		"{\"schema\":1,\"kind\":\"tls\",\"file\":\"r.json\","
		"\"report\":{\"org\":\"X\",\"contact\":\"c\",\"id\":\"i\","
		"\"begin\":1459468800,\"end\":1459555199},"
		"\"policy\":{\"type\":\"tlsa\",\"domain\":\"c.example\","
		"\"strings\":[],\"mx\":[]},"
		"\"successful\":9223372036854775807,\"failed\":0,"
		"\"failures\":[],\"notes\":[]}\n"
		"{\"schema\":1,\"kind\":\"tls\",\"file\":\"r.json\","
		"\"report\":{\"org\":\"X\",\"contact\":\"c\",\"id\":\"i\","
		"\"begin\":1459468800,\"end\":1459555199},"
		"\"policy\":{\"type\":\"sts\",\"domain\":\"b.example\","
		"\"strings\":[\"version: STSv1\",\"mode: enforce\"],"
		"\"mx\":[\"*.b.example\"]},"
		"\"successful\":5326,\"failed\":203,\"failures\":["
		"{\"type\":\"certificate-expired\",\"sessions\":3,"
		"\"sending_ip\":\"192.0.2.1\","
		"\"receiving_host\":\"mx.b.example\",\"receiving_helo\":null,"
		"\"receiving_ip\":\"192.0.2.9\",\"reason\":null,"
		"\"information\":null},"
		"{\"type\":\"STS-policy-fetch-error\",\"sessions\":200,"
		"\"sending_ip\":null,\"receiving_host\":null,"
		"\"receiving_helo\":null,\"receiving_ip\":null,"
		"\"reason\":\"404\",\"information\":null},"
		"{\"type\":\"new\",\"sessions\":0,\"sending_ip\":null,"
		"\"receiving_host\":\"a-name-that-is-long.and-has.no-room."
		"in-this-line.b.example\",\"receiving_helo\":null,"
		"\"receiving_ip\":null,\"reason\":null,"
		"\"information\":null}],\"notes\":[]}\n"
		"{\"schema\":1,\"kind\":\"tls\",\"file\":\"-\","
		"\"report\":{\"org\":null,\"contact\":null,\"id\":null,"
		"\"begin\":null,\"end\":null},\"policy\":null,"
		"\"notes\":[\"no organization-name, contact-info, report-id, "
		"start-datetime, end-datetime, policy-type, policy-domain, "
		"summary\"]}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_failure),
		TEST(test_failure_lines),
		TEST(test_failure_json),
		TEST(test_tls),
		TEST(test_tls_sound),
		TEST(test_tls_many),
		TEST(test_tls_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
