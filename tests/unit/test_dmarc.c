/*
 * test_dmarc.c - the parts of DMARC that data cases do not show: the record,
 * the author, the walk's questions, and what makes a verdict wait.
 */
#include "unit.h"

#include "mailauth/dmarc.h"

/* --- records --------------------------------------------------------- */

static void
test_is_record(void **state)
{
	(void)state;
	assert_true(dmarc_is_record(STR("v=DMARC1")));
	assert_true(dmarc_is_record(STR("v=DMARC1;")));
	assert_true(dmarc_is_record(STR("V \t=  DMARC1 ; p=none")));
	assert_true(dmarc_is_record(STR("v=DMARC1;;;")));
	assert_false(dmarc_is_record(STR("")));
	assert_false(dmarc_is_record(STR("v")));
	assert_false(dmarc_is_record(STR("v=dmarc1; p=none")));
	assert_false(dmarc_is_record(STR("v=DMARC1x; p=none")));
	assert_false(dmarc_is_record(STR("v=DMARC1 p=none")));
	assert_false(dmarc_is_record(STR("v=DMARC1\0; p=none")));
	assert_false(dmarc_is_record(STR(" v=DMARC1; p=none")));
	assert_false(dmarc_is_record(STR("p=none; v=DMARC1")));
	assert_false(dmarc_is_record(STR("v=DMARC2; p=none")));
	assert_false(dmarc_is_record(STR("vv=DMARC1")));
}

static struct dmarc_record
record(const char *rest)
{
	return dmarc_record_parse(
		&arena, STR_CAT(&arena, STR("v=DMARC1;"), str_from(rest)));
}

static void
test_recall(void **state)
{
	str text = STR("v=DMARC1; p=reject; sp=none; pct=7");
	struct shelf *shelf = shelf_new();

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		str copy = arena_dup(&arena, text);
		struct dmarc_record r =
			dmarc_record_recall(shelf, &arena, copy);
		assert_true(r.valid);
		assert_ptr_equal(r.text.p, copy.p);
		assert_int_equal(r.text.n, copy.n);
		assert_int_equal(r.p, DMARC_REJECT);
		assert_int_equal(r.sp, DMARC_NONE);
		assert_int_equal(r.pct, 7);
	}
	assert_false(dmarc_record_recall(shelf, &arena, STR("v=spf1")).valid);
	shelf_free(shelf);
}

static void
test_defaults(void **state)
{
	(void)state;
	struct dmarc_record r = record("");

	assert_true(r.valid);
	assert_int_equal(r.p, DMARC_POLICY_UNKNOWN);
	assert_false(r.p_invalid || r.sp_invalid || r.np_invalid);
	assert_false(r.strict_dkim || r.strict_spf || r.testing || r.has_rua);
	assert_int_equal(r.psd, 'u');
	assert_int_equal(r.pct, 100);
	assert_false(dmarc_record_parse(&arena, STR("v=spf1")).valid);
}

static void
test_tags(void **state)
{
	(void)state;
	struct dmarc_record r = record(" P = Reject ;sp=none; np=\tquarantine;"
				       " adkim=S; aspf = s; t=Y; psd=N; pct=7;"
				       " rua=mailto:a@b.example; x-y=1;");

	assert_int_equal(r.p, DMARC_REJECT);
	assert_int_equal(r.sp, DMARC_NONE);
	assert_int_equal(r.np, DMARC_QUARANTINE);
	assert_true(r.strict_dkim && r.strict_spf && r.testing && r.has_rua);
	assert_int_equal(r.psd, 'n');
	assert_int_equal(r.pct, 7);
}

static void
test_bad_tags(void **state)
{
	(void)state;
	struct dmarc_record r =
		record("p=rejekt; sp=; np=none sp=none; adkim=x;"
		       " aspf; t=yes; psd=maybe; pct=101; ; =;"
		       " junk");

	assert_true(r.valid);
	assert_true(r.p_invalid && r.sp_invalid && r.np_invalid);
	assert_false(r.strict_dkim || r.strict_spf || r.testing);
	assert_int_equal(r.psd, 'u');
	assert_int_equal(r.pct, 100);
	/* the first counts */
	assert_int_equal(record("p=none; p=reject").p, DMARC_NONE);
	assert_true(record("p=x; p=reject").p_invalid);
}

