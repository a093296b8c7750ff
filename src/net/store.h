/*
 * store.h - a message that asks the network, and its time.
 *
 * The time runs from its first question on, whether it asks or not, but stands
 * still while all that it waits for queues: when a server is asked too much at
 * once, that is our doing, and no failure of the DNS.
 */
#ifndef MAILAUTH_STORE_H
#define MAILAUTH_STORE_H

#include "mailauth/dns.h"
#include "net/ring.h"

struct store {
	struct ring link;    /* of all */
	struct ring waiters; /* one a question */
	struct dns *dns;
	int64_t deadline; /* ms; not while the time stands still */
	int64_t stopped;  /* when; 0 while it runs */
	size_t waiting;   /* questions, of which were sent: */
	size_t sent;
};

/* To be freed with free().  NULL when out of memory. */
struct store *store_new(struct dns *, int64_t deadline);

/* Starts or stops its time, after `waiting` or `sent` has changed. */
void store_clock(struct store *, int64_t now);
bool store_is_late(const struct store *, int64_t now);

#endif
