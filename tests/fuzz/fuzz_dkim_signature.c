/*
 * fuzz_dkim_signature.c - header sections with signatures, checked to the end
 * with a real key: verdicts settle, have a reason, and never pass.
 */
#include <assert.h>

#include "mailauth/dkim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The public key of RFC 8463 A.2. */
static const struct dns_rr key = {
	.data = STR_INIT("v=DKIM1; k=ed25519; "
			 "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
};
static const struct dns_answer answer = {
	.status = DNS_OK, .n = 1, .rr = &key
};

static void
check(struct arena *a, struct crypto *crypto, const struct message *m,
	const struct dkim_signature *sig, const struct body_hashes *hashes)
{
	struct dns *dns = dns_new(a);
	struct dns_question *q;

	dns_begin(dns);
	struct dkim_verdict v = dkim_check(a, dns, crypto, m, sig, hashes, 0);
	assert(dns_settled(dns) == (v.result != RESULT_PENDING));
	while ((q = dns_take(dns)))
		dns_tell(dns, q, &answer);
	dns_begin(dns);
	v = dkim_check(a, dns, crypto, m, sig, hashes, 0);
	assert(dns_settled(dns) && v.result != RESULT_PENDING);
	assert(v.result != RESULT_PASS && v.reason.p);
	assert(v.n_unsigned_copies <= m->names);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct crypto *crypto;
	struct arena arena;
	struct head_reader r;

	if (!crypto)
		crypto = crypto_new();
	arena_init(&arena, (size_t)1 << 28, NULL, NULL);
	head_begin(&r, &arena, 0);
	head_feed(&r, STR("From: a@example.com\r\nDKIM-Signature: "));
	head_feed(&r, (str){ (const char *)data, size });
	head_end(&r);
	if (r.state == HEAD_DONE) {
		const struct message *m = message_parse(&arena, &r);
		struct body_hashes *hashes = body_hashes_new(&arena, crypto);
		struct dkim_facts f =
			dkim_facts(&arena, m, STR("example.com"), hashes);
		body_hashes_feed(hashes, STR("Hello.\r\n"));
		body_hashes_end(hashes);
		for (size_t i = 0; i < f.n; i++)
			check(&arena, crypto, m, &f.signature[i], hashes);
		body_hashes_free(hashes);
	}
	arena_free(&arena);
	return 0;
}