static void
test_report_uris(void **state)
{
	(void)state;
	static const char *const good[] = { "mailto:a@b.example",
		"MAILTO:a@b.example", "mailto:a@b.example!10m",
		"mailto:a@b.example!10", "nonsense, mailto:a@b.example",
		"https://r.example/x?y=%2C", "mailto:a%2Cb@c.example" };
	static const char *const wrong[] = { "", "a@b.example",
		"mailto:", "mailto:a", "mailto:@b.example", "mailto:a@",
		"mailto:a@b.example!", "mailto:a@b.example!m",
		"mailto:a@b.example!10x", "mailto:a!b@c.example",
		"mailto:a b@c.example", "mailto:a%2@b.example", ":x", "1x:y",
		"mailto:<a@b.example>" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!record(STR_CAT(&arena, STR("rua="), str_from(good[i]),
				    STR("\0"))
				    .p)
				.has_rua)
			fail_msg("%s", good[i]);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (record(STR_CAT(&arena, STR("rua="), str_from(wrong[i]),
				   STR("\0"))
				    .p)
				.has_rua)
			fail_msg("%s", wrong[i]);
}

/* --- the author ------------------------------------------------------ */

static struct dmarc_author
author(const char *head)
{
	return dmarc_author(&arena, message_from(&arena, str_from(head)));
}

static void
test_author(void **state)
{
	(void)state;
	struct dmarc_author a =
		author("From: \"x@y.example\" <a@B.Example.>\n");

	assert_int_equal(a.result, RESULT_PENDING);
	assert_int_equal(a.fields, 1);
	assert_int_equal(a.n_domains, 1);
	assert_str(a.domain, "b.example");
	assert_str(a.display_address, "a@B.Example.");

	a = author("From: a@b.example, Ann <c@B.example>\n");
	assert_int_equal(a.result, RESULT_PENDING);
	assert_int_equal(a.n_domains, 1);
	a = author("From: Team: a@b.example;\n");
	assert_str(a.domain, "b.example");
	a = author("From: Shop, Inc. <a@b.example>\n");
	assert_int_equal(a.result, RESULT_PENDING);
	a = author("From: a@m\xc3\xbcller.example\n");
	assert_str(a.domain, "xn--mller-kva.example");
}

static void
test_no_author(void **state)
{
	(void)state;
	struct dmarc_author a = author("To: a@b.example\n");

	assert_int_equal(a.result, RESULT_NONE);
	assert_null(a.domain.p);
	assert_int_equal(author("From: Team:;\n").result, RESULT_NONE);
	assert_int_equal(author("From: a@[192.0.2.1]\n").result, RESULT_NONE);
	assert_int_equal(author("From:\n").result, RESULT_NONE);
	assert_int_equal(author("From: Ann\n").result, RESULT_NONE);
	assert_true(a.reason.n > 0);
}

static void
test_bad_author(void **state)
{
	(void)state;
	struct dmarc_author a = author(
		"From: a@b.example, c@d.example, e@f.example, g@h.example,\n"
		" i@j.example\n");

	assert_int_equal(a.result, RESULT_PERMERROR);
	assert_int_equal(a.n_domains, DMARC_MAX_AUTHORS);
	a = author("From: a@b.example\nFrom: a@b.example\n");
	assert_int_equal(a.result, RESULT_PERMERROR);
	assert_int_equal(a.fields, 2);
	a = author("From: boss@bank.example x, a@evil.example\n");
	assert_int_equal(a.result, RESULT_PERMERROR);
	a = author("From: boss@bank.example <a@evil.example>\n");
	assert_int_equal(a.result, RESULT_PERMERROR);
	a = author("From: x@h.example (\\\rFrom: boss@bank.example\\\rX: )\n");
	assert_int_equal(a.result, RESULT_PERMERROR);
	a = author("From: \"boss@bank.example\n");
	assert_int_equal(a.result, RESULT_PERMERROR);
}

/* --- the walk -------------------------------------------------------- */

static struct dns *dns;

static void
ask_all(const char *const *want, size_t wants)
{
	size_t n;
	struct dns_question *const *q = dns_questions(dns, &n);

	assert_int_equal(n, wants);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(q[i]->type, DNS_TXT);
		assert_str(q[i]->name, want[i]);
	}
}

