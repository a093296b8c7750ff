/*
 * domain_report.h - what a domain publishes, for a person and for a program.
 */
#ifndef DOMAIN_REPORT_H
#define DOMAIN_REPORT_H

#include "report.h"

#include "mailauth/published.h"

/* A table, and the findings below it; `r` has the findings. */
void text_domain(
	struct screen *, const struct report *r, const struct published *);
/* One object, one line, to r->out. */
void json_domain(const struct report *r, const struct published *);
/* The argument is no domain. */
void json_domain_unusable(
	FILE *, struct arena *, const char *argument, str error);

/* "alpha" "rsa-2048, test mode": what is said of a key in a line. */
str domain_key_words(struct arena *, const struct published_key *);

#endif
