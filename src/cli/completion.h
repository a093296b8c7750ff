/*
 * completion.h - what a shell can complete, from the tables of options.h.
 */
#ifndef COMPLETION_H
#define COMPLETION_H

#include "options.h"

enum value_kind {
	VALUE_OTHER, /* nothing to offer: an address, a number, a name */
	VALUE_FILE,
	VALUE_DIRECTORY,
	VALUE_WORDS /* one of a few */
};

struct value_hint {
	enum value_kind kind;
	const char *words; /* separated by blanks */
};

/* By the name that the option's table gives its value, as FILE or WHEN. */
struct value_hint completion_value(const char *argument);
/* Of the words that are no options; those of explain are its codes. */
struct value_hint completion_words(struct arena *, enum command_id);

static inline bool
completion_has(enum command_id command, int option)
{
	return (option_table[option].commands >> command & 1) != 0;
}

/* The names of all commands, with a blank between them, on stdout. */
void completion_put_commands(void);

/* Each a whole script, on stdout. */
void completion_bash(struct arena *);
void completion_zsh(struct arena *);
void completion_fish(struct arena *);

#endif
