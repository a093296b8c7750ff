/*
 * test_zone.c - master files: reading, answering, writing.
 */
#include "unit.h"

#include "net/memo.h"
#include "net/server.h"
#include "net/source.h"
#include "net/zone.h"

static struct zone *
zone(const char *text)
{
	struct zone *z = zone_new(&arena);
	struct zone_error e;

	if (!zone_parse(z, str_from(text), &e))
		fail_msg("line %zu: %s", e.line, arena_zstr(&arena, e.message));
	return z;
}

/*
 * An answer in a line: the status when there are no records; "@name " in
 * front after CNAMEs; strings of TXT separated by |, records by ", ".
 */
static void
add_rr(struct buf *b, enum dns_type type, const struct dns_rr *rr)
{
	size_t from = 0;

	if (type == DNS_MX) {
		buf_uint(b, rr->preference);
		buf_char(b, ' ');
	}
	if (type == DNS_A)
		for (size_t i = 0; i < rr->data.n; i++) {
			if (i > 0)
				buf_char(b, '.');
			buf_uint(b, (unsigned char)rr->data.p[i]);
		}
	else
		for (size_t i = 0; i <= rr->cuts; i++) {
			size_t to = i < rr->cuts ? rr->cut[i] : rr->data.n;
			if (i > 0)
				buf_char(b, '|');
			buf_add(b, str_sub(rr->data, from, to - from));
			from = to;
		}
}

static const char *
line(enum dns_type type, const struct dns_answer *a)
{
	struct buf b = { .arena = &arena };

	if (a->canonical.p) {
		buf_char(&b, '@');
		buf_add(&b, a->canonical);
		buf_char(&b, ' ');
	}
	if (a->authentic)
		buf_add(&b, STR("AD "));
	if (a->n == 0)
		buf_add(&b, dns_status_word(a->status));
	for (size_t i = 0; i < a->n; i++) {
		if (i > 0)
			buf_add(&b, STR(", "));
		add_rr(&b, type, &a->rr[i]);
	}
	return arena_zstr(&arena, buf_str(&b));
}

static const char *
look(const struct zone *z, enum dns_type type, const char *name)
{
	struct dns_answer a;

	zone_answer(z, &arena, type, str_from(name), &a);
	assert_int_equal(a.status == DNS_OK, a.n > 0);
	return line(type, &a);
}

#define TXT(z, name, wanted) assert_string_equal(look(z, DNS_TXT, name), wanted)
#define A(z, name, wanted) assert_string_equal(look(z, DNS_A, name), wanted)

/* --- reading --------------------------------------------------------- */

static void
empty(void **state)
{
	(void)state;
	TXT(zone(""), "a", "NXDOMAIN");
	TXT(zone("\n\n; nothing\n"), "a", "NXDOMAIN");
	TXT(zone("\xef\xbb\xbf"), "a", "NXDOMAIN");
	TXT(zone("   \t\r\n"), "a", "NXDOMAIN");
}

static void
forms(void **state)
{
	struct zone *z;

	(void)state;
	z = zone("\xef\xbb\xbf"
		 "a TXT before.origin\r\n"
		 "$ORIGIN Example.com. ; comment\r\n"
		 "$TTL 2h\r\n"
		 "@ 1h IN TXT at\r\n"
		 "b IN 60 TXT b1\r\n"
		 "  60 TXT b2 ; same owner\r\n"
		 "\tIN TXT ( \"b3\" ; inside\r\n"
		 "\r\n"
		 "   more )\r\n"
		 "$ORIGIN sub\r\n"
		 "c txt c\r\n"
		 "abs. in txt abs");
	TXT(z, "a", "before.origin");
	TXT(z, "example.COM.", "at");
	TXT(z, "b.example.com", "b1, b2, b3|more");
	TXT(z, "c.sub.example.com", "c");
	TXT(z, "abs", "abs");
	A(z, "b.example.com", "no data");

	struct dns_answer a;
	zone_answer(z, &arena, DNS_TXT, STR("c.sub.example.com"), &a);
	assert_int_equal(a.ttl, 7200);
	zone_answer(z, &arena, DNS_TXT, STR("b.example.com"), &a);
	assert_int_equal(a.ttl, 60);
}

