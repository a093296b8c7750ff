/*
 * batch.h - many messages at a time.
 *
 * A worker, of which there is one a processor, reads a message, sends its
 * questions, and goes on to the next while the answers are on their way; so
 * hundreds wait for the DNS at once.  Results come out in the order of the
 * input all the same.
 */
#ifndef BATCH_H
#define BATCH_H

#include "options.h"

/* Checks all that is named; the exit code. */
int batch_run(const struct options *);

#endif
