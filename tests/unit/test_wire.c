/*
 * test_wire.c - DNS messages as octets.
 */
#include "unit.h"

#include "net/wire.h"

/* A response under construction. */
struct message {
	unsigned char p[72000];
	size_t n;
};

static struct message m;
static struct dns_answer a;

static void
put(const void *p, size_t n)
{
	assert_true(n <= sizeof(m.p) - m.n);
	memcpy(m.p + m.n, p, n);
	m.n += n;
}

static void
put16(unsigned v)
{
	unsigned char b[2] = { (unsigned char)(v >> 8), (unsigned char)v };
	put(b, 2);
}

/* A response to (type, "x.example") with that code; its name is at 12. */
static void
begin(enum dns_type type, unsigned rcode)
{
	m.n = wire_query(m.p, 1, type, STR("x.example"), false);
	m.p[2] |= 0x80;
	m.p[3] = (unsigned char)rcode;
}

/* A record; the owner is octets of the wire. */
#define RR(owner, type, ttl, data)                                             \
	put_rr(owner, sizeof(owner) - 1, type, ttl, data, sizeof(data) - 1)

static void
put_rr(const void *owner, size_t owner_n, unsigned type, uint32_t ttl,
	const void *data, size_t n)
{
	put(owner, owner_n);
	put16(type);
	put16(1);
	put16(ttl >> 16);
	put16(ttl & 0xffff);
	put16((unsigned)n);
	put(data, n);
	m.p[7]++;
}

#define X "\xc0\x0c" /* x.example */

static enum dns_status
answer(enum dns_type type)
{
	/* a copy of the exact size, so that a sanitizer sees the end */
	char *copy = malloc(m.n ? m.n : 1);
	assert_non_null(copy);
	memcpy(copy, m.p, m.n);
	wire_answer(&arena, (str){ copy, m.n }, type, STR("X.eXample"), &a);
	free(copy);
	return a.status;
}

static void
query(void **state)
{
	unsigned char p[WIRE_MAX_QUERY];
	static const char wanted[] = "\x12\x34\x01\x20\0\1\0\0\0\0\0\1"
				     "\1a\2\\\0\0\0\x10\0\1"
				     "\0\0\x29\x04\xd0\0\0\0\0\0";

	(void)state;
	size_t n = wire_query(p, 0x1234, DNS_TXT, (str){ "a.\\\0.", 5 }, true);
	assert_int_equal(n, sizeof(wanted));
	assert_memory_equal(p, wanted, n);
}

static void
longest_query(void **state)
{
	unsigned char p[WIRE_MAX_QUERY];
	char name[253];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[63] = name[127] = name[191] = '.';
	str s = { name, sizeof(name) };
	assert_true(dns_name_valid(s));
	assert_int_equal(wire_query(p, 0, DNS_A, s, true), WIRE_MAX_QUERY);
}

static void
txt(void **state)
{
	(void)state;
	begin(DNS_TXT, 0);
	RR(X, 16, 300, "\3one\0\3two");
	RR(X, 46, 1, "rrsig");
	RR(X, 16, 60, "\1 ");
	assert_int_equal(answer(DNS_TXT), DNS_OK);
	assert_int_equal(a.n, 2);
	assert_int_equal(a.ttl, 60);
	assert_null(a.canonical.p);
	assert_str(a.rr[0].data, "onetwo");
	assert_int_equal(a.rr[0].cuts, 2);
	assert_int_equal(a.rr[0].cut[0], 3);
	assert_int_equal(a.rr[0].cut[1], 3);
	assert_int_equal(a.rr[1].cuts, 0);
	assert_false(a.authentic);
}

static void
other_types(void **state)
{
	(void)state;
	begin(DNS_MX, 0x20);
	RR(X, 15, 5, "\0\12\4mail\xc0\x0e");
	RR(X, 15, 5, "\0\0\0");
	assert_int_equal(answer(DNS_MX), DNS_OK);
	assert_true(a.authentic);
	assert_int_equal(a.rr[0].preference, 10);
	assert_str(a.rr[0].data, "mail.example");
	assert_str(a.rr[1].data, "");

	begin(DNS_A, 0);
	RR(X, 1, 5, "\1\2\3\4");
	assert_int_equal(answer(DNS_A), DNS_OK);
	assert_int_equal(a.rr[0].data.n, 4);

	begin(DNS_PTR, 0);
	RR(X, 12, 5, "\3a.b\1\\\0");
	assert_int_equal(answer(DNS_PTR), DNS_OK);
	assert_str(a.rr[0].data, "a\\.b.\\\\");

	begin(DNS_SOA, 0);
	RR(X, 6, 5, "\2ns\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5");
	assert_int_equal(answer(DNS_SOA), DNS_OK);
	assert_str(a.rr[0].data, "ns");

	begin(DNS_CNAME, 0);
	RR(X, 5, 5, "\1y\0");
	assert_int_equal(answer(DNS_CNAME), DNS_OK);
	assert_null(a.canonical.p);
}

