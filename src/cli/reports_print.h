/*
 * reports_print.h - single reports that came back, for a person and for a
 * program.
 *
 * The file is named in the first line, and not if it is NULL or "-".  JSON has
 * it as "file", or null.
 */
#ifndef REPORTS_PRINT_H
#define REPORTS_PRINT_H

#include "screen.h"

#include "report/failure.h"
#include "report/tls.h"

/* With verbose also what seldom matters, whole values, and the notes. */
void text_failure(struct screen *, struct arena *, const char *file,
	const struct failure *, bool verbose);
void text_tls(struct screen *, struct arena *, const char *file,
	const struct tls_report *, bool verbose);

/* One object, one line. */
void json_failure(
	FILE *, struct arena *, const char *file, const struct failure *);
/* One for each policy; of a report without policies one, where that is null. */
void json_tls(
	FILE *, struct arena *, const char *file, const struct tls_report *);

#endif
