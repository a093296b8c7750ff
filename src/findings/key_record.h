/*
 * key_record.h - one key record, without a message: what is wrong with it.
 *
 *	struct key_record k = key_record_read(arena, name, text);
 *	if (!find_key_faults(f, &k))
 *		find_key_advice(f, &k);
 *
 * The name is where the record is, or will be; it may be empty.  Of `f` only
 * the arena and the list are used.
 */
#ifndef MAILAUTH_KEY_RECORD_H
#define MAILAUTH_KEY_RECORD_H

#include "find.h"

struct key_record {
	str name, text;
	struct dkim_key key;
	struct key_look look; /* at p= */
};

struct key_record key_record_read(struct arena *, str name, str text);
/* The same of a key that was read already. */
struct key_record key_record_of(str name, const struct dkim_key *);
/* Is it a key that a signature by today's rules can be verified with? */
bool key_record_works(const struct key_record *);

/* What keeps a key from being used: at most one finding.  True: there is. */
bool find_key_faults(struct find *, const struct key_record *);
/* What works and could be better. */
void find_key_advice(struct find *, const struct key_record *);

/* The selector and the domain of <s>._domainkey.<d>. */
str key_selector(str name);
str key_domain(str name);

/*
 * The record that was meant, where only one can have been: quotes, backslashes,
 * armour and stray characters taken out, tags put right.  The key in it is
 * whole.  Absent when there is none, or it is no other.
 */
str key_record_mended(struct arena *, str text);

/*
 * The strings of one record, entered as two: put together they work.  Absent
 * when they do not.
 */
str key_records_joined(struct find *, const struct dns_answer *, str name);

/* Points at a part of the record, which is a slice of it or a copy. */
void find_in_key(
	struct finding *, const struct key_record *, str part, str label);

#endif
