/*
 * publish.h - how the parts of a domain are looked at.
 *
 * Each part has two halves.  gather_ asks, and says what there is; find_ runs
 * when all is answered, and adds findings, which the state of the part goes by.
 */
#ifndef MAILAUTH_PUBLISH_H
#define MAILAUTH_PUBLISH_H

#include "mailauth/published.h"

#include "findings/find.h"

struct publishing {
	struct published_setup setup;
	struct published out;
	struct find find;
	struct findings_setup about;
	struct auth_setup auth;
	struct auth_verdict v; /* with what there is of it: SPF and DMARC */
	bool done;
};

void gather_hosts(struct publishing *);
void gather_names(struct publishing *); /* of their addresses */
void gather_spf(struct publishing *);
void gather_keys(struct publishing *);
void gather_dmarc(struct publishing *);
void gather_reports(struct publishing *); /* where DMARC's go */
void gather_texts(struct publishing *);

void find_hosts(struct publishing *);
void find_spf_tree(struct publishing *);
void find_keys(struct publishing *);
void find_policy(struct publishing *);
void find_texts(struct publishing *);

/* What the findings since then make of something that is there. */
struct publish_mark {
	size_t n;
	const struct find_extra *extra;
};
struct publish_mark publish_mark(const struct find *);
enum published_state publish_state(const struct find *, struct publish_mark);
/* Of an answer: UNKNOWN, NONE or OK. */
enum published_state publish_answer(const struct dns_answer *);

#endif
