/*
 * test_address.c - addresses in header fields, good, old, odd and hostile.
 */
#include "unit.h"

#include "mailauth/address.h"

/* "local|ascii,local|ascii" of all addresses found. */
static str
summary(const struct address_list *l)
{
	struct buf b = { .arena = &arena };

	for (size_t i = 0; i < l->n; i++) {
		if (i > 0)
			buf_char(&b, ',');
		buf_add(&b, l->address[i].local);
		buf_char(&b, '|');
		buf_add(&b, l->address[i].ascii);
	}
	return buf_str(&b);
}

enum how { VALID, ODD, DOUBTFUL };

struct row {
	str value;
	const char *want;
	enum how how;
};

static void
run(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct address_list l =
			address_list_parse(&arena, rows[i].value);
		str got = summary(&l);
		enum how how = l.doubtful ? DOUBTFUL : l.valid ? VALID : ODD;
		if (!str_eq(got, str_from(rows[i].want)) || how != rows[i].how)
			fail_msg("<%.*s>: %.*s (%d), want %s (%d)",
				(int)rows[i].value.n, rows[i].value.p,
				(int)got.n, got.p, how, rows[i].want,
				rows[i].how);
		assert_true(l.valid || l.bad_at <= rows[i].value.n);
		assert_true(l.valid || how != VALID);
	}
}

#define RUN(rows) run(rows, sizeof(rows) / sizeof(rows[0]))

static void
test_plain(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ STR_INIT("a@b.example"), "a|b.example", VALID },
		{ STR_INIT(" <a@b.example> "), "a|b.example", VALID },
		{ STR_INIT("Ann <a@B.Example>"), "a|b.example", VALID },
		{ STR_INIT("J. Q. Public <a@b.example>"), "a|b.example",
			VALID },
		{ STR_INIT("\"Doe, Ann\" <a@b.example>"), "a|b.example",
			VALID },
		{ STR_INIT("=?utf-8?q?x=40y?= <a@b.example>"), "a|b.example",
			VALID },
		{ STR_INIT("a@b.example, c@d.example"),
			"a|b.example,c|d.example", VALID },
		{ STR_INIT("a@b.example,,\r\n c@d.example,"),
			"a|b.example,c|d.example", VALID },
		{ STR_INIT("\r\n Ann\r\n <a@b.example>"), "a|b.example",
			VALID },
		{ STR_INIT("a@b.example (Ann)"), "a|b.example", VALID },
		{ STR_INIT("a@b.example."), "a|b.example", VALID },
		{ STR_INIT("a@localhost"), "a|localhost", VALID },
		{ STR_INIT("a@[192.0.2.1]"), "a|", VALID },
		{ STR_INIT("x <a@[IPv6:2001:db8::1]>"), "a|", VALID },
		{ STR_INIT("\"a@b.example\" <c@d.example>"), "c|d.example",
			VALID },
		{ STR_INIT("a+b=c.d@e_f.example"), "a+b=c.d|e_f.example",
			VALID },
	};

	RUN(rows);
}

static void
test_quoted(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ STR_INIT("\"a@x.example\"@b.example"),
			"a@x.example|b.example", VALID },
		{ STR_INIT("\"a\\\"b\"@b.example"), "a\"b|b.example", VALID },
		{ STR_INIT("\"a>\\\\\"@b.example"), "a>\\|b.example", VALID },
		{ STR_INIT("\"a b\".c@b.example"), "a b.c|b.example", VALID },
		{ STR_INIT("\"\"@b.example"), "|b.example", VALID },
		{ STR_INIT("x <\"<a@x.example>\"@b.example>"),
			"<a@x.example>|b.example", VALID },
	};

	RUN(rows);
}

static void
test_comments(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ STR_INIT("(x@y.example) a@b.example"), "a|b.example", VALID },
		{ STR_INIT("a(x)@(y)b(z).(u)example(v)"), "a|b.example",
			VALID },
		{ STR_INIT("a@b.example (c (d (e) \\) f))"), "a|b.example",
			VALID },
		{ STR_INIT("(\"()\" <x@y.example>,) <a@b.example>"),
			"a|b.example", VALID },
		{ STR_INIT("Ann (<x@y.example>) <a@b.example>"), "a|b.example",
			VALID },
		/* a comment does not join what is beside it */
		{ STR_INIT("a@b(c)d.example"), "", DOUBTFUL },
		{ STR_INIT("a@b.example(, <x@y.example>"), "", DOUBTFUL },
		{ STR_INIT("(a@b.example"), "", DOUBTFUL },
		{ STR_INIT("Ann ) <a@b.example>"), "a|b.example", ODD },
	};

	RUN(rows);
}

