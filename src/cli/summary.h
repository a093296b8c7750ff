/*
 * summary.h - the totals of many messages: a row for each verdict and cause.
 *
 * The cause is the first finding, as -1 shows it.  There are never more than
 * SUMMARY_ROWS rows: what would need another one counts under "other", so
 * that memory stays bounded.  A count that grows too large for JSON stays at
 * INT64_MAX.  The order in which summaries are added changes their examples
 * only, as long as there is room for all rows.
 */
#ifndef SUMMARY_H
#define SUMMARY_H

#include "screen.h"

enum { SUMMARY_ROWS = 4096, SUMMARY_EXAMPLE_MAX = 4096 };

/* In an arena that must outlive it, and not be rewound. */
struct summary;
struct summary *summary_new(struct arena *);

/* "pass", "none", "neutral", "softfail", "fail", "...error", "error"? */
bool summary_has_verdict(str);
/*
 * All is copied.  The verdict is one of those above, the cause the code of a
 * finding, or "-" for none.  The first file of a row is its example; absent
 * ones are passed over, as are names too long for any file.
 */
void summary_add(
	struct summary *, str verdict, str cause, str file, uint64_t count);

/* It is of a run that was interrupted: there may be more messages. */
void summary_interrupt(struct summary *);

/* The table for a person. */
void summary_print(const struct summary *, struct screen *);
/* One object in one line, to be read by from_json.h. */
void summary_json(const struct summary *, FILE *);
int summary_exit(const struct summary *); /* as of many files: 0, 1, 2, 3 */

#endif
