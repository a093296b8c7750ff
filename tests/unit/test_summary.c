/*
 * test_summary.c - totals: counting, the table, JSON and back.
 */
#include "unit.h"

#include "cli/from_json.h"

#include <stdio.h>

static void
add(struct summary *s, const char *verdict, const char *cause, const char *file,
	uint64_t count)
{
	summary_add(
		s, str_from(verdict), str_from(cause), str_from(file), count);
}

/* --- what is printed ------------------------------------------------- */

static char *printed; /* by what stands between begin_ and end_printing */
static size_t printed_n;

static FILE *
begin_printing(void)
{
	FILE *out = open_memstream(&printed, &printed_n);

	assert_non_null(out);
	return out;
}

static str
end_printing(FILE *out)
{
	assert_int_equal(fclose(out), 0);
	str s = arena_dup(&arena, (str){ printed, printed_n });
	free(printed);
	return s;
}

static str
table(const struct summary *s, size_t width, bool color)
{
	struct screen screen = { .out = begin_printing(),
		.arena = &arena,
		.width = width,
		.color = color };

	summary_print(s, &screen);
	assert_int_equal(screen.column, 0);
	return end_printing(screen.out);
}

static str
json(const struct summary *s)
{
	FILE *out = begin_printing();

	summary_json(s, out);
	return end_printing(out);
}

static bool
take(struct summary *s, const char *line)
{
	return from_json_line(s, &arena, str_from(line));
}

/* The row of the only message in a line. */
static str
rows_of(const char *line)
{
	struct summary *s = summary_new(&arena);

	if (!take(s, line))
		return STR("not ours");
	str out = json(s);
	out = str_skip(out, str_ifind(out, STR("\"rows\":")) + 8);
	return str_sub(out, 0, str_rfind(out, ']'));
}

/* --- the table ------------------------------------------------------- */

static void
empty(void **state)
{
	struct summary *s = summary_new(&arena);

	(void)state;
	add(s, "fail", "-", "x", 0);
	assert_str(table(s, 80, false), "no messages\n");
	assert_str(json(s),
		"{\"schema\":1,\"summary\":{\"messages\":0,"
		"\"interrupted\":false,\"verdicts\":{},\"rows\":[]}}\n");
	assert_int_equal(summary_exit(s), 0);
	assert_true(take(s, "{\"schema\":1,\"summary\":{\"rows\":[]}}"));
	assert_int_equal(summary_exit(s), 0);
}

static struct summary *
a_batch(void)
{
	struct summary *s = summary_new(&arena);

	add(s, "temperror", "dns-servfail", "cur/4", 2);
	add(s, "fail", "spf-not-authorized", "cur/17.eml", 677);
	add(s, "fail", "dmarc-unaligned-esp", "cur/99.eml", 1100);
	add(s, "fail", "change-footer", "cur/1.eml", 99);
	add(s, "fail", "change-footer", "cur/2.eml", 1);
	add(s, "fail", "-", "cur/3.eml", 100);
	add(s, "pass", "-", "cur/5.eml", 8021);
	return s;
}

static void
one_batch(void **state)
{
	(void)state;
	assert_str(table(a_batch(), 80, false),
		"10,000 messages\n"
		"\n"
		"verdict    messages    share  finding              example\n"
		"pass          8,021   80.2 %  -                    cur/5.eml\n"
		"fail          1,977   19.8 %\n"
		"              1,100   11.0 %  dmarc-unaligned-esp  "
		"cur/99.eml\n"
		"                677    6.8 %  spf-not-authorized   "
		"cur/17.eml\n"
		"                100    1.0 %  -                    cur/3.eml\n"
		"                100    1.0 %  change-footer        cur/1.eml\n"
		"temperror         2   <0.1 %  dns-servfail         cur/4\n");
}

static void
narrow(void **state)
{
	struct summary *s = summary_new(&arena);

	(void)state;
	add(s, "none", "dmarc-record-missing", "a", 1);
	assert_str(table(s, 56, false),
		"1 message\n"
		"\n"
		"verdict  messages    share  finding\n"
		"none            1  100.0 %  dmarc-record-missing\n"
		"    a\n");
	assert_str(table(s, 40, false), "1 message\n"
					"\n"
					"verdict  messages    share\n"
					"none            1  100.0 %\n"
					"    dmarc-record-missing\n"
					"    a\n");
}

