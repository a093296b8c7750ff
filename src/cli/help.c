/*
 * help.c - --help, made from the tables, to fit a screen of 80 x 24.
 *
 * Options with a value have a line each; flags and what is short go two a
 * line.
 */
#include "options.h"

#include <stdio.h>
#include <string.h>

enum {
	NAME_WIDTH = 25,
	FLAG_WIDTH = 18,
	CELL_WIDTH = 39,
	SHORT_HELP = 17,
	WIDTH = 80
};

static void
name_of(const struct option *o, char *out, size_t size)
{
	char letter[] = { '-', o->letter, '\0' };

	snprintf(out, size, "%s%s%s%s%s%s", o->letter ? letter : "  ",
		!o->name    ? ""
		: o->letter ? ", "
			    : "  ",
		o->name ? "--" : "", o->name ? o->name : "",
		o->argument ? " " : "", o->argument ? o->argument : "");
}

/* Two that are short share a line. */
static bool
is_short(const struct option *o, const char *name)
{
	return o->argument == NULL ||
	       (strlen(name) <= FLAG_WIDTH && strlen(o->help) <= SHORT_HELP);
}

static void
print_option(const struct option *o, bool *half, int *column)
{
	char name[80];

	name_of(o, name, sizeof(name));
	if (!is_short(o, name)) {
		printf("%s  %-*s  %s\n", *half ? "\n" : "", NAME_WIDTH, name,
			o->help);
		*half = false;
		return;
	}
	/* the second of a line begins in its middle */
	if (*half)
		printf("%*s%-*s  %s\n",
			*column < CELL_WIDTH ? CELL_WIDTH - *column : 1, "",
			FLAG_WIDTH, name, o->help);
	else
		*column = printf("  %-*s  %s", FLAG_WIDTH, name, o->help);
	*half = !*half;
}

/* "check (when none is named), spf, ...", wrapped below its beginning. */
static void
print_commands(void)
{
	fputs("commands: ", stdout);
	for (int i = 0; i < COMMANDS; i++)
		if (commands[i].summary != NULL)
			printf("%s%s", i > 0 ? ", " : "", commands[i].name);
	putchar('\n');
}

static const char *
exits(enum command_id id)
{
	switch ((int)id) {
	case COMMAND_EXPLAIN: return "0, 2 for a code that there is not";
	case COMMAND_DOMAIN:
		return "0 clean, 1 an error was found, 2 usage, 3 temporary "
		       "error";
	case COMMAND_COMPLETION: return "0, 2 for a shell that is not known";
	case COMMAND_LINT:
		return "0 clean, 1 an error was found, 2 nothing that can be "
		       "looked at";
	case COMMAND_REPORT:
		return "0 clean, 1 an error was found, 2 not all of it could "
		       "be read";
	case COMMAND_SETUP: return "0, 2 usage, or nothing was printed";
	case COMMAND_KEYGEN: return "0, 2 usage, or nothing was written";
	case COMMAND_SIGN: return "0 signed, 2 not, and nothing was written";
	case COMMAND_SEAL:
		return "0 sealed, 2 not, 3 not, because of a temporary error";
	case COMMAND_SPF:
		return "0 pass, 1 not, 2 usage or unreadable input, "
		       "3 temporary error";
	}
	return "0 authenticated, 1 not, 2 usage or unreadable input, "
	       "3 temporary error";
}

void
help_print(enum command_id id)
{
	const struct command *c = &commands[id];
	bool half = false;
	int column = 0;

	if (id == COMMAND_CHECK)
		printf("usage: mailauth [%s] %s\n", c->name, c->arguments);
	else
		printf("usage: mailauth %s %s\n", c->name, c->arguments);
	if (c->summary != NULL)
		printf("%s\n", c->summary);
	for (int i = 0; i < OPTIONS; i++)
		if ((option_table[i].commands >> id & 1) != 0 &&
			option_table[i].help != NULL)
			print_option(&option_table[i], &half, &column);
	if (half)
		putchar('\n');
	print_commands();
	printf("exit: %s\n", exits(id));
}

void
usage_print(enum command_id id)
{
	fprintf(stderr,
		"usage: mailauth %s %s\n"
		"       a mail on standard input will do; "
		"'mailauth --help' has the options\n",
		commands[id].name, commands[id].arguments);
}