static void
default_ttl(void **state)
{
	struct zone *z = zone("a A 1.2.3.4\nb 77 A 1.2.3.4\nc A 1.2.3.4\n");
	struct dns_answer a;

	(void)state;
	zone_answer(z, &arena, DNS_A, STR("a"), &a);
	assert_int_equal(a.ttl, 3600);
	zone_answer(z, &arena, DNS_A, STR("c"), &a);
	assert_int_equal(a.ttl, 77);
}

static void
types(void **state)
{
	struct zone *z = zone("$ORIGIN x.\n"
			      "@ SOA ns host (1 2h 3 4 5)\n"
			      "@ NS ns\n"
			      "@ MX 10 mail\n"
			      "@ MX 0 .\n"
			      "@ SPF old style\n"
			      "p PTR host.y.\n"
			      "six AAAA 2001:db8::1\n"
			      "c CNAME d\n");

	(void)state;
	assert_string_equal(look(z, DNS_SOA, "x"), "ns.x");
	assert_string_equal(look(z, DNS_NS, "x"), "ns.x");
	assert_string_equal(look(z, DNS_MX, "x"), "10 mail.x, 0 ");
	assert_string_equal(look(z, DNS_SPF, "x"), "old|style");
	assert_string_equal(look(z, DNS_PTR, "p.x"), "host.y");
	assert_string_equal(look(z, DNS_CNAME, "c.x"), "d.x");
	A(z, "six.x", "no data");
}

static void
passed_over(void **state)
{
	struct zone *z = zone("a TYPE123 \\# 4 01020304\n"
			      "b CAA 0 issue \"x;y\"\n"
			      "c SRV 0 0 1 d\n"
			      "d RRSIG A 8 2 3600 ( 2026 2026\n 1 x. abc= )\n"
			      "e 60 IN HTTPS 1 . alpn=h2\n");

	(void)state;
	A(z, "a", "no data");
	A(z, "e", "no data");
	A(z, "f", "NXDOMAIN");
}

static void
escapes(void **state)
{
	struct zone *z = zone("a TXT \"q\\\"b\\\\s\\059\\;\" un\\ quoted\\065\n"
			      "b\\.c TXT dot\n"
			      "b\\\\c TXT backslash\n"
			      "\\100 TXT letter\n"
			      "e CNAME b\\.c\n"
			      "m MX 1 b\\046c\n"
			      "two TXT \"a\"\"b\"c\n");

	(void)state;
	TXT(z, "a", "q\"b\\s;;|un quotedA");
	TXT(z, "b.c", "NXDOMAIN");
	TXT(z, "b\\c", "backslash");
	TXT(z, "d", "letter");
	TXT(z, "e", "@b\\.c dot");
	assert_string_equal(look(z, DNS_MX, "m"), "1 b\\.c");
	TXT(z, "two", "a|b|c");
}

static void
dig(void **state)
{
	struct zone *z =
		zone("\n; <<>> DiG 9.18.1 <<>> txt example.com\n"
		     ";; global options: +cmd\n"
		     ";; Got answer:\n"
		     ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\n"
		     "\n;; QUESTION SECTION:\n"
		     ";example.com.\t\t\tIN\tTXT\n"
		     "\n;; ANSWER SECTION:\n"
		     "example.com.\t\t300\tIN\tTXT\t\"v=spf1 -all\"\n"
		     "example.com.\t\t299\tIN\tTXT\t\"v=spf1 -all\"\n"
		     "\n;; Query time: 1 msec\n");

	(void)state;
	TXT(z, "example.com", "v=spf1 -all"); /* twice the same is once */
}

static void
is_error(const char *text, size_t at, const char *message)
{
	struct zone *z = zone_new(&arena);
	struct zone_error e;

	if (zone_parse(z, str_from(text), &e))
		fail_msg("accepted: %s", text);
	assert_str(e.message, message);
	assert_int_equal(e.line, at);
}