/* All eight questions leave in the first pass. */
/* "X: y\rFrom: z" is two lines to some readers, who then show z. */
static void
test_hidden_author(void **state)
{
	(void)state;
	static const char *const hidden[] = {
		"X: y\rFrom: c@d.example\nFrom: a@b.example\n",
		"From: a@b.example\nX: y\r z\rFROM : c@d.example\n",
	};
	static const char *const harmless[] = {
		"From: a@b.example\nX: y\r\n\tFrom: c@d.example\r\n",
		"From: a@b.example\nX: y\r From: c@d.example\n",
		"From: a@b.example\nX: y\rFrom\rFromage: z\r\n",
	};

	for (size_t i = 0; i < 2; i++)
		assert_int_equal(author(hidden[i]).result, RESULT_PERMERROR);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(author(harmless[i]).result, RESULT_PENDING);
}

static void
test_walk_asks_ahead(void **state)
{
	(void)state;
	static const char *const nine[] = {
		"_dmarc.a.b.c.d.e.f.g.shop.example",
		"_dmarc.c.d.e.f.g.shop.example",
		"_dmarc.d.e.f.g.shop.example",
		"_dmarc.e.f.g.shop.example",
		"_dmarc.f.g.shop.example",
		"_dmarc.g.shop.example",
		"_dmarc.shop.example",
		"_dmarc.example",
	};
	static const char *const one[] = { "_dmarc.example" };

	dns_begin(dns);
	dmarc_walk(&arena, dns, STR("a.b.c.d.e.f.g.shop.example"));
	assert_false(dns_settled(dns));
	ask_all(nine, 8);

	dns = dns_new(&arena);
	dns_begin(dns);
	dmarc_walk(&arena, dns, STR("example"));
	ask_all(one, 1);
}

static void
answer_all(enum dns_status status, const char *name, const char *txt)
{
	struct dns_rr rr = { .data = str_from(txt) };
	struct dns_answer none = { .status = status },
			  ok = { .status = DNS_OK, .n = 1, .rr = &rr };

	for (struct dns_question *q; (q = dns_take(dns));)
		dns_tell(dns, q,
			name && str_eq(q->name, str_from(name)) ? &ok : &none);
}

static void
test_walk_stops(void **state)
{
	(void)state;
	dmarc_walk(&arena, dns, STR("a.b.c.example"));
	answer_all(DNS_NXDOMAIN, "_dmarc.c.example", "v=DMARC1; psd=y");
	dns_begin(dns);
	struct dmarc_walk w = dmarc_walk(&arena, dns, STR("a.b.c.example"));
	assert_true(dns_settled(dns));
	assert_int_equal(w.n, 1);
	assert_str(w.found[0].name, "c.example");
	assert_str(w.organizational, "b.c.example");
	assert_false(w.failed);
}

static void
test_walk_fails(void **state)
{
	(void)state;
	dmarc_walk(&arena, dns, STR("b.example"));
	answer_all(DNS_TIMEOUT, "_dmarc.b.example", "v=DMARC1; p=none");
	struct dmarc_walk w = dmarc_walk(&arena, dns, STR("b.example"));
	assert_true(w.failed);
	assert_str(w.failed_name, "example");
	assert_null(w.organizational.p);
	assert_int_equal(w.n, 1);
}

/* --- waiting --------------------------------------------------------- */

static struct dmarc_verdict
check(struct dmarc_identifier spf, struct dmarc_identifier dkim)
{
	struct dmarc_author a = { .fields = 1, .domain = STR("b.example") };
	struct dmarc_input in = {
		.author = &a, .spf = spf, .dkim = &dkim, .n_dkim = 1
	};

	dns_begin(dns);
	return dmarc_check(&arena, dns, &in, DMARC_TREEWALK);
}

