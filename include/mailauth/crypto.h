/*
 * crypto.h - digests and public keys.  Only src/crypto knows OpenSSL.
 *
 * A struct crypto outlives messages: it holds the fetched algorithms, the
 * keys decoded so far (by the bytes of p=) and a shelf for records, one a
 * worker. It is made before it is known whether anything will be verified, so
 * making it costs nothing: OpenSSL is touched at the first use.
 */
#ifndef MAILAUTH_CRYPTO_H
#define MAILAUTH_CRYPTO_H

#include "mailauth/arena.h"
#include "mailauth/shelf.h"

struct crypto;
struct crypto *crypto_new(void); /* NULL when out of memory */
void crypto_free(struct crypto *);

/*
 * For a program that would rather end than go on without memory: OpenSSL, in
 * all of the process, uses these.  Before anything else of it; false: too late.
 */
bool crypto_use_memory(void *(*get)(size_t, const char *file, int line),
	void *(*resize)(void *, size_t, const char *file, int line),
	void (*give_back)(void *, const char *file, int line));

enum digest_kind { DIGEST_UNKNOWN, DIGEST_SHA1, DIGEST_SHA256 };
enum { DIGEST_MAX = 32 };

struct digest {
	unsigned char b[DIGEST_MAX];
	size_t n; /* 20 or 32; 0 when OpenSSL refused */
};

struct hasher; /* a running digest */
/* NULL when OpenSSL refuses; all functions here take it, and hash nothing. */
struct hasher *hasher_new(struct crypto *, enum digest_kind);
void hasher_free(struct hasher *); /* also after hasher_end() */
void hasher_add(struct hasher *, str);
/* Another that has been fed the same; NULL when it cannot be made. */
struct hasher *hasher_fork(struct hasher *);
struct digest hasher_end(struct hasher *);
struct digest digest_of(struct crypto *, enum digest_kind, str);
bool digest_eq(struct digest, str);

enum key_kind { KEY_UNKNOWN, KEY_RSA, KEY_ED25519 };

enum key_error {
	KEY_OK,
	KEY_NOT_DER,     /* RSA: no SubjectPublicKeyInfo, no RSAPublicKey */
	KEY_TRUNCATED,   /* the DER says it is longer than it is */
	KEY_OTHER_KIND,  /* well-formed, of another algorithm */
	KEY_TOO_SMALL,   /* RSA under 1024 bits (RFC 8301 3.2) */
	KEY_TOO_LARGE,   /* RSA over 8192 bits */
	KEY_BAD_NUMBERS, /* even modulus or exponent, absurd exponent */
	KEY_BAD_LENGTH,  /* Ed25519: not 32 octets */
	KEY_REFUSED      /* OpenSSL would not take it, or is out of memory */
};

/* For what was read of records; NULL when out of memory. */
struct shelf *crypto_shelf(struct crypto *);

/* Belongs to the struct crypto, and is good until 1,000 others are loaded. */
struct public_key;
struct key_result {
	enum key_error error;
	unsigned bits;                /* also with KEY_TOO_SMALL, _LARGE */
	const struct public_key *key; /* NULL with an error */
};

/* `data` is the decoded p=: DER for RSA (RFC 6376 3.6.1, both forms), 32 raw
 * octets for Ed25519 (RFC 8463 4). */
struct key_result public_key_load(struct crypto *, enum key_kind, str data);

/* What somebody has put into p=, for one who must explain it. */
enum key_shape {
	SHAPE_UNKNOWN,
	SHAPE_RSA,     /* a public key */
	SHAPE_RAW,     /* 32 octets, as Ed25519 has */
	SHAPE_ED25519, /* SubjectPublicKeyInfo */
	SHAPE_OTHER,   /* a public key of another algorithm */
	SHAPE_CERTIFICATE,
	SHAPE_PRIVATE
};

struct key_look {
	enum key_shape shape;
	enum key_error error; /* of RSA */
	unsigned bits;        /* of RSA, also when it is cut */
	size_t whole;         /* octets by its own account; 0: it has none */
	str raw;              /* the 32 octets of Ed25519 */
};

/* From the bytes alone, without OpenSSL. */
struct key_look public_key_look(str data);

enum verification {
	VERIFY_UNKNOWN,
	VERIFY_OK,
	VERIFY_OTHER_DIGEST, /* RSA: made with this key, over other bytes */
	VERIFY_WRONG         /* not with this key, or damaged */
};

/*
 * The signature over a digest: RSA PKCS#1 v1.5, or Ed25519 over the 32 octets
 * of the digest (RFC 8463 3).  With VERIFY_OTHER_DIGEST *recovered (may be
 * NULL) is the digest that was signed.
 */
enum verification public_key_verify(struct crypto *, const struct public_key *,
	enum digest_kind, struct digest, str signature,
	struct digest *recovered);

#endif
