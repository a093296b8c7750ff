/*
 * main.c - the command line leads here, and a command leads out.
 */
#include "options.h"
#include "say.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

const struct command commands[COMMANDS] = {
#define COMMAND(id, name, arguments, summary)                                  \
	{ #name, arguments, summary, run_##name },
#include "commands.def"
#undef COMMAND
};

/*
 * What was printed may still wait in stdout's buffer: a full disk shows only
 * now.  Nobody reading any more is the reader's decision, and no fault.
 */
static int
flush_stdout(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	if (errno != EPIPE)
		perror("mailauth: cannot write the result");
	return EXIT_UNUSABLE;
}

int
main(int argc, char **argv)
{
	struct arena arena;
	struct options options;
	int code = EXIT_UNUSABLE;

	/* who ignores SIGPIPE hands that down; we want to end by it */
	signal(SIGPIPE, SIG_DFL);
	if (argc < 1)
		return EXIT_UNUSABLE;
	arena_init(&arena, (size_t)64 << 20, say_out_of_memory, NULL);
	switch (options_parse(&options, &arena, argc, argv)) {
	case OPTIONS_WRONG: break;
	case OPTIONS_DONE: code = EXIT_PASS; break;
	case OPTIONS_RUN: code = commands[options.command].run(&options);
	}
	arena_free(&arena);
	return flush_stdout(code);
}
