/*
 * boxes.h - the files that are being read.
 *
 * An mbox stays here until its last message was taken, so that all workers
 * can read from it in turn.  Who has taken a box has it alone.
 */
#ifndef BOXES_H
#define BOXES_H

#include "feed.h"
#include "mbox.h"

struct box {
	struct box *next;
	size_t place; /* of the file */
	const char *name;
	bool busy;
	struct mbox mbox; /* positioned on a message */
};

struct boxes;
struct boxes *boxes_new(void);
void boxes_free(struct boxes *);

/*
 * The next name of the feed.  Whoever got one must call boxes_open(), or
 * boxes_call_off().
 */
enum feed_state boxes_feed(struct boxes *, struct feed *, struct arena *,
	struct item *, bool may_wait);
/* The first message of a file; the box is ours. */
struct box *boxes_open(struct boxes *, int fd, const struct stat *,
	size_t place, const char *name);
void boxes_call_off(struct boxes *);

/* An mbox nobody is reading, on its next message; NULL when there is none. */
struct box *boxes_take(struct boxes *);
/* The message was read to its end; so the file is closed after its last. */
void boxes_give_back(struct boxes *, struct box *);
/* Will there be nothing to take any more, when the feed has ended? */
bool boxes_are_done(struct boxes *);
void boxes_wait(struct boxes *); /* a moment, for one that is free */

#endif
