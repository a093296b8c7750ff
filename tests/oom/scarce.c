/*
 * scarce.c - mailauth, with an allocator that fails.
 *
 *	scarce ARGUMENT...
 *
 * Linked to the whole program it takes malloc's place, for the libraries too.
 * Before main() the process forks itself once for each allocation of a run:
 * in the N-th child the N-th fails, and, in another, all from there on.  Each
 * has to end with the right result, or with 2, nothing on stdout and a word on
 * stderr.  One line of TAP for each of the two ways.  With SCARCE_AT=N in the
 * environment there is but that one run, for a debugger.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define OTHERS_MALLOC 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
#define OTHERS_MALLOC 1
#endif

#ifdef OTHERS_MALLOC

static __attribute__((constructor)) void
skip(void)
{
	puts("ok 1 # SKIP malloc is another one's here");
	exit(0);
}

#else

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

enum { OUTPUT_MAX = 1 << 20 };

struct end {
	int status;
	size_t out_n, err_n;
	char out[OUTPUT_MAX], err[OUTPUT_MAX];
};

static atomic_long *count; /* shared with the children; NULL: all is well */
static long fails_at;      /* 0: never */
static bool goes_on;

static bool
fails(void)
{
	if (!count)
		return false;
	long now = atomic_fetch_add(count, 1) + 1;
	if (fails_at == 0 || now < fails_at || (now > fails_at && !goes_on))
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}

static size_t
slurp(FILE *f, char *p)
{
	size_t n;

	rewind(f);
	n = fread(p, 1, OUTPUT_MAX - 1, f);
	p[n] = '\0';
	return n;
}

/* Returns in the child with false: it goes on to main(). */
static bool
try(long at, struct end *end)
{
	static FILE *out, *err;

	if (!out && (!(out = tmpfile()) || !(err = tmpfile()))) {
		perror("scarce: tmpfile");
		_exit(99);
	}
	if (ftruncate(fileno(out), 0) || ftruncate(fileno(err), 0))
		_exit(99);
	rewind(out);
	rewind(err);
	fflush(stdout);
	*count = 0;
	pid_t child = fork();
	if (child == 0) {
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		fails_at = at;
		alarm(60);
		return false;
	}
	if (child < 0 || waitpid(child, &end->status, 0) != child) {
		perror("scarce: fork");
		_exit(99);
	}
	end->out_n = slurp(out, end->out);
	end->err_n = slurp(err, end->err);
	return true;
}

static bool
is_well(const struct end *end, const struct end *usual)
{
	if (!WIFEXITED(end->status))
		return false;
	if (end->status == usual->status && end->out_n == usual->out_n &&
		memcmp(end->out, usual->out, usual->out_n) == 0)
		return true;
	return WEXITSTATUS(end->status) == 2 && end->out_n == 0 &&
	       (strcasestr(end->err, "out of memory") ||
		       strstr(end->err, strerror(ENOMEM)));
}

static void
tell(long at, const struct end *end)
{
	printf("# allocation %ld: %s %d\n# stdout: %.300s\n# stderr: %.300s\n",
		at, WIFEXITED(end->status) ? "exit" : "signal",
		WIFEXITED(end->status) ? WEXITSTATUS(end->status)
				       : WTERMSIG(end->status),
		end->out, end->err);
}

/* False in a child. */
static bool
sweep(long runs, const struct end *usual, struct end *end, int test)
{
	long wrong = 0;

	for (long at = 1; at <= runs; at++) {
		if (!try(at, end))
			return false;
		if (is_well(end, usual))
			continue;
		if (wrong++ < 5)
			tell(at, end);
	}
	printf("%s %d - %s of %ld allocations fails%s, %ld wrong\n",
		wrong ? "not ok" : "ok", test, goes_on ? "from one" : "one",
		runs, goes_on ? " on" : "", wrong);
	return true;
}

static __attribute__((constructor)) void
children_first(void)
{
	static struct end usual, end;
	atomic_long *shared = mmap(NULL, sizeof(*shared),
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		_exit(99);
	count = shared;
	if (getenv("SCARCE_AT")) {
		fails_at = atol(getenv("SCARCE_AT"));
		return;
	}
	if (!try(0, &usual))
		return;
	long runs = *count;
	if (!sweep(runs, &usual, &end, 1))
		return;
	goes_on = true;
	if (!sweep(runs, &usual, &end, 2))
		return;
	exit(0);
}

#endif
