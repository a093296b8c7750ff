/*
 * keeper.c - who puts a finished file in its place.
 */
#include "keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <sys/wait.h>

/* No output of ours may stay open for his sake. */
_Noreturn static void
keep_watch(const struct keeper *k, const char *temporary, const char *target)
{
	char word;
	ssize_t n;

	close(k->tell);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		close(fd);
	do
		n = read(k->told, &word, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1 && rename(temporary, target) == 0)
		_exit(0);
	int error = n == 1 ? errno : 0;
	unlink(temporary);
	_exit(error);
}

/* A signal for all of us is not for him, who must outlive us. */
static pid_t
fork_without_signals(void)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid_t pid = fork();
	if (pid != 0)
		sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

bool
keeper_start(struct keeper *k, const char *temporary, const char *target)
{
	int end[2];

	signal(SIGCHLD, SIG_DFL); /* ignored, his last word would be lost */
	if (pipe(end) != 0)
		return false;
	*k = (struct keeper){ .told = end[0], .tell = end[1] };
	k->pid = fork_without_signals();
	if (k->pid == 0)
		keep_watch(k, temporary, target);
	if (k->pid > 0)
		return true;
	int error = errno;
	close(end[0]);
	close(end[1]);
	errno = error;
	return false;
}

int
keeper_end(struct keeper *k, bool keep)
{
	int status;
	bool told = !keep || write(k->tell, "k", 1) == 1;

	close(k->tell);
	close(k->told);
	while (waitpid(k->pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	if (!told || !WIFEXITED(status))
		return EIO;
	return WEXITSTATUS(status);
}
