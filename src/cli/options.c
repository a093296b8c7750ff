/*
 * options.c - reads the command line by the table of options.def.
 *
 * Words on stderr: unknown option, an option of another command, a value that
 * is missing, not wanted or wrong, a mistyped command.
 */
#include "options.h"
#include "mailauth/hint.h"
#include "say.h"
#include "mailauth/version.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	CHECK = 1 << COMMAND_CHECK,
	SPF = 1 << COMMAND_SPF,
	DOMAIN = 1 << COMMAND_DOMAIN,
	LINT = 1 << COMMAND_LINT,
	SETUP = 1 << COMMAND_SETUP,
	SIGN = 1 << COMMAND_SIGN,
	SEAL = 1 << COMMAND_SEAL,
	KEYGEN = 1 << COMMAND_KEYGEN,
	REPORT = 1 << COMMAND_REPORT,
	EXPLAIN = 1 << COMMAND_EXPLAIN,
	COMPLETION = 1 << COMMAND_COMPLETION
};

const struct option option_table[OPTIONS] = {
#define OPTION(id, letter, name, argument, commands, help)                     \
	{ letter, name, argument, commands, help },
#include "options.def"
#undef OPTION
};

/* The words that are still to be read. */
struct words {
	struct options *o;
	char **next, **end;
	bool done; /* --help or --version was answered */
};

static bool
belongs(const struct words *w, enum option_id id)
{
	return (option_table[id].commands >> w->o->command & 1) != 0;
}

/*
 * The row of a letter or a name: that of the command, or of another one.
 * OPTIONS when there is none.
 */
static enum option_id
find_option(const struct words *w, char letter, str name)
{
	int found = OPTIONS;

	for (int id = 0; id < OPTIONS; id++) {
		const struct option *o = &option_table[id];
		if (letter ? o->letter != letter
			   : !o->name || !str_eq(str_from(o->name), name))
			continue;
		if (belongs(w, (enum option_id)id))
			return (enum option_id)id;
		found = id;
	}
	return (enum option_id)found;
}

static bool
wrong_command(const struct words *w, enum option_id id, str shown)
{
	unsigned bits = option_table[id].commands;
	unsigned other = 0; /* the first that has it */

	while ((bits >> other & 1) == 0)
		other++;
	SAY(w->o->arena, STR("option '"), shown, STR("' belongs to '"),
		STR("mailauth "), str_from(commands[other].name), STR("'"));
	return false;
}

/* It may be all of a file that was meant, even a private key. */
static str
cut_short(struct arena *a, str word)
{
	enum { MOST = 60 };

	return word.n <= MOST ? word
			      : STR_CAT(a, str_sub(word, 0, MOST), STR(".."));
}

static bool
unknown_option(const struct words *w, str shown, str name)
{
	struct hint h = hint_begin(name);

	shown = cut_short(w->o->arena, shown);
	for (int id = 0; id < OPTIONS; id++)
		if (belongs(w, (enum option_id)id) && option_table[id].name)
			hint_offer(&h, option_table[id].name);
	if (name.n > 1 && h.n > 0)
		SAY(w->o->arena, STR("unknown option '"), shown,
			STR("', did you mean "),
			hint_text(w->o->arena, &h, STR("--")), STR("?"));
	else
		SAY(w->o->arena, STR("unknown option '"), shown,
			STR("', see 'mailauth "),
			str_from(commands[w->o->command].name),
			STR(" --help'"));
	return false;
}

static bool
print_and_end(struct words *w, enum option_id id)
{
	if (id != OPT_VERSION)
		help_print(w->o->command);
	else
		puts("mailauth " MAILAUTH_VERSION);
	w->done = true;
	return true;
}

/* Applies an option whose value, when it takes one, has been found. */
static bool
apply(struct words *w, enum option_id id, str shown, const char *value)
{
	const char *why = NULL, *instead = NULL;
	struct arena *a = w->o->arena;

	if (id == OPT_HELP || id == OPT_LONG_HELP || id == OPT_VERSION)
		return print_and_end(w, id);
	w->o->typed[id] = shown;
	if (option_set(w->o, id, value, &why, &instead))
		return true;
	str cut = cut_short(a, str_from(value));
	if (instead != NULL)
		SAY(a, STR("bad value '"), cut, STR("' for '"), shown,
			STR("': "), str_from(why), STR(", did you mean '"),
			str_from(instead), STR("'?"));
	else
		SAY(a, STR("bad value '"), cut, STR("' for '"), shown,
			STR("': "), str_from(why));
	return false;
}

/* Finds the value: attached, or the next word. */
static bool
take(struct words *w, enum option_id id, str shown, const char *attached)
{
	const struct option *option = &option_table[id];

	if (!belongs(w, id)) /* -h is help in some commands only */
		return id == OPT_HELP
			       ? unknown_option(w, shown, str_skip(shown, 1))
			       : wrong_command(w, id, shown);
	if (option->argument == NULL && attached != NULL) {
		SAY(w->o->arena, STR("option '"), shown,
			STR("' takes no value"));
		return false;
	}
	if (option->argument != NULL && attached == NULL) {
		if (w->next == w->end) {
			SAY(w->o->arena, STR("option '"), shown,
				STR("' needs a value: "),
				str_from(option->argument));
			return false;
		}
		attached = *w->next++;
	}
	return apply(w, id, shown, attached);
}

