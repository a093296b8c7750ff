/*
 * test_crypto.c - digests, DER, keys and their table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "signing.h"

#include <openssl/err.h>

static void
test_digests(void **state)
{
	static const unsigned char abc[] = "\xba\x78\x16\xbf\x8f\x01\xcf\xea"
					   "\x41\x41\x40\xde\x5d\xae\x22\x23"
					   "\xb0\x03\x61\xa3\x96\x17\x7a\x9c"
					   "\xb4\x10\xff\x61\xf2\x00\x15\xad";
	struct digest d = digest_of(crypto, DIGEST_SHA256, STR("abc"));

	(void)state;
	assert_int_equal(d.n, 32);
	assert_memory_equal(d.b, abc, 32);
	assert_int_equal(digest_of(crypto, DIGEST_SHA1, STR("abc")).n, 20);

	struct hasher *h = hasher_new(crypto, DIGEST_SHA256);
	hasher_add(h, STR("a"));
	struct hasher *fork = hasher_fork(h);
	hasher_add(h, STR("xyz"));
	hasher_add(fork, STR("bc"));
	d = hasher_end(fork);
	assert_memory_equal(d.b, abc, 32);
	assert_false(digest_eq(hasher_end(h), (str){ (char *)d.b, 32 }));
	assert_true(digest_eq(d, (str){ (char *)d.b, 32 }));
	assert_false(digest_eq(d, (str){ (char *)d.b, 31 }));
	assert_false(digest_eq((struct digest){ .n = 0 }, STR("")));
	hasher_free(h);
	hasher_free(fork);
	hasher_free(NULL);
}

/* --- DER put together by hand ---------------------------------------- */

static str
element(char tag, str content)
{
	char head[] = { tag, (char)0x82, (char)(content.n >> 8),
		(char)content.n };

	return STR_CAT(&arena, (str){ head, sizeof(head) }, content);
}

/* A modulus of so many bytes, all ones; and that exponent. */
static str
numbers(size_t bytes, char last, str e)
{
	char *n = arena_alloc(&arena, bytes + 1);

	memset(n + 1, 0xff, bytes);
	n[bytes] = last;
	return STR_CAT(
		&arena, element(2, (str){ n, bytes + 1 }), element(2, e));
}

static enum key_error
error_of(str der)
{
	struct key_result r = public_key_load(crypto, KEY_RSA, der);

	assert_true((r.error == KEY_OK) == (r.key != NULL));
	return r.error;
}

static void
test_der(void **state)
{
	str f4 = STR("\1\0\1");
	str good = element(0x30, numbers(128, 1, f4));

	(void)state;
	assert_int_equal(error_of(good), KEY_OK);
	assert_int_equal(error_of(STR_CAT(&arena, good, STR("more"))), KEY_OK);
	assert_int_equal(error_of(STR("")), KEY_TRUNCATED);
	for (size_t n = 1; n < good.n; n++)
		assert_int_equal(error_of(str_sub(good, 0, n)), KEY_TRUNCATED);

	assert_int_equal(error_of(STR("no DER at all")), KEY_NOT_DER);
	assert_int_equal(error_of(STR("\x30\x80\0\0")), KEY_NOT_DER);
	assert_int_equal(error_of(STR("\x30\x85\1\1\1\1\1")), KEY_NOT_DER);
	assert_int_equal(error_of(element(0x30, STR(""))), KEY_NOT_DER);
	assert_int_equal(
		error_of(element(0x30, element(2, STR("\1")))), KEY_NOT_DER);
	assert_int_equal(
		error_of(element(0x30, element(4, STR("\1")))), KEY_NOT_DER);

	assert_int_equal(
		error_of(element(0x30, numbers(127, 1, f4))), KEY_TOO_SMALL);
	assert_int_equal(
		error_of(element(0x30, numbers(64, 1, f4))), KEY_TOO_SMALL);
	assert_int_equal(error_of(element(0x30, numbers(1024, 1, f4))), KEY_OK);
	assert_int_equal(
		error_of(element(0x30, numbers(1025, 1, f4))), KEY_TOO_LARGE);
	assert_int_equal(
		error_of(element(0x30, numbers(30000, 1, f4))), KEY_TOO_LARGE);

	static const str bad_e[] = {
		STR_INIT(""),
		STR_INIT("\0"),
		STR_INIT("\1"),
		STR_INIT("\2"),
		STR_INIT("\xff"),
		STR_INIT("\1\1\1\1\1\1\1\1\1"),
	};
	for (size_t i = 0; i < sizeof(bad_e) / sizeof(bad_e[0]); i++)
		assert_int_equal(
			error_of(element(0x30, numbers(128, 1, bad_e[i]))),
			KEY_BAD_NUMBERS);
	assert_int_equal(
		error_of(element(0x30, numbers(128, 2, f4))), KEY_BAD_NUMBERS);
}

