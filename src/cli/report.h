/*
 * report.h - all there is to say about one message, and the ways to say it.
 */
#ifndef REPORT_H
#define REPORT_H

#include "json.h"
#include "mailauth/findings.h"
#include "options.h"
#include "screen.h"

struct report {
	const struct options *options;
	FILE *out;
	struct arena *arena;
	const char *file; /* as given; "-" is standard input */
	uint64_t number;  /* of the message in an mbox of several; else 0 */
	const struct client *client;
	struct dns *dns; /* all that was answered */
	int64_t now;
	const struct message *message; /* of `check`; NULL */
	const struct auth_verdict *v;  /* of `check`; NULL */
	const struct spf_verdict *spf, *spf_helo;
	const struct finding *finding; /* root causes first */
	size_t findings, roots;
	double dns_ms;
	size_t questions;
};

int report_exit(enum result); /* 0, 1 or 3 */
/* "Received line 2", "Return-Path", "option"; absent for none. */
str report_source(const struct report *, enum client_source);

bool report_spf_aligned(const struct report *);
bool report_signature_aligned(const struct report *, size_t i);
bool report_dkim_aligned(const struct report *); /* any signature */
bool report_is_pass_by_dkim(const struct report *);
/* "spf,dkim", "spf", "dkim" or "none" */
str report_aligned(const struct report *);

/* What is said of a method: the word, or absent; all that is said. */
str report_claim(const struct authres *, str method);
str report_claims(struct arena *, const struct authres *);

void text_report(struct screen *, const struct report *);
void text_details(struct screen *, const struct report *); /* with -v */
void text_line(struct screen *, const struct report *);
/* The line of a file that could not be read. */
void text_line_unusable(struct screen *, str file, str code);
/* Its last field: the first root that is an error or a warning; or absent. */
str report_cause(const struct report *);
/* The file, and which message of it. */
str report_file(const struct report *);
void text_spf(struct screen *, const struct report *);
/* The evaluation tree of one identity; the time that was judged by. */
void text_tree(
	struct screen *, const struct report *, const struct spf_verdict *);
void text_now(struct screen *, const struct report *);
/* Of a record without a result v and spf are NULL. */
void text_findings(struct screen *, const struct report *);

/* One object, one line, to stdout. */
void json_report(const struct report *);
void json_report_spf(const struct report *);
struct json json_finding(struct arena *, const struct finding *);
void json_unusable(FILE *, struct arena *, const char *file, uint64_t number,
	str code, str error);

#endif
