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

bool
str_eq(str a, str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
str_ieq(str a, str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (to_lower(a.p[i]) != to_lower(b.p[i]))
			return false;
	return true;
}

bool
str_starts(str s, str prefix)
{
	return s.n >= prefix.n && str_eq(str_sub(s, 0, prefix.n), prefix);
}

bool
str_istarts(str s, str prefix)
{
	return s.n >= prefix.n && str_ieq(str_sub(s, 0, prefix.n), prefix);
}

bool
str_iends(str s, str suffix)
{
	return s.n >= suffix.n && str_ieq(str_skip(s, s.n - suffix.n), suffix);
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

bool
str_is_ascii(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

str
str_sub(str s, size_t from, size_t n)
{
	if (from > s.n)
		from = s.n;
	if (n > s.n - from)
		n = s.n - from;
	return (str){ s.p ? s.p + from : NULL, n };
}

str
str_skip(str s, size_t n)
{
	return str_sub(s, n, s.n);
}

size_t
str_find(str s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
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
	for (size_t i = 0; i + needle.n <= s.n; i++)
		if (str_ieq(str_sub(s, i, needle.n), needle))
			return i;
	return s.n;
}

bool
str_split(str *rest, char separator, str *piece)
{
	if (!rest->p)
		return false;

	size_t at = str_find(*rest, separator);

	*piece = str_sub(*rest, 0, at);
	*rest = at < rest->n ? str_skip(*rest, at + 1) : (str){ NULL, 0 };
	return true;
}

static str
trim(str s, bool (*drop)(char))
{
	while (s.n > 0 && drop(s.p[0]))
		s = str_skip(s, 1);
	while (s.n > 0 && drop(s.p[s.n - 1]))
		s.n--;
	return s;
}

str
str_trim_wsp(str s)
{
	return trim(s, is_wsp);
}

str
str_trim_fws(str s)
{
	return trim(s, is_fws);
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

static const uint32_t FNV_START = 0x811c9dc5, FNV_PRIME = 0x01000193;

static uint32_t
mixed(uint32_t h)
{
	h ^= h >> 15;
	h *= 0x2c1b3c6du;
	return h ^ (h >> 12);
}

uint32_t
str_ihash(str s)
{
	uint32_t h = FNV_START;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)to_lower(s.p[i])) * FNV_PRIME;
	return mixed(h);
}

uint32_t
str_hash(str s, uint32_t seed)
{
	uint32_t h = FNV_START ^ seed;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * FNV_PRIME;
	return mixed(h);
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
