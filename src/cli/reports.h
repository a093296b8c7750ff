/*
 * reports.h - what came back, for a person and for a program.
 */
#ifndef REPORTS_H
#define REPORTS_H

#include "names.h"
#include "screen.h"

#include "report/aggregate.h"
#include "report/judge.h"
#include "report/tally.h"

enum { REPORTS_ROWS = 20 /* of a table, without -v */ };

/* All that is to be shown of a run. */
struct reports {
	const struct options *options;
	struct arena *arena; /* for a moment at a time */
	struct tally *tally;
	struct names *names;  /* NULL: nobody asked */
	size_t failures, tls; /* reports of these kinds */
	uint64_t without;     /* mails with none */
};

/* The sums of all aggregate reports, and what they mean. */
void text_reports(struct screen *, const struct reports *);
/* The rows of a domain as --by wants them. */
const struct tally_view *reports_view(
	const struct reports *, const struct tally_domain *);
/* "2026-11-24"; "-" when it is not known. */
str reports_date(struct arena *, int64_t);
/* What a row is about, in words. */
str reports_row_name(const struct reports *, const struct tally_row *);
/* The thing that was done with most of the messages. */
str reports_done(const struct tally_count *);
/* "p=none sp=none adkim=r" */
str reports_policy(struct arena *, const struct aggregate_policy *);

/* One object a record, one line each. */
void json_aggregate(FILE *, struct arena *, str file, const struct aggregate *);
void json_duplicate(FILE *, struct arena *, str file, const struct aggregate *,
	const struct tally_report *first, bool same);
void csv_begin(FILE *);
void csv_aggregate(FILE *, struct arena *, str file, const struct aggregate *);
void html_reports(FILE *, const struct reports *);

#endif
