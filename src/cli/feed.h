/*
 * feed.h - what is to be checked: files, directories and lists of names, in
 * the order of the command line.
 *
 * "inbox:3", when no file has that name, is a message of the mbox "inbox".
 * Names are given out one at a time, to any thread.  A list is read as it
 * comes, so `find ... -print0 | mailauth -0` begins with the first name.
 */
#ifndef FEED_H
#define FEED_H

#include "options.h"

struct feed;

/* A file, or what could not be entered and why. */
struct item {
	size_t place;  /* in the order of all files, from 0 */
	str name;      /* in the arena that was given */
	uint64_t only; /* this message of an mbox; 0: all there are */
	str error;     /* a sentence; absent */
};

enum feed_state {
	FEED_ITEM,
	FEED_WAIT, /* a list has no name ready */
	FEED_END
};

/* Standard input, when nothing is named. */
struct feed *feed_new(const struct options *);
void feed_free(struct feed *);
/* Can there be more than one file? */
bool feed_is_many(const struct feed *);
/* With may_wait it never answers FEED_WAIT, unless interrupted. */
enum feed_state feed_take(
	struct feed *, struct arena *, struct item *, bool may_wait);

#endif