static void
errors(void **state)
{
	(void)state;
	is_error("a A 1.2.3", 1, "IPv4 address expected: `1.2.3`");
	is_error("\na AAAA 1.2.3.4\n", 2, "IPv6 address expected: `1.2.3.4`");
	is_error("a TXT (\n\n \"open\n)", 3, "quoted string is not closed");
	is_error("a TXT \"open", 1, "quoted string is not closed");
	is_error("\na TXT ( b\n\n", 2, "parenthesis is not closed");
	is_error("a TXT b )\n", 1, "parenthesis was not opened");
	is_error("a TXT ( b (\n", 1, "parenthesis within parentheses");
	is_error("a TXT \"\\256\"", 1, "unknown escape: `\\256`");
	is_error("a TXT x\\1", 1, "unknown escape: `\\1`");
	is_error("a\\12b TXT x", 1, "unknown escape: `\\12b`");
	is_error("a TXT", 1, "record is not complete: `TXT`");
	is_error("a MX 10", 1, "record is not complete: `MX`");
	is_error("a MX mail 10", 1, "preference expected: `mail`");
	is_error("a MX 65536 mail", 1, "preference expected: `65536`");
	is_error("a A 1.2.3.4 5", 1, "record ends before this: `5`");
	is_error("a TXTT x", 1, "unknown record type: `TXTT`");
	is_error("a 60 IN", 1, "record type expected at the end of the line");
	is_error("a CH TXT x", 1, "only class IN is read: `CH`");
	is_error("a 1y TXT x", 1, "bad TTL: `1y`");
	is_error(" TXT x", 1, "the first record has no owner name");
	is_error("$INCLUDE file", 1,
		"$INCLUDE is not supported, name each file");
	is_error("$FOO", 1, "unknown control entry: `$FOO`");
	is_error("$TTL x", 1, "$TTL takes one time: `x`");
	is_error("a..b A 1.2.3.4", 1, "empty label in name: `a..b`");
	is_error(".a A 1.2.3.4", 1, "empty label in name: `.a`");
	is_error("a TXT \\# 1 00", 1, "\\# is not read for this type: `TXT`");
	is_error(";!a TXT WHAT", 1, "unknown directive: `WHAT`");
	is_error(";!a TXT", 1, "directive expected: ;!NAME TYPE WORD");
	is_error(";!a WHAT AD", 1, "unknown record type: `WHAT`");
	is_error("a \x1b[31mred x", 1, "unknown record type: `\\x1b[31mred`");
}

/* n times c, then the rest */
static const char *
repeat(char c, size_t n, const char *rest)
{
	struct buf b = { .arena = &arena };

	for (size_t i = 0; i < n; i++)
		buf_char(&b, c);
	buf_add(&b, str_from(rest));
	return arena_zstr(&arena, buf_str(&b));
}

static bool
parses(const char *text)
{
	struct zone_error e;

	return zone_parse(zone_new(&arena), str_from(text), &e);
}

static void
limits(void **state)
{
	struct buf name = { .arena = &arena }, text = { .arena = &arena };

	(void)state;
	assert_true(parses(repeat('a', 63, " A 1.2.3.4")));
	assert_false(parses(repeat('a', 64, " A 1.2.3.4")));
	for (int i = 0; i < 126; i++)
		buf_add(&name, STR("a."));
	buf_char(&name, 'b'); /* 253 */
	const char *longest = arena_zstr(&arena, buf_str(&name));
	assert_true(parses(repeat('b', 0,
		arena_zstr(&arena, STR_CAT(&arena, str_from(longest),
					   STR(". A 1.2.3.4"))))));
	assert_false(parses(repeat('b', 1,
		arena_zstr(&arena, STR_CAT(&arena, str_from(longest),
					   STR(". A 1.2.3.4"))))));
	assert_false(parses(arena_zstr(
		&arena, STR_CAT(&arena, STR("$ORIGIN c.\n"), str_from(longest),
				STR(" A 1.2.3.4")))));

	assert_true(parses(
		arena_zstr(&arena, STR_CAT(&arena, STR("a TXT "),
					   str_from(repeat('x', 255, ""))))));
	assert_false(parses(
		arena_zstr(&arena, STR_CAT(&arena, STR("a TXT "),
					   str_from(repeat('x', 256, ""))))));
	buf_add(&text, STR("a TXT"));
	for (int i = 0; i < 255; i++)
		buf_add(&text, str_from(repeat(' ', 1, repeat('x', 255, ""))));
	assert_true(parses(arena_zstr(&arena, buf_str(&text))));
	buf_add(&text, str_from(repeat(' ', 1, repeat('x', 255, ""))));
	buf_add(&text, STR(" y"));
	assert_false(parses(arena_zstr(&arena, buf_str(&text))));
}

