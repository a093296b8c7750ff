/*
 * find_spf.h - the text of an SPF record, on its own.
 *
 *	spf_record.c  the text as a whole, and what its terms say together
 *	spf_words.c   terms that run together
 *	spf_terms.c   terms that are none, or have a bad value
 *	spf_tree.c    the record with all that it includes
 *	spf_eval.c    what came of asking it
 *	spf_client.c  who asked
 */
#ifndef MAILAUTH_FIND_SPF_H
#define MAILAUTH_FIND_SPF_H

#include "find.h"

/*
 * All that is to be said of the text of a record at `name`, which may also be
 * one that only wants to be a record.
 */
void find_spf_record(struct find *, str name, str text);
/* Of those only what spoils it: for the records of others. */
void find_spf_spoiled(struct find *, str name, str text);

/* Of f->spf all but what is about its client, who is nobody. */
void find_spf_published(struct find *);

/* Is a TXT that is no SPF record meant to be one? */
bool spf_looks_meant(str txt);

/* Terms that fall apart; false when there are none. */
bool spf_find_words(struct find *, str name, str text);

/* The record that is known at a name; absent when there is none, or several. */
str spf_known_record(struct find *, str name);

/* Lookups that a record and all it includes may cost. */
struct spf_count {
	size_t lookups;
	bool complete; /* all records were known */
};
struct spf_count spf_count_lookups(struct find *, str record);
/* Those that one of its terms costs. */
struct spf_count spf_count_term(struct find *, const struct spf_term *);

/* What ip4: and ip6: terms let pass, each address counted once. */
struct spf_reach {
	uint64_t addresses; /* of IPv4 */
	size_t networks;    /* of IPv6, none within another */
	bool complete;
};
struct spf_reach spf_count_addresses(struct find *, str record);
/* Does a record that the term leads to end in +all? */
bool spf_is_open(struct find *, const struct spf_term *);

/* The client and its HELO name. */
void spf_find_client(struct find *);
/* Why the client looks like a forwarder; absent when it does not. */
str spf_forwarder_sign(struct find *, enum basis *);

#endif