static void
test_obsolete(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ STR_INIT("<@x.example,@y.example:a@b.example>"),
			"a|b.example", VALID },
		{ STR_INIT("Ann <,@x.example,,:a@b.example>"), "a|b.example",
			VALID },
		{ STR_INIT("a . b @ c . example"), "a.b|c.example", VALID },
		{ STR_INIT("a..b@docomo.example"), "a..b|docomo.example",
			VALID },
		{ STR_INIT("a.@docomo.example"), "a.|docomo.example", VALID },
		{ STR_INIT("<a...@docomo.example>"), "a...|docomo.example",
			VALID },
		{ STR_INIT("<@x.example a@b.example>"), "", DOUBTFUL },
	};

	RUN(rows);
}

static void
test_groups(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ STR_INIT("Team: a@b.example, Ann <c@d.example>;"),
			"a|b.example,c|d.example", VALID },
		{ STR_INIT("undisclosed-recipients:;"), "", VALID },
		{ STR_INIT("T:;, a@b.example"), "a|b.example", VALID },
		{ STR_INIT("\"T: x\": a@b.example ;"), "a|b.example", VALID },
		{ STR_INIT("T: a@b.example"), "a|b.example", ODD },
		{ STR_INIT("T: U: a@b.example;;"), "", DOUBTFUL },
		{ STR_INIT("T: a@b.example; c@d.example"),
			"a|b.example,c|d.example", ODD },
		{ STR_INIT("a@b.example; c@d.example"),
			"a|b.example,c|d.example", ODD },
		{ STR_INIT(":a@b.example;"), "", DOUBTFUL },
	};

	RUN(rows);
}

static void
test_intl(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ STR_INIT("j\xc3\xb8rn@m\xc3\xbcller.example"),
			"j\xc3\xb8rn|xn--mller-kva.example", VALID },
		{ STR_INIT("M\xfcller <a@b.example>"), "a|b.example", VALID },
		{ STR_INIT("a@m\xfcller.example"), "", DOUBTFUL },
	};

	RUN(rows);
}

/* Where two programs could see two senders, we see none. */
static void
test_hostile(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ STR_INIT("a@b.example@c.example"), "", DOUBTFUL },
		{ STR_INIT("a@b.example <c@d.example>"),
			"a|b.example,c|d.example", ODD },
		{ STR_INIT("a@b.example <a@b.example>"), "a|b.example", ODD },
		{ STR_INIT("a@b.example <c@B.example>"), "c|b.example", ODD },
		{ STR_INIT("<a@b.example> <c@d.example>"), "", DOUBTFUL },
		{ STR_INIT("<a@b.example> x, c@d.example"), "c|d.example",
			DOUBTFUL },
		{ STR_INIT("Ann a@b.example"), "", DOUBTFUL },
		{ STR_INIT("\"Ann <a@b.example>"), "", DOUBTFUL },
		{ STR_INIT("Ann\" <a@b.example>, c@d.example"), "", DOUBTFUL },
		{ STR_INIT("a@b.example\0, c@d.example"), "c|d.example",
			DOUBTFUL },
		{ STR_INIT("\"a\0\" <a@b.example>"), "", DOUBTFUL },
		{ STR_INIT("a@b.example\r, c@d.example"), "c|d.example",
			DOUBTFUL },
		{ STR_INIT("a\001b@b.example"), "", DOUBTFUL },
		{ STR_INIT("a@b..example"), "", DOUBTFUL },
		{ STR_INIT("a@.example"), "", DOUBTFUL },
		{ STR_INIT("<<a@b.example>>"), "", DOUBTFUL },
		{ STR_INIT("<a@b.example"), "", DOUBTFUL },
		{ STR_INIT("a@b.example>"), "", DOUBTFUL },
		{ STR_INIT("<mailto:a@b.example>"), "", DOUBTFUL },
		{ STR_INIT("@b.example"), "", DOUBTFUL },
		{ STR_INIT("a@\"b.example\""), "", DOUBTFUL },
		{ STR_INIT("\"a\"b@c.example"), "", DOUBTFUL },
		{ STR_INIT("a@[192.0.2.1"), "", DOUBTFUL },
		{ STR_INIT("a@b.example <x, y@z.example>"), "", DOUBTFUL },
	};

	RUN(rows);
}

/* Not by the grammar, yet nobody could see another address. */
static void
test_odd(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ STR_INIT(""), "", ODD },
		{ STR_INIT(" , "), "", ODD },
		{ STR_INIT("Ann"), "", ODD },
		{ STR_INIT("<>"), "", ODD },
		{ STR_INIT("<ann>"), "", ODD },
		{ STR_INIT("Shop, Inc. <a@b.example>"), "a|b.example", ODD },
		{ STR_INIT("[Shop] Ann <a@b.example>"), "a|b.example", ODD },
		{ STR_INIT("Ann \\ [ <a@b.example>"), "a|b.example", ODD },
	};

	RUN(rows);
}

