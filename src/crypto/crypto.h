/*
 * crypto/crypto.h - what the files of this folder share.
 *
 * struct crypto owns all that OpenSSL gave us: the fetched digests, a list of
 * idle hashers, and the keys.
 */
#ifndef MAILAUTH_SRC_CRYPTO_H
#define MAILAUTH_SRC_CRYPTO_H

#include "mailauth/crypto.h"

#include <openssl/evp.h>

enum { DIGEST_KINDS = DIGEST_SHA256 + 1, KEYS_KEPT = 1000, KEY_SLOTS = 1024 };

struct public_key {
	enum key_kind kind;
	str data; /* ours; what it was decoded from */
	uint32_t hash;
	uint16_t next; /* in its slot: 1 + index, 0 at the end */
	unsigned bits;
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *verify;  /* RSA, set up for `digest` */
	EVP_PKEY_CTX *recover; /* RSA, made when it is first wanted */
	enum digest_kind digest;
};

struct crypto {
	bool started;
	EVP_MD *md[DIGEST_KINDS];
	struct hasher *idle;
	struct public_key *key; /* KEYS_KEPT of them, made with the first */
	size_t keys;            /* loaded so far, also those replaced */
	uint16_t slot[KEY_SLOTS];
	struct shelf *shelf; /* made when it is first wanted */
};

/* Before anything else is asked of OpenSSL. */
void crypto_start(struct crypto *);
void hashers_free(struct crypto *);

/* n and e, big-endian without leading zeros, of either form of RSA key. */
struct rsa_numbers {
	str n, e;
};
enum key_error rsa_numbers_read(str der, struct rsa_numbers *);
/* KEY_OK, or what is wrong with them. */
enum key_error rsa_numbers_judge(const struct rsa_numbers *, unsigned *bits);

void public_key_drop(struct public_key *);

#endif
