/*
 * str.h - a slice of bytes.
 *
 * A str points into memory that somebody else owns: the message, an arena or
 * a literal.  It is passed by value, may hold any byte, and is never ended by
 * NUL.  A slice with p == NULL is "absent"; an empty one has p != NULL and
 * n == 0.  All cutting is clamped, so no function here can leave the slice.
 */
#ifndef MAILAUTH_STR_H
#define MAILAUTH_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct str {
	const char *p;
	size_t n;
} str;

/* A slice of a string literal; also valid as a static initialiser. */
#define STR(literal) ((str){ "" literal, sizeof(literal) - 1 })
#define STR_INIT(literal)                                                      \
	{                                                                      \
		"" literal, sizeof(literal) - 1                                \
	}

str str_from(const char *z); /* of a C string; NULL gives an absent slice */

/* Most that differ do so in their length: no call is made for them. */
static inline bool
str_eq(str a, str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ASCII letters in any case. */
bool bytes_ieq(const char *a, const char *b, size_t n);
static inline bool
str_ieq(str a, str b)
{
	return a.n == b.n && (a.n == 0 || (((a.p[0] ^ b.p[0]) & ~0x20) == 0 &&
						  bytes_ieq(a.p, b.p, a.n)));
}

/* Below, at or above 0; bytes in order, ASCII letters in any case. */
int str_icmp(str a, str b);
/* The same in an order of its own, which is quick to tell. */
int str_iorder(str a, str b);
bool str_is_ascii(str s); /* no byte over 0x7F */

/* n bytes from offset `from`, or what there is of them. */
static inline str
str_sub(str s, size_t from, size_t n)
{
	from = from < s.n ? from : s.n;
	n = n < s.n - from ? n : s.n - from;
	return (str){ s.p ? s.p + from : NULL, n };
}

static inline str
str_skip(str s, size_t n)
{
	return str_sub(s, n, s.n);
}

/* A part of a text as the same part of a copy; absent if it is that. */
static inline str
str_moved(str part, str text, str copy)
{
	return part.p ? (str){ copy.p + (part.p - text.p), part.n } : part;
}

static inline bool
str_starts(str s, str prefix)
{
	return s.n >= prefix.n && str_eq(str_sub(s, 0, prefix.n), prefix);
}

static inline bool
str_istarts(str s, str prefix)
{
	return s.n >= prefix.n && str_ieq(str_sub(s, 0, prefix.n), prefix);
}

static inline bool
str_iends(str s, str suffix)
{
	return s.n >= suffix.n && str_ieq(str_skip(s, s.n - suffix.n), suffix);
}

/* The offset of the first, the last c; s.n when there is none. */
static inline size_t
str_find(str s, char c)
{
	const char *at = s.n ? (const char *)memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}
size_t str_rfind(str s, char c);
/* The offset of the first `needle`, ASCII letters in any case; or s.n. */
size_t str_ifind(str s, str needle);

/*
 * Walk the pieces between separators:
 *
 *	for (str rest = s, piece; str_split(&rest, ';', &piece);)
 *
 * "" has one piece, which is empty; an absent slice has none.
 */
static inline bool
str_split(str *rest, char separator, str *piece)
{
	if (!rest->p)
		return false;
	size_t at = str_find(*rest, separator);
	*piece = (str){ rest->p, at };
	*rest = at < rest->n ? str_skip(*rest, at + 1) : (str){ NULL, 0 };
	return true;
}

/* The same in lower case, to a place with room for it. */
void bytes_lower(char *to, str s);

/* A domain name without its final dot, if it has one. */
str str_trim_dot(str name);
/* Without the blanks (SP, HTAB), or FWS (also CR, LF), at both ends. */
str str_trim_wsp(str s);
str str_trim_fws(str s);

/* Digits only, at least one, and no more than max. */
bool str_uint(str s, uint64_t max, uint64_t *out);

uint32_t str_ihash(str s); /* equal for slices that are str_ieq() */
uint32_t str_hash(str s, uint32_t seed); /* letters count in their case */

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
is_alnum(char c)
{
	return is_alpha(c) || is_digit(c);
}

static inline bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool
is_fws(char c)
{
	return is_wsp(c) || c == '\r' || c == '\n';
}

static inline char
to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Is c one of the characters of a C string?  NUL never is. */
bool is_one_of(char c, const char *set);
/* The value of a hexadecimal digit, or -1. */
int hex_value(char c);

#endif
