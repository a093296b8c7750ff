/*
 * authres.c - reading and writing Authentication-Results. (RFC 8601 2.2)
 */
#include "mailauth/authres.h"
#include "mail/cfws.h"

#include <string.h>

/* --- reading --------------------------------------------------------- */

struct parser {
	struct arena *arena;
	str s;
	size_t at;
	str comment; /* the last one passed over, without parentheses */
	bool valid;
	struct authres_result *result;
	size_t n, size;
};

static char
peek(const struct parser *p)
{
	return p->at < p->s.n ? p->s.p[p->at] : '\0';
}

static bool
at_end(const struct parser *p)
{
	return p->at >= p->s.n;
}

/* Of an unclosed comment nobody can say where it ends: it is the last. */
static void
skip_comment(struct parser *p)
{
	size_t end = cfws_closed_at(p->s, p->at);

	if (end == 0) {
		p->valid = false;
		p->at = p->s.n;
		return;
	}
	p->comment = str_sub(p->s, p->at + 1, end - p->at - 2);
	p->at = end;
}

static void
skip_cfws(struct parser *p)
{
	while (!at_end(p)) {
		if (is_fws(peek(p)))
			p->at++;
		else if (peek(p) == '(')
			skip_comment(p);
		else
			return;
	}
}

static bool
take(struct parser *p, char c)
{
	if (at_end(p) || peek(p) != c)
		return false;
	p->at++;
	return true;
}

/*
 * An unclosed string is the last, too.  What seems to follow may have been
 * meant to be in it, and then it is no claim of him who wrote the field.
 */
static str
read_quoted(struct parser *p)
{
	size_t from = p->at, end = cfws_closed_at(p->s, from);
	struct buf b = { .arena = p->arena };

	if (end == 0) {
		p->valid = false;
		p->at = p->s.n;
		return STR("");
	}
	p->at = end;
	cfws_add_unquoted(&b, str_sub(p->s, from, end - from));
	return buf_str(&b);
}

/* A quoted string, or all up to a blank, a comment, ';' or one of `stop`. */
static str
read_value(struct parser *p, const char *stop)
{
	size_t from = p->at;

	if (peek(p) == '"')
		return read_quoted(p);
	while (!at_end(p) && !is_fws(peek(p)) && peek(p) != '(' &&
		peek(p) != ';' && (peek(p) == '\0' || !strchr(stop, peek(p))))
		p->at++;
	return str_sub(p->s, from, p->at - from);
}

static str
read_keyword(struct parser *p)
{
	str word = read_value(p, "=./");

	skip_cfws(p);
	return arena_lower(p->arena, word);
}

/* To the next ';', over comments and quoted strings. */
static void
skip_result(struct parser *p)
{
	while (skip_cfws(p), !at_end(p) && peek(p) != ';') {
		size_t before = p->at;
		read_value(p, "");
		if (p->at == before)
			p->at++;
	}
}

/*
 * To a blank, a comment or ';', but not inside a quoted string; 0 when one is
 * not closed.
 */
static size_t
pvalue_end(const struct parser *p)
{
	size_t at = p->at;

	while (at < p->s.n && !is_fws(p->s.p[at]) && p->s.p[at] != '(' &&
		p->s.p[at] != ';') {
		if (p->s.p[at] != '"')
			at++;
		else if ((at = cfws_closed_at(p->s, at)) == 0)
			return 0;
	}
	return at;
}

/*
 * A quoted string alone loses its quotes.  In an address it is the local part,
 * which the sender chose: "a@b.example"@c.example is at c.example, and stays as
 * it is. (RFC 8601 2.2 pvalue)  Absent when a string is not closed.
 */
static str
read_pvalue(struct parser *p)
{
	struct buf b = { .arena = p->arena };

	skip_cfws(p);
	size_t end = pvalue_end(p);
	if (end == 0 && !at_end(p)) { /* as in read_quoted() */
		p->at = p->s.n;
		return (str){ 0 };
	}
	str value = str_sub(p->s, p->at, end - p->at);
	p->at = end;
	if (value.n == 0 || value.p[0] != '"' ||
		cfws_closed_at(value, 0) != value.n)
		return value;
	cfws_add_unquoted(&b, value);
	return buf_str(&b);
}

/*
 * One "ptype.name=value", or "reason=value", or Microsoft's "action=none".
 * False when it is none of these.
 */
static bool
read_property(struct parser *p, struct authres_result *r,
	struct authres_property *out)
{
	str first = read_keyword(p), second = STR("");
	bool dot = take(p, '.');