static void
test_pending(void **state)
{
	(void)state;
	struct dmarc_identifier none = { STR(""), RESULT_NONE },
				wait = { STR("b.example"), RESULT_PENDING },
				nobody = { STR(""), RESULT_PENDING },
				other = { STR("c.example"), RESULT_PENDING },
				stranger = { STR("d.example"), RESULT_PASS },
				pass = { STR("b.example"), RESULT_PASS };

	/* its questions leave although it must wait */
	assert_int_equal(check(wait, none).result, RESULT_PENDING);
	size_t n;
	dns_questions(dns, &n);
	assert_int_equal(n, 2);
	answer_all(DNS_NXDOMAIN, "_dmarc.b.example", "v=DMARC1; p=reject");

	assert_int_equal(check(wait, none).result, RESULT_PENDING);
	assert_int_equal(check(nobody, none).result, RESULT_PENDING);
	assert_int_equal(check(pass, wait).result, RESULT_PENDING);
	assert_int_equal(check(pass, other).result, RESULT_PASS);
	/* it cannot align, but the reason would change if it passed */
	assert_int_equal(check(none, other).result, RESULT_PENDING);
	assert_int_equal(check(stranger, other).result, RESULT_FAIL);
	struct dmarc_verdict v = check(none, none);
	assert_int_equal(v.result, RESULT_FAIL);
	assert_int_equal(v.disposition, DMARC_REJECT);
	assert_non_null(v.dkim_aligned);
}

/* Without a record nothing is waited for. */
static void
test_pending_without_record(void **state)
{
	(void)state;
	struct dmarc_identifier wait = { STR("b.example"), RESULT_PENDING };

	check(wait, wait);
	answer_all(DNS_NXDOMAIN, NULL, NULL);
	assert_int_equal(check(wait, wait).result, RESULT_NONE);
}

/* Ten domains get a walk, however many signatures there are. */
static void
test_many_identifiers(void **state)
{
	(void)state;
	struct dmarc_identifier dkim[40];
	struct dmarc_author a = { .fields = 1, .domain = STR("b.example") };
	struct dmarc_input in = { .author = &a, .dkim = dkim, .n_dkim = 40 };

	in.spf.result = RESULT_NONE;
	for (size_t i = 0; i < 40; i++)
		dkim[i] = (struct dmarc_identifier){
			STR_CAT(&arena, str_number(&arena, i),
				STR(".b.example")),
			RESULT_PASS
		};
	dkim[1] = dkim[0];
	struct dmarc_verdict v = { 0 };
	for (int pass = 0; pass < 40 && v.result == RESULT_PENDING; pass++) {
		dns_begin(dns);
		v = dmarc_check(&arena, dns, &in, DMARC_TREEWALK);
		answer_all(
			DNS_NXDOMAIN, "_dmarc.b.example", "v=DMARC1; p=reject");
	}
	assert_int_equal(v.result, RESULT_PASS);
	for (size_t i = 0; i < 40; i++)
		assert_int_equal(v.dkim_aligned[i], i < 11);
	size_t n;
	dns_questions(dns, &n);
	assert_int_equal(n, 2 + 10);
}

static void
test_no_suffixes(void **state)
{
	(void)state;
	struct dmarc_author a = { .fields = 1, .domain = STR("b.example") };
	struct dmarc_input in = { .author = &a };

	dns_begin(dns);
	struct dmarc_verdict v = dmarc_check(&arena, dns, &in, DMARC_PSL);
	assert_int_equal(v.result, RESULT_NONE);
	assert_true(v.reason.n > 0);
}

static int
begin(void **state)
{
	begin_test(state);
	dns = dns_new(&arena);
	return 0;
}

#define WITH_DNS(f) cmocka_unit_test_setup_teardown(f, begin, end_test)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DNS(test_is_record),
		WITH_DNS(test_recall),
		WITH_DNS(test_defaults),
		WITH_DNS(test_tags),
		WITH_DNS(test_bad_tags),
		WITH_DNS(test_report_uris),
		WITH_DNS(test_author),
		WITH_DNS(test_no_author),
		WITH_DNS(test_bad_author),
		WITH_DNS(test_hidden_author),
		WITH_DNS(test_walk_asks_ahead),
		WITH_DNS(test_walk_stops),
		WITH_DNS(test_walk_fails),
		WITH_DNS(test_pending),
		WITH_DNS(test_pending_without_record),
		WITH_DNS(test_many_identifiers),
		WITH_DNS(test_no_suffixes),
	};

	return cmocka_run_group_tests_name("dmarc", tests, NULL, NULL);
}
