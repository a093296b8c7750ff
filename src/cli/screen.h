/*
 * screen.h - text for a person: columns, wrapping, colour.
 *
 * Everything that comes from outside goes through here and is escaped: what is
 * no printable ASCII becomes \xNN.
 */
#ifndef SCREEN_H
#define SCREEN_H

#include "options.h"

#include <stdio.h>

enum tint { TINT_PLAIN, TINT_GOOD, TINT_BAD, TINT_DOUBT, TINT_STRONG };

struct screen {
	FILE *out;
	struct arena *arena; /* for a moment at a time */
	size_t width;
	size_t column;
	bool color;
};

/* On stdout: as wide as the terminal, and never more than 80 columns. */
struct screen screen_open(struct arena *, const struct options *);

void screen_put(struct screen *, enum tint, str); /* as it is, escaped */
void screen_pad(struct screen *, size_t column);  /* blanks up to there */
void screen_end(struct screen *);                 /* of the line */
/* Ending there if it has the room, else behind a blank. */
void screen_right(struct screen *, enum tint, size_t column, str);
/*
 * Fills lines with words, beginning where the cursor is; further lines are
 * indented.  A word longer than a line is cut.
 */
void screen_wrap(struct screen *, size_t indent, str);
/* After a blank, and in one piece: on the next line when it has no room. */
void screen_keep(struct screen *, size_t indent, str);
/* A title, a colon, and the text, wrapped below it. */
void screen_item(struct screen *, size_t at, str title, str text);
/* A label, and the text in a column of its own; an empty one: none. */
void screen_row(struct screen *, size_t at, size_t text_at, str label, str);
/* The first line of a report: a word, the file if it has a name, a sentence. */
void screen_headline(
	struct screen *, enum tint, str word, const char *file, str sentence);

enum tint screen_tint(enum result);

#endif
