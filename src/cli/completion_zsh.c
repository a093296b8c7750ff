/*
 * completion_zsh.c - completion for zsh: what _arguments is told of a command.
 */
#include "completion.h"

#include <stdio.h>
#include <string.h>

static const char head[] = "#compdef mailauth\n"
			   "# made by `mailauth completion zsh`\n"
			   "\n"
			   "_mailauth()\n"
			   "{\n"
			   "\tlocal command=check\n"
			   "\tlocal -a commands=(\n";

/*
 * The first word may be a command, and is one when it is named.  Without it
 * the rest is as if the command had been there.
 */
static const char choose[] =
	"\t)\n"
	"\tif (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
	"\t\t_describe -t commands command commands\n"
	"\t\t_files\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tif (( ${#commands[(r)$words[2]:*]} )); then\n"
	"\t\tcommand=$words[2]\n"
	"\t\tshift words\n"
	"\t\t(( CURRENT-- ))\n"
	"\tfi\n"
	"\tcase $command in\n";

/* If sourced, or run from fpath, where it is the function itself. */
static const char tail[] = "\tesac\n"
			   "}\n"
			   "\n"
			   "if [[ $funcstack[1] = _mailauth ]]; then\n"
			   "\t_mailauth \"$@\"\n"
			   "else\n"
			   "\tcompdef _mailauth mailauth\n"
			   "fi\n";

/* Between single quotes, where brackets and colons are syntax. */
static void
put_text(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (strchr("[]:\\", *text) != NULL)
			printf("\\%c", *text);
		else
			putchar(*text);
}

static void
put_action(struct value_hint hint)
{
	switch (hint.kind) {
	case VALUE_FILE: fputs("_files", stdout); break;
	case VALUE_DIRECTORY: fputs("_files -/", stdout); break;
	case VALUE_WORDS: printf("(%s)", hint.words); break;
	case VALUE_OTHER: putchar(' '); break;
	}
}

/* One of the two spellings; any may be given again. */
static void
put_spelling(const struct option *o, const char *dashes, const char *name)
{
	printf("\t\t\t'*%s%s", dashes, name);
	if (o->argument != NULL)
		putchar(dashes[1] == '-' ? '=' : '+');
	if (o->help != NULL) {
		putchar('[');
		put_text(o->help);
		putchar(']');
	}
	if (o->argument != NULL) {
		putchar(':');
		put_text(o->argument);
		putchar(':');
		put_action(completion_value(o->argument));
	}
	puts("' \\");
}

static void
put_option(const struct option *o)
{
	const char letter[] = { o->letter, '\0' };

	if (o->letter != 0)
		put_spelling(o, "-", letter);
	if (o->name != NULL)
		put_spelling(o, "--", o->name);
}

static void
put_command(struct arena *a, enum command_id id)
{
	struct value_hint hint = completion_words(a, id);

	printf("\t%s)\n\t\t_arguments -s -S \\\n", commands[id].name);
	for (int i = 0; i < OPTIONS; i++)
		if (completion_has(id, i))
			put_option(&option_table[i]);
	if (hint.kind == VALUE_OTHER) {
		puts("\t\t\t&& return\n\t\t;;");
		return;
	}
	fputs("\t\t\t'*:word:", stdout);
	put_action(hint);
	puts("'\n\t\t;;");
}

void
completion_zsh(struct arena *a)
{
	fputs(head, stdout);
	for (int id = 0; id < COMMANDS; id++) {
		printf("\t\t'%s:", commands[id].name);
		put_text(commands[id].summary != NULL ? commands[id].summary
						      : commands[id].arguments);
		puts("'");
	}
	fputs(choose, stdout);
	for (int id = 0; id < COMMANDS; id++)
		put_command(a, (enum command_id)id);
	fputs(tail, stdout);
}
