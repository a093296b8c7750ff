/*
 * sigpipe.c - keeps a server that hangs up from ending the program.
 */
#include "net/sigpipe.h"

#include <pthread.h>
#include <stddef.h>
#include <time.h>

static sigset_t
only_pipe(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	return set;
}

void
sigpipe_hold(struct sigpipe *before)
{
	sigset_t pipe = only_pipe();

	pthread_sigmask(SIG_BLOCK, &pipe, &before->mask);
}

/* One that came meanwhile was ours, and is taken away. */
void
sigpipe_release(const struct sigpipe *before)
{
	sigset_t pipe = only_pipe();
	struct timespec at_once = { 0, 0 };

	if (!sigismember(&before->mask, SIGPIPE))
		sigtimedwait(&pipe, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &before->mask, NULL);
}
