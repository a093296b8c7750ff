/*
 * address.c - addresses in header fields. (RFC 5322 3.4 and 4.4, RFC 6532,
 * RFC 6854)
 *
 * One pass, one token ahead.  The words that come first are taken both as a
 * display name and as a local part, until '<' or '@' tells which it was.
 *
 * The domain found here is what the mail is judged by, so it must be the one
 * that the reader's program shows.  Where programs differ (a quotation mark
 * or a parenthesis left open, NUL, two '@') nothing is found.
 */
#include "mailauth/address.h"
#include "mailauth/domain.h"
#include "mail/cfws.h"

#include <string.h>

enum token {
	T_END,
	T_ATOM,
	T_QUOTED,
	T_LITERAL,
	T_SPECIAL, /* one of <>@,;:. */
	T_ODD,     /* a special that belongs nowhere, yet does no harm */
	T_BAD      /* cannot be read; unclosed, it is all that is left */
};

struct scanner {
	struct arena *arena;
	str s;
	size_t at; /* behind the token */
	enum token token;
	char c;      /* its first byte; 0 unless T_SPECIAL */
	str text;    /* with its quotes or brackets */
	size_t from; /* where it begins */
	size_t end;  /* of the token before it */
	bool spaced; /* blanks or a comment came before it */
};

/* RFC 5322 3.2.3; RFC 6532 3.2 adds all that is not ASCII. */
static bool
is_atext(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 0x80 ||
	       (u > ' ' && u < 0x7f && !memchr("()<>[]:;@\\,.\"", c, 13));
}

/* The end of the domain literal that begins at `at`, or 0. */
static size_t
literal_end(str s, size_t at)
{
	for (at++; at < s.n; at++) {
		if (s.p[at] == ']')
			return at + 1;
		if (s.p[at] == '[' || s.p[at] == '\\')
			return 0;
		if (!cfws_is_fold(s, at) && (unsigned char)s.p[at] < ' ')
			return 0;
	}
	return 0;
}

static void
set_token(struct scanner *t, enum token token, size_t end)
{
	t->token = token;
	t->text = str_sub(t->s, t->from, end - t->from);
	t->c = token == T_SPECIAL ? t->s.p[t->from] : '\0';
	t->at = end;
}

static void
skip_cfws(struct scanner *t)
{
	size_t end;

	t->spaced = false;
	while (t->at < t->s.n) {
		if (cfws_is_fold(t->s, t->at))
			t->at++;
		else if (t->s.p[t->at] == '(' &&
			 (end = cfws_closed_at(t->s, t->at)))
			t->at = end;
		else
			return;
		t->spaced = true;
	}
}

static void
next_atom(struct scanner *t)
{
	size_t end = t->from;

	while (end < t->s.n && is_atext(t->s.p[end]))
		end++;
	if (end > t->from)
		set_token(t, T_ATOM, end);
	else
		set_token(t, T_BAD, end + 1);
}

static void
next(struct scanner *t)
{
	size_t end;

	t->end = t->at;
	skip_cfws(t);
	t->from = t->at;
	if (t->at == t->s.n) {
		set_token(t, T_END, t->at);
		return;
	}
	switch (t->s.p[t->at]) {
	case '"':
		end = cfws_closed_at(t->s, t->at);
		set_token(t, end ? T_QUOTED : T_BAD, end ? end : t->s.n);
		return;
	case '(': set_token(t, T_BAD, t->s.n); return;
	case '[':
		end = literal_end(t->s, t->at);
		set_token(t, end ? T_LITERAL : T_ODD, end ? end : t->at + 1);
		return;
	case '<':
	case '>':
	case '@':
	case ',':
	case ';':
	case ':':
	case '.': set_token(t, T_SPECIAL, t->at + 1); return;
	case ')':
	case ']':
	case '\\': set_token(t, T_ODD, t->at + 1); return;
	default: next_atom(t); return;
	}
}

/* Words and dots: a display name, a local part, perhaps both. */
struct words {
	struct buf display, local;
	size_t from;
	size_t n;      /* words */
	bool is_local; /* dots between all of them */
	bool odd;      /* it has what no phrase has */
};

