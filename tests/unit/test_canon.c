/*
 * test_canon.c - canonicalization: the examples of RFC 6376 3.4.5, and bodies
 * against the slow model: short ones cut in every way, long ones with all that
 * changes at every place in a block.
 */
#include "unit.h"

#include "canon_model.h"

/* Each split in two, each in three, and one byte at a time. */
static void
assert_all_splits(enum canon kind, str body)
{
	str want = model_canon(&arena, kind, body);
	size_t each[64];

	assert_true(body.n < 64);
	for (size_t i = 0; i <= body.n; i++)
		for (size_t k = i; k <= body.n; k++) {
			struct arena_mark mark = arena_mark(&arena);
			size_t cut[] = { i, k };
			str got = fed_in_pieces(&arena, kind, body, cut, 2);
			if (!str_eq(got, want))
				fail_msg("`%s` cut at %zu, %zu",
					arena_zstr(&arena,
						str_escaped(&arena, body)),
					i, k);
			arena_rewind(&arena, mark);
		}
	for (size_t i = 0; i < body.n; i++)
		each[i] = i;
	assert_true(
		str_eq(fed_in_pieces(&arena, kind, body, each, body.n), want));
}

static void
test_body_splits(void **state)
{
	static const str bodies[] = {
		STR_INIT(""),
		STR_INIT("\r\n"),
		STR_INIT("\n\n\n"),
		STR_INIT("\r"),
		STR_INIT("\r\r\n"),
		STR_INIT("a\r\r\n"),
		STR_INIT("no line end"),
		STR_INIT("no line end \t"),
		STR_INIT("blanks at the end  \t \r\n"),
		STR_INIT(" \t \r\n\t\r\n"),
		STR_INIT("  "),
		STR_INIT("\tx\r\n \r\n\r\n"),
		STR_INIT("a lone \r in  a line\n"),
		STR_INIT("a\r \rb\r\t\r\n\r"),
		STR_INIT("nul \0 \0\r\n\0"),
		STR_INIT("a\n\r\n\nb\r\n\n\r\n"),
		STR_INIT("\xc2\xa0 \xff\x80\r\n\xa0\x8a\x8d\x89 \n"),
		STR_INIT("sixteen bytes in\r\neach of two line\r\n\r\n"),
		STR_INIT("sixteen bytes  in\neach\tof two line\n\n\n"),
		STR_INIT("a\x0b\x0c \x0b \r\n\x01\x1f\x7f\r\n"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_all_splits(CANON_SIMPLE, bodies[i]);
		assert_all_splits(CANON_RELAXED, bodies[i]);
	}
}

/* All bodies of up to six bytes that matter, whole and cut anywhere. */
static void
test_body_exhaustive(void **state)
{
	static const char alphabet[] = { 'a', ' ', '\t', '\r', '\n' };
	enum { LETTERS = 5, LONGEST = 6 };
	char text[LONGEST];

	(void)state;
	for (size_t n = 1, count = LETTERS; n <= LONGEST; n++, count *= LETTERS)
		for (size_t i = 0; i < count; i++) {
			size_t rest = i;
			for (size_t k = 0; k < n; k++, rest /= LETTERS)
				text[k] = alphabet[rest % LETTERS];
			struct arena_mark mark = arena_mark(&arena);
			assert_all_splits(CANON_SIMPLE, (str){ text, n });
			assert_all_splits(CANON_RELAXED, (str){ text, n });
			arena_rewind(&arena, mark);
		}
}

static void
assert_canon(enum canon kind, str body, const size_t *cut, size_t cuts)
{
	struct arena_mark mark = arena_mark(&arena);
	str got = fed_in_pieces(&arena, kind, body, cut, cuts);

	if (!str_eq(got, model_canon(&arena, kind, body)))
		fail_msg("`%s` cut %zu times, first at %zu",
			arena_zstr(&arena, str_escaped(&arena, body)), cuts,
			cuts > 0 ? cut[0] : 0);
	arena_rewind(&arena, mark);
}

static const str gaps[] = { STR_INIT(" "), STR_INIT("\t"), STR_INIT("  "),
	STR_INIT(" \t "), STR_INIT("\n"), STR_INIT("\r\n"), STR_INIT("\r"),
	STR_INIT("\r\r\n"), STR_INIT(" \r"), STR_INIT("\t\r\n"),
	STR_INIT(" \n"), STR_INIT("\n\n"), STR_INIT("\r\n \r\n") };

enum { GAPS = sizeof(gaps) / sizeof(gaps[0]) };

/* Visible bytes with the gaps at two places; at least one byte between them. */
static str
with_gaps(size_t i, size_t at, size_t k, size_t distance)
{
	struct buf b = { .arena = &arena };

	while (b.n < at)
		buf_char(&b, 'a');
	buf_add(&b, gaps[i]);
	for (size_t n = 0; n < distance; n++)
		buf_char(&b, 'b');
	buf_add(&b, gaps[k]);
	while (b.n < 300)
		buf_char(&b, 'c');
	return buf_str(&b);
}

/* Each gap at each place of two blocks, and the chunk cut around it. */
static void
test_body_gap_places(void **state)
{
	(void)state;
	for (size_t at = 0; at < 140; at++)
		for (size_t i = 0; i < GAPS; i++) {
			struct arena_mark mark = arena_mark(&arena);
			str body = with_gaps(i, at, (i + at) % GAPS, 1);
			for (size_t cut = at; cut < at + 8; cut++) {
				assert_canon(CANON_SIMPLE, body, &cut, 1);
				assert_canon(CANON_RELAXED, body, &cut, 1);
			}
			arena_rewind(&arena, mark);
		}
}

/* Each two gaps at each distance up to a block and more. */
static void
test_body_gap_pairs(void **state)
{
	(void)state;
	for (size_t distance = 0; distance < 70; distance++)
		for (size_t i = 0; i < GAPS * GAPS; i++) {
			struct arena_mark mark = arena_mark(&arena);
			size_t at = (i * 7 + distance) % 64;
			str body = with_gaps(i / GAPS, at, i % GAPS, distance);
			assert_canon(CANON_SIMPLE, body, NULL, 0);
			assert_canon(CANON_RELAXED, body, NULL, 0);
			arena_rewind(&arena, mark);
		}
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

/*
 * Bytes that matter, and those that differ from them by one or by the top bit;
 * the fewer of the latter, the denser the edits.
 */
static str
random_bytes(uint32_t *seed, size_t n, unsigned density)
{
	static const char matters[] = { ' ', '\t', '\r', '\n' };
	static const char looks_alike[] =
		"a\x08\x0b\x0c\x0e\x1f!\x89\x8a\x8d\xa0"
		"\x7f\xff";
	struct buf b = { .arena = &arena };

	while (b.n < n)
		if (next_random(seed) % 100 < density)
			buf_char(&b, matters[next_random(seed) % 4]);
		else /* with its NUL */
			buf_char(&b, looks_alike[next_random(seed) %
						 sizeof(looks_alike)]);
	return buf_str(&b);
}

static void
test_body_random(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		struct arena_mark mark = arena_mark(&arena);
		size_t n = 1 + next_random(&seed) % 300;
		str body = random_bytes(&seed, n, i % 100);
		size_t cut[2] = { next_random(&seed) % (n + 1) };
		cut[1] = cut[0] + next_random(&seed) % (n - cut[0] + 1);
		assert_canon(CANON_SIMPLE, body, cut, 2);
		assert_canon(CANON_RELAXED, body, cut, 2);
		arena_rewind(&arena, mark);
	}
}

/* Long text without edits, and with some, and with hardly anything else. */
static void
test_body_long(void **state)
{
	struct buf b = { .arena = &arena };
	uint32_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 60; i++)
		buf_add(&b, random_bytes(&seed, next_random(&seed) % 6000,
				    i % 3 * (i % 3) * 20));
	for (size_t i = 0; i < 3000; i++)
		buf_add(&b, STR(" \r\n"));
	str body = buf_str(&b);
	for (size_t n = body.n; n > body.n - 40; n--) {
		size_t cut[] = { n / 3, n / 3 + 1, n / 2 };
		assert_canon(CANON_SIMPLE, str_sub(body, 0, n), cut, 3);
		assert_canon(CANON_RELAXED, str_sub(body, 0, n), cut, 3);
	}
}