static void
in_color(void **state)
{
	struct summary *s = summary_new(&arena);

	(void)state;
	add(s, "error", "input-unreadable", "a", 1);
	add(s, "none", "-", "b", 1);
	assert_str(table(s, 80, true),
		"\x1b[1m2\x1b[0m messages\n"
		"\n"
		"verdict  messages    share  finding           example\n"
		"\x1b[1mnone\x1b[0m            \x1b[1m1\x1b[0m   "
		"\x1b[1m50.0 %\x1b[0m  -                 b\n"
		"\x1b[31merror\x1b[0m           \x1b[1m1\x1b[0m   "
		"\x1b[1m50.0 %\x1b[0m  input-unreadable  a\n");
}

static void
shares(void **state)
{
	struct summary *s = summary_new(&arena);

	(void)state;
	add(s, "pass", "-", "a", 9999991);
	add(s, "none", "-", "b", 9);
	assert_str(table(s, 80, false),
		"10,000,000 messages\n"
		"\n"
		"verdict    messages    share  finding  example\n"
		"pass      9,999,991  >99.9 %  -        a\n"
		"none              9   <0.1 %  -        b\n");
	s = summary_new(&arena);
	add(s, "pass", "-", "a", INT64_MAX);
	add(s, "none", "-", "b", INT64_MAX / 4);
	add(s, "none", "x", "b", 1);
	assert_str(table(s, 80, false),
		"9,223,372,036,854,775,807 messages\n"
		"\n"
		"verdict                   messages    share  finding  "
		"example\n"
		"pass     9,223,372,036,854,775,807  100.0 %  -        a\n"
		"none     2,305,843,009,213,693,952   25.0 %\n"
		"         2,305,843,009,213,693,951   25.0 %  -        b\n"
		"                                 1   <0.1 %  x        "
		"b\n");
}

/* The last cell of a table with one row. */
static str
example(const char *file, size_t width)
{
	struct summary *s = summary_new(&arena);
	str rest, line = { 0 };

	add(s, "permerror", "dkim-content-type-unsigned", file, 1);
	rest = table(s, width, false);
	for (str one; str_split(&rest, '\n', &one);) {
		assert_true(one.n <= width);
		line = one.n > 0 ? one : line;
	}
	return str_skip(line, str_rfind(line, ' ') + 1);
}

static void
long_names(void **state)
{
	(void)state;
	assert_str(example("0123456789012345678901", 80),
		"0123456789012345678901");
	assert_str(example("01234567890123456789012", 80),
		"012345678901...6789012");
	assert_str(example("Mail/inbox/cur/12345.eml", 80),
		"...inbox/cur/12345.eml");
	assert_str(example("a\xff\x1b[1m\\x", 80), "a\\xff\\x1b[1m\\\\x");
	assert_str(example("\x01\x02\x03\x04\x05\x06", 80),
		"\\x01\\x02\\x03...\\x06");
	assert_str(example("/var/mail/1719943534.M1P2.host,S=1234:2,S", 80),
		"1719943534.M...234:2,S");
	assert_str(example("/var/mail/1719943534.M1P2.host,S=1234:2,S", 60),
		"/var/mail/1719943534.M1P2.host,S=1234:2,S");
	assert_str(example("/", 80), "/");
}

/* --- counting -------------------------------------------------------- */

static void
exit_codes(void **state)
{
	struct summary *s = summary_new(&arena);

	(void)state;
	add(s, "pass", "-", "a", 5);
	assert_int_equal(summary_exit(s), 0);
	add(s, "none", "-", "a", 1);
	assert_int_equal(summary_exit(s), 1);
	add(s, "temperror", "-", "a", 1);
	assert_int_equal(summary_exit(s), 3);
	add(s, "error", "-", "a", 1);
	assert_int_equal(summary_exit(s), 2);
	add(s, "fail", "-", "a", 1);
	assert_int_equal(summary_exit(s), 2);
	/* also where all that is counted is at its limit */
	s = summary_new(&arena);
	add(s, "pass", "-", "a", UINT64_MAX);
	add(s, "permerror", "-", "a", 1);
	assert_int_equal(summary_exit(s), 1);
}

