/*
 * private.c - private keys.
 */
#include "crypto/crypto.h"
#include "mailauth/base64.h"
#include "mailauth/private_key.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum { MIN_BITS = 1024, MAX_BITS = 8192, SEED = 32, SIGNATURE_MAX = 1024 };

struct private_key {
	EVP_PKEY *pkey;
	enum key_kind kind;
	unsigned bits;
};

static struct private_result
fail(enum private_error error)
{
	return (struct private_result){ error, NULL };
}

void
private_key_free(struct private_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	OPENSSL_free(key);
}

/* Owns pkey, which may be NULL. */
static struct private_result
adopt(EVP_PKEY *pkey)
{
	struct private_key *key = pkey ? OPENSSL_zalloc(sizeof(*key)) : NULL;
	enum private_error error = PRIVATE_OK;

	if (!key) {
		EVP_PKEY_free(pkey);
		return fail(PRIVATE_REFUSED);
	}
	key->pkey = pkey;
	key->bits = (unsigned)EVP_PKEY_get_bits(pkey);
	if (EVP_PKEY_is_a(pkey, "RSA")) {
		key->kind = KEY_RSA;
		if (key->bits < MIN_BITS)
			error = PRIVATE_TOO_SMALL;
		else if (key->bits > MAX_BITS)
			error = PRIVATE_TOO_LARGE;
	} else if (EVP_PKEY_is_a(pkey, "ED25519")) {
		key->kind = KEY_ED25519;
		key->bits = 8 * SEED;
	} else {
		error = PRIVATE_OTHER_KIND;
	}
	if (error == PRIVATE_OK)
		return (struct private_result){ PRIVATE_OK, key };
	private_key_free(key);
	return fail(error);
}

void
private_wipe(str text)
{
	if (text.n > 0)
		OPENSSL_cleanse((char *)text.p, text.n);
}

/* --- reading --------------------------------------------------------- */

/* Nobody is asked for a passphrase. */
static int
no_passphrase(char *room, int size, int writing, void *arg)
{
	(void)room;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static EVP_PKEY *
read_pem(str text)
{
	EVP_PKEY *pkey = NULL;
	BIO *bio =
		text.n <= INT_MAX ? BIO_new_mem_buf(text.p, (int)text.n) : NULL;

	if (bio)
		pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	return pkey;
}

static bool
has(str text, const char *words)
{
	return str_ifind(text, str_from(words)) < text.n;
}

/* Of a text in which OpenSSL finds no key. */
static enum private_error
why_not(str text)
{
	if (has(text, "BEGIN ENCRYPTED PRIVATE KEY") ||
		has(text, "Proc-Type: 4,ENCRYPTED"))
		return PRIVATE_ENCRYPTED;
	if (has(text, "PRIVATE KEY-----"))
		return PRIVATE_DAMAGED;
	if (has(text, "PUBLIC KEY-----") || has(text, "CERTIFICATE-----"))
		return PRIVATE_PUBLIC;
	return PRIVATE_NONE;
}

/* The octets of a text that is base64 and nothing else. */
static bool
read_seed(struct arena *a, str text, unsigned char seed[SEED])
{
	enum { MOST = 200 };
	struct arena_mark mark = arena_mark(a);
	str data;
	bool is_seed = false;

	text = str_trim_fws(text);
	if (text.n == 0 || text.n > MOST)
		return false;
	if (base64_decode(a, text, &data, NULL) && data.n == SEED) {
		memcpy(seed, data.p, SEED);
		is_seed = true;
	}
	private_wipe(data);
	arena_rewind(a, mark);
	return is_seed;
}

struct private_result
private_key_load(struct crypto *c, struct arena *a, str text)
{
	unsigned char seed[SEED];
	struct private_result r;

	crypto_start(c);
	ERR_set_mark();
	if (read_seed(a, text, seed)) {
		r = adopt(EVP_PKEY_new_raw_private_key_ex(
			NULL, "ED25519", NULL, seed, SEED));
		OPENSSL_cleanse(seed, SEED);
	} else {
		EVP_PKEY *pkey = read_pem(text);
		r = pkey ? adopt(pkey) : fail(why_not(text));
	}
	ERR_pop_to_mark();
	return r;
}

struct private_result
private_key_make(struct crypto *c, enum key_kind kind, unsigned bits)
{
	struct private_result r;

	crypto_start(c);
	ERR_set_mark();
	r = adopt(kind == KEY_RSA
			  ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits)
			  : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	ERR_pop_to_mark();
	return r;
}

/* --- what is told of it ---------------------------------------------- */

enum key_kind
private_key_kind(const struct private_key *key)
{
	return key->kind;
}

unsigned
private_key_bits(const struct private_key *key)
{
	return key->bits;
}

/* What was written, copied; the BIO wipes its own. */
static str
copy_of(BIO *bio, struct arena *a)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	return n > 0 ? arena_dup(a, (str){ p, (size_t)n }) : (str){ 0 };
}