/* --name or --name=value */
static bool
read_long(struct words *w, const char *word)
{
	const char *equals = strchr(word, '=');
	str shown = str_from(word);

	if (equals != NULL)
		shown.n = (size_t)(equals - word);
	str name = str_skip(shown, 2);
	enum option_id id = find_option(w, '\0', name);
	if (id == OPTIONS)
		return unknown_option(w, shown, name);
	return take(w, id, shown, equals ? equals + 1 : NULL);
}

/* -abc, where the last that takes a value may have it attached */
static bool
read_short(struct words *w, const char *word)
{
	for (const char *p = word + 1; *p != '\0' && !w->done; p++) {
		str shown = STR_CAT(w->o->arena, STR("-"), (str){ p, 1 });
		enum option_id id = find_option(w, *p, STR(""));

		/* -nameserver: a long one with one dash */
		if (id == OPTIONS)
			return unknown_option(w,
				p == word + 1 ? str_from(word) : shown,
				str_from(word + 1));
		if (option_table[id].argument != NULL)
			return take(w, id, shown, p[1] ? p + 1 : NULL);
		if (!take(w, id, shown, NULL))
			return false;
	}
	return true;
}

static bool
is_command(const char *word, enum command_id *out)
{
	for (int id = 0; id < COMMANDS; id++)
		if (strcmp(word, commands[id].name) == 0) {
			*out = (enum command_id)id;
			return true;
		}
	return false;
}

/*
 * A word that is no file: a command in another place or in capitals, one typed
 * wrong, an option without its dashes.  True when something was said.
 */
static bool
say_what_was_meant(const struct words *w, const char *word, bool first)
{
	struct arena *a = w->o->arena;
	struct hint h = hint_begin(arena_lower(a, str_from(word)));
	enum command_id id;

	if (is_command(word, &id)) {
		SAY(a, STR("the command '"), str_from(word),
			STR("' must be the first argument"));
		return true;
	}
	for (id = 0; id < COMMANDS; id++)
		hint_offer(&h, commands[id].name);
	hint_offer(&h, "--help");
	hint_offer(&h, "--version");
	if (!first || h.n == 0)
		return false;
	SAY(a, STR("'"), str_from(word),
		STR("' is no file and no command, did you mean "),
		hint_text(a, &h, STR("")), STR("?"));
	return true;
}

static bool
read_file(struct words *w, const char *word, bool first)
{
	struct options *o = w->o;

	if (o->command == COMMAND_SPF || o->command == COMMAND_KEYGEN) {
		SAY(o->arena, STR("'mailauth "),
			str_from(commands[o->command].name),
			o->command == COMMAND_SPF
				? STR("' takes no file: '")
				: STR("' takes -d DOMAIN -s SELECTOR, not '"),
			str_from(word), STR("'"));
		return false;
	}
	if (o->command == COMMAND_CHECK && strpbrk(word, "./") == NULL &&
		access(word, F_OK) != 0 && say_what_was_meant(w, word, first))
		return false;
	o->file[o->files++] = word;
	return true;
}

/*
 * The end of an SPF record, from somebody who forgot the quotation marks, or
 * the text of a key.
 */
static bool
is_text(const struct words *w, const char *word)
{
	return w->o->command == COMMAND_LINT &&
	       (strcmp(word, "-all") == 0 || strncmp(word, "-----", 5) == 0);
}

static bool
read_word(struct words *w, const char *word, bool *ended, bool first)
{
	if (is_text(w, word) || *ended || word[0] != '-' || word[1] == '\0')
		return read_file(w, word, first && !*ended);
	if (strcmp(word, "--") == 0) {
		*ended = true;
		return true;
	}
	return word[1] == '-' ? read_long(w, word) : read_short(w, word);
}

static void
set_defaults(struct options *o, struct arena *a, size_t words)
{
	*o = (struct options){
		.arena = a,
		.command = COMMAND_CHECK,
		.timeout_ms = 20000,
		.at = TIME_UNKNOWN,
		.method = DMARC_TREEWALK,
		.header_limit = HEAD_MAX_BYTES,
		.in_flight = 256,
		.sign = { .header_canon = CANON_RELAXED,
			.body_canon = CANON_RELAXED,
			.length = BODY_WHOLE,
			.time = TIME_UNKNOWN,
			.expires = TIME_UNKNOWN },
		.key = { .kind = KEY_RSA, .bits = 2048 },
	};
	/* no list can be longer than the command line */
	o->file = arena_make(a, words, const char *);
	o->server = arena_make(a, words, const char *);
	o->zone = arena_make(a, words, const char *);
	o->text_file = arena_make(a, words, const char *);
	o->sealer = arena_make(a, words, str);
	o->client.relay = o->relay = arena_make(a, words, struct relay);
	o->setup.network = arena_make(a, words, str);
	o->setup.host = arena_make(a, words, str);
	o->setup.service = arena_make(a, words, const struct sender_service *);
	o->sign.key = arena_make(a, words, const char *);
	o->sign.selector = arena_make(a, words, str);
	o->domains.message = arena_make(a, words, const char *);
	o->typed = arena_make(a, OPTIONS, str);
}

enum options_next
options_parse(struct options *o, struct arena *a, int argc, char **argv)
{
	assert(argc > 0);
	struct words w = { .o = o, .next = argv + 1, .end = argv + argc };
	bool ended = false;

	set_defaults(o, a, (size_t)argc);
	if (w.next < w.end && is_command(*w.next, &o->command))
		w.next++;
	while (w.next < w.end && !w.done) {
		bool first = w.next == argv + 1;
		if (!read_word(&w, *w.next++, &ended, first))
			return OPTIONS_WRONG;
	}
	return w.done ? OPTIONS_DONE : OPTIONS_RUN;
}
