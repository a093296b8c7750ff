/*
 * test_arc.c - chains: structure, verdicts, and what they cost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mailauth/time.h"
#include "signing.h"

#define BODY "Hello.\r\n"
#define FROM "From: Alice <alice@example.com>\r\n"

/* --- sealing --------------------------------------------------------- */

/* What differs from a good set. */
struct flaw {
	const char *cv;
	const char *body;       /* hashed instead of the real one */
	const char *ams, *seal; /* more tags */
	const char *selector;
	bool other_key;
};

struct chain {
	str fields; /* newest on top */
	str sealed; /* all sets so far, as the next seal covers them */
	unsigned n;
};

/*
 * Adds a set.  All is written as relaxed canonicalization leaves it, but for
 * the case of names and the blank after the colon.
 */
static void
add_set(struct chain *c, struct flaw f)
{
	str i = str_number(&arena, ++c->n);
	str s = str_from(f.selector ? f.selector : "ed");
	EVP_PKEY *key = f.other_key ? rsa : ed25519;
	str algorithm = f.other_key ? STR("rsa") : STR("ed25519");
	str aar = STR_CAT(&arena, STR("i="), i, STR("; mx.example; none"));
	str tags = STR_CAT(&arena, STR("i="), i, STR("; a="), algorithm,
		STR("-sha256; d=example.com; s="), s, STR("; "));
	str ams = STR_CAT(&arena, tags, str_from(f.ams ? f.ams : ""),
		STR("c=relaxed/simple; h=from; bh="),
		base64_encode(&arena, sha256(str_from(f.body ? f.body : BODY))),
		STR("; b="));
	str from = STR("from:Alice <alice@example.com>\r\n");
	ams = STR_CAT(&arena, ams,
		sign_text(key, STR_CAT(&arena, from,
				       STR("arc-message-signature:"), ams)));
	str seal = STR_CAT(&arena, tags, str_from(f.seal ? f.seal : ""),
		STR("cv="),
		str_from(f.cv        ? f.cv
			 : c->n == 1 ? "none"
				     : "pass"),
		STR("; b="));
	str below = STR_CAT(&arena, c->sealed,
		STR("arc-authentication-results:"), aar,
		STR("\r\narc-message-signature:"), ams, STR("\r\narc-seal:"));
	seal = STR_CAT(
		&arena, seal, sign_text(key, STR_CAT(&arena, below, seal)));
	c->sealed = STR_CAT(&arena, below, seal, STR("\r\n"));
	c->fields = STR_CAT(&arena, STR("ARC-Seal: "), seal,
		STR("\r\nARC-Message-Signature: "), ams,
		STR("\r\nARC-Authentication-Results: "), aar, STR("\r\n"),
		c->fields);
}

static struct chain
good_chain(unsigned n)
{
	struct chain c = { .fields = STR(""), .sealed = STR("") };

	while (c.n < n)
		add_set(&c, (struct flaw){ 0 });
	return c;
}

/* --- checking -------------------------------------------------------- */

static struct arc_facts facts;
static bool newest_only;
static struct arc_verdict
verdict(str fields, const char *body)
{
	struct name names[] = {
		{ "ed._domainkey.example.com", DNS_OK,
			{ key_record("k=ed25519; t=s;", ed25519) } },
		{ "slow._domainkey.example.com", DNS_TIMEOUT, { { 0 } } },
		{ 0 },
	};
	const struct message *m =
		message_from(&arena, STR_CAT(&arena, fields, STR(FROM "\r\n")));
	struct body_hashes *hashes = body_hashes_new(&arena, crypto);
	struct dns *dns = dns_new(&arena);
	struct dns_question *q;
	struct arc_verdict v;

	facts = arc_facts(&arena, m, hashes);
	facts.newest_only = newest_only;
	body_hashes_feed(hashes, str_from(body));
	body_hashes_end(hashes);
	for (;;) {
		dns_begin(dns);
		v = arc_check(
			&arena, dns, crypto, m, &facts, hashes, TIME_UNKNOWN);
		assert_true(dns_settled(dns) == (v.result != RESULT_PENDING));
		if (dns_settled(dns))
			break;
		/* one at a time */
		q = dns_take(dns);
		assert_non_null(q);
		answer(dns, q, names);
	}
	assert_true((v.result == RESULT_FAIL) == (v.reason.p != NULL));
	return v;
}

static void
assert_fails(str fields, const char *reason)
{
	struct arc_verdict v = verdict(fields, BODY);

	assert_int_equal(v.result, RESULT_FAIL);
	if (!str_starts(v.reason, str_from(reason)))
		fail_msg("`%s` does not begin with `%s`",
			arena_zstr(&arena, v.reason), reason);
}

