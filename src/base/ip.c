/*
 * ip.c - IP addresses: parsing, printing, networks.
 */
#include "mailauth/ip.h"
#include "mailauth/buf.h"

#include <string.h>

bool
ip_parse4(str s, struct ip *out)
{
	struct ip ip = { .family = 4 };
	size_t i = 0;
	str part;

	if (s.n == 0 || !is_digit(s.p[0]))
		return false;
	for (str rest = s; str_split(&rest, '.', &part); i++) {
		uint64_t v;
		if (i == 4 || part.n > 3 || !str_uint(part, 255, &v))
			return false;
		if (part.n > 1 && part.p[0] == '0')
			return false;
		ip.b[i] = (unsigned char)v;
	}
	if (i != 4)
		return false;
	*out = ip;
	return true;
}

/* One group of up to four hexadecimal digits at the start of *s. */
static bool
take_group(str *s, unsigned *v)
{
	size_t n = 0;

	for (*v = 0; n < s->n && n < 5 && hex_value(s->p[n]) >= 0; n++)
		*v = *v << 4 | (unsigned)hex_value(s->p[n]);
	*s = str_skip(*s, n);
	return n >= 1 && n <= 4;
}

/*
 * Groups separated by ':' into b, which has room for 16; the last may be an
 * IPv4 address.  Returns the bytes written, or 17 when s is no such list.
 */
static size_t
parse_groups(str s, unsigned char *b)
{
	size_t n = 0;

	while (s.n > 0) {
		struct ip v4;
		unsigned v;

		if (n <= 12 && ip_parse4(s, &v4)) {
			memcpy(b + n, v4.b, 4);
			return n + 4;
		}
		if (n > 14 || !take_group(&s, &v))
			return 17;
		b[n++] = (unsigned char)(v >> 8);
		b[n++] = (unsigned char)v;
		if (s.n == 0)
			break;
		if (s.p[0] != ':' || s.n == 1)
			return 17;
		s = str_skip(s, 1);
	}
	return n;
}

bool
ip_parse6(str s, struct ip *out)
{
	struct ip ip = { .family = 6 };
	unsigned char head[16], tail[16];
	size_t gap = 0;

	/* most of what is tried is a word */
	if (s.n == 0 || (s.p[0] != ':' && hex_value(s.p[0]) < 0))
		return false;
	while (gap < s.n &&
		(s.p[gap] != ':' || gap + 1 == s.n || s.p[gap + 1] != ':'))
		gap++;
	size_t n = parse_groups(str_sub(s, 0, gap), head), m = 0;

	if (gap == s.n) {
		if (n != 16)
			return false;
		memcpy(ip.b, head, 16);
		*out = ip;
		return true;
	}
	/* "::" stands for at least one group; dots only at the very end */
	m = parse_groups(str_skip(s, gap + 2), tail);
	if (n + m > 14 || str_find(str_sub(s, 0, gap), '.') != gap)
		return false;
	memcpy(ip.b, head, n);
	memcpy(ip.b + 16 - m, tail, m);
	*out = ip;
	return true;
}

bool
ip_parse(str s, struct ip *out)
{
	return ip_parse4(s, out) || ip_parse6(s, out);
}

bool
ip_parse_loose(str s, struct ip *out)
{
	size_t close = str_find(s, ']');

	if (s.n > 0 && s.p[0] == '[' && close < s.n)
		s = str_sub(s, 1, close - 1);
	if (str_istarts(s, STR("IPv6:")))
		s = str_skip(s, 5);
	s = str_sub(s, 0, str_find(s, '%'));
	if (!ip_parse(s, out))
		return false;
	*out = ip_unmap(*out);
	return true;
}

bool
ip_parse_network(str s, struct ip *net, unsigned *prefix)
{
	size_t slash = str_rfind(s, '/');
	uint64_t v;

	if (!ip_parse(str_sub(s, 0, slash), net))
		return false;
	*prefix = ip_bits(*net);
	if (slash == s.n)
		return true;
	if (!str_uint(str_skip(s, slash + 1), *prefix, &v))
		return false;
	*prefix = (unsigned)v;
	return true;
}

static void
put_hex(struct buf *b, unsigned v)
{
	static const char hex[] = "0123456789abcdef";
	bool started = false;

	for (int shift = 12; shift >= 0; shift -= 4) {
		started |= (v >> shift & 15) != 0 || shift == 0;
		if (started)
			buf_char(b, hex[v >> shift & 15]);
	}
}

