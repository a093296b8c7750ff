/*
 * folder.h - the files of a directory tree, in the order of their names.
 *
 * In a Maildir (it has cur and new) these two are read, and its folders below
 * it, also those whose names begin with a dot, as Maildir++ has them; the
 * indexes of mail servers beside them are not mail.  In any other directory
 * every regular file counts, and every directory, unless its name begins with
 * a dot.  Links to files are followed, links to directories are not.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include "mailauth/buf.h"

struct folder; /* a directory, and those it was reached by */

/* Enters a directory; on failure *error is a sentence. */
struct folder *folder_enter(struct folder *outer, str path, str *error,
	struct arena *a /* of the error */);
/*
 * The next file, in the arena; absent at the end, when *f is NULL.  A directory
 * that cannot be read is given too, with *error.
 */
str folder_next(struct folder **f, struct arena *, str *error);
void folder_free(struct folder *); /* and all outer ones */

#endif
