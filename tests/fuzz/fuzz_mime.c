/*
 * fuzz_mime.c - the parts of a message, eight levels down, pulled whole, by
 * the octet and in pieces.
 *
 * The first byte is the size of the pieces.  All ways must give the same, and
 * no more than went in.
 */
#include "fuzz.h"

#include "mailauth/buf.h"
#include "mailauth/mime.h"

#include <assert.h>

enum { NESTING = 8, MEMORY = 64 << 20 };

struct source {
	str rest;
	size_t piece;
};

struct walk {
	struct mime reader[NESTING];
	struct buf out;
	size_t content; /* octets at the bottom */
};

static str
pull(void *arg)
{
	struct source *s = arg;
	str chunk = str_sub(s->rest, 0, s->piece);

	s->rest = str_skip(s->rest, chunk.n);
	return chunk.n > 0 ? chunk : (str){ NULL, 0 };
}

static void
note(struct walk *w, str s)
{
	buf_char(&w->out, s.p ? '=' : '-');
	buf_add(&w->out, s);
	buf_char(&w->out, '\n');
}

static void walk(struct walk *w, size_t depth);

static void
walk_part(struct walk *w, size_t depth)
{
	struct mime *m = &w->reader[depth];
	str chunk;

	note(w, m->part.type);
	note(w, m->part.boundary);
	note(w, m->part.report_type);
	note(w, m->part.name);
	note(w, m->part_head->head);
	buf_uint(&w->out, m->part.encoding);
	assert(!m->part.boundary.p || m->part.boundary.n <= MIME_MAX_BOUNDARY);
	if (depth + 1 < NESTING && mime_enter(m + 1, m)) {
		walk(w, depth + 1);
		return;
	}
	while ((chunk = mime_read(m)).p) {
		assert(chunk.n > 0);
		w->content += chunk.n;
		buf_add(&w->out, chunk);
	}
	assert(!mime_read(m).p);
}

static void
walk(struct walk *w, size_t depth)
{
	struct mime *m = &w->reader[depth];
	size_t n = 0;

	for (; mime_next(m); n++)
		walk_part(w, depth);
	assert(n <= MIME_MAX_PARTS);
	assert(!mime_next(m) && !mime_read(m).p);
	buf_uint(&w->out, n);
	assert(n == 0 || m->head);
	buf_char(&w->out, m->cut ? 'c' : '.');
	buf_char(&w->out, m->left_out ? 'l' : '.');
}

static str
read_all(struct arena *a, str text, size_t piece)
{
	struct source s = { text, piece };
	struct arena heads;
	struct walk *w = arena_new(a, struct walk);

	w->out.arena = a;
	arena_init(&heads, MEMORY, NULL, NULL);
	mime_begin(&w->reader[0], &heads, pull, &s);
	walk(w, 0);
	/* a line that ended a header section may have got a CR */
	assert(w->content <= 2 * text.n);
	arena_free(&heads);
	return buf_str(&w->out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a;

	if (n < 2)
		return 0;
	str text = { (const char *)data + 1, n - 1 };
	arena_init(&a, MEMORY, NULL, NULL);
	str whole = read_all(&a, text, text.n);
	assert(str_eq(whole, read_all(&a, text, 1)));
	assert(str_eq(whole, read_all(&a, text, data[0] + 2u)));
	arena_free(&a);
	return 0;
}
