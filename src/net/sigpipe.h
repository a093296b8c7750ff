/*
 * sigpipe.h - keeps a server that hangs up from ending the program.
 *
 * c-ares writes to TCP connections without MSG_NOSIGNAL.  What the user does
 * with SIGPIPE is left alone: it is held back around the calls of c-ares only,
 * in the calling thread only.
 */
#ifndef MAILAUTH_SIGPIPE_H
#define MAILAUTH_SIGPIPE_H

#include <signal.h>

struct sigpipe {
	sigset_t mask; /* as it was */
};

void sigpipe_hold(struct sigpipe *before);
void sigpipe_release(const struct sigpipe *before);

#endif
