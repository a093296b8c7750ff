/*
 * test_aggregate.c - aggregate reports: what writers do to them, and the sums.
 */
#include "report/aggregate.h"
#include "report/judge.h"
#include "report/sources.h"
#include "report/tally.h"

#include "mailauth/time.h"
#include "unit.h"

static str why;

#define META                                                                   \
	"<report_metadata><org_name>mx.example</org_name><email>r@mx.example"  \
	"</email><report_id>7</report_id><date_range><begin>1780272000"        \
	"</begin><end>1780358399</end></date_range></report_metadata>"
#define POLICY                                                                 \
	"<policy_published><domain>shop.example</domain><p>none</p>"           \
	"</policy_published>"
#define ROW(ip, n, dkim, spf)                                                  \
	"<row><source_ip>" ip "</source_ip><count>" n "</count>"               \
	"<policy_evaluated><disposition>none</disposition><dkim>" dkim         \
	"</dkim><spf>" spf "</spf></policy_evaluated></row>"
#define FROM                                                                   \
	"<identifiers><header_from>shop.example</header_from></identifiers>"
#define RECORD(ip, n, dkim, spf)                                               \
	"<record>" ROW(ip, n, dkim, spf) FROM "<auth_results/></record>"
#define FEEDBACK(inner) "<feedback>" META POLICY inner "</feedback>"

static struct aggregate
read_pieces(str text, size_t piece)
{
	struct aggregate report;
	struct aggregate_reader *r = aggregate_begin(&arena, &report);

	while (text.n > 0 && aggregate_feed(r, str_sub(text, 0, piece)))
		text = str_skip(text, piece);
	why = (str){ 0 };
	aggregate_end(r, &why);
	return report;
}

/* The same, however it comes in. */
static struct aggregate
read_text(str text)
{
	struct aggregate whole = read_pieces(text, text.n);
	str reason = why;

	for (size_t piece = 1; piece < 8; piece += 2) {
		struct aggregate again = read_pieces(text, piece);
		assert_int_equal(again.records, whole.records);
		if (!reason.p)
			assert_int_equal(again.notes, whole.notes);
		assert_int_equal(again.cut, whole.cut);
		assert_true(str_eq(why, reason));
		assert_true(str_eq(again.org, whole.org));
	}
	why = reason;
	return whole;
}

static struct aggregate
read_z(const char *z)
{
	return read_text(str_from(z));
}

static bool
has_note(const struct aggregate *r, const char *part)
{
	for (size_t i = 0; i < r->notes; i++)
		if (str_ifind(r->note[i], str_from(part)) < r->note[i].n)
			return true;
	return false;
}

static void
reads_a_report(void **state)
{
	(void)state;
	struct aggregate r = read_z(FEEDBACK(RECORD("192.0.2.1", "3", "pass",
		"fail") RECORD("2001:DB8::1", "4", "fail", "fail")));

	assert_null(why.p);
	assert_int_equal(r.notes, 0);
	assert_int_equal(r.records, 2);
	assert_same(r.org, STR("mx.example"));
	assert_int_equal(r.begin, 1780272000);
	assert_int_equal(r.policy.p, DMARC_NONE);
	struct aggregate_record x = aggregate_get(&r, 1);
	assert_int_equal(x.ip.family, 6);
	assert_int_equal(x.count, 4);
	assert_int_equal(x.dkim, RESULT_FAIL);
	assert_false(aggregate_passes(&x));
	x = aggregate_get(&r, 0);
	assert_true(aggregate_passes(&x));
	assert_same(x.header_from, STR("shop.example"));
}

static void
reads_text_behind_blanks(void **state)
{
	(void)state;
	struct buf b = { .arena = &arena };

	buf_add(&b, STR("<feedback><report_metadata><org_name>"));
	for (int i = 0; i < AGGREGATE_MAX_TEXT + 10; i++)
		buf_char(&b, i % 70 ? ' ' : '\n');
	buf_add(&b, STR("mx.example</org_name></report_metadata></feedback>"));
	struct aggregate r = read_text(buf_str(&b));
	assert_null(why.p);
	assert_same(r.org, STR("mx.example"));
}

static void
reads_signs_in_text(void **state)
{
	(void)state;
	struct aggregate r =
		read_z("<feedback><report_metadata><org_name>"
		       "A >B> &C> D</org_name><report_id>7"
		       "</report_id></report_metadata></feedback>");

	assert_null(why.p);
	assert_same(r.org, STR("A >B> &C> D"));
	assert_same(r.id, STR("7"));
}

