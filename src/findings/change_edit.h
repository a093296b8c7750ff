/*
 * change_edit.h - what the files that think up edits share.
 */
#ifndef MAILAUTH_CHANGE_EDIT_H
#define MAILAUTH_CHANGE_EDIT_H

#include "findings/change.h"

enum { CHANGE_VALUE_MAX = 8192 /* of a field that is looked at */ };

/* The first slot of that name; h->slots when there is none. */
size_t change_find_slot(const struct change_head *, str name);
/* Has it a field that is not too large? */
bool change_is_usable(const struct change_head *, size_t slot);
/* Its value, without blanks around it; absent when there is none. */
str change_value_of(const struct change_head *, size_t slot);
/* Another value for it, unless it comes to the same. */
void change_add_value(struct change_head *, size_t slot, struct change_step,
	str value, bool common);

void change_add_subjects(struct change_head *);
void change_add_authors(struct change_head *);
void change_add_quotes(struct change_head *);

#endif
