/*
 * test_mbox.c - an mbox against the slow model: every rule at every place
 * around the end of the buffer, from files and from pipes.
 */
#include <fcntl.h>
#include "unit.h"

#include "mbox_model.h"

static struct mbox box;

static void
assert_well(const char *why, str text, const char *how, size_t n)
{
	if (why == NULL)
		return;
	str start = str_sub(text, 0, 200);
	fail_msg("%s, %s %zu: `%s`, %zu octets", why, how, n,
		arena_zstr(&arena, str_escaped(&arena, start)), text.n);
}

static void
check(str text)
{
	static const size_t chunks[] = { 1, 2, 3, 7, 64 };

	assert_well(model_check_file(&box, text, 0, false), text, "file", 0);
	assert_well(model_check_file(&box, text, 5, true), text, "behind", 5);
	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++)
		assert_well(model_check_pipe(&box, text, chunks[i], i % 2),
			text, "chunks of", chunks[i]);
}

static const str samples[] = {
	STR_INIT(""),
	STR_INIT("\n"),
	STR_INIT("\r\n\r\n\n"),
	STR_INIT("\r"),
	STR_INIT("F"),
	STR_INIT("From "),
	STR_INIT("\nFrom"),
	STR_INIT("From \n"),
	STR_INIT("From a\nA: b"),
	STR_INIT("From : a@b\n\nFrom c\nD: e\n"),
	STR_INIT("From \t : a@b\n\nFrom c\nD: e\n"),
	STR_INIT("From:x\n\nFrom c\nD: e\n"),
	STR_INIT("From a\nA: b\n\nbody\n\nFrom c\nD: e\n\nbody\n"),
	STR_INIT("From a\r\nA: b\r\n\r\nbody\r\n\r\nFrom c\r\nD: e\r\n\r\nx"),
	STR_INIT("\n\r\n\rFrom a\nA: b\n\nbody\n\nFrom c\nD: e\n"),
	STR_INIT("From a\nA: b\n\nFrom c\nD: e\n\nFrom d\nE: f\n\n\n"),
	STR_INIT("From a\nA: b\n\n\n\n\r\n\nFrom c\nD: e\n\n\r\n"),
	STR_INIT("From a\nA: b\n\nbody\nFrom c\nD: e\n"),
	STR_INIT("From a\nA: b\n\nbody\n\nFrom : c\nD: e\n"),
	STR_INIT("From a\nA: b\n\nbody\n\nFrom c\nD e\n\nFrom c\n: e\n"),
	STR_INIT("From a\nA: b\n\nbody\n\nFrom c\n\nD: e\n"),
	STR_INIT("From a\nA: b\n\nbody\n\nFrom c\n\xc3: e\n\nFrom c\nD"),
	STR_INIT("From a\nA: b\n\nbody\n\nFrom c\0\nD: e\n\nFrom \0\nD:\0"),
	STR_INIT("From a\nA: b\n\nbody\r\rFrom c\nD: e\n\n\rFrom c\nD: e\n"),
	STR_INIT("From a\nA: b\n\nbody\r\n\nFrom c\nD: e\n\n\r\nFrom c\nD: e"),
	STR_INIT("From a\n>From b\nA: b\n\n>From c\n>>From d\n>x\n>Fro\n>"),
	STR_INIT(">From a\nA: b\n\n>From c\n"),
	STR_INIT("From a\nA: b\n\nx\n\n>From c\nD: e\n\n> From e\n>>>>From "),
	STR_INIT("From a\nA: b\n\n>>From c\n\nFrom c\n>From d\nD: e\n\n>From"),
	STR_INIT("A: b\n\nbody\n\nFrom c\nD: e\n\n>From x\n"),
	/* Content-Length: right */
	STR_INIT("From a\nContent-Length: 18\n\nx\n\nFrom c\nD: e\n\n.\n"
		 "\nFrom x\nE: f\n\nx\n\nFrom y\nE: f\n"),
	STR_INIT("From a\nContent-Length: 19\n\nx\n\nFrom c\nD: e\n\n.\n\n"
		 "From x\nE: f\n\nx\n"),
	STR_INIT("From a\ncontent-length:20\r\n\r\nx\r\n\r\nFrom c\nD: e\n"
		 "\r\nFrom x\nE: f\n"),
	/* up to the end of the file, and one too far */
	STR_INIT("From a\nContent-Length: 18\n\nx\n\nFrom c\nD: e\n\n.\n"),
	STR_INIT("From a\nContent-Length: 19\n\nx\n\nFrom c\nD: e\n\n.\n"),
	STR_INIT("From a\nContent-Length: 17\n\nx\n\nFrom c\nD: e\n\n.\n"),
	/* without an empty line, and without a line */
	STR_INIT("From a\nContent-Length: 2\n\nx\nFrom c\nD: e\n\n.\n"),
	STR_INIT("From a\nContent-Length: 1\n\nxFrom c\nD: e\n\nFrom\n"),
	STR_INIT("From a\nContent-Length: 3\n\nx\n\rFrom c\nD: e\n\nFrom\n"),
	/* to what only looks like a message */
	STR_INIT("From a\nContent-Length: 9\n\nx\n\nFrom \n\nFrom c\nD e\n\n"
		 "From x\nE: f\n"),
	/* nonsense */
	STR_INIT("From a\nContent-Length: 0\n\n\nFrom c\nD: e\n"),
	STR_INIT("From a\nContent-Length: 9223372036854775807\n\n\n"
		 "From c\nD: e\n"),
	STR_INIT("From a\nContent-Length: -1\n\n\nFrom c\nD: e\n"),
	STR_INIT("From a\nContent-Length: 4\n\n\n>From c\nD: e\n"),
	STR_INIT("From a\nContent-Length: 14\n\n>From b\n>From c\nFrom x\nE:f"),
	/* only the last of a file says nothing */
	STR_INIT("From a\nA: b\n\nFrom c\nContent-Length: 18\n\nx\n\n"
		 "From c\nD: e\n\n.\n\nFrom x\nE: f\n"),
};

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		check(samples[i]);
}

