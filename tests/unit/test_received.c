/*
 * test_received.c - Received lines as the programs write them, and who the
 * client was.
 */
#include "unit.h"

#include "mailauth/buf.h"
#include "mailauth/received.h"
#include "mailauth/time.h"

struct row {
	const char *program;
	str value;
	const char *ip, *helo, *name, *by, *with,
		*envelope_from; /* NULL: absent */
};

static void
same(const char *program, const char *what, str got, const char *want)
{
	if ((got.p == NULL) != (want == NULL) || !str_eq(got, str_from(want)))
		fail_msg("%s: %s is '%.*s', not '%s'", program, what,
			(int)got.n, got.p ? got.p : "", want ? want : "-");
}

static const struct row rows[] = {
	{ "Postfix",
		STR_INIT(" from mail.shop.example (mx.shop.example [192.0.2.1])"
			 "\r\n\t(using TLSv1.3 with cipher "
			 "TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n\t(No "
			 "client certificate requested)\r\n\tby mx.me.example "
			 "(Postfix) with ESMTPS id 4ABC\r\n\tfor "
			 "<u@me.example>; Tue, 24 Nov 2026 05:00:00 +0000 "
			 "(UTC)"),
		"192.0.2.1", "mail.shop.example", "mx.shop.example",
		"mx.me.example", "ESMTPS", NULL },
	{ "Postfix, no reverse name",
		STR_INIT(
			"from [10.0.0.9] (unknown [192.0.2.7]) by mx.me.example"
			" (Postfix) with ESMTPSA id 4; 24 Nov 2026 5:00 GMT"),
		"192.0.2.7", "[10.0.0.9]", NULL, "mx.me.example", "ESMTPSA",
		NULL },
	{ "Postfix, IPv6",
		STR_INIT("from a.example (b.example [IPv6:2001:db8::25]) by "
			 "mx.me.example (Postfix) with ESMTP id 4"),
		"2001:db8::25", "a.example", "b.example", "mx.me.example",
		"ESMTP", NULL },
	{ "Postfix, pickup",
		STR_INIT("by mx.me.example (Postfix, from userid 1000) id 4; "
			 "Tue, 24 Nov 2026 05:00:00 +0000"),
		NULL, NULL, NULL, "mx.me.example", NULL, NULL },
	{ "Exim",
		STR_INIT("from mx.shop.example ([192.0.2.1]:4711 "
			 "helo=mail.shop.example)\r\n\tby mx.me.example with "
			 "esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384\r\n\t"
			 "(Exim 4.96)\r\n\t(envelope-from <b@shop.example>)\r\n"
			 "\tid 1xyz-0001-2A\r\n\tfor u@me.example; Tue, 24 Nov "
			 "2026 05:00:00 +0000"),
		"192.0.2.1", "mail.shop.example", "mx.shop.example",
		"mx.me.example", "esmtps", "b@shop.example" },
	{ "Exim, no reverse name",
		STR_INIT("from [192.0.2.1] (port=4711 helo=[10.1.1.1]) by "
			 "mx.me.example with esmtp (Exim 4.96) (envelope-from "
			 "<>) id 1x; Tue, 24 Nov 2026 05:00:00 +0000"),
		"192.0.2.1", "[10.1.1.1]", NULL, "mx.me.example", "esmtp", "" },
	{ "Exim, helo is the address",
		STR_INIT("from [192.0.2.1] by mx.me.example with esmtp id 1"),
		"192.0.2.1", "[192.0.2.1]", NULL, "mx.me.example", "esmtp",
		NULL },
	{ "Exim, IPv6",
		STR_INIT("from mx.shop.example ([2001:db8::1]:25) by "
			 "mx.me.example with esmtps id 1"),
		"2001:db8::1", "mx.shop.example", NULL, "mx.me.example",
		"esmtps", NULL },
	{ "Sendmail",
		STR_INIT("from mail.shop.example (IDENT:root@mx.shop.example "
			 "[192.0.2.1] (may be forged)) by mx.me.example "
			 "(8.18.1/8.18.1) with ESMTPS id 3AO (version=TLSv1.3 "
			 "bits=256 verify=NOT) for <u@me.example>; Tue, 24 Nov "
			 "2026 05:00:00 GMT"),
		"192.0.2.1", "mail.shop.example", "mx.shop.example",
		"mx.me.example", "ESMTPS", NULL },
	{ "Sendmail, no reverse name",
		STR_INIT("from mail.shop.example ([192.0.2.1]) by mx.me.example"
			 " with SMTP id 3"),
		"192.0.2.1", "mail.shop.example", NULL, "mx.me.example", "SMTP",
		NULL },
	{ "qmail",
		STR_INIT(
			"from mx.shop.example (HELO mail.shop.example) "
			"(ident@192.0.2.1)\r\n  by mx.me.example with SMTP; 24 "
			"Nov 2026 05:00:00 -0000"),
		"192.0.2.1", "mail.shop.example", "mx.shop.example",
		"mx.me.example", "SMTP", NULL },
	{ "qmail, same helo",
		STR_INIT("from mx.shop.example (192.0.2.1) by mx.me.example "
			 "with (AES256-SHA encrypted) SMTP; 24 Nov 2026 "
			 "05:00:00 -0000"),
		"192.0.2.1", "mx.shop.example", NULL, "mx.me.example", "SMTP",
		NULL },
	{ "qmail, helo looks like an address",
		STR_INIT("from unknown (HELO x 198.51.100.9) (192.0.2.1) by "
			 "mx.me.example with SMTP; 24 Nov 2026 05:00:00 -0000"),
		"192.0.2.1", "x", NULL, "mx.me.example", "SMTP", NULL },
	{ "qmail, local",
		STR_INIT("(qmail 4711 invoked by uid 1000); 24 Nov 2026 "
			 "05:00:00 -0000"),
		NULL, NULL, NULL, NULL, NULL, NULL },
	{ "Exchange",
		STR_INIT("from EDGE.shop.example (192.0.2.1) by "
			 "MBX1.me.example (10.0.0.2) with Microsoft SMTP Server"
			 " (version=TLS1_2, cipher=TLS_ECDHE) id 15.2.1; Tue, "
			 "24 Nov 2026 05:00:00 +0000"),
		"192.0.2.1", "EDGE.shop.example", NULL, "MBX1.me.example",
		"Microsoft", NULL },
	{ "Exchange, mapi",
		STR_INIT("from MBX1.me.example ([fe80::1%12]) by "
			 "MBX1.me.example ([fe80::1%12]) with mapi id 15.2.1"),
		"fe80::1", "MBX1.me.example", NULL, "MBX1.me.example", "mapi",
		NULL },
	{ "Exchange Online",
		STR_INIT("from AM0P1.eurp.prod.outlook.example "
			 "(2001:db8:10a6::7) by DB9.outlook.example "
			 "(2001:db8:10a6::8) with Microsoft SMTP Server id 1"),
		"2001:db8:10a6::7", "AM0P1.eurp.prod.outlook.example", NULL,
		"DB9.outlook.example", "Microsoft", NULL },
	{ "Gmail",
		STR_INIT("from mail.shop.example (mx.shop.example. [192.0.2.1])"
			 "\r\n        by mx.google.example with ESMTPS id a1-2"
			 "\r\n        for <u@me.example>\r\n        "
			 "(version=TLS1_3 cipher=TLS_AES bits=128/128);\r\n"
			 "        Mon, 23 Nov 2026 21:00:00 -0800 (PST)"),
		"192.0.2.1", "mail.shop.example", "mx.shop.example",
		"mx.google.example", "ESMTPS", NULL },
	{ "Gmail, submission",
		STR_INIT("from [192.168.1.2] (dsl.isp.example. [192.0.2.9]) by "
			 "smtp.google.example with ESMTPSA id 1"),
		"192.0.2.9", "[192.168.1.2]", "dsl.isp.example",
		"smtp.google.example", "ESMTPSA", NULL },
	{ "Gmail, inside",
		STR_INIT("by 2002:a05:6a00::1 with SMTP id a1; Mon, 23 Nov 2026"
			 " 21:00:00 -0800 (PST)"),
		NULL, NULL, NULL, "2002:a05:6a00::1", "SMTP", NULL },
	{ "Yahoo",
		STR_INIT("from 192.0.2.1 (EHLO mail.shop.example)\r\n by "
			 "10.253.1.2 with SMTPs\r\n (version=TLS1_3 "
			 "cipher=TLS_AES); Tue, 24 Nov 2026 05:00:00 +0000"),
		"192.0.2.1", "mail.shop.example", NULL, "10.253.1.2", "SMTPs",
		NULL },
	{ "Yahoo, old",
		STR_INIT("from 127.0.0.1  (EHLO mail.shop.example) (192.0.2.1) "
			 "by mta1.yahoo.example with SMTP"),
		"192.0.2.1", "mail.shop.example", NULL, "mta1.yahoo.example",
		"SMTP", NULL },
	{ "Fastmail",
		STR_INIT("from mailmx.nyi.internal (mailmx.nyi.internal "
			 "[10.202.2.200]) by sloti1.nyi.internal (Cyrus "
			 "3.11) with LMTPA; Tue, 24 Nov 2026 00:00:00 -0500"),
		"10.202.2.200", "mailmx.nyi.internal", "mailmx.nyi.internal",
		"sloti1.nyi.internal", "LMTPA", NULL },
	{ "Courier, mapped",
		STR_INIT(
			"from mail.shop.example (mail.shop.example "
			"[::ffff:192.0.2.1]) by mx.me.example with ESMTP id 0"),
		"192.0.2.1", "mail.shop.example", "mail.shop.example",
		"mx.me.example", "ESMTP", NULL },
	{ "Haraka",
		STR_INIT("from mail.shop.example (mx.shop.example [192.0.2.1]) "
			 "by mx.me.example (Haraka/3.0) with ESMTPS id A.1 "
			 "envelope-from <b@shop.example> tls TLS_AES"),
		"192.0.2.1", "mail.shop.example", "mx.shop.example",
		"mx.me.example", "ESMTPS", NULL },
	{ "OpenSMTPD",
		STR_INIT("from mail.shop.example (mx.shop.example [192.0.2.1]) "
			 "by mx.me.example (OpenSMTPD) with ESMTPS id 4f5 "
			 "(TLSv1.3:TLS_AES_256:256:NO) for <u@me.example>"),
		"192.0.2.1", "mail.shop.example", "mx.shop.example",
		"mx.me.example", "ESMTPS", NULL },
	{ "nothing", STR_INIT(""), NULL, NULL, NULL, NULL, NULL, NULL },
	{ "broken", STR_INIT("from a.example (b.example [192.0.2.1"), NULL,
		"a.example", NULL, NULL, NULL, NULL },
};

