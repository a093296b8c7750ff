/*
 * sources.h - how many messages of which kind came from where.
 *
 * An entry is a source, a kind of message and a count: some 50 octets.  When
 * there are SOURCES_MAX of them, networks take the place of addresses, and
 * then larger networks: the finest that have room.  So what is left depends on
 * what was added, and not on when.
 */
#ifndef SOURCES_H
#define SOURCES_H

#include "mailauth/ip.h"

enum {
	SOURCES_MAX = 500000,
	SOURCES_LEVELS = 6,
	SOURCES_NETWORK = 1 /* the level of /24 and /48 */
};

/* A source: an address or network, or else the number of a text. */
struct source_key {
	uint32_t domain; /* that it sent for */
	uint32_t text;
	struct ip ip;
	unsigned char prefix;
};

struct source_entry {
	struct source_key key;
	uint32_t kind; /* of message: a number of the caller's */
	uint64_t messages;
};

struct sources {
	struct source_entry *entry;
	size_t n, room;
	uint32_t *slot; /* by hash: 1 + index */
	size_t slots;
	size_t level;
	uint32_t seed;
	void (*oom)(void *);
};

void sources_init(struct sources *, uint32_t seed, void (*oom)(void *));
void sources_free(struct sources *);
void sources_add(struct sources *, uint32_t domain, struct ip, uint32_t text,
	uint32_t kind, uint64_t messages);
/* The same entries at that level, which is no finer than theirs. */
void sources_copy(struct sources *to, const struct source_entry *, size_t n,
	size_t level);
/* By domain and source.  After that nothing is added. */
void sources_sort(struct sources *);
bool source_is_same(const struct source_key *, const struct source_key *);

#endif
