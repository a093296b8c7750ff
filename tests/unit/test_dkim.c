/*
 * test_dkim.c - signatures, key records, and the verdicts on them.
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
#define SUBJECT "Subject: quinces\r\n"
#define TAGS "v=1; a=ed25519-sha256; d=example.com; s=ed; h=from:subject;"
#define RSA_TAGS "v=1; a=rsa-sha256; d=example.com; s=rsa; h=from:subject;"

static struct name *
usual_names(void)
{
	static struct name names[8];

	names[0] = (struct name){ "ed._domainkey.example.com", DNS_OK,
		{ key_record("v=DKIM1; k=ed25519; ", ed25519) } };
	names[1] = (struct name){ "rsa._domainkey.example.com", DNS_OK,
		{ key_record("", rsa) } };
	names[2] = (struct name){ "weak._domainkey.example.com", DNS_OK,
		{ key_record("t=y; ", weak_rsa) } };
	names[3] = (struct name){ "slow._domainkey.example.com", DNS_TIMEOUT,
		{ { 0 } } };
	names[4] = (struct name){ "ed._domainkey.xn--bcher-kva.example", DNS_OK,
		{ key_record("k=ed25519;", ed25519) } };
	return names;
}

/* A message read, its body hashed, and all that is asked answered. */
struct run {
	const struct message *m;
	struct body_hashes *hashes;
	struct dkim_facts facts;
	struct dns *dns;
};

static struct run
run_new(str head, const char *author)
{
	struct run r = { .m = message_from(&arena, head) };

	r.hashes = body_hashes_new(&arena, crypto);
	r.facts = dkim_facts(&arena, r.m, str_from(author), r.hashes);
	r.dns = dns_new(&arena);
	return r;
}

static void
feed(struct run *r, const char *body)
{
	body_hashes_feed(r->hashes, str_from(body));
	body_hashes_end(r->hashes);
}

static struct dkim_verdict
check(struct run *r, size_t i, int64_t now)
{
	dns_begin(r->dns);
	return dkim_check(&arena, r->dns, crypto, r->m, &r->facts.signature[i],
		r->hashes, now);
}

static struct dkim_verdict
verdict_with(str head, const char *body, const struct name *names)
{
	struct run r = run_new(head, NULL);

	assert_int_equal(r.facts.n, 1);
	feed(&r, body);
	check(&r, 0, TIME_UNKNOWN);
	answer_all(r.dns, names);
	struct dkim_verdict v = check(&r, 0, TIME_UNKNOWN);
	assert_true(dns_settled(r.dns));
	assert_true((v.result == RESULT_PASS) == !v.reason.p);
	return v;
}

static struct dkim_verdict
verdict(str head, const char *body)
{
	return verdict_with(head, body, usual_names());
}

static void
assert_reason(struct dkim_verdict v, const char *part)
{
	if (*part && str_ifind(v.reason, str_from(part)) == v.reason.n)
		fail_msg("`%s` is not in `%s`", part,
			arena_zstr(&arena, v.reason));
}

/* The text with the first `old` replaced by `new`, of the same length. */
static str
replaced(str text, const char *old, const char *new)
{
	size_t at = str_ifind(text, str_from(old));

	assert_true(at < text.n);
	return STR_CAT(&arena, str_sub(text, 0, at), str_from(new),
		str_skip(text, at + strlen(old)));
}

/* --- verdicts -------------------------------------------------------- */

static void
test_pass(void **state)
{
	struct dkim_verdict v = verdict(
		sign_message(ed25519, TAGS, FROM SUBJECT, "", BODY), BODY);

	(void)state;
	assert_int_equal(v.result, RESULT_PASS);
	assert_int_equal(v.body_hash, RESULT_PASS);
	assert_int_equal(v.header_hash, RESULT_PASS);
	assert_int_equal(v.key_bits, 256);
	assert_false(v.weak_key || v.testing || v.from_unsigned);
	assert_int_equal(v.n_unsigned_copies, 0);
	assert_int_equal(v.key_records, 1);
	assert_true(str_eq(v.key_name, STR("ed._domainkey.example.com")));

	v = verdict(sign_message(weak_rsa,
			    "v=1; a=rsa-sha256; d=example.com; s=weak; h=from;",
			    FROM, "", BODY),
		BODY);
	assert_int_equal(v.result, RESULT_PASS);
	assert_int_equal(v.key_bits, 1024);
	assert_true(v.weak_key && v.testing);
}