static void
test_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *w = &rows[i];
		struct field f = { .value = w->value };
		struct received r = received_parse(&arena, &f);
		str ip = r.ip.family ? ip_format(&arena, r.ip) : (str){ 0 };

		same(w->program, "ip", ip, w->ip);
		same(w->program, "helo", r.helo, w->helo);
		same(w->program, "name", r.name, w->name);
		same(w->program, "by", r.by, w->by);
		same(w->program, "with", r.with, w->with);
		same(w->program, "envelope-from", r.envelope_from,
			w->envelope_from);
		assert_ptr_equal(r.field, &f);
	}
}

static void
test_rest(void **state)
{
	(void)state;
	struct field f = { .value = rows[0].value };
	struct received r = received_parse(&arena, &f);

	same("Postfix", "for", r.for_, "u@me.example");
	assert_int_equal(r.time, 1795496400);
	f.value = STR("by x with y; no date");
	assert_int_equal(received_parse(&arena, &f).time, TIME_UNKNOWN);
}

/* --- who was the client ---------------------------------------------- */

#define TOP                                                                    \
	"Received: from relay.me.example (relay.me.example "                   \
	"[203.0.113.1]) by mx.me.example; Tue, 24 Nov 2026 05:00:02 +0000\n"
#define INSIDE                                                                 \
	"Received: from mx.me.example (mx.me.example [10.0.0.1]) by "          \
	"imap.me.example; Tue, 24 Nov 2026 05:00:03 +0000\n"
