/*
 * test_message.c - the header section: line ends, folding, what is no mail.
 */
#include "unit.h"
#include "mailauth/message.h"

/* Feeds the text in pieces; the state, and in *used where the body begins. */
static enum head_state
read_head(struct head_reader *r, str text, size_t piece, size_t *used)
{
	head_begin(r, &arena, 0);
	*used = 0;
	while (*used < text.n && r->state == HEAD_MORE)
		*used += head_feed(r, str_sub(text, *used, piece));
	head_end(r);
	return r->state;
}

static void
test_line_ends_and_pieces(void **state)
{
	static const str texts[] = {
		STR_INIT("A: 1\r\nB: 2\r\n\t3\r\n\r\nbody\r\n"),
		STR_INIT("A: 1\nB: 2\n\t3\n\nbody\r\n"),
		STR_INIT("A: 1\nB: 2\r\n\t3\n\r\nbody\r\n"),
		STR_INIT("From x Mon\nA: 1\nB: 2\n\t3\n\nbody\r\n"),
		STR_INIT("\r\n\nA: 1\nB: 2\n\t3\n\nbody\r\n"),
	};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t piece = 1; piece <= texts[i].n; piece++) {
			struct head_reader r;
			size_t used;
			assert_int_equal(read_head(&r, texts[i], piece, &used),
				HEAD_DONE);
			const struct message *m = message_parse(&arena, &r);
			assert_same(m->head, STR("A: 1\r\nB: 2\r\n\t3\r\n"));
			assert_int_equal(m->n, 2);
			assert_same(m->field[1].value, STR(" 2\r\n\t3"));
			assert_same(str_skip(texts[i], used), STR("body\r\n"));
		}
	}
}

/* A tar archive has it in its first line; how it comes in does not matter. */
static void
test_tar_in_pieces(void **state)
{
	enum { MAGIC_AT = 257, TEXT = 600 };
	char text[TEXT];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "cur/1:2,S", 9);
	memcpy(text + MAGIC_AT, "ustar\0", 6);
	memcpy(text + TEXT - 4, "\n\n", 2);
	for (int lines = 1; lines <= 2; lines++) {
		for (size_t piece = 1; piece <= sizeof(text); piece++) {
			struct head_reader r;
			size_t used;
			assert_int_equal(
				read_head(&r, (str){ text, sizeof(text) },
					piece, &used),
				lines == 1 ? HEAD_NOT_MAIL : HEAD_DONE);
		}
		memcpy(text + 50, "\nX: y", 5);
	}
}

static void
test_no_body(void **state)
{
	struct head_reader r;
	size_t used;

	(void)state;
	assert_int_equal(read_head(&r, STR("A: 1"), 99, &used), HEAD_DONE);
	assert_true(r.notes.no_body);
	assert_same(message_parse(&arena, &r)->field[0].raw, STR("A: 1\r\n"));
}

static void
test_broken_line_ends_the_headers(void **state)
{
	struct head_reader r;
	size_t used;
	str text = STR("A: 1\nno field\nB: 2\n\nbody");

	(void)state;
	assert_int_equal(read_head(&r, text, 99, &used), HEAD_DONE);
	assert_true(r.notes.broken);
	assert_same(r.rest, STR("no field\r\n"));
	assert_same(str_skip(text, used), STR("B: 2\n\nbody"));
	assert_int_equal(message_parse(&arena, &r)->n, 1);
}

static void
test_odd_bytes(void **state)
{
	struct head_reader r;
	size_t used;
	str text = STR("A\t : x\0y\rz\xe9\r\nb:\r\n\r\n");

	(void)state;
	assert_int_equal(read_head(&r, text, 3, &used), HEAD_DONE);
	assert_int_equal(r.notes.nul, 1);
	assert_int_equal(r.notes.bare_cr, 1);
	assert_int_equal(r.notes.eight_bit, 1);
	const struct message *m = message_parse(&arena, &r);
	assert_same(m->field[0].name, STR("A"));
	assert_same(m->field[0].value, STR(" x\0y\rz\xe9"));
	assert_same(m->field[1].value, STR(""));
}

