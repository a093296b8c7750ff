/*
 * base64.c - base64 of RFC 4648, blanks ignored.
 */
#include "mailauth/base64.h"

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
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
	size_t n = 0, digits = 0, i, where;
	uint32_t bits = 0;
	int v;

	for (i = 0; i < s.n; i++) {
		if (is_fws(s.p[i]))
			continue;
		if ((v = value_of(s.p[i])) < 0)
			break;
		bits = bits << 6 | (uint32_t)v;
		if (digits++ % 4 != 0)
			p[n++] = (char)(bits >> (6 - 2 * ((digits - 1) % 4)));
	}
	*out = (str){ p, n };

	/* of four characters one alone says nothing, two leave "==" */
	size_t left = digits % 4;
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
