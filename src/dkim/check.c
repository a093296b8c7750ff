/*
 * check.c - the verdict on one signature. (RFC 6376 6.1)
 *
 * The key comes first (6.1.2): what is wrong with it hides a changed body.
 * Body and signature are judged apart, so that a person learns which of them
 * was changed.  An expired signature is only said to be so when it is sound.
 */
#include "dkim/headerhash.h"
#include "dkim/trial.h"

#include "mailauth/domain.h"
#include "mailauth/time.h"

static bool
is_expired(const struct dkim_signature *sig, int64_t now)
{
	return now != TIME_UNKNOWN && sig->expires != TIME_UNKNOWN &&
	       now > sig->expires + DKIM_CLOCK_SKEW;
}

/* Is the domain of i= another than d=?  The parser has seen it is below. */
static bool
identity_below(struct arena *a, const struct dkim_signature *sig)
{
	str id = sig->identity, domain;

	if (!id.p)
		return false;
	id = str_skip(id, str_rfind(id, '@') + 1);
	return domain_to_ascii(a, id, &domain) &&
	       !str_eq(domain, sig->signer.domain_ascii);
}

static bool
fits(const struct dkim_signature *sig, const struct body_hash *body)
{
	bool cut = sig->length != BODY_WHOLE && sig->length > body->total;

	return !cut && digest_eq(body->digest, sig->body_hash);
}

/* Of two readings of a body that which was signed. */
static const struct body_hash *
find_body(const struct body_hashes *hashes, const struct dkim_signature *sig)
{
	const struct body_hash *body = body_hashes_get(hashes, sig->hash);
	const struct body_hash *second = body_hashes_second(hashes, sig->hash);

	return second && fits(sig, second) ? second : body;
}

static void
judge_body(struct dkim_verdict *v, const struct body_hash *body)
{
	v->unsigned_bytes = body->total - body->hashed;
	v->body_octets = body->total;
	v->body_hash = fits(v->signature, body) ? RESULT_PASS : RESULT_FAIL;
}

static str
body_reason(struct arena *a, const struct dkim_verdict *v,
	const struct body_hash *body)
{
	const struct dkim_signature *sig = v->signature;

	if (v->header_hash == RESULT_FAIL)
		return v->other_digest
			       ? STR("body hash did not verify, and signed "
				     "header "
				     "fields were changed")
			       : STR("body hash did not verify, nor did the "
				     "signature");
	if (sig->length != BODY_WHOLE && sig->length > body->total)
		return STR_CAT(a, STR("body hash did not verify: body has "),
			str_number(a, body->total),
			STR(" octets, fewer than l="));
	return STR("body hash did not verify");
}

static void
take_trial(struct dkim_verdict *v, const struct trial *t)
{
	v->result = t->result;
	v->reason = t->reason;
	v->key_bits = t->key_bits;
	v->other_digest = t->other_digest;
	v->recovered = t->recovered;
	v->testing = t->testing;
	v->weak_key = t->weak_key;
	v->key_record = t->key_record;
	if (t->result == RESULT_PASS || t->result == RESULT_FAIL)
		v->header_hash = t->result;
}

/* All that is needed is here: hash, verify, and put the parts together. */
static void
conclude(struct dkim_verdict *v, struct arena *a, struct crypto *crypto,
	const struct dns_answer *answer, const struct header_selection *headers,
	const struct body_hash *body)
{
	const struct dkim_signature *sig = v->signature;
	struct trial t = key_answer_trial(a, answer, v->key_name);

	if (t.result == RESULT_PENDING)
		t = key_trial(a, crypto, answer, &sig->signer,
			identity_below(a, sig),
			header_digest(a, crypto, headers, sig));
	take_trial(v, &t);
	judge_body(v, body);
	if (body->digest.n == 0) {
		v->result = RESULT_TEMPERROR;
		v->reason = STR("OpenSSL refused to hash");
		v->body_hash = RESULT_NONE;
	} else if (v->header_hash != RESULT_NONE &&
		   v->body_hash == RESULT_FAIL) {
		v->result = RESULT_FAIL;
		v->reason = body_reason(a, v, body);
	}
	if (v->result == RESULT_PASS && v->expired && !sig->arc) {
		v->result = RESULT_POLICY;
		v->reason = STR_CAT(a, STR("signature expired on "),
			time_format_date(a, sig->expires));
	}
}

static struct dkim_verdict
verdict_new(struct arena *a, const struct dkim_signature *sig, int64_t now)
{
	return (struct dkim_verdict){
		.result = sig->signer.result,
		.reason = sig->signer.reason,
		.signature = sig,
		.body_hash = RESULT_NONE,
		.header_hash = RESULT_NONE,
		.expired = is_expired(sig, now),
		.key_name = signer_key_name(&sig->signer, a),
	};
}

struct dkim_verdict
dkim_check(struct arena *a, struct dns *dns, struct crypto *crypto,
	const struct message *m, const struct dkim_signature *sig,
	const struct body_hashes *hashes, int64_t now)
{
	struct dkim_verdict v = verdict_new(a, sig, now);

	if (v.result != RESULT_PENDING)
		return v;
	const struct dns_answer *answer = dns_ask(dns, DNS_TXT, v.key_name);
	const struct body_hash *body = find_body(hashes, sig);
	if (!body)
		dns_lean(dns);
	if (!body || answer->status == DNS_UNKNOWN)
		return v;

	struct header_selection headers =
		header_select(a, m, sig->headers, sig->index);
	v.from_unsigned = headers.from_left;
	v.unsigned_copies = headers.left;
	v.n_unsigned_copies = headers.n_left;
	v.authentic = answer->authentic;
	v.key_records = answer->n;
	v.key_status = answer->status;
	conclude(&v, a, crypto, answer, &headers, body);
	return v;
}
