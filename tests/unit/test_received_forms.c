/*
 * test_received_forms.c - whole headers as programs and services write them:
 * which Received line tells of the client, its address, and its HELO.
 */
#include "unit.h"

#include "mailauth/received.h"

struct row {
	const char *program;
	const char *lines; /* newest first; "~" begins a Received field */
	const char *ip, *helo;
	unsigned hop; /* the line used; 0 when no client is found */
	const char *by, *with, *for_; /* of that line */
};

#define DATE "; Tue, 24 Nov 2026 05:00:00 +0000\n"

static const struct row rows[] = {
	{ "Postfix, IPv6, STARTTLS",
		"~from mail.shop.example (mx.shop.example "
		"[IPv6:2001:db8::25])\n\t(using TLSv1.3 with cipher "
		"TLS_AES_256_GCM_SHA384 (256/256 bits)\n\t key-exchange X25519 "
		"server-signature RSA-PSS (2048 bits) server-digest SHA256)\n"
		"\t(Client did not present a certificate)\n\tby "
		"mx.me.example (Postfix) with ESMTPS id 4cXyZ01\n\tfor "
		"<u@me.example>" DATE,
		"2001:db8::25", "mail.shop.example", 1, "mx.me.example",
		"ESMTPS", "u@me.example" },
	{ "Postfix, HELO is an IPv6 literal",
		"~from [IPv6:2001:db8:7::9] (dyn9.isp.example "
		"[IPv6:2001:db8:7::9])\n\tby mx.me.example (Postfix) with "
		"ESMTP id 4cX" DATE,
		"2001:db8:7::9", "[IPv6:2001:db8:7::9]", 1, "mx.me.example",
		"ESMTP", NULL },
	{ "Postfix, submission with a user",
		"~from laptop (dyn9.isp.example [198.51.100.9])\n\t(using "
		"TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 "
		"bits))\n\t(No client certificate requested)\n\t"
		"(Authenticated sender: u@me.example)\n\tby smtp.me.example "
		"(Postfix) with ESMTPSA id 4cX" DATE,
		"198.51.100.9", "laptop", 1, "smtp.me.example", "ESMTPSA",
		NULL },
	{ "Postfix, content filter and mailbox above it",
		"~from mx.me.example ([unix socket])\n\t by mx.me.example "
		"(Cyrus 3.8) with LMTPA" DATE
		"~from localhost (localhost [127.0.0.1])\n\tby mx.me.example "
		"(Postfix) with ESMTP id 2" DATE
		"~from mx.me.example ([127.0.0.1])\n\tby localhost "
		"(mx.me.example [127.0.0.1]) (amavisd-new, port 10024)\n\twith "
		"ESMTP id 3" DATE
		"~from mail.shop.example (unknown [192.0.2.1])\n\tby "
		"mx.me.example (Postfix) with ESMTP id 4" DATE,
		"192.0.2.1", "mail.shop.example", 4, "mx.me.example", "ESMTP",
		NULL },
	{ "Exim, IPv6, TLS",
		"~from mx.shop.example ([2001:db8::25]:41234 "
		"helo=mail.shop.example)\n\tby mx.me.example with esmtps  "
		"(TLS1.3) tls TLS_AES_256_GCM_SHA384\n\t(Exim 4.98)\n\t"
		"(envelope-from <b@shop.example>)\n\tid 1vN-0001-2A\n\tfor "
		"u@me.example" DATE,
		"2001:db8::25", "mail.shop.example", 1, "mx.me.example",
		"esmtps", "u@me.example" },
	{ "Exim, no reverse name, IPv6",
		"~from [2001:db8::25] (port=41234 helo=mail.shop.example)\n\t"
		"by mx.me.example with esmtp (Exim 4.94)\n\tid 1vN" DATE,
		"2001:db8::25", "mail.shop.example", 1, "mx.me.example",
		"esmtp", NULL },
	{ "Exim, submission, HELO is a literal",
		"~from dyn9.isp.example ([198.51.100.9]:50000 "
		"helo=[192.168.1.7])\n\tby smtp.me.example with esmtpsa  "
		"(TLS1.2) tls ECDHE-RSA-AES128-GCM-SHA256\n\t(Exim 4.96)\n\t"
		"(envelope-from <u@me.example>)\n\tid 1vN" DATE,
		"198.51.100.9", "[192.168.1.7]", 1, "smtp.me.example",
		"esmtpsa", NULL },
	{ "Exim, a scanner above that might be anybody",
		"~from mail by mx.me.example with spam-scanned (Exim 4.96)\n\t"
		"id 1vO" DATE
		"~from mx.shop.example ([192.0.2.1]:4711)\n\tby mx.me.example "
		"with esmtp (Exim 4.96)\n\tid 1vN" DATE,
		NULL, NULL, 0, NULL, NULL, NULL },
	{ "Sendmail, IPv6",
		"~from mail.shop.example (mx.shop.example "
		"[IPv6:2001:db8:0:0:0:0:0:25])\n\tby mx.me.example "
		"(8.18.1/8.18.1) with ESMTPS id 5AO50\n\t(version=TLSv1.3 "
		"cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NOT)\n\tfor "
		"<u@me.example>" DATE,
		"2001:db8::25", "mail.shop.example", 1, "mx.me.example",
		"ESMTPS", "u@me.example" },
	{ "Sendmail, submission, HELO is a literal",
		"~from [10.1.2.3] (dyn9.isp.example [198.51.100.9])\n\t"
		"(authenticated bits=0)\n\tby smtp.me.example (8.17.1/8.17.1) "
		"with ESMTPSA id 5AO" DATE,
		"198.51.100.9", "[10.1.2.3]", 1, "smtp.me.example", "ESMTPSA",
		NULL },
	{ "Sendmail, from localhost above",
		"~from mx.me.example (localhost [127.0.0.1])\n\tby "
		"mx.me.example (8.18.1/8.18.1) with ESMTP id 1" DATE
		"~(from root@localhost)\n\tby mx.me.example (8.18.1/8.18.1/"
		"Submit) id 2" DATE
		"~from mail.shop.example (mail.shop.example [192.0.2.1] (may "
		"be forged))\n\tby mx.me.example (8.18.1/8.18.1) with SMTP id "
		"3" DATE,
		"192.0.2.1", "mail.shop.example", 3, "mx.me.example", "SMTP",
		NULL },
	{ "qmail, IPv6",
		"~(qmail 4711 invoked by alias); 24 Nov 2026 05:00:01 -0000\n"
		"~from mx.shop.example (HELO mail.shop.example) "
		"(2001:db8::25)\n  by mx.me.example with ESMTPS "
		"(TLS_AES_256_GCM_SHA384 encrypted); 24 Nov 2026 05:00:00 "
		"-0000\n",
		"2001:db8::25", "mail.shop.example", 2, "mx.me.example",
		"ESMTPS", NULL },
	{ "qmail, mapped address, HELO is a literal",
		"~from unknown (HELO [192.168.0.3]) (::ffff:198.51.100.9)\n"
		"  by mx.me.example with ESMTPSA; 24 Nov 2026 05:00:00 -0000\n",
		"198.51.100.9", "[192.168.0.3]", 1, "mx.me.example", "ESMTPSA",
		NULL },
	{ "Exchange, IPv6, Frontend",
		"~from MBX1.me.example (fd00::11) by MBX2.me.example "
		"(fd00::12)\n with Microsoft SMTP Server (version=TLS1_2,\n "
		"cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id "
		"15.2.1544.4" DATE
		"~from mail.shop.example (2001:db8::25) by MBX1.me.example\n "
		"(fd00::11) with Microsoft SMTP Server id 15.2.1544.4 via "
		"Frontend\n Transport" DATE,
		"2001:db8::25", "mail.shop.example", 2, "MBX1.me.example",
		"Microsoft", NULL },
	{ "Exchange, SMTPSVC",
		"~from mail.shop.example ([192.0.2.1]) by srv1.me.example with "
		"Microsoft SMTPSVC(10.0.14393.4169);\n\t Tue, 24 Nov 2026 "
		"06:00:00 +0100\n",
		"192.0.2.1", "mail.shop.example", 1, "srv1.me.example",
		"Microsoft", NULL },
	{ "Exchange Online, trusted relays left out",
		"~from AS8P1.eurp.example (fd00:20b:1::7)\n by "
		"DB9P1.eurp.example with HTTPS" DATE
		"~from AM6P1.eurp.example (fd00:20b:209::2) by "
		"AS8P1.eurp.example\n (fd00:20b:20b::3) with Microsoft SMTP "
		"Server (version=TLS1_2,\n cipher=TLS_ECDHE_RSA_WITH_AES_256_"
		"GCM_SHA384) id 15.20.8137.19" DATE
		"~from mail.shop.example (192.0.2.1) by "
		"AMS0EPF1.mail.protection.example\n (10.167.16.5) with "
		"Microsoft SMTP Server (version=TLS1_3,\n cipher=TLS_AES_256_"
		"GCM_SHA384) id 15.20.8137.17 via Frontend\n Transport" DATE,
		"192.0.2.1", "mail.shop.example", 3,
		"AMS0EPF1.mail.protection.example", "Microsoft", NULL },
	{ "Gmail, IPv6",
		"~by 2002:a05:6a10:1234:b0:2a:3b:4c with SMTP id x1csp2;\n"
		"        Mon, 23 Nov 2026 21:00:01 -0800 (PST)\n"
		"~from mail.shop.example (mx.shop.example. [2001:db8::25])\n"
		"        by mx.google.example with ESMTPS id a1-2si3.4.2026."
		"11.23\n        for <u@me.example>\n        (version=TLS1_3 "
		"cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\n        Mon, 23 "
		"Nov 2026 21:00:00 -0800 (PST)\n",
		"2001:db8::25", "mail.shop.example", 2, "mx.google.example",
		"ESMTPS", "u@me.example" },
	{ "Gmail, no reverse name",
		"~from mail.shop.example ([192.0.2.1])\n        by "
		"smtp-relay.gmail.example with ESMTPS id a1" DATE,
		"192.0.2.1", "mail.shop.example", 1, "smtp-relay.gmail.example",
		"ESMTPS", NULL },
	{ "Gmail, submission, HELO is an IPv6 literal",
		"~from [IPv6:2001:db8:7::9] ([2001:db8:7::9])\n        by "
		"smtp.gmail.example with ESMTPSA id a1" DATE,
		"2001:db8:7::9", "[IPv6:2001:db8:7::9]", 1,
		"smtp.gmail.example", "ESMTPSA", NULL },
	{ "Yahoo, IPv6",
		"~from 10.222.143.35\n by atlas208.free.mail.example with "
		"HTTPS" DATE
		"~from 2001:db8::25 (EHLO mail.shop.example)\n by 10.222.143."
		"35 with SMTPs\n (version=TLS1_2 cipher=TLS_ECDHE_RSA_WITH_"
		"AES_128_GCM_SHA256)" DATE,
		"2001:db8::25", "mail.shop.example", 2, "10.222.143.35",
		"SMTPs", NULL },
	{ "Yahoo, submission",
		"~by hermes--production-1 (Yahoo Inc. Hermes SMTP Server) with "
		"ESMTPA ID 7;\n          Tue, 24 Nov 2026 05:00:00 +0000 "
		"(UTC)\n",
		NULL, NULL, 0, NULL, NULL, NULL },
	{ "Yahoo, outgoing",
		"~from mx.me.example (mx.me.example [10.0.0.1])\n\tby "
		"imap.me.example with LMTP id 1" DATE
		"~from sonic301.mail.bf2.yahoo.example ([192.0.2.1])\n\tby "
		"mx.me.example with ESMTPS id 2" DATE
		"~from sonic.gate.mail.example by sonic301.consmr.mail.bf2."
		"yahoo.example with HTTP" DATE,
		"192.0.2.1", "sonic301.mail.bf2.yahoo.example", 2,
		"mx.me.example", "ESMTPS", NULL },
	{ "Fastmail, IPv6",
		"~from phl-compute-01.internal (phl-compute-01.internal "
		"[10.202.2.41])\n\t by phl-store-02.internal (Cyrus "
		"3.13.0-alpha0-fm) with LMTPA;\n\t Tue, 24 Nov 2026 00:00:01 "
		"-0500\n"
		"~from phl-mx-01.internal ([10.202.2.210])\n  by "
		"phl-compute-01.internal (LMTPProxy); Tue, 24 Nov 2026 "
		"00:00:01 "
		"-0500\n"
		"~from phl-mx-01.messaging.example (localhost [127.0.0.1])\n\t"
		"by mailmx.phl.internal (Postfix) with ESMTP id 1" DATE
		"~from mail.shop.example (mx.shop.example [IPv6:2001:db8::25])"
		"\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 "
		"(256/256 bits)\n\t key-exchange ECDHE (P-256))\n\t(No client "
		"certificate requested)\n\tby mailmx.phl.internal (Postfix) "
		"with ESMTPS id 2\n\tfor <u@me.example>" DATE,
		"2001:db8::25", "mail.shop.example", 4, "mailmx.phl.internal",
		"ESMTPS", "u@me.example" },
	{ "Fastmail, outgoing",
		"~from fout-b1.messaging.example (fout-b1.messaging.example "
		"[192.0.2.1])\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_"
		"SHA384 (256/256 bits))\n\t(No client certificate requested)\n"
		"\tby mx.me.example (Postfix) with ESMTPS id 1" DATE
		"~from phl-compute-02.internal (phl-compute-02.phl.internal "
		"[10.202.2.42])\n\tby mailfout.phl.internal (Postfix) with "
		"ESMTP id 2" DATE
		"~by mailuser.phl.internal (Postfix, from userid 501)\n\tid "
		"3" DATE,
		"192.0.2.1", "fout-b1.messaging.example", 1, "mx.me.example",
		"ESMTPS", NULL },
};

