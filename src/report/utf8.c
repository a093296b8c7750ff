/*
 * utf8.c - text of any encoding that reports come in, as UTF-8.
 */
#include "utf8.h"

enum { REPLACEMENT = 0xfffd };

bool
utf8_is_allowed(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c <= 0xd7ff || (c >= 0xe000 && c <= 0xfffd) ||
	       (c >= 0x10000 && c <= 0x10ffff);
}

void
utf8_put(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_char(b, (char)c);
	} else if (c < 0x800) {
		buf_char(b, (char)(0xc0 | c >> 6));
		buf_char(b, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_char(b, (char)(0xe0 | c >> 12));
		buf_char(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_char(b, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_char(b, (char)(0xf0 | c >> 18));
		buf_char(b, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_char(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_char(b, (char)(0x80 | (c & 0x3f)));
	}
}

static void
put_checked(struct utf8 *u, struct buf *out, uint32_t c)
{
	bool allowed = utf8_is_allowed(c);

	u->forbidden += !allowed;
	utf8_put(out, allowed ? c : REPLACEMENT);
}

static void
put_wrong(struct utf8 *u, struct buf *out, size_t bytes)
{
	u->replaced += bytes;
	utf8_put(out, REPLACEMENT);
}

/* --- UTF-8 ------------------------------------------------------------ */

/* How many bytes follow the first; 0 for none, also when it is no first. */
static size_t
followers(unsigned char c)
{
	if (c >= 0xc2 && c <= 0xdf)
		return 1;
	if (c >= 0xe0 && c <= 0xef)
		return 2;
	return c >= 0xf0 && c <= 0xf4 ? 3 : 0;
}

/* May c be the i-th byte of a character that begins with first? */
static bool
may_follow(unsigned char first, size_t i, unsigned char c)
{
	unsigned char low = 0x80, high = 0xbf;

	if (i == 1 && first == 0xe0)
		low = 0xa0; /* not too long a form */
	if (i == 1 && first == 0xed)
		high = 0x9f; /* no surrogate */
	if (i == 1 && first == 0xf0)
		low = 0x90;
	if (i == 1 && first == 0xf4)
		high = 0x8f; /* not over U+10FFFF */
	return c >= low && c <= high;
}

static uint32_t
character(const unsigned char *p, size_t n)
{
	uint32_t c = p[0] & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

static void
feed_utf8(struct utf8 *u, unsigned char c, struct buf *out)
{
	if (u->lefts > 0 && !may_follow(u->left[0], u->lefts, c)) {
		put_wrong(u, out, u->lefts);
		u->lefts = 0;
	}
	if (u->lefts == 0 && c < 0x80) {
		put_checked(u, out, c);
	} else if (u->lefts == 0 && followers(c) == 0) {
		put_wrong(u, out, 1);
	} else {
		u->left[u->lefts++] = c;
		if (u->lefts == followers(u->left[0]) + 1) {
			put_checked(u, out, character(u->left, u->lefts));
			u->lefts = 0;
		}
	}
}

/* --- others ----------------------------------------------------------- */

static void
feed_windows(struct utf8 *u, unsigned char c, struct buf *out)
{
	static const uint16_t high[32] = { 0x20ac, 0, 0x201a, 0x0192, 0x201e,
		0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152,
		0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013,
		0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e,
		0x0178 };

	if (c < 0x80 || c >= 0xa0)
		put_checked(u, out, c);
	else if (high[c - 0x80] != 0)
		utf8_put(out, high[c - 0x80]);
	else
		put_wrong(u, out, 1);
}

static uint32_t
unit_at(const struct utf8 *u, size_t at)
{
	bool little = u->source == UTF8_UTF16LE;

	return (uint32_t)u->left[at + little] << 8 | u->left[at + !little];
}

static void
feed_utf16(struct utf8 *u, unsigned char c, struct buf *out)
{
	u->left[u->lefts++] = c;
	if (u->lefts % 2 != 0)
		return;
	uint32_t first = unit_at(u, 0), second;
	if (first < 0xd800 || first > 0xdfff) {
		put_checked(u, out, first);
		u->lefts = 0;
	} else if (first > 0xdbff) {
		put_wrong(u, out, 2);
		u->lefts = 0;
	} else if (u->lefts == 4) {
		second = unit_at(u, 2);
		u->lefts = 0;
		if (second >= 0xdc00 && second <= 0xdfff) {
			utf8_put(out, 0x10000 + ((first - 0xd800) << 10) +
					      (second - 0xdc00));
			return;
		}
		put_wrong(u, out, 2);
		unsigned char again[2] = { u->left[2], u->left[3] };
		feed_utf16(u, again[0], out);
		feed_utf16(u, again[1], out);
	}
}

static void
feed_byte(struct utf8 *u, unsigned char c, struct buf *out)
{
	switch (u->source) {
	case UTF8_WINDOWS_1252: feed_windows(u, c, out); break;
	case UTF8_UTF16LE:
	case UTF8_UTF16BE: feed_utf16(u, c, out); break;
	case UTF8_UNKNOWN:
	case UTF8_UTF8: feed_utf8(u, c, out); break;
	}
}

/* --- what it is ------------------------------------------------------- */

static const struct {
	unsigned char byte[3];
	unsigned char n, mark; /* bytes that tell, and of these a mark */
	enum utf8_source source;
} signs[] = {
	{ { 0xef, 0xbb, 0xbf }, 3, 3, UTF8_UTF8 },
	{ { 0xff, 0xfe }, 2, 2, UTF8_UTF16LE },
	{ { 0xfe, 0xff }, 2, 2, UTF8_UTF16BE },
	{ { '<', 0 }, 2, 0, UTF8_UTF16LE },
	{ { 0, '<' }, 2, 0, UTF8_UTF16BE },
};

/* What an XML declaration says: encoding="..." */
static enum utf8_source
declared(str text)
{
	static const str windows[] = { STR_INIT("windows-1252"),
		STR_INIT("cp1252"), STR_INIT("iso-8859-1"), STR_INIT("latin1"),
		STR_INIT("iso8859-1"), STR_INIT("iso_8859-1") };
	static const str name = STR_INIT("encoding");
	str rest = str_skip(text, str_ifind(text, name) + name.n);

	rest = str_trim_fws(rest);
	if (!str_starts(rest, STR("=")))
		return UTF8_UTF8;
	rest = str_trim_fws(str_skip(rest, 1));
	str word = str_sub(str_skip(rest, 1), 0,
		str_find(str_skip(rest, 1), rest.n > 0 ? rest.p[0] : '"'));
	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
		if (str_ieq(word, windows[i]))
			return UTF8_WINDOWS_1252;
	return UTF8_UTF8;
}

static void
recognise(struct utf8 *u, struct buf *out)
{
	str text = { (const char *)u->first, u->firsts };
	size_t from = 0;

	u->source = declared(text);
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (u->firsts >= signs[i].n &&
			memcmp(u->first, signs[i].byte, signs[i].n) == 0) {
			u->source = signs[i].source;
			from = signs[i].mark;
			break;
		}
	while (from < u->firsts)
		feed_byte(u, u->first[from++], out);
}

/* Up to the first ">" it is not known how to read it. */
static void
hold(struct utf8 *u, char c, struct buf *out)
{
	u->first[u->firsts++] = (unsigned char)c;
	if (c == '>' || u->firsts == sizeof(u->first))
		recognise(u, out);
}

/* Characters of ASCII that need no look, at the start. */
static size_t
plain(str s)
{
	size_t n = 0;

	while (n < s.n &&
		((unsigned char)(s.p[n] - 0x20) < 0x60 || s.p[n] == '\n' ||
			s.p[n] == '\r' || s.p[n] == '\t'))
		n++;
	return n;
}

void
utf8_feed(struct utf8 *u, str s, struct buf *out)
{
	while (s.n > 0) {
		size_t n = 0;
		if (u->source == UTF8_UNKNOWN) {
			hold(u, s.p[0], out);
			s = str_skip(s, 1);
			continue;
		}
		if (u->lefts == 0 && u->source <= UTF8_WINDOWS_1252)
			n = plain(s);
		buf_add(out, str_sub(s, 0, n));
		s = str_skip(s, n);
		if (s.n > 0)
			feed_byte(u, (unsigned char)s.p[0], out);
		s = str_skip(s, 1);
	}
}

void
utf8_end(struct utf8 *u, struct buf *out)
{
	if (u->source == UTF8_UNKNOWN)
		recognise(u, out);
	if (u->lefts > 0)
		put_wrong(u, out, u->lefts);
	u->lefts = 0;
}
