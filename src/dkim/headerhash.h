/*
 * headerhash.h - which header fields a signature covers, and their digest.
 * (RFC 6376 3.7, 5.4.2)
 */
#ifndef MAILAUTH_HEADERHASH_H
#define MAILAUTH_HEADERHASH_H

#include "mailauth/dkim.h"

struct header_selection {
	const struct field **field; /* in the order of h= */
	size_t n;
	const str *left; /* names in h= that occur more often than there */
	size_t n_left;
	bool from_left; /* a From that is not covered */
};

/*
 * Takes for each name in h= the lowest field not yet taken, never `own`, the
 * index of the signature itself.  The work is that of reading h=.
 */
struct header_selection header_select(
	struct arena *, const struct message *, str h, size_t own);

/* The digest of what was selected, and of the signature without its b=. */
struct digest header_digest(struct arena *, struct crypto *,
	const struct header_selection *, const struct dkim_signature *);

#endif
