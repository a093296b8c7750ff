/*
 * check.c - validating the chain. (RFC 8617 5.2, steps 4 to 7)
 *
 * All seals are tried even when the chain has failed already: they tell a
 * person whether the chain or the message was changed.
 */
#include "arc/chain.h"

#include "dkim/trial.h"

struct walk {
	struct arena *arena;
	struct dns *dns;
	struct crypto *crypto;
	const struct arc_facts *facts;
	struct arc_set_verdict *set;
	str reason;           /* the first that fails the chain */
	bool by_dns, by_fact; /* why it fails */
};

static const struct dns_answer *
seal_key(struct walk *w, const struct arc_seal *seal, str *name)
{
	*name = signer_key_name(&seal->signer, w->arena);
	return dns_ask(w->dns, DNS_TXT, *name);
}

static bool
signature_known(struct walk *w, const struct dkim_signature *sig,
	const struct body_hashes *hashes)
{
	if (sig->signer.result != RESULT_PENDING)
		return true;
	str name = signer_key_name(&sig->signer, w->arena);
	if (dns_ask(w->dns, DNS_TXT, name)->status == DNS_UNKNOWN)
		return false;
	if (!body_hashes_get(hashes, sig->hash)) {
		dns_lean(w->dns);
		return false;
	}
	return true;
}

static bool
seal_known(struct walk *w, const struct arc_seal *seal)
{
	str name;

	return seal->signer.reason.p ||
	       seal_key(w, seal, &name)->status != DNS_UNKNOWN;
}

static bool
is_tried(const struct arc_facts *facts, size_t i)
{
	return i + 1 == facts->n || !facts->newest_only;
}

/* Asks for all keys at once, those of the newest set first. */
static bool
all_known(struct walk *w, const struct body_hashes *hashes)
{
	bool known = true;

	for (size_t i = w->facts->n; i > 0; i--) {
		const struct arc_set *s = &w->facts->set[i - 1];

		if (is_tried(w->facts, i - 1))
			known &= signature_known(
				w, &s->message_signature, hashes);
		known &= seal_known(w, &s->seal);
	}
	return known;
}

static void
add_reason(struct walk *w, size_t i, str field, str reason)
{
	str *r = &w->set[i].reason;

	*r = STR_CAT(w->arena, r->p ? *r : STR(""), r->p ? STR("; ") : STR(""),
		field, STR(": "), reason);
}

/* The chain fails here. */
static void
fail(struct walk *w, size_t i, str field, enum result result, str reason)
{
	if (result == RESULT_TEMPERROR)
		w->by_dns = true;
	else
		w->by_fact = true;
	if (!w->reason.p)
		w->reason = STR_CAT(w->arena, STR("set "),
			str_number(w->arena, i + 1), STR(": "), field,
			STR(": "), reason);
}

/*
 * Steps 4 and 5: the newest signature counts; older ones only say since when
 * the message is unchanged, and the first that fails ends the search.
 */
static unsigned
check_signatures(struct walk *w, const struct message *m,
	const struct body_hashes *hashes, int64_t now)
{
	str field = STR("ARC-Message-Signature");

	for (size_t i = w->facts->n; i-- > 0 && is_tried(w->facts, i);) {
		struct dkim_verdict v = dkim_check(w->arena, w->dns, w->crypto,
			m, &w->facts->set[i].message_signature, hashes, now);

		w->set[i].ams = v;
		w->set[i].message_signature =
			v.result == RESULT_PASS ? RESULT_PASS : RESULT_FAIL;
		if (v.result == RESULT_PASS)
			continue;
		add_reason(w, i, field, v.reason);
		if (i + 1 < w->facts->n)
			return (unsigned)i + 2;
		fail(w, i, field, v.result, v.reason);
		break;
	}
	return 0;
}

static struct trial
try_seal(struct walk *w, const struct arc_seal *seal, struct digest digest)
{
	str name;

	if (seal->signer.reason.p)
		return (struct trial){ .result = RESULT_PERMERROR,
			.reason = seal->signer.reason };
	const struct dns_answer *answer = seal_key(w, seal, &name);
	struct trial t = key_answer_trial(w->arena, answer, name);
	if (t.result == RESULT_PENDING)
		/* no i=, so t=s forbids nothing */
		t = key_trial(w->arena, w->crypto, answer, &seal->signer, false,
			digest);
	return t;
}

/* Step 6. */
static void
check_seals(struct walk *w)
{
	size_t n = w->facts->n;
	struct trial *t = arena_make(w->arena, n, struct trial);
	struct seal_hasher h;

	seal_hasher_begin(&h, w->arena, w->crypto);
	for (size_t i = 0; i < n; i++) {
		const struct arc_set *s = &w->facts->set[i];
		t[i] = try_seal(w, &s->seal, seal_hasher_next(&h, s));
	}
	seal_hasher_end(&h);

	/* the newest that fails is the one to name */
	for (size_t i = n; i-- > 0;) {
		bool pass = t[i].result == RESULT_PASS;

		w->set[i].seal = pass ? RESULT_PASS : RESULT_FAIL;
		if (pass)
			continue;
		add_reason(w, i, STR("ARC-Seal"), t[i].reason);
		fail(w, i, STR("ARC-Seal"), t[i].result, t[i].reason);
	}
}

static struct arc_set_verdict *
untried(struct arena *a, size_t n)
{
	struct arc_set_verdict *set = arena_make(a, n, struct arc_set_verdict);

	for (size_t i = 0; i < n; i++)
		set[i].seal = set[i].message_signature = RESULT_NONE;
	return set;
}

struct arc_verdict
arc_check(struct arena *a, struct dns *dns, struct crypto *crypto,
	const struct message *m, const struct arc_facts *facts,
	const struct body_hashes *hashes, int64_t now)
{
	struct walk w = { a, dns, crypto, facts, untried(a, facts->n),
		.reason = facts->broken };
	struct arc_verdict v = { .result = RESULT_NONE, .set = w.set };

	if (!facts->present)
		return v;
	if (!facts->broken.p) {
		if (!all_known(&w, hashes))
			return (struct arc_verdict){ .result = RESULT_PENDING };
		v.oldest_pass = check_signatures(&w, m, hashes, now);
		check_seals(&w);
	}
	/* any trouble is permanent, the DNS's too (5.2.1) */
	v.reason = w.reason;
	v.result = w.reason.p ? RESULT_FAIL : RESULT_PASS;
	v.by_dns = w.by_dns && !w.by_fact;
	return v;
}
