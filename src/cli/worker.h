/*
 * worker.h - what outlives a message, and what is made anew for each.
 */
#ifndef WORKER_H
#define WORKER_H

#include "input.h"
#include "lookup.h"
#include "screen.h"

#include "mailauth/crypto.h"
#include "mailauth/domain.h"
#include "mailauth/findings.h"

struct worker {
	const struct options *options;
	struct lookup lookup;
	struct screen screen;
	str receiver; /* our name */
	/* for the message at hand */
	struct arena arena; /* facts, verdicts, text */
	struct arena names; /* the DNS store, which must not be rewound */
	struct dns *dns;
	/* for `check` */
	struct crypto *crypto;
	struct suffix_list *suffixes;
	struct input input;
	struct spool spool; /* of --annotate */
	size_t reports;     /* printed so far */
	struct buf body;    /* of what cannot be read again */
	bool keeps_body, body_lost;
};

/* NULL when an option will not do, which was said then. */
struct worker *worker_new(const struct options *);
/* The exit code, which is 2 when the last words could not be written. */
int worker_end(struct worker *, int code);

void worker_begin_message(struct worker *);
void worker_end_message(struct worker *);
bool worker_failed(const struct worker *); /* nobody can be asked at all */
/* Runs the tests of findings.h until they are settled. */
struct findings *worker_findings(
	struct worker *, const struct findings_setup *);
int64_t worker_now(const struct worker *); /* --at, or the clock */

#endif
