/*
 * completion_bash.c - completion for bash.
 *
 * The script is one function with two tables: the options of each command, and
 * what their values are.  Where it has nothing to say about a file, readline's
 * own completion takes over.
 */
#include "completion.h"

#include <stdio.h>

static const char head[] =
	"# bash completion for mailauth, made by `mailauth completion bash`\n"
	"\n"
	"# one of these words, and no file\n"
	"_mailauth_words()\n"
	"{\n"
	"\tCOMPREPLY=($(compgen -W \"$1\" -- \"$cur\"))\n"
	"\tcompopt +o default +o bashdefault 2>/dev/null\n"
	"}\n"
	"\n"
	"_mailauth()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} "
	"prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"\tlocal command=check options= words= files= word\n"
	"\tCOMPREPLY=()\n"
	"\n"
	"\t# the = of --name=value is a word of its own\n"
	"\tif [[ $cur == = ]]; then\n"
	"\t\tcur=\n"
	"\telif [[ $prev == = ]]; then\n"
	"\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
	"\tfi\n";

static const char tail[] =
	"\tif [[ $cur == -* ]]; then\n"
	"\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
	"\telif [[ $COMP_CWORD -gt 1 && ! $files ]]; then\n"
	"\t\t_mailauth_words \"$words\"\n"
	"\telse\n"
	"\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	"\tfi\n"
	"}\n"
	"complete -o bashdefault -o default -F _mailauth mailauth\n";

/* "-z|--zone", a pattern; or with a blank between them. */
static void
put_names(const struct option *o, const char *between)
{
	if (o->letter != 0)
		printf("-%c", o->letter);
	if (o->name != NULL)
		printf("%s--%s", o->letter != 0 ? between : "", o->name);
}

static void
put_command_word(void)
{
	fputs("\tif [[ $COMP_CWORD -gt 1 ]]; then\n\t\tfor word in ", stdout);
	completion_put_commands();
	puts("; do\n"
	     "\t\t\t[[ ${COMP_WORDS[1]} == \"$word\" ]] && command=$word\n"
	     "\t\tdone\n"
	     "\tfi");
}

/* The word behind an option that takes a value. */
static void
put_value(const struct option *o)
{
	struct value_hint hint = completion_value(o->argument);

	fputs("\t\t", stdout);
	put_names(o, "|");
	if (hint.kind != VALUE_FILE)
		printf(") _mailauth_words '%s'",
			hint.kind == VALUE_WORDS ? hint.words : "");
	if (hint.kind == VALUE_DIRECTORY)
		fputs("; compopt -o dirnames 2>/dev/null", stdout);
	puts(hint.kind == VALUE_FILE ? ") return ;;" : "; return ;;");
}

static void
put_options(enum command_id id)
{
	fputs("\t\toptions='", stdout);
	for (int i = 0; i < OPTIONS; i++)
		if (completion_has(id, i)) {
			put_names(&option_table[i], " ");
			putchar(' ');
		}
	puts("'\n\t\tcase $prev in");
	for (int i = 0; i < OPTIONS; i++)
		if (completion_has(id, i) && option_table[i].argument != NULL)
			put_value(&option_table[i]);
	puts("\t\tesac");
}

static void
put_command(struct arena *a, enum command_id id)
{
	struct value_hint hint = completion_words(a, id);

	printf("\t%s)\n", commands[id].name);
	put_options(id);
	if (hint.kind == VALUE_WORDS)
		printf("\t\twords='%s'\n", hint.words);
	if (hint.kind == VALUE_FILE)
		puts("\t\tfiles=yes");
	puts("\t\t;;");
}

void
completion_bash(struct arena *a)
{
	fputs(head, stdout);
	put_command_word();
	puts("\tcase $command in");
	for (int id = 0; id < COMMANDS; id++)
		put_command(a, (enum command_id)id);
	fputs("\tesac\n"
	      "\t[[ $COMP_CWORD -eq 1 ]] && words='",
		stdout);
	completion_put_commands();
	puts("'");
	fputs(tail, stdout);
}
