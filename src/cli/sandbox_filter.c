/*
 * sandbox_filter.c - the system calls that are left, on Linux.
 *
 * The filter is made here: libseccomp would make the same one, but it takes
 * four times as long, which is a tenth of a check.
 */
#define _GNU_SOURCE /* syscall(), O_TMPFILE, CLONE_THREAD */
#include "sandbox.h"

/*
 * Where it is known to fit: arguments come in registers, whose lower half is
 * the first.  (With socketcall() the family of a socket cannot be seen.)
 */
#if defined __linux__ && defined __LP64__
#include <linux/audit.h>
#if defined __x86_64__
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__ && !defined __AARCH64EB__
#define OUR_ARCH AUDIT_ARCH_AARCH64
#elif defined __riscv
#define OUR_ARCH AUDIT_ARCH_RISCV64
#endif
#endif

#ifdef OUR_ARCH

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- the words of a filter ------------------------------------------- */

enum {
	PERMIT = SECCOMP_RET_ALLOW,
	REFUSE = SECCOMP_RET_ERRNO | EACCES,
	UNKNOWN = SECCOMP_RET_ERRNO | ENOSYS
};

#define LOAD(member)                                                           \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                     \
		offsetof(struct seccomp_data, member))
#define MASK(bits) BPF_STMT(BPF_ALU | BPF_AND | BPF_K, (bits))
#define THEN(action) BPF_STMT(BPF_RET | BPF_K, (action))
/* How many lines to leave out when it is so, and when it is not. */
#define IF_IS(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), yes, no)
#define IF_OVER(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (k), yes, no)
#define IF_FROM(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (k), yes, no)
#define IF_ANY(bits, yes, no)                                                  \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), yes, no)

struct filter {
	struct sock_filter line[512];
	size_t n;
};

static void
add(struct filter *f, const struct sock_filter *line, size_t n)
{
	assert(n <= sizeof(f->line) / sizeof(f->line[0]) - f->n);
	memcpy(f->line + f->n, line, n * sizeof(*line));
	f->n += n;
}

#define LINES(a) (a), sizeof(a) / sizeof((a)[0])

/* --- calls that an argument decides ---------------------------------- */

