/*
 * mbox.h - a file with one message or, as an mbox, with many.
 *
 * It flows through a buffer of fixed size, whatever its length.  What begins
 * with a line "From " is an mbox: there an empty line, a line "From ..." and a
 * header field below it begin the next message.  The empty line belongs to
 * neither.  A Content-Length that leads to such a place, or to the end of the
 * file, is believed; a pipe, where one cannot look ahead, is read without it.
 *
 *	mbox_open(&m, fd, NULL);
 *	while (mbox_next(&m))
 *		while ((piece = mbox_read(&m)).text.p != NULL)
 *			...
 */
#ifndef MBOX_H
#define MBOX_H

#include "mailauth/str.h"

#include <sys/stat.h>

enum { MBOX_BUFFER = 64 << 10 };

struct mbox {
	int fd;
	int error;        /* errno of a read; 0 */
	bool is_mbox;     /* known after the first mbox_next() */
	bool seekable;    /* a regular file: */
	struct stat stat; /* as it was opened */
	bool last;        /* known at a message's end: none follows */
	uint64_t message; /* which one it is, from 1 */
	uint64_t start;   /* its offset in the file */
	/* private */
	uint64_t at;     /* the offset of what is handed out next */
	uint64_t sure;   /* no message begins before it: Content-Length */
	size_t from, to; /* of the buffer, read and not yet handed out */
	size_t line;     /* where that begins of which we ask what it is */
	size_t blanks;   /* empty lines before the first message, in octets */
	bool eof;
	bool in_line; /* what comes next does not begin a line */
	bool over;    /* the present message is */
	char buffer[MBOX_BUFFER];
};

/*
 * A piece of a message, good until the next call.  `quote` marks a ">" before
 * a line "From ", or before more such ">": most writers of an mbox put it
 * there, so the message has it or not.
 */
struct mbox_piece {
	str text; /* absent at the end of the message, and with error */
	bool quote;
};

/* A regular file that begins as an mbox does; nothing else is opened. */
bool mbox_is_file(const char *name);

/* What fstat() has said of it, or NULL. */
void mbox_open(struct mbox *, int fd, const struct stat *);
/* On to the next message; false when there is none.  A file has one at least.
 */
bool mbox_next(struct mbox *);
struct mbox_piece mbox_read(struct mbox *);
/*
 * The body is said to have so many octets; it begins with the last `unused`
 * octets of the piece that was read last, which then come once more.  False,
 * and nothing changes, when no message ends there.
 */
bool mbox_expect(struct mbox *, size_t unused, uint64_t length);

#endif