static void
test_changed(void **state)
{
	str head = sign_message(rsa, RSA_TAGS, FROM SUBJECT, "", BODY);
	struct dkim_verdict v = verdict(head, "Hullo.\r\n");

	(void)state;
	assert_int_equal(v.result, RESULT_FAIL);
	assert_int_equal(v.body_hash, RESULT_FAIL);
	assert_int_equal(v.header_hash, RESULT_PASS);
	assert_reason(v, "body hash");

	v = verdict(replaced(head, "quinces", "medlars"), BODY);
	assert_int_equal(v.result, RESULT_FAIL);
	assert_int_equal(v.body_hash, RESULT_PASS);
	assert_int_equal(v.header_hash, RESULT_FAIL);
	assert_true(v.other_digest);
	assert_int_equal(v.recovered.n, 32);
	assert_reason(v, "header fields were changed");

	v = verdict(replaced(head, "quinces", "medlars"), "Hullo.\r\n");
	assert_reason(v, "body hash did not verify, and");

	v = verdict(
		sign_message(weak_rsa, RSA_TAGS, FROM SUBJECT, "", BODY), BODY);
	assert_int_equal(v.result, RESULT_FAIL);
	assert_false(v.other_digest);
	assert_reason(v, "signature did not verify");
}

/* The key is fetched first: its trouble hides the body's. (6.1) */
static void
test_key_first(void **state)
{
	struct dkim_verdict v;

	(void)state;
	v = verdict(sign_message(ed25519,
			    "v=1; a=ed25519-sha256; d=example.com; s=none; "
			    "h=from;",
			    FROM, "", BODY),
		"Hullo.\r\n");
	assert_int_equal(v.result, RESULT_PERMERROR);
	assert_int_equal(v.key_status, DNS_NXDOMAIN);
	assert_int_equal(v.body_hash, RESULT_FAIL);
	assert_int_equal(v.header_hash, RESULT_NONE);
	v = verdict(sign_message(ed25519,
			    "v=1; a=ed25519-sha256; d=example.com; s=slow; "
			    "h=from;",
			    FROM, "", BODY),
		BODY);
	assert_int_equal(v.result, RESULT_TEMPERROR);
	assert_reason(v, "timeout");
}

static void
test_waiting(void **state)
{
	struct run r = run_new(
		sign_message(ed25519, TAGS, FROM SUBJECT, "", BODY), NULL);

	(void)state;
	assert_int_equal(check(&r, 0, 0).result, RESULT_PENDING);
	assert_false(dns_settled(r.dns));
	answer_all(r.dns, usual_names());
	assert_int_equal(check(&r, 0, 0).result, RESULT_PENDING);
	assert_false(dns_settled(r.dns)); /* the body */
	feed(&r, BODY);
	assert_int_equal(check(&r, 0, 0).result, RESULT_PASS);
	assert_true(dns_settled(r.dns));

	r = run_new(sign_message(ed25519, TAGS, FROM SUBJECT, "", BODY), NULL);
	feed(&r, BODY);
	assert_int_equal(check(&r, 0, 0).result, RESULT_PENDING);
	assert_false(dns_settled(r.dns)); /* the key */
}

static void
test_time(void **state)
{
	str head = sign_message(
		ed25519, TAGS " t=1000; x=2000;", FROM SUBJECT, "", BODY);
	struct run r = run_new(head, NULL);

	(void)state;
	feed(&r, BODY);
	check(&r, 0, 0);
	answer_all(r.dns, usual_names());
	assert_int_equal(check(&r, 0, 2300).result, RESULT_PASS);
	assert_int_equal(check(&r, 0, TIME_UNKNOWN).result, RESULT_PASS);
	struct dkim_verdict v = check(&r, 0, 2301);
	assert_int_equal(v.result, RESULT_POLICY);
	assert_true(v.expired);
	assert_int_equal(v.header_hash, RESULT_PASS);
	assert_reason(v, "expired on 1970-01-01");

	/* a changed one is not merely too old */
	r = run_new(head, NULL);
	feed(&r, "Hullo.\r\n");
	check(&r, 0, 0);
	answer_all(r.dns, usual_names());
	assert_int_equal(check(&r, 0, 9000).result, RESULT_FAIL);
}

