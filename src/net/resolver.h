/*
 * resolver.h - questions carried to name servers and back, by c-ares.
 *
 * Knows nothing of messages, deadlines and what was asked before: that is
 * source_resolver.c.
 */
#ifndef MAILAUTH_RESOLVER_H
#define MAILAUTH_RESOLVER_H

#include "mailauth/dns.h"
#include "net/server.h"

enum { RESOLVER_MAX_SERVERS = 8 };

struct resolver;

/* Asks these servers, or with n = 0 the system's.  NULL: out of memory. */
struct resolver *resolver_new(const struct server *, size_t n);
/* Open questions are dropped: done() is not called any more. */
void resolver_free(struct resolver *);

/*
 * Sends a question.  The first try lasts try_ms (from a small set of values,
 * each costs a channel), the second twice that.  done() is called once, from
 * within resolver_wait(); the answer lives until it returns.  False when out
 * of memory.
 */
bool resolver_send(struct resolver *, int try_ms, enum dns_type, str name,
	void (*done)(void *arg, const struct dns_answer *), void *arg);

/* Waits up to timeout_ms for something to happen, and handles it. */
void resolver_wait(struct resolver *, int timeout_ms);

/* From now on, that fd can be read is something that happens, too; or -1. */
void resolver_watch(struct resolver *, int fd);

#endif
