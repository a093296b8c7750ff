/*
 * input.h - messages from files and from standard input.
 *
 * A message passes through a buffer of fixed size; nobody here knows how long
 * it is.  What goes wrong is kept as a sentence, for stderr and for JSON; that
 * an mbox holds several messages is seen when the second begins.
 */
#ifndef INPUT_H
#define INPUT_H

#include "mailauth/message.h"
#include "mbox.h"
#include "spool.h"

enum { INPUT_CHUNK = 64 << 10 };

struct input {
	struct arena *arena; /* for error */
	const char *name;    /* as given; "-" is standard input */
	int fd;
	bool not_mail; /* it could be read, and is something else */
	str error;     /* absent while all is well */
	str rest;      /* read, and not yet used */
	struct head_reader head;
	struct mbox_watch mbox; /* used when head.notes.mbox */
	struct spool *spool;    /* gets all that is read; NULL */
	bool again;             /* it can be read once more, from: */
	int64_t start;
	char buffer[INPUT_CHUNK];
};

/*
 * Opens the file and reads its header section.  False when there is none; the
 * input is closed then.
 */
bool input_begin(
	struct input *, struct arena *, const char *name, size_t header_limit);
/* The next piece of the body; absent at its end, or when error is set. */
str input_body(struct input *);
/*
 * The body once more, of a message that began `at` its first byte behind the
 * header section; absent when it has more than max bytes, or when it cannot be
 * had again.
 */
str input_body_again(struct input *, struct arena *, uint64_t at, size_t max);
void input_end(struct input *);

/* A whole file in the arena, with room for max bytes; absent with *error. */
str input_whole(struct arena *, const char *name, size_t max, str *error);

#endif
