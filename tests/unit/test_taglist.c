/*
 * test_taglist.c - the grammar of tag lists. (RFC 6376 3.2)
 */
#include "unit.h"

#include "mailauth/taglist.h"

static void
test_errors(void **state)
{
	static const struct {
		str text;
		enum taglist_error error;
		size_t n; /* tags before the error */
		str bad;
	} cases[] = {
		{ STR_INIT("a=b"), TAGLIST_OK, 1, { NULL, 0 } },
		{ STR_INIT(" a = b ; c=;"), TAGLIST_OK, 2, { NULL, 0 } },
		{ STR_INIT("a=b;\r\n "), TAGLIST_OK, 1, { NULL, 0 } },
		{ STR_INIT("a1_x=b=c"), TAGLIST_OK, 1, { NULL, 0 } },
		{ STR_INIT("a=\xc3\xa9"), TAGLIST_OK, 1, { NULL, 0 } },
		{ STR_INIT("a=x\r\n\ty"), TAGLIST_OK, 1, { NULL, 0 } },
		{ STR_INIT("A=b;a=b"), TAGLIST_OK, 2, { NULL, 0 } },
		{ STR_INIT(""), TAGLIST_SYNTAX, 0, STR_INIT("") },
		{ STR_INIT(";"), TAGLIST_SYNTAX, 0, STR_INIT("") },
		{ STR_INIT("a=b;;c=d"), TAGLIST_SYNTAX, 1, STR_INIT("") },
		{ STR_INIT("a=b;;"), TAGLIST_SYNTAX, 1, STR_INIT("") },
		{ STR_INIT("a=b; c"), TAGLIST_SYNTAX, 1, STR_INIT(" c") },
		{ STR_INIT("=b"), TAGLIST_SYNTAX, 0, STR_INIT("=b") },
		{ STR_INIT("1a=b"), TAGLIST_SYNTAX, 0, STR_INIT("1a=b") },
		{ STR_INIT("a-b=c"), TAGLIST_SYNTAX, 0, STR_INIT("a-b=c") },
		{ STR_INIT("a b=c"), TAGLIST_SYNTAX, 0, STR_INIT("a b=c") },
		{ STR_INIT("a=b\0"), TAGLIST_SYNTAX, 0, STR_INIT("a=b\0") },
		{ STR_INIT("a=b\rc"), TAGLIST_SYNTAX, 0, STR_INIT("a=b\rc") },
		{ STR_INIT("a=b\nc"), TAGLIST_SYNTAX, 0, STR_INIT("a=b\nc") },
		{ STR_INIT("a=b\r\nc"), TAGLIST_SYNTAX, 0,
			STR_INIT("a=b\r\nc") },
		{ STR_INIT("a=b;c=d;a=b"), TAGLIST_DUPLICATE, 2,
			STR_INIT("a=b") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct taglist l = taglist_parse(&arena, cases[i].text);
		if (l.error != cases[i].error || l.n != cases[i].n ||
			!str_eq(l.bad, cases[i].bad))
			fail_msg("case %zu: error %d, %zu tags", i, l.error,
				l.n);
	}
}

static void
test_values(void **state)
{
	struct taglist l = taglist_parse(
		&arena, STR("v=1;\r\n\tb =\r\n a\r\n b \r\n ;e=\r\n x"));
	const struct tag *b = taglist_find(&l, STR("b"));

	(void)state;
	assert_int_equal(l.n, 3);
	assert_true(str_eq(b->value, STR("a\r\n b")));
	assert_true(str_eq(b->area, STR("\r\n a\r\n b \r\n ")));
	assert_null(taglist_find(&l, STR("B")));
	assert_true(str_eq(taglist_find(&l, STR("e"))->value, STR("x")));
	l = taglist_parse(&arena, STR("p=;t=s"));
	assert_non_null(l.tag[0].value.p);
	assert_int_equal(l.tag[0].value.n, 0);
	l = taglist_parse(&arena, (str){ NULL, 0 });
	assert_int_equal(l.error, TAGLIST_SYNTAX);
}

static void
test_limit(void **state)
{
	struct buf b = { .arena = &arena };

	(void)state;
	for (unsigned i = 0; i < TAGLIST_MAX; i++) {
		buf_char(&b, 'a');
		buf_uint(&b, i);
		buf_add(&b, STR("=;"));
	}
	struct taglist l = taglist_parse(&arena, buf_str(&b));
	assert_int_equal(l.error, TAGLIST_OK);
	assert_int_equal(l.n, TAGLIST_MAX);
	buf_add(&b, STR("x="));
	l = taglist_parse(&arena, buf_str(&b));
	assert_int_equal(l.error, TAGLIST_TOO_LONG);
	assert_int_equal(l.n, TAGLIST_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_errors),
		TEST(test_values),
		TEST(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
