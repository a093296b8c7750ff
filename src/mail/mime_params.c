/*
 * mime_params.c - fields with parameters: Content-Type and its kin.
 */
#include "mail/mime_params.h"

#include "mail/cfws.h"
#include "mailauth/base64.h"

/* --- name=value ------------------------------------------------------ */

/* What is not closed is not looked for again: a field is read once. */
struct cursor {
	str s;
	size_t at;
	bool quotes, comments;
};

static bool
at_char(const struct cursor *c, char wanted)
{
	return c->at < c->s.n && c->s.p[c->at] == wanted;
}

/* Past the comment or quoted string here, if it is closed. */
static bool
skip_closed(struct cursor *c, char open, bool *look)
{
	if (!*look || !at_char(c, open))
		return false;
	size_t end = cfws_closed_at(c->s, c->at);
	*look = end != 0;
	if (end != 0)
		c->at = end;
	return end != 0;
}

static void
skip_cfws(struct cursor *c)
{
	for (;;) {
		while (c->at < c->s.n && is_fws(c->s.p[c->at]))
			c->at++;
		if (!skip_closed(c, '(', &c->comments))
			return;
	}
}

/* Up to a semicolon, or one other character. */
static str
take_until(struct cursor *c, char stop)
{
	size_t from = c->at;

	while (c->at < c->s.n && c->s.p[c->at] != ';' && c->s.p[c->at] != stop)
		c->at++;
	return str_sub(c->s, from, c->at - from);
}

/* Without what is behind it: a comment, or more than belongs there. */
static str
first_word(str s)
{
	size_t n = 0;

	while (n < s.n && !is_fws(s.p[n]) && s.p[n] != '(')
		n++;
	return str_sub(s, 0, n);
}

/* A value without quotes goes up to the semicolon, or to a comment. */
static str
take_bare(struct cursor *c)
{
	size_t from = c->at, end = from;

	while (c->at < c->s.n && c->s.p[c->at] != ';') {
		bool blank = is_fws(c->s.p[c->at]);
		if (blank) {
			skip_cfws(c);
		} else {
			c->at++;
			end = c->at;
		}
	}
	return str_sub(c->s, from, end - from);
}

static str
take_value(struct cursor *c, struct arena *a)
{
	struct buf b = { .arena = a };
	size_t from = c->at;

	if (skip_closed(c, '"', &c->quotes)) {
		cfws_add_unquoted(&b, str_sub(c->s, from, c->at - from));
		return buf_str(&b);
	}
	if (at_char(c, '"')) /* it is never closed */
		c->at++;
	cfws_add_unquoted(&b, take_bare(c));
	return buf_str(&b);
}

/* Behind the next semicolon; false when there is none. */
static bool
next_param(struct cursor *c)
{
	skip_cfws(c);
	take_until(c, ';'); /* what is out of place */
	if (c->at == c->s.n)
		return false;
	c->at++;
	skip_cfws(c);
	return true;
}

void
mime_params_read(struct mime_params *p, struct arena *a, str value)
{
	struct cursor c = { value, 0, true, true };

	*p = (struct mime_params){ 0 };
	skip_cfws(&c);
	p->word = first_word(take_until(&c, '('));
	while (p->n < MIME_MAX_PARAMS && next_param(&c)) {
		struct mime_param *one = &p->of[p->n];
		one->name = first_word(take_until(&c, '='));
		if (!at_char(&c, '='))
			continue;
		c.at++;
		skip_cfws(&c);
		one->value = take_value(&c, a);
		p->n++;
	}
}

/* --- sections and percent signs (RFC 2231) --------------------------- */

/* "%41" is "A"; a percent sign without two digits is one. */
static void
add_percent(struct buf *b, str s)
{
	for (size_t i = 0; i < s.n; i++) {
		int high = i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
		int low = i + 2 < s.n ? hex_value(s.p[i + 2]) : -1;
		if (s.p[i] != '%' || high < 0 || low < 0) {
			buf_char(b, s.p[i]);
			continue;
		}
		buf_char(b, (char)(high << 4 | low));
		i += 2;
	}
}