/* A big zone is read and asked in no time. */
static void
many(void **state)
{
	struct buf b = { .arena = &arena };

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		buf_add(&b, STR("n"));
		buf_uint(&b, i);
		buf_add(&b, STR(".example. A 1.2.3.4\none TXT "));
		buf_uint(&b, i);
		buf_char(&b, '\n');
	}
	struct zone *z = zone(arena_zstr(&arena, buf_str(&b)));
	A(z, "n19999.example", "1.2.3.4");
	A(z, "n20000.example", "NXDOMAIN");
	struct dns_answer a;
	zone_answer(z, &arena, DNS_TXT, STR("one"), &a);
	assert_int_equal(a.n, 20000);
}

/* --- answering ------------------------------------------------------- */

/* The zone and the answers of RFC 4592 2.2.1. */
static void
wildcards(void **state)
{
	struct zone *z = zone("$ORIGIN example.\n"
			      "@ 3600 IN SOA a b 1 2 3 4 5\n"
			      "*.example. TXT \"this is a wildcard\"\n"
			      "*.example. MX 10 host1.example.\n"
			      "sub.*.example. TXT \"no wildcard\"\n"
			      "host1.example. A 192.0.2.1\n"
			      "_ssh._tcp.host1.example. SRV 0 0 22 host1\n"
			      "subdel.example. NS ns.example.com.\n"
			      "*.c CNAME host1\n");

	(void)state;
	assert_string_equal(
		look(z, DNS_MX, "host3.example"), "10 host1.example");
	A(z, "host3.example", "no data");
	TXT(z, "foo.bar.example", "this is a wildcard");
	assert_string_equal(look(z, DNS_MX, "host1.example"), "no data");
	assert_string_equal(look(z, DNS_MX, "sub.*.example"), "no data");
	A(z, "_telnet._tcp.host1.example", "NXDOMAIN");
	A(z, "host.subdel.example", "NXDOMAIN");
	assert_string_equal(look(z, DNS_MX, "ghost.*.example"), "NXDOMAIN");
	TXT(z, "_tcp.host1.example", "no data");
	A(z, "deep.er.c.example", "@host1.example 192.0.2.1");
	A(z, "c.example", "no data");
}

static void
empty_wildcard(void **state)
{
	struct zone *z = zone("a.*.x TXT below\n*. TXT root\n");

	(void)state;
	TXT(z, "b.x", "no data"); /* *.x exists, without records */
	TXT(z, "y", "root");
	TXT(z, "x", "no data");
}

static void
chains(void **state)
{
	struct zone *z = zone("a 60 CNAME b\nb 30 CNAME c\nc 90 A 1.1.1.1\n"
			      "out CNAME missing\nl CNAME l\n"
			      "m CNAME n\nn CNAME m\n"
			      "c1 CNAME c2\nc2 CNAME c3\nc3 CNAME c4\n"
			      "c4 CNAME c5\nc5 CNAME c6\nc6 CNAME c7\n"
			      "c7 CNAME c8\nc8 CNAME c9\nc9 A 9.9.9.9\n"
			      "c0 CNAME c1\n"
			      "f CNAME g\n;!g A SERVFAIL\n");
	struct dns_answer a;

	(void)state;
	A(z, "a", "@c 1.1.1.1");
	zone_answer(z, &arena, DNS_A, STR("a"), &a);
	assert_int_equal(a.ttl, 30);
	TXT(z, "a", "@c no data");
	A(z, "out", "@missing NXDOMAIN");
	A(z, "l", "broken answer");
	A(z, "m", "broken answer");
	A(z, "c1", "@c9 9.9.9.9");
	A(z, "c0", "broken answer");
	A(z, "f", "@g SERVFAIL");
	zone_answer(z, &arena, DNS_A, STR("a..b"), &a);
	assert_int_equal(a.status, DNS_BADNAME);
}

