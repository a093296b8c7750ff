/*
 * sandbox.h - a program that reads what strangers wrote needs little.
 *
 * From sandbox_enter() on it may read files, ask over IPv4 and IPv6, write to
 * what is open already, and have threads.  It may not run a program, look into
 * another, open a file to write, make, rename or remove one, or have any other
 * socket.  So whatever is to be written to is opened before, see spool.h and
 * keeper.h.
 *
 * Words on stderr, with -v: that there is no such confinement here, and why.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

struct options;

/* All threads, for ever, unless --no-sandbox.  Again does no harm. */
void sandbox_enter(const struct options *);

/* --- for sandbox.c --------------------------------------------------- */

/* Linux: a filter of system calls.  NULL, or why there is none. */
const char *sandbox_filter(void);

#endif
