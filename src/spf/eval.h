/*
 * eval.h - the state of one evaluation, shared by spf.c and mechanism.c.
 */
#ifndef MAILAUTH_SPF_EVAL_H
#define MAILAUTH_SPF_EVAL_H

#include "mailauth/spf.h"

enum match { MATCH_NO, MATCH_YES, MATCH_TEMPERROR, MATCH_PERMERROR };

struct eval {
	struct arena *arena;
	struct dns *dns;
	const struct spf_query *query;
	struct ip ip; /* unmapped */
	struct spf_macros macros;
	bool odd_local;   /* local part not ASCII: %{s}, %{l} match nothing */
	unsigned lookups; /* of the whole evaluation (RFC 7208 4.6.4) */
	unsigned voids;
	bool authentic;
	str reason; /* of an error, the innermost */
	str error_name, error_record;
	size_t error_at, error_n;
	struct spf_step *step;
	size_t steps, step_room;
	unsigned depth;
	str answer; /* what the DNS said to the present term */
};

/* Does the term match the client? include and redirect are not asked here. */
enum match spf_match(struct eval *, const struct spf_term *, str domain);

/* The target of a term: its spec expanded, or the current domain. */
str spf_target(struct eval *, const struct spf_term *, str domain);

/* A term that the sender's non-ASCII local part rules out. (RFC 8616 4) */
bool spf_term_is_barred(const struct eval *, const struct spf_term *);

/* Sets the reason unless there is one. */
void spf_blame(struct eval *, str reason);

/* Counts a void answer; over the limit is a permerror. (4.6.4) */
enum match spf_count_void(struct eval *, const struct dns_answer *);

#endif
