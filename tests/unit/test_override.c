/*
 * test_override.c - what trust in sealers would change: who must be trusted,
 * and which claims count.
 */
#include "unit.h"

#include "override.h"

enum { MOST = 3 };

struct given {
	enum result arc, dmarc;
	const char *sealer[MOST], *trusted[MOST];
	const char *claims; /* of set 1 */
};

/* DMARC of example.com asks for relaxed alignment; nothing else is there. */
static void
tell_all(struct dns *dns)
{
	static const struct dns_rr rr = { .data = STR_INIT(
						  "v=DMARC1; p=reject") };
	struct dns_question *q;

	while ((q = dns_take(dns))) {
		bool there = str_eq(q->name, STR("_dmarc.example.com"));
		dns_tell(dns, q,
			&(struct dns_answer){
				.status = there ? DNS_OK : DNS_NXDOMAIN,
				.rr = &rr,
				.n = there,
			});
	}
}

static struct auth_override
judge(struct given g)
{
	struct arc_set set[MOST] = { 0 };
	str trusted[MOST];
	struct auth_setup setup = { .arena = &arena,
		.dns = dns_new(&arena),
		.method = DMARC_TREEWALK,
		.sealer = trusted };
	struct auth_verdict v = { .arc = { .result = g.arc },
		.dmarc = { .result = g.dmarc },
		.author = { .fields = 1, .domain = STR("example.com") } };
	struct auth_override o;

	v.arc_facts.set = set;
	for (; v.arc_facts.n < MOST && g.sealer[v.arc_facts.n];
		v.arc_facts.n++) {
		struct arc_set *s = &set[v.arc_facts.n];

		s->instance = (unsigned)v.arc_facts.n + 1;
		s->seal.signer.domain_ascii = str_from(g.sealer[v.arc_facts.n]);
	}
	for (; setup.sealers < MOST && g.trusted[setup.sealers];
		setup.sealers++)
		trusted[setup.sealers] = str_from(g.trusted[setup.sealers]);
	if (g.claims)
		set[0].saw = authres_parse(&arena, str_from(g.claims));
	do {
		tell_all(setup.dns);
		dns_begin(setup.dns);
		o = override_check(&setup, &v);
	} while (!dns_settled(setup.dns));
	return o;
}

static struct given
sound(const char *claims)
{
	return (struct given){ RESULT_PASS, RESULT_FAIL, { "list.example" },
		{ "other.example", "list.example" }, claims };
}

static void
test_claims(void **state)
{
	static const struct {
		const char *claims;
		bool justified;
	} c[] = {
		{ "i=1; l; dkim=pass header.d=example.com", true },
		{ "i=1; l; dkim=pass header.i=@Mail.Example.COM", true },
		{ "i=1; l; dkim=pass header.i=a@example.com", true },
		{ "i=1; l; spf=pass smtp.mailfrom=a@b.example.com", true },
		{ "i=1; l; spf=pass smtp.mailfrom=example.com", true },
		{ "i=1; l; dkim=fail header.d=example.com; dkim=pass "
		  "header.d=x.example; dkim=pass header.d=example.com",
			true },
		{ "i=1; l; dkim=pass header.d=example.net", false },
		{ "i=1; l; dkim=pass header.d=notexample.com", false },
		{ "i=1; l; dkim=fail header.d=example.com", false },
		{ "i=1; l; dkim=pass", false },
		{ "i=1; l; dkim=pass header.d=\"\\\" .. \"", false },
		{ "i=1; l; spf=pass smtp.helo=example.com", false },
		/* the local part says nothing, nor does half an address */
		{ "i=1; l; spf=pass smtp.mailfrom=\"a@example.com\"@b.example",
			false },
		{ "i=1; l; spf=pass smtp.mailfrom=example.com (x)@b.example",
			false },
		{ "i=1; l; spf=pass smtp.mailfrom=\"a b\"@example.com", true },
		{ "i=1; l; dkim=pass header.d=\"x\"example.com", false },
		/* SPF for both identities: DMARC takes MAIL FROM */
		{ "i=1; l; spf=pass smtp.helo=h.example; spf=pass "
		  "smtp.mailfrom=a@example.com",
			true },
		{ "i=1; l; spf=softfail smtp.mailfrom=a@example.com", false },
		/* the words without what they rest on */
		{ "i=1; l; dmarc=pass header.from=example.com", false },
		/* a string that its writer closed, and that is none to us */
		{ "i=1; l; dkim=pass header.i=\"a\r; dkim=pass "
		  "header.d=example.com x=\"@x.example",
			false },
		{ "i=1; l; none", false },
		{ NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct auth_override o = judge(sound(c[i].claims));

		assert_true(o.asked);
		if (o.justified != c[i].justified)
			fail_msg("%s", c[i].claims ? c[i].claims : "NULL");
	}
	assert_str(judge(sound(c[0].claims)).reason,
		"list.example (set 1) saw DKIM pass, aligned with example.com");
}

static void
test_who(void **state)
{
	struct given g = sound("i=1; l; dkim=pass header.d=example.com");

	(void)state;
	g.sealer[1] = "b.example";
	g.sealer[2] = "list.example";
	assert_false(judge(g).justified);
	assert_str(judge(g).reason,
		"b.example (set 2) is not one of those you trust");
	g.trusted[2] = "b.example";
	assert_true(judge(g).justified);
	g.sealer[1] = "sub.b.example";
	assert_false(judge(g).justified);
	g = (struct given){ RESULT_PASS, RESULT_FAIL, { "list.example" },
		{ NULL }, NULL };
	assert_false(judge(g).asked);
}

static void
test_nothing_to_override(void **state)
{
	struct given g = sound("i=1; l; dkim=pass header.d=example.com");

	(void)state;
	g.arc = RESULT_FAIL;
	assert_str(judge(g).reason, "the ARC chain is broken");
	g.arc = RESULT_NONE;
	assert_str(judge(g).reason, "there is no ARC chain");
	g.arc = RESULT_PASS;
	g.dmarc = RESULT_PASS;
	assert_str(judge(g).reason, "DMARC does not fail");
	g.dmarc = RESULT_TEMPERROR;
	assert_false(judge(g).justified);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_claims),
		TEST(test_who),
		TEST(test_nothing_to_override),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
