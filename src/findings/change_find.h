/*
 * change_find.h - what the two files that report changes share.
 */
#ifndef MAILAUTH_CHANGE_FIND_H
#define MAILAUTH_CHANGE_FIND_H

#include "find.h"

/* Signatures that were looked at already. */
struct change_told {
	size_t *signature;
	size_t n;
};

str change_domain(const struct find *, size_t signature);

/* Where on the way it happened: later signatures, ARC, what was recorded. */
void change_look_where(struct find *, size_t signature);
/* What nothing proves, but is written all over the message. */
void change_look_for_marks(
	struct find *, const struct change_told *, size_t signature);

#endif
