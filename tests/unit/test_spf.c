/*
 * test_spf.c - the parts of SPF that data cases do not show: terms, spans,
 * macros on their own, the Received-SPF field, and which questions are asked.
 */
#include "unit.h"

#include <stdio.h>

#include "mailauth/spf.h"
#include "net/zone.h"

static struct arena passing;

static int
set_up(void **state)
{
	begin_test(state);
	arena_init(&passing, (size_t)64 << 20, NULL, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	arena_free(&passing);
	return end_test(state);
}

/* --- records --------------------------------------------------------- */

static struct spf_record
parse(const char *z)
{
	return spf_record_parse(&arena, str_from(z));
}

static void
test_terms(void **state)
{
	(void)state;
	struct spf_record r = parse("v=spf1 +a/24//64 ~mx:%{d}.example.com/8 "
				    "ip4:192.0.2.0/24 ip6:2001:db8::/32 moo= "
				    "exp=e.example redirect=r.example ?all");

	assert_true(r.valid);
	assert_int_equal(r.n, 8);
	assert_int_equal(r.term[0].kind, SPF_A);
	assert_int_equal(r.term[0].qualifier, RESULT_PASS);
	assert_int_equal(r.term[0].prefix4, 24);
	assert_int_equal(r.term[0].prefix6, 64);
	assert_null(r.term[0].spec.p);
	assert_str(r.term[0].text, "+a/24//64");
	assert_int_equal(r.term[1].qualifier, RESULT_SOFTFAIL);
	assert_str(r.term[1].spec, "%{d}.example.com");
	assert_int_equal(r.term[1].prefix4, 8);
	assert_int_equal(r.term[1].prefix6, 128);
	assert_int_equal(r.term[2].net.family, 4);
	assert_int_equal(r.term[3].net.family, 6);
	assert_int_equal(r.term[3].prefix6, 32);
	assert_int_equal(r.term[4].kind, SPF_MODIFIER);
	assert_ptr_equal(r.exp, &r.term[5]);
	assert_ptr_equal(r.redirect, &r.term[6]);
	assert_str(r.redirect->spec, "r.example");
	assert_true(r.has_all);
}

/* What comes from the shelf lies in the text at hand, and nowhere else. */
static void
test_recall(void **state)
{
	static const char text[] = "v=spf1 +a/24//64 ~mx:%{d}.example.com "
				   "ip4:192.0.2.0/24 exp=e.example ?all "
				   "redirect=r.example";
	char copy[sizeof(text)];
	struct shelf *shelf = shelf_new();

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		struct spf_record want = parse(text);
		memcpy(copy, text, sizeof(text));
		struct spf_record r =
			spf_record_recall(shelf, &arena, str_from(copy));
		assert_int_equal(r.n, want.n);
		assert_true(r.valid && r.has_all);
		assert_ptr_equal(r.exp, &r.term[3]);
		assert_ptr_equal(r.redirect, &r.term[5]);
		assert_ptr_equal(r.term[0].text.p, copy + 7);
		assert_null(r.term[0].spec.p);
		for (size_t i = 0; i < r.n; i++) {
			assert_int_equal(r.term[i].kind, want.term[i].kind);
			assert_true(str_eq(r.term[i].text, want.term[i].text));
			assert_true(str_eq(r.term[i].spec, want.term[i].spec));
			assert_true(ip_eq(r.term[i].net, want.term[i].net));
		}
	}
	assert_false(spf_record_recall(shelf, &arena, STR("v=spf1 x")).valid);
	assert_false(spf_record_recall(shelf, &arena, STR("v=spf1 x")).valid);
	assert_true(spf_record_recall(NULL, &arena, STR("v=spf1")).valid);
	shelf_free(shelf);
}

static void
test_is_record(void **state)
{
	(void)state;
	assert_true(spf_is_record(STR("v=spf1")));
	assert_true(spf_is_record(STR("V=sPf1 ")));
	assert_false(spf_is_record(STR("")));
	assert_false(spf_is_record(STR("v=spf")));
	assert_false(spf_is_record(STR("v=spf10")));
	assert_false(spf_is_record(STR("v=spf1\t")));
	assert_false(parse("nothing").valid);
	assert_true(parse("v=spf1").valid);
	assert_int_equal(parse("v=spf1   ").n, 0);
}