static void
test_length(void **state)
{
	struct dkim_verdict v;

	(void)state;
	v = verdict(sign_message(ed25519, TAGS " l=8;", FROM SUBJECT, "", BODY),
		BODY "and more\r\n\r\n");
	assert_int_equal(v.result, RESULT_PASS);
	assert_int_equal(v.unsigned_bytes, 10);
	v = verdict(sign_message(ed25519, TAGS " l=0;", FROM SUBJECT, "", ""),
		BODY);
	assert_int_equal(v.result, RESULT_PASS);
	assert_int_equal(v.unsigned_bytes, 8);
	v = verdict(sign_message(ed25519, TAGS " l=9;", FROM SUBJECT, "", BODY),
		BODY);
	assert_int_equal(v.result, RESULT_FAIL);
	assert_int_equal(v.header_hash, RESULT_PASS);
	assert_reason(v, "fewer than l=");
	v = verdict(sign_message(ed25519,
			    TAGS " l=99999999999999999999999999999999999;",
			    FROM SUBJECT, "", BODY),
		BODY);
	assert_int_equal(v.result, RESULT_FAIL);
	assert_int_equal(v.unsigned_bytes, 0);
}

static void
test_left_open(void **state)
{
	struct dkim_verdict v;

	(void)state;
	v = verdict(sign_message(ed25519, TAGS, FROM SUBJECT, "", BODY), BODY);
	assert_int_equal(v.n_unsigned_copies, 0);

	str head = sign_message(ed25519, TAGS, FROM SUBJECT, "", BODY);
	head = STR_CAT(&arena, STR("From: m@example.net\r\nSubject: x\r\n"),
		STR("To: y@example.net\r\n"), head);
	v = verdict(head, BODY);
	assert_int_equal(v.result, RESULT_PASS);
	assert_true(v.from_unsigned);
	assert_int_equal(v.n_unsigned_copies, 2);
	assert_true(str_eq(v.unsigned_copies[0], STR("from")));
	assert_true(str_eq(v.unsigned_copies[1], STR("subject")));

	/* signed from below, and once more than there are */
	v = verdict(sign_message(ed25519,
			    "v=1; a=ed25519-sha256; d=example.com; s=ed; "
			    "h=Subject : from:SUBJECT:from:\r\n subject:to;",
			    "Subject: low\r\n" FROM, "", BODY),
		BODY);
	assert_int_equal(v.result, RESULT_PASS);
	assert_false(v.from_unsigned);
}

/* RFC 8616 5: U-labels are looked up as A-labels, and hashed as they are. */
static void
test_eai(void **state)
{
	struct dkim_verdict v =
		verdict(sign_message(ed25519,
				"v=1; a=ed25519-sha256; d=b\xc3\xbc"
				"cher.example; s=ed; h=from; i=@b\xc3\xbc"
				"cher.example;",
				FROM, "", BODY),
			BODY);

	(void)state;
	assert_int_equal(v.result, RESULT_PASS);
	assert_true(str_eq(v.signature->signer.domain_ascii,
		STR("xn--bcher-kva.example")));
}

/* --- the signature by itself ----------------------------------------- */

#define BH "bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=;"

