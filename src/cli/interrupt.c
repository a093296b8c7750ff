/*
 * interrupt.c - SIGINT in a run over many messages.
 *
 * A pipe that can be read from then on tells all threads.
 */
#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static atomic_int caught;
static atomic_int told = -1; /* can be read when it was caught */
static int tell = -1;
static struct sigaction before; /* what a second one leads to */

static void
handle(int number)
{
	int was = errno;
	ssize_t n;

	(void)number;
	caught = 1;
	sigaction(SIGINT, &before, NULL);
	n = write(tell, "", 1);
	(void)n;
	errno = was;
}

/* Without a pipe who sleeps in another thread is woken by what he waits for. */
static void
open_pipe(void)
{
	int fd[2];

	if (pipe(fd) != 0)
		return;
	fcntl(fd[0], F_SETFD, FD_CLOEXEC);
	fcntl(fd[1], F_SETFD, FD_CLOEXEC);
	tell = fd[1];
	told = fd[0];
}

static void
catch_it(void)
{
	struct sigaction action;

	open_pipe();
	memset(&action, 0, sizeof(action));
	sigemptyset(&action.sa_mask);
	action.sa_handler = handle;
	/* nohup, and shells without job control, have it ignored */
	if (sigaction(SIGINT, NULL, &before) == 0 &&
		before.sa_handler != SIG_IGN)
		sigaction(SIGINT, &action, NULL);
}

void
interrupt_catch(void)
{
	/* more than once, and the second SIGINT would be caught too */
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, catch_it);
}

bool
interrupted(void)
{
	return caught != 0;
}

bool
interruptible_wait(int fd)
{
	struct pollfd p[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = told, .events = POLLIN },
	};

	while (!interrupted() && poll(p, 2, -1) < 0 && errno == EINTR)
		;
	if (!interrupted())
		return true;
	errno = EINTR;
	return false;
}

static int
open_to_read(const char *name, int flags)
{
	int fd;

	do
		fd = open(name, O_RDONLY | O_CLOEXEC | flags);
	while (fd < 0 && errno == EINTR && !interrupted());
	return fd;
}

/* Of what is neither file nor directory: its reads may wait again. */
static bool
wait_for_writer(int fd, mode_t mode)
{
	if (S_ISFIFO(mode) && !interruptible_wait(fd))
		return false;
	return fcntl(fd, F_SETFL, 0) == 0;
}

int
interruptible_open(const char *name, struct stat *st)
{
	int fd = open_to_read(name, O_NONBLOCK);

	if (fd < 0 && errno == EWOULDBLOCK) /* somebody has a lease on it */
		fd = open_to_read(name, 0);
	if (fd < 0)
		return -1;
	if (fstat(fd, st) == 0 &&
		(S_ISREG(st->st_mode) || S_ISDIR(st->st_mode) ||
			wait_for_writer(fd, st->st_mode)))
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}
