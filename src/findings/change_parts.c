/*
 * change_parts.c - parts of a multipart that a server re-encoded where they
 * stand, since the next hop does not take 8-bit mail. (RFC 6152 3)
 */
#include "findings/change.h"

enum { BOUNDARIES = 16 };

struct walk {
	struct change_search *search;
	str from; /* the encoding to be undone */
	str boundary[BOUNDARIES];
	size_t n;
	struct buf out;
	bool changed;
};

static void
note_boundary(struct walk *w, str line)
{
	str boundary = change_boundary(line);

	if (boundary.n > 0 && w->n < BOUNDARIES)
		w->boundary[w->n++] = boundary;
}

static bool
is_any_boundary(const struct walk *w, str line)
{
	bool closes;

	if (!str_starts(line, STR("--")))
		return false;
	for (size_t i = 0; i < w->n; i++)
		if (change_is_boundary(line, w->boundary[i], &closes))
			return true;
	return false;
}

/* The header section of a part; true when its body is to be decoded. */
static bool
walk_head(struct walk *w, str *rest)
{
	str name = STR("Content-Transfer-Encoding"), line, whole;
	bool decodes = false;

	while (change_line(rest, &line, &whole)) {
		note_boundary(w, line);
		str value = str_skip(line, name.n + 1);
		if (str_istarts(line, name) &&
			str_ieq(str_trim_wsp(value), w->from)) {
			decodes = true;
			buf_add(&w->out, str_sub(line, 0, name.n + 1));
			buf_add(&w->out, STR(" 8bit\r\n"));
			continue;
		}
		buf_add(&w->out, whole);
		if (line.n == 0)
			break;
	}
	w->changed |= decodes;
	return decodes;
}

/* Up to the next boundary; the line end before it belongs to it. */
static str
take_body(struct walk *w, str *rest)
{
	str start = *rest, line, whole;

	for (str ahead = *rest; change_line(&ahead, &line, &whole);
		*rest = ahead)
		if (is_any_boundary(w, line))
			break;
	return str_sub(start, 0, (size_t)(rest->p - start.p));
}

static str
undone(struct walk *w, str body)
{
	str rest = body, line, whole;

	while (rest.n > 0) {
		str before = take_body(w, &rest);
		buf_add(&w->out, before);
		if (!change_line(&rest, &line, &whole))
			break;
		buf_add(&w->out, whole);
		/* the last of a multipart has no header section after it */
		if (str_iends(str_trim_wsp(line), STR("--")))
			continue;
		if (walk_head(w, &rest))
			buf_add(&w->out, change_decode(w->search->arena,
						 take_body(w, &rest), w->from));
	}
	return buf_str(&w->out);
}

void
change_try_parts(struct change_search *s)
{
	static const str words[] = { STR_INIT("quoted-printable"),
		STR_INIT("base64") };
	const struct field *type = message_top(s->message, STR("Content-Type"));

	for (size_t i = 0; type && i < sizeof(words) / sizeof(words[0]); i++) {
		struct arena_mark mark = arena_mark(s->arena);
		struct change_step step = { .kind = CHANGE_REENCODED,
			.from = STR("8bit"),
			.to = words[i] };
		struct walk w = { .search = s,
			.from = words[i],
			.out = { .arena = s->arena } };
		note_boundary(&w, type->value);
		if (w.n == 0 || s->open == 0 || s->exhausted)
			return;
		str body = undone(&w, s->body);
		change_begin(s, step);
		if (w.changed)
			change_try(s, body, true);
		change_end(s);
		arena_rewind(s->arena, mark);
	}
}