static void
reads_results(void **state)
{
	(void)state;
	struct aggregate r = read_z(FEEDBACK(
		"<record>" ROW("192.0.2.1", "1", "PASS", " fail\n") FROM
		"<auth_results><dkim><domain>a.example</domain><selector>s1"
		"</selector><result>hardfail</result></dkim><dkim/><spf>"
		"<domain>b.example</domain><scope>MFROM</scope><result>Pass"
		"</result></spf></auth_results><other><x>1</x></other>"
		"</record>"));
	struct aggregate_record x = aggregate_get(&r, 0);

	assert_int_equal(x.dkim, RESULT_PASS);
	assert_int_equal(x.spf, RESULT_FAIL);
	assert_int_equal(x.signatures, 1);
	assert_same(x.signature[0].selector, STR("s1"));
	assert_int_equal(x.signature[0].result, RESULT_FAIL);
	assert_int_equal(x.senders, 1);
	assert_same(x.sender[0].scope, STR("mfrom"));
	assert_int_equal(x.sender[0].result, RESULT_PASS);
	assert_int_equal(r.notes, 0);
}

/* What writers are known to do. */
static void
mends(void **state)
{
	(void)state;
	static const struct {
		const char *text, *note;
	} cases[] = {
		{ "junk before " FEEDBACK(
			  RECORD("192.0.2.1", "1", "pass", "pass")),
			"text before" },
		{ FEEDBACK(RECORD("192.0.2.1", "1", "pass", "pass")) "\n--\n",
			"text behind" },
		{ "<?xml version='1.0' encoding='utf-8' ?" FEEDBACK(
			  RECORD("192.0.2.1", "1", "pass", "pass")),
			"without" },
		{ FEEDBACK("<!-- a > b -- c -->" RECORD(
			  "192.0.2.1", "1", "pass", "pass")),
			NULL },
		{ "<a:feedback xmlns:a='urn:x' y=z>" META POLICY RECORD(
			  "192.0.2.1", "1", "pass", "pass") "</a:feedback>",
			NULL },
		{ "<feedback><xs:schema>" META POLICY RECORD(
			  "192.0.2.1", "1", "pass", "pass") "</feedback>",
			"schema" },
		{ FEEDBACK("<record>" ROW("192.0.2.1", "1", "pass",
			  "pass") "<identities><header_from>a & b.example"
				  "</header_from></identities></record>"),
			"not written as entities" },
		{ FEEDBACK("<record><row><source_ip>192.0.2.1</source_ip>"
			   "<count>1</count></record>"),
			"not closed" },
		{ FEEDBACK(RECORD("192.0.2.1", "1", "pass", "pass") "</row>"),
			"without an element" },
		{ FEEDBACK("<extra/>" RECORD("192.0.2.1", "1", "pass", "pass")),
			"<extra>" },
		{ FEEDBACK("<record>" ROW("192.0.2.1", "1", "pass",
			  "pass") "<identifiers><header_from>\xff.example"
				  "</header_from></identifiers></record>"),
			"no text" },
		{ FEEDBACK("<record>" ROW("mail.example", "1", "pass", "pass")
				  FROM "</record>"),
			"address" },
		{ FEEDBACK("<record>" ROW("192.0.2.1", "1", "maybe", "pass")
				  FROM "</record>"),
			"maybe" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct aggregate r = read_z(cases[i].text);
		assert_null(why.p);
		assert_int_equal(r.records, 1);
		assert_false(r.cut);
		if (cases[i].note)
			assert_true(has_note(&r, cases[i].note));
		else
			assert_int_equal(r.notes, 0);
	}
}

static void
leaves_out(void **state)
{
	(void)state;
	struct aggregate r = read_z(FEEDBACK(
		"<record><row><count>1</count></row></record>"
		"<record><row><source_ip>192.0.2.1</source_ip></row>"
		"</record>" RECORD("192.0.2.1", "-1", "pass", "pass") RECORD(
			"192.0.2.1", "99999999999999999999", "pass", "pass")));

	assert_int_equal(r.records, 0);
	assert_true(has_note(&r, "without count"));
	assert_true(has_note(&r, "without source_ip"));
}

static void
refuses(void **state)
{
	(void)state;
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "<!DOCTYPE feedback [<!ENTITY a \"b\">]>" FEEDBACK(""),
			"it has a document type declaration (DTD)" },
		{ "<feedback><!ENTITY a SYSTEM \"/etc/passwd\"></feedback>",
			"it has a document type declaration (DTD)" },
		{ "<html><body>x</body></html>",
			"it is no DMARC report, but <html>" },
		{ "nothing", "it has no XML element" },
		{ "", "it has no XML element" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_z(cases[i].text);
		assert_str(why, cases[i].why);
	}
}

