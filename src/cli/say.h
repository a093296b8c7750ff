/*
 * say.h - one line to a person, on stderr.
 */
#ifndef SAY_H
#define SAY_H

#include "mailauth/buf.h"

#include <stdio.h>

/* "mailauth: " and the message; bytes a terminal should not see as \xNN. */
void say(str message);
#define SAY(arena, ...) say(STR_CAT((arena), __VA_ARGS__))

/* From now on what this thread says goes there; NULL: to stderr. */
void say_to(FILE *);

/* 'name' for a message; "standard input" for -. */
str say_file(struct arena *, const char *name);
str say_errno(int); /* "Permission denied"; until the next call */

/*
 * What was printed may still wait in stdout's buffer: a full disk shows only
 * here.  False, and says so once, when it could not be written.  Nobody reading
 * any more is the reader's decision, and no fault.
 */
bool say_flush(void);

/*
 * The oom function of arenas: says so and ends the program.  A prefix of a
 * verdict could be taken for one, so nothing more is written to stdout.
 */
_Noreturn void say_out_of_memory(void *unused);

#endif
