/*
 * tally_record.h - what one record says of the messages it counts.
 */
#ifndef TALLY_RECORD_H
#define TALLY_RECORD_H

#include "tally.h"

/* All of a record that counts, but its source and its number. */
struct tally_kind {
	unsigned char spf, dkim; /* enum tally_state */
	unsigned char disposition, cause;
	bool passes, moved;
	uint16_t overrides;      /* bits, 1 << enum override */
	str from, other, broken; /* see tally_row */
};

struct tally_kind tally_kind_of(
	const struct aggregate_record *, str domain /* whose policy it is */);
void tally_count_kind(
	struct tally_count *, const struct tally_kind *, uint64_t messages);
/* The name must live as long as they do. */
void tally_add_name(struct tally_names *, str name, uint64_t messages);

#endif
