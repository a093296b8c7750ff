/*
 * test_sandbox.c - what can still be done once the program is confined.
 *
 * Each thing is tried in a process of its own.
 */
#define _GNU_SOURCE /* syscall() */
#include "unit.h"

#include "cli/options.h"
#include "cli/sandbox.h"
#include "net/sigpipe.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char scratch[] = "/tmp/mailauth-sandbox-XXXXXX";
static char inside[sizeof(scratch) + 8], other[sizeof(scratch) + 8];

static void
enter(void)
{
	struct options o = { .arena = &arena };

	sandbox_enter(&o);
}

/* 0, the errno, or the signal that ended it with a minus. */
static int
outcome_of(bool (*attempt)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(attempt() ? 0 : errno != 0 ? errno : 255);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static bool (*attempted)(void);

static bool
attempt_confined(void)
{
	enter();
	errno = 0;
	return attempted();
}

static int
outcome(bool (*attempt)(void))
{
	attempted = attempt;
	return outcome_of(attempt_confined);
}

/* --- what must go on -------------------------------------------------- */

static bool
read_file(void)
{
	char c;
	FILE *f = fopen("/proc/self/status", "r");

	return f != NULL && fread(&c, 1, 1, f) == 1 && fclose(f) == 0;
}

static bool
write_to_what_is_open(void)
{
	return dprintf(STDERR_FILENO, "%s", "") == 0;
}

static bool
ask_by_udp(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr any = { .sa_family = AF_INET };

	return fd >= 0 && connect(fd, &any, sizeof(any)) == 0;
}

static bool
ask_by_tcp(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	/* a system may be without IPv6, but that is another error */
	return fd >= 0 || errno == EAFNOSUPPORT;
}

static void *
write_mark(void *mark)
{
	*(char *)mark = 1;
	return malloc(1 << 20);
}

static bool
have_thread(void)
{
	char mark = 0;
	pthread_t thread;
	void *memory = NULL;

	errno = pthread_create(&thread, NULL, write_mark, &mark);
	if (errno != 0)
		return false;
	errno = pthread_join(thread, &memory);
	free(memory);
	return mark == 1;
}

static bool
load_library(void)
{
	return dlopen("libarchive.so.13", RTLD_NOW) != NULL;
}

static bool
wait_a_moment(void)
{
	struct timespec moment = { .tv_nsec = 1000 };

	return nanosleep(&moment, NULL) == 0 && time(NULL) > 0;
}

/* A name server that closes its connection. */
static bool
outlive_sigpipe(void)
{
	struct sigpipe before;
	int end[2];

	if (pipe(end) != 0 || close(end[0]) != 0)
		return false;
	sigpipe_hold(&before);
	bool broken = write(end[1], "x", 1) < 0 && errno == EPIPE;
	sigpipe_release(&before);
	return broken;
}

/* What libraries look for first may be refused, but not be the end. */
static bool
find_host(void)
{
	struct addrinfo *list = NULL;

	if (getaddrinfo("localhost", "53", NULL, &list) == 0)
		freeaddrinfo(list);
	return true;
}

static bool
end_by_abort(void)
{
	signal(SIGABRT, SIG_DFL);
	abort();
}

/* --- what is over ----------------------------------------------------- */

static bool
open_to_write(void)
{
	return open("/dev/null", O_WRONLY) >= 0;
}

static bool
open_by_the_old_call(void)
{
#ifdef SYS_open
	return syscall(SYS_open, "/dev/null", O_RDWR) >= 0;
#else
	return open_to_write();
#endif
}

static bool
open_by_the_new_call(void)
{
#ifdef SYS_openat2
	unsigned long long how[3] = { O_WRONLY };

	return syscall(SYS_openat2, AT_FDCWD, "/dev/null", how, sizeof(how)) >=
	       0;
#else
	errno = ENOSYS;
	return false;
#endif
}

static bool
append(void)
{
	return fopen("/dev/null", "a") != NULL;
}

static bool
cut_off(void)
{
	return open(inside, O_RDONLY | O_TRUNC) >= 0;
}

static bool
make_nameless(void)
{
	return open(scratch, O_TMPFILE | O_RDWR, 0600) >= 0;
}

static bool
remove_file(void)
{
	return unlink(inside) == 0;
}

static bool
rename_file(void)
{
	return rename(inside, other) == 0;
}

static bool
change_mode(void)
{
	return chmod(inside, 0777) == 0;
}

static bool
make_directory(void)
{
	return mkdir(other, 0700) == 0;
}

static bool
make_link(void)
{
	return symlink("x", other) == 0;
}

static bool
unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool
packet_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) >= 0;
}

static bool
raw_socket(void)
{
	return socket(AF_INET, SOCK_RAW, 1) >= 0;
}

static bool
listen_to_others(void)
{
	return listen(socket(AF_INET, SOCK_STREAM, 0), 1) == 0;
}

static bool
make_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0;
}

static bool
signal_parent(void)
{
	return kill(getppid(), 0) == 0;
}

static bool
signal_thread_of_parent(void)
{
	return syscall(SYS_tgkill, getppid(), getppid(), 0) == 0;
}