static void
directives(void **state)
{
	struct zone *z = zone("$ORIGIN x.\na TXT rec\n"
			      ";!a TXT AD\n;!b TXT SERVFAIL\n;!c A refused\n"
			      ";!d.x. A TIMEOUT ; slow\n;!e A BROKEN\n"
			      ";!f A LIMIT\n;!a A NXDOMAIN\n;!g A NODATA\n"
			      ";!h TXT RECORD 60 \"one\" two\n"
			      ";!h TXT RECORD 50 three\n;!h TXT CNAME a\n");

	(void)state;
	TXT(z, "a.x", "AD rec");
	TXT(z, "b.x", "SERVFAIL");
	A(z, "b.x", "NXDOMAIN"); /* they make no name exist */
	A(z, "c.x", "refused or no server reachable");
	A(z, "d.x", "timeout");
	A(z, "e.x", "broken answer");
	A(z, "f.x", "too many questions");
	A(z, "a.x", "NXDOMAIN");
	A(z, "g.x", "no data");
	TXT(z, "h.x", "@a.x one|two, three");
}

/* --- writing --------------------------------------------------------- */

static void
tell(struct dns *dns, enum dns_type type, const char *name,
	const struct dns_answer *answer)
{
	dns_begin(dns);
	assert_int_equal(
		dns_ask(dns, type, str_from(name))->status, DNS_UNKNOWN);
	struct dns_question *q = dns_take(dns);
	assert_non_null(q);
	dns_tell(dns, q, answer);
}

static void
tell_data(struct dns *dns, enum dns_type type, const char *name, str data,
	const char *canonical, uint32_t ttl)
{
	struct dns_rr rr = { .data = data };

	tell(dns, type, name,
		&(struct dns_answer){ .status = DNS_OK,
			.n = 1,
			.rr = &rr,
			.canonical = str_from(canonical),
			.ttl = ttl });
}

static void
tell_status(struct dns *dns, enum dns_type type, const char *name,
	enum dns_status status, const char *canonical)
{
	tell(dns, type, name,
		&(struct dns_answer){
			.status = status, .canonical = str_from(canonical) });
}

/* What is written gives every answer again. */
static const char *
assert_replays(const struct dns *dns)
{
	const char *text = arena_zstr(&arena, zone_write(&arena, dns));
	struct zone *z = zone(text);
	size_t n;
	struct dns_question *const *q = dns_questions(dns, &n);

	for (size_t i = 0; i < n; i++) {
		struct dns_answer a;
		zone_answer(z, &arena, q[i]->type, q[i]->name, &a);
		assert_int_equal(a.status, q[i]->answer->status);
		assert_int_equal(a.ttl, q[i]->answer->ttl);
		assert_string_equal(
			line(q[i]->type, &a), line(q[i]->type, q[i]->answer));
	}
	return text;
}

static void
written_plainly(void **state)
{
	struct dns *dns = dns_new(&arena);

	(void)state;
	tell_data(dns, DNS_A, "a.example", STR("\1\2\3\4"), NULL, 60);
	tell_data(dns, DNS_TXT, "s._domainkey.a.example", STR("k\"=\\;\x01 z"),
		"k.b.example", 30);
	tell_status(dns, DNS_TXT, "nothing.example", DNS_NXDOMAIN, NULL);
	tell_data(dns, DNS_SOA, "a.example", STR("ns"), NULL, 5);
	const char *text = assert_replays(dns);
	assert_string_equal(text,
		"; DNS answers saved by mailauth; give them back with mailauth"
		" --zone FILE\n"
		"a.example.\t60\tIN\tA\t1.2.3.4\n"
		"s._domainkey.a.example.\t30\tIN\tCNAME\tk.b.example.\n"
		"k.b.example.\t30\tIN\tTXT\t\"k\\\"=\\\\;\\001 z\"\n"
		"a.example.\t5\tIN\tSOA\tns. . 1 3600 600 86400 3600\n");
}

/* Of each store, that it is told by the file so far and what is added. */
static str
add_to_file(struct buf *file, struct zone *written, const struct dns *dns)
{
	str more = zone_write_more(&arena, written, dns);

	buf_add(file, more);
	return more;
}

static void
assert_told(const struct buf *file, const struct dns *dns)
{
	struct zone *z = zone(arena_zstr(&arena, buf_str(file)));
	size_t n;
	struct dns_question *const *q = dns_questions(dns, &n);

	for (size_t i = 0; i < n; i++) {
		struct dns_answer a;
		zone_answer(z, &arena, q[i]->type, q[i]->name, &a);
		assert_int_equal(a.status, q[i]->answer->status);
		assert_string_equal(
			line(q[i]->type, &a), line(q[i]->type, q[i]->answer));
	}
}

