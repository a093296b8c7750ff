/*
 * tally_record.h - what one record says of the messages it counts.
 */
#ifndef TALLY_RECORD_H
#define TALLY_RECORD_H

#include "tally.h"

void tally_count_record(struct tally_count *, const struct aggregate_record *,
	str domain /* whose policy it is */);
void tally_add_to(uint64_t *, uint64_t); /* up to the most there is */

/* Names of one tree: then a check of one can be meant for the other. */
bool tally_related(str a, str b);
/* The first domain that passes; where nothing aligns, not a wanted one. */
str tally_vouching(const struct aggregate_record *);
/* The first check of that domain that does not pass, or NULL. */
const struct aggregate_check *tally_failing(
	const struct aggregate_check *, size_t n, str domain);

/* The name must live as long as they do. */
void tally_add_name(struct tally_names *, str name, uint64_t messages);
void tally_add_names(struct tally_names *, const struct tally_names *from);

#endif