static void
chain(void **state)
{
	(void)state;
	begin(DNS_TXT, 0);
	RR("\1z\0", 16, 100, "\1!"); /* the order means nothing */
	RR("\1y\0", 5, 30, "\1z\0");
	RR("\1w\0", 16, 1, "\1?");
	RR(X, 5, 200, "\1Y\0");
	assert_int_equal(answer(DNS_TXT), DNS_OK);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.ttl, 30);
	assert_str(a.rr[0].data, "!");
	assert_str(a.canonical, "z");
}

/* n CNAMEs in a row, then a record */
static void
put_chain(int n)
{
	begin(DNS_TXT, 0);
	RR(X, 5, 60, "\1a\0");
	for (int i = 1; i < n; i++) {
		char from[3] = { 1, (char)('a' + i - 1), 0 };
		char to[3] = { 1, (char)('a' + i), 0 };
		put_rr(from, 3, 5, 60, to, 3);
	}
	char last[3] = { 1, (char)('a' + n - 1), 0 };
	put_rr(last, 3, 16, 60, "\1!", 2);
}

static void
long_chains(void **state)
{
	(void)state;
	put_chain(WIRE_MAX_CHAIN);
	assert_int_equal(answer(DNS_TXT), DNS_OK);
	put_chain(WIRE_MAX_CHAIN + 1);
	assert_int_equal(answer(DNS_TXT), DNS_BROKEN);

	begin(DNS_TXT, 0);
	RR(X, 5, 60, X);
	assert_int_equal(answer(DNS_TXT), DNS_BROKEN);
}

static void
absence(void **state)
{
	(void)state;
	begin(DNS_TXT, 0);
	assert_int_equal(answer(DNS_TXT), DNS_NODATA);
	assert_int_equal(a.ttl, 0);
	begin(DNS_TXT, 3);
	assert_int_equal(answer(DNS_TXT), DNS_NXDOMAIN);

	/* the SOA record says for how long (RFC 2308 5) */
	RR("\0", 6, 900, "\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x50");
	m.p[7]--;
	m.p[9]++;
	assert_int_equal(answer(DNS_TXT), DNS_NXDOMAIN);
	assert_int_equal(a.ttl, 0x50);

	begin(DNS_TXT, 0);
	RR(X, 5, 60, "\1y\0");
	assert_int_equal(answer(DNS_TXT), DNS_NODATA);
	assert_str(a.canonical, "y");
	m.p[3] = 3;
	assert_int_equal(answer(DNS_TXT), DNS_NXDOMAIN);
	assert_str(a.canonical, "y");
}

static void
failures(void **state)
{
	static const struct {
		unsigned rcode;
		enum dns_status status;
	} codes[] = { { 1, DNS_REFUSED }, { 2, DNS_SERVFAIL },
		{ 4, DNS_REFUSED }, { 5, DNS_REFUSED }, { 15, DNS_REFUSED } };

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		begin(DNS_A, codes[i].rcode);
		assert_int_equal(answer(DNS_A), codes[i].status);
		assert_int_equal(
			wire_rcode((str){ (char *)m.p, m.n }), codes[i].rcode);
		/* without the question */
		m.p[5] = 0;
		m.n = 12;
		assert_int_equal(answer(DNS_A), codes[i].status);
	}
}

static void
not_ours(void **state)
{
	(void)state;
	begin(DNS_TXT, 0);
	assert_int_equal(answer(DNS_A), DNS_BROKEN); /* another type */
	begin(DNS_A, 0);
	m.p[13] ^= 2; /* another name */
	assert_int_equal(answer(DNS_A), DNS_BROKEN);
	begin(DNS_A, 0);
	m.p[2] &= 0x7f; /* a question */
	assert_int_equal(answer(DNS_A), DNS_BROKEN);
	begin(DNS_A, 0);
	m.p[2] |= 2; /* cut off */
	assert_int_equal(answer(DNS_A), DNS_BROKEN);
	begin(DNS_A, 0);
	RR("\1y\0", 1, 5, "\1\2\3\4"); /* another owner */
	assert_int_equal(answer(DNS_A), DNS_NODATA);
}