static void
written_in_pieces(void **state)
{
	struct zone *written = zone_new(&arena);
	struct buf file = { .arena = &arena };
	struct dns *one = dns_new(&arena), *two = dns_new(&arena);

	(void)state;
	tell_data(one, DNS_TXT, "s.a", STR("key"), "k.b", 30);
	tell_data(one, DNS_A, "a", STR("\1\1\1\1"), NULL, 30);
	tell_status(one, DNS_TXT, "_domainkey.c", DNS_NXDOMAIN, NULL);
	tell_status(one, DNS_MX, "a", DNS_TIMEOUT, NULL);
	add_to_file(&file, written, one);
	/* again, and what would change it */
	tell_data(two, DNS_A, "A", STR("\1\1\1\1"), NULL, 30);
	tell_data(two, DNS_TXT, "k.b", STR("key"), NULL, 30);
	tell_data(two, DNS_TXT, "s._domainkey.c", STR("other"), NULL, 30);
	tell_data(two, DNS_AAAA, "a", STR("1234567890123456"), "k.b", 30);
	tell_status(two, DNS_MX, "a", DNS_TIMEOUT, NULL);
	str more = add_to_file(&file, written, two);
	assert_int_equal(str_ifind(more, STR("\"key\"")), more.n);
	assert_int_equal(str_ifind(more, STR("1.1.1.1")), more.n);
	assert_int_equal(str_ifind(more, STR("MX")), more.n);
	assert_told(&file, one);
	assert_told(&file, two);
	assert_int_equal(add_to_file(&file, written, two).n, 0);
	assert_int_equal(add_to_file(&file, written, one).n, 0);
}

static uint32_t
below(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % n;
}

/* An answer of some kind, unless the file has one, as with --save-dns. */
static void
learn_anything(const struct zone *written, struct dns *dns, uint32_t *seed)
{
	static const enum dns_type types[] = { DNS_A, DNS_MX, DNS_TXT };
	static const enum dns_status statuses[] = { DNS_OK, DNS_OK, DNS_NODATA,
		DNS_NXDOMAIN, DNS_TIMEOUT };
	static const char *const names[] = { "a", "b", "c.a", "x.c.a", "d",
		"e.d", "*.a", "*" };
	const char *name = names[below(seed, 8)];
	enum dns_type type = types[below(seed, 3)];
	struct dns_rr rr = { .data = below(seed, 2) ? STR("1234")
						    : STR("abcd") };
	struct dns_answer a = { .status = statuses[below(seed, 5)] };

	if (dns_known(dns, type, str_from(name))->status != DNS_UNKNOWN)
		return;
	if (a.status == DNS_OK) {
		a.n = 1;
		a.rr = &rr;
	}
	if (below(seed, 3) == 0)
		a.canonical = str_from(names[below(seed, 6)]);
	if (zone_is_told(written, &arena, type, str_from(name)))
		zone_answer(written, &arena, type, str_from(name), &a);
	tell(dns, type, name, &a);
}

/* A server that says now this, now that, changes nothing that was told. */
static void
written_against_each_other(void **state)
{
	enum { ROUNDS = 2000, STORES = 3, QUESTIONS = 3 };
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct arena_mark mark = arena_mark(&arena);
		struct zone *written = zone_new(&arena);
		struct buf file = { .arena = &arena };
		struct dns *store[STORES];

		for (int s = 0; s < STORES; s++) {
			store[s] = dns_new(&arena);
			for (int i = 0; i < QUESTIONS; i++)
				learn_anything(written, store[s], &seed);
			add_to_file(&file, written, store[s]);
			for (int i = 0; i <= s; i++)
				assert_told(&file, store[i]);
		}
		arena_rewind(&arena, mark);
	}
}

