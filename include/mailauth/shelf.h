/*
 * shelf.h - what was made of a text, kept for the next time it is seen.
 *
 * A text has one place on the shelf, by its hash, and whatever else comes
 * there takes that place.  So the shelf never grows, a look costs the same
 * whoever chose the texts, and what is lost is only made again.
 */
#ifndef MAILAUTH_SHELF_H
#define MAILAUTH_SHELF_H

#include "mailauth/str.h"

enum { SHELF_PLACES = 512 };

struct shelf;
struct shelf *shelf_new(void); /* NULL when out of memory */
void shelf_free(struct shelf *);

/* What is kept with that text, or NULL.  Both take NULL for a shelf. */
const void *shelf_find(const struct shelf *, str text);
/* Room for n bytes, good until the next shelf_put(); NULL: out of memory. */
void *shelf_put(struct shelf *, str text, size_t n);

#endif
