/*
 * test_private_key.c - private keys, made, written, read and used.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mailauth/base64.h"
#include "mailauth/private_key.h"
#include "signing.h"

#include <openssl/err.h>

static enum private_error
error_of(str text)
{
	struct private_result r = private_key_load(crypto, &arena, text);

	assert_int_equal(r.error == PRIVATE_OK, r.key != NULL);
	private_key_free(r.key);
	return r.error;
}

/* Its public half verifies what it signs, and nothing else. */
static void
assert_signs(const struct private_key *key, enum digest_kind kind)
{
	struct digest d = digest_of(crypto, kind, STR("message"));
	struct digest other = digest_of(crypto, kind, STR("other"));
	str public = private_key_public(key, &arena);
	struct key_result r =
		public_key_load(crypto, private_key_kind(key), public);

	assert_int_equal(r.error, KEY_OK);
	assert_int_equal(r.bits, private_key_bits(key));
	str signature = private_key_sign(key, &arena, kind, d);
	assert_true(signature.n > 0);
	assert_int_equal(
		public_key_verify(crypto, r.key, kind, d, signature, NULL),
		VERIFY_OK);
	assert_int_not_equal(
		public_key_verify(crypto, r.key, kind, other, signature, NULL),
		VERIFY_OK);
	assert_false(
		private_key_sign(key, &arena, kind, (struct digest){ .n = 0 })
			.p);
}

static void
assert_round_trip(enum key_kind kind, unsigned bits)
{
	struct private_result made = private_key_make(crypto, kind, bits);

	assert_int_equal(made.error, PRIVATE_OK);
	assert_int_equal(private_key_kind(made.key), kind);
	assert_int_equal(private_key_bits(made.key), bits);
	assert_signs(made.key, DIGEST_SHA256);
	str pem = private_key_pem(made.key, &arena);
	assert_true(str_starts(pem, STR("-----BEGIN PRIVATE KEY-----\n")));
	struct private_result read = private_key_load(crypto, &arena,
		STR_CAT(&arena, STR("text before\n"), pem, STR("behind\n")));
	assert_int_equal(read.error, PRIVATE_OK);
	assert_true(str_eq(private_key_public(read.key, &arena),
		private_key_public(made.key, &arena)));
	private_key_free(read.key);
	private_key_free(made.key);
}

static void
test_round_trip(void **state)
{
	(void)state;
	assert_round_trip(KEY_RSA, 2048);
	assert_round_trip(KEY_ED25519, 256);
	private_key_free(NULL);
}

static void
test_sizes(void **state)
{
	(void)state;
	assert_int_equal(private_key_make(crypto, KEY_RSA, 768).error,
		PRIVATE_TOO_SMALL);
	struct private_result r = private_key_make(crypto, KEY_RSA, 1024);
	assert_int_equal(r.error, PRIVATE_OK);
	assert_signs(r.key, DIGEST_SHA1);
	private_key_free(r.key);
}

/* What dknewkey writes: the seed alone. */
static void
test_seed(void **state)
{
	char seed[32];

	(void)state;
	for (size_t i = 0; i < sizeof(seed); i++)
		seed[i] = (char)(i * 7);
	str text = base64_encode(&arena, (str){ seed, sizeof(seed) });
	struct private_result r = private_key_load(
		crypto, &arena, STR_CAT(&arena, text, STR("\n")));
	assert_int_equal(r.error, PRIVATE_OK);
	assert_int_equal(private_key_kind(r.key), KEY_ED25519);
	assert_signs(r.key, DIGEST_SHA256);
	private_key_free(r.key);
	assert_int_equal(error_of(str_skip(text, 4)), PRIVATE_NONE);
}

static void
test_refused(void **state)
{
	struct private_result made = private_key_make(crypto, KEY_ED25519, 0);
	str pem = private_key_pem(made.key, &arena);
	str cut = str_sub(pem, 0, pem.n / 2);

	(void)state;
	private_key_free(made.key);
	assert_int_equal(error_of(STR("")), PRIVATE_NONE);
	assert_int_equal(error_of(STR("v=DKIM1; p=")), PRIVATE_NONE);
	assert_int_equal(error_of(cut), PRIVATE_DAMAGED);
	assert_int_equal(error_of(STR("-----BEGIN PUBLIC KEY-----\n"
				      "-----END PUBLIC KEY-----\n")),
		PRIVATE_PUBLIC);
	assert_int_equal(error_of(STR("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
				      "MIIB\n"
				      "-----END ENCRYPTED PRIVATE KEY-----\n")),
		PRIVATE_ENCRYPTED);
	/* the queue of errors is as it was */
	assert_int_equal(ERR_peek_error(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_seed),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, signing_setup, signing_teardown);
}