static void
test_tags(void **state)
{
	static const struct {
		const char *tags;
		enum result result;
		const char *reason;
	} cases[] = {
		{ "v=1; a=rsa-sha256; b=AAAA;" BH "d=a.b; h=From; s=s",
			RESULT_PENDING, "" },
		{ "a=RSA-SHA256; b=A A\r\n AA; c=relaxed; d=a.b; q=x:dns/txt;"
		  "h=from:x; i=a=40b@c.a.b; l=0; s=s.t; t=1; v=1; x=2;" BH,
			RESULT_PENDING, "" },
		{ "a=rsa-sha256; b=AAAA;" BH "d=a.b; h=From; s=s",
			RESULT_PERMERROR, "v= is missing" },
		{ "v=1; b=AAAA;" BH "d=a.b; h=From; s=s", RESULT_PERMERROR,
			"a= is missing" },
		{ "v=1; a=rsa-sha256;" BH "d=a.b; h=From; s=s",
			RESULT_PERMERROR, "b= is missing" },
		{ "v=1; a=rsa-sha256; b=AAAA; d=a.b; h=From; s=s",
			RESULT_PERMERROR, "bh= is missing" },
		{ "v=1; a=rsa-sha256; b=AAAA;" BH "h=From; s=s",
			RESULT_PERMERROR, "d= is missing" },
		{ "v=1; a=rsa-sha256; b=AAAA;" BH "d=a.b; s=s",
			RESULT_PERMERROR, "h= is missing" },
		{ "v=1; a=rsa-sha256; b=AAAA;" BH "d=a.b; h=From",
			RESULT_PERMERROR, "s= is missing" },
		{ "v=1; v=1", RESULT_NEUTRAL, "v= occurs twice" },
		{ "v=1;; a=x", RESULT_NEUTRAL, "syntax" },
		{ "=?utf-8?q?v=3D1?=", RESULT_NEUTRAL, "syntax" },
	};
	/* one tag after the others, which are good */
	static const struct {
		const char *tag;
		enum result result;
	} more[] = {
		{ "v=1.0", RESULT_PERMERROR },
		{ "v=", RESULT_PERMERROR },
		{ "a=rsa-sha1", RESULT_PERMERROR },
		{ "a=rsa-sha512", RESULT_NEUTRAL },
		{ "a=", RESULT_NEUTRAL },
		{ "b=", RESULT_NEUTRAL },
		{ "b=A-", RESULT_NEUTRAL },
		{ "bh=", RESULT_NEUTRAL },
		{ "bh=AAAA", RESULT_NEUTRAL },
		{ "c=relaxed/simple/x", RESULT_NEUTRAL },
		{ "c=", RESULT_NEUTRAL },
		{ "c=relaxed/", RESULT_NEUTRAL },
		{ "c=simple/relaxed", RESULT_PENDING },
		{ "d=example", RESULT_POLICY },
		{ "d=", RESULT_NEUTRAL },
		{ "d=a..b", RESULT_NEUTRAL },
		{ "d=a.b.", RESULT_NEUTRAL },
		{ "d=a b.c", RESULT_NEUTRAL },
		{ "d=a/b.c", RESULT_NEUTRAL },
		{ "s=", RESULT_NEUTRAL },
		{ "s=a_b", RESULT_PENDING },
		{ "s=a..b", RESULT_NEUTRAL },
		{ "h=", RESULT_NEUTRAL },
		{ "h=from:", RESULT_NEUTRAL },
		{ "h=from::to", RESULT_NEUTRAL },
		{ "h=from:t o", RESULT_NEUTRAL },
		{ "h=to", RESULT_PERMERROR },
		{ "h=FROM", RESULT_PENDING },
		{ "i=@a.b", RESULT_PENDING },
		{ "i=x@A.B", RESULT_PENDING },
		{ "i=x@c.a.b", RESULT_PENDING },
		{ "i=x@ca.b", RESULT_PERMERROR },
		{ "i=x@b", RESULT_PERMERROR },
		{ "i=a.b", RESULT_NEUTRAL },
		{ "i=x@", RESULT_NEUTRAL },
		{ "i=x=4@a.b", RESULT_NEUTRAL },
		{ "l=", RESULT_NEUTRAL },
		{ "l=-1", RESULT_NEUTRAL },
		{ "l=1 2", RESULT_NEUTRAL },
		{ "l=0000000000000000000000000000000000000"
		  "000000000000000000000000000000000000001",
			RESULT_PENDING },
		{ "l=00000000000000000000000000000000000000"
		  "000000000000000000000000000000000000001",
			RESULT_NEUTRAL },
		{ "q=http", RESULT_NEUTRAL },
		{ "q=", RESULT_NEUTRAL },
		{ "q=dns", RESULT_PENDING },
		{ "q=dns/txt/x", RESULT_PENDING },
		{ "t=", RESULT_NEUTRAL },
		{ "t=1234567890123", RESULT_NEUTRAL },
		{ "t=123456789012", RESULT_PENDING },
		{ "x=+1", RESULT_NEUTRAL },
		{ "t=5; x=5", RESULT_NEUTRAL },
		{ "t=5; x=6", RESULT_PENDING },
		{ "x=5", RESULT_PENDING },
		{ "z=anything|=", RESULT_PENDING },
		{ "unknown=1", RESULT_PENDING },
	};
	static const char *const good[] = { "v=1", "a=rsa-sha256", "b=AAAA",
		"bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=", "d=a.b",
		"h=from", "s=s" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		str text = STR_CAT(&arena, STR("DKIM-Signature: "),
			str_from(cases[i].tags), STR("\r\n"));
		const struct message *m = message_from(&arena, text);
		struct dkim_signature s =
			dkim_signature_parse(&arena, m, 0, false);
		if (s.signer.result != cases[i].result)
			fail_msg("case %zu: %s", i,
				arena_zstr(&arena, s.signer.reason));
		assert_true(
			str_ifind(s.signer.reason, str_from(cases[i].reason)) <
				s.signer.reason.n ||
			s.signer.result == RESULT_PENDING);
	}
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		struct buf b = { .arena = &arena };
		str tag = str_from(more[i].tag);
		str name = str_sub(tag, 0, str_find(tag, '=') + 1);

		buf_add(&b, STR("DKIM-Signature: "));
		for (size_t k = 0; k < 7; k++)
			if (!str_starts(str_from(good[k]), name)) {
				buf_add(&b, str_from(good[k]));
				buf_char(&b, ';');
			}
		buf_add(&b, tag);
		buf_add(&b, STR("\r\n"));
		const struct message *m = message_from(&arena, buf_str(&b));
		struct dkim_signature s =
			dkim_signature_parse(&arena, m, 0, false);
		if (s.signer.result != more[i].result)
			fail_msg("%s: %d, %s", more[i].tag, s.signer.result,
				arena_zstr(&arena, s.signer.reason));
		assert_true((s.signer.result == RESULT_PENDING) ==
			    !s.signer.reason.p);
	}
}

