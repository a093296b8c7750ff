/*
 * test_failure.c - failure reports, as the RFCs and the programs write them.
 */
#include "unit.h"

#include "mailauth/time.h"
#include "report/failure.h"

static struct failure
read_both(str report, str message)
{
	struct failure f;
	str why = { 0 };

	assert_true(failure_read(&arena, report, message, &f, &why));
	assert_null(why.p);
	return f;
}

static struct failure
read_fields(const char *fields)
{
	return read_both(str_from(fields), STR("From: a@b.example\n\n"));
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
notes(const struct failure *f)
{
	return joined(f->note, f->notes, "; ");
}

static str
values(struct failure_values v)
{
	return joined(v.value, v.n, " | ");
}

/* A report that lacks nothing, but for these fields. */
#define WHOLE "Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n"

static void
notes_of(const char *fields, const char *want)
{
	struct failure f = read_both(
		STR_CAT(&arena, STR(WHOLE), str_from(fields)), STR("A: b\n"));

	assert_str(notes(&f), want);
}

/* --- whole reports --------------------------------------------------- */

/* The example of RFC 6591 B.1, shortened. */
static void
test_rfc6591(void **state)
{
	struct failure f = read_both(
		STR("Feedback-Type: auth-failure\r\n"
		    "User-Agent: Someisp!Mail-Feedback/1.0\r\n"
		    "Version: 1\r\n"
		    "Original-Mail-From: anexample.reply@a.sender.example\r\n"
		    "Original-Envelope-Id: o3F52gxO029144\r\n"
		    "Authentication-Results: mta1011.mail.receiver.example;\r\n"
		    " dkim=fail (bodyhash) header.d=sender.example\r\n"
		    "Auth-Failure: bodyhash\r\n"
		    "DKIM-Canonicalized-Body: VGhpcyBpcyBh\r\n"
		    "  IGV4YW1wbGU=\r\n"
		    "DKIM-Domain: sender.example\r\n"
		    "DKIM-Identity: @sender.example\r\n"
		    "DKIM-Selector: testkey\r\n"
		    "Arrival-Date: 8 Oct 2011 20:15:58 +0000 (GMT)\r\n"
		    "Source-IP: 192.0.2.1\r\n"
		    "Reported-Domain: a.sender.example\r\n"
		    "Reported-URI: http://www.sender.example/\r\n"),
		STR("Date: Sat, 8 Oct 2011 16:15:24 -0400 (EDT)\r\n"
		    "From: anexample@a.sender.example\r\n"
		    "Subject: You have a new bill\r\n from your bank\r\n"
		    "Message-ID: <879.131@out.sender.example>\r\n"));

	(void)state;
	assert_str(notes(&f), "");
	assert_str(f.type, "auth-failure");
	assert_str(f.failed, "bodyhash");
	assert_null(f.aligned.p);
	assert_null(f.result.p);
	assert_null(f.reporter.p);
	assert_str(f.user_agent, "Someisp!Mail-Feedback/1.0");
	assert_str(f.version, "1");
	assert_int_equal(f.arrival, 1318104958);
	assert_str(ip_format(&arena, f.ip), "192.0.2.1");
	assert_int_equal(f.incidents, 1);
	assert_str(f.mail_from, "anexample.reply@a.sender.example");
	assert_int_equal(f.rcpt_to.n, 0);
	assert_str(f.envelope_id, "o3F52gxO029144");
	assert_str(f.domain, "a.sender.example");
	assert_str(values(f.authentication),
		"mta1011.mail.receiver.example; dkim=fail (bodyhash) "
		"header.d=sender.example");
	assert_str(f.dkim_domain, "sender.example");
	assert_str(f.dkim_identity, "@sender.example");
	assert_str(f.dkim_selector, "testkey");
	assert_int_equal(f.spf_dns.n, 0);
	assert_str(f.from, "anexample@a.sender.example");
	assert_str(f.header_from, "a.sender.example");
	assert_str(f.subject, "You have a new bill from your bank");
	assert_str(f.message_id, "<879.131@out.sender.example>");
	assert_str(f.date, "Sat, 8 Oct 2011 16:15:24 -0400 (EDT)");
}

static void
test_rfc9991(void **state)
{
	struct failure f =
		read_fields("feedback-type: Auth-Failure (a comment)\n"
			    "user-agent: Reporter/2 (for mx.example)\n"
			    "version: 1 (of (two) one)\n"
			    "auth-failure: (why) dmarc\n"
			    "identity-alignment: dkim, spf (both)\n"
			    "delivery-result: reject\n"
			    "reporting-mta: dns (name) ; mx.example (me)\n"
			    "incidents: 18446744073709551615\n"
			    "original-rcpt-to: <u@me.example>\n"
			    "original-rcpt-to: v@me.example\n"
			    "original-mail-from: <>\n"
			    "authentication-results: mx.example; dmarc=fail\n"
			    "dkim-domain: b.example\n"
			    "dkim-identity: @b.example\n"
			    "dkim-selector: s\n"
			    "spf-dns: txt:b.example:\"v=spf1 -all\"\n"
			    "spf-dns: txt:c.example:\"v=spf1 a -all\"\n"
			    "reported-domain: b.example\n");

	(void)state;
	assert_str(notes(&f), "Incidents has more than 32 bits");
	assert_str(f.type, "Auth-Failure");
	assert_str(f.user_agent, "Reporter/2 (for mx.example)");
	assert_str(f.version, "1");
	assert_str(f.failed, "dmarc");
	assert_str(f.aligned, "dkim, spf");
	assert_str(f.result, "reject");
	assert_str(f.reporter, "mx.example");
	assert_true(f.incidents == UINT64_MAX);
	assert_str(values(f.rcpt_to), "u@me.example | v@me.example");
	assert_str(f.mail_from, "");
	assert_str(values(f.spf_dns), "txt:b.example:\"v=spf1 -all\" | "
				      "txt:c.example:\"v=spf1 a -all\"");
	assert_int_equal(f.arrival, TIME_UNKNOWN);
	assert_int_equal(f.ip.family, 0);
}

/* --- what programs do ------------------------------------------------ */

static void
test_opendmarc(void **state)
{
	struct failure f =
		read_fields("Feedback-Type: auth-failure\n"
			    "Version: 1\n"
			    "User-Agent: OpenDMARC-Filter/1.4.2\n"
			    "Auth-Failure: dmarc\n"
			    "Authentication-Results: mx.example; dmarc=fail "
			    "header.from=b.example\n"
			    "Original-Envelope-Id: 4ABC\n"
			    "Original-Mail-From: n@b.example\n"
			    "Source-IP: 192.0.2.7 (host.b.example)\n"
			    "Reported-Domain: b.example\n");

	(void)state;
	assert_str(notes(&f), "no Identity-Alignment");
	assert_str(ip_format(&arena, f.ip), "192.0.2.7");
	assert_str(f.source, "192.0.2.7");
}

/* LinkedIn, and others that run the same script */
static void
test_linkedin(void **state)
{
	struct failure f = read_fields(
		"Feedback-Type: auth-failure\n"
		"User-Agent: Lua/1.0\n"
		"Version: 1.0\n"
		"Original-Mail-From: n@b.example\n"
		"Original-Rcpt-To: u@me.example\n"
		"Arrival-Date: Tue, 30 Apr 2019 02:09:00 +0000\n"
		"Message-ID: <1@out.b.example>\n"
		"Authentication-Results: dmarc=fail (p=none; dis=none) "
		"header.from=b.example\n"
		"Source-IP: 192.0.2.7\n"
		"Delivery-Result: delivered\n"
		"Auth-Failure: dmarc\n"
		"Reported-Domain: b.example\n");

	(void)state;
	assert_str(notes(&f), "no Identity-Alignment; "
			      "Version is not 1");
	assert_str(values(f.authentication),
		"dmarc=fail (p=none; dis=none) header.from=b.example");
	assert_int_equal(f.arrival, 1556590140);
	assert_null(f.message_id.p); /* of the message, which has none */
}

/* Complaints: no blank behind the colon, no User-Agent, an older date. */
static void
test_complaint(void **state)
{
	struct failure f =
		read_fields("Feedback-Type:abuse\n"
			    "Version:0.1\n"
			    "Source-IP:[IPv6:2001:DB8::7]\n"
			    "Received-Date:Tue, 30 Apr 2019 02:09:00 GMT\n"
			    "Reported-Domain:b.example\n"
			    "Reported-Domain:c.example\n"
			    "Redacted-Address:u\n");

	(void)state;
	assert_str(notes(&f), "no User-Agent; Version is not 1");
	assert_str(f.domain, "b.example");
	assert_int_equal(f.arrival, 1556590140);
	assert_str(ip_format(&arena, f.ip), "2001:db8::7");
}

/* Several results, lines that were not folded, groups of fields. */
static void
test_loose_lines(void **state)
{
	struct failure f =
		read_both(STR("\xef\xbb\xbf\r\n"
			      "User-Agent: x/1\r\n"
			      "\r\n"
			      "Auth-Failure: dmarc\r\n"
			      "Identity-Alignment: none\r\n"
			      "Authentication-Results: mx.example; spf=fail\r\n"
			      "Authentication-Results: mx.example;\r\n"
			      "dkim=fail (no key: x)\r\n"
			      " header.d=b.example\r\n"
			      "Source-IP: ipv6:::ffff:192.0.2.9\r\n"),
			(str){ 0 });

	(void)state;
	assert_str(notes(&f), "a line is no field; "
			      "the message itself did not come along; "
			      "no Feedback-Type, Version; "
			      "Authentication-Results stands more than once");
	assert_null(f.type.p);
	assert_str(
		values(f.authentication), "mx.example; spf=fail | mx.example;");
	assert_str(ip_format(&arena, f.ip), "192.0.2.9");
	assert_null(f.from.p);
	assert_null(f.header_from.p);
}

/* --- what is wrong --------------------------------------------------- */

static void
test_notes(void **state)
{
	static const struct {
		const char *fields, *want;
	} rows[] = {
		{ "", "" },
		{ "Arrival-Date: Tue, 30 Apr 2019 02:09:00 GMT\n"
		  "Received-Date: Tue, 30 Apr 2019 02:09:01 GMT\n",
			"both Arrival-Date and Received-Date; the first "
			"counts" },
		{ "Version: 2\nversion: 3\nSOURCE-IP: ::1\nSource-IP: ::2\n",
			"more than once, the first counts: Version, "
			"Source-IP" },
		{ "Auth-Failure: spf\nAuthentication-Results: x\n",
			"no SPF-DNS" },
		{ "Auth-Failure: revoked\n",
			"no Authentication-Results, "
			"DKIM-Domain, DKIM-Identity, DKIM-Selector" },
		{ "Auth-Failure: signature, what\nDKIM-Domain: b.example\n"
		  "DKIM-Identity: @b.example\nDKIM-Selector: s\n"
		  "Authentication-Results: x\nReported-Domain: b.example\n"
		  "Reported-Domain: c.example\n",
			"more than once, the first counts: Reported-Domain; "
			"Auth-Failure has no such word: what" },
		{ "Delivery-Result: smg-policy-action\n",
			"Delivery-Result has no such word: smg-policy-action" },
		{ "Source-IP: unknown\n", "Source-IP is no address" },
		{ "Incidents: many\n", "Incidents is no number" },
		{ "Incidents: 4294967295 (all)\n", "" },
		{ "Incidents: 99999999999999999999\n",
			"Incidents has more than 32 bits" },
		{ "Arrival-Date: 2019-04-30T02:09:00Z\n",
			"the date of arrival is not as in mail" },
		{ "Reporting-MTA: mx.example\n",
			"Reporting-MTA is without its type" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		notes_of(rows[i].fields, rows[i].want);
}

static void
test_values(void **state)
{
	struct failure f =
		read_both(STR(WHOLE "Source-IP: 192.0.2.300\nIncidents: -1\n"
				    "Arrival-Date: 2019-04-30T02:09:00Z\n"
				    "Original-Mail-From: not <an> address\n"
				    "DKIM-Selector: a (not closed\n"
				    "DKIM-Identity: \"(x)\"@b.example (y)\n"),
			STR("Subject: x\nFrom: \"A, B\" <a@B\xc3\xbc"
			    "cher.example>, c@d.example\n\nbody\n"));

	(void)state;
	assert_int_equal(f.ip.family, 0);
	assert_str(f.source, "192.0.2.300");
	assert_int_equal(f.incidents, 1);
	assert_int_equal(f.arrival, 1556590140);
	assert_str(f.mail_from, "not <an> address");
	assert_str(f.dkim_selector, "a (not closed");
	assert_str(f.dkim_identity, "\"(x)\"@b.example");
	assert_str(f.header_from, "xn--bcher-kva.example");
}

static void
test_not_ours(void **state)
{
	static const char *const texts[] = { "", "\n\n", "hello\n",
		"A message claiming to be from you has failed\nSender: x\n",
		"Final-Recipient: rfc822; u@me.example\nAction: failed\n",
		"Feedback-Type:\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct failure f;
		str why = { 0 };
		assert_false(failure_read(&arena, str_from(texts[i]),
			STR("From: a@b.example\n"), &f, &why));
		assert_str(why, "it is no feedback report: no Feedback-Type");
	}
}

/* --- limits ---------------------------------------------------------- */

static str
repeated(str piece, size_t times)
{
	struct buf b = { .arena = &arena };

	while (times-- > 0)
		buf_add(&b, piece);
	return buf_str(&b);
}

static void
test_limits(void **state)
{
	str long_value = repeated(STR("(("), 100000);
	str results = repeated(STR("Authentication-Results: x\n"), 17);
	str report = STR_CAT(&arena, STR(WHOLE "Delivery-Result: "), long_value,
		STR("\n"), results, repeated(STR("x:\n"), 40000));
	struct failure f = read_both(report,
		STR_CAT(&arena, STR("Subject: "), long_value, STR("\n")));

	(void)state;
	assert_int_equal(f.result.n, FAILURE_MAX_VALUE);
	assert_int_equal(f.subject.n, FAILURE_MAX_VALUE);
	assert_int_equal(f.authentication.n, FAILURE_MAX_VALUES);
	assert_str(notes(&f),
		"the report was cut after 256 KiB; a line is no field; "
		"a field was cut after 4,096 octets; "
		"of Authentication-Results only the first 16 are read; "
		"Delivery-Result has no such word: "
		"((((((((((((((((((((((((((((((((((((((((");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rfc6591),
		TEST(test_rfc9991),
		TEST(test_opendmarc),
		TEST(test_linkedin),
		TEST(test_complaint),
		TEST(test_loose_lines),
		TEST(test_notes),
		TEST(test_values),
		TEST(test_not_ours),
		TEST(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
