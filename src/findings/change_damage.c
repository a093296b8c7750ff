/*
 * change_damage.c - what files, mailboxes and relays do to a body without
 * meaning to: each is undone where there is a trace of it.
 */
#include "findings/change.h"

/* --- line by line ----------------------------------------------------- */

/* What a line becomes; its line end is in `whole`, and is kept or not. */
typedef void (*undo_line)(struct buf *out, str line, str whole);

static str
each_line(struct change_search *s, undo_line undo)
{
	struct buf b = { .arena = s->arena };
	str rest = s->body, line, whole;

	while (change_line(&rest, &line, &whole))
		undo(&b, line, whole);
	return buf_str(&b);
}

static void
from_bare(struct buf *out, str line, str whole)
{
	(void)line;
	if (str_starts(whole, STR(">From ")))
		whole = str_skip(whole, 1);
	buf_add(out, whole);
}

static size_t
quotes(str line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == '>')
		n++;
	return n;
}

/* As mboxrd has it: one more for each. */
static void
from_quoted(struct buf *out, str line, str whole)
{
	size_t n = quotes(line);

	if (n > 0 && str_starts(str_skip(line, n), STR("From ")))
		whole = str_skip(whole, 1);
	buf_add(out, whole);
}

static void
from_added(struct buf *out, str line, str whole)
{
	(void)line;
	if (str_starts(whole, STR("From ")))
		buf_char(out, '>');
	buf_add(out, whole);
}

static void
dot_taken(struct buf *out, str line, str whole)
{
	buf_add(out, str_starts(line, STR("..")) ? str_skip(whole, 1) : whole);
}

static void
dot_added(struct buf *out, str line, str whole)
{
	if (str_starts(line, STR(".")))
		buf_char(out, '.');
	buf_add(out, whole);
}

static void
sigdash(struct buf *out, str line, str whole)
{
	buf_add(out, line);
	if (str_eq(line, STR("--")))
		buf_char(out, ' ');
	buf_add(out, str_skip(whole, line.n));
}

static void
end_cr(struct buf *out, str line, str whole)
{
	size_t end = whole.n - line.n;

	while (line.n > 0 && end > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	buf_add(out, line);
	buf_add(out, end > 0 ? STR("\r\n") : STR(""));
}

static void
cr_alone(struct buf *out, str line, str whole)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '\r')
			buf_add(out, STR("\r\n"));
		else
			buf_char(out, line.p[i]);
	buf_add(out, str_skip(whole, line.n));
}

/* A break that a mail server made in a long line: CRLF SP, or "!" CRLF SP. */
enum { WRAP_MIN = 985, WRAP_MAX = 1000 };

static str
unwrapped(struct change_search *s, bool exclamation)
{
	struct buf b = { .arena = s->arena };
	str rest = s->body, line, whole;

	while (change_line(&rest, &line, &whole)) {
		bool wraps = line.n >= WRAP_MIN && line.n <= WRAP_MAX &&
			     rest.n > 0 && rest.p[0] == ' ';
		bool mark = line.n > 0 && line.p[line.n - 1] == '!';
		if (!wraps || (exclamation && !mark)) {
			buf_add(&b, whole);
			continue;
		}
		buf_add(&b, str_sub(line, 0, line.n - exclamation));
		rest = str_skip(rest, 1);
	}
	return buf_str(&b);
}

/* Each line end became two. */
static str
undoubled(struct change_search *s)
{
	struct buf b = { .arena = s->arena };
	str rest = s->body, line, whole;

	while (change_line(&rest, &line, &whole)) {
		buf_add(&b, whole);
		str ahead = rest;
		if (change_line(&ahead, &line, &whole) && line.n == 0)
			rest = ahead;
	}
	return buf_str(&b);
}

/* --- the line that Exchange puts into HTML ---------------------------- */

/* Where the tag is, with what ends its line; false when it is not there. */
static bool
find_meta(str body, size_t *at, size_t *n)
{
	str tag = STR("<meta http-equiv=\"Content-Type\"");

	*at = str_ifind(body, tag);
	if (*at == body.n)
		return false;
	str rest = str_skip(body, *at);
	*n = str_find(rest, '>') + 1;
	return *n <= rest.n;
}

static void
try_meta(struct change_search *s)
{
	struct arena_mark mark = arena_mark(s->arena);
	struct change_step step = { .kind = CHANGE_META };
	size_t at, n;

	if (!find_meta(s->body, &at, &n))
		return;
	str before = str_sub(s->body, 0, at);
	str after = str_skip(s->body, at + n);
	str line_end = str_starts(after, STR("\r\n")) ? STR("\r\n")
		       : str_starts(after, STR("\n")) ? STR("\n")
						      : STR("");
	change_begin(s, step);
	change_try(s, STR_CAT(s->arena, before, after), true);
	if (line_end.n > 0)
		change_try(s,
			STR_CAT(s->arena, before, str_skip(after, line_end.n)),
			true);
	change_end(s);
	arena_rewind(s->arena, mark);
}

