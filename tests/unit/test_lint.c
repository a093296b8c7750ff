/*
 * test_lint.c - records are judged by themselves, as other commands ask for it.
 */
#include "unit.h"

#include "mailauth/lint.h"

static struct lint
lint(enum record_kind kind, str name, str text)
{
	struct lint_record r = { .kind = kind, .name = name, .text = text };

	return lint_record(&arena, &r);
}

static void
test_names(void **state)
{
	static const struct {
		str name;
		enum record_kind kind;
		str domain;
	} cases[] = {
		{ STR_INIT("_dmarc.b.c"), RECORD_DMARC, STR_INIT("b.c") },
		{ STR_INIT("_DMARC.b.c"), RECORD_DMARC, STR_INIT("b.c") },
		{ STR_INIT("_dmarc"), RECORD_DMARC, STR_INIT("") },
		{ STR_INIT("_dmarcx.b.c"), RECORD_UNKNOWN, STR_INIT("b.c") },
		{ STR_INIT("s._domainkey.b.c"), RECORD_DKIM, STR_INIT("b.c") },
		{ STR_INIT("a.b._domainkey.b.c"), RECORD_DKIM,
			STR_INIT("b.c") },
		{ STR_INIT("_smtp._tls.b.c"), RECORD_TLSRPT, STR_INIT("b.c") },
		{ STR_INIT("_tls.b.c"), RECORD_UNKNOWN, STR_INIT("b.c") },
		{ STR_INIT("_mta-sts.b.c"), RECORD_STS, STR_INIT("b.c") },
		{ STR_INIT("x._bimi.b.c"), RECORD_BIMI, STR_INIT("b.c") },
		{ STR_INIT("_spf.b.c"), RECORD_UNKNOWN, STR_INIT("b.c") },
		{ STR_INIT("b.c"), RECORD_UNKNOWN, STR_INIT("b.c") },
		{ STR_INIT(""), RECORD_UNKNOWN, STR_INIT("") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			lint_kind_of_name(cases[i].name), cases[i].kind);
		assert_true(
			str_eq(lint_domain(cases[i].name), cases[i].domain));
	}
	for (int kind = RECORD_SPF; kind < RECORD_KINDS; kind++) {
		enum record_kind k = (enum record_kind)kind;
		str name = lint_name(&arena, k, STR("b.c"));
		assert_true(str_eq(lint_domain(name), STR("b.c")));
		assert_int_equal(record_kind_from(record_kind_word(k)), kind);
		if (k != RECORD_SPF)
			assert_int_equal(lint_kind_of_name(name), kind);
	}
}

static void
test_record(void **state)
{
	struct lint l = lint(RECORD_SPF, STR("b.c"), STR("v=spf1 a:x.y-all"));

	(void)state;
	assert_int_equal(l.errors, 1);
	assert_int_equal(l.finding[0].code, FINDING_SPF_MISSING_SPACE);
	assert_true(str_eq(l.corrected, STR("v=spf1 a:x.y -all")));
	assert_null(l.zone.p); /* it stood in no line */
	l = lint(RECORD_STS, STR("_mta-sts.b.c"), STR("v=STSv1; id=1"));
	assert_int_equal(l.n, 0);
	l = lint(RECORD_STS, STR("b.c"), STR(""));
	assert_true(l.errors > 0);
	l = lint(RECORD_UNKNOWN, STR(""), STR("x"));
	assert_int_equal(l.errors, 0);
}

static void
test_zone_line(void **state)
{
	char text[300];
	str line;

	(void)state;
	line = lint_zone_line(&arena, STR("b.c"), STR("a\"b\\c\x01\xff"));
	assert_true(str_eq(line, STR("b.c. TXT \"a\\\"b\\\\c\\001\\255\"")));
	memset(text, 'x', sizeof(text));
	line = lint_zone_line(&arena, STR("b.c"), (str){ text, sizeof(text) });
	assert_int_equal(line.n, sizeof(text) + 9 + 2 + 3);
	assert_true(str_starts(str_skip(line, 10 + 255), STR("\" \"x")));
	assert_null(lint_zone_line(&arena, STR("b c"), STR("")).p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names),
		TEST(test_record),
		TEST(test_zone_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
