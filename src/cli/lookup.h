/*
 * lookup.h - gets the answers that checks ask for.
 *
 * One struct lookup serves all messages of a run.  For each:
 *
 *	lookup_begin(l, dns);
 *	while (... a check is not settled ...)
 *		lookup_more(l);
 *	lookup_save(l);
 *	lookup_end(l);
 *
 * The source of answers is made at the first question, so a message that asks
 * nothing never touches the network.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include "save.h"
#include "net/memo.h"
#include "net/source.h"
#include "net/zone.h"

struct lookup {
	const struct options *options;
	struct arena arena;    /* the zone, and what is to be saved */
	struct zone *zone;     /* NULL without -z */
	struct source *source; /* NULL before the first question */
	struct save save;
	struct memo *kept; /* what was saved; NULL without --save-dns */
	bool broken;       /* no source could be made, and that was said */
	/* of the present message */
	struct dns *dns;
	int64_t begun, first_asked, deadline; /* ms; first_asked 0: nothing */
	size_t asked, answered;
	bool closed;
	bool traced[DNS_MAX_QUESTIONS]; /* the answer was shown */
};

/*
 * Opens the file of --save-dns and reads the zones, before any mail is read.
 * False when that fails, and says so.
 */
bool lookup_open(struct lookup *, const struct options *);
bool lookup_close(struct lookup *); /* false: could not save */

void lookup_begin(struct lookup *, struct dns *);
/* Sends what is asked and does not wait; true when answers came in. */
bool lookup_poll(struct lookup *);
/* Sends, and waits until something is answered, be it by the deadline. */
void lookup_more(struct lookup *);
/* The message has its verdict: the answers go into the file of --save-dns. */
void lookup_save(struct lookup *);
void lookup_end(struct lookup *);

/* From the first question on, in milliseconds. */
double lookup_ms(const struct lookup *);
/* --trace: one line on stderr. */
void lookup_trace(const struct lookup *, str event);

#endif