static void
test_good(void **state)
{
	(void)state;
	assert_int_equal(verdict(STR(""), BODY).result, RESULT_NONE);
	for (unsigned n = 1; n <= 5; n++) {
		struct arc_verdict v = verdict(good_chain(n).fields, BODY);
		assert_int_equal(v.result, RESULT_PASS);
		assert_int_equal(v.oldest_pass, 0);
		assert_int_equal(facts.n, n);
		for (unsigned i = 0; i < n; i++) {
			assert_int_equal(v.set[i].seal, RESULT_PASS);
			assert_int_equal(
				v.set[i].message_signature, RESULT_PASS);
			assert_false(v.set[i].reason.p);
			assert_true(str_eq(
				facts.set[i].claims, STR("mx.example; none")));
		}
	}
	assert_int_equal(
		verdict(good_chain(50).fields, BODY).result, RESULT_PASS);
}

/* RFC 8617 5.2 step 5 */
static void
test_oldest_pass(void **state)
{
	struct chain c = good_chain(2);

	(void)state;
	add_set(&c, (struct flaw){ .body = "other\r\n" });
	add_set(&c, (struct flaw){ 0 });
	struct arc_verdict v = verdict(c.fields, BODY);
	assert_int_equal(v.result, RESULT_PASS);
	assert_int_equal(v.oldest_pass, 4);
	assert_int_equal(v.set[2].message_signature, RESULT_FAIL);
	assert_int_equal(v.set[1].message_signature, RESULT_NONE);
	assert_int_equal(v.set[2].ams.body_hash, RESULT_FAIL);
	assert_int_equal(v.set[2].ams.header_hash, RESULT_PASS);

	newest_only = true;
	v = verdict(c.fields, BODY);
	newest_only = false;
	assert_int_equal(v.result, RESULT_PASS);
	assert_int_equal(v.oldest_pass, 0);
	assert_int_equal(v.set[3].message_signature, RESULT_PASS);
	assert_int_equal(v.set[2].message_signature, RESULT_NONE);
	assert_int_equal(v.set[0].seal, RESULT_PASS);
}

static void
test_broken_signatures(void **state)
{
	struct chain c = good_chain(2);

	(void)state;
	struct arc_verdict v = verdict(c.fields, "changed\r\n");
	assert_int_equal(v.result, RESULT_FAIL);
	assert_int_equal(v.set[0].seal, RESULT_PASS);
	assert_int_equal(v.set[1].seal, RESULT_PASS);
	assert_false(v.by_dns);
	add_set(&c, (struct flaw){ .other_key = true, .selector = "ed" });
	assert_fails(c.fields, "set 3: ARC-Message-Signature: key is");
	c = good_chain(1);
	add_set(&c, (struct flaw){ .ams = "a2=;",
			    .seal = "t=x"
				    "1;" });
	assert_int_equal(verdict(c.fields, BODY).result, RESULT_PASS);
	c = good_chain(1);
	add_set(&c, (struct flaw){ .selector = "none" });
	assert_fails(c.fields, "set 2: ARC-Message-Signature: no key");
}

static void
test_dns_trouble(void **state)
{
	struct chain c = good_chain(1);

	(void)state;
	add_set(&c, (struct flaw){ .selector = "slow" });
	struct arc_verdict v = verdict(c.fields, BODY);
	assert_int_equal(v.result, RESULT_FAIL);
	assert_true(v.by_dns);
	v = verdict(c.fields, "changed\r\n");
	assert_true(v.by_dns); /* it is not known what the rest would say */
	add_set(&c, (struct flaw){ .body = "x" });
	v = verdict(c.fields, BODY);
	assert_false(v.by_dns);
}

