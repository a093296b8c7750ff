/*
 * eval.h - the state of one evaluation, and what its chapters share.
 *
 *	spf.c        the identity, the verdict, the explanation
 *	evaluate.c   check_host(): records, their terms, include and redirect
 *	mechanism.c  what asks for addresses: a, mx, exists
 *	ptr.c        names of the client: ptr, %{p}
 *	steps.c      the tree for people, and what an error points at
 */
#ifndef MAILAUTH_SPF_EVAL_H
#define MAILAUTH_SPF_EVAL_H

#include "mailauth/spf.h"

enum match { MATCH_NO, MATCH_YES, MATCH_TEMPERROR, MATCH_PERMERROR };

/* A span of a record; record.p == NULL: only the name is meant. */
struct spf_place {
	str name, record, span;
};

struct eval {
	struct arena *arena;
	struct dns *dns;
	struct ip ip; /* of the client, unmapped */
	struct spf_macros macros;
	bool odd_local; /* the local part is not ASCII */

	/* of the whole tree of records (RFC 7208 4.6.4) */
	unsigned lookups, voids;
	bool authentic;

	struct spf_place here; /* the term that is looked at */
	str answer;            /* what the DNS said to it */

	enum spf_error error; /* the first, which is the innermost */
	str reason;
	struct spf_place error_place;

	struct spf_step *step;
	size_t steps, step_room;
	unsigned depth;
};

struct outcome {
	enum result result; /* PENDING: not known yet */
	str record;         /* of the domain asked; absent when none */
	bool missing;       /* the domain does not exist */
	/* of the record that decided, which may be where a redirect led */
	const struct spf_term *term; /* that matched; NULL: none did */
	const struct spf_term *exp;
	str domain;
};

/* evaluate.c */
struct outcome spf_check_host(struct eval *, str domain);
/*
 * The term's spec expanded, or the current domain.  False when the sender
 * rules the term out (RFC 8616 4), or when it is not worth asking yet.
 */
bool spf_target(
	struct eval *, const struct spf_term *, str domain, str *target);

/* mechanism.c */
enum match spf_match_lookup(struct eval *, const struct spf_term *, str target);
enum dns_type spf_address_type(const struct eval *);
/* Is the client among the addresses, as far as the prefix goes? */
bool spf_has_client(
	const struct eval *, const struct dns_answer *, unsigned prefix);
enum match spf_count_void(
	struct eval *, enum dns_type, str name, const struct dns_answer *);
void spf_note_answer(struct eval *, enum dns_type, const struct dns_answer *);

/* ptr.c */
enum match spf_match_ptr(struct eval *, str target);
str spf_validated_name(struct eval *, str domain);

/* steps.c */
size_t spf_step_add(struct eval *, struct spf_step);
/* The step, or NULL when the tree was full. */
struct spf_step *spf_step_at(struct eval *, size_t);
/* What went wrong, at e->here, unless something did before. */
void spf_blame(struct eval *, enum spf_error, str reason);
void spf_blame_dns(
	struct eval *, enum dns_type, str name, const struct dns_answer *);

#define SAY(e, ...) STR_CAT((e)->arena, __VA_ARGS__)

#endif