static void
test_key_info(void **state)
{
	static const str rsa_oid =
		STR_INIT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\0");
	static const str pss_oid =
		STR_INIT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x05\0");
	str bare = element(0x30, numbers(128, 1, STR("\3")));
	str bits = element(3, STR_CAT(&arena, STR("\0"), bare));
	str odd_bits = element(3, STR_CAT(&arena, STR("\1"), bare));

	(void)state;
	assert_int_equal(
		error_of(element(
			0x30, STR_CAT(&arena, element(0x30, rsa_oid), bits))),
		KEY_OK);
	assert_int_equal(
		error_of(element(
			0x30, STR_CAT(&arena, element(0x30, pss_oid), bits))),
		KEY_OTHER_KIND);
	assert_int_equal(
		error_of(element(0x30,
			STR_CAT(&arena, element(0x30, rsa_oid), odd_bits))),
		KEY_NOT_DER);
	assert_int_equal(
		error_of(element(0x30, element(0x30, rsa_oid))), KEY_NOT_DER);
	assert_int_equal(
		error_of(element(0x30, element(0x30, STR("")))), KEY_NOT_DER);
}

static void
test_verify(void **state)
{
	EVP_PKEY *keys[] = { rsa, weak_rsa, ed25519 };
	static const unsigned bits[] = { 2048, 1024, 256 };
	str text = STR("what was signed");
	struct digest d = digest_of(crypto, DIGEST_SHA256, text);
	struct digest other = digest_of(crypto, DIGEST_SHA256, STR("other"));

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		enum key_kind kind = i < 2 ? KEY_RSA : KEY_ED25519;
		struct digest recovered = { .n = 0 };
		struct key_result r =
			public_key_load(crypto, kind, public_data(keys[i]));
		str sig;

		assert_int_equal(r.error, KEY_OK);
		assert_int_equal(r.bits, bits[i]);
		base64_decode(&arena, sign_text(keys[i], text), &sig, NULL);
		assert_int_equal(public_key_verify(crypto, r.key, DIGEST_SHA256,
					 d, sig, NULL),
			VERIFY_OK);
		assert_int_equal(public_key_verify(crypto, r.key, DIGEST_SHA256,
					 other, sig, &recovered),
			kind == KEY_RSA ? VERIFY_OTHER_DIGEST : VERIFY_WRONG);
		if (kind == KEY_RSA)
			assert_memory_equal(recovered.b, d.b, d.n);
		/* the context is as good afterwards */
		assert_int_equal(public_key_verify(crypto, r.key, DIGEST_SHA256,
					 d, sig, NULL),
			VERIFY_OK);
		assert_int_equal(public_key_verify(crypto, r.key, DIGEST_SHA256,
					 d, str_sub(sig, 0, sig.n - 1), NULL),
			VERIFY_WRONG);
		assert_int_equal(public_key_verify(crypto, r.key, DIGEST_SHA256,
					 d, STR(""), NULL),
			VERIFY_WRONG);
		((char *)(uintptr_t)sig.p)[5] ^= 1;
		assert_int_equal(public_key_verify(crypto, r.key, DIGEST_SHA256,
					 d, sig, NULL),
			VERIFY_WRONG);
		assert_int_equal(public_key_verify(crypto, r.key, DIGEST_SHA256,
					 (struct digest){ .n = 0 }, sig, NULL),
			VERIFY_UNKNOWN);
	}
	assert_int_equal(ERR_peek_error(), 0);
}

static struct key_result
load_number(unsigned i)
{
	char data[32] = { 1, (char)i, (char)(i >> 8) };

	return public_key_load(crypto, KEY_ED25519, (str){ data, 32 });
}

/* The table is bounded, finds what it has, and forgets the oldest first. */
static void
test_table(void **state)
{
	const struct public_key *first = load_number(0).key, *newest;

	(void)state;
	assert_non_null(first);
	assert_ptr_equal(load_number(0).key, first);
	for (unsigned i = 1; i < 1000; i++)
		assert_non_null(load_number(i).key);
	assert_ptr_equal(load_number(0).key, first);
	newest = load_number(1000).key; /* in the place of the first */
	assert_ptr_equal(newest, first);
	for (unsigned i = 1; i <= 1000; i++)
		assert_non_null(load_number(i).key);
	for (unsigned i = 0; i < 5000; i += 7)
		assert_int_equal(load_number(i).error, KEY_OK);
	assert_int_equal(public_key_load(crypto, KEY_ED25519, STR("x")).error,
		KEY_BAD_LENGTH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_der),
		cmocka_unit_test(test_key_info),
		cmocka_unit_test(test_verify),
	};

	/* one that has never been used costs nothing and can be freed */
	crypto_free(crypto_new());
	crypto_free(NULL);
	return cmocka_run_group_tests(tests, signing_setup, signing_teardown);
}