static void
examples(void **state)
{
	struct summary *s = summary_new(&arena);
	char name[SUMMARY_EXAMPLE_MAX + 2] = { 0 };

	(void)state;
	memset(name, 'x', SUMMARY_EXAMPLE_MAX + 1);
	add(s, "pass", NULL, NULL, 1);
	add(s, "pass", "-", name, 1);
	assert_non_null(strstr(
		arena_zstr(&arena, json(s)), "\"count\":2,\"example\":null"));
	memcpy(name, "second", 7);
	add(s, "pass", "-", name, 1);
	memcpy(name, "third", 6);
	add(s, "pass", "-", name, 1);
	assert_non_null(strstr(arena_zstr(&arena, json(s)),
		"\"cause\":null,\"count\":4,\"example\":\"second\""));
}

static size_t
count_of(str s, str what)
{
	size_t n = 0, at;

	while ((at = str_ifind(s, what)) < s.n) {
		s = str_skip(s, at + what.n);
		n++;
	}
	return n;
}

static void
many_rows(void **state)
{
	struct summary *s = summary_new(&arena);
	static const char *const verdict[] = { "pass", "none", "neutral",
		"softfail", "fail", "permerror", "temperror", "error" };

	(void)state;
	for (unsigned i = 0; i < 2 * SUMMARY_ROWS; i++)
		add(s, verdict[i % 8],
			arena_zstr(&arena, str_number(&arena, i)), "f", 1);
	add(s, "pass", "0", "f", 1); /* has its row */
	str out = json(s);
	assert_int_equal(count_of(out, STR("\"cause\":")), SUMMARY_ROWS);
	assert_int_equal(count_of(out, STR("\"cause\":\"other\"")), 8);
	assert_non_null(strstr(arena_zstr(&arena, out),
		"{\"verdict\":\"fail\",\"cause\":\"other\",\"count\":513,"));
	assert_non_null(strstr(arena_zstr(&arena, out), "\"messages\":8193,"));
	struct summary *again = summary_new(&arena);
	assert_true(from_json_line(again, &arena, out));
	assert_same(json(again), out);
}

/* --- JSON ------------------------------------------------------------ */

static void
to_json(void **state)
{
	struct summary *s = a_batch();

	(void)state;
	add(s, "softfail", "spf-softfail", "\xff\x80\"\xc3\xa4\x01", 1);
	str out = json(s);
	assert_str(out,
		"{\"schema\":1,\"summary\":{\"messages\":10001,"
		"\"interrupted\":false,"
		"\"verdicts\":{\"pass\":8021,\"softfail\":1,\"fail\":1977,"
		"\"temperror\":2},\"rows\":["
		"{\"verdict\":\"pass\",\"cause\":null,\"count\":8021,"
		"\"example\":\"cur/5.eml\"},"
		"{\"verdict\":\"softfail\",\"cause\":\"spf-softfail\","
		"\"count\":1,\"example\":\"\\\\xff\\\\x80\\\"\xc3\xa4\\u0001\"}"
		",{\"verdict\":\"fail\",\"cause\":\"dmarc-unaligned-esp\","
		"\"count\":1100,\"example\":\"cur/99.eml\"},"
		"{\"verdict\":\"fail\",\"cause\":\"spf-not-authorized\","
		"\"count\":677,\"example\":\"cur/17.eml\"},"
		"{\"verdict\":\"fail\",\"cause\":null,\"count\":100,"
		"\"example\":\"cur/3.eml\"},"
		"{\"verdict\":\"fail\",\"cause\":\"change-footer\","
		"\"count\":100,\"example\":\"cur/1.eml\"},"
		"{\"verdict\":\"temperror\",\"cause\":\"dns-servfail\","
		"\"count\":2,\"example\":\"cur/4\"}]}}\n");
	struct summary *again = summary_new(&arena);
	assert_true(from_json_line(again, &arena, out));
	assert_same(json(again), out);
}

