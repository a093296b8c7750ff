/*
 * test_base.c - slices, arenas, base64, addresses, dates; the answer store.
 */
#include "unit.h"
#include "mailauth/base64.h"
#include "mailauth/dns.h"
#include "mailauth/ip.h"
#include "mailauth/shelf.h"
#include "mailauth/time.h"

static void
test_slices(void **state)
{
	uint64_t v;
	size_t n = 0;
	str piece;

	(void)state;
	assert_same(str_sub(STR("abc"), 2, 9), STR("c"));
	assert_int_equal(str_sub(STR("abc"), 9, 9).n, 0);
	for (str rest = STR("a;;b"); str_split(&rest, ';', &piece);)
		n++;
	assert_int_equal(n, 3);
	assert_true(str_uint(STR("255"), 255, &v));
	assert_false(str_uint(STR("256"), 255, &v));
	assert_false(str_uint(STR(""), 255, &v));
	assert_true(str_uint(STR("18446744073709551615"), UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_false(str_uint(STR("18446744073709551616"), UINT64_MAX, &v));
	assert_true(str_iends(STR("x.Example"), STR(".eXAMPLE")));
	assert_same(str_trim_fws(STR(" \r\n\tx y \n")), STR("x y"));
}

static void
test_escapes(void **state)
{
	(void)state;
	assert_same(str_escaped(&arena, STR("a\x1b[31m\xe9\\x\\n")),
		STR("a\\x1b[31m\\xe9\\\\x\\n"));
}

static void
test_arena(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20, NULL, NULL);
	char *p = arena_alloc(&a, 10);
	struct arena_mark mark = arena_mark(&a);
	for (int i = 0; i < 100; i++)
		memset(arena_alloc(&a, 5000), 'x', 5000);
	arena_rewind(&a, mark);
	arena_trim(&a); /* what is in use stays */
	memset(p, 'y', 10);
	char *q = arena_alloc(&a, 300);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(q[i], 0);
	assert_int_equal(p[9], 'y');
	arena_free(&a);
	assert_int_equal(a.total, 0);
}

static void
test_base64(void **state)
{
	static const struct {
		str text, want;
		bool ok;
	} cases[] = {
		{ STR_INIT(""), STR_INIT(""), true },
		{ STR_INIT("Zg=="), STR_INIT("f"), true },
		{ STR_INIT("Zg"), STR_INIT("f"), true },
		{ STR_INIT("Zm8="), STR_INIT("fo"), true },
		{ STR_INIT("Z m\r\n 9 v"), STR_INIT("foo"), true },
		{ STR_INIT("Zm9vYmE="), STR_INIT("fooba"), true },
		{ STR_INIT("Zm8=="), STR_INIT("fo"), false },
		{ STR_INIT("Zm9v="), STR_INIT("foo"), false },
		{ STR_INIT("Z"), STR_INIT(""), false },
		{ STR_INIT("Zg==Zg=="), STR_INIT("f"), false },
		{ STR_INIT("Zg=*"), STR_INIT("f"), false },
		{ STR_INIT("Zm9-"), STR_INIT("fo"), false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		str out;
		bool ok = base64_decode(&arena, cases[i].text, &out, NULL);
		assert_int_equal(ok, cases[i].ok);
		assert_same(out, cases[i].want);
	}
	for (size_t n = 0; n < 50; n++) {
		str text = str_sub(STR("\xff\x00 any bytes here, and on and on "
				       "until the fiftieth one.."),
			0, n);
		str out;
		assert_true(base64_decode(
			&arena, base64_encode(&arena, text), &out, NULL));
		assert_same(out, text);
	}
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "192.0.2.01", NULL },
		{ "192.0.2", NULL },
		{ "192.0.2.256", NULL },
		{ "192.0.2.1.", NULL },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "1::", "1::" },
		{ "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:db8::192.0.2.1", "2001:db8::c000:201" },
		{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304" },
		{ "1:2:3:4:5:6:7:1.2.3.4", NULL },
		{ "1:2:3:4:5:6:7:8::", NULL },
		{ "1:2:3:4:5:6:7", NULL },
		{ "1::2::3", NULL },
		{ ":1::2", NULL },
		{ "1:::2", NULL },
		{ "12345::", NULL },
		{ "1.2.3.4::", NULL },
		{ "::1.2.3.4:5", NULL },
		{ "::1%eth0", NULL },
		{ "", NULL },
		{ ":", NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ip ip;
		bool ok = ip_parse(str_from(cases[i].text), &ip);
		if (ok != (cases[i].want != NULL))
			fail_msg("%s", cases[i].text);
		if (ok)
			assert_same(
				ip_format(&arena, ip), str_from(cases[i].want));
	}
}

static struct ip
ip_of(const char *text)
{
	struct ip ip;

	assert_true(ip_parse(str_from(text), &ip));
	return ip;
}

static void
test_networks(void **state)
{
	(void)state;
	assert_true(ip_in(ip_of("192.0.2.77"), ip_of("192.0.2.64"), 26));
	assert_false(ip_in(ip_of("192.0.2.128"), ip_of("192.0.2.64"), 26));
	assert_true(ip_in(ip_of("192.0.2.1"), ip_of("10.0.0.0"), 0));
	assert_false(ip_in(ip_of("::1"), ip_of("0.0.0.0"), 0));
	assert_true(ip_eq(ip_of("::1"), ip_of("0::1")));
	assert_int_equal(ip_unmap(ip_of("::ffff:192.0.2.1")).family, 4);
	assert_true(ip_is_public(ip_of("192.0.2.1")));
	assert_false(ip_is_public(ip_of("100.64.3.4")));
	assert_false(ip_is_public(ip_of("172.31.255.1")));
	assert_false(ip_is_public(ip_of("fd00::1")));
	assert_false(ip_is_public(ip_of("::ffff:10.1.1.1")));
	assert_true(ip_is_public(ip_of("2001:db8::1")));
}

static void
test_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} cases[] = {
		{ "Tue, 24 Nov 2026 10:00:00 +0000", 1795514400 },
		{ "Tue, 24 Nov 2026 10:00:00 +0900 (JST)", 1795482000 },
		{ "24 Nov 2026 10:00 GMT", 1795514400 },
		{ "Tue , 24 Nov 26 05 : 00 : 00 EST", 1795514400 },
		{ "1 Jan 1970 00:00:00 -0000", 0 },
		{ "29 Feb 2024 00:00:00 +0000", 1709164800 },
		{ "29 Feb 2023 00:00:00 +0000", TIME_UNKNOWN },
		{ "Tue, 24 Foo 2026 10:00:00 +0000", TIME_UNKNOWN },
		{ "", TIME_UNKNOWN },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t t = TIME_UNKNOWN;
		if (!time_parse_rfc5322(str_from(cases[i].text), &t))
			t = TIME_UNKNOWN;
		if (t != cases[i].want)
			fail_msg("%s: %lld", cases[i].text, (long long)t);
	}
	for (int64_t t = -86400; t < 4102444800; t += 86399 * 97) {
		int64_t back;
		str text = time_format_rfc3339(&arena, t);
		assert_int_equal(text.n, 20);
		assert_true(time_parse_rfc3339(text, &back));
		assert_true(back == t);
	}
	int64_t t;
	assert_true(time_parse_rfc3339(STR("2026-11-24T10:00:00.5+09:00"), &t));
	assert_true(t == 1795482000);
	assert_false(time_parse_rfc3339(STR("2026-11-24T10:00:00"), &t));
}

