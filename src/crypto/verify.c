/*
 * verify.c - signatures.
 *
 * OpenSSL explains a failure in its queue of errors.  We have a better answer,
 * and leave the queue as the program that embeds us had it.
 */
#include "crypto/crypto.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>

/* Prepares for PKCS#1 v1.5 with that digest. */
static bool
set_up(EVP_PKEY_CTX *ctx, enum digest_kind kind,
	int (*init)(EVP_PKEY_CTX *, const OSSL_PARAM *))
{
	char pad[] = OSSL_PKEY_RSA_PAD_MODE_PKCSV15;
	char sha1[] = "SHA1", sha256[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_SIGNATURE_PARAM_PAD_MODE, pad, 0),
		OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST,
			kind == DIGEST_SHA1 ? sha1 : sha256, 0),
		OSSL_PARAM_construct_end(),
	};

	return ctx && init(ctx, params) == 1;
}

/*
 * The digest in a signature that does not fit ours: with good padding and the
 * right algorithm around it, it was made with this key over other bytes.
 */
static bool
recover(struct public_key *key, enum digest_kind kind, str signature,
	struct digest *out)
{
	unsigned char room[1024]; /* the modulus of 8192 bits */
	size_t n = sizeof(room), want = kind == DIGEST_SHA1 ? 20 : 32;

	if (!key->recover)
		key->recover =
			EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	if (!set_up(key->recover, kind, EVP_PKEY_verify_recover_init_ex))
		return false;
	if (EVP_PKEY_verify_recover(key->recover, room, &n,
		    (const unsigned char *)signature.p, signature.n) != 1 ||
		n != want)
		return false;
	memcpy(out->b, room, n);
	out->n = n;
	return true;
}

static enum verification
verify_rsa(struct public_key *key, enum digest_kind kind, struct digest d,
	str signature, struct digest *recovered)
{
	if (key->digest != kind) {
		key->digest = DIGEST_UNKNOWN;
		if (!set_up(key->verify, kind, EVP_PKEY_verify_init_ex))
			return VERIFY_UNKNOWN;
		key->digest = kind;
	}
	if (EVP_PKEY_verify(key->verify, (const unsigned char *)signature.p,
		    signature.n, d.b, d.n) == 1)
		return VERIFY_OK;
	return recover(key, kind, signature, recovered) ? VERIFY_OTHER_DIGEST
							: VERIFY_WRONG;
}

/* OpenSSL has Ed25519 as one operation, on what RFC 8463 calls the message. */
static enum verification
verify_ed25519(const struct public_key *key, struct digest d, str signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	enum verification v = VERIFY_UNKNOWN;

	if (ctx && EVP_DigestVerifyInit_ex(
			   ctx, NULL, NULL, NULL, NULL, key->pkey, NULL) == 1)
		v = EVP_DigestVerify(ctx, (const unsigned char *)signature.p,
			    signature.n, d.b, d.n) == 1
			    ? VERIFY_OK
			    : VERIFY_WRONG;
	EVP_MD_CTX_free(ctx);
	return v;
}

enum verification
public_key_verify(struct crypto *c, const struct public_key *key,
	enum digest_kind kind, struct digest d, str signature,
	struct digest *recovered)
{
	struct digest unwanted;
	enum verification v;

	if (d.n == 0)
		return VERIFY_UNKNOWN;
	ERR_set_mark();
	if (key->kind == KEY_RSA)
		/* the table is ours to change: its contexts are worn */
		v = verify_rsa(&c->key[key - c->key], kind, d, signature,
			recovered ? recovered : &unwanted);
	else
		v = verify_ed25519(key, d, signature);
	ERR_pop_to_mark();
	return v;
}