#define REAL                                                                   \
	"Received: from mail.shop.example (mx.shop.example "                   \
	"[192.0.2.1]) by relay.me.example; Tue, 24 Nov 2026 05:00:00 +0000\n"
#define FORGED                                                                 \
	"Received: from relay.me.example (relay.me.example "                   \
	"[198.51.100.66]) by x.example; Tue, 24 Nov 2026 04:00:00 +0000\n"
#define FROM "From: a@shop.example\n"

static struct client
find(const char *text, const struct client_options *o)
{
	static const struct client_options none;

	return client_find(
		&arena, message_from(&arena, str_from(text)), o ? o : &none);
}

static void
same_ip(struct client c, const char *want)
{
	same("client", "ip", c.ip.family ? ip_format(&arena, c.ip) : (str){ 0 },
		want);
}

static void
test_search(void **state)
{
	(void)state;
	struct client c = find(INSIDE TOP REAL FORGED FROM, NULL);

	same_ip(c, "203.0.113.1");
	assert_int_equal(c.line, 2);
	assert_int_equal(c.ip_source, SOURCE_RECEIVED);
	assert_int_equal(c.helo_source, SOURCE_RECEIVED);
	assert_int_equal(c.mail_from_source, SOURCE_NONE);
	assert_null(c.mail_from.p);
	assert_int_equal(c.time, 1795496402);
}

