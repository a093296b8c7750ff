/*
 * change_mime.c - parts that a list has put around, or after, what was signed.
 */
#include "findings/change.h"

enum { PARTS_LAST = 8 /* boundary lines remembered, those at the end */ };

/* --- parameters and fields -------------------------------------------- */

/* The parameter of a Content-Type; absent when there is none. */
static str
parameter_of(str value, str name)
{
	size_t at = str_ifind(value, name);
	str rest = str_skip(value, at + name.n);

	if (at == value.n)
		return (str){ 0 };
	if (str_starts(rest, STR("\""))) {
		rest = str_skip(rest, 1);
		return str_sub(rest, 0, str_find(rest, '"'));
	}
	size_t n = 0;
	while (n < rest.n && rest.p[n] != ';' && !is_fws(rest.p[n]))
		n++;
	return str_sub(rest, 0, n);
}

str
change_boundary(str type)
{
	str boundary = parameter_of(type, STR("boundary="));

	return boundary.n > 0 && boundary.n <= 200 ? boundary : (str){ 0 };
}

static str
boundary_of(const struct message *m)
{
	const struct field *type = message_top(m, STR("Content-Type"));
	str none = { 0 };

	if (!type || !str_istarts(str_trim_fws(type->value), STR("multipart/")))
		return none;
	str boundary = parameter_of(type->value, STR("boundary="));
	return boundary.n > 0 && boundary.n <= 200 ? boundary : none;
}

bool
change_is_multipart(const struct message *m)
{
	return boundary_of(m).n > 0;
}

str
change_part_field(str head, str name)
{
	str line, whole;

	while (change_line(&head, &line, &whole)) {
		if (!str_istarts(line, name) || line.n == name.n ||
			line.p[name.n] != ':')
			continue;
		const char *start = line.p + name.n + 1;
		const char *end = line.p + line.n;
		while (head.n > 0 && is_wsp(head.p[0]) &&
			change_line(&head, &line, &whole))
			end = line.p + line.n;
		return str_trim_fws((str){ start, (size_t)(end - start) });
	}
	return (str){ 0 };
}

/* --- boundaries ------------------------------------------------------- */

struct mark {
	size_t at, end; /* of the whole line */
	bool closes;
};

struct marks {
	struct mark first, second;
	struct mark last[PARTS_LAST]; /* the newest at (n - 1) % PARTS_LAST */
	size_t n;
};

bool
change_is_boundary(str line, str boundary, bool *closes)
{
	if (!str_starts(line, STR("--")) ||
		!str_starts(str_skip(line, 2), boundary))
		return false;
	line = str_skip(line, 2 + boundary.n);
	*closes = str_starts(line, STR("--"));
	return str_trim_wsp(str_skip(line, *closes ? 2 : 0)).n == 0;
}

static struct marks
find_marks(str body, str boundary)
{
	struct marks m = { .n = 0 };
	str rest = body, line, whole;

	while (change_line(&rest, &line, &whole)) {
		struct mark one = { .at = (size_t)(line.p - body.p) };
		one.end = one.at + whole.n;
		if (!change_is_boundary(line, boundary, &one.closes))
			continue;
		if (m.n < 2)
			*(m.n == 0 ? &m.first : &m.second) = one;
		m.last[m.n++ % PARTS_LAST] = one;
		if (one.closes)
			break;
	}
	return m;
}

/* The k-th boundary line from the end, 0 is the last. */
static const struct mark *
from_end(const struct marks *m, size_t k)
{
	return k < m->n && k < PARTS_LAST
		       ? &m->last[(m->n - 1 - k) % PARTS_LAST]
		       : NULL;
}

static void
split_part(str part, str *head, str *content)
{
	str rest = part, line, whole;

	while (change_line(&rest, &line, &whole) && line.n > 0)
		;
	*head = str_sub(part, 0, (size_t)(rest.p - part.p));
	*content = rest;
}

bool
change_first_part(const struct message *msg, str body, str *head, str *content)
{
	str boundary = boundary_of(msg);

	if (!boundary.p)
		return false;
	struct marks m = find_marks(body, boundary);
	if (m.n < 2)
		return false;
	split_part(str_sub(body, m.first.end, m.second.at - m.first.end), head,
		content);
	return true;
}

bool
change_is_cut(const struct message *msg, str body)
{
	str boundary = boundary_of(msg);

	if (!boundary.p)
		return false;
	struct marks m = find_marks(body, boundary);
	return m.n == 0 || !from_end(&m, 0)->closes;
}

/* --- candidates ------------------------------------------------------- */

/* The line end before a boundary belongs to it. */
static str
without_line_end(str s)
{
	if (s.n > 0 && s.p[s.n - 1] == '\n')
		s.n--;
	if (s.n > 0 && s.p[s.n - 1] == '\r')
		s.n--;
	return s;
}

static void
try_content(struct change_search *s, str part)
{
	struct change_step step = { .kind = CHANGE_WRAPPED };
	str head, content;

	split_part(part, &head, &content);
	content = without_line_end(content);
	change_begin(s, step);
	change_try(s, content, true);
	change_try_encodings(s, content,
		change_part_field(head, STR("Content-Transfer-Encoding")));
	change_end(s);
}

/* The last k parts are left out, and what is left is closed again. */
static void
try_without_last(struct change_search *s, const struct marks *m, size_t k)
{
	struct arena_mark mark = arena_mark(s->arena);
	struct change_step step = { .kind = CHANGE_PART, .n = k };
	const struct mark *cut = from_end(m, k), *close = from_end(m, 0);

	/* one part at least stays */
	if (!cut || m->n < k + 2 || !close->closes || s->open == 0)
		return;
	str before = str_sub(s->body, 0, cut->at);
	str line = str_sub(s->body, close->at, close->end - close->at);
	str after = str_skip(s->body, close->end);

	change_begin(s, step);
	change_try(s, STR_CAT(s->arena, before, line, after), true);
	change_end(s);
	arena_rewind(s->arena, mark);
}

void
change_try_mime(struct change_search *s)
{
	str boundary = boundary_of(s->message);

	if (!boundary.p || s->open == 0)
		return;
	struct marks m = find_marks(s->body, boundary);
	if (m.n < 2)
		return;
	try_content(
		s, str_sub(s->body, m.first.end, m.second.at - m.first.end));
	for (size_t k = 1; k <= 2; k++)
		try_without_last(s, &m, k);
	/* a part on top, with a notice */
	const struct mark *third = from_end(&m, m.n - 3);
	if (m.n >= 3 && third && s->open > 0)
		try_content(s, str_sub(s->body, m.second.end,
				       third->at - m.second.end));
}