/* Without the charset and the language, which are between quotes. */
static str
skip_charset(str s)
{
	size_t first = str_find(s, '\'');
	size_t second = first + 1 + str_find(str_skip(s, first + 1), '\'');

	return second < s.n ? str_skip(s, second + 1) : s;
}

static const struct mime_param *
find(const struct mime_params *p, str name)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_ieq(p->of[i].name, name))
			return &p->of[i];
	return NULL;
}

/* The section of that number: NUMBER_NONE has none, as in "filename*". */
enum { NUMBER_NONE = MIME_MAX_PARAMS };

static bool
add_section(struct buf *b, const struct mime_params *p, str name, size_t number)
{
	struct arena *a = b->arena;
	const struct mime_param *one = NULL;

	if (number != NUMBER_NONE) {
		name = STR_CAT(a, name, STR("*"), str_number(a, number));
		one = find(p, name);
	}
	if (one) {
		buf_add(b, one->value);
		return true;
	}
	one = find(p, STR_CAT(a, name, STR("*")));
	if (!one)
		return false;
	bool first = number == NUMBER_NONE || number == 0;
	add_percent(b, first ? skip_charset(one->value) : one->value);
	return true;
}

str
mime_params_get(const struct mime_params *p, struct arena *a, str name)
{
	struct buf b = { .arena = a };
	size_t n = 0;

	if (add_section(&b, p, name, NUMBER_NONE))
		return buf_str(&b);
	while (n < MIME_MAX_PARAMS && add_section(&b, p, name, n))
		n++;
	if (n > 0)
		return buf_str(&b);
	const struct mime_param *one = find(p, name);
	return one ? one->value : (str){ NULL, 0 };
}

/* --- encoded words (RFC 2047) ---------------------------------------- */

static void
add_q(struct buf *b, str text)
{
	for (size_t i = 0; i < text.n; i++) {
		int high = i + 2 < text.n ? hex_value(text.p[i + 1]) : -1;
		int low = i + 2 < text.n ? hex_value(text.p[i + 2]) : -1;
		if (text.p[i] == '=' && high >= 0 && low >= 0) {
			buf_char(b, (char)(high << 4 | low));
			i += 2;
		} else {
			buf_char(b, text.p[i] == '_' ? ' ' : text.p[i]);
		}
	}
}

/* "=?utf-8?Q?caf=C3=A9?=" at the start of s: its length, or 0. */
static size_t
add_word(struct buf *b, str s)
{
	str rest = s, charset, encoding, text, decoded;

	if (!str_starts(s, STR("=?")))
		return 0;
	rest = str_skip(rest, 2);
	if (!str_split(&rest, '?', &charset) || charset.n == 0 ||
		!str_split(&rest, '?', &encoding) || encoding.n != 1 ||
		!str_split(&rest, '?', &text) || !str_starts(rest, STR("=")))
		return 0;
	switch (to_lower(encoding.p[0])) {
	case 'q': add_q(b, text); break;
	case 'b':
		base64_decode(b->arena, text, &decoded, NULL);
		buf_add(b, decoded);
		break;
	default: return 0;
	}
	return (size_t)(rest.p + 1 - s.p);
}

static size_t
blanks(str s)
{
	size_t n = 0;

	while (n < s.n && is_fws(s.p[n]))
		n++;
	return n;
}

str
mime_words(struct arena *a, str text)
{
	struct buf b = { .arena = a };
	size_t at = 0;
	bool word = false; /* one ended here: blanks up to the next are none */

	if (!text.p)
		return text;
	while (at < text.n) {
		str rest = str_skip(text, at);
		size_t gap = word ? blanks(rest) : 0;
		size_t n = add_word(&b, str_skip(rest, gap));
		word = n > 0;
		if (!word)
			buf_char(&b, text.p[at++]);
		else
			at += gap + n;
	}
	return buf_str(&b);
}
