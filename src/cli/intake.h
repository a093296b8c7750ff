/*
 * intake.h - finds the reports in what comes back: bare, packed, in mails and
 * in boxes of mails.
 *
 * A report is given whole or not at all.  What cannot be read is said, with
 * the name of the file, and the rest goes on.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include "feed.h"

#include "report/aggregate.h"
#include "report/failure.h"
#include "report/tls.h"

enum {
	INTAKE_MAX_EXPANDED = 256 << 20, /* octets of one report */
	INTAKE_MAX_UNPACKED = 1 << 30,   /* out of all archives of a message */
	INTAKE_MAX_DEPTH = 8,            /* parts in parts, mails in mails */
	INTAKE_MAX_PACKED = 2            /* an archive in an archive */
};

/* Who wants what is found; file is as it was given, "box:3" in a box. */
struct intake_wants {
	void *arg;
	void (*aggregate)(void *arg, str file, const struct aggregate *);
	void (*failure)(void *arg, str file, const struct failure *);
	void (*tls)(void *arg, str file, const struct tls_report *);
	/* something could not be read, or not all of it: a sentence */
	void (*trouble)(void *arg, str file, str why);
	/* a mail without a report: the same */
	void (*none)(void *arg, str file, str why);
};

struct intake;
struct intake *intake_new(const struct intake_wants *);
void intake_free(struct intake *);

/* All of a file; "-" is standard input.  only: that message of an mbox. */
void intake_file(struct intake *, const char *name, uint64_t only);

#endif
