/*
 * zone_lex.c - cuts a master file into entries and tokens. (RFC 1035 5.1)
 *
 * Escapes are looked at here only as far as they keep a token together; they
 * are undone by whoever knows whether the token is a name or a string.
 */
#include "net/zone_data.h"

#include "mailauth/buf.h"

enum { MAX_QUOTED = 40 }; /* octets of the file in a message */

bool
zone_fail(struct zone_lexer *x, size_t line, str message, str what)
{
	struct buf b = { .arena = x->arena };

	buf_add(&b, message);
	if (what.p) {
		buf_add(&b, STR(": `"));
		buf_escaped(&b, str_sub(what, 0, MAX_QUOTED));
		buf_add(&b, what.n > MAX_QUOTED ? STR("...`") : STR("`"));
	}
	x->error->line = line;
	x->error->message = buf_str(&b);
	return false;
}

static bool
is_plain(char c)
{
	return !is_fws(c) && c != ';' && c != '(' && c != ')' && c != '"';
}

static void
skip_comment(struct zone_lexer *x)
{
	while (x->at < x->text.n && x->text.p[x->at] != '\n')
		x->at++;
}

/* Past a backslash and what it covers; the line end is not covered. */
static void
skip_escape(struct zone_lexer *x)
{
	x->at++;
	if (x->at < x->text.n && x->text.p[x->at] != '\n')
		x->at++;
}

static bool
add_token(struct zone_lexer *x, struct zone_entry *e, size_t from, bool quoted)
{
	if (e->n == ZONE_MAX_TOKENS)
		return zone_fail(x, e->line, STR("entry has too many words"),
			(str){ 0 });
	if (e->n == e->size) {
		size_t size = e->size ? e->size * 2 : 16;
		e->token = arena_grow(x->arena, e->token,
			e->size * sizeof(*e->token), size * sizeof(*e->token));
		e->size = size;
	}
	if (e->n == 0)
		e->line = x->line;
	e->token[e->n++] = (struct zone_token){
		.text = str_sub(x->text, from, x->at - from),
		.line = x->line,
		.quoted = quoted,
	};
	return true;
}

static bool
lex_quoted(struct zone_lexer *x, struct zone_entry *e)
{
	size_t from = ++x->at;

	while (x->at < x->text.n && x->text.p[x->at] != '"' &&
		x->text.p[x->at] != '\n') {
		if (x->text.p[x->at] == '\\')
			skip_escape(x);
		else
			x->at++;
	}
	if (x->at == x->text.n || x->text.p[x->at] == '\n')
		return zone_fail(x, x->line, STR("quoted string is not closed"),
			(str){ 0 });
	if (!add_token(x, e, from, true))
		return false;
	x->at++;
	return true;
}

static bool
lex_plain(struct zone_lexer *x, struct zone_entry *e)
{
	size_t from = x->at;

	while (x->at < x->text.n && is_plain(x->text.p[x->at])) {
		if (x->text.p[x->at] == '\\')
			skip_escape(x);
		else
			x->at++;
	}
	return add_token(x, e, from, false);
}

static bool
lex_parenthesis(struct zone_lexer *x, size_t *opened)
{
	char c = x->text.p[x->at++];

	if (c == '(' && *opened == 0) {
		*opened = x->line;
		return true;
	}
	if (c == ')' && *opened != 0) {
		*opened = 0;
		return true;
	}
	return zone_fail(x, x->line,
		c == '(' ? STR("parenthesis within parentheses")
			 : STR("parenthesis was not opened"),
		(str){ 0 });
}

static bool
lex_word(struct zone_lexer *x, struct zone_entry *e, size_t *opened)
{
	switch (x->text.p[x->at]) {
	case ' ':
	case '\t':
	case '\r': x->at++; return true;
	case ';': skip_comment(x); return true;
	case '"': return lex_quoted(x, e);
	case '(':
	case ')': return lex_parenthesis(x, opened);
	default: return lex_plain(x, e);
	}
}

static void
begin_line(struct zone_lexer *x, struct zone_entry *e)
{
	str rest = str_skip(x->text, x->at);

	e->blank_owner = rest.n > 0 && is_wsp(rest.p[0]);
	e->directive = str_starts(rest, STR(";!"));
	if (e->directive)
		x->at += 2;
}

bool
zone_next_entry(struct zone_lexer *x, struct zone_entry *e)
{
	size_t opened = 0; /* the line of the open parenthesis */

	e->n = 0;
	e->line = x->line;
	begin_line(x, e);
	while (x->at < x->text.n) {
		if (x->text.p[x->at] != '\n') {
			if (!lex_word(x, e, &opened))
				return false;
			continue;
		}
		x->at++;
		x->line++;
		if (opened)
			continue;
		if (e->n > 0)
			return true;
		begin_line(x, e);
	}
	if (opened)
		return zone_fail(x, opened, STR("parenthesis is not closed"),
			(str){ 0 });
	return e->n > 0;
}