static void
of_interrupted_runs(void **state)
{
	struct summary *s = a_batch(), *all = a_batch();

	(void)state;
	assert_true(take(all, arena_zstr(&arena, json(s))));
	assert_false(count_of(json(all), STR("\"interrupted\":true")));
	summary_interrupt(s);
	assert_true(take(all, arena_zstr(&arena, json(s))));
	assert_true(count_of(json(all), STR("\"interrupted\":true")));
	assert_true(str_starts(table(all, 80, false),
		STR("30,000 messages (interrupted: there may be more)\n")));
}

/* Equal but for the examples, which are those of the first. */
static void
any_order(void **state)
{
	struct summary *a = a_batch(), *b = summary_new(&arena);
	struct summary *ab = summary_new(&arena), *ba = summary_new(&arena);

	(void)state;
	add(b, "fail", "change-footer", "b", 7);
	add(b, "fail", "-", "b", INT64_MAX - 50);
	add(b, "none", "-", "b", 3);
	str in_a = json(a), in_b = json(b);
	assert_true(from_json_line(ab, &arena, in_a));
	assert_true(from_json_line(ab, &arena, in_b));
	assert_true(from_json_line(ba, &arena, in_b));
	assert_true(from_json_line(ba, &arena, in_a));
	str x = json(ab), y = json(ba);
	assert_int_equal(count_of(x, STR("\"example\":\"b\"")), 1);
	assert_int_equal(count_of(y, STR("\"example\":\"b\"")), 3);
	for (str p, q; str_split(&x, ',', &p) && str_split(&y, ',', &q);)
		if (!str_starts(p, STR("\"example\"")))
			assert_same(p, q);
	assert_int_equal(x.n, 0);
	assert_int_equal(y.n, 0);
}

#define FINDING_JSON(code, severity, minor, cause)                             \
	"{\"code\":\"" code "\",\"severity\":\"" severity                      \
	"\",\"minor\":" minor ",\"cause\":" cause "}"
#define REPORT(findings)                                                       \
	"{\"schema\":1,\"file\":\"f\",\"verdict\":\"fail\",\"findings\":"      \
	"[" findings "]}"
#define ROW(cause)                                                             \
	"{\"verdict\":\"fail\",\"cause\":" cause                               \
	",\"count\":1,\"example\":\"f\"}"

static void
reports(void **state)
{
	(void)state;
	assert_str(rows_of(REPORT("")), ROW("null"));
	assert_str(rows_of(REPORT(FINDING_JSON(
			   "a", "note", "false", "null") "," FINDING_JSON("b",
			   "error", "true", "null") "," FINDING_JSON("c",
			   "warning", "false", "null") "," FINDING_JSON("d",
			   "error", "false", "null"))),
		ROW("\"c\""));
	/* a consequence is none, nor is what comes after it */
	assert_str(rows_of(REPORT(FINDING_JSON(
			   "a", "error", "false", "\"b\"") "," FINDING_JSON("d",
			   "error", "false", "null"))),
		ROW("null"));
	/* keys that are given twice, or are new; no file */
	assert_str(rows_of("{\"schema\":1,\"verdict\":\"pass\",\"verdict\":"
			   "\"softfail\",\"x\":[{}],\"findings\":[]}"),
		"{\"verdict\":\"softfail\",\"cause\":null,\"count\":1,"
		"\"example\":null}");
}

static void
unusable(void **state)
{
	(void)state;
	assert_str(rows_of("{\"schema\":1,\"file\":\"f\",\"code\":"
			   "\"input-unreadable\",\"error\":\"x\"}"),
		"{\"verdict\":\"error\",\"cause\":\"input-unreadable\","
		"\"count\":1,\"example\":\"f\"}");
	assert_str(rows_of("{\"schema\":1,\"file\":\"m\",\"message\":3,"
			   "\"code\":\"input-not-mail\",\"error\":\"x\"}"),
		"{\"verdict\":\"error\",\"cause\":\"input-not-mail\","
		"\"count\":1,\"example\":\"m:3\"}");
	assert_str(rows_of("{\"schema\":1,\"file\":\"f\",\"error\":\"x\"}"),
		"not ours");
	assert_str(rows_of("{\"schema\":1,\"file\":\"f\",\"code\":"
			   "\"A b\",\"error\":\"x\"}"),
		"not ours");
}

