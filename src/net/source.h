/*
 * source.h - ways to get answers: the network, a zone file, a cache.
 *
 * A source belongs to one thread and outlives messages.  Answers are handed
 * over by dns_tell(), either within ask() or within wait().
 */
#ifndef MAILAUTH_SOURCE_H
#define MAILAUTH_SOURCE_H

#include "mailauth/dns.h"

struct source {
	/* Starts on a question of that store, each once. */
	void (*ask)(struct source *, struct dns *, struct dns_question *);
	/* Handles what has arrived; waits for something up to timeout_ms. */
	void (*wait)(struct source *, int timeout_ms);
	/* Forgets all open questions of the store: the message is done. */
	void (*forget)(struct source *, struct dns *);
	void (*free)(struct source *);

	/* The rest only of a source that can be shared; else NULL. */

	/* Any thread's: tells what is known without a query, or is false. */
	bool (*known)(struct source *, struct dns *, struct dns_question *);
	/*
	 * From now on wait() sleeps even when no question is open, and returns
	 * whenever something has happened; that fd can be read is something.
	 * With -1 all is as it was.  False when out of memory.
	 */
	bool (*watch)(struct source *, int fd);
};

/* From a zone (zone.h), which must live as long. */
struct zone;
struct source *source_from_zone(const struct zone *);

struct resolver_options {
	const char *const *server; /* "ADDR", "ADDR:PORT", "[V6]:PORT" */
	size_t servers;            /* 0: the system's */
	int timeout_ms;            /* of a whole message, see store.h */
};

/*
 * By c-ares, which is started at the first question.  What is asked is always
 * answered, be it DNS_TIMEOUT when the time of the message is over.  NULL when
 * a server is no address; *error is then a static text, *bad the server.
 */
struct source *source_from_resolver(
	const struct resolver_options *, const char **error, const char **bad);

/*
 * One source for several threads, driven by a thread of its own.  Equal
 * questions of all workers are sent once, and what one has learned all know.
 *
 * Takes the inner source over.  NULL when it cannot be shared, or without
 * memory or thread: then the inner source is still the caller's.
 */
struct exchange;
struct exchange *exchange_new(struct source *inner);
void exchange_free(struct exchange *); /* after all sources from it */

/*
 * For one thread, which uses it as if it were alone: its stores are touched
 * within its calls only.  What it asks is sent at its next wait(), all at
 * once, and from then on the time of a message runs (store.h).  wait() also
 * returns when no question is open.  NULL when out of memory.
 */
struct source *source_from_exchange(struct exchange *);

int64_t clock_ms(void); /* monotonic */

#endif
