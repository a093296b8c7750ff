/*
 * fuzz_arc.c - header sections with ARC fields, checked to the end with a
 * real key: a chain is broken, or fails; it never passes.
 */
#include <assert.h>

#include "mailauth/arc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The public key of RFC 8463 A.2. */
static const struct dns_rr key = {
	.data = STR_INIT("k=ed25519; "
			 "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
};
static const struct dns_answer found = { .status = DNS_OK, .n = 1, .rr = &key };
static const struct dns_answer trouble = { .status = DNS_SERVFAIL };

/* Names with an odd length are in trouble. */
static void
answer_all(struct dns *dns)
{
	struct dns_question *q;

	while ((q = dns_take(dns)))
		dns_tell(dns, q, q->name.n % 2 ? &trouble : &found);
}

static void
check(struct arena *a, struct crypto *crypto, const struct message *m)
{
	struct body_hashes *hashes = body_hashes_new(a, crypto);
	struct arc_facts f = arc_facts(a, m, hashes);
	struct dns *dns = dns_new(a);
	struct arc_verdict v;

	body_hashes_feed(hashes, STR("Hello.\r\n"));
	body_hashes_end(hashes);
	do {
		dns_begin(dns);
		v = arc_check(a, dns, crypto, m, &f, hashes, 0);
		answer_all(dns);
	} while (!dns_settled(dns));
	assert(v.result == (f.present ? RESULT_FAIL : RESULT_NONE));
	assert(f.n <= ARC_MAX_SETS && (v.result == RESULT_NONE || v.reason.p));
	body_hashes_free(hashes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct crypto *crypto;
	struct arena arena;

	if (!crypto)
		crypto = crypto_new();
	arena_init(&arena, (size_t)1 << 28, NULL, NULL);
	struct head_reader r;
	head_begin(&r, &arena, 0);
	head_feed(&r, STR("From: a@example.com\r\n"));
	head_feed(&r, (str){ (const char *)data, size });
	head_end(&r);
	if (r.state == HEAD_DONE)
		check(&arena, crypto, message_parse(&arena, &r));
	arena_free(&arena);
	return 0;
}
