/*
 * findings/dkim.h - what the tests of DKIM share.
 */
#ifndef MAILAUTH_FIND_DKIM_H
#define MAILAUTH_FIND_DKIM_H

#include "find.h"

struct dkim_subject {
	size_t index;
	const struct dkim_signature *signature;
	const struct dkim_verdict *verdict;
	bool author; /* it could be aligned */
	bool counts; /* ... and passes: what could be better is worth saying */
};

/*
 * The signatures, those that could be aligned first, at most
 * DKIM_MAX_SIGNATURES of them.  All that `look` finds is about them.
 */
void dkim_each(struct find *,
	void (*look)(struct find *, const struct dkim_subject *));

/* Points at a tag of the signature; the field when there is none. */
void dkim_point(struct find *, struct finding *, const struct dkim_subject *,
	str tag, str label);

/* The same for a slice of the field's value. */
void dkim_point_at(struct find *, struct finding *, const struct dkim_subject *,
	str part, str label);

/* How often the name is in h=. */
size_t dkim_listed(const struct dkim_signature *, str name);

#endif