	if (dot) {
		skip_cfws(p);
		second = read_keyword(p);
	}
	if (first.n == 0 || (dot && second.n == 0) || !take(p, '='))
		return false;
	str value = read_pvalue(p);
	if (!value.p)
		return false;
	if (!dot && str_eq(first, STR("reason")) && !r->reason.p) {
		r->reason = value;
		return true;
	}
	*out = (struct authres_property){ .ptype = dot ? first : STR(""),
		.name = dot ? second : first,
		.value = value };
	return true;
}

static void
read_properties(struct parser *p, struct authres_result *r)
{
	struct authres_property list[AUTHRES_MAX_PROPERTIES];

	while (skip_cfws(p), !at_end(p) && peek(p) != ';') {
		struct authres_property one = { 0 };
		size_t before = p->at;
		if (!r->comment.p)
			r->comment = p->comment;
		if (!read_property(p, r, &one)) {
			r->whole = false;
			if (p->at == before)
				read_value(p, "");
			if (p->at == before)
				p->at++;
		} else if (one.name.p && r->n == AUTHRES_MAX_PROPERTIES) {
			r->whole = false;
		} else if (one.name.p) {
			list[r->n++] = one;
		}
	}
	if (!r->comment.p)
		r->comment = p->comment;
	struct authres_property *kept =
		arena_make(p->arena, r->n, struct authres_property);
	if (r->n > 0)
		memcpy(kept, list, r->n * sizeof(*kept));
	r->property = kept;
	p->valid &= r->whole;
}

/* "method = result" or "method / 1 = result" */
static bool
read_method(struct parser *p, struct authres_result *r, bool *ours)
{
	r->method = read_keyword(p);
	*ours = true;
	if (take(p, '/')) {
		skip_cfws(p);
		*ours = str_eq(read_keyword(p), STR("1"));
	}
	if (r->method.n == 0 || !take(p, '='))
		return false;
	skip_cfws(p);
	p->comment = (str){ 0 };
	r->result = arena_lower(p->arena, read_value(p, "="));
	return r->result.n > 0;
}

static void
add_result(struct parser *p, const struct authres_result *r)
{
	if (p->n == p->size) {
		size_t size = p->size ? 2 * p->size : 4;
		p->result = arena_grow(p->arena, p->result,
			p->size * sizeof(*r), size * sizeof(*r));
		p->size = size;
	}
	p->result[p->n++] = *r;
}

static void
read_result(struct parser *p)
{
	struct authres_result r = { .whole = true };
	bool ours;

	if (!read_method(p, &r, &ours)) {
		p->valid = false;
		skip_result(p);
	} else if (!ours) {
		skip_result(p);
	} else if (p->n == AUTHRES_MAX_RESULTS) {
		p->valid = false;
		p->at = p->s.n;
	} else {
		read_properties(p, &r);
		add_result(p, &r);
	}
}

/* RFC 8601 2.2 no-result */
static bool
take_none(struct parser *p)
{
	struct parser ahead = *p;

	if (!str_ieq(read_value(&ahead, "=/"), STR("none")))
		return false;
	skip_cfws(&ahead);
	if (!at_end(&ahead) && peek(&ahead) != ';')
		return false;
	*p = ahead;
	return true;
}

/* "i=1;" of ARC-Authentication-Results. (RFC 8617 4.1.1) */
static unsigned
take_instance(struct parser *p)
{
	struct parser ahead = *p;
	uint64_t number;

	if (!str_ieq(read_value(&ahead, "="), STR("i")))
		return 0;
	skip_cfws(&ahead);
	if (!take(&ahead, '='))
		return 0;
	skip_cfws(&ahead);
	if (!str_uint(read_value(&ahead, ""), 1000, &number))
		return 0;
	skip_cfws(&ahead);
	if (!take(&ahead, ';'))
		return 0;
	*p = ahead;
	skip_cfws(p);
	return (unsigned)number;
}

/*
 * The authserv-id and version.  A first word with '=' behind it is a method
 * already: Microsoft writes no authserv-id.
 */
static void
read_server(struct parser *p, struct authres *out)
{
	struct parser ahead = *p;
	str id = read_value(&ahead, "=");

	skip_cfws(&ahead);
	if (peek(&ahead) == '=' || ahead.at == p->at)
		return;
	*p = ahead;
	out->authserv_id = id;
	if (is_digit(peek(p)) &&
		!str_uint(read_value(p, ""), UINT64_MAX, &out->version))
		out->version = 0;
	skip_cfws(p);
	if (!at_end(p) && !take(p, ';')) {
		p->valid = false;
		skip_result(p);
	}
}

