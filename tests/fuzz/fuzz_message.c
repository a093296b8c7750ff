/*
 * fuzz_message.c - the header section, fed whole and in pieces.
 *
 * The first byte is the size of the pieces.  Both ways must keep the same, and
 * what is kept must be what fields and index say.
 */
#include "fuzz.h"

#include "mailauth/message.h"

#include <assert.h>

static size_t
feed(struct head_reader *r, struct arena *a, str text, size_t piece)
{
	size_t used = 0;

	head_begin(r, a, 0);
	while (used < text.n && r->state == HEAD_MORE)
		used += head_feed(r, str_sub(text, used, piece));
	head_end(r);
	head_kind(r);
	return used;
}

/* From where it begins to where the next does: the field, but for its CRs. */
static void
look_at_input(const struct message *m, size_t i, str text)
{
	uint64_t end = i + 1 < m->n ? m->field[i + 1].at : m->end;
	str raw = m->field[i].raw;
	size_t n = 0;

	assert(m->field[i].at < end && end <= text.n);
	text = str_sub(
		text, (size_t)m->field[i].at, (size_t)(end - m->field[i].at));
	for (size_t k = 0; k < text.n; k++, n++) {
		if (text.p[k] == '\n' && raw.p[n] == '\r')
			n++;
		assert(n < raw.n && text.p[k] == raw.p[n]);
	}
	assert(n == raw.n || (n + 2 >= raw.n && end == m->end));
}

static void
look(const struct message *m, str text)
{
	size_t total = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct field *f = &m->field[i];
		uint32_t at = message_lowest(m, f->name);

		assert(f->raw.p == m->head.p + total);
		total += f->raw.n;
		assert(f->name.n > 0 && f->name_id < m->names);
		assert(at > i && m->field[at - 1].name_id == f->name_id);
		assert(f->above <= i);
		look_at_input(m, i, text);
	}
	assert(total == m->head.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a;
	struct head_reader whole, pieces;
	str text = { (const char *)data + 1, n - 1 };

	if (n < 2)
		return 0;
	arena_init(&a, (size_t)64 << 20, NULL, NULL);
	size_t used = feed(&whole, &a, text, text.n);
	size_t again = feed(&pieces, &a, text, data[0] % 32 + 1u);
	assert(whole.state == pieces.state);
	if (whole.state == HEAD_DONE) {
		const struct message *m = message_parse(&a, &whole);
		const struct message *other = message_parse(&a, &pieces);
		assert(used == again);
		assert(str_eq(m->head, other->head));
		assert(str_eq(whole.rest, pieces.rest));
		assert(m->end == other->end);
		look(m, text);
		look(other, text);
	}
	arena_free(&a);
	return 0;
}
