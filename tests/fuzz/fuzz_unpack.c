/*
 * fuzz_unpack.c - gzip and zip, pulled whole, and in pieces.
 *
 * The first byte is the size of the pieces.  What comes out of both is the
 * same as far as both go: how much is known of an archive that is cut depends
 * on what libarchive has before it.
 */
#include "fuzz.h"

#include "mailauth/buf.h"
#include "report/unpack.h"

#include <assert.h>

enum { MEMORY = 64 << 20, ENOUGH = 1 << 20 };

struct source {
	str rest;
	size_t piece;
	bool over;
};

static str
pull(void *arg)
{
	struct source *s = arg;
	str chunk = str_sub(s->rest, 0, s->piece);

	assert(!s->over);
	s->over = s->rest.n == 0;
	s->rest = str_skip(s->rest, chunk.n);
	return s->over ? (str){ NULL, 0 } : chunk;
}

/* All of it, in a row. */
static str
unpacked(struct arena *a, str packed, size_t piece, bool *whole)
{
	struct source s = { packed, piece, false };
	struct buf b = { .arena = a };
	struct unpack *u = unpack_new(a, unpack_kind(packed), pull, &s);
	uint64_t out = 0;
	size_t n = 0;
	str chunk;

	for (; out <= ENOUGH && unpack_next(u); n++) {
		assert(unpack_name(u).p);
		while (out <= ENOUGH && (chunk = unpack_read(u)).p) {
			assert(chunk.n > 0);
			out += chunk.n;
			buf_add(&b, chunk);
		}
	}
	assert(n <= UNPACK_MAX_ENTRIES);
	if (out <= ENOUGH) {
		assert(!unpack_next(u) && !unpack_read(u).p);
		assert(!unpack_refused(u) || unpack_error(u).p);
	}
	*whole = out <= ENOUGH && !unpack_error(u).p;
	unpack_free(u);
	return buf_str(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a;
	bool all, too;

	if (n < 2)
		return 0;
	str packed = { (const char *)data + 1, n - 1 };
	if (unpack_kind(packed) == UNPACK_NONE)
		return 0;
	arena_init(&a, MEMORY, NULL, NULL);
	str one = unpacked(&a, packed, packed.n, &all);
	str two = unpacked(&a, packed, data[0] + 1u, &too);
	if (all && too)
		assert(str_eq(one, two));
	else if (one.n <= two.n)
		assert(str_starts(two, one));
	else
		assert(str_starts(one, two));
	arena_free(&a);
	return 0;
}
