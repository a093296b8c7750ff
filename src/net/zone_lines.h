/*
 * zone_lines.h - records out of a text that a person has at hand: lines of a
 * master file, what dig, host and nslookup print, or the bare text of a record.
 *
 *	struct zone_lines z = zone_lines_begin(arena, text, domain);
 *	while (zone_lines_next(&z, &record))
 *
 * Nothing is refused: what is no master-file line is a bare text, and a line
 * that nearly is one is read as it was probably meant, with the fault beside.
 */
#ifndef MAILAUTH_ZONE_LINES_H
#define MAILAUTH_ZONE_LINES_H

#include "mailauth/lint.h"

struct zone_lines {
	struct arena *arena;
	str text;
	size_t at, line;
	str origin; /* empty: not known */
	str owner;  /* of the line before; absent before the first */
	bool relative;
	str owner_text;
};

/*
 * The domain (may be empty) is that of bare texts, and the origin of relative
 * names.
 */
struct zone_lines zone_lines_begin(struct arena *, str text, str domain);
/*
 * The next record, of any type; its kind is not set.  A record without an
 * owner has the name "".
 */
bool zone_lines_next(struct zone_lines *, struct lint_record *);

#endif