/* --- keys ------------------------------------------------------------ */

static enum result
result_with(const char *tags, str first, str second, const char *reason)
{
	struct name names[] = {
		{ "rsa._domainkey.example.com", DNS_OK, { first, second } },
		{ 0 },
	};
	struct dkim_verdict v = verdict_with(
		sign_message(rsa, tags, FROM SUBJECT, "", BODY), BODY, names);

	assert_reason(v, reason);
	return v.result;
}

static void
test_keys(void **state)
{
	static const struct {
		const char *before;
		enum result result;
		const char *reason;
	} cases[] = {
		{ "v=DKIM1;", RESULT_PASS, "" },
		{ " v = DKIM1 ; k = RSA;", RESULT_PASS, "" },
		{ "h=sha1:sha256; s=tlsrpt:email; t=x:y; n=note; g=;",
			RESULT_PASS, "" },
		{ "v=DKIM1;;k=rsa;", RESULT_PASS, "" },
		{ "v=dkim1;", RESULT_PERMERROR, "v= is not DKIM1" },
		{ "k=rsa; v=DKIM1;", RESULT_PERMERROR, "v= is not first" },
		{ "v=DKIM1\\;", RESULT_PERMERROR, "malformed" },
		{ "k=dsa;", RESULT_PERMERROR, "unknown k=" },
		{ "k=ed25519;", RESULT_PERMERROR, "a= is not" },
		{ "h=;", RESULT_PERMERROR, "hash" },
		{ "h=sha1;", RESULT_PERMERROR, "hash" },
		{ "s=tlsrpt;", RESULT_PERMERROR, "not for mail" },
		{ "k=rsa; k=rsa;", RESULT_PERMERROR, "twice" },
		{ "p=;", RESULT_PERMERROR, "twice" },
		{ "v=DKIM1 k=rsa;", RESULT_PERMERROR, "v= is not DKIM1" },
	};
	str none = { 0 }, good = key_record("", rsa);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			result_with(RSA_TAGS, key_record(cases[i].before, rsa),
				none, cases[i].reason),
			cases[i].result);

	assert_int_equal(
		result_with(RSA_TAGS, STR("v=DKIM1; p="), none, "revoked"),
		RESULT_PERMERROR);
	assert_int_equal(
		result_with(RSA_TAGS, STR("v=DKIM1; k=rsa"), none, "no p="),
		RESULT_PERMERROR);
	assert_int_equal(result_with(RSA_TAGS, STR("p=A:"), none, "not base64"),
		RESULT_PERMERROR);
	assert_int_equal(result_with(RSA_TAGS, str_sub(good, 0, good.n - 40),
				 none, "cut short"),
		RESULT_PERMERROR);
	assert_int_equal(result_with(RSA_TAGS, STR("p=AAAA"), none, "no RSA"),
		RESULT_PERMERROR);

	/* several records (6.1.2) */
	str weak = key_record("", weak_rsa);
	assert_int_equal(result_with(RSA_TAGS, STR("v=spf1 -all"), good, ""),
		RESULT_PASS);
	assert_int_equal(result_with(RSA_TAGS, weak, good, ""), RESULT_PASS);
	assert_int_equal(
		result_with(RSA_TAGS, STR("p="), weak, "signature did not"),
		RESULT_FAIL);
	assert_int_equal(
		result_with(RSA_TAGS, STR("v=spf1 -all"), STR("p="), "revoked"),
		RESULT_PERMERROR);

	/* t=s: i= must be d= itself (3.6.1) */
	str strict = key_record("t=y:s;", rsa);
	assert_int_equal(
		result_with(RSA_TAGS " i=a@Example.com;", strict, none, ""),
		RESULT_PASS);
	assert_int_equal(result_with(RSA_TAGS " i=a@x.example.com;", strict,
				 none, "t=s"),
		RESULT_PERMERROR);
	assert_int_equal(
		result_with(RSA_TAGS " i=a@x.example.com;", good, none, ""),
		RESULT_PASS);
}

