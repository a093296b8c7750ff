/*
 * mbox.h - does a second message follow?
 *
 * An mbox with one message is read as that message.  With several they would
 * all be taken for its body, so the body is watched as it passes: an empty
 * line, a line "From ...", and a header field end the message.
 */
#ifndef MBOX_H
#define MBOX_H

#include "mailauth/str.h"

struct mbox_watch {
	enum {
		MBOX_START, /* of a line */
		MBOX_LINE,  /* in one that does not matter */
		MBOX_FROM,  /* perhaps in the "From " of one */
		MBOX_AFTER, /* in the rest of that line */
		MBOX_NAME   /* in the line below, perhaps a field name */
	} state;
	bool empty;    /* the line before was empty */
	size_t n;      /* bytes of "From ", or of the name, so far */
	bool followed; /* another message has begun */
};

/* The body begins, after an empty line or without one. */
struct mbox_watch mbox_begin(bool after_empty_line);
void mbox_feed(struct mbox_watch *, str chunk);

#endif