str
private_key_pem(const struct private_key *key, struct arena *a)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	str pem = { 0 };

	ERR_set_mark();
	if (bio && PEM_write_bio_PKCS8PrivateKey(
			   bio, key->pkey, NULL, NULL, 0, NULL, NULL) == 1)
		pem = copy_of(bio, a);
	ERR_pop_to_mark();
	BIO_free(bio);
	return pem;
}

static str
public_rsa(const struct private_key *key, struct arena *a)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key->pkey, &der);
	str out = { 0 };

	if (n > 0)
		out = arena_dup(a, (str){ (const char *)der, (size_t)n });
	OPENSSL_free(der);
	return out;
}

static str
public_ed25519(const struct private_key *key, struct arena *a)
{
	unsigned char raw[SEED];
	size_t n = sizeof(raw);

	if (EVP_PKEY_get_raw_public_key(key->pkey, raw, &n) != 1)
		return (str){ 0 };
	return arena_dup(a, (str){ (const char *)raw, n });
}

str
private_key_public(const struct private_key *key, struct arena *a)
{
	ERR_set_mark();
	str out = key->kind == KEY_RSA ? public_rsa(key, a)
				       : public_ed25519(key, a);
	ERR_pop_to_mark();
	return out;
}

/* --- signing --------------------------------------------------------- */

static bool
sign_rsa(EVP_PKEY *pkey, enum digest_kind kind, struct digest d,
	unsigned char *out, size_t *n)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	const EVP_MD *md = kind == DIGEST_SHA1 ? EVP_sha1() : EVP_sha256();
	bool done = ctx && EVP_PKEY_sign_init(ctx) == 1 &&
		    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
		    EVP_PKEY_sign(ctx, out, n, d.b, d.n) == 1;

	EVP_PKEY_CTX_free(ctx);
	return done;
}

static bool
sign_ed25519(EVP_PKEY *pkey, struct digest d, unsigned char *out, size_t *n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool done = ctx &&
		    EVP_DigestSignInit_ex(
			    ctx, NULL, NULL, NULL, NULL, pkey, NULL) == 1 &&
		    EVP_DigestSign(ctx, out, n, d.b, d.n) == 1;

	EVP_MD_CTX_free(ctx);
	return done;
}

str
private_key_sign(const struct private_key *key, struct arena *a,
	enum digest_kind kind, struct digest d)
{
	unsigned char room[SIGNATURE_MAX]; /* of RSA with 8192 bits */
	size_t n = sizeof(room);
	bool done;

	if (d.n == 0)
		return (str){ 0 };
	ERR_set_mark();
	done = key->kind == KEY_RSA ? sign_rsa(key->pkey, kind, d, room, &n)
				    : sign_ed25519(key->pkey, d, room, &n);
	ERR_pop_to_mark();
	return done ? arena_dup(a, (str){ (const char *)room, n }) : (str){ 0 };
}