static void
test_cv(void **state)
{
	static const struct {
		const char *cv[3];
		const char *reason;
	} cases[] = {
		{ { "pass" }, "set 1: cv=pass is only allowed after set 1" },
		{ { "fail" }, "set 1: cv=fail" },
		{ { "x" }, "set 1: cv=`x` is not known" },
		{ { "none", "none" },
			"set 2: cv=none is only allowed in set 1" },
		{ { "none", "fail" }, "set 2: cv=fail" },
		{ { "none", "fail", "pass" }, "set 2: cv=fail" },
		{ { "pass", "none", "fail" }, "set 3: cv=fail" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct chain c = good_chain(0);
		for (size_t k = 0; k < 3 && cases[i].cv[k]; k++)
			add_set(&c, (struct flaw){ .cv = cases[i].cv[k] });
		assert_fails(c.fields, cases[i].reason);
	}
}

static void
test_structure(void **state)
{
	str good = good_chain(1).fields;
	static const struct {
		const char *more, *reason;
	} cases[] = {
		{ "ARC-Seal: i=1; a=b\r\n", "set 1: more than one ARC-Seal" },
		{ "ARC-Authentication-Results: i=1; x\r\n",
			"set 1: more than one ARC-Authentication-Results" },
		{ "ARC-Authentication-Results: i=2; x\r\n",
			"set 2: no ARC-Seal" },
		{ "ARC-Seal: i=3; cv=pass\r\n", "set 2: missing" },
		{ "ARC-Seal: i=0; cv=pass\r\n", "ARC-Seal without a valid" },
		{ "ARC-Seal: i=51; cv=pass\r\n", "ARC-Seal without a valid" },
		{ "ARC-Seal: i=02; cv=pass\r\n", "ARC-Seal without a valid" },
		{ "ARC-Seal: i=+2; cv=pass\r\n", "ARC-Seal without a valid" },
		{ "ARC-Seal: nothing\r\n", "ARC-Seal without a valid" },
		{ "ARC-Authentication-Results: mx; i=2\r\n",
			"ARC-Authentication-Results without a valid" },
		{ "ARC-Authentication-Results: i=2\r\n",
			"ARC-Authentication-Results without a valid" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_fails(STR_CAT(&arena, str_from(cases[i].more), good),
			cases[i].reason);
	assert_fails(STR("ARC-Authentication-Results: i=1; x\r\n"),
		"set 1: no ARC-Seal");

	struct chain c = good_chain(0);
	add_set(&c, (struct flaw){ .seal = "h=from; " });
	assert_fails(c.fields, "set 1: ARC-Seal: h= is not allowed");
	c = good_chain(0);
	add_set(&c, (struct flaw){ .seal = "i=1; " });
	assert_fails(c.fields,
		"set 1: ARC-Seal: signature syntax error: i= occurs twice");
	c = good_chain(0);
	add_set(&c, (struct flaw){ .ams = "junk;" });
	assert_fails(c.fields, "set 1: ARC-Message-Signature: signature syn");
}

/* CFWS around the instance, and v= and x= that mean nothing. */
static void
test_tolerance(void **state)
{
	str good = good_chain(1).fields;
	str claims, name = STR("ARC-Authentication-Results: i=1");
	size_t at = str_ifind(good, name) + name.n;
	struct chain c = good_chain(0);

	(void)state;
	/* relaxed, so more blanks do not matter */
	str wide = STR_CAT(&arena, str_sub(good, 0, at), STR(";\r\n\t "),
		str_skip(good, at + 2));
	assert_int_equal(verdict(wide, BODY).result, RESULT_PASS);
	claims = facts.set[0].claims;
	assert_true(str_eq(claims, STR("mx.example; none")));

	add_set(&c,
		(struct flaw){ .ams = "v=7; t=1; x=2; ", .seal = "bh=?; " });
	assert_int_equal(verdict(c.fields, BODY).result, RESULT_PASS);

	const struct message *m = message_from(&arena,
		STR("ARC-Authentication-Results: (a (b)) i (c)=\r\n 7 (;) ; "
		    "x\r\nARC-Seal: i=1\r\n"));
	struct arc_facts f =
		arc_facts(&arena, m, body_hashes_new(&arena, crypto));
	assert_int_equal(f.n, 7);
	assert_true(str_eq(f.set[6].claims, STR("x")));
}

/* A thousand fields are not worth reading. */
static void
test_thousand_fields(void **state)
{
	struct buf b = { .arena = &arena };

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		buf_add(&b, STR("ARC-Seal: i="));
		buf_uint(&b, i % 50 + 1);
		buf_add(&b, STR("; cv=pass\r\n"));
	}
	const struct message *m = message_from(&arena, buf_str(&b));
	struct body_hashes *hashes = body_hashes_new(&arena, crypto);
	struct arena small;
	arena_init(&small, 4096 + 512, NULL, NULL); /* or it asserts */
	struct arc_facts f = arc_facts(&small, m, hashes);
	assert_true(f.present && str_eq(f.broken, STR("more than 50 sets")));
	arena_free(&small);
	assert_int_equal(verdict(buf_str(&b), BODY).result, RESULT_FAIL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_oldest_pass),
		cmocka_unit_test(test_broken_signatures),
		cmocka_unit_test(test_dns_trouble),
		cmocka_unit_test(test_cv),
		cmocka_unit_test(test_structure),
		cmocka_unit_test(test_tolerance),
		cmocka_unit_test(test_thousand_fields),
	};

	return cmocka_run_group_tests(tests, signing_setup, signing_teardown);
}
