/*
 * store.c - a message that asks the network, and its time.
 */
#include "net/store.h"

#include <stdlib.h>

struct store *
store_new(struct dns *dns, int64_t deadline)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s) {
		ring_init(&s->waiters);
		s->dns = dns;
		s->deadline = deadline;
	}
	return s;
}

void
store_clock(struct store *s, int64_t now)
{
	bool stops = s->waiting > 0 && s->sent == 0;

	if (stops && s->stopped == 0) {
		s->stopped = now;
	} else if (!stops && s->stopped != 0) {
		s->deadline += now - s->stopped;
		s->stopped = 0;
	}
}

bool
store_is_late(const struct store *s, int64_t now)
{
	return s->stopped == 0 && now >= s->deadline;
}
