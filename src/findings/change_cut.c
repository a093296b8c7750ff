/*
 * change_cut.c - text that was put above, or into a part below, what was
 * signed: it is cut off piece by piece.
 */
#include "findings/change.h"

enum { PART_LINES = 12, HTML_TAGS = 16, HTML_MAX = 8192 };

static void
try_without(
	struct change_search *s, struct change_step step, size_t at, size_t n)
{
	struct arena_mark mark = arena_mark(s->arena);
	str after = str_skip(s->body, at + n);

	if (s->open == 0 || s->exhausted)
		return;
	change_begin(s, step);
	change_try(s,
		at > 0 ? STR_CAT(s->arena, str_sub(s->body, 0, at), after)
		       : after,
		false);
	change_end(s);
	arena_rewind(s->arena, mark);
}

/* --- on top ----------------------------------------------------------- */

static void
cut_from(struct change_search *s, str text)
{
	struct change_step step = { .kind = CHANGE_BANNER,
		.to = change_first_text(text, 0) };
	size_t at = (size_t)(text.p - s->body.p);
	str rest = text, line, whole;

	while (step.n < CHANGE_HEAD_LINES && s->open > 0 &&
		change_line(&rest, &line, &whole)) {
		step.n++;
		try_without(s, step, at, (size_t)(rest.p - text.p));
	}
}

/* On top of the body, or of the text in its first part. */
void
change_try_head_cuts(struct change_search *s)
{
	cut_from(s, s->first_part.p ? s->first_part : s->body);
}

/* --- on top of HTML ----------------------------------------------------- */

static size_t
count_lines(str text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

/* What stands behind <body>, up to the end of one of the next tags. */
void
change_try_html(struct change_search *s)
{
	size_t body = str_ifind(s->body, STR("<body"));
	str rest = str_skip(s->body, body);
	size_t start = body + str_find(rest, '>') + 1;

	if (body == s->body.n || start >= s->body.n)
		return;
	str text = str_sub(s->body, start, HTML_MAX);
	struct change_step step = { .kind = CHANGE_BANNER,
		.to = change_first_text(text, 0) };
	size_t end = 0;
	for (size_t i = 0; i < HTML_TAGS && end < text.n; i++) {
		end += str_find(str_skip(text, end), '>') + 1;
		step.n = count_lines(str_sub(text, 0, end));
		try_without(s, step, start, end);
		if (str_starts(str_skip(text, end), STR("\r\n")))
			try_without(s, step, start, end + 2);
	}
}

/* --- below the text of the first part ----------------------------------- */

/* Where the line begins that ends before `end`. */
static size_t
line_before(str text, size_t end)
{
	if (end > 0 && text.p[end - 1] == '\n')
		end--;
	size_t at = str_rfind(str_sub(text, 0, end), '\n');
	return at < end ? at + 1 : 0;
}

void
change_try_part_tails(struct change_search *s)
{
	struct change_step step = { .kind = CHANGE_FOOTER };
	str content = s->first_part;

	if (!content.p)
		return;
	size_t start = (size_t)(content.p - s->body.p), end = content.n;
	for (size_t at = end; at > 0 && step.n < PART_LINES && s->open > 0;) {
		at = line_before(content, at);
		step.n++;
		step.to = change_first_text(str_skip(content, at), 0);
		try_without(s, step, start + at, end - at);
	}
}
