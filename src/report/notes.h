/*
 * notes.h - what was not as it should be in a report, in short sentences.
 */
#ifndef NOTES_H
#define NOTES_H

#include "mailauth/buf.h"

struct notes {
	str *note; /* of the report, with room for max */
	size_t *n;
	size_t max;
};

/* Each sentence once; what has no room is left out. */
void notes_add(struct notes *, str sentence);

/* "A, B, C", one after the other, each once. */
void notes_word(struct buf *, str word);
/* The sentence and the words behind it, when there are any. */
void notes_words(struct notes *, str sentence, const struct buf *);

#endif
