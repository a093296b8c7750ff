/*
 * spool.h - a message as it was read, kept until it is known what to write.
 *
 * The first bytes stay in memory, all others go to a file without a name in
 * TMPDIR.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include "mailauth/buf.h"

#include <stdio.h>

enum { SPOOL_MEMORY = 1 << 20 };

struct spool {
	struct buf memory;
	FILE *file; /* NULL: all is in memory */
	uint64_t n; /* bytes in both */
	int error;  /* errno of the first failure; 0 */
};

void spool_begin(struct spool *, struct arena *);
void spool_add(struct spool *, str chunk);
/* No more is added: is all of it kept? */
bool spool_flush(struct spool *);
/* The bytes from one offset to before another, to stdout. */
void spool_print(struct spool *, uint64_t from, uint64_t to);
void spool_end(struct spool *);

#endif
