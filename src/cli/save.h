/*
 * save.h - the file of --save-dns.
 *
 * It is written under another name in the same directory and takes its place
 * at the end, so a run that comes to nothing leaves what was there before.
 * Only a file of our own is ever replaced: a mistyped command line must not
 * cost anybody his mail.  What is no regular file (a pipe, a terminal) is
 * written as it comes.
 */
#ifndef SAVE_H
#define SAVE_H

#include "keeper.h"
#include "options.h"

#include <stdio.h>

struct save {
	FILE *file;       /* NULL: nothing to save to */
	const char *name; /* as given, for messages */
	bool kept;        /* it has another name; else written in place */
	struct keeper keeper;
	size_t answers; /* how often something was added */
	int error;      /* the first errno of a write; 0 */
};

/*
 * Opens what --save-dns asks for, if it does.  False when it cannot be, and
 * says so.  Allocates in the arena of the options.
 */
bool save_open(struct save *, const struct options *);
void save_add(struct save *, str text);
/* False when it could not be written, and says so. */
bool save_close(struct save *, struct arena *);

/* A name for mkstemp() in the directory of the target. */
char *save_name_beside(struct arena *, const char *target);

#endif
