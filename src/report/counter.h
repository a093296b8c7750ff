/*
 * counter.h - what adding up needs, behind struct tally.
 */
#ifndef COUNTER_H
#define COUNTER_H

#include "intern.h"
#include "sources.h"
#include "table.h"
#include "tally_record.h"

/* The entries of one source. */
struct source_ref {
	uint32_t first, n;
	uint64_t failed, messages;
};

struct counter {
	struct tally tally; /* the first: tally_end() and others cast back */
	struct arena arena;
	void (*oom)(void *);
	uint32_t seed;
	struct tally_report **report;
	size_t room, domain_room;
	uint32_t *slot; /* reports by key: 1 + index */
	size_t slots;
	struct table reporter, day, from, domains;
	struct sources source, network;
	bool has_networks;
	struct arena texts;    /* of intern */
	struct intern *intern; /* names, and kinds of messages */
};

static inline struct counter *
counter_of(struct tally *t)
{
	return (struct counter *)(void *)t;
}

#endif
