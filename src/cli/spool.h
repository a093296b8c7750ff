/*
 * spool.h - a message as it was read, kept until it is known what to write.
 *
 * The first bytes stay in memory, all others go to a file without a name in
 * TMPDIR.  It is opened before there is a message, for later nothing is opened
 * to write (sandbox.h); that there can be none is a fault only if it is needed.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include "mailauth/buf.h"

#include <stdio.h>

enum { SPOOL_MEMORY = 1 << 20 };

struct spill {
	FILE *file; /* NULL: there is none */
	int error;  /* and why */
};

struct spool {
	struct buf memory;
	const struct spill *spill;
	uint64_t n; /* bytes in both */
	int error;  /* errno of the first failure; 0 */
};

struct spill spill_open(struct arena *);
void spill_close(struct spill *);

/* One message at a time may have the file, and no longer than it lives. */
void spool_begin(struct spool *, struct arena *, const struct spill *);
void spool_add(struct spool *, str chunk);
/* No more is added: is all of it kept? */
bool spool_flush(struct spool *);
/* The bytes from one offset to before another, to stdout. */
void spool_print(struct spool *, uint64_t from, uint64_t to);

#endif
