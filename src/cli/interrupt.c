/*
 * interrupt.c - SIGINT in a run over many messages.
 */
#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>

static atomic_int caught;

static void
handle(int number)
{
	(void)number;
	caught = 1;
}

void
interrupt_catch(void)
{
	struct sigaction before, action;

	memset(&action, 0, sizeof(action));
	sigemptyset(&action.sa_mask);
	action.sa_handler = handle;
	action.sa_flags = (int)SA_RESETHAND;
	/* nohup, and shells without job control, have it ignored */
	if (sigaction(SIGINT, NULL, &before) == 0 &&
		before.sa_handler != SIG_IGN)
		sigaction(SIGINT, &action, NULL);
}

bool
interrupted(void)
{
	return caught != 0;
}
