/*
 * text_line.c - one line a message, five fields: verdict, file, From domain,
 * aligned methods, first finding.  None is empty or holds a blank, so that
 * awk can split them.
 */
#include "report.h"

#include "mailauth/buf.h"

/* It stands for itself. */
static bool
is_plain(str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] >= 0x7f || text.p[i] == '\\')
			return false;
	return true;
}

static void
put_text(struct screen *s, str text)
{
	struct arena_mark mark = arena_mark(s->arena);
	str rest = str_escaped(s->arena, text), piece;
	bool first = true;

	while (str_split(&rest, ' ', &piece)) {
		if (!first)
			fputs("\\x20", s->out);
		fwrite(piece.p, 1, piece.n, s->out);
		first = false;
	}
	arena_rewind(s->arena, mark);
}

static void
put_field(struct screen *s, str text)
{
	if (s->column > 0)
		screen_put(s, TINT_PLAIN, STR(" "));
	if (text.n == 0)
		text = STR("-");
	if (is_plain(text))
		fwrite(text.p, 1, text.n, s->out);
	else
		put_text(s, text);
	s->column++;
}

/* A note is no reason, unless others follow from it. */
static bool
is_reason(const struct report *r, const struct finding *x)
{
	if (x->minor || x->severity != SEVERITY_NOTE)
		return !x->minor;
	for (size_t i = r->roots; i < r->findings; i++)
		if (r->finding[i].cause->code == x->code)
			return r->v->result != RESULT_PASS;
	return false;
}

/*
 * What is no pass has a reason: for want of a better one, what comes first.  A
 * pass by DKIM has none: what else there is to find has no part in it.
 */
str
report_cause(const struct report *r)
{
	size_t i = 0;

	if (report_is_pass_by_dkim(r))
		return (str){ 0 };
	while (i < r->roots && !is_reason(r, &r->finding[i]))
		i++;
	if (i == r->roots && r->v->result != RESULT_PASS)
		i = 0;
	if (i == r->roots)
		return (str){ 0 };
	return finding_kind(r->finding[i].code)->code;
}

void
text_line(struct screen *s, const struct report *r)
{
	screen_put(s, screen_tint(r->v->result), result_word(r->v->result));
	put_field(s, report_file(r));
	put_field(s, r->v->author.domain);
	put_field(s, report_aligned(r));
	put_field(s, report_cause(r));
	screen_end(s);
}

void
text_line_unusable(struct screen *s, str file, str code)
{
	screen_put(s, TINT_BAD, STR("error"));
	put_field(s, file);
	put_field(s, STR("-"));
	put_field(s, STR("none"));
	put_field(s, code);
	screen_end(s);
}
