/*
 * signing.h - signatures made by OpenSSL over bytes that the test has put
 * together itself, and a DNS of a few names: for test_dkim.c, test_arc.c and
 * the cases.
 */
#ifndef MAILAUTH_SIGNING_H
#define MAILAUTH_SIGNING_H

#include <assert.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "mailauth/arc.h"
#include "mailauth/base64.h"

static struct arena arena;
static struct crypto *crypto;
static EVP_PKEY *ed25519, *rsa, *weak_rsa;

static inline int
signing_setup(void **state)
{
	static const unsigned char seed[32] = "any thirty-two bytes are a key.";

	(void)state;
	arena_init(&arena, (size_t)1 << 28, NULL, NULL);
	crypto = crypto_new();
	ed25519 = EVP_PKEY_new_raw_private_key(
		EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
	rsa = EVP_RSA_gen(2048);
	weak_rsa = EVP_RSA_gen(1024);
	return ed25519 && rsa && weak_rsa ? 0 : -1;
}

static inline int
signing_teardown(void **state)
{
	(void)state;
	EVP_PKEY_free(ed25519);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(weak_rsa);
	crypto_free(crypto);
	arena_free(&arena);
	return 0;
}

static inline str
sha256(str s)
{
	unsigned char md[32];

	EVP_Digest(s.p, s.n, md, NULL, EVP_sha256(), NULL);
	return arena_dup(&arena, (str){ (const char *)md, sizeof(md) });
}

/* The signature over the hash of the text; `md` is for RSA. */
static inline str
sign_bytes(EVP_PKEY *key, const EVP_MD *md, str text)
{
	unsigned char out[1100];
	size_t n = sizeof(out);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool is_rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
	str what = is_rsa ? text : sha256(text);

	EVP_DigestSignInit(ctx, NULL, is_rsa ? md : NULL, NULL, key);
	int ok = EVP_DigestSign(
		ctx, out, &n, (const unsigned char *)what.p, what.n);
	assert(ok == 1);
	EVP_MD_CTX_free(ctx);
	return arena_dup(&arena, (str){ (const char *)out, n });
}

/* The same in base64. */
static inline str
sign_text(EVP_PKEY *key, str text)
{
	return base64_encode(&arena, sign_bytes(key, EVP_sha256(), text));
}

static inline str
public_data(EVP_PKEY *key)
{
	unsigned char *der = NULL;

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
		int n = i2d_PUBKEY(key, &der);
		str s = arena_dup(
			&arena, (str){ (const char *)der, (size_t)n });
		OPENSSL_free(der);
		return s;
	}
	unsigned char raw[32];
	size_t n = sizeof(raw);
	EVP_PKEY_get_raw_public_key(key, raw, &n);
	return arena_dup(&arena, (str){ (const char *)raw, n });
}

static inline str
key_record(const char *tags, EVP_PKEY *key)
{
	return STR_CAT(&arena, str_from(tags), STR("p="),
		base64_encode(&arena, public_data(key)));
}

/*
 * A message in c=simple/simple.  `tags` are all but bh= and b=, `covered` the
 * fields that h= names, in that order; the other fields come after them.
 */
static inline str
sign_message(EVP_PKEY *key, const char *tags, const char *covered,
	const char *more, const char *body)
{
	str field = STR_CAT(&arena, STR("DKIM-Signature: "), str_from(tags),
		STR(" bh="), base64_encode(&arena, sha256(str_from(body))),
		STR("; b="));
	str b = sign_text(key, STR_CAT(&arena, str_from(covered), field));

	return STR_CAT(&arena, field, b, STR("\r\n"), str_from(covered),
		str_from(more), STR("\r\n"));
}

/* --- a DNS of a few names -------------------------------------------- */

struct name {
	const char *name;
	enum dns_status status;
	str text[3];
};

static inline void
answer(struct dns *dns, struct dns_question *q, const struct name *names)
{
	struct dns_answer a = { .status = DNS_NXDOMAIN };
	struct dns_rr rr[3] = { 0 };

	for (; names->name; names++)
		if (str_eq(q->name, str_from(names->name)))
			break;
	if (names->name)
		a.status = names->status;
	for (; names->name && a.n < 3 && names->text[a.n].p; a.n++)
		rr[a.n].data = names->text[a.n];
	a.rr = rr;
	dns_tell(dns, q, &a);
}

static inline void
answer_all(struct dns *dns, const struct name *names)
{
	struct dns_question *q;

	while ((q = dns_take(dns)))
		answer(dns, q, names);
}

#endif
