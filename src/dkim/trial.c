/*
 * trial.c - fetching the key, and trying it. (RFC 6376 6.1.2, 6.1.3)
 */
#include "dkim/trial.h"

enum { WEAK_BITS = 2048 }; /* RFC 8301 3.2 */

struct trial
key_answer_trial(struct arena *a, const struct dns_answer *answer, str name)
{
	struct trial t = { .result = RESULT_PENDING };
	str word = dns_status_word(answer->status);

	if (dns_failed(answer)) {
		t.result = RESULT_TEMPERROR;
		t.reason = STR_CAT(
			a, STR("key unavailable: "), word, STR(" for "), name);
	} else if (dns_void(answer)) {
		t.result = RESULT_PERMERROR;
		t.reason =
			STR_CAT(a, STR("no key: "), word, STR(" for "), name);
	}
	return t;
}

static void
blame(struct trial *t, enum result result, str reason)
{
	if (t->result != RESULT_PENDING)
		return;
	t->result = result;
	t->reason = reason;
}

/* h=, k= and t=s: may this key make that signature? (3.6.1, 6.1.2) */
static void
compare(struct trial *t, const struct dkim_key *key,
	const struct dkim_signer *s, bool below)
{
	const struct tag *h = taglist_find(&key->tags, STR("h"));

	if (!key->usable)
		blame(t, key->result, key->reason);
	if (key->kind != s->key_kind)
		blame(t, RESULT_PERMERROR,
			key->kind == KEY_RSA
				? STR("key is k=rsa, and a= is not")
				: STR("key is k=ed25519, and a= is not"));
	if (h && !colon_contains(h->value, STR("sha256")))
		blame(t, RESULT_PERMERROR,
			STR("key does not allow this hash (h=)"));
	if (key->strict && below)
		blame(t, RESULT_PERMERROR,
			STR("key allows no subdomain in i= (t=s)"));
}

static void
refuse_key(struct trial *t, struct arena *a, struct key_result loaded)
{
	static const str what[] = {
		[KEY_OK] = STR_INIT(""),
		[KEY_NOT_DER] = STR_INIT("key malformed: p= is no RSA key"),
		[KEY_TRUNCATED] = STR_INIT("key malformed: p= is cut short"),
		[KEY_OTHER_KIND] =
			STR_INIT("key malformed: p= is not of the kind k="),
		[KEY_TOO_SMALL] = STR_INIT("key too small"),
		[KEY_TOO_LARGE] = STR_INIT("key too large"),
		[KEY_BAD_NUMBERS] =
			STR_INIT("key malformed: p= has impossible numbers"),
		[KEY_BAD_LENGTH] =
			STR_INIT("key malformed: p= is not 32 octets long"),
		[KEY_REFUSED] = STR_INIT("OpenSSL refused the key"),
	};
	str reason = what[loaded.error];

	switch (loaded.error) {
	case KEY_TOO_SMALL: /* RFC 8301 3.2 */
	case KEY_TOO_LARGE:
		reason = STR_CAT(a, reason, STR(": "),
			str_number(a, loaded.bits), STR(" bits"));
		blame(t, RESULT_POLICY, reason);
		break;
	case KEY_OK: break;
	default: blame(t, RESULT_PERMERROR, reason);
	}
}

static void
verify(struct trial *t, struct crypto *crypto, const struct public_key *key,
	const struct dkim_signer *s, struct digest digest)
{
	switch (public_key_verify(
		crypto, key, s->digest, digest, s->signature, &t->recovered)) {
	case VERIFY_OK: t->result = RESULT_PASS; break;
	case VERIFY_OTHER_DIGEST:
		t->other_digest = true;
		blame(t, RESULT_FAIL,
			STR("signature did not verify: signed header fields "
			    "were changed"));
		break;
	case VERIFY_WRONG:
		blame(t, RESULT_FAIL, STR("signature did not verify"));
		break;
	case VERIFY_UNKNOWN:
		blame(t, RESULT_TEMPERROR, STR("OpenSSL refused to verify"));
		break;
	}
}

static struct trial
try_key(struct arena *a, struct crypto *crypto, const struct dkim_key *key,
	const struct dkim_signer *s, bool below, struct digest digest)
{
	struct trial t = {
		.testing = key->testing,
		.key_record = key->record,
	};

	compare(&t, key, s, below);
	if (t.result != RESULT_PENDING)
		return t;
	struct key_result loaded =
		public_key_load(crypto, key->kind, key->data);
	t.key_bits = loaded.bits;
	t.weak_key = key->kind == KEY_RSA && loaded.bits < WEAK_BITS;
	if (loaded.key)
		verify(&t, crypto, loaded.key, s, digest);
	else
		refuse_key(&t, a, loaded);
	return t;
}

/* Which of several keys tells most about the signature. */
static int
rank(const struct trial *t, bool is_record)
{
	switch (t->result) {
	case RESULT_PASS: return 6;
	case RESULT_FAIL: return t->other_digest ? 5 : 4;
	case RESULT_TEMPERROR: return 3;
	case RESULT_POLICY: return 2;
	default: return is_record;
	}
}

struct trial
key_trial(struct arena *a, struct crypto *crypto,
	const struct dns_answer *answer, const struct dkim_signer *s,
	bool below, struct digest digest)
{
	struct trial best = { .result = RESULT_PENDING };
	int best_rank = -1;
	size_t tried = 0; /* keys, not records */

	for (size_t i = 0; i < answer->n && best.result != RESULT_PASS &&
			   tried < DKIM_MAX_KEYS;
		i++) {
		struct arena_mark mark = arena_mark(a);
		struct dkim_key key =
			dkim_key_recall(crypto, a, answer->rr[i].data);
		struct trial t = try_key(a, crypto, &key, s, below, digest);
		int r = rank(&t, dkim_key_is_record(&key));
		tried += t.key_bits > 0;

		if (r <= best_rank) { /* a name may hold thousands */
			arena_rewind(a, mark);
			continue;
		}
		best = t;
		best_rank = r;
	}
	return best;
}