/*
 * RFC 5322 4.4: blanks and comments may stand around the dots of a local part.
 * Two dots, or one at an end, are found at Japanese carriers.
 */
static struct words
read_words(struct scanner *t)
{
	struct words w = { .display = { .arena = t->arena },
		.local = { .arena = t->arena },
		.from = t->from,
		.is_local = true };
	bool after_word = false;

	for (; t->token != T_END && t->token != T_BAD; next(t)) {
		bool dot = t->c == '.';
		if (t->token == T_SPECIAL && !dot)
			break;
		if (t->token == T_ODD || t->token == T_LITERAL)
			w.odd = true;
		if (!dot && after_word)
			w.is_local = false;
		if (t->spaced && w.display.n > 0)
			buf_char(&w.display, ' ');
		cfws_add_unquoted(&w.display, t->text);
		cfws_add_unquoted(&w.local, t->text);
		after_word = !dot;
		w.n += !dot;
	}
	w.is_local = w.is_local && w.n > 0 && !w.odd;
	return w;
}

static str
without_fws(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < s.n; i++)
		if (!is_fws(s.p[i]))
			buf_char(&b, s.p[i]);
	return buf_str(&b);
}

/*
 * A domain, after the '@'.  RFC 5322 4.4: blanks and comments may stand around
 * its dots.  One dot at the end is the root's.
 */
static bool
read_domain(struct scanner *t, struct address *out)
{
	struct buf b = { .arena = t->arena };

	if (t->token == T_LITERAL) {
		out->literal = true;
		out->domain = without_fws(t->arena, t->text);
		next(t);
		return true;
	}
	while (t->token == T_ATOM) {
		buf_add(&b, t->text);
		next(t);
		if (t->c != '.')
			break;
		buf_char(&b, '.');
		next(t);
	}
	out->domain = buf_str(&b);
	return b.n > 0 && domain_to_ascii(t->arena, out->domain, &out->ascii);
}

/* Stands at the '@' behind the local part. */
static bool
read_at_domain(struct scanner *t, struct words *w, struct address *out)
{
	*out = (struct address){ .ascii = STR("") };
	if (t->c != '@' || !w->is_local)
		return false;
	next(t);
	if (!read_domain(t, out))
		return false;
	out->local = buf_str(&w->local);
	out->text = str_sub(t->s, w->from, t->end - w->from);
	return true;
}

/* RFC 5322 4.4: "@a,@b:" before the address proper says nothing any more. */
static bool
skip_route(struct scanner *t)
{
	struct address ignored;

	if (t->c != '@' && t->c != ',')
		return true;
	while (t->c != ':') {
		bool at = t->c == '@';
		if (!at && t->c != ',')
			return false;
		next(t);
		if (at && !read_domain(t, &ignored))
			return false;
	}
	next(t);
	return true;
}

/* Stands at the '<'. */
static bool
read_angle(struct scanner *t, struct address *out)
{
	next(t);
	if (!skip_route(t))
		return false;
	struct words w = read_words(t);
	if (!read_at_domain(t, &w, out) || t->c != '>')
		return false;
	next(t);
	return true;
}

struct reader {
	struct scanner scan;
	struct address_list list;
	struct address *address; /* the same as list.address, and its room */
	size_t room;
	bool in_group;
};

static void
complain(struct reader *r, size_t at)
{
	if (r->list.valid)
		r->list.bad_at = at;
	r->list.valid = false;
}

static void
add_address(struct reader *r, const struct address *a)
{
	struct address_list *l = &r->list;

	if (l->n == ADDRESS_MAX) {
		complain(r, r->scan.from);
		l->doubtful = true;
		return;
	}
	if (l->n == r->room) {
		size_t more = r->room ? 2 * r->room : 4;
		r->address = arena_grow(r->scan.arena, r->address,
			r->room * sizeof(*a), more * sizeof(*a));
		r->room = more;
		l->address = r->address;
	}
	r->address[l->n++] = *a;
}

static bool
at_item_end(const struct scanner *t)
{
	return t->token == T_END || t->c == ',' || t->c == ';';
}

