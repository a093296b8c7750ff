/*
 * unpack.h - gzip and zip, expanded as they flow through. (RFC 1952; RFC 9990
 * has gzip, zip is older custom)
 *
 *	u = unpack_new(&arena, kind, pull, arg);
 *	while (unpack_next(u))
 *		while ((chunk = unpack_read(u)).p != NULL)
 *			...
 *	if (unpack_error(u).p != NULL)
 *		... what came out is not all ...
 *	unpack_free(u);
 *
 * A gzip file is one entry, also when it has several members; what follows
 * them is passed over.  Only these two formats are looked for in what goes in,
 * and none in what comes out.
 *
 * libarchive does the work.  It checks the sums of zip but not those of gzip,
 * and of gzip data that are cut it keeps up to 64 KiB of the end to itself.
 */
#ifndef UNPACK_H
#define UNPACK_H

#include "mailauth/arena.h"

enum {
	UNPACK_MAX_BYTES = 256 << 20, /* out of one archive, all in all */
	UNPACK_MAX_RATIO = 1000,      /* octets out for one that went in ... */
	UNPACK_ANY_RATIO = 1 << 20,   /* ... but so many for any */
	UNPACK_MAX_ENTRIES = 100
};

enum unpack_kind { UNPACK_NONE, UNPACK_GZIP, UNPACK_ZIP };

/* By the first bytes of a file: four are enough. */
enum unpack_kind unpack_kind(str first);

/*
 * The source gives chunks that are good until the next call, and is absent at
 * its end.  What is here lives in the arena until unpack_free().
 */
struct unpack;
struct unpack *unpack_new(
	struct arena *, enum unpack_kind, str (*pull)(void *), void *arg);
/* On to the next file, past what is left of this one; no directories. */
bool unpack_next(struct unpack *);
/* Raw bytes, and never a path to be used; "" in gzip. */
str unpack_name(const struct unpack *);
/* The next of it, good until the next call, never empty; absent at its end. */
str unpack_read(struct unpack *);

/* Why it ended, a sentence; absent while all is well. */
str unpack_error(const struct unpack *);
/* It is over a limit: what came out of this entry is not to be used. */
bool unpack_refused(const struct unpack *);

/* Octets that came out of it so far. */
uint64_t unpack_expanded(const struct unpack *);

/* Frees what is not in the arena. */
void unpack_free(struct unpack *);

#endif
