/*
 * worker.h - what outlives a message, and what is made anew for each.
 */
#ifndef WORKER_H
#define WORKER_H

#include "lookup.h"
#include "screen.h"
#include "spool.h"

#include "mailauth/crypto.h"
#include "mailauth/domain.h"
#include "mailauth/findings.h"

/* Belongs to one thread. */
struct worker {
	const struct options *options;
	struct lookup lookup;
	struct screen screen; /* as a pattern: it has no arena */
	str receiver;         /* our name */
	struct crypto *crypto;
	struct suffix_list *suffixes;
	struct spill spill; /* of --annotate */
	bool first;         /* owns what the others use too */
};

/*
 * NULL when an option will not do, which was said then.  What is written to is
 * open now, and the program confined.
 */
struct worker *worker_new(const struct options *);
/* One more, which ends before the first does. */
struct worker *worker_join(struct worker *first);
/* The exit code, which is 2 when the last words could not be written. */
int worker_end(struct worker *, int code);

bool worker_failed(const struct worker *); /* nobody can be asked at all */
int64_t worker_now(const struct worker *); /* --at, or the clock */

/* The memory of a message, and what it knows of the DNS. */
struct session {
	struct worker *worker;
	struct arena arena; /* facts, verdicts, text */
	struct arena names; /* and the DNS store: must not be rewound */
	struct dns *dns;
	struct asking asking;
};

void session_init(struct session *, struct worker *);
void session_begin(struct session *); /* its time runs */
void session_end(struct session *);   /* the memory serves another message */
void session_trim(struct session *);  /* while it waits */
void session_free(struct session *);

/* Runs the tests of findings.h until they are settled. */
struct findings *session_findings(
	struct session *, const struct findings_setup *);

#endif