/* The header section, "~" spelt out. */
static str
header_of(const char *lines)
{
	struct buf b = { .arena = &arena };

	for (; *lines; lines++)
		if (*lines == '~')
			buf_add(&b, STR("Received: "));
		else
			buf_char(&b, *lines);
	buf_add(&b, STR("From: b@shop.example\n\n"));
	return buf_str(&b);
}

static const struct field *
received_line(const struct message *m, unsigned line)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_ieq(m->field[i].name, STR("Received")) && --line == 0)
			return &m->field[i];
	return NULL;
}

static void
same(const struct row *w, const char *what, str got, const char *want)
{
	if ((got.p == NULL) != (want == NULL) || !str_eq(got, str_from(want)))
		fail_msg("%s: %s is '%.*s', not '%s'", w->program, what,
			(int)got.n, got.p ? got.p : "", want ? want : "-");
}

static void
test_forms(void **state)
{
	struct client_options none = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *w = &rows[i];
		const struct message *m =
			message_from(&arena, header_of(w->lines));
		struct client c = client_find(&arena, m, &none);
		str ip = c.ip.family ? ip_format(&arena, c.ip) : (str){ 0 };

		same(w, "ip", ip, w->ip);
		same(w, "helo", c.helo, w->helo);
		if (c.line != w->hop)
			fail_msg("%s: line %u", w->program, c.line);
		if (w->hop == 0)
			continue;
		struct received r =
			received_parse(&arena, received_line(m, w->hop));
		same(w, "by", r.by, w->by);
		same(w, "with", r.with, w->with);
		same(w, "for", r.for_, w->for_);
		assert_int_equal(r.time, 1795496400);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_forms) };

	return cmocka_run_group_tests_name("received_forms", tests, NULL, NULL);
}