/*
 * "a@b" by itself, or the wrong but frequent "a@b <a@b>" without quotes.  Of
 * the latter some see the first, some the second address: unless they agree
 * on the domain, both are reported.
 */
static bool
read_plain(struct reader *r, struct words *w)
{
	struct scanner *t = &r->scan;
	struct address plain, angle;

	if (!read_at_domain(t, w, &plain))
		return false;
	if (t->c != '<') {
		if (at_item_end(t))
			add_address(r, &plain);
		return at_item_end(t);
	}
	complain(r, w->from);
	if (!read_angle(t, &angle) || !at_item_end(t))
		return false;
	angle.display = plain.text;
	if (!str_eq(plain.ascii, angle.ascii))
		add_address(r, &plain);
	add_address(r, &angle);
	return true;
}

/* A mailbox, or the beginning of a group. */
static bool
read_item(struct reader *r)
{
	struct scanner *t = &r->scan;
	struct words w = read_words(t);
	struct address a;

	switch (t->c) {
	case '@': return read_plain(r, &w);
	case '<':
		if (!read_angle(t, &a) || !at_item_end(t))
			return false;
		if (w.odd)
			complain(r, w.from);
		if (w.n > 0)
			a.display = buf_str(&w.display);
		add_address(r, &a);
		return true;
	case ':':
		if (r->in_group || w.n == 0)
			return false;
		if (w.odd)
			complain(r, w.from);
		r->in_group = true;
		next(t);
		return true;
	default: return false;
	}
}

/* What cannot be read, up to the comma. */
static void
pass_over(struct reader *r, size_t from)
{
	struct scanner *t = &r->scan;

	complain(r, t->from);
	while (t->token != T_END && t->c != ',')
		next(t);
	str passed = str_sub(t->s, from, t->from - from);
	if (str_find(passed, '@') < passed.n)
		r->list.doubtful = true;
}

/* One separator or one item. */
static void
read_piece(struct reader *r)
{
	struct scanner *t = &r->scan;
	size_t from = t->from;

	if (t->c == ',') {
		next(t); /* RFC 5322 4.4: nothing between two is fine */
	} else if (t->c == ';') {
		/* without a group, as Outlook separates addresses */
		if (!r->in_group)
			complain(r, from);
		r->in_group = false;
		next(t);
		if (!at_item_end(t))
			complain(r, t->from);
	} else if (!read_item(r)) {
		pass_over(r, from);
	}
}

struct address_list
address_list_parse(struct arena *a, str value)
{
	struct reader r = { .scan = { .arena = a, .s = value },
		.list = { .valid = true } };
	bool any = false;

	next(&r.scan);
	while (r.scan.token != T_END) {
		any = any || r.scan.c != ',';
		read_piece(&r);
	}
	if (!any || r.in_group)
		complain(&r, value.n);
	return r.list;
}

bool
address_parse_path(struct arena *a, str path, struct address *out)
{
	struct scanner t = { .arena = a, .s = str_trim_fws(path) };
	bool ok;

	*out = (struct address){ .text = STR(""),
		.local = STR(""),
		.domain = STR(""),
		.ascii = STR("") };
	if (t.s.n == 0 || str_eq(t.s, STR("<>")))
		return true;
	next(&t);
	if (t.c == '<') {
		ok = read_angle(&t, out);
	} else {
		struct words w = read_words(&t);
		ok = read_at_domain(&t, &w, out);
	}
	return ok && t.token == T_END;
}

bool
address_cut_path(struct arena *a, str path, struct address *out)
{
	if (address_parse_path(a, path, out))
		return true;
	path = str_trim_fws(path);
	if (path.n >= 2 && path.p[0] == '<' && path.p[path.n - 1] == '>')
		path = str_sub(path, 1, path.n - 2);
	size_t at = str_rfind(path, '@');
	if (at == path.n)
		return false;
	*out = (struct address){ .text = path,
		.local = str_sub(path, 0, at),
		.domain = str_skip(path, at + 1),
		.ascii = STR("") };
	return true;
}