static void
test_small_key(void **state)
{
	EVP_PKEY *small = EVP_RSA_gen(512);
	str record = key_record("", small);

	(void)state;
	EVP_PKEY_free(small);
	assert_int_equal(result_with(RSA_TAGS, record, (str){ 0 }, "512 bits"),
		RESULT_POLICY);
}

/* --- many ------------------------------------------------------------ */

/* Fifty are verified, the author's first, and all are listed. */
static void
test_many(void **state)
{
	struct buf b = { .arena = &arena };

	(void)state;
	for (unsigned i = 0; i < 70; i++) {
		buf_add(&b, STR("DKIM-Signature: v=1; a=rsa-sha256; b=AAAA;" BH
				"h=from; s=s; d=x.example.net; l="));
		buf_uint(&b, i);
		buf_add(&b, STR("\r\n"));
	}
	buf_add(&b, STR("DKIM-Signature: v=1; a=rsa-sha256; b=AAAA;" BH
			"h=from; s=s; d=example.com\r\n" FROM));
	struct run r = run_new(buf_str(&b), "mail.example.com");
	assert_int_equal(r.facts.n, 71);
	for (size_t i = 0; i < 71; i++) {
		bool in = i < 49 || i == 70;
		assert_int_equal(r.facts.signature[i].signer.result,
			in ? RESULT_PENDING : RESULT_POLICY);
		assert_true((r.facts.signature[i].hash != SIZE_MAX) == in);
		assert_true(i == 70 || r.facts.signature[i].length == i);
	}
	feed(&r, BODY);
	for (size_t i = 0; i < 8; i++) {
		const struct body_hash *h =
			body_hashes_get(r.hashes, r.facts.signature[i].hash);
		assert_int_equal(h->hashed, i);
		assert_int_equal(h->total, 8);
		str want = sha256(str_sub(STR(BODY), 0, i));
		assert_true(digest_eq(h->digest, want));
	}
	struct dkim_verdict v = check(&r, 60, 0);
	assert_int_equal(v.result, RESULT_POLICY);
	assert_reason(v, "more than 50");
}

/* Of each stream some: more than there is room for are not computed. */
static void
test_most_hashes(void **state)
{
	struct body_hashes *b = body_hashes_new(&arena, crypto);
	size_t at[BODY_MAX_HASHES];

	(void)state;
	for (size_t i = 0; i < BODY_MAX_HASHES; i++) {
		enum canon canon = i % 2 ? CANON_SIMPLE : CANON_RELAXED;
		at[i] = body_hashes_want(b, canon, DIGEST_SHA256, i / 2);
		assert_int_equal(at[i], i);
	}
	assert_int_equal(body_hashes_want(b, CANON_SIMPLE, DIGEST_SHA256,
				 BODY_MAX_HASHES),
		SIZE_MAX);
	/* one that is there is shared all the same */
	assert_int_equal(
		body_hashes_want(b, CANON_SIMPLE, DIGEST_SHA256, 0), at[1]);
	body_hashes_feed(b, STR(BODY));
	body_hashes_end(b);
	for (size_t i = 0; i < BODY_MAX_HASHES; i++) {
		const struct body_hash *h = body_hashes_get(b, at[i]);
		str hashed = str_sub(STR(BODY), 0, i / 2);

		assert_true(digest_eq(h->digest, sha256(hashed)));
		assert_int_equal(h->hashed, hashed.n);
	}
	assert_null(body_hashes_get(b, BODY_MAX_HASHES));
	assert_null(body_hashes_get(b, SIZE_MAX));
	body_hashes_free(b);
}