static bool
limit_parent(void)
{
	struct rlimit limit = { 0, 0 };

	return prlimit(getppid(), RLIMIT_CORE, NULL, &limit) == 0;
}

static bool
type_at_terminal(void)
{
	return ioctl(STDIN_FILENO, TIOCSTI, "x") == 0;
}

static bool
signal_by_descriptor(void)
{
	return fcntl(STDIN_FILENO, F_SETOWN, getppid()) == 0;
}

static bool
run_program(void)
{
	return execl("/bin/true", "true", (char *)NULL) == 0;
}

static bool
trace_process(void)
{
	return syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, getppid(), 0, 0) ==
	       0;
}

static bool
leave_namespace(void)
{
	return syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */) == 0;
}

/* --- the tests -------------------------------------------------------- */

static void
test_goes_on(void **state)
{
	(void)state;
	assert_int_equal(outcome(read_file), 0);
	assert_int_equal(outcome(write_to_what_is_open), 0);
	assert_int_equal(outcome(ask_by_udp), 0);
	assert_int_equal(outcome(ask_by_tcp), 0);
	assert_int_equal(outcome(have_thread), 0);
	assert_int_equal(outcome(load_library), 0);
	assert_int_equal(outcome(wait_a_moment), 0);
	assert_int_equal(outcome(outlive_sigpipe), 0);
	assert_int_equal(outcome(find_host), 0);
	assert_int_equal(outcome(end_by_abort), -SIGABRT);
}

static void
test_no_file_is_changed(void **state)
{
	(void)state;
	assert_int_equal(outcome(open_to_write), EACCES);
	assert_int_equal(outcome(open_by_the_old_call), EACCES);
	assert_int_equal(outcome(open_by_the_new_call), ENOSYS);
	assert_int_equal(outcome(append), EACCES);
	assert_int_equal(outcome(cut_off), EACCES);
	assert_int_equal(outcome(make_nameless), EACCES);
	assert_int_equal(outcome(remove_file), ENOSYS);
	assert_int_equal(outcome(rename_file), ENOSYS);
	assert_int_equal(outcome(change_mode), ENOSYS);
	assert_int_equal(outcome(make_directory), ENOSYS);
	assert_int_equal(outcome(make_link), ENOSYS);
}

static void
test_other_sockets(void **state)
{
	(void)state;
	assert_int_equal(outcome(unix_socket), EACCES);
	assert_int_equal(outcome(packet_socket), EACCES);
	assert_int_equal(outcome(raw_socket), EACCES);
	assert_int_equal(outcome(listen_to_others), ENOSYS);
}

static void
test_other_processes(void **state)
{
	(void)state;
	assert_int_equal(outcome(make_process), EACCES);
	assert_int_equal(outcome(signal_parent), ENOSYS);
	assert_int_equal(outcome(signal_thread_of_parent), EACCES);
	assert_int_equal(outcome(limit_parent), EACCES);
	assert_int_equal(outcome(type_at_terminal), EACCES);
	assert_int_equal(outcome(signal_by_descriptor), EACCES);
}

static void
test_ends_it(void **state)
{
	(void)state;
	assert_int_equal(outcome(run_program), -SIGSYS);
	assert_int_equal(outcome(trace_process), -SIGSYS);
	assert_int_equal(outcome(leave_namespace), -SIGSYS);
}

static void *
open_when_told(void *fd)
{
	char c;
	bool told = read(*(int *)fd, &c, 1) == 1;

	errno = 0;
	if (told && open("/dev/null", O_WRONLY) >= 0)
		errno = 0;
	return errno == EACCES ? fd : NULL;
}

static bool
an_earlier_thread_too(void)
{
	int end[2];
	pthread_t thread;
	void *refused = NULL;

	if (pipe(end) != 0 ||
		pthread_create(&thread, NULL, open_when_told, end) != 0)
		return false;
	enter();
	return write(end[1], "", 1) == 1 &&
	       pthread_join(thread, &refused) == 0 && refused != NULL;
}

static void
test_all_threads(void **state)
{
	(void)state;
	assert_int_equal(outcome_of(an_earlier_thread_too), 0);
}

/* --- */

static bool
is_confined(void)
{
	char line[80];
	int mode = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Seccomp: %d", &mode) == 1)
			break;
	return mode == 2;
}

static int
make_file(void **state)
{
	(void)state;
	if (mkdtemp(scratch) == NULL)
		return -1;
	snprintf(inside, sizeof(inside), "%s/file", scratch);
	snprintf(other, sizeof(other), "%s/other", scratch);
	int fd = open(inside, O_WRONLY | O_CREAT, 0600);
	return fd < 0 ? -1 : close(fd);
}

static int
remove_all(void **state)
{
	(void)state;
	bool same = access(other, F_OK) != 0 && unlink(inside) == 0;

	return same && rmdir(scratch) == 0 ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_goes_on),
		TEST(test_no_file_is_changed),
		TEST(test_other_sockets),
		TEST(test_other_processes),
		TEST(test_ends_it),
		TEST(test_all_threads),
	};

	if (outcome(is_confined) != 0) {
		puts("1..0 # SKIP nothing is confined here");
		return 0;
	}
	return cmocka_run_group_tests(tests, make_file, remove_all);
}
