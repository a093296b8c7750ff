/*
 * test_unpack.c - gzip and zip as they are, cut, damaged, and made to explode.
 */
#include "unit.h"
#include "report/unpack.h"

#include <archive.h>
#include <archive_entry.h>

/* --- making them ----------------------------------------------------- */

enum { MIB = 1 << 20 };

static la_ssize_t
keep(struct archive *w, void *arg, const void *p, size_t n)
{
	(void)w;
	buf_add(arg, (str){ p, n });
	return (la_ssize_t)n;
}

static struct archive *
begin_write(struct buf *b, enum unpack_kind kind, const char *options)
{
	struct archive *w = archive_write_new();

	b->arena = &arena;
	if (kind == UNPACK_GZIP) {
		archive_write_set_format_raw(w);
		archive_write_add_filter_gzip(w);
	} else {
		archive_write_set_format_zip(w);
	}
	archive_write_set_bytes_per_block(w, 0); /* no padding */
	assert_int_equal(archive_write_set_options(w, options), ARCHIVE_OK);
	assert_int_equal(
		archive_write_open2(w, b, NULL, keep, NULL, NULL), ARCHIVE_OK);
	return w;
}

static void
write_header(struct archive *w, const char *name, bool directory)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, directory ? AE_IFDIR : AE_IFREG);
	archive_entry_set_perm(e, 0644);
	assert_int_equal(archive_write_header(w, e), ARCHIVE_OK);
	archive_entry_free(e);
}

static void
write_file(struct archive *w, const char *name, str text)
{
	write_header(w, name, false);
	assert_int_equal(archive_write_data(w, text.p, text.n), text.n);
}

static str
end_write(struct archive *w, const struct buf *b)
{
	assert_int_equal(archive_write_free(w), ARCHIVE_OK);
	return buf_str(b);
}

static str
gzip_of(str text)
{
	struct buf b = { 0 };
	struct archive *w = begin_write(&b, UNPACK_GZIP, "");

	write_file(w, "data", text);
	return end_write(w, &b);
}

/* Two files, and a directory between them. */
static str
small_zip(void)
{
	struct buf b = { 0 };
	struct archive *w = begin_write(&b, UNPACK_ZIP, "");

	write_file(w, "a.xml", STR("aaaa bbbb aaaa bbbb"));
	write_header(w, "d/", true);
	write_file(w, "d/../b.xml", STR("cccc"));
	return end_write(w, &b);
}

static str
zeros(enum unpack_kind kind, const char *options, size_t files, size_t mib)
{
	struct buf b = { 0 };
	struct archive *w = begin_write(&b, kind, options);
	char *mebi = calloc(1, MIB);

	for (size_t i = 0; i < files; i++) {
		write_header(w, "zeros", false);
		for (size_t k = 0; k < mib; k++)
			assert_int_equal(archive_write_data(w, mebi, MIB), MIB);
	}
	free(mebi);
	return end_write(w, &b);
}

/* --- reading them ---------------------------------------------------- */

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

	assert_false(s->over); /* nobody asks behind the end */
	s->over = s->rest.n == 0;
	s->rest = str_skip(s->rest, chunk.n);
	return s->over ? (str){ NULL, 0 } : chunk;
}

/* "name [content]" of each entry, and the error. */
static str
unpacked(str packed, size_t piece)
{
	struct source s = { packed, piece, false };
	struct buf b = { .arena = &arena };
	struct unpack *u = unpack_new(&arena, unpack_kind(packed), pull, &s);
	str chunk;

	while (unpack_next(u)) {
		buf_add(&b, unpack_name(u));
		buf_add(&b, STR(" ["));
		while ((chunk = unpack_read(u)).p) {
			assert_true(chunk.n > 0);
			buf_add(&b, chunk);
		}
		assert_null(unpack_read(u).p);
		buf_add(&b, STR("]\n"));
	}
	assert_false(unpack_next(u));
	assert_null(unpack_read(u).p);
	buf_add(&b, unpack_error(u));
	if (unpack_refused(u))
		buf_add(&b, STR(" (refused)"));
	unpack_free(u);
	return buf_str(&b);
}