static void
test_parts(void **state)
{
	(void)state;
	struct address_list l = address_list_parse(&arena,
		STR(" J.  \"Q \\\"P\"\r\n doe < a (x)@ b.\r\n example >"));

	assert_int_equal(l.n, 1);
	assert_str(l.address[0].display, "J. Q \"P doe");
	assert_str(l.address[0].text, "a (x)@ b.\r\n example");
	assert_str(l.address[0].domain, "b.example");
	assert_false(l.address[0].literal);

	l = address_list_parse(&arena, STR("a@[ 192.0.2.1 ]"));
	assert_true(l.address[0].literal);
	assert_str(l.address[0].domain, "[192.0.2.1]");
	assert_int_equal(l.address[0].ascii.n, 0);
	assert_null(l.address[0].display.p);

	l = address_list_parse(&arena, STR("a@b.example, Ann, c@d.example"));
	assert_int_equal(l.n, 2);
	assert_int_equal(l.bad_at, 16);
}

static void
test_many(void **state)
{
	(void)state;
	struct buf b = { .arena = &arena };

	for (int i = 0; i < ADDRESS_MAX; i++)
		buf_add(&b, STR("a@b.example,"));
	struct address_list l = address_list_parse(&arena, buf_str(&b));
	assert_true(l.valid);
	assert_int_equal(l.n, ADDRESS_MAX);
	buf_add(&b, STR("c@d.example"));
	l = address_list_parse(&arena, buf_str(&b));
	assert_false(l.valid);
	assert_true(l.doubtful);
	assert_int_equal(l.n, ADDRESS_MAX);
}

static str
repeat(str piece, size_t n)
{
	struct buf b = { .arena = &arena };

	for (size_t i = 0; i < n; i++)
		buf_add(&b, piece);
	return buf_str(&b);
}

/* A field of the largest size takes no noticeable time. */
static void
test_long(void **state)
{
	(void)state;
	static const str pieces[] = { STR_INIT("("), STR_INIT("\""),
		STR_INIT("["), STR_INIT("\\"), STR_INIT("<"), STR_INIT("a@"),
		STR_INIT("a@b,"), STR_INIT("a."), STR_INIT(":"),
		STR_INIT("<@a,"), STR_INIT("(\\"), STR_INIT("[\\"),
		STR_INIT("a <a@b> "), STR_INIT("\xc3\xbc@\xc3\xbc,"),
		STR_INIT("()") };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct arena_mark mark = arena_mark(&arena);
		str s = repeat(pieces[i], (256 << 10) / pieces[i].n);
		address_list_parse(&arena, s);
		arena_rewind(&arena, mark);
	}
	/* nesting has no limit, and costs no stack */
	str deep = STR_CAT(&arena, repeat(STR("("), 100000),
		repeat(STR(")"), 100000), STR(" a@b.example"));
	assert_int_equal(address_list_parse(&arena, deep).n, 1);
}

static void
test_path(void **state)
{
	(void)state;
	struct address a;

	assert_true(address_parse_path(&arena, STR(""), &a));
	assert_int_equal(a.domain.n, 0);
	assert_non_null(a.text.p);
	assert_true(address_parse_path(&arena, STR(" <> "), &a));
	assert_int_equal(a.local.n, 0);
	assert_true(address_parse_path(&arena, STR("a@B.example"), &a));
	assert_str(a.text, "a@B.example");
	assert_str(a.ascii, "b.example");
	assert_true(address_parse_path(
		&arena, STR("<@x.example,@y.example:a@b.example>"), &a));
	assert_str(a.text, "a@b.example");
	assert_true(address_parse_path(&arena, STR("\"a b\"@c.example"), &a));
	assert_str(a.local, "a b");
	assert_true(address_parse_path(
		&arena, STR("SRS0=x=y=b.example=u@c.example"), &a));

	assert_false(address_parse_path(&arena, STR("a"), &a));
	assert_false(address_parse_path(&arena, STR("<a@b.example> x"), &a));
	assert_false(address_parse_path(&arena, STR("a@b@c.example"), &a));
	assert_false(address_parse_path(&arena, STR("Ann <a@b.example>"), &a));
	assert_false(address_parse_path(&arena, STR("<a@b.example"), &a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plain),
		TEST(test_quoted),
		TEST(test_comments),
		TEST(test_obsolete),
		TEST(test_groups),
		TEST(test_intl),
		TEST(test_hostile),
		TEST(test_odd),
		TEST(test_parts),
		TEST(test_many),
		TEST(test_long),
		TEST(test_path),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
