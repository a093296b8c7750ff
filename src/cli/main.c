/*
 * main.c - the command line leads here, and a command leads out.
 */
#include "options.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

const struct command commands[COMMANDS] = {
#define COMMAND(id, name, arguments, summary)                                  \
	{ #name, arguments, summary, run_##name },
#include "commands.def"
#undef COMMAND
};

/*
 * A file that we open must not become standard output by taking its number.
 * What takes the place of a closed one fails as the closed one would.
 */
static void
fill_closed_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
			open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXIT_UNUSABLE);
}

int
main(int argc, char **argv)
{
	struct arena arena;
	struct options options;
	int code = EXIT_UNUSABLE;

	/* who ignores SIGPIPE hands that down; we want to end by it */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_IGN); /* a limit is an error of write() */
	fill_closed_streams();
	if (argc < 1)
		return EXIT_UNUSABLE;
	arena_init(&arena, (size_t)64 << 20, say_out_of_memory, NULL);
	switch (options_parse(&options, &arena, argc, argv)) {
	case OPTIONS_WRONG: break;
	case OPTIONS_DONE: code = EXIT_PASS; break;
	case OPTIONS_RUN: code = commands[options.command].run(&options);
	}
	arena_free(&arena);
	return say_flush() ? code : EXIT_UNUSABLE;
}