static void
check(str packed, str want, const char *file, int line)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 4096, SIZE_MAX };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		assert_slices(unpacked(packed, pieces[i]), want, file, line);
}

#define ASSERT_UNPACKED(packed, z)                                             \
	check((packed), str_from(z), __FILE__, __LINE__)

/* How much comes out, of what is too large to be compared. */
static uint64_t
count(str packed, const char *error, bool refused)
{
	struct source s = { packed, 4096, false };
	struct unpack *u = unpack_new(&arena, unpack_kind(packed), pull, &s);
	uint64_t n = 0;
	str chunk;

	while (unpack_next(u))
		while ((chunk = unpack_read(u)).p)
			n += chunk.n;
	assert_true(str_eq(unpack_error(u), str_from(error)));
	assert_int_equal(unpack_refused(u), refused);
	unpack_free(u);
	return n;
}

/* --- as they should be ----------------------------------------------- */

static void
test_kinds(void **state)
{
	(void)state;
	assert_int_equal(unpack_kind(gzip_of(STR("a"))), UNPACK_GZIP);
	assert_int_equal(unpack_kind(small_zip()), UNPACK_ZIP);
	assert_int_equal(unpack_kind(STR("PK\003\004")), UNPACK_ZIP);
	assert_int_equal(unpack_kind(STR("PK\003")), UNPACK_NONE);
	assert_int_equal(unpack_kind(STR("\x1f\x8b")), UNPACK_NONE);
	assert_int_equal(unpack_kind(STR("\x1f\x8b\x07")), UNPACK_NONE);
	assert_int_equal(unpack_kind(STR("<?xml")), UNPACK_NONE);
	assert_int_equal(unpack_kind((str){ NULL, 0 }), UNPACK_NONE);
}

static void
test_gzip(void **state)
{
	str one = gzip_of(STR("one")), two = gzip_of(STR("two"));

	(void)state;
	ASSERT_UNPACKED(one, " [one]\n");
	ASSERT_UNPACKED(gzip_of(STR("")), " []\n");
	ASSERT_UNPACKED(STR_CAT(&arena, one, two), " [onetwo]\n");
	ASSERT_UNPACKED(STR_CAT(&arena, one, STR("junk")), " [one]\n");
	ASSERT_UNPACKED(STR_CAT(&arena, one, STR("\0\0\0\0\0\0\0\0\0\0\0\0")),
		" [one]\n");
}

static void
test_zip(void **state)
{
	struct buf b = { 0 };

	(void)state;
	ASSERT_UNPACKED(small_zip(), "a.xml [aaaa bbbb aaaa bbbb]\n"
				     "d/../b.xml [cccc]\n");
	ASSERT_UNPACKED(end_write(begin_write(&b, UNPACK_ZIP, ""), &b), "");
	b = (struct buf){ 0 };
	struct archive *w =
		begin_write(&b, UNPACK_ZIP, "zip:compression=store");
	struct archive_entry *e = archive_entry_new();
	archive_entry_set_pathname(e, "stored");
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_size(e, 3);
	assert_int_equal(archive_write_header(w, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(w, "abc", 3), 3);
	archive_entry_free(e);
	ASSERT_UNPACKED(end_write(w, &b), "stored [abc]\n");
}

static void
test_entries_passed_over(void **state)
{
	struct source s = { small_zip(), 5, false };
	struct unpack *u = unpack_new(&arena, UNPACK_ZIP, pull, &s);

	(void)state;
	assert_null(unpack_read(u).p); /* no entry yet */
	assert_true(unpack_next(u));
	assert_true(unpack_next(u));
	assert_same(unpack_name(u), STR("d/../b.xml"));
	assert_same(unpack_read(u), STR("cccc"));
	assert_false(unpack_next(u));
	assert_null(unpack_error(u).p);
	unpack_free(u);
}

/* What was begun may be left at any time. */
static void
test_given_up(void **state)
{
	str packed = small_zip();

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct source s = { packed, 5, false };
		struct unpack *u = unpack_new(&arena, UNPACK_ZIP, pull, &s);
		if (i > 0)
			assert_true(unpack_next(u));
		if (i > 1)
			assert_true(unpack_read(u).n > 0);
		unpack_free(u);
	}
}

