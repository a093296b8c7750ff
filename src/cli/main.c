/*
 * main.c - the command line leads here, and a command leads out.
 */
#include "options.h"
#include "say.h"

#include "mailauth/crypto.h"
#include "net/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
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

static bool over; /* OpenSSL allocates even while it cleans up */

static void *
get(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return over ? malloc(n) : memory_get(n);
}

static void *
resize(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	if (n > 0)
		return memory_resize(p, n);
	free(p); /* so OpenSSL means it */
	return NULL;
}

static void
give_back(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* What these libraries make of a lack of memory could pass for a verdict. */
static void
end_without_memory(void)
{
	crypto_use_memory(get, resize, give_back);
	json_set_alloc_funcs(memory_get, free);
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
	end_without_memory();
	if (argc < 1)
		return EXIT_UNUSABLE;
	arena_init(&arena, (size_t)64 << 20, say_out_of_memory, NULL);
	switch (options_parse(&options, &arena, argc, argv)) {
	case OPTIONS_WRONG: break;
	case OPTIONS_DONE: code = EXIT_PASS; break;
	case OPTIONS_RUN: code = commands[options.command].run(&options);
	}
	arena_free(&arena);
	over = true;
	return say_flush() ? code : EXIT_UNUSABLE;
}
