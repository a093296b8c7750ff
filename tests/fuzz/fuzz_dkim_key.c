/*
 * fuzz_dkim_key.c - key records, and the DER in them.
 */
#include <assert.h>

#include "mailauth/dkim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
load(struct crypto *crypto, enum key_kind kind, str data)
{
	struct digest d = { .n = DIGEST_MAX };
	struct key_result r = public_key_load(crypto, kind, data);

	assert((r.error == KEY_OK) == (r.key != NULL));
	if (!r.key)
		return;
	assert(public_key_load(crypto, kind, data).key == r.key);
	assert(public_key_verify(crypto, r.key, DIGEST_SHA256, d, data, NULL) !=
		VERIFY_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct crypto *crypto; /* one for all, so that its table fills */
	struct arena arena;
	str text = { (const char *)data, size };

	if (!crypto)
		crypto = crypto_new();
	arena_init(&arena, (size_t)1 << 26, NULL, NULL);
	struct dkim_key key = dkim_key_parse(&arena, text);
	assert(key.usable == (key.result == RESULT_PENDING));
	assert(key.usable == !key.reason.p);
	if (key.usable)
		load(crypto, key.kind, key.data);
	load(crypto, KEY_RSA, text);
	load(crypto, KEY_ED25519, text);
	arena_free(&arena);
	return 0;
}
