/*
 * memo.h - the answers that a run remembers, until their time is over.
 *
 * Bounded in entries and in bytes; what was not used for longest goes first.
 * Times are milliseconds of a clock that the caller reads.
 */
#ifndef MAILAUTH_MEMO_H
#define MAILAUTH_MEMO_H

#include "mailauth/dns.h"

enum { MEMO_MAX_ENTRIES = 10000, MEMO_MAX_BYTES = 16 << 20 };

struct memo;
struct memo *memo_new(void); /* NULL when out of memory */
void memo_free(struct memo *);

/* What is remembered of a question, or NULL; good until the next memo_put(). */
const struct dns_answer *memo_find(
	struct memo *, enum dns_type, str name, int64_t now);

/* Copies the answer; `until` is when to forget it. */
void memo_put(struct memo *, enum dns_type, str name, const struct dns_answer *,
	int64_t until);

#endif