/*
 * What a client says in HELO is never read as the form of the line, and a line
 * that hides where it came from ends the search.
 */
static void
test_forged_below(void **state)
{
	static const char *const lines[] = {
		"Received: from by (unknown [198.51.100.9]) by mx.me (Postfix)"
		" id 1\n",
		"Received: from with (unknown [198.51.100.9]) by mx.me\n",
		"Received: from x([192.0.2.1]) (unknown [198.51.100.9]) by "
		"mx.me\n",
		"Received: from x\"([192.0.2.1] (unknown [198.51.100.9]) by "
		"mx.me\n",
	};
	struct client_options none = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		str text = STR_CAT(&arena, str_from(lines[i]), STR(REAL FROM));
		struct client c =
			client_find(&arena, message_from(&arena, text), &none);
		same_ip(c, "198.51.100.9");
	}
	same_ip(find("Received: from hidden by mx.me with ESMTP\n" REAL FROM,
			NULL),
		NULL);
	same_ip(find("Received: from me by mx.me with local (Exim)\n" REAL FROM,
			NULL),
		"192.0.2.1");
	same_ip(find("Received: (from root@localhost) by mx.me\n" REAL FROM,
			NULL),
		"192.0.2.1");
}

static void
test_relays(void **state)
{
	(void)state;
	struct relay relay[2] = { { .name = STR("me.example") } };
	struct client_options o = { .relay = relay, .relays = 1 };

	same_ip(find(INSIDE TOP REAL FORGED FROM, &o), "192.0.2.1");
	assert_true(ip_parse_network(
		STR("203.0.113.0/24"), &relay[1].net, &relay[1].prefix));
	o.relay = &relay[1];
	same_ip(find(TOP REAL FROM, &o), "192.0.2.1");
	relay[0].name = STR("ay.me.example");
	o.relay = relay;
	same_ip(find(TOP REAL FROM, &o), "203.0.113.1");
}

/* A stranger who greets with our relay's name is no relay. */
static void
test_helo_is_no_relay(void **state)
{
	(void)state;
	struct relay relay = { .name = STR("me.example") };
	struct client_options o = { .relay = &relay, .relays = 1 };
	struct client c = find("Received: from relay.me.example (unknown "
			       "[192.0.2.66]) by mx.me.example\n" FORGED FROM,
		&o);

	same_ip(c, "192.0.2.66");
	assert_int_equal(c.line, 1);
}

static void
test_hop(void **state)
{
	(void)state;
	struct client_options o = { .hop = 3 };
	struct client c = find(INSIDE TOP REAL FROM, &o);

	same_ip(c, "192.0.2.1");
	assert_int_equal(c.line, 3);
	o.hop = 1;
	same_ip(find(INSIDE TOP REAL FROM, &o), "10.0.0.1");
	o.hop = 9;
	c = find(INSIDE TOP FROM, &o);
	same_ip(c, NULL);
	assert_int_equal(c.line, 0);
	assert_int_equal(c.time, 1795496403);
}

