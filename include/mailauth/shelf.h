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

enum {
	SHELF_PLACES = 2048,
	SHELF_TEXT = 2048 /* octets; longer texts are not usual, nor kept */
};

/* What was made: of one text there may be several things. */
enum shelf_kind {
	SHELF_KEY,        /* dkim/key.c */
	SHELF_SPF,        /* spf/recall.c */
	SHELF_SPF_SOUND,  /* findings/spf_record.c */
	SHELF_DMARC,      /* dmarc/record.c */
	SHELF_DMARC_SOUND /* findings/dmarc_record.c */
};

struct shelf;
struct shelf *shelf_new(void); /* NULL when out of memory */
void shelf_free(struct shelf *);

/* What is kept with that text, or NULL.  All take NULL for a shelf. */
const void *shelf_find(const struct shelf *, enum shelf_kind, str text);
/* Room for n bytes, good until the next shelf_put(); NULL: not to be kept. */
void *shelf_put(struct shelf *, enum shelf_kind, str text, size_t n);

#endif