static str
field(enum canon kind, const char *text)
{
	const struct message *m = message_from(&arena, str_from(text));
	struct buf b = { .arena = &arena };

	canon_field(&b, kind, &m->field[0]);
	return buf_str(&b);
}

static void
test_fields(void **state)
{
	(void)state;
	/* RFC 6376 3.4.5, example 1 */
	assert_str(field(CANON_RELAXED, "A: X\r\n\r\n"), "a:X\r\n");
	assert_str(
		field(CANON_RELAXED, "B : Y\t\r\n\tZ  \r\n\r\n"), "b:Y Z\r\n");
	/* example 2 */
	assert_str(field(CANON_SIMPLE, "B : Y\t\r\n\tZ  \r\n\r\n"),
		"B : Y\t\r\n\tZ  \r\n");

	assert_str(field(CANON_RELAXED, "Empty:\r\n\r\n"), "empty:\r\n");
	assert_str(field(CANON_RELAXED, "E:\r\n \r\n\t\r\n\r\n"), "e:\r\n");
	assert_str(field(CANON_RELAXED, "E:\r\n  first\r\n second\r\n"),
		"e:first second\r\n");
	assert_str(field(CANON_RELAXED, "X: a\rb \r c\r\n\r\n"),
		"x:a\rb \r c\r\n");
	assert_str(field(CANON_RELAXED, "X: \xc2\xa0 \x0b\r\n\r\n"),
		"x:\xc2\xa0 \x0b\r\n");
}

static str
signature(enum canon kind, const char *text, const char *after, size_t n)
{
	const struct message *m = message_from(&arena, str_from(text));
	struct buf b = { .arena = &arena };
	str raw = m->field[0].raw;
	size_t at = str_ifind(raw, str_from(after)) + strlen(after);

	canon_signature_field(&b, kind, &m->field[0], str_sub(raw, at, n));
	return buf_str(&b);
}

static void
test_signature_field(void **state)
{
	(void)state;
	assert_str(signature(CANON_SIMPLE, "Sig: b=\r\n abc ; d=x \r\n\r\n",
			   "b=", 7),
		"Sig: b=; d=x ");
	assert_str(signature(CANON_RELAXED,
			   "Sig: d=x;\r\n b = \r\n abc \r\n\r\n", "b =", 8),
		"sig:d=x; b =");
	assert_str(signature(CANON_RELAXED, "Sig: b=a; d=x \r\n\r\n", "b=", 1),
		"sig:b=; d=x");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_body_splits),
		TEST(test_body_exhaustive),
		TEST(test_body_gap_places),
		TEST(test_body_gap_pairs),
		TEST(test_body_random),
		TEST(test_body_long),
		TEST(test_fields),
		TEST(test_signature_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