#define ROWS_JSON(row)                                                         \
	"{\"schema\":1,\"summary\":{\"rows\":["                                \
	"{\"verdict\":\"pass\",\"cause\":null,\"count\":1}," row "]}}"

static const char *const foreign[] = { "", "x", "{", "{}", "[]", "null", "1",
	"\"pass\"", REPORT("") "x", REPORT("") "," REPORT(""),
	"{\"schema\":2,\"file\":\"f\",\"verdict\":\"fail\",\"findings\":[]}",
	"{\"schema\":\"1\",\"file\":\"f\",\"verdict\":\"fail\","
	"\"findings\":[]}",
	"{\"file\":\"f\",\"verdict\":\"fail\",\"findings\":[]}",
	"{\"schema\":1,\"file\":7,\"verdict\":\"fail\",\"findings\":[]}",
	"{\"schema\":1,\"file\":\"f\",\"verdict\":\"bad\",\"findings\":[]}",
	"{\"schema\":1,\"file\":\"f\",\"verdict\":1,\"findings\":[]}",
	"{\"schema\":1,\"file\":\"f\",\"verdict\":\"fail\",\"findings\":{}}",
	"{\"schema\":1,\"file\":\"f\",\"verdict\":\"fail\"}", REPORT("1"),
	REPORT("{}"), REPORT(FINDING_JSON("A", "error", "false", "null")),
	REPORT(FINDING_JSON("a", "error", "0", "null")),
	REPORT(FINDING_JSON("a\\u0000", "error", "false", "null")),
	REPORT(FINDING_JSON("a", "error", "false", "[]")),
	REPORT("{\"code\":\"a\",\"severity\":3,\"minor\":false}"),
	"{\"schema\":1,\"file\":\"f\",\"error\":null}",
	"{\"schema\":1,\"error\":\"cannot open\"}",
	"{\"schema\":1,\"summary\":null}", "{\"schema\":1,\"summary\":[]}",
	"{\"schema\":1,\"summary\":{\"rows\":{}}}", ROWS_JSON("1"),
	ROWS_JSON("{\"verdict\":\"fail\",\"cause\":null,\"count\":-1}"),
	ROWS_JSON("{\"verdict\":\"fail\",\"cause\":null,\"count\":1.0}"),
	ROWS_JSON("{\"verdict\":\"fail\",\"cause\":null,\"count\":\"1\"}"),
	ROWS_JSON("{\"verdict\":\"fail\",\"cause\":null,\"count\":true}"),
	ROWS_JSON("{\"verdict\":\"fail\",\"cause\":null}"),
	ROWS_JSON("{\"verdict\":\"fail\",\"cause\":null,"
		  "\"count\":9223372036854775808}"),
	ROWS_JSON("{\"verdict\":\"fail\",\"cause\":null,\"count\":1e999}"),
	ROWS_JSON("{\"verdict\":\"fail\",\"cause\":\"\",\"count\":1}"),
	ROWS_JSON("{\"verdict\":\"fail\",\"cause\":\"\\u001b[1m\","
		  "\"count\":1}"),
	ROWS_JSON("{\"verdict\":\"fail\",\"cause\":7,\"count\":1}"),
	ROWS_JSON("{\"verdict\":\"Fail\",\"cause\":null,\"count\":1}"),
	ROWS_JSON("{\"verdict\":\"fail\",\"cause\":null,\"count\":1,"
		  "\"example\":\"a\\u0000b\"}"),
	ROWS_JSON("{\"verdict\":\"fail\",\"cause\":null,\"count\":1,"
		  "\"example\":\"\xff\"}"),
	ROWS_JSON("{\"verdict\":\"fail\",\"cause\":null,\"count\":1,"
		  "\"example\":\"\\ud800\"}"),
	ROWS_JSON("{\"verdict\":\"fail\",\"cause\":null,\"count\":1,"
		  "\"example\":[]}") };

