/*
 * counter.h - what adding up needs, behind struct tally.
 */
#ifndef COUNTER_H
#define COUNTER_H

#include "table.h"

struct counter {
	struct tally tally; /* the first: tally_end() and others cast back */
	struct arena arena;
	void (*oom)(void *);
	struct tally_report **report;
	size_t room, domain_room;
	uint32_t *slot; /* reports by key: 1 + index */
	size_t slots;
	struct table source, reporter, day, from, names, domains;
	size_t level; /* of prefixes */
	uint32_t seed;
};

struct counter *counter_of(struct tally *);
/* The key of the network of /24 or /48 that a row of a source lies in. */
struct tally_row counter_network(const struct tally_row *);
void counter_add_row(struct tally_row *to, const struct tally_row *from);

#endif
