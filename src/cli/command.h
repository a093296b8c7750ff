/*
 * command.h - what mailauth can be told to do.
 *
 * A command is one row of commands.def and one function here.
 */
#ifndef COMMAND_H
#define COMMAND_H

struct options;

enum command_id {
#define COMMAND(id, name, arguments, summary) COMMAND_##id,
#include "commands.def"
#undef COMMAND
	COMMANDS
};

/* The exit codes; over many files 2 beats 3 beats 1 beats 0. */
enum exit_code {
	EXIT_PASS,     /* authenticated */
	EXIT_NOT,      /* not */
	EXIT_UNUSABLE, /* usage error, unreadable input */
	EXIT_TEMPORARY /* undecided because of a temporary error */
};

int exit_worse(int a, int b); /* the one that counts of two files */

struct command {
	const char *name;
	const char *arguments;
	const char *summary;
	int (*run)(const struct options *); /* gives the exit code */
};

extern const struct command commands[COMMANDS];

#define COMMAND(id, name, arguments, summary)                                  \
	int run_##name(const struct options *);
#include "commands.def"
#undef COMMAND

#endif
