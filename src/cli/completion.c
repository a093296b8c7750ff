/*
 * completion.c - mailauth completion: a script that lets a shell complete our
 * command line.
 *
 * Words on stderr: a shell that is missing or not known.
 */
#include "completion.h"
#include "mailauth/findings.h"
#include "say.h"

#include <stdio.h>
#include <string.h>

static const char services[] =
#define SENDER(word, title, include) word " "
#include "setup_services.def"
	"";
#undef SENDER

struct value_hint
completion_value(const char *argument)
{
	static const struct {
		const char *argument;
		struct value_hint hint;
	} known[] = {
		{ "FILE", { VALUE_FILE, NULL } },
		{ "F", { VALUE_FILE, NULL } },
		{ "DIR", { VALUE_DIRECTORY, NULL } },
		{ "WHEN", { VALUE_WORDS, "auto always never" } },
		{ "RFC", { VALUE_WORDS, "rfc9989 rfc7489" } },
		{ "STYLE", { VALUE_WORDS, "spfquery" } },
		{ "ALG", { VALUE_WORDS, "rsa ed25519" } },
		{ "BITS", { VALUE_WORDS, "2048 3072 4096" } },
		{ "TYPE", { VALUE_WORDS,
				  "spf dkim dmarc mta-sts tls-rpt bimi" } },
		{ "H/B", { VALUE_WORDS, "relaxed/relaxed relaxed/simple "
					"simple/relaxed simple/simple" } },
		{ "SERVER",
			{ VALUE_WORDS, "postfix-opendkim postfix-opendmarc" } },
		{ "SERVICE", { VALUE_WORDS, services } },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(argument, known[i].argument) == 0)
			return known[i].hint;
	return (struct value_hint){ VALUE_OTHER, NULL };
}

static const char *
all_codes(struct arena *a)
{
	struct buf b = { .arena = a };

	for (int i = 0; i < FINDINGS; i++) {
		if (i > 0)
			buf_char(&b, ' ');
		buf_add(&b, finding_kind((enum finding_code)i)->code);
	}
	return arena_zstr(a, buf_str(&b));
}

struct value_hint
completion_words(struct arena *a, enum command_id command)
{
	if (command == COMMAND_COMPLETION)
		return (struct value_hint){ VALUE_WORDS, "bash zsh fish" };
	if (command == COMMAND_EXPLAIN)
		return (struct value_hint){ VALUE_WORDS, all_codes(a) };
	if (strstr(commands[command].arguments, "FILE") != NULL)
		return (struct value_hint){ VALUE_FILE, NULL };
	return (struct value_hint){ VALUE_OTHER, NULL };
}

void
completion_put_commands(void)
{
	for (int i = 0; i < COMMANDS; i++)
		printf("%s%s", i > 0 ? " " : "", commands[i].name);
}

int
run_completion(const struct options *o)
{
	static const struct {
		const char *name;
		void (*print)(struct arena *);
	} shell[] = {
		{ "bash", completion_bash },
		{ "zsh", completion_zsh },
		{ "fish", completion_fish },
	};

	for (size_t i = 0; i < sizeof(shell) / sizeof(shell[0]); i++)
		if (o->files == 1 && strcmp(o->file[0], shell[i].name) == 0) {
			shell[i].print(o->arena);
			return EXIT_PASS;
		}
	if (o->files == 1)
		SAY(o->arena, STR("no completion for '"), str_from(o->file[0]),
			STR("': bash, zsh or fish"));
	else
		say(STR("completion needs the name of a shell: bash, zsh or "
			"fish"));
	return EXIT_UNUSABLE;
}
