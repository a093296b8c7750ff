/*
 * sign.h - making DKIM signatures. (RFC 6376 5, RFC 8301, RFC 8463)
 *
 *	struct sign s = { .arena = ..., .message = m, .key = key, ... };
 *	enum sign_error e = sign_begin(&s, hashes);
 *	...the body goes into the hashes...
 *	str field = sign_end(&s, hashes);
 *
 * What is signed is the message as it travels: every line ends in CRLF.
 */
#ifndef MAILAUTH_SIGN_H
#define MAILAUTH_SIGN_H

#include "mailauth/dkim.h"
#include "mailauth/private_key.h"

enum sign_error {
	SIGN_OK,
	SIGN_NO_FROM,       /* the message has no From field */
	SIGN_MANY_FROM,     /* it has several: no receiver lets it pass */
	SIGN_FROM_UNSIGNED, /* `fields` lack From (6376 5.4) */
	SIGN_BAD_FIELD,     /* `fields` hold what is no name of a field */
	SIGN_TOO_MANY,      /* over SIGN_MAX_NAMES names in h= */
	SIGN_ITSELF,        /* `fields` hold DKIM-Signature */
	SIGN_BAD_NAME,      /* domain or selector are no host names */
	SIGN_BAD_IDENTITY,  /* not of the domain, or not printable */
	SIGN_BAD_TIME       /* before 1970, or x= is not after t= (6376 3.5) */
};

enum { SIGN_MAX_NAMES = 1000, SIGN_LINE = 76 /* columns, where it can be */ };

struct sign {
	struct arena *arena;
	struct crypto *crypto;
	const struct message *message;
	const struct private_key *key;
	str domain, selector; /* A-labels */
	str identity;         /* i=; absent: none */
	enum canon header_canon, body_canon;
	uint64_t length;   /* l=, at most; BODY_WHOLE: none */
	int64_t time;      /* t=; TIME_UNKNOWN: none */
	int64_t expires;   /* x=; TIME_UNKNOWN: none */
	str fields;        /* h=, names and colons; absent: sign_fields() */
	unsigned instance; /* of an ARC-Message-Signature; 0: DKIM-Signature */

	/* private */
	str headers;
	size_t hash;
};

/*
 * The names that are worth signing: each as often as the message has it; From,
 * To, Subject and Date once more, so that none can be added, and so the fields
 * of RFC 8058 when they are there. (6376 5.4.1, 8.15)
 */
str sign_fields(struct arena *, const struct message *);

str sign_algorithm(const struct private_key *); /* a= */
enum sign_error sign_begin(struct sign *, struct body_hashes *);
/*
 * The field, folded, with its name and final CRLF.  Absent when OpenSSL
 * refuses.
 */
str sign_end(const struct sign *, const struct body_hashes *);

#endif
