/*
 * chain.h - what the files of this folder share.
 */
#ifndef MAILAUTH_CHAIN_H
#define MAILAUTH_CHAIN_H

#include "dkim/signer.h"
#include "mailauth/arc.h"

/* The instance of an AAR, and what follows its ';'; 0 when it has none. */
unsigned instance_of_results(str value, str *claims);
/* The instance in the i= of an AMS or AS; 0 when it is none. */
unsigned instance_of_tags(const struct taglist *);

struct arc_seal arc_seal_parse(struct arena *, const struct field *);

/*
 * Goes up the chain and gives the digest that each seal signs.  One running
 * digest serves them all, so a long chain costs what its bytes cost.
 * (RFC 8617 5.1.1)
 */
struct seal_hasher {
	struct arena *arena;
	struct hasher *below; /* all sets so far, complete */
};

void seal_hasher_begin(struct seal_hasher *, struct arena *, struct crypto *);
struct digest seal_hasher_next(struct seal_hasher *, const struct arc_set *);
void seal_hasher_end(struct seal_hasher *);

#endif
