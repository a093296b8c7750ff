/*
 * table.h - rows by a key.  All are in an arena of the table's own.
 */
#ifndef TABLE_H
#define TABLE_H

#include "tally.h"

struct table {
	struct arena arena;
	struct tally_row **row; /* in the order they came */
	uint32_t *domain;       /* of each */
	size_t n, room;
	uint32_t *slot, *hash;
	size_t slots;
	uint32_t seed;
};

void table_init(struct table *, uint32_t seed, void (*oom)(void *));
void table_free(struct table *);
/*
 * The row of that key: a domain, and the ip, prefix, text and day of `like`.
 * A new one has those, and its text is copied.
 */
struct tally_row *table_row(
	struct table *, uint32_t domain, const struct tally_row *like);

/* Its place among them: rows stay in the order they came. */
uint32_t table_number(
	struct table *, uint32_t domain, const struct tally_row *like);

#endif