static void
written_failures(void **state)
{
	struct dns *dns = dns_new(&arena);

	(void)state;
	for (enum dns_status s = DNS_SERVFAIL; s <= DNS_LIMIT; s++) {
		char name[2] = { (char)('a' + s), 0 };
		tell_status(dns, DNS_MX, name, s, NULL);
	}
	tell_status(dns, DNS_A, "only.x", DNS_NODATA, NULL);
	tell_status(dns, DNS_TXT, "x", DNS_NXDOMAIN, NULL);
	tell_status(dns, DNS_MX, "x", DNS_NODATA, NULL);
	tell_data(dns, DNS_A, "below.x", STR("\1\1\1\1"), NULL, 1);
	tell_status(dns, DNS_A, "al.x", DNS_NODATA, "ias.x");
	tell_status(dns, DNS_A, "al2.x", DNS_NXDOMAIN, "ias.x");
	tell_status(dns, DNS_A, "al3.x", DNS_SERVFAIL, "ias.x");
	struct dns_answer ad = { .status = DNS_NXDOMAIN, .authentic = true };
	tell(dns, DNS_A, "secure.x", &ad);
	assert_replays(dns);
}

static void
written_contradictions(void **state)
{
	struct dns *dns = dns_new(&arena);

	(void)state;
	/* an alias for one type only, of changing targets */
	tell_data(dns, DNS_A, "a", STR("\1\1\1\1"), "b", 1);
	tell_data(dns, DNS_TXT, "a", STR("text"), NULL, 1);
	tell_data(dns, DNS_MX, "a", STR("m"), "c", 1);
	tell_data(dns, DNS_A, "b", STR("\2\2\2\2"), NULL, 9);
	tell_status(dns, DNS_MX, "c", DNS_NXDOMAIN, NULL);
	/* the target of an answer fails for itself */
	tell_data(dns, DNS_TXT, "d", STR("x"), "e", 1);
	tell_status(dns, DNS_TXT, "e", DNS_NXDOMAIN, NULL);
	/* a name that looks like a wildcard */
	tell_data(dns, DNS_A, "*.w", STR("\1\1\1\1"), NULL, 1);
	tell_status(dns, DNS_A, "x.w", DNS_NXDOMAIN, NULL);
	/* a loop that had an answer */
	tell_data(dns, DNS_A, "p", STR("\3\3\3\3"), "q", 1);
	tell_data(dns, DNS_A, "q", STR("\3\3\3\3"), "p", 1);
	tell_data(dns, DNS_CNAME, "p", STR("elsewhere"), NULL, 1);
	assert_replays(dns);
}

static void
written_odd_bytes(void **state)
{
	struct dns *dns = dns_new(&arena);

	(void)state;
	tell_data(dns, DNS_A, "\"a b\";(c)@$\\\x80\x01", STR("\1\1\1\1"), NULL,
		1);
	tell_data(dns, DNS_A, "$origin", STR("\1\1\1\1"), NULL, 1);
	tell_data(dns, DNS_A, "@", STR("\1\1\1\1"), NULL, 1);
	tell_data(dns, DNS_PTR, "r", STR(""), NULL, 1);
	tell_data(dns, DNS_PTR, "s", STR("a\\.b.c\\\\ d"), NULL, 1);
	tell_data(dns, DNS_TXT, "t", STR(""), NULL, 1);
	tell_data(dns, DNS_TXT, "u", str_from(repeat('x', 300, "")), NULL, 1);
	tell_data(dns, DNS_TXT, "v", str_from(repeat('y', 255, "")), NULL, 1);
	uint32_t cut[] = { 0, 2, 2, 4 };
	struct dns_rr rr = { .data = STR("abcd"), .cut = cut, .cuts = 4 };
	tell(dns, DNS_TXT, "w",
		&(struct dns_answer){ .status = DNS_OK, .n = 1, .rr = &rr });
	assert_replays(dns);
}

static void
written_empty(void **state)
{
	(void)state;
	assert_replays(dns_new(&arena));
}

/* --- around the zone ------------------------------------------------- */

static void
source(void **state)
{
	struct source *s = source_from_zone(zone("a A 1.2.3.4\n"));
	struct dns *dns = dns_new(&arena);
	struct dns_question *q;

	(void)state;
	assert_non_null(s);
	dns_begin(dns);
	dns_ask(dns, DNS_A, STR("A."));
	dns_ask_ahead(dns, DNS_A, STR("b"));
	while ((q = dns_take(dns)))
		s->ask(s, dns, q);
	s->wait(s, 1000);
	dns_begin(dns);
	assert_int_equal(dns_ask(dns, DNS_A, STR("a"))->status, DNS_OK);
	assert_int_equal(dns_ask(dns, DNS_A, STR("b"))->status, DNS_NXDOMAIN);
	assert_true(dns_settled(dns));
	s->forget(s, dns);
	s->free(s);
}

