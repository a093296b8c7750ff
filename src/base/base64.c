/*
 * base64.c - base64 of RFC 4648, blanks ignored.
 */
#include "mailauth/base64.h"

/* 1 + the value of each digit, by its byte; the last is that of z. */
static const unsigned char digits[256] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 63, 0, 0, 0, 64, 53, 54, 55, 56, 57, 58, 59, 60,
	61, 62, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 0, 0, 0, 0, 0, 0,
	27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44,
	45, 46, 47, 48, 49, 50, 51, 52 };

/* More than 63 for what is no digit. */
static uint32_t
value_of(char c)
{
	return digits[(unsigned char)c] - 1u;
}

uint32_t
base64_value(char c)
{
	return value_of(c);
}

/* The digits that stand together in fours; returns how many they are. */
static size_t
decode_fours(str s, char *out)
{
	size_t i = 0;

	for (; i + 4 <= s.n; i += 4) {
		uint32_t v0 = value_of(s.p[i]), v1 = value_of(s.p[i + 1]);
		uint32_t v2 = value_of(s.p[i + 2]), v3 = value_of(s.p[i + 3]);
		if ((v0 | v1 | v2 | v3) > 63)
			break;
		*out++ = (char)(v0 << 2 | v1 >> 4);
		*out++ = (char)(v1 << 4 | v2 >> 2);
		*out++ = (char)(v2 << 6 | v3);
	}
	return i;
}

/* All digits up to a byte that is none and no blank; *at is where it is. */
static size_t
decode(str s, char *out, size_t *at)
{
	size_t n = 0, i = 0;
	uint32_t bits = 0;

	for (;; i++) {
		if (n % 4 == 0) {
			size_t fours =
				decode_fours(str_skip(s, i), out + n / 4 * 3);
			n += fours;
			i += fours;
		}
		if (i < s.n && is_fws(s.p[i]))
			continue;
		if (i == s.n || value_of(s.p[i]) > 63)
			break;
		bits = bits << 6 | value_of(s.p[i]);
		if (n % 4 > 0)
			out[n / 4 * 3 + n % 4 - 1] =
				(char)(bits >> (6 - 2 * (n % 4)));
		n++;
	}
	*at = i;
	return n;
}

/* The padding from offset i on: at most `most` signs, and nothing else. */
static bool
only_padding(str s, size_t i, size_t most, size_t *bad)
{
	size_t seen = 0;

	for (; i < s.n; i++) {
		if (is_fws(s.p[i]))
			continue;
		if (s.p[i] != '=' || ++seen > most)
			break;
	}
	*bad = i;
	return i == s.n && (seen == 0 || seen == most);
}

bool
base64_decode(struct arena *a, str s, str *out, size_t *bad)
{
	char *p = arena_alloc(a, s.n / 4 * 3 + 3);
	size_t i, where, n = decode(s, p, &i);

	/* of four characters one alone says nothing, two leave "==" */
	size_t left = n % 4;
	*out = (str){ p, n / 4 * 3 + (left > 0 ? left - 1 : 0) };
	bool ok = only_padding(s, i, left < 2 ? 0 : 4 - left, &where);
	if (bad)
		*bad = where;
	return ok && left != 1;
}

str
base64_encode(struct arena *a, str s)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *p = arena_array(a, s.n / 3 + 1, 4);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i += 3) {
		uint32_t b[3] = { 0 };
		for (size_t k = 0; k < 3 && i + k < s.n; k++)
			b[k] = (unsigned char)s.p[i + k];
		p[n++] = digit[b[0] >> 2];
		p[n++] = digit[(b[0] & 3) << 4 | b[1] >> 4];
		p[n++] =
			i + 1 < s.n ? digit[(b[1] & 15) << 2 | b[2] >> 6] : '=';
		p[n++] = i + 2 < s.n ? digit[b[2] & 63] : '=';
	}
	return (str){ p, n };
}
