/*
 * private_key.h - private keys: made, read, written, and used to sign.
 *
 * Of the key only what is asked for leaves OpenSSL.  Texts with a private key
 * in them are the caller's to wipe.
 */
#ifndef MAILAUTH_PRIVATE_KEY_H
#define MAILAUTH_PRIVATE_KEY_H

#include "mailauth/crypto.h"

enum private_error {
	PRIVATE_OK,
	PRIVATE_NONE,       /* no private key in the text */
	PRIVATE_PUBLIC,     /* a public key or a certificate */
	PRIVATE_ENCRYPTED,  /* with a passphrase */
	PRIVATE_DAMAGED,    /* looks like PEM, and cannot be read */
	PRIVATE_OTHER_KIND, /* neither RSA nor Ed25519 */
	PRIVATE_TOO_SMALL,  /* RSA under 1024 bits (RFC 8301 3.2) */
	PRIVATE_TOO_LARGE,  /* RSA over 8192 bits */
	PRIVATE_REFUSED     /* OpenSSL would not, or is out of memory */
};

struct private_key;
struct private_result {
	enum private_error error;
	struct private_key *key; /* NULL with an error; else free it */
};

/*
 * PEM: PKCS#8 ("PRIVATE KEY") and the older form of RSA ("RSA PRIVATE KEY"),
 * with anything around it; or the 32 octets of an Ed25519 key in base64 alone,
 * as dkimpy's dknewkey writes them.
 */
struct private_result private_key_load(
	struct crypto *, struct arena *, str text);
/* RSA of `bits`, or Ed25519, for which they mean nothing. */
struct private_result private_key_make(
	struct crypto *, enum key_kind, unsigned bits);
void private_key_free(struct private_key *);

enum key_kind private_key_kind(const struct private_key *);
unsigned private_key_bits(const struct private_key *); /* 256 of Ed25519 */

/* Overwrites a text that has a private key in it. */
void private_wipe(str);

/* PKCS#8 in PEM; absent when OpenSSL refuses. */
str private_key_pem(const struct private_key *, struct arena *);
/*
 * What p= holds: a SubjectPublicKeyInfo of RSA (RFC 6376 3.6.1), the 32 octets
 * of Ed25519 (RFC 8463 4).  Absent when OpenSSL refuses.
 */
str private_key_public(const struct private_key *, struct arena *);

/* As public_key_verify() has it; absent when OpenSSL refuses. */
str private_key_sign(const struct private_key *, struct arena *,
	enum digest_kind, struct digest);

#endif
