/*
 * hint.h - what was probably meant.
 */
#ifndef MAILAUTH_HINT_H
#define MAILAUTH_HINT_H

#include "mailauth/arena.h"

enum { HINTS_MAX = 4 };

/*
 * Looks through candidates for those that begin with a mistyped word, or else
 * for the one that needs the fewest letters changed.
 */
struct hint {
	str word;
	const char *best[HINTS_MAX];
	size_t n; /* 0: nothing is near */
	size_t distance;
};

struct hint hint_begin(str word);
void hint_offer(struct hint *, const char *candidate);
/* "'--a', '--b' or '--c'" */
str hint_text(struct arena *, const struct hint *, str prefix);

#endif
