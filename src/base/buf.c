/*
 * buf.c - bytes that grow in an arena.
 */
#include "mailauth/buf.h"

#include <string.h>

static char *
room(struct buf *b, size_t n)
{
	if (n > b->size - b->n) {
		size_t size = b->size < 64 ? 64 : b->size;
		while (n > size - b->n)
			size *= 2; /* the arena refuses before this wraps */
		b->p = arena_grow(b->arena, b->p, b->size, size);
		b->size = size;
	}
	char *at = b->p + b->n;
	b->n += n;
	return at;
}

void
buf_add(struct buf *b, str s)
{
	if (s.n > 0)
		memcpy(room(b, s.n), s.p, s.n);
}

void
buf_more(struct buf *b, char c)
{
	*room(b, 1) = c;
}

void
buf_uint(struct buf *b, uint64_t v)
{
	char digits[20];
	size_t n = sizeof(digits);

	do
		digits[--n] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	buf_add(b, (str){ digits + n, sizeof(digits) - n });
}

void
buf_int(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_char(b, '-');
	buf_uint(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c <= 0x7e && c != '\\';
}

void
buf_escaped(struct buf *b, str s)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_plain(c)) {
			size_t from = i;
			while (i + 1 < s.n &&
				is_plain((unsigned char)s.p[i + 1]))
				i++;
			buf_add(b, str_sub(s, from, i + 1 - from));
		} else if (c == '\\') {
			/* only \x would be taken for one of ours */
			buf_char(b, '\\');
			if (i + 1 < s.n && s.p[i + 1] == 'x')
				buf_char(b, '\\');
		} else {
			buf_add(b, STR("\\x"));
			buf_char(b, hex[c >> 4]);
			buf_char(b, hex[c & 15]);
		}
	}
}

str
buf_str(const struct buf *b)
{
	return (str){ b->p ? b->p : "", b->n };
}

str
str_concat(struct arena *a, const str *pieces, size_t n)
{
	size_t total = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		total += pieces[i].n;
	char *p = arena_grow(a, NULL, 0, total);
	for (size_t i = 0; i < n; at += pieces[i++].n)
		if (pieces[i].n > 0)
			memcpy(p + at, pieces[i].p, pieces[i].n);
	return (str){ p, total };
}

str
str_number(struct arena *a, uint64_t v)
{
	struct buf b = { .arena = a };

	buf_uint(&b, v);
	return buf_str(&b);
}

str
str_count(struct arena *a, uint64_t v)
{
	str digits = str_number(a, v);
	struct buf b = { .arena = a };

	for (size_t i = 0; i < digits.n; i++) {
		if (i > 0 && (digits.n - i) % 3 == 0)
			buf_char(&b, ',');
		buf_char(&b, digits.p[i]);
	}
	return buf_str(&b);
}

str
str_share(struct arena *a, uint64_t n, uint64_t all)
{
	if (n == 0 || n >= all)
		return n == 0 ? STR("0.0 %") : STR("100.0 %");
	while (all > UINT64_MAX / 2000) {
		n /= 2;
		all /= 2;
	}
	if (n * 1000 < all)
		return STR("<0.1 %");
	if ((all - n) * 1000 < all)
		return STR(">99.9 %");
	uint64_t tenths = (n * 1000 + all / 2) / all;
	return STR_CAT(a, str_number(a, tenths / 10), STR("."),
		str_number(a, tenths % 10), STR(" %"));
}

str
str_escaped(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	buf_escaped(&b, s);
	return buf_str(&b);
}
