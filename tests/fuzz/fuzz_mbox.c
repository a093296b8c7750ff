/*
 * fuzz_mbox.c - an mbox against the slow model, from a file and from a pipe.
 *
 * The first byte says how it is read, the second where the rest lies: behind
 * a long line, so that it goes beyond the end of the buffer.
 */
#include <assert.h>

#include "../unit/mbox_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AROUND = 255, CHUNK = 7, BEHIND = 8, SKIPS = 16, PIPED = 96 };

static void
check(str text, unsigned how)
{
	static const size_t chunks[] = { 1, 2, 3, 5, 16, 100, 4096,
		MBOX_BUFFER - 1 };
	static struct mbox box;
	/* thousands of chunks would take long */
	size_t chunk = chunks[how & CHUNK] + text.n / 100;
	const char *why;

	/* a pipe is slow, so not as often */
	if ((how & PIPED) == PIPED)
		why = model_check_pipe(&box, text, chunk, how & SKIPS);
	else
		why = model_check_file(
			&box, text, how & BEHIND ? 3 : 0, how & SKIPS);
	if (why)
		fprintf(stderr, "%s\n", why);
	assert(!why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct buf b = { .arena = &arena };

	if (size < 2)
		return 0;
	arena_init(&arena, (size_t)1 << 26, NULL, NULL);
	str rest = { (const char *)data + 2, size - 2 };
	if (data[1] > 0) {
		buf_add(&b, STR("From a\nA: b\n\n"));
		while (b.n < MBOX_BUFFER - AROUND + data[1] - 1u)
			buf_char(&b, 'x');
		buf_char(&b, '\n');
		buf_add(&b, rest);
		check(buf_str(&b), data[0]);
	} else {
		check(rest, data[0]);
	}
	arena_free(&arena);
	return 0;
}