static void
refuses_depth(void **state)
{
	(void)state;
	struct buf b = { .arena = &arena };

	for (size_t i = 0; i < 33; i++)
		buf_add(&b, STR("<feedback>"));
	read_text(buf_str(&b));
	assert_same(why, STR("its elements are nested more than 32 deep"));
}

/* Entities that are not of XML are text; a bomb is a DTD's. */
static void
knows_five_entities(void **state)
{
	(void)state;
	struct aggregate r = read_z(
		"<feedback><report_metadata><org_name>&lt;A&#38;&#x42;&nbsp;"
		"&#0;&apos;&bomb</org_name></report_metadata></feedback>");

	assert_same(r.org, STR("<A&B&nbsp;\xef\xbf\xbd'&bomb"));
}

static void
reads_sections(void **state)
{
	(void)state;
	struct aggregate r = read_z(
		"<feedback><report_metadata><org_name><![CDATA[<a>]]&]]]>"
		"</org_name></report_metadata></feedback>");

	assert_same(r.org, STR("<a>]]&]"));
}

static void
reads_encodings(void **state)
{
	(void)state;
	struct buf b = { .arena = &arena };
	static const char text[] =
		FEEDBACK(RECORD("192.0.2.1", "5", "pass", "pass"));
	struct aggregate r = read_z(
		"<?xml version=\"1.0\" encoding=\"windows-1252\"?><feedback>"
		"<report_metadata><org_name>Caf\xe9 \x80</org_name>"
		"</report_metadata></feedback>");

	assert_same(r.org, STR("Caf\xc3\xa9 \xe2\x82\xac"));
	buf_add(&b, STR("\xff\xfe"));
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		buf_char(&b, text[i]);
		buf_char(&b, '\0');
	}
	r = read_text(buf_str(&b));
	assert_int_equal(r.records, 1);
	assert_int_equal(r.notes, 0);
	r = read_z("\xef\xbb\xbf" FEEDBACK(
		RECORD("192.0.2.1", "5", "pass", "pass")));
	assert_int_equal(r.records, 1);
	assert_int_equal(r.notes, 0);
}

/* Wherever it ends, whole records count and no part of one. */
static void
survives_cuts(void **state)
{
	(void)state;
	static const char text[] = FEEDBACK(RECORD("192.0.2.1", "5", "pass",
		"pass") RECORD("192.0.2.2", "55", "pass", "pass"));
	size_t last = 0;

	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct aggregate r = read_pieces((str){ text, n }, n);
		if (why.p)
			continue;
		assert_true(r.cut);
		assert_true(r.records >= last && r.records <= 2);
		last = r.records;
		if (r.records == 2)
			assert_int_equal(aggregate_get(&r, 1).count, 55);
	}
	assert_int_equal(last, 2);
}

static void
keeps_times(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t want;
	} cases[] = {
		{ "1780272000", 1780272000 },
		{ " 1780272000.5 ", 1780272000 },
		{ "1780272000000", 1780272000 },
		{ "2026-06-01T00:00:00Z", 1780272000 },
		{ "2026-06-01 00:00:00", 1780272000 },
		{ "2026-06-01", 1780272000 },
		{ "-5", TIME_UNKNOWN },
		{ "soon", TIME_UNKNOWN },
		{ "99999999999999999999", TIME_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct aggregate r = read_text(STR_CAT(&arena,
			STR("<feedback><report_metadata><date_range><begin>"),
			str_from(cases[i].text),
			STR("</begin></date_range></report_metadata>"
			    "</feedback>")));
		assert_int_equal(r.begin, cases[i].want);
	}
}

/* --- sums ------------------------------------------------------------- */