/* --- the store of answers -------------------------------------------- */

static str
numbered(const char *prefix, size_t i)
{
	return STR_CAT(&arena, str_from(prefix), str_number(&arena, i),
		STR(".example"));
}

static void
test_lean_and_settle(void **state)
{
	struct dns *d = dns_new(&arena);
	struct dns_rr rr = { .data = STR_INIT("text") };
	struct dns_answer ok = { .status = DNS_OK, .n = 1, .rr = &rr };

	(void)state;
	dns_begin(d);
	assert_int_equal(
		dns_ask(d, DNS_TXT, STR("A.Example."))->status, DNS_UNKNOWN);
	assert_false(dns_settled(d));
	struct dns_question *q = dns_take(d);
	assert_same(q->name, STR("a.example"));
	assert_null(dns_take(d));
	dns_tell(d, q, &ok);
	dns_begin(d);
	assert_same(
		dns_ask(d, DNS_TXT, STR("a.EXAMPLE"))->rr[0].data, STR("text"));
	assert_int_equal(
		dns_ask(d, DNS_TXT, STR("a..example"))->status, DNS_BADNAME);
	dns_ask_ahead(d, DNS_A, STR("a.example"));
	assert_true(dns_settled(d));
	dns_close(d, DNS_TIMEOUT);
	assert_int_equal(
		dns_ask(d, DNS_A, STR("a.example"))->status, DNS_TIMEOUT);
	assert_int_equal(
		dns_ask(d, DNS_A, STR("b.example"))->status, DNS_TIMEOUT);
	assert_true(dns_settled(d));
}

struct taker {
	struct dns *dns;
	size_t taken;
};

/* Knows what ends in .known, and closes all at "end". */
static void
take_question(void *arg, struct dns_question *q)
{
	struct taker *t = arg;
	struct dns_rr rr = { .data = STR_INIT("text") };
	struct dns_answer ok = { .status = DNS_OK, .n = 1, .rr = &rr };

	t->taken++;
	if (str_iends(q->name, STR(".known")))
		dns_tell(t->dns, q, &ok);
	if (str_eq(q->name, STR("end")))
		dns_close(t->dns, DNS_REFUSED);
}