/* Such a line adds nothing, not even the rows that were good. */
static void
not_ours(void **state)
{
	struct summary *s = summary_new(&arena);

	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (take(s, foreign[i]))
			fail_msg("taken: %s", foreign[i]);
	assert_str(table(s, 80, false), "no messages\n");
}

static void
many_values(void **state)
{
	struct summary *s = summary_new(&arena);
	struct buf b = { .arena = &arena };

	(void)state;
	for (size_t i = 0; i < 5000; i++)
		buf_char(&b, '[');
	assert_false(from_json_line(s, &arena, buf_str(&b)));
	b.n = 0;
	buf_add(&b, STR("{\"schema\":1,\"file\":\"\\\""));
	for (size_t i = 0; i < 1 << 19; i++)
		buf_char(&b, ',');
	buf_add(&b, STR("\",\"verdict\":\"fail\",\"findings\":[]"));
	struct buf flat = b;
	buf_char(&b, '}');
	assert_true(from_json_line(s, &arena, buf_str(&b)));
	b = flat;
	buf_add(&b, STR(",\"x\":[0"));
	for (size_t i = 0; i < 1 << 19; i++)
		buf_add(&b, STR(",0"));
	buf_add(&b, STR("]}"));
	assert_false(from_json_line(s, &arena, buf_str(&b)));
}

/* --- files ----------------------------------------------------------- */

static size_t
bad_lines(struct summary *s, str text)
{
	size_t bad = 99;
	FILE *in = tmpfile();

	assert_non_null(in);
	assert_int_equal(fwrite(text.p, 1, text.n, in), text.n);
	rewind(in);
	assert_true(from_json_read(s, fileno(in), "in.jsonl", &arena, &bad));
	fclose(in);
	return bad;
}

static void
files(void **state)
{
	struct summary *s = summary_new(&arena);

	(void)state;
	assert_int_equal(bad_lines(s, STR("")), 0);
	assert_int_equal(bad_lines(s, STR("\n \r\n\n")), 0);
	assert_int_equal(summary_exit(s), 0);
	assert_int_equal(bad_lines(s, STR(REPORT("") "\r\n\n" REPORT(""))), 0);
	assert_int_equal(bad_lines(s, STR("x\n" REPORT("") "\n\0\n{")), 3);
	assert_str(table(s, 80, false),
		"3 messages\n"
		"\n"
		"verdict  messages    share  finding  example\n"
		"fail            3  100.0 %  -        f\n");
}

static void
long_lines(void **state)
{
	static const str start = STR_INIT("{\"schema\":1,\"verdict\":\"fail\","
					  "\"findings\":[],\"x\":\"");
	struct summary *s = summary_new(&arena);
	size_t n = FROM_JSON_LINE_MAX + 2;
	char *text = arena_alloc(&arena, n + 2);

	(void)state;
	memset(text, 'x', n);
	memcpy(text, start.p, start.n);
	memcpy(text + n - 4, "\"}\n\n", 4); /* just fits */
	assert_int_equal(bad_lines(s, (str){ text, n }), 0);
	assert_int_equal(summary_exit(s), 1);
	s = summary_new(&arena);
	memcpy(text + n - 4, "xxx\"}\n", 6);
	assert_int_equal(bad_lines(s, (str){ text, n + 2 }), 1);
	assert_int_equal(summary_exit(s), 0);
}

static void
broken_file(void **state)
{
	size_t bad = 99;
	FILE *in = fopen("/", "r");

	(void)state;
	assert_non_null(in);
	assert_false(from_json_read(
		summary_new(&arena), fileno(in), "/", &arena, &bad));
	assert_int_equal(bad, 0);
	fclose(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(empty),
		TEST(one_batch),
		TEST(narrow),
		TEST(in_color),
		TEST(shares),
		TEST(long_names),
		TEST(exit_codes),
		TEST(examples),
		TEST(many_rows),
		TEST(to_json),
		TEST(any_order),
		TEST(of_interrupted_runs),
		TEST(reports),
		TEST(unusable),
		TEST(not_ours),
		TEST(many_values),
		TEST(files),
		TEST(long_lines),
		TEST(broken_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
