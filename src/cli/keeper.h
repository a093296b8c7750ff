/*
 * keeper.h - who puts a finished file in its place.
 *
 * A program that reads hostile mail may neither rename nor remove (sandbox.h).
 * So before it reads any it sends for a keeper: a process that knows two names
 * and waits.  He is told once, to put the file where it belongs or to take it
 * away; when we end without a word, however that comes, he takes it away.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include <stdbool.h>

#include <sys/types.h>

struct keeper {
	pid_t pid;
	int told, tell; /* a pipe: we hold both ends, so SIGPIPE is far */
};

/* Before there are threads.  False, with errno, when he cannot be had. */
bool keeper_start(struct keeper *, const char *temporary, const char *target);
/* What became of it: 0, or an errno.  A signal handler may call it. */
int keeper_end(struct keeper *, bool keep);

#endif
