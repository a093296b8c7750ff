/*
 * hint.h - what was probably meant.
 */
#ifndef HINT_H
#define HINT_H

#include "mailauth/str.h"

/*
 * Looks through candidates for the one nearest to a mistyped word: one that
 * begins with it, or needs the fewest letters changed.
 */
struct hint {
	str word;
	const char *best; /* NULL: nothing is near */
	size_t distance;
};

struct hint hint_begin(str word);
void hint_offer(struct hint *, const char *candidate);

#endif