/* What comes out is not looked into. */
static void
test_gzip_in_gzip(void **state)
{
	str inner = gzip_of(STR("text"));
	str want = STR_CAT(&arena, STR(" ["), inner, STR("]\n"));

	(void)state;
	check(gzip_of(inner), want, __FILE__, __LINE__);
}

/* --- as they should not be ------------------------------------------- */

static void
test_cut_gzip(void **state)
{
	str packed = gzip_of(STR("aaaa bbbb aaaa bbbb"));

	(void)state;
	for (size_t n = 3; n < packed.n; n++)
		ASSERT_UNPACKED(str_sub(packed, 0, n),
			" []\nthe gzip data end too early");
}

/* All but the last 64 KiB is given. */
static void
test_cut_large_gzip(void **state)
{
	str packed = zeros(UNPACK_GZIP, "gzip:compression-level=1", 1, 4);

	(void)state;
	uint64_t n = count(str_sub(packed, 0, packed.n / 2),
		"the gzip data end too early", false);
	assert_true(n > MIB && n < 3 * MIB);
}

/* Each file that was read to its end is given as it was. */
static void
test_cut_zip(void **state)
{
	str packed = small_zip(), all = unpacked(packed, SIZE_MAX);
	str first = STR("a.xml [aaaa bbbb aaaa bbbb]\n");
	str error = STR("the zip archive ends too early");
	size_t whole = 0;

	(void)state;
	for (size_t n = 4; n < packed.n; n++) {
		str got = unpacked(str_sub(packed, 0, n), 1);
		assert_same(unpacked(str_sub(packed, 0, n), SIZE_MAX), got);
		if (str_eq(got, all)) {
			whole++; /* only the directory at its end lacks */
			continue;
		}
		assert_int_equal(whole, 0);
		assert_true(str_iends(got, error));
		got.n -= error.n;
		if (got.n > first.n)
			assert_true(str_starts(got, first));
	}
	assert_true(whole > 0);
}

static void
test_damaged(void **state)
{
	str packed[] = { gzip_of(STR("aaaa bbbb aaaa bbbb")), small_zip() };

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		char *p = arena_zstr(&arena, packed[k]);
		str text = { p, packed[k].n };
		for (size_t i = 4; i < text.n * 8; i++) {
			p[i / 8] ^= (char)(1 << i % 8);
			if (unpack_kind(text) != UNPACK_NONE)
				assert_true(unpacked(text, 7).n < 1000);
			p[i / 8] ^= (char)(1 << i % 8);
		}
	}
}

/* The same text changed: the sum tells, and the text is given all the same. */
static void
test_wrong_sum(void **state)
{
	struct buf b = { 0 };
	struct archive *w = begin_write(&b, UNPACK_ZIP, "");

	(void)state;
	write_file(w, "a", STR("abcdefghijklmnopqrstuvwxyz"));
	str packed = end_write(w, &b);
	size_t at = str_ifind(packed, STR("PK\001\002"));
	size_t sum = str_ifind(packed, STR("PK\007\010")) + 4;
	assert_true(sum < at);
	b.p[sum] ^= 1;
	str got = unpacked(packed, SIZE_MAX);
	assert_true(str_starts(got, STR("a [abcdefghijklmnopqrstuvwxyz]\n"
					"the zip archive is damaged: ZIP bad "
					"CRC: ")));
}