static void
assert_hash(const struct body_hash *h, str text)
{
	assert_non_null(h);
	assert_true(digest_eq(h->digest, sha256(text)));
	assert_int_equal(h->hashed, text.n);
}

/* With the ">" of an mbox and without it, also across l= and both canons. */
static void
test_two_readings(void **state)
{
	struct body_hashes *b = body_hashes_new(&arena, crypto);
	size_t simple, relaxed, shorter, longer;

	(void)state;
	simple = body_hashes_want(b, CANON_SIMPLE, DIGEST_SHA256, BODY_WHOLE);
	relaxed = body_hashes_want(b, CANON_RELAXED, DIGEST_SHA256, BODY_WHOLE);
	shorter = body_hashes_want(b, CANON_SIMPLE, DIGEST_SHA256, 3);
	longer = body_hashes_want(b, CANON_SIMPLE, DIGEST_SHA256, 9);
	body_hashes_feed(b, STR("a  b\n"));
	assert_null(body_hashes_second(b, simple));
	body_hashes_maybe(b, STR(">"));
	body_hashes_feed(b, STR("From x\r"));
	body_hashes_feed(b, STR("\n\n"));
	body_hashes_maybe(b, STR(">"));
	body_hashes_feed(b, STR("From y\n"));
	assert_null(body_hashes_second(b, simple));
	body_hashes_end(b);
	assert_hash(body_hashes_get(b, simple),
		STR("a  b\r\nFrom x\r\n\r\nFrom y\r\n"));
	assert_hash(body_hashes_second(b, simple),
		STR("a  b\r\n>From x\r\n\r\n>From y\r\n"));
	assert_hash(body_hashes_get(b, relaxed),
		STR("a b\r\nFrom x\r\n\r\nFrom y\r\n"));
	assert_hash(body_hashes_second(b, relaxed),
		STR("a b\r\n>From x\r\n\r\n>From y\r\n"));
	assert_hash(body_hashes_get(b, shorter), STR("a  "));
	assert_hash(body_hashes_second(b, shorter), STR("a  "));
	assert_hash(body_hashes_get(b, longer), STR("a  b\r\nFro"));
	assert_hash(body_hashes_second(b, longer), STR("a  b\r\n>Fr"));
	body_hashes_free(b);
}

/* Names that repeat, and a great many: the work is that of reading them. */
static void
test_wide_list(void **state)
{
	struct buf b = { .arena = &arena };
	char name[] = "X-0000: a field\r\n";

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		name[2] = (char)('0' + i / 1000 % 10);
		name[3] = (char)('0' + i / 100 % 10);
		name[4] = (char)('0' + i / 10 % 10);
		name[5] = (char)('0' + i % 10);
		buf_add(&b, str_from(name));
	}
	for (unsigned i = 0; i < 4; i++) {
		buf_add(&b, STR("DKIM-Signature: " TAGS));
		buf_add(&b, STR(BH "b=AAAA; q=dns; z="));
		buf_uint(&b, i);
		buf_add(&b, STR("; h="));
		for (unsigned k = 0; k < 40000; k++)
			buf_add(&b, k % 2 ? STR("x-4999:") : STR("from:"));
		buf_add(&b, STR("x\r\n"));
	}
	str text = replaced(buf_str(&b), "h=from:subject;", "");
	for (unsigned i = 0; i < 3; i++)
		text = replaced(text, "h=from:subject;", "");
	text = STR_CAT(&arena, str_sub(text, 0, (size_t)1 << 20), STR("\r\n"));
	struct run r = run_new(text, NULL);
	feed(&r, BODY);
	for (size_t i = 0; i < r.facts.n; i++) {
		check(&r, i, 0);
		answer_all(r.dns, usual_names());
		check(&r, i, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_key_first),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_left_open),
		cmocka_unit_test(test_eai),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_small_key),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_most_hashes),
		cmocka_unit_test(test_two_readings),
		cmocka_unit_test(test_wide_list),
	};

	return cmocka_run_group_tests(tests, signing_setup, signing_teardown);
}