/* --- traces ---------------------------------------------------------- */

struct traces {
	bool from, quoted_from, bare_from, dots, dot_start;
	bool end_cr, lone_cr, wrap, mark, sigdash;
	size_t lines, empty_after; /* a line with text and then an empty one */
};

static void
look_at_line(struct traces *t, str line, str whole, str rest)
{
	size_t q = quotes(line);

	if (str_starts(str_skip(line, q), STR("From "))) {
		t->quoted_from |= q > 0;
		t->bare_from |= q == 1;
		t->from |= q == 0;
	}
	if (str_starts(line, STR("."))) {
		t->dot_start = true;
		t->dots |= str_starts(line, STR(".."));
	}
	t->sigdash |= str_eq(line, STR("--"));
	t->end_cr |=
		line.n > 0 && line.p[line.n - 1] == '\r' && line.n < whole.n;
	t->lone_cr |= str_find(line, '\r') < line.n;
	if (line.n >= WRAP_MIN && line.n <= WRAP_MAX && rest.n > 0 &&
		rest.p[0] == ' ') {
		t->wrap = true;
		t->mark |= line.p[line.n - 1] == '!';
	}
}

static struct traces
look(str body)
{
	struct traces t = { 0 };
	str rest = body, line, whole;
	bool even = true;

	while (change_line(&rest, &line, &whole)) {
		look_at_line(&t, line, whole, rest);
		t.lines++;
		t.empty_after += !even && line.n == 0;
		even = !even;
	}
	return t;
}

/* An empty line that was no longer one, and so was taken for the body's. */
static void
try_without_empty(struct change_search *s, const struct traces *t,
	struct change_step step)
{
	struct arena_mark mark = arena_mark(s->arena);

	if (!t->end_cr || !str_starts(s->body, STR("\r\r\n")))
		return;
	change_begin(s, step);
	change_try(s, str_skip(each_line(s, end_cr), 2), true);
	change_end(s);
	arena_rewind(s->arena, mark);
}

static void
try_lines(struct change_search *s, bool trace, struct change_step step,
	undo_line undo)
{
	struct arena_mark mark = arena_mark(s->arena);

	if (!trace || s->open == 0 || s->exhausted)
		return;
	change_begin(s, step);
	change_try(s, each_line(s, undo), true);
	change_end(s);
	arena_rewind(s->arena, mark);
}

static void
try_wraps(struct change_search *s, const struct traces *t)
{
	struct arena_mark mark = arena_mark(s->arena);
	struct change_step step = { .kind = CHANGE_LINE_WRAP };

	change_begin(s, step);
	if (t->wrap)
		change_try(s, unwrapped(s, false), true);
	if (t->mark)
		change_try(s, unwrapped(s, true), true);
	change_end(s);
	arena_rewind(s->arena, mark);
}

static void
try_undoubled(struct change_search *s, const struct traces *t)
{
	struct arena_mark mark = arena_mark(s->arena);
	struct change_step step = { .kind = CHANGE_LINE_ENDS,
		.from = STR("each was doubled") };

	if (t->lines < 4 || t->empty_after * 10 < t->lines / 2 * 9)
		return;
	change_begin(s, step);
	change_try(s, undoubled(s), true);
	change_end(s);
	arena_rewind(s->arena, mark);
}

void
change_try_damage(struct change_search *s)
{
	struct traces t = look(s->body);
	struct change_step mbox = { .kind = CHANGE_MBOX };
	struct change_step dots = { .kind = CHANGE_DOTS };
	struct change_step dash = { .kind = CHANGE_SIGDASH };
	struct change_step crcrlf = { .kind = CHANGE_LINE_ENDS,
		.from = STR("CRLF became CR CR LF") };
	struct change_step cr = { .kind = CHANGE_LINE_ENDS,
		.from = STR("lines end in CR alone") };

	try_lines(s, t.quoted_from, mbox, from_quoted);
	try_lines(s, t.bare_from, mbox, from_bare);
	try_lines(s, t.from, mbox, from_added);
	try_lines(s, t.dots, dots, dot_taken);
	try_lines(s, t.dot_start, dots, dot_added);
	try_without_empty(s, &t, crcrlf);
	try_lines(s, t.end_cr, crcrlf, end_cr);
	try_lines(s, t.lone_cr, cr, cr_alone);
	try_undoubled(s, &t);
	try_lines(s, t.sigdash, dash, sigdash);
	try_wraps(s, &t);
	try_meta(s);
}

/* The lone dot that ends DATA, left at the end: no footer. */
void
change_try_final_dot(struct change_search *s)
{
	struct change_step dots = { .kind = CHANGE_DOTS };
	str rest = s->body;

	while (rest.n > 0 && is_fws(rest.p[rest.n - 1]))
		rest.n--;
	if (rest.n < 2 || rest.p[rest.n - 1] != '.' ||
		rest.p[rest.n - 2] != '\n')
		return;
	change_begin(s, dots);
	change_try(s, str_sub(rest, 0, rest.n - 1), false);
	change_end(s);
}
