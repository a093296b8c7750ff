/*
 * table.h - counts by a name or a day.  All is in an arena of the table's own.
 */
#ifndef TABLE_H
#define TABLE_H

#include "tally.h"

struct table_key {
	uint32_t domain;
	str text;
	int64_t day;
};

struct table_row {
	struct table_key key;
	struct tally_count count;
};

struct table {
	struct arena arena;
	struct table_row **row; /* in the order they came */
	size_t n, room;
	uint32_t *slot, *hash;
	size_t slots;
	uint32_t seed;
};

void table_init(struct table *, uint32_t seed, void (*oom)(void *));
void table_free(struct table *);
bool table_has(const struct table *, struct table_key);
/* The row of that key; the text of a new one is copied. */
struct table_row *table_row(struct table *, struct table_key);
/* Its place among them: rows stay in the order they came. */
uint32_t table_number(struct table *, struct table_key);

#endif
