/*
 * lint_work.h - for the lint_*.c files only: a record while it is looked at.
 */
#ifndef MAILAUTH_LINT_WORK_H
#define MAILAUTH_LINT_WORK_H

#include "find.h"

#include "mailauth/lint.h"

struct lint_work {
	struct find *f;
	const struct lint_record *all, *r; /* r is one of all */
	size_t n;
	const bool *copy; /* of each of all: the same stands before it */
	str name;         /* of the record in what is said */
	str better;       /* where it should be; absent: where it is */
	bool reshaped;    /* its line, if it has one, must be written anew */
};

/* The name it stands at. */
void lint_find_place(struct lint_work *);
/* The line it stands in. */
void lint_find_form(struct lint_work *);
/* Is the same said by one before it? */
bool lint_is_copy(const struct lint_record *all, const struct lint_record *);
/* Others of its kind at that name. */
void lint_find_others(struct lint_work *);

/* A name without a zone that it has twice at its end. */
str lint_once(str name);
/* An alias by CNAME, without a text. */
bool lint_is_alias(const struct lint_record *);
str lint_with_underscores(struct arena *, enum record_kind, str name);

#endif