static void
test_taker(void **state)
{
	struct dns *d = dns_new(&arena);
	struct taker t = { .dns = d };

	(void)state;
	dns_give(d, take_question, &t);
	dns_begin(d);
	/* once, whether answered or not, and at once where that can be */
	for (size_t i = 0; i < 2; i++) {
		assert_same(dns_ask(d, DNS_TXT, STR("a.known"))->rr[0].data,
			STR("text"));
		dns_ask_ahead(d, DNS_TXT, STR("b.known"));
		assert_true(dns_settled(d));
	}
	assert_int_equal(t.taken, 2);
	assert_null(dns_take(d));
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
			dns_ask(d, DNS_TXT, STR("x"))->status, DNS_UNKNOWN);
	assert_false(dns_settled(d));
	assert_int_equal(t.taken, 3);

	struct dns_missed missed = dns_missed(d);
	dns_begin(d);
	assert_int_equal(dns_ask(d, DNS_A, STR("end"))->status, DNS_REFUSED);
	assert_int_equal(dns_ask(d, DNS_TXT, STR("x"))->status, DNS_REFUSED);
	assert_true(dns_settled(d));
	assert_true(dns_moved(d, &missed));
	assert_int_equal(dns_answered(d), 4);
}

static size_t
count_questions(const struct dns *d)
{
	size_t n;

	dns_questions(d, &n);
	return n;
}

static void
test_ration(void **state)
{
	struct dns *d = dns_new(&arena);

	(void)state;
	dns_begin(d);
	for (size_t i = 0; i < 500; i++) /* one needed, the rest luxury */
		dns_ask(d, DNS_A, numbered("x", i));
	assert_int_equal(count_questions(d), 1 + DNS_MAX_AHEAD);
	for (size_t i = 0; i < 500; i++) {
		dns_begin(d);
		dns_ask(d, DNS_A, numbered("y", i));
	}
	assert_int_equal(count_questions(d), DNS_MAX_QUESTIONS);
	dns_begin(d);
	assert_int_equal(
		dns_ask(d, DNS_A, STR("z.example"))->status, DNS_LIMIT);
	assert_true(dns_settled(d));
}

static str
text_number(unsigned i)
{
	return STR_CAT(&arena, STR("text "), str_number(&arena, i));
}

/* How many of the first n texts are there; what is there is right. */
static size_t
count_kept(const struct shelf *s, unsigned n)
{
	size_t kept = 0;

	for (unsigned i = 0; i < n; i++) {
		const unsigned *p = shelf_find(s, SHELF_KEY, text_number(i));
		if (p)
			assert_int_equal(*p, i);
		kept += p != NULL;
	}
	return kept;
}

static void
test_shelf(void **state)
{
	enum { MANY = 10 * SHELF_PLACES };
	struct shelf *s = shelf_new();

	(void)state;
	assert_null(shelf_find(s, SHELF_KEY, STR("a")));
	memcpy(shelf_put(s, SHELF_KEY, STR("a"), 1), "1", 1);
	memcpy(shelf_put(s, SHELF_KEY, STR(""), 1), "2", 1);
	assert_memory_equal(shelf_find(s, SHELF_KEY, STR("a")), "1", 1);
	assert_memory_equal(shelf_find(s, SHELF_KEY, STR("")), "2", 1);
	assert_null(shelf_find(s, SHELF_KEY, STR("A")));
	memcpy(shelf_put(s, SHELF_KEY, STR("a"), 2), "34", 2);
	assert_memory_equal(shelf_find(s, SHELF_KEY, STR("a")), "34", 2);
	for (unsigned i = 0; i < MANY; i++) {
		unsigned *p =
			shelf_put(s, SHELF_KEY, text_number(i), sizeof(i));
		*p = i;
		assert_ptr_equal(shelf_find(s, SHELF_KEY, text_number(i)), p);
	}
	/* it holds no more than it has places, and most of them are used */
	assert_in_range(count_kept(s, MANY), SHELF_PLACES / 2, SHELF_PLACES);
	assert_null(shelf_put(s, SHELF_KEY, STR("a"), SIZE_MAX));
	shelf_put(s, SHELF_KEY, STR("a"), 1);
	assert_null(shelf_find(s, SHELF_SPF, STR("a")));
	assert_null(shelf_put(NULL, SHELF_KEY, STR("a"), 1));
	assert_null(shelf_find(NULL, SHELF_KEY, STR("a")));
	shelf_free(s);
	shelf_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_slices),
		TEST(test_escapes),
		TEST(test_arena),
		TEST(test_base64),
		TEST(test_addresses),
		TEST(test_networks),
		TEST(test_dates),
		TEST(test_lean_and_settle),
		TEST(test_taker),
		TEST(test_ration),
		TEST(test_shelf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