static void
test_error_span(void **state)
{
	static const struct {
		const char *record, *span, *why;
	} wrong[] = {
		{ "v=spf1 a ip4:1.2.3.4/40 -all", "40", "at most 32" },
		{ "v=spf1 a:%{z}.example -all", "%{z}", "macro letter" },
		{ "v=spf1 redirect:x.example", ":", "written with `=`" },
		{ "v=spf1 a:mail.example~all", "~", "last label" },
		{ "v=spf1 inlcude:x.example", "inlcude", "known mechanism" },
		{ "v=spf10", "v=spf10", "begins with" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		str text = str_from(wrong[i].record);
		struct spf_record r = spf_record_parse(&arena, text);
		assert_false(r.valid);
		assert_str(str_sub(text, r.error_at, r.error_n), wrong[i].span);
		assert_true(str_ifind(r.reason, str_from(wrong[i].why)) <
			    r.reason.n);
	}
}

/* --- macros ---------------------------------------------------------- */

static void
test_macro_syntax(void **state)
{
	struct spf_fault f;

	(void)state;
	assert_true(spf_macro_valid(STR("a.example"), SPF_MACRO_DOMAIN, &f));
	assert_true(spf_macro_valid(STR("%{d}"), SPF_MACRO_DOMAIN, &f));
	assert_false(spf_macro_valid(STR(""), SPF_MACRO_DOMAIN, &f));
	assert_true(spf_macro_valid(STR(""), SPF_MACRO_STRING, &f));
	assert_true(spf_macro_valid(STR(""), SPF_MACRO_EXP, &f));
	assert_true(spf_macro_valid(STR("a %{c}"), SPF_MACRO_EXP, &f));
	assert_false(spf_macro_valid(STR("a b"), SPF_MACRO_STRING, &f));
	assert_false(spf_macro_valid(STR("%{c}"), SPF_MACRO_STRING, &f));
	assert_str(f.what, "%{c}");

	assert_true(spf_macro_uses(STR("a.%{P2}.b"), 'p'));
	assert_false(spf_macro_uses(STR("%%{p}"), 'p'));
	assert_false(spf_macro_uses(STR("%{"), 'p'));
}

static void
test_macro_expand(void **state)
{
	struct spf_query q = { .scope = SPF_MFROM };
	struct spf_macros m = { .query = &q,
		.sender_local = STR("a"),
		.sender_domain = STR("example.com"),
		.domain = STR("example.com") };

	(void)state;
	ip_parse(STR("192.0.2.1"), &q.ip);
	assert_str(
		spf_macro_expand(&arena, STR("%{ir}.x."), SPF_MACRO_DOMAIN, &m),
		"1.2.0.192.x");
	assert_str(spf_macro_expand(
			   &arena, STR("%{s} at %{t}."), SPF_MACRO_EXP, &m),
		"a@example.com at 0.");
	/* what is not valid is kept, and nothing bad happens */
	assert_str(spf_macro_expand(&arena, STR("%x%{z}%"), SPF_MACRO_EXP, &m),
		"%x%{z}%");
}

/* A record full of macros makes neither long names nor long texts. */
static void
test_macro_bounds(void **state)
{
	struct spf_query q = { .scope = SPF_MFROM };
	struct spf_macros m = { .query = &q,
		.sender_local = STR("0123456789.0123456789.0123456789"),
		.sender_domain = STR("example.com"),
		.domain = STR("example.com") };
	struct buf b = { .arena = &arena };

	(void)state;
	for (int i = 0; i < 15000; i++)
		buf_add(&b, STR("%{S}"));
	str s = spf_macro_expand(&arena, buf_str(&b), SPF_MACRO_DOMAIN, &m);
	assert_true(s.n <= DNS_MAX_NAME && s.n > 200);
	assert_true(str_iends(s, STR("0123456789%40example.com")));
	s = spf_macro_expand(&arena, buf_str(&b), SPF_MACRO_EXP, &m);
	assert_int_equal(s.n, SPF_MAX_EXPLANATION);
	assert_true(arena.total < (size_t)1 << 20);
}

/* --- questions ------------------------------------------------------- */

struct world {
	struct dns *dns;
	struct zone *zone;
	struct spf_query query;
	struct spf_verdict verdict;
	str dead; /* a name that is never answered */
	unsigned rounds;
	size_t questions;
};

static struct world
new_world(str zone)
{
	struct world w = { .dns = dns_new(&arena), .zone = zone_new(&arena) };
	struct zone_error error;

	assert_true(zone_parse(w.zone, zone, &error));
	w.query = (struct spf_query){ .scope = SPF_MFROM,
		.local = STR("a"),
		.domain = STR("example.com") };
	assert_true(ip_parse(STR("192.0.2.1"), &w.query.ip));
	return w;
}

static void
answer_all(struct world *w)
{
	struct dns_question *q;

	while ((q = dns_take(w->dns)) != NULL) {
		struct dns_answer a;
		if (w->dead.p && str_eq(q->name, w->dead))
			continue;
		zone_answer(w->zone, &passing, q->type, q->name, &a);
		dns_tell(w->dns, q, &a);
	}
}

/* Until it settles, with all answers of a round at once. */
static void
run(struct world *w)
{
	for (w->rounds = 0; w->rounds < 100; w->rounds++) {
		dns_begin(w->dns);
		w->verdict = spf_check(&arena, w->dns, &w->query);
		if (dns_settled(w->dns))
			break;
		assert_int_equal(w->verdict.result, RESULT_PENDING);
		answer_all(w);
	}
	dns_questions(w->dns, &w->questions);
}

static bool
was_asked(const struct world *w, const char *name)
{
	size_t n;
	struct dns_question *const *q = dns_questions(w->dns, &n);

	for (size_t i = 0; i < n; i++)
		if (str_eq(q[i]->name, str_from(name)))
			return true;
	return false;
}

static void
add_line(struct buf *b, const char *z)
{
	buf_add(b, str_from(z));
	buf_char(b, '\n');
}

/* 1,024 names, each with four includes of others. */
static void
test_hostile_tree(void **state)
{
	struct buf zone = { .arena = &arena };
	char line[256];

	(void)state;
	add_line(&zone, "example.com TXT \"v=spf1 include:n0.x.example -all\"");
	for (unsigned i = 0; i < 1024; i++) {
		snprintf(line, sizeof(line),
			"n%u.x.example TXT \"v=spf1 include:n%u.x.example "
			"include:n%u.x.example include:n%u.x.example "
			"include:n%u.x.example ~all\"",
			i, (4 * i + 1) % 1024, (4 * i + 2) % 1024,
			(4 * i + 3) % 1024, (4 * i + 4) % 1024);
		add_line(&zone, line);
	}
	struct world w = new_world(buf_str(&zone));
	run(&w);
	assert_int_equal(w.verdict.result, RESULT_PERMERROR);
	assert_int_equal(w.verdict.error, SPF_ERROR_LOOKUPS);
	assert_true(w.questions <= 60);
}

/* A full tree of includes, three deep, as wide as the limit lets it be. */
static void
test_round_trips(void **state)
{
	struct world w = new_world(STR(
		"example.com TXT \"v=spf1 include:a.example include:b.example "
		"mx ~all\"\n"
		"a.example TXT \"v=spf1 include:aa.example a -all\"\n"
		"a.example A 203.0.113.1\n"
		"b.example TXT \"v=spf1 include:ba.example -all\"\n"
		"aa.example TXT \"v=spf1 ip4:203.0.113.2 -all\"\n"
		"ba.example TXT \"v=spf1 a:h.example -all\"\n"
		"h.example A 203.0.113.3\n"
		"example.com MX 10 mx1.example\n"
		"example.com MX 20 mx2.example\n"
		"mx1.example A 203.0.113.4\n"
		"mx2.example A 203.0.113.5\n"));

	(void)state;
	run(&w);
	assert_int_equal(w.verdict.result, RESULT_SOFTFAIL);
	assert_int_equal(w.rounds, 4); /* example.com, b, ba, h */
	assert_int_equal(w.verdict.lookups, 7);
}

/* Depth d settles in d + 1 round trips. */
static void
test_deep_chain(void **state)
{
	struct buf zone = { .arena = &arena };
	char line[128];

	(void)state;
	add_line(&zone, "example.com TXT \"v=spf1 include:c1.example ~all\"");
	for (int i = 1; i <= 8; i++) {
		snprintf(line, sizeof(line),
			"c%d.example TXT \"v=spf1 include:c%d.example -all\"",
			i, i + 1);
		add_line(&zone, line);
	}
	add_line(&zone, "c9.example TXT \"v=spf1 -all\"");
	struct world w = new_world(buf_str(&zone));
	run(&w);
	assert_int_equal(w.verdict.result, RESULT_SOFTFAIL);
	assert_int_equal(w.rounds, 10);
	assert_int_equal(w.questions, 10);
}

/* A dead server behind a term that matches does not delay the verdict. */
static void
test_dead_behind(void **state)
{
	struct world w = new_world(
		STR("example.com TXT \"v=spf1 a:h.example a:dead.example "
		    "include:dead.example -all\"\n"
		    "h.example A 192.0.2.1\n"));

	(void)state;
	w.dead = STR("dead.example");
	run(&w);
	assert_int_equal(w.verdict.result, RESULT_PASS);
	assert_int_equal(w.rounds, 2);
	assert_true(was_asked(&w, "dead.example")); /* ahead */
}

/* In front of the match it does. */
static void
test_dead_before(void **state)
{
	struct world w = new_world(STR(
		"example.com TXT \"v=spf1 a:dead.example a:h.example -all\"\n"
		"h.example A 192.0.2.1\n"));

	(void)state;
	w.dead = STR("dead.example");
	run(&w);
	assert_int_equal(w.verdict.result, RESULT_PENDING);
	dns_close(w.dns, DNS_TIMEOUT);
	run(&w);
	assert_int_equal(w.verdict.result, RESULT_TEMPERROR);
}

/* Nothing behind a term that has decided is asked for. */
static void
test_nothing_behind(void **state)
{
	struct world w = new_world(
		STR("example.com TXT \"v=spf1 a:h.example ip4:192.0.2.1 "
		    "a:behind.example include:behind.example -all\"\n"));

	(void)state;
	run(&w);
	assert_int_equal(w.verdict.result, RESULT_PASS);
	assert_true(was_asked(&w, "h.example"));
	assert_false(was_asked(&w, "behind.example"));
}

/* exists, ptr, %{p} and exp are not asked ahead. */
static void
test_shy_terms(void **state)
{
	struct world w = new_world(
		STR("example.com TXT \"v=spf1 a:h.example exists:e.example ptr "
		    "a:%{p}.p.example mx -all exp=exp.example\"\n"
		    "h.example A 192.0.2.1\n"
		    "example.com MX 10 mx.example\n"));

	(void)state;
	run(&w);
	assert_int_equal(w.verdict.result, RESULT_PASS);
	assert_false(was_asked(&w, "e.example"));
	assert_false(was_asked(&w, "1.2.0.192.in-addr.arpa"));
	assert_false(was_asked(&w, "unknown.p.example"));
	assert_false(was_asked(&w, "exp.example"));
	assert_int_equal(w.questions, 3); /* TXT, A of h.example, MX */
}

/* A pass that does not count asks for no names made of what is missing. */
static void
test_validated_name_waits(void **state)
{
	struct world w = new_world(
		STR("example.com TXT \"v=spf1 a:%{p}.p.example -all\"\n"
		    "1.2.0.192.in-addr.arpa PTR h.example\n"
		    "h.example A 192.0.2.1\n"
		    "h.example.p.example A 192.0.2.1\n"));

	(void)state;
	run(&w);
	assert_int_equal(w.verdict.result, RESULT_PASS);
	assert_false(was_asked(&w, "unknown.p.example"));
}

/* --- the tree and the field ------------------------------------------ */

static void
test_steps_are_bounded(void **state)
{
	struct buf zone = { .arena = &arena };

	(void)state;
	buf_add(&zone, STR("example.com TXT \"v=spf1 \""));
	for (int i = 0; i < 500; i++)
		buf_add(&zone,
			STR(" \"ip4:203.0.113.1 ip6:2001:db8::1 x=y \""));
	add_line(&zone, " \"-all\"");
	struct world w = new_world(buf_str(&zone));
	run(&w);
	assert_int_equal(w.verdict.result, RESULT_FAIL);
	assert_int_equal(w.verdict.steps, SPF_MAX_STEPS);
}

static void
test_received_field(void **state)
{
	struct spf_query q = { .scope = SPF_MFROM,
		.local = STR("a\"b\\c"),
		.domain = STR("ex\r\nample.com"),
		.helo = STR("(helo)"),
		.receiver = STR("mx.example.org") };
	struct spf_verdict v = { .result = RESULT_PERMERROR,
		.scope = SPF_MFROM,
		.domain = STR("ex(ample.com"),
		.reason = STR("it is \x01 broken") };

	(void)state;
	ip_parse(STR("2001:db8::1"), &q.ip);
	assert_str(spf_received_field(&arena, &q, &v),
		"Received-SPF: permerror (domain ex\\(ample.com\r\n"
		"\thas a faulty policy for 2001:db8::1)\r\n"
		"\treceiver=mx.example.org;\r\n"
		"\tidentity=mailfrom;\r\n"
		"\tclient-ip=\"2001:db8::1\";\r\n"
		"\tenvelope-from=\"a\\\"b\\\\c@ex??ample.com\";\r\n"
		"\thelo=\"(helo)\";\r\n"
		"\tproblem=\"it is ? broken\";\r\n");
}

/* A sender that is cut keeps its domain, or it would be somebody else's. */
static void
test_received_sender(void **state)
{
	char *big = arena_alloc(&arena, 320);
	struct spf_query q = { .scope = SPF_MFROM,
		.local = { memset(big, 'x', 320), 320 },
		.domain = STR("evil.example") };
	struct spf_verdict v = { .result = RESULT_PASS, .scope = SPF_MFROM };

	(void)state;
	memcpy(big + 320 - 13, "@bank.example", 13);
	str field = spf_received_field(&arena, &q, &v);
	assert_true(str_ifind(field, STR("x@evil.example\";")) < field.n);
	assert_true(str_ifind(field, STR("bank.example")) == field.n);
}

/* However long the sender's names are, no line is. (RFC 5322 2.1.1) */
static void
test_received_lines(void **state)
{
	char *big = arena_alloc(&arena, 100000);
	str long_text = { memset(big, '"', 100000), 100000 }, line;
	struct spf_query q = { .scope = SPF_MFROM,
		.local = long_text,
		.domain = long_text,
		.helo = long_text,
		.receiver = long_text };
	struct spf_verdict v = { .result = RESULT_FAIL,
		.scope = SPF_MFROM,
		.domain = long_text,
		.mechanism = long_text };

	(void)state;
	str field = spf_received_field(&arena, &q, &v);
	while (str_split(&field, '\n', &line))
		assert_true(line.n <= 998);
}

int
main(void)
{
#define WITH_PASSES(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_PASSES(test_terms),
		WITH_PASSES(test_recall),
		WITH_PASSES(test_is_record),
		WITH_PASSES(test_error_span),
		WITH_PASSES(test_macro_syntax),
		WITH_PASSES(test_macro_expand),
		WITH_PASSES(test_macro_bounds),
		WITH_PASSES(test_hostile_tree),
		WITH_PASSES(test_round_trips),
		WITH_PASSES(test_deep_chain),
		WITH_PASSES(test_dead_behind),
		WITH_PASSES(test_dead_before),
		WITH_PASSES(test_nothing_behind),
		WITH_PASSES(test_shy_terms),
		WITH_PASSES(test_validated_name_waits),
		WITH_PASSES(test_steps_are_bounded),
		WITH_PASSES(test_received_field),
		WITH_PASSES(test_received_sender),
		WITH_PASSES(test_received_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
