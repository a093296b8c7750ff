/*
 * permit.h - what only one job of a run may have at a time.
 *
 * The jobs of all workers want it, and whoever does not get it goes on with
 * something else, or waits here for a moment when there is nothing else.
 */
#ifndef PERMIT_H
#define PERMIT_H

#include <stdbool.h>

struct permit;
struct permit *permit_new(void);
void permit_free(struct permit *);

/* Has this one got it, now or before? */
bool permit_take(struct permit *, const void *who);
/* Of one who has not got it this is no matter. */
void permit_give_back(struct permit *, const void *who);
void permit_wait(struct permit *); /* a moment, until it is free */

#endif
