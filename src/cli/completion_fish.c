/*
 * completion_fish.c - completion for fish: a line for each option and command.
 */
#include "completion.h"

#include <stdio.h>

static void
put_functions(void)
{
	puts("# fish completion for mailauth, made by `mailauth completion "
	     "fish`\n\n"
	     "# Is the command, or the one that runs when none is named, one "
	     "of these?\n"
	     "function __mailauth_runs\n"
	     "\tset -l words (commandline -opc)\n"
	     "\tset -l command check");
	fputs("\tif set -q words[2]; and contains -- $words[2] ", stdout);
	completion_put_commands();
	puts("\n"
	     "\t\tset command $words[2]\n"
	     "\tend\n"
	     "\tcontains -- $command $argv\n"
	     "end\n\n"
	     "function __mailauth_first\n"
	     "\ttest (count (commandline -opc)) -eq 1\n"
	     "end\n\n"
	     "complete -c mailauth -f");
}

static void
put_text(const char *text)
{
	putchar('\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('\'');
}

/* Files, or words; -x keeps files out. */
static void
put_hint(struct value_hint hint)
{
	switch (hint.kind) {
	case VALUE_FILE: fputs(" -r -F", stdout); break;
	case VALUE_DIRECTORY:
		fputs(" -x -a '(__fish_complete_directories)'", stdout);
		break;
	case VALUE_WORDS: printf(" -x -a '%s'", hint.words); break;
	case VALUE_OTHER: fputs(" -x", stdout); break;
	}
}

static void
put_option(const struct option *o)
{
	fputs("complete -c mailauth -n '__mailauth_runs", stdout);
	for (int id = 0; id < COMMANDS; id++)
		if ((o->commands >> id & 1) != 0)
			printf(" %s", commands[id].name);
	putchar('\'');
	if (o->letter != 0)
		printf(" -s %c", o->letter);
	if (o->name != NULL)
		printf(" -l %s", o->name);
	if (o->argument != NULL)
		put_hint(completion_value(o->argument));
	if (o->help != NULL) {
		fputs(" -d ", stdout);
		put_text(o->help);
	}
	putchar('\n');
}

static void
put_command(struct arena *a, enum command_id id)
{
	const struct command *c = &commands[id];
	struct value_hint hint = completion_words(a, id);

	printf("complete -c mailauth -n __mailauth_first -a %s -d ", c->name);
	put_text(c->summary != NULL ? c->summary : c->arguments);
	putchar('\n');
	if (hint.kind == VALUE_OTHER)
		return;
	printf("complete -c mailauth -n '__mailauth_runs %s", c->name);
	if (hint.kind == VALUE_WORDS)
		printf("; and not __mailauth_first' -a '%s'\n", hint.words);
	else
		puts("' -F");
}

void
completion_fish(struct arena *a)
{
	put_functions();
	for (int id = 0; id < COMMANDS; id++)
		put_command(a, (enum command_id)id);
	for (int i = 0; i < OPTIONS; i++)
		put_option(&option_table[i]);
}
