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

static void
look(const struct message *m)
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
		assert(used == again);
		assert(str_eq(m->head, message_parse(&a, &pieces)->head));
		assert(str_eq(whole.rest, pieces.rest));
		look(m);
	}
	arena_free(&a);
	return 0;
}
