/*
 * seal.h - adding a set to an Authenticated Received Chain. (RFC 8617 5.1)
 *
 *	struct seal s = { .signature = { .arena = ..., .key = ... },
 *		.facts = &verdict->arc_facts };
 *	enum seal_error e = seal_begin(&s, hashes);
 *	...the body goes into the hashes, the chain is validated...
 *	s.chain = verdict->arc.result;
 *	s.results = ...;
 *	bool made = seal_end(&s, hashes);
 */
#ifndef MAILAUTH_SEAL_H
#define MAILAUTH_SEAL_H

#include "mailauth/arc.h"
#include "mailauth/sign.h"

enum seal_error {
	SEAL_OK,
	SEAL_FULL,  /* ARC_MAX_SETS are there */
	SEAL_ENDED, /* the newest says cv=fail: nothing follows (5.1 step 2) */
	SEAL_SIGN   /* the signature will not do: `sign` says why */
};

struct seal {
	struct sign signature; /* as for a DKIM-Signature, without l= and x= */
	const struct arc_facts *facts;

	/* for seal_end() */
	enum result chain; /* as validated: NONE, PASS or FAIL */
	str results;       /* an authserv-id and what it found: the value of an
			      Authentication-Results field, folded or not */

	enum sign_error sign;
	/* with name and final CRLF, in the order in which they go on top */
	str field[3];
};

enum seal_error seal_begin(struct seal *, struct body_hashes *);
/* False when OpenSSL refuses. */
bool seal_end(struct seal *, const struct body_hashes *);

#endif