static void
cut_anywhere(void **state)
{
	(void)state;
	begin(DNS_MX, 0);
	RR(X, 5, 5, "\1y\0");
	RR("\1y\0", 15, 5, "\0\12\4mail\xc0\x0e");
	size_t n = m.n;
	assert_int_equal(answer(DNS_MX), DNS_OK);
	for (m.n = 0; m.n < n; m.n++)
		assert_int_equal(answer(DNS_MX), DNS_BROKEN);
}

static void
bad_data(void **state)
{
	(void)state;
	begin(DNS_A, 0);
	RR(X, 1, 5, "\1\2\3");
	assert_int_equal(answer(DNS_A), DNS_BROKEN);
	begin(DNS_TXT, 0);
	RR(X, 16, 5, "\4abc");
	assert_int_equal(answer(DNS_TXT), DNS_BROKEN);
	begin(DNS_TXT, 0);
	RR(X, 16, 5, ""); /* no string at all: read as an empty one */
	assert_int_equal(answer(DNS_TXT), DNS_OK);
	begin(DNS_MX, 0);
	RR(X, 15, 5, "\0\1\1a\0b");
	assert_int_equal(answer(DNS_MX), DNS_BROKEN);
}

static void
bad_names(void **state)
{
	(void)state;
	/* pointers to itself, forward, and to each other */
	begin(DNS_PTR, 0);
	size_t at = m.n;
	RR(X, 12, 5, "\xc0\x00");
	m.p[m.n - 1] = (unsigned char)(at + 12);
	assert_int_equal(answer(DNS_PTR), DNS_BROKEN);
	m.p[m.n - 1] = 0xff;
	assert_int_equal(answer(DNS_PTR), DNS_BROKEN);
	begin(DNS_PTR, 0);
	at = m.n;
	RR(X, 12, 5, "\1a\xc0\x00");
	m.p[m.n - 1] = (unsigned char)(at + 12);
	assert_int_equal(answer(DNS_PTR), DNS_BROKEN);
	/* other kinds of labels */
	begin(DNS_PTR, 0);
	RR(X, 12, 5, "\x41x\0");
	assert_int_equal(answer(DNS_PTR), DNS_BROKEN);
	/* 4 * 64 + 1 octets */
	begin(DNS_PTR, 0);
	char name[257] = { 0 };
	for (int i = 0; i < 4; i++)
		memset(name + 64 * i, 63, 64);
	put_rr(X, 2, 12, 5, name, sizeof(name));
	assert_int_equal(answer(DNS_PTR), DNS_BROKEN);
	/* 255 is the most */
	begin(DNS_PTR, 0);
	memset(name + 192, 'a', 62);
	name[192] = 61;
	name[254] = 0;
	put_rr(X, 2, 12, 5, name, 255);
	assert_int_equal(answer(DNS_PTR), DNS_OK);
	assert_int_equal(a.rr[0].data.n, 253);
}

static void
large(void **state)
{
	char data[16 * 256];

	(void)state;
	memset(data, 'x', sizeof(data));
	for (size_t i = 0; i < sizeof(data); i += 256)
		data[i] = (char)255;
	begin(DNS_TXT, 0);
	for (int i = 0; i < 15; i++)
		put_rr(X, 2, 16, 5, data, sizeof(data));
	assert_int_equal(answer(DNS_TXT), DNS_OK);
	assert_int_equal(a.n, 15);
	assert_int_equal(a.rr[14].data.n, 16 * 255);
	assert_int_equal(a.rr[14].cuts, 15);
	m.n = 65536;
	assert_int_equal(answer(DNS_TXT), DNS_BROKEN);
}

/* Compressed names that would be far larger than the message. */
static void
bomb(void **state)
{
	char name[255] = { 0 };

	(void)state;
	for (int i = 0; i < 4; i++)
		memset(name + 64 * i, i < 3 ? 63 : 61, i < 3 ? 64 : 62);
	begin(DNS_PTR, 0);
	size_t at = m.n + 12;
	put_rr(X, 2, 12, 5, name, sizeof(name));
	char pointer[2] = { (char)0xc0, (char)at };
	for (int i = 0; i < 5000; i++)
		put_rr(X, 2, 12, 5, pointer, 2);
	m.p[6] = 5001 >> 8;
	m.p[7] = 5001 & 0xff;
	m.n = m.n > 65535 ? 65535 : m.n;
	assert_int_equal(answer(DNS_PTR), DNS_BROKEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(query),
		TEST(longest_query),
		TEST(txt),
		TEST(other_types),
		TEST(chain),
		TEST(long_chains),
		TEST(absence),
		TEST(failures),
		TEST(not_ours),
		TEST(cut_anywhere),
		TEST(bad_data),
		TEST(bad_names),
		TEST(large),
		TEST(bomb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
