/*
 * sandbox_filter.c - the system calls that are left, on Linux.
 *
 * The filter is a table of this program's own: libseccomp would build the same
 * one, and take more time for it than all other beginnings.
 */
#define _GNU_SOURCE /* syscall(), O_TMPFILE, CLONE_THREAD */
#include "sandbox.h"

/*
 * Where it is known to fit: arguments come in registers, whose lower half is
 * the first.  (With socketcall() the family of a socket cannot be seen.)
 */
#if defined __linux__ && defined __LP64__ && defined __has_include
#if __has_include(<linux/seccomp.h>)
#include <linux/audit.h>
#if defined __x86_64__
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__ && !defined __AARCH64EB__
#define OUR_ARCH AUDIT_ARCH_AARCH64
#elif defined __riscv
#define OUR_ARCH AUDIT_ARCH_RISCV64
#endif
#endif
#endif

#ifdef OUR_ARCH

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- the words of the filter ----------------------------------------- */

enum {
	PERMIT = SECCOMP_RET_ALLOW,
	REFUSE = SECCOMP_RET_ERRNO | EACCES,
	UNKNOWN = SECCOMP_RET_ERRNO | ENOSYS,
	SOCK_TYPE_BITS = 0xf
};

#define LOAD(member)                                                           \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                     \
		offsetof(struct seccomp_data, member))
#define MASK(bits) BPF_STMT(BPF_ALU | BPF_AND | BPF_K, (bits))
#define THEN(action) BPF_STMT(BPF_RET | BPF_K, (action))
/* How many lines to leave out when it is so, and when it is not. */
#define IF_IS(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), yes, no)
#define IF_OVER(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (k), yes, no)
#define IF_ANY(bits, yes, no)                                                  \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), yes, no)

#define ALLOW(call) IF_IS(SYS_##call, 0, 1), THEN(PERMIT),
#define KILL(call) IF_IS(SYS_##call, 0, 1), THEN(SECCOMP_RET_KILL_PROCESS),
/* By one argument: some bit of it, none of these, this value. */
#define ALLOW_WITH(call, n, bits)                                              \
	IF_IS(SYS_##call, 0, 4), LOAD(args[n]), IF_ANY(bits, 1, 0),            \
		THEN(REFUSE), THEN(PERMIT)
#define ALLOW_WITHOUT(call, n, bits)                                           \
	IF_IS(SYS_##call, 0, 4), LOAD(args[n]), IF_ANY(bits, 0, 1),            \
		THEN(REFUSE), THEN(PERMIT)
#define ALLOW_IF(call, n, value)                                               \
	IF_IS(SYS_##call, 0, 4), LOAD(args[n]), IF_IS(value, 1, 0),            \
		THEN(REFUSE), THEN(PERMIT)

/* TCGETS2, as isatty() of newer libraries asks; its struct hides elsewhere. */
#define TERMIOS2_GET _IOR('T', 0x2A, char[44])

enum { WRITING = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY) };

/* --- the filter ------------------------------------------------------ */

const char *
sandbox_filter(void)
{
	const struct sock_filter filter[] = {
		/* x32 passes here, but its numbers are none of these */
		LOAD(arch),
		IF_IS(OUR_ARCH, 1, 0),
		THEN(SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
#include "sandbox.def"
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
		THEN(UNKNOWN),
	};
	const struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]),
		(struct sock_filter *)filter };
	/* speculation is slowed down for those who run code of others */
	const unsigned flags =
		SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return strerror(errno);
	long other =
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (other > 0)
		return "a thread has another filter";
	return other == 0 ? NULL : strerror(errno);
}

#else

const char *
sandbox_filter(void)
{
	return "no filter is known for this system";
}

#endif