struct authres
authres_parse(struct arena *a, str value)
{
	struct authres out = { .version = 1 };
	struct parser p = { .arena = a, .s = value, .valid = true };

	skip_cfws(&p);
	out.instance = take_instance(&p);
	read_server(&p, &out);
	while (out.version == 1 && (skip_cfws(&p), !at_end(&p))) {
		if (take(&p, ';'))
			continue;
		if (take_none(&p))
			out.none = true;
		else
			read_result(&p);
	}
	out.result = p.result;
	out.n = p.n;
	out.valid = p.valid && (out.n > 0 || out.none);
	return out;
}

const struct authres_result *
authres_find(const struct authres *r, str method)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_ieq(r->result[i].method, method))
			return &r->result[i];
	return NULL;
}

str
authres_value(const struct authres_result *r, str key)
{
	size_t dot = str_find(key, '.');
	str ptype = str_sub(key, 0, dot), name = str_skip(key, dot + 1);

	if (dot == key.n) {
		ptype = STR("");
		name = key;
	}
	for (size_t i = 0; i < r->n; i++)
		if (str_ieq(r->property[i].ptype, ptype) &&
			str_ieq(r->property[i].name, name))
			return r->property[i].value;
	return (str){ 0 };
}

enum result
authres_result_from(str word)
{
	for (int i = RESULT_NONE; i <= RESULT_PERMERROR; i++)
		if (str_ieq(result_word((enum result)i), word))
			return (enum result)i;
	return RESULT_PENDING;
}

/* --- writing --------------------------------------------------------- */

enum { LINE_MAX_BYTES = 78 }; /* RFC 5322 2.1.1 */

/* A token of RFC 2045 5.1. */
static bool
is_token(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' ||
			strchr("()<>@,;:\\\"/[]?=", s.p[i]))
			return false;
	return s.n > 0;
}

/* RFC 8601 2.2 pvalue: [[local-part] "@"] domain-name, without quoting. */
static bool
is_plain(str s)
{
	size_t at = str_rfind(s, '@');

	if (at == s.n)
		return is_token(s);
	return (at == 0 || is_token(str_sub(s, 0, at))) &&
	       is_token(str_skip(s, at + 1));
}

static void
add_quoted(struct buf *b, str value)
{
	buf_char(b, '"');
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];
		if (c == '"' || c == '\\')
			buf_char(b, '\\');
		buf_char(b, c >= ' ' && c <= '~' ? c : '?');
	}
	buf_char(b, '"');
}

/* A piece that is not broken, on a line of its own when this one is full. */
static void
add_piece(struct authres_writer *w, str piece)
{
	size_t used = w->out.n - w->line;

	if (used > 0 && used + 1 + piece.n > LINE_MAX_BYTES) {
		buf_add(&w->out, STR("\r\n"));
		w->line = w->out.n;
	}
	buf_char(&w->out, ' ');
	buf_add(&w->out, piece);
}

static void
add_pair(struct authres_writer *w, str key, str value)
{
	struct buf b = { .arena = w->out.arena };

	buf_add(&b, key);
	buf_char(&b, '=');
	if (is_plain(value))
		buf_add(&b, value);
	else
		add_quoted(&b, value);
	add_piece(w, buf_str(&b));
}

void
authres_begin(struct authres_writer *w, struct arena *a, str authserv_id)
{
	*w = (struct authres_writer){ .out = { .arena = a } };
	buf_add(&w->out, STR("Authentication-Results: "));
	if (is_token(authserv_id))
		buf_add(&w->out, authserv_id);
	else
		add_quoted(&w->out, authserv_id);
}

void
authres_add(struct authres_writer *w, str method, enum result result)
{
	buf_add(&w->out, STR(";\r\n"));
	w->line = w->out.n;
	w->results++;
	add_piece(w,
		STR_CAT(w->out.arena, method, STR("="), result_word(result)));
}

void
authres_add_reason(struct authres_writer *w, str reason)
{
	add_pair(w, STR("reason"), str_sub(reason, 0, AUTHRES_MAX_VALUE));
}

void
authres_add_property(struct authres_writer *w, str key, str value)
{
	/* the rest of an address may name another domain */
	if (value.n <= AUTHRES_MAX_VALUE)
		add_pair(w, key, value);
}

str
authres_end(struct authres_writer *w)
{
	if (w->results == 0)
		buf_add(&w->out, STR("; none"));
	buf_add(&w->out, STR("\r\n"));
	return buf_str(&w->out);
}
