/*
 * annotate.h - the verdict as header fields: alone, or on top of the message.
 */
#ifndef ANNOTATE_H
#define ANNOTATE_H

#include "report.h"
#include "spool.h"

/* What stands in them beside the report. */
struct annotation {
	const struct report *report;
	str authserv_id;
	const struct spf_query *spf; /* NULL: no Received-SPF */
};

/* As most lines of the header section end. */
str line_end_of(const struct message *);
/* A field with CRLF in it, its lines ended as one likes. */
void print_field(FILE *, str field, str line_end);
/* --header */
void print_fields(const struct annotation *);
/*
 * --annotate: the message with the fields on top, and without those that
 * pretend to be ours.  All else is as it was read, but for an empty line where
 * a broken one has ended the header section: what follows is body to us, and
 * shall be to the next reader.  False, and says so, when it could not be kept.
 */
bool print_annotated(const struct annotation *, struct spool *);

#endif