static void
test_given(void **state)
{
	(void)state;
	struct client_options o = { .given = {
					    .helo = STR("h.example"),
					    .helo_source = SOURCE_OPTION,
					    .mail_from = STR(""),
					    .mail_from_source = SOURCE_OPTION,
				    } };
	const char *mail = "Return-Path: <b@shop.example>\n" TOP REAL FROM;
	struct client c = find(mail, &o);

	same_ip(c, "203.0.113.1");
	same("given", "helo", c.helo, "h.example");
	same("given", "mail_from", c.mail_from, "");

	/* a given address finds its own line */
	o.given = (struct client){ .ip_source = SOURCE_OPTION };
	assert_true(ip_parse(STR("192.0.2.1"), &o.given.ip));
	c = find(mail, &o);
	assert_int_equal(c.ip_source, SOURCE_OPTION);
	assert_int_equal(c.line, 2);
	same("given", "helo", c.helo, "mail.shop.example");
	same("given", "mail_from", c.mail_from, "b@shop.example");
	assert_int_equal(c.mail_from_source, SOURCE_RETURN_PATH);
}

static void
test_received_spf(void **state)
{
	(void)state;
	struct client c = find(
		"Received-SPF: Pass (p.example: domain of b@shop.example\n"
		" designates 192.0.2.1 as permitted; client-ip=192.0.2.9)\n"
		" receiver=p.example; client-ip=192.0.2.1;\n"
		" helo=mail.shop.example; "
		"envelope-from=\"b@shop.example\"; pr=C\n"
		"Return-Path: <x@y.example>\n" FROM,
		NULL);

	same_ip(c, "192.0.2.1");
	assert_int_equal(c.ip_source, SOURCE_RECEIVED_SPF);
	same("spf", "helo", c.helo, "mail.shop.example");
	same("spf", "from", c.mail_from, "b@shop.example");
	assert_int_equal(c.mail_from_source, SOURCE_RECEIVED_SPF);

	/* one that speaks of another client is not for this one */
	c = find("Received-SPF: none client-ip=198.51.100.1; "
		 "envelope-from=no@x.example\n"
		 "Received-SPF: pass client-ip=203.0.113.1; "
		 "envelope-from=yes@x.example\n" TOP FROM,
		NULL);
	same("spf", "from", c.mail_from, "yes@x.example");
	assert_int_equal(c.ip_source, SOURCE_RECEIVED);
}

/* What the client sent along below a Received line of its own. */
static void
test_sent_along(void **state)
{
	(void)state;
	struct client c = find(TOP REAL FORGED
		"Received-SPF: pass client-ip=203.0.113.1; "
		"envelope-from=boss@bank.example\n"
		"Return-Path: <boss@bank.example>\n" FROM,
		NULL);

	same_ip(c, "203.0.113.1");
	assert_null(c.mail_from.p);
	/* neither where the line of our own does not show the client */
	c = find("Received: from x by mx.me.example with SMTP; x\n" FORGED
		 "Received-SPF: pass client-ip=192.0.2.1; "
		 "envelope-from=boss@bank.example\n" FROM,
		NULL);
	assert_int_equal(c.ip_source, SOURCE_NONE);
	/* Gmail writes it below its line */
	c = find(TOP "Received-SPF: pass client-ip=203.0.113.1; "
		     "envelope-from=b@shop.example\n" REAL FROM,
		NULL);
	same("spf", "from", c.mail_from, "b@shop.example");
}

static void
test_return_path(void **state)
{
	(void)state;
	struct client c = find("Return-Path: <>\n" TOP FROM, NULL);

	same("path", "from", c.mail_from, "");
	assert_int_equal(c.mail_from_source, SOURCE_RETURN_PATH);
	c = find("Return-Path: nonsense\n" TOP FROM, NULL);
	assert_null(c.mail_from.p);
	c = find(FROM, NULL);
	assert_int_equal(c.ip_source, SOURCE_NONE);
	assert_int_equal(c.time, TIME_UNKNOWN);
	assert_int_equal(c.ip.family, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_forms),
		TEST(test_rest),
		TEST(test_search),
		TEST(test_forged_below),
		TEST(test_relays),
		TEST(test_helo_is_no_relay),
		TEST(test_hop),
		TEST(test_given),
		TEST(test_received_spf),
		TEST(test_sent_along),
		TEST(test_return_path),
	};

	return cmocka_run_group_tests_name("received", tests, NULL, NULL);
}