static struct tally *
sum_of(const char *const *text, size_t n, bool backwards)
{
	struct tally *t = tally_new(7, NULL);

	for (size_t i = 0; i < n; i++) {
		const struct tally_report *first;
		struct aggregate r = read_z(text[backwards ? n - 1 - i : i]);
		assert_null(why.p);
		tally_add(t, &r, STR("x"), &first);
	}
	tally_end(t, true);
	return t;
}

static struct tally_row
first_row(const struct tally *t)
{
	return tally_row(t, &t->domain[0].view[TALLY_BY_SOURCE], 0);
}

static void
adds_up(void **state)
{
	(void)state;
	static const char *const text[] = {
		FEEDBACK(RECORD("192.0.2.1", "3", "pass", "fail")
				RECORD("192.0.2.2", "4", "fail", "fail")),
		"<feedback><report_metadata><org_name>b</org_name><report_id>8"
		"</report_id></report_metadata>" POLICY RECORD(
			"192.0.2.1", "18446744073709551615", "pass", "fail")
			RECORD("192.0.2.1", "9223372036854775807", "pass",
				"fail") RECORD("192.0.2.1",
				"9223372036854775807", "pass", "fail")
				RECORD("192.0.2.1", "9223372036854775807",
					"fail", "fail") "</feedback>",
	};

	for (int backwards = 0; backwards < 2; backwards++) {
		struct tally *t = sum_of(text, 2, backwards);
		assert_int_equal(t->domains, 1);
		assert_int_equal(t->reports, 2);
		assert_int_equal(t->domain[0].view[0].n, 2);
		/* the most there is, not what is left of it */
		assert_true(t->count.messages == UINT64_MAX);
		/* the other one fails more often */
		assert_int_equal(
			tally_row(t, &t->domain[0].view[0], 1).count.messages,
			4);
		tally_free(t);
	}
}

static void
counts_once(void **state)
{
	(void)state;
	static const char *const text[] = {
		FEEDBACK(RECORD("192.0.2.1", "3", "pass", "fail")
				RECORD("192.0.2.2", "4", "fail", "fail")),
		FEEDBACK(RECORD("192.0.2.2", "4", "fail", "fail")
				RECORD("192.0.2.1", "3", "pass", "fail")),
		FEEDBACK(RECORD("192.0.2.2", "5", "fail", "fail")),
	};
	struct tally *t = sum_of(text, 3, false);

	assert_int_equal(t->reports, 1);
	assert_int_equal(t->duplicates, 1);
	assert_int_equal(t->conflicts, 1);
	assert_int_equal(t->count.messages, 7);
	assert_int_equal(t->count.pass, 3);
	tally_free(t);
}

/* More sources than are kept: networks, and the sums stay what they are. */
static void
grows_coarser(void **state)
{
	(void)state;
	enum { MANY = SOURCES_MAX + 1000 };
	struct buf b = { .arena = &arena };

	buf_add(&b, STR("<feedback>" META POLICY));
	for (unsigned i = 0; i < MANY; i++) {
		buf_add(&b, STR("<record><row><source_ip>198."));
		buf_uint(&b, i / 65536);
		buf_char(&b, '.');
		buf_uint(&b, i / 256 % 256);
		buf_char(&b, '.');
		buf_uint(&b, i % 256);
		buf_add(&b, STR("</source_ip><count>2</count></row></record>"));
	}
	buf_add(&b, STR("</feedback>"));
	struct aggregate r = read_pieces(buf_str(&b), 4096);
	assert_int_equal(r.records, MANY);
	struct tally *t = tally_new(1, NULL);
	const struct tally_report *first;
	tally_add(t, &r, STR("x"), &first);
	tally_end(t, true);
	assert_true(t->coarse);
	assert_int_equal(t->count.messages, 2 * MANY);
	assert_int_equal(t->domain[0].view[0].n, (MANY + 255) / 256);
	assert_int_equal(first_row(t).prefix, 24);
	assert_int_equal(first_row(t).count.messages, 512);
	tally_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_a_report),
		TEST(reads_text_behind_blanks),
		TEST(reads_signs_in_text),
		TEST(reads_results),
		TEST(mends),
		TEST(leaves_out),
		TEST(refuses),
		TEST(refuses_depth),
		TEST(knows_five_entities),
		TEST(reads_sections),
		TEST(reads_encodings),
		TEST(survives_cuts),
		TEST(keeps_times),
		TEST(adds_up),
		TEST(counts_once),
		TEST(grows_coarser),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