static void
test_no_deflate(void **state)
{
	(void)state;
	ASSERT_UNPACKED(STR("\x1f\x8b\x08\xff junk and more of it"),
		" []\nthe gzip data are damaged");
	char *p = arena_zstr(&arena, gzip_of(STR("aaaa bbbb")));
	memset(p + 10, 0xff, 5);
	ASSERT_UNPACKED(((str){ p, 20 }),
		" []\nthe gzip data are damaged: gzip decompression failed");
}

/* A bit in the header of the first entry, or its method, says so. */
static void
test_encrypted_and_other_methods(void **state)
{
	enum { FLAGS = 6, METHOD = 8, LZMA = 14 };
	str packed = small_zip();
	char *p = arena_zstr(&arena, packed);

	(void)state;
	p[FLAGS] |= 1;
	ASSERT_UNPACKED(((str){ p, packed.n }), "the zip archive is encrypted");
	p[FLAGS] ^= 1;
	p[METHOD] = LZMA;
	ASSERT_UNPACKED(((str){ p, packed.n }),
		"the zip archive is not compressed by deflate");
}

/* --- limits ---------------------------------------------------------- */

static void
test_ratio(void **state)
{
	static const char why[] = "it expands more than 1000 times";

	(void)state;
	/* 1 MiB may come of anything */
	assert_int_equal(count(zeros(UNPACK_GZIP, "", 1, 1), NULL, false), MIB);
	assert_true(count(zeros(UNPACK_GZIP, "", 1, 20), why, true) < 8 * MIB);
	assert_true(count(zeros(UNPACK_ZIP, "", 2, 10), why, true) < 8 * MIB);
}

/* Of a gzip file, and of all that is in a zip archive. */
static void
test_expanded(void **state)
{
	static const char why[] = "it expands to more than 256 MiB";
	str gzip = zeros(UNPACK_GZIP, "gzip:compression-level=1", 1, 256);
	str more = STR_CAT(&arena, gzip, gzip_of(STR("a")));
	str zip = zeros(UNPACK_ZIP, "zip:compression-level=1", 3, 100);

	(void)state;
	assert_int_equal(count(gzip, NULL, false), UNPACK_MAX_BYTES);
	uint64_t n = count(more, why, true);
	assert_true(n <= UNPACK_MAX_BYTES && n > UNPACK_MAX_BYTES - MIB);
	n = count(zip, why, true);
	assert_true(n <= UNPACK_MAX_BYTES && n > UNPACK_MAX_BYTES - MIB);
}

static void
test_entries(void **state)
{
	(void)state;
	for (size_t n = UNPACK_MAX_ENTRIES; n <= UNPACK_MAX_ENTRIES + 1; n++) {
		struct buf b = { 0 }, want = { .arena = &arena };
		struct archive *w = begin_write(&b, UNPACK_ZIP, "");
		for (size_t i = 0; i < n; i++)
			write_file(w, "a", STR("b"));
		for (size_t i = 0; i < UNPACK_MAX_ENTRIES; i++)
			buf_add(&want, STR("a [b]\n"));
		if (n > UNPACK_MAX_ENTRIES)
			buf_add(&want, STR("the zip archive has more than 100 "
					   "entries"));
		check(end_write(w, &b), buf_str(&want), __FILE__, __LINE__);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_kinds),
		TEST(test_gzip),
		TEST(test_zip),
		TEST(test_entries_passed_over),
		TEST(test_given_up),
		TEST(test_gzip_in_gzip),
		TEST(test_cut_gzip),
		TEST(test_cut_large_gzip),
		TEST(test_cut_zip),
		TEST(test_damaged),
		TEST(test_wrong_sum),
		TEST(test_no_deflate),
		TEST(test_encrypted_and_other_methods),
		TEST(test_ratio),
		TEST(test_expanded),
		TEST(test_entries),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