static void
test_what_is_no_mail(void **state)
{
	static const struct {
		str text;
		enum head_state want;
		const char *kind;
	} cases[] = {
		{ STR_INIT(""), HEAD_EMPTY, NULL },
		{ STR_INIT("\r\n \n\n"), HEAD_EMPTY, NULL },
		{ STR_INIT("PK\003\004zip\n"), HEAD_NOT_MAIL, "a ZIP archive" },
		{ STR_INIT("\xd0\xcf\x11\xe0\xa1\n"), HEAD_NOT_MAIL,
			"an Outlook .msg file" },
		{ STR_INIT("\x1f\x8b\x08\n"), HEAD_NOT_MAIL, "a gzip file" },
		{ STR_INIT("  <!DOCTYPE HTML>\n"), HEAD_NOT_MAIL,
			"an HTML page" },
		{ STR_INIT("just text\n"), HEAD_NOT_MAIL, NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct head_reader r;
		size_t used;
		assert_int_equal(
			read_head(&r, cases[i].text, 99, &used), cases[i].want);
		str kind = head_kind(&r);
		assert_true(str_eq(kind, str_from(cases[i].kind)) ||
			    (!kind.p && !cases[i].kind));
	}
}

static str
repeat(str piece, size_t n)
{
	struct buf b = { .arena = &arena };

	for (size_t i = 0; i < n; i++)
		buf_add(&b, piece);
	return buf_str(&b);
}

static void
test_limits(void **state)
{
	struct head_reader r;
	size_t used;

	(void)state;
	assert_int_equal(
		read_head(&r, repeat(STR("a: b\n"), 10000), 999, &used),
		HEAD_DONE);
	assert_int_equal(
		read_head(&r, repeat(STR("a: b\n"), 10001), 999, &used),
		HEAD_TOO_MANY_FIELDS);
	assert_int_equal(
		read_head(&r,
			STR_CAT(&arena, STR("a:"), repeat(STR("x"), 270000)),
			4096, &used),
		HEAD_FIELD_TOO_LARGE);
	str line =
		STR_CAT(&arena, STR("a:"), repeat(STR("x"), 9998), STR("\n"));
	assert_int_equal(
		read_head(&r, repeat(line, 110), 4096, &used), HEAD_TOO_LARGE);
}

/* A blank before the colon makes it no mbox line. (RFC 5322 4.5) */
static void
test_from_with_blank_is_a_field(void **state)
{
	const struct message *m =
		message_from(&arena, STR("From : a@b\nFrom: c@d\n\n"));

	(void)state;
	assert_false(m->notes.mbox);
	assert_int_equal(message_count(m, STR("from")), 2);
}

/* What follows a bare CR is a field to some: it is not passed over. */
static void
test_mbox_line_with_bare_cr(void **state)
{
	struct head_reader r;

	(void)state;
	head_begin(&r, &arena, 0);
	head_feed(&r, STR("From a@b\rX: y\nA: 1\n\n"));
	assert_int_equal(r.state, HEAD_NOT_MAIL);
	head_begin(&r, &arena, 0);
	head_feed(&r, STR(" From a@b\nA: 1\n\n"));
	assert_int_equal(r.state, HEAD_NOT_MAIL);
	assert_true(message_from(&arena, STR("From a@b\r\r\nA: 1\n\n"))
			    ->notes.mbox);
}

static void
test_byte_order_mark_in_pieces(void **state)
{
	str text = STR("\xef\xbb\xbf"
		       "A: 1\n\n");

	(void)state;
	for (size_t piece = 1; piece <= text.n; piece++) {
		struct head_reader r;
		size_t used;
		assert_int_equal(read_head(&r, text, piece, &used), HEAD_DONE);
		assert_int_equal(r.notes.junk, 3);
		assert_same(message_parse(&arena, &r)->head, STR("A: 1\r\n"));
	}
}

/* The limit is one field's, and not that of two neighbours. */
static void
test_large_neighbours(void **state)
{
	struct head_reader r;
	size_t used;
	str value = repeat(STR("x"), 140000);
	str text = STR_CAT(
		&arena, STR("a:"), value, STR("\nb:"), value, STR("\n\n"));
	str folded = STR_CAT(
		&arena, STR("a:"), value, STR("\n "), value, STR("\n\n"));

	(void)state;
	assert_int_equal(read_head(&r, text, 4096, &used), HEAD_DONE);
	assert_int_equal(
		read_head(&r, folded, 4096, &used), HEAD_FIELD_TOO_LARGE);
}

static void
test_index(void **state)
{
	const struct message *m =
		message_from(&arena, STR("To: 1\nX: 2\nTO: 3\nto: 4\n\n"));

	(void)state;
	assert_int_equal(message_count(m, STR("tO")), 3);
	assert_int_equal(message_lowest(m, STR("to")), 4);
	assert_int_equal(m->field[3].above, 3);
	assert_int_equal(m->field[2].above, 1);
	assert_int_equal(m->field[0].above, 0);
	assert_ptr_equal(message_top(m, STR("To")), &m->field[0]);
	assert_int_equal(message_lowest(m, STR("from")), 0);
	assert_null(message_top(m, STR("from")));
	assert_int_equal(m->names, 2);
}

/* The index against the plainest search, over names of every likeness. */
static void
test_index_against_search(void **state)
{
	static const char letters[] = "aAbB-";
	uint32_t random = 1;

	(void)state;
	for (size_t round = 0; round < 200; round++) {
		struct buf b = { .arena = &arena };
		for (size_t i = 0; i < round; i++) {
			random = random * 1664525u + 1013904223u;
			for (uint32_t k = 0; k <= (random >> 8) % 3; k++)
				buf_char(&b,
					letters[(random >> (9 + 3 * k)) % 5]);
			buf_add(&b, STR(":\n"));
		}
		buf_add(&b, STR("x:\n\n"));
		const struct message *m = message_from(&arena, buf_str(&b));
		assert_int_equal(m->n, round + 1);
		for (size_t i = 0; i < m->n; i++) {
			uint32_t above = 0, lowest = 0;
			for (size_t k = 0; k < m->n; k++) {
				if (!str_ieq(
					    m->field[k].name, m->field[i].name))
					continue;
				lowest = (uint32_t)k + 1;
				if (k < i)
					above = (uint32_t)k + 1;
				assert_int_equal(m->field[k].name_id,
					m->field[i].name_id);
			}
			assert_int_equal(m->field[i].above, above);
			assert_int_equal(
				message_lowest(m, m->field[i].name), lowest);
		}
	}
}

/* Where the fields stand in the input, whatever was left out before them. */
static void
test_offsets(void **state)
{
	(void)state;
	static const str text =
		STR_INIT("\xef\xbb\xbf\r\nFrom a b\nA: 1\n 2\r\nB: 3\n\nbody");

	for (size_t piece = 1; piece <= text.n; piece++) {
		struct head_reader r;
		size_t used = 0;

		head_begin(&r, &arena, 0);
		while (r.state == HEAD_MORE)
			used += head_feed(&r, str_sub(text, used, piece));
		const struct message *m = message_parse(&arena, &r);
		assert_int_equal(m->n, 2);
		assert_int_equal(m->field[0].at, str_find(text, 'A'));
		assert_int_equal(m->field[1].at, str_find(text, 'B'));
		assert_int_equal(m->end, str_find(text, '3') + 2);
	}
	const struct message *m = message_from(&arena, STR("A: 1\nB: 2"));
	assert_int_equal(m->end, 9);
	m = message_from(&arena, STR("A: 1\nbroken\n"));
	assert_int_equal(m->end, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_line_ends_and_pieces),
		TEST(test_tar_in_pieces),
		TEST(test_no_body),
		TEST(test_broken_line_ends_the_headers),
		TEST(test_odd_bytes),
		TEST(test_what_is_no_mail),
		TEST(test_limits),
		TEST(test_from_with_blank_is_a_field),
		TEST(test_mbox_line_with_bare_cr),
		TEST(test_byte_order_mark_in_pieces),
		TEST(test_large_neighbours),
		TEST(test_index),
		TEST(test_index_against_search),
		TEST(test_offsets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