/* Some bit of it, none of these, this value. */
#define ALLOW_WITH(call, n, bits)                                              \
	IF_IS(SYS_##call, 0, 4), LOAD(args[n]), IF_ANY(bits, 1, 0),            \
		THEN(REFUSE), THEN(PERMIT)
#define ALLOW_WITHOUT(call, n, bits)                                           \
	IF_IS(SYS_##call, 0, 4), LOAD(args[n]), IF_ANY(bits, 0, 1),            \
		THEN(REFUSE), THEN(PERMIT)
#define ALLOW_IF(call, n, value)                                               \
	IF_IS(SYS_##call, 0, 4), LOAD(args[n]), IF_IS(value, 1, 0),            \
		THEN(REFUSE), THEN(PERMIT)

enum {
	WRITING = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY),
	SOCK_TYPE_BITS = 0xf
};

/* TCGETS2, as isatty() of newer libraries asks; its struct hides elsewhere. */
#define TERMIOS2_GET _IOR('T', 0x2A, char[44])

static void
add_judged(struct filter *f)
{
	const struct sock_filter judged[] = {
		ALLOW_WITHOUT(openat, 2, WRITING),
#ifdef SYS_open
		ALLOW_WITHOUT(open, 1, WRITING),
#endif
		ALLOW_WITH(clone, 0, CLONE_THREAD),
		ALLOW_IF(tgkill, 0, (unsigned)getpid()), /* abort(), raise() */
		ALLOW_IF(prlimit64, 0, 0),               /* of our own */
		/* no signals by F_SETOWN */
		IF_IS(SYS_fcntl, 0, 5),
		LOAD(args[1]),
		IF_IS(F_DUPFD_CLOEXEC, 2, 0),
		IF_OVER(F_SETFL, 0, 1),
		THEN(REFUSE),
		THEN(PERMIT),
		/* is it a terminal, and how wide?  TIOCSTI could type there */
		IF_IS(SYS_ioctl, 0, 6),
		LOAD(args[1]),
		IF_IS(TCGETS, 3, 0),
		IF_IS(TERMIOS2_GET, 2, 0),
		IF_IS(TIOCGWINSZ, 1, 0),
		THEN(REFUSE),
		THEN(PERMIT),
		/* UDP and TCP */
		IF_IS(SYS_socket, 0, 9),
		LOAD(args[0]),
		IF_IS(AF_INET, 1, 0),
		IF_IS(AF_INET6, 0, 4),
		LOAD(args[1]),
		MASK(SOCK_TYPE_BITS),
		IF_IS(SOCK_STREAM, 2, 0),
		IF_IS(SOCK_DGRAM, 1, 0),
		THEN(REFUSE),
		THEN(PERMIT),
	};

	add(f, LINES(judged));
}

/* --- all others ------------------------------------------------------ */

/* From that number on, up to the next. */
struct step {
	unsigned from, action;
};

static int
by_number(const void *x, const void *y)
{
	const struct step *a = x, *b = y;

	return (a->from > b->from) - (a->from < b->from);
}

static size_t
put_step(struct step *step, size_t n, unsigned from, unsigned action)
{
	if (n > 0 && step[n - 1].from == from)
		n--; /* nothing lies between */
	if (n > 0 && step[n - 1].action == action)
		return n;
	step[n] = (struct step){ from, action };
	return n + 1;
}

/*
 * The kernel tries the filter with every number there is, to know which calls
 * need no look at it.  So it must be short, and not only for those we make.
 */
static void
add_tree(struct filter *f, const struct step *step, size_t n)
{
	size_t half = n / 2, at = f->n;
	struct sock_filter line = THEN(step[0].action);

	add(f, &line, 1);
	if (n == 1)
		return;
	add_tree(f, step, half);
	size_t skip = f->n - at - 1;
	assert(skip <= UCHAR_MAX);
	f->line[at] = (struct sock_filter)IF_FROM(
		step[half].from, (unsigned char)skip, 0);
	add_tree(f, step + half, n - half);
}

static void
add_others(struct filter *f)
{
	struct step rule[] = {
#define ALLOW(call) { SYS_##call, PERMIT },
#define KILL(call) { SYS_##call, SECCOMP_RET_KILL_PROCESS },
#include "sandbox.def"
	};
	enum { RULES = sizeof(rule) / sizeof(rule[0]) };
	struct step step[2 * RULES + 1];
	size_t n = put_step(step, 0, 0, UNKNOWN);

	qsort(rule, RULES, sizeof(rule[0]), by_number);
	for (size_t i = 0; i < RULES; i++) {
		n = put_step(step, n, rule[i].from, rule[i].action);
		n = put_step(step, n, rule[i].from + 1, UNKNOWN);
	}
	add_tree(f, step, n);
}

/* --- the filter ------------------------------------------------------ */

const char *
sandbox_filter(void)
{
	/* x32 calls are of our arch, but their numbers are none of ours */
	static const struct sock_filter first[] = { LOAD(arch),
		IF_IS(OUR_ARCH, 1, 0), THEN(SECCOMP_RET_KILL_PROCESS),
		LOAD(nr) };
	/* speculation is slowed down for those who run code of others */
	const unsigned flags =
		SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	struct filter f = { .n = 0 };

	add(&f, LINES(first));
	add_judged(&f);
	add_others(&f);
	const struct sock_fprog program = { (unsigned short)f.n, f.line };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return strerror(errno);
	long thread =
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (thread > 0)
		return "a thread has another filter";
	return thread == 0 ? NULL : strerror(errno);
}

#else

const char *
sandbox_filter(void)
{
	return "no filter is known for this system";
}

#endif
