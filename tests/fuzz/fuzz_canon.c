/*
 * fuzz_canon.c - bodies, cut anywhere, against the slow model.
 */
#include <assert.h>

#include "../unit/canon_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STRETCHED = 1 << 16 };

/* Text is long and what changes in it is rare: some bytes mean many. */
static str
stretched(struct arena *a, const uint8_t *data, size_t size)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < size; i++) {
		size_t times = 1;
		if (data[i] >= 0xf0 && b.n < STRETCHED)
			times = (data[i] - 0xefu) * 61u;
		while (times-- > 0)
			buf_char(&b, (char)data[i]);
	}
	return buf_str(&b);
}

/* The first two bytes say where the body is cut, again and again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	size_t cut[64], cuts = 0;

	if (size < 3)
		return 0;
	arena_init(&arena, (size_t)1 << 26, NULL, NULL);
	str body = stretched(&arena, data + 2, size - 2);
	for (size_t at = data[0]; at <= body.n && cuts < 64; at += data[1] + 1u)
		cut[cuts++] = at;
	for (int i = CANON_SIMPLE; i <= CANON_RELAXED; i++) {
		enum canon kind = (enum canon)i;
		assert(str_eq(fed_in_pieces(&arena, kind, body, cut, cuts),
			model_canon(&arena, kind, body)));
	}
	arena_free(&arena);
	return 0;
}