/* The longest run of two or more zero groups; its length, start in *at. */
static size_t
longest_zeros(const unsigned *group, size_t *at)
{
	size_t best = 0;

	for (size_t i = 0; i < 8; i++) {
		size_t n = 0;
		while (i + n < 8 && group[i + n] == 0)
			n++;
		if (n > best && n >= 2) {
			best = n;
			*at = i;
		}
	}
	return best;
}

static void
format6(struct buf *b, struct ip ip)
{
	unsigned group[8];
	size_t at = 8, run;

	for (size_t i = 0; i < 8; i++)
		group[i] = (unsigned)ip.b[2 * i] << 8 | ip.b[2 * i + 1];
	run = longest_zeros(group, &at);
	for (size_t i = 0; i < 8; i++) {
		if (run > 0 && i == at) {
			buf_add(b, STR("::"));
			i += run - 1;
			continue;
		}
		if (i > 0 && !(run > 0 && i == at + run))
			buf_char(b, ':');
		put_hex(b, group[i]);
	}
}

str
ip_format(struct arena *a, struct ip ip)
{
	struct buf b = { .arena = a };

	if (ip.family == 6) {
		format6(&b, ip);
	} else if (ip.family == 4) {
		for (size_t i = 0; i < 4; i++) {
			if (i > 0)
				buf_char(&b, '.');
			buf_uint(&b, ip.b[i]);
		}
	}
	return buf_str(&b);
}

struct ip
ip_unmap(struct ip ip)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct ip v4 = { .family = 4 };

	if (ip.family != 6 || memcmp(ip.b, mapped, 12) != 0)
		return ip;
	memcpy(v4.b, ip.b + 12, 4);
	return v4;
}

bool
ip_eq(struct ip a, struct ip b)
{
	return a.family == b.family && ip_in(a, b, ip_bits(b));
}

unsigned
ip_bits(struct ip ip)
{
	return ip.family == 4 ? 32 : ip.family == 6 ? 128 : 0;
}

bool
ip_in(struct ip a, struct ip net, unsigned prefix)
{
	if (a.family != net.family || prefix > ip_bits(net))
		return false;
	size_t whole = prefix / 8;
	if (memcmp(a.b, net.b, whole) != 0)
		return false;
	unsigned char mask = (unsigned char)(0xff00 >> prefix % 8);
	return mask == 0 || whole == 16 ||
	       (a.b[whole] & mask) == (net.b[whole] & mask);
}

bool
ip_is_public(struct ip ip)
{
	static const struct {
		struct ip net;
		unsigned prefix;
	} special[] = {
		{ { 4, { 0 } }, 8 },
		{ { 4, { 10 } }, 8 },
		{ { 4, { 100, 64 } }, 10 },
		{ { 4, { 127 } }, 8 },
		{ { 4, { 169, 254 } }, 16 },
		{ { 4, { 172, 16 } }, 12 },
		{ { 4, { 192, 168 } }, 16 },
		{ { 4, { 224 } }, 3 },
		{ { 6, { 0 } }, 127 }, /* :: and ::1 */
		{ { 6, { 0xfc } }, 7 },
		{ { 6, { 0xfe, 0x80 } }, 10 },
		{ { 6, { 0xff } }, 8 },
	};

	ip = ip_unmap(ip);
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (ip_in(ip, special[i].net, special[i].prefix))
			return false;
	return ip.family != 0;
}

str
ip_reverse_name(struct arena *a, struct ip ip)
{
	static const char hex[] = "0123456789abcdef";
	struct buf b = { .arena = a };

	if (ip.family == 4) {
		for (size_t i = 4; i-- > 0;) {
			buf_uint(&b, ip.b[i]);
			buf_char(&b, '.');
		}
		buf_add(&b, STR("in-addr.arpa"));
		return buf_str(&b);
	}
	for (size_t i = 16; i-- > 0;) {
		buf_char(&b, hex[ip.b[i] & 15]);
		buf_char(&b, '.');
		buf_char(&b, hex[ip.b[i] >> 4]);
		buf_char(&b, '.');
	}
	buf_add(&b, STR("ip6.arpa"));
	return buf_str(&b);
}
