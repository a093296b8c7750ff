/*
 * str.c - slices of bytes: comparing, cutting, numbers.
 */
#include "mailauth/str.h"

#include <string.h>

str
str_from(const char *z)
{
	return (str){ z, z ? strlen(z) : 0 };
}

enum { WORD = sizeof(uint64_t) };

/* Eight bytes, ASCII letters in lower case. */
static uint64_t
load_lower(const char *p)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t x;

	memcpy(&x, p, WORD);
	/* the top bit of each byte: from 'A' on, and not beyond 'Z' */
	uint64_t low = x & (0x7f * ones);
	uint64_t from_a = low + (0x80 - 'A') * ones;
	uint64_t beyond_z = low + (0x7f - 'Z') * ones;
	return x | (from_a & ~beyond_z & ~x & (0x80 * ones)) >> 2;
}

static bool
words_ieq(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i + WORD < n; i += WORD)
		if (load_lower(a + i) != load_lower(b + i))
			return false;
	/* the last one may lie over the one before it */
	return load_lower(a + n - WORD) == load_lower(b + n - WORD);
}

bool
bytes_ieq(const char *a, const char *b, size_t n)
{
	if (n >= WORD)
		return words_ieq(a, b, n);
	for (size_t i = 0; i < n; i++)
		if (to_lower(a[i]) != to_lower(b[i]))
			return false;
	return true;
}

int
str_icmp(str a, str b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		int d = (unsigned char)to_lower(a.p[i]) -
			(unsigned char)to_lower(b.p[i]);
		if (d != 0)
			return d;
	}
	return a.n < b.n ? -1 : a.n > b.n;
}

int
str_iorder(str a, str b)
{
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	if (a.n < WORD)
		return str_icmp(a, b);
	for (size_t i = 0; i < a.n; i += WORD) {
		/* the last one may lie over the one before it */
		size_t at = i + WORD <= a.n ? i : a.n - WORD;
		uint64_t x = load_lower(a.p + at), y = load_lower(b.p + at);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

bool
str_is_ascii(str s)
{
	uint64_t all = 0, x;
	size_t i = 0;

	for (; i + WORD <= s.n; i += WORD) {
		memcpy(&x, s.p + i, WORD);
		all |= x;
	}
	for (; i < s.n; i++)
		all |= (unsigned char)s.p[i];
	return (all & 0x8080808080808080u) == 0;
}

void
bytes_lower(char *to, str s)
{
	size_t i = 0;

	for (; i + WORD <= s.n; i += WORD) {
		uint64_t x = load_lower(s.p + i);
		memcpy(to + i, &x, WORD);
	}
	for (; i < s.n; i++)
		to[i] = to_lower(s.p[i]);
}

size_t
str_rfind(str s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return s.n;
}

size_t
str_ifind(str s, str needle)
{
	char first = needle.n > 0 ? to_lower(needle.p[0]) : '\0';

	for (size_t i = 0; i + needle.n <= s.n; i++)
		if (needle.n == 0 ||
			(to_lower(s.p[i]) == first &&
				str_ieq(str_sub(s, i, needle.n), needle)))
			return i;
	return s.n;
}

str
str_trim_wsp(str s)
{
	for (; s.n > 0 && is_wsp(s.p[0]); s.n--)
		s.p++;
	while (s.n > 0 && is_wsp(s.p[s.n - 1]))
		s.n--;
	return s;
}

str
str_trim_fws(str s)
{
	for (; s.n > 0 && is_fws(s.p[0]); s.n--)
		s.p++;
	while (s.n > 0 && is_fws(s.p[s.n - 1]))
		s.n--;
	return s;
}

str
str_trim_dot(str name)
{
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	return name;
}

bool
str_uint(str s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			return false;
		uint64_t digit = (uint64_t)(s.p[i] - '0');
		if (digit > max || v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

static uint64_t
mixed(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

uint32_t
str_ihash(str s)
{
	uint64_t h = s.n, last = 0;

	for (size_t i = 0; i + WORD < s.n; i += WORD)
		h = mixed(h, load_lower(s.p + i));
	if (s.n >= WORD) /* it may lie over the one before it */
		last = load_lower(s.p + s.n - WORD);
	for (size_t i = 0; s.n < WORD && i < s.n; i++)
		last = last << 8 | (unsigned char)to_lower(s.p[i]);
	return (uint32_t)mixed(h, last);
}

uint32_t
str_hash(str s, uint32_t seed)
{
	uint64_t h = s.n ^ (uint64_t)seed << 32, word, tail = 0;
	size_t i = 0;

	for (; i + WORD <= s.n; i += WORD) {
		memcpy(&word, s.p + i, WORD);
		h = mixed(h, word);
	}
	for (; i < s.n; i++)
		tail = tail << 8 | (unsigned char)s.p[i];
	return (uint32_t)mixed(h, tail);
}

bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

int
hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c = to_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
