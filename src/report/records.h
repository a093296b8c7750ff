/*
 * records.h - the records of one report, kept small.
 *
 * Reports say the same few things of many addresses: every string and every
 * list of results is kept once, and a record has numbers for them.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include "aggregate.h"

struct records;
struct records *records_new(struct arena *);
/* The same text kept before, or a copy of it; absent stays absent. */
str records_text(struct records *, str);
/* Strings and lists are copied as far as they are new. */
void records_add(struct records *, const struct aggregate_record *);
struct aggregate_record records_get(const struct records *, size_t i);

#endif
