/*
 * input.h - messages from files and from standard input.
 *
 * A message passes through a buffer of fixed size; nobody here knows how long
 * it is.  What goes wrong is kept as a sentence, for stderr and for JSON.
 */
#ifndef INPUT_H
#define INPUT_H

#include "mailauth/message.h"
#include "mbox.h"
#include "spool.h"

#include <sys/stat.h>

/* A message of a file, which may be read once more: the same bytes or none. */
struct origin {
	const char *name; /* as given; "-" is standard input */
	uint64_t number;  /* in an mbox, from 1 */
	bool last;        /* known when the message is read: none follows */
	bool alone;       /* no other of the file is read */
	bool again;       /* it can be had again, from start to stop: */
	uint64_t start, stop;
	dev_t device;
	ino_t inode;
	struct timespec changed;
};

struct input {
	struct arena *arena; /* for error */
	struct mbox *box;    /* positioned on the message */
	struct origin origin;
	bool not_mail; /* it could be read, and is something else */
	str error;     /* absent while all is well */
	str rest;      /* read, and not yet used */
	struct head_reader head;
	struct arena *reading; /* for the stash */
	struct spool *spool;   /* gets all that is read; NULL */
	/* what of the body was read at once, and where ">" are in it */
	struct buf stash;
	struct buf quotes;
	size_t stash_at, quote_at;
	bool stashed;
};

/* Opens a file, and says what it is; -1 with *error. */
int input_open(struct arena *, const char *name, struct stat *, str *error);
/* Begins with the message that the box is at. */
void input_begin(
	struct input *, struct arena *, struct mbox *, const char *name);
/* The header section.  False with an error. */
bool input_head(struct input *, size_t limit);
/*
 * Then reads up to max bytes of the body at once.  True when that is all of
 * it, so that the box may go on without us.
 */
bool input_stash(struct input *, size_t max);
/* The next piece of the body; absent at its end, or when error is set. */
struct mbox_piece input_body(struct input *);

/* "mail.mbox:3", or the name alone. */
str input_name(struct arena *, const struct origin *);

/*
 * The body once more, of a message that began `at` its first byte behind the
 * header section; absent when it has more than max bytes, or when it cannot be
 * had again.
 */
str input_body_again(const struct origin *, const struct head_notes *,
	struct arena *, uint64_t at, size_t max);

/* A whole file in the arena, with room for max bytes; absent with *error. */
str input_whole(struct arena *, const char *name, size_t max, str *error);

#endif