/* Behind a header section, at every place around the end of the buffer. */
static void
test_buffer_end(void **state)
{
	enum { AROUND = 48 };
	static const str head = STR_INIT("From a\nA: b\n\n");

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		for (size_t n = MBOX_BUFFER - AROUND; n < MBOX_BUFFER + 4;
			n++) {
			struct arena_mark mark = arena_mark(&arena);
			struct buf b = { .arena = &arena };
			buf_add(&b, head);
			while (b.n < n)
				buf_char(&b, b.n + 1 < n ? 'x' : '\n');
			buf_add(&b, samples[i]);
			str text = buf_str(&b);
			assert_well(model_check_file(&box, text, 0, n % 2),
				samples[i], "at", n);
			if (n % 8 == 0)
				assert_well(model_check_pipe(
						    &box, text, 60000, false),
					samples[i], "piped, at", n);
			arena_rewind(&arena, mark);
		}
}

/* A repeated octet between two texts, so that a line fills the buffer. */
static void
check_filled(str before, char c, str after)
{
	for (size_t n = MBOX_BUFFER - 40; n < MBOX_BUFFER + 10; n++) {
		struct arena_mark mark = arena_mark(&arena);
		struct buf b = { .arena = &arena };
		buf_add(&b, before);
		for (size_t i = 0; i < n; i++)
			buf_char(&b, c);
		buf_add(&b, after);
		assert_well(model_check_file(&box, buf_str(&b), 0, false),
			before, "filled up with", n);
		if (n % 8 == 0)
			assert_well(model_check_pipe(
					    &box, buf_str(&b), 50000, false),
				before, "piped, filled up with", n);
		arena_rewind(&arena, mark);
	}
}

static void
test_long_lines(void **state)
{
	static const str more = STR_INIT("\nD: e\n\nx\n\nFrom f\nG: h\n");

	(void)state;
	check_filled(STR("From "), 'x', more);
	check_filled(STR("From "), ' ', STR(": x\nD: e\n\nFrom f\nG: h\n"));
	check_filled(STR(""), '\n', STR("From a\nA: b\n\nFrom f\nG: h\n"));
	check_filled(STR("From a\nA: b\n\nx\n\nFrom "), 'x', more);
	check_filled(STR("From a\nA: b\n\nx\n\nFrom "), ' ', STR(":\nD: e\n"));
	check_filled(STR("From a\nA: b\n\nx\n\nFrom c\n"), 'D',
		STR(": e\n\nFrom f\nG: h\n"));
	check_filled(STR("From a\nA: b\n\nx\n"), '>',
		STR("From f\n\n>From g\n\nFrom f\nG: h\n"));
	check_filled(STR("From a\nA: b\n\nx\n"), '\n', STR("From f\nG: h\n"));
	check_filled(STR("From a\nA: b\n\nx\n"), '\r', STR("\nFrom f\nG: h\n"));
	check_filled(
		STR("From a\nA: b\n\nx\n"), '\0', STR("\n\nFrom f\nG: h\n"));
	check_filled(STR("From a\nContent-Length: 65530\n\n"), '\n',
		STR("From f\nG: h\n\nx"));
}

/* All texts of a few tokens. */
static void
test_exhaustive(void **state)
{
	static const str token[] = {
		STR_INIT("\n"),
		STR_INIT("\r"),
		STR_INIT("From "),
		STR_INIT(">"),
		STR_INIT("A:"),
		STR_INIT("Content-Length:"),
		STR_INIT("9"),
	};
	enum { TOKENS = 7, LONGEST = 5 };
	struct arena_mark mark = arena_mark(&arena);

	(void)state;
	for (size_t n = 1, count = TOKENS; n <= LONGEST; n++, count *= TOKENS)
		for (size_t i = 0; i < count; i++) {
			struct buf b = { .arena = &arena };
			buf_add(&b, STR("From a\nA:b\n"));
			size_t rest = i;
			for (size_t k = 0; k < n; k++, rest /= TOKENS)
				buf_add(&b, token[rest % TOKENS]);
			buf_add(&b, STR("\nFrom c\nB:"));
			assert_well(
				model_check_file(&box, buf_str(&b), 0, false),
				buf_str(&b), "tokens", n);
			arena_rewind(&arena, mark);
		}
}

static void
test_errors(void **state)
{
	(void)state;
	int fd = open("/", O_RDONLY); /* which cannot be read */

	mbox_open(&box, fd, NULL);
	assert_true(mbox_next(&box));
	assert_null(mbox_read(&box).text.p);
	assert_true(box.error != 0 && box.last);
	assert_false(mbox_next(&box));
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_samples),
		TEST(test_buffer_end),
		TEST(test_long_lines),
		TEST(test_exhaustive),
		TEST(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
