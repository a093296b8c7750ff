/*
 * find.h - how the tests of the catalogue report.
 *
 * A group of tests is one function that looks at what is settled:
 *
 *	void
 *	find_client(struct find *f)
 *	{
 *		...
 *		FIND(f, SPF_IP_GUESSED, { "ip", ip }, { "source", from });
 *	}
 *
 * Groups are run again, from the start, whenever a probe was answered.
 */
#ifndef MAILAUTH_FIND_H
#define MAILAUTH_FIND_H

#include "mailauth/findings.h"

#include "findings/change.h"

struct find_probe {
	enum dns_type type;
	str name;
};

/* One that had no room in the list. */
struct find_extra {
	struct finding finding;
	struct find_extra *next;
};

/* A value of a placeholder: any bytes, cut when they are too many. */
struct find_arg {
	const char *key;
	str value;
};

struct find {
	struct arena *arena;
	struct dns *dns;
	const struct findings_setup *setup;
	const struct message *message; /* NULL when only SPF was asked */
	const struct auth_verdict *v;  /* the same */
	const struct client *client;
	const struct spf_verdict *spf; /* of the sender, or of the HELO name */
	const struct spf_verdict *spf_helo;
	const struct changes *changes; /* NULL: no hash is wrong */
	struct finding *finding;       /* FINDINGS_MAX of them */
	size_t n;
	size_t added;             /* also those that were too many */
	struct find_extra *extra; /* these, the last first */
	struct find_probe probe[FINDINGS_MAX_PROBES]; /* asked so far */
	size_t probes;
};

/* With room for findings, and nothing to look at yet. */
void find_init(struct find *, struct arena *);
/* Nothing was found yet. */
void find_begin(struct find *);

/* The arguments end with one whose key is NULL; without any, NULL. */
struct finding *find_add(
	struct find *, enum finding_code, const struct find_arg *);
#define FIND(f, id, ...)                                                       \
	find_add((f), FINDING_##id,                                            \
		(const struct find_arg[]){                                     \
			__VA_ARGS__, { NULL, { NULL, 0 } } })

/* Points at a part of a TXT record, or of a header field. */
void find_in_txt(
	struct finding *, str name, str record, size_t at, size_t n, str label);
void find_in_field(struct finding *, const struct message *,
	const struct field *, size_t at, size_t n, str label);

/* What is known already, without asking; NULL when it is not. */
const struct dns_answer *find_known(struct find *, enum dns_type, str name);
/*
 * Asks to explain a failure; NULL when there is nothing to explain, when it
 * was one too many, or while it is not answered.
 */
const struct dns_answer *find_probe(struct find *, enum dns_type, str name);

bool find_was_probe(const struct find *, enum dns_type, str name);

/* Has the message failed, so that it is worth asking? */
bool find_failed(const struct find *);
/* Could a domain be aligned with the Author Domain? */
bool find_may_align(const struct find *, str domain);
bool find_is_aligned(const struct find *, size_t signature);
str find_number(struct find *, uint64_t);
/* Without what it begins with of a set of characters. */
str find_skip(str, const char *set);
/* "mailto:a@b.example", also with a "?subject=c" behind it. */
bool find_is_mailto(str uri);
/* By the public suffix list; the domain itself where there is none. */
str find_organization(struct find *, str domain);

/* The date of the newest Received line that has one, or TIME_UNKNOWN. */
int64_t find_received(const struct find *);
/* "3 hours", "12 days", "2 years" */
str find_age(struct find *, int64_t seconds);
/*
 * The host that recorded a pass of this signature when the message came in,
 * as far as it can be believed; absent when there is none.
 */
str find_recorded_pass(struct find *, size_t signature);

/* Gives causes to consequences, lowers what did not count, sorts. */
void find_order(struct find *);
/* The same where there is no result: only notes can wait. */
void find_order_published(struct find *);

/* --- the groups ------------------------------------------------------ */

void find_client(struct find *);
void find_spf(struct find *);
void find_dmarc(struct find *);
void find_alignment(struct find *);
void find_arc(struct find *);
void find_message(struct find *);
void find_bulk(struct find *);
void find_dns(struct find *);
void find_change(struct find *);
void find_dkim_signature(struct find *);
void find_dkim_cover(struct find *);
void find_dkim_key(struct find *);
void find_dkim_time(struct find *);

#endif
