/*
 * cost.c - what a command costs: cost COMMAND...
 *
 * Prints the microseconds of CPU and of the clock that it took, its peak
 * resident memory in KiB, and its exit code.  The command's own output is
 * dropped.  The kernel counts to a program's peak what its parent held at the
 * fork, so the parent must be small: a script will not do.
 */
#define _DEFAULT_SOURCE /* wait4 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static long long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void
become(char **argv)
{
	int null = open("/dev/null", O_WRONLY);

	if (null >= 0 && dup2(null, 1) == 1) {
		close(null);
		execvp(argv[0], argv);
	}
	perror(argv[0]);
	_exit(127);
}

int
main(int argc, char **argv)
{
	long long start = now();
	pid_t pid = argc > 1 ? fork() : -1;
	struct rusage used;
	long long cpu;
	int status;

	if (pid == 0)
		become(argv + 1);
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
		return 2;
	cpu = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL +
	      used.ru_utime.tv_usec + used.ru_stime.tv_usec;
	printf("%lld %lld %ld %d\n", cpu, now() - start, used.ru_maxrss,
		WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	return 0;
}
