/*
 * tag_record.h - records of the form "v=X; tag=value; ...": what all kinds have
 * in common.  (RFC 8461 3.1, RFC 8460 3, the BIMI draft)
 *
 *	if (tag_record_read(&r, f, name, text, &rules))
 *		... tag_record_find(&r, "id") ...
 */
#ifndef MAILAUTH_TAG_RECORD_H
#define MAILAUTH_TAG_RECORD_H

#include "find.h"

enum { TAG_PIECES_MAX = 40 }; /* looked at; nobody needs so many */

struct tag_rules {
	str version;            /* "STSv1" */
	const char *const *tag; /* those that are known; the first is v */
	size_t tags;
	bool tight; /* no blanks around '=' */
};

struct tag_piece {
	size_t at, n; /* between two ';', trimmed */
	str name, value;
	size_t value_at;
	bool has_equals, tight;
};

struct tag_record {
	struct find *f;
	str name, text; /* where it stands, what it says */
	const struct tag_rules *rules;
	struct tag_piece piece[TAG_PIECES_MAX]; /* the first is the version */
	size_t n;
};

/*
 * Says what is wrong with the list itself; false when it falls apart, so that
 * no tag is worth reading.
 */
bool tag_record_read(struct tag_record *, struct find *, str name, str text,
	const struct tag_rules *);
/* The same for each piece, but for those that `taken` has dealt with. */
void tag_record_check(
	struct tag_record *, bool (*taken)(struct tag_record *, size_t piece));

const struct tag_piece *tag_record_find(
	const struct tag_record *, const char *tag);
void tag_record_point(const struct tag_record *, struct finding *, size_t at,
	size_t n, str label);
/* The record with a part of it replaced. */
str tag_record_with(const struct tag_record *, size_t at, size_t n, str new);

#endif
