/*
 * lookup.h - gets the answers that checks ask for.
 *
 * A struct lookup serves all messages of a worker, many of them at a time; a
 * struct asking is what one message has asked:
 *
 *	lookup_begin(l, &asking, dns);
 *	while (... a check is not settled ...)
 *		lookup_more(&asking);
 *	lookup_save(&asking);
 *	lookup_end(&asking);
 *
 * The source of answers is made at the first question, so a message that asks
 * nothing never touches the network.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include "save.h"
#include "net/ring.h"
#include "net/source.h"
#include "net/zone.h"

struct lookup {
	const struct options *options;
	struct arena arena;        /* the zone, and what is to be saved */
	struct zone *zone;         /* NULL without -z */
	struct source *source;     /* NULL before the first question */
	struct exchange *exchange; /* of the run, when workers share one */
	struct save save;
	struct zone *saved;  /* what was, as read again; NULL: nothing is */
	struct arena saving; /* for it */
	struct ring news;    /* those who were answered something */
	bool first;          /* it made what is shared */
	bool broken;         /* no source could be made, and that was said */
};

struct asking {
	struct lookup *lookup;
	struct dns *dns;
	struct ring news;           /* of the lookup, until somebody looks */
	int64_t begun, first_asked; /* ms; first_asked 0: nothing */
	size_t asked, answered;
	bool *traced; /* the answer was shown; NULL without --trace */
};

/*
 * Opens the file of --save-dns, and then reads the zones, before any mail is
 * read.  False when that fails, and says so.
 */
bool lookup_open(struct lookup *, const struct options *);
bool lookup_read_zones(struct lookup *);
/* For one more worker: the same zones, and the same questions to the network.
 */
void lookup_join(struct lookup *, struct lookup *first);
/* From now on others may join; false when they cannot. */
bool lookup_share(struct lookup *);
bool lookup_close(struct lookup *); /* false: could not save */

void lookup_begin(struct lookup *, struct asking *, struct dns *);
/* Has something been answered since it was asked last, and not at once? */
bool lookup_has_more(struct asking *);
/* lookup_has_more(), and looks whether something has come in. */
bool lookup_poll(struct asking *);
/* Waits until something is answered, be it that the time is over. */
void lookup_more(struct asking *);
/* Waits for an answer to anybody, at most that long. */
void lookup_wait(struct lookup *, int ms);
/* One who was answered something, each once; or NULL. */
struct asking *lookup_take_news(struct lookup *);
/* The message has its verdict: the answers go into the file of --save-dns. */
void lookup_save(struct asking *);
void lookup_end(struct asking *);

/* From the first question on, in milliseconds. */
double lookup_ms(const struct asking *);
/* --trace: one line on stderr. */
void lookup_trace(const struct asking *, str event);

#endif