static void
server_names(void **state)
{
	struct server s;

	(void)state;
	assert_null(server_parse(STR("192.0.2.1"), &s));
	assert_int_equal(s.port, 53);
	assert_int_equal(s.ip.family, 4);
	assert_null(server_parse(STR("192.0.2.1:5353"), &s));
	assert_int_equal(s.port, 5353);
	assert_null(server_parse(STR("2001:db8::1"), &s));
	assert_int_equal(s.port, 53);
	assert_null(server_parse(STR("[::1]"), &s));
	assert_null(server_parse(STR("[::1]:9"), &s));
	assert_int_equal(s.port, 9);
	assert_int_equal(s.ip.b[15], 1);
	assert_string_equal(
		server_parse(STR("dns.example"), &s), "not an IP address");
	assert_string_equal(
		server_parse(STR("192.0.2.1:"), &s), "not a port number");
	assert_non_null(server_parse(STR("[]:1"), &s));
	assert_non_null(server_parse(STR("["), &s));
	assert_non_null(server_parse(STR(""), &s));
	assert_non_null(server_parse(STR("fe80::1%eth0"), &s));
}

static void
memo(void **state)
{
	struct memo *m = memo_new();
	uint32_t cut = 3;
	struct dns_rr rr[2] = {
		{ .data = STR("onetwo"), .cut = &cut, .cuts = 1 },
		{ .data = STR("") }
	};
	struct dns_answer a = {
		.status = DNS_OK, .n = 2, .rr = rr, .canonical = STR("c.d")
	};

	(void)state;
	assert_non_null(m);
	memo_put(m, DNS_TXT, STR("a.b"), &a, 1000);
	assert_null(memo_find(m, DNS_A, STR("a.b"), 0));
	const struct dns_answer *got = memo_find(m, DNS_TXT, STR("A.b"), 999);
	assert_non_null(got);
	assert_string_equal(line(DNS_TXT, got), "@c.d one|two, ");
	assert_null(memo_find(m, DNS_TXT, STR("a.b"), 1000));

	/* what was not used for longest goes first */
	a = (struct dns_answer){ .status = DNS_NXDOMAIN };
	memo_put(m, DNS_A, STR("first"), &a, 1000);
	memo_put(m, DNS_A, STR("second"), &a, 1000);
	for (unsigned i = 2; i < MEMO_MAX_ENTRIES; i++)
		memo_put(m, DNS_A, str_number(&arena, i), &a, 1000);
	assert_non_null(memo_find(m, DNS_A, STR("first"), 0));
	memo_put(m, DNS_A, STR("last"), &a, 1000);
	assert_non_null(memo_find(m, DNS_A, STR("first"), 0));
	assert_null(memo_find(m, DNS_A, STR("second"), 0));

	/* bytes are bounded too */
	rr[0].data = str_from(repeat('x', 65000, ""));
	a = (struct dns_answer){ .status = DNS_OK, .n = 1, .rr = rr };
	for (unsigned i = 0; i < 300; i++)
		memo_put(m, DNS_TXT, str_number(&arena, i), &a, 1000);
	assert_non_null(memo_find(m, DNS_TXT, STR("299"), 0));
	assert_null(memo_find(m, DNS_TXT, STR("0"), 0));
	memo_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(empty),
		TEST(forms),
		TEST(default_ttl),
		TEST(types),
		TEST(passed_over),
		TEST(escapes),
		TEST(dig),
		TEST(errors),
		TEST(limits),
		TEST(many),
		TEST(wildcards),
		TEST(empty_wildcard),
		TEST(chains),
		TEST(directives),
		TEST(written_plainly),
		TEST(written_in_pieces),
		TEST(written_against_each_other),
		TEST(written_failures),
		TEST(written_contradictions),
		TEST(written_odd_bytes),
		TEST(written_empty),
		TEST(source),
		TEST(server_names),
		TEST(memo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
