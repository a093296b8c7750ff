/*
 * tally.h - many aggregate reports, added up.
 *
 * The sums do not depend on the order of the reports, with one exception: of
 * two that have the same number and say different things the first counts.
 * Memory is bounded but for a few words a report: see sources.h.
 *
 *	t = tally_new(seed);
 *	... tally_add(t, &report, file, &first) ...
 *	tally_end(t, false);
 *	view = t->domain[0].view[TALLY_BY_SOURCE];
 *	for (i = 0; i < view.n; i++)
 *		row = tally_row(t, &view, i);
 *	tally_free(t);
 */
#ifndef TALLY_H
#define TALLY_H

#include "aggregate.h"

enum {
	TALLY_MAX_FROM = 20000, /* names in From; more are counted as one */
	TALLY_NAMES = 6,        /* kept for a source */
	TALLY_NAME = 253,       /* octets of one; more are cut */
	TALLY_NAME_MEMORY = 16 << 20
};

/* What a check says about messages, seen from the From domain. */
enum tally_state {
	TALLY_ALIGNED,
	TALLY_UNALIGNED, /* passes, for another domain */
	TALLY_FAIL,      /* DKIM: a signature is broken */
	TALLY_NONE,
	TALLY_STATES
};

/* Why a message does not pass, as far as the report tells. */
enum tally_cause {
	CAUSE_FORWARDED, /* the receiver says so */
	CAUSE_SERVICE,   /* a known service vouches, for its own domain */
	CAUSE_BROKEN,    /* a signature of the domain, which fails */
	CAUSE_OTHER,     /* somebody else vouches, for another domain */
	CAUSE_NOTHING,   /* nobody vouches */
	CAUSES
};

struct tally_count {
	uint64_t messages, pass;
	uint64_t spf[TALLY_STATES], dkim[TALLY_STATES];
	uint64_t disposition[DISPOSITION_REJECT + 1];
	uint64_t override[OVERRIDES];
	uint64_t only_dkim, only_spf; /* of those that pass */
	uint64_t moved; /* ... by DKIM alone, where SPF of the domain fails */
	uint64_t cause[CAUSES]; /* of those that do not */
};

/* The least by name of those seen, so that no order shows. */
struct tally_names {
	struct tally_name {
		str name;
		uint64_t messages;
	} name[TALLY_NAMES];
	size_t n;
	bool more; /* there were others */
};

/* A line of a table: a source, a reporter, a day, ... */
struct tally_row {
	struct ip ip; /* of a network its first address */
	unsigned prefix;
	str text;    /* a name, or a source that is no address */
	int64_t day; /* since 1970-01-01 */
	struct tally_count count;
	/* of sources and networks: */
	struct tally_names from;   /* header_from */
	struct tally_names other;  /* domains that pass and do not align */
	struct tally_names broken; /* selectors of the domain that fail */
};

enum tally_by {
	TALLY_BY_SOURCE,
	TALLY_BY_NETWORK, /* /24 and /48 */
	TALLY_BY_REPORTER,
	TALLY_BY_DAY,
	TALLY_BY_FROM
};

/* The rows of a table: what fails most first; days in order. */
struct tally_view {
	size_t n;
	/* private */
	const struct source_ref *ref;
	const struct source_entry *entry;
	struct table_row *const *row;
};

/* A report that was counted. */
struct tally_report {
	str file, org, id, domain;
	int64_t begin, end;
	uint64_t messages, pass;
	uint64_t digest; /* of its records, in any order */
	bool cut;
};

struct tally_domain {
	str name; /* the policy domain, lower case; "" when not said */
	struct aggregate_policy policy; /* of the newest report */
	int64_t policy_of;              /* its end */
	int64_t begin, end;             /* TIME_UNKNOWN */
	size_t reports;
	struct tally_count count;
	struct tally_view view[TALLY_BY_FROM + 1]; /* after tally_end() */
};

struct tally {
	struct tally_domain *domain; /* most messages first */
	size_t domains;
	const struct tally_report *const *report; /* by time, reporter, id */
	size_t reports;
	uint64_t duplicates, conflicts;
	bool coarse; /* sources are networks, since there were too many */
	struct tally_count count;
};

enum tally_added { TALLY_COUNTED, TALLY_DUPLICATE, TALLY_CONFLICT };

/* The seed is any number that a writer of reports cannot know. */
struct tally *tally_new(uint32_t seed, void (*oom)(void *));
/* Of a report that was there already *first is the one that counts. */
enum tally_added tally_add(struct tally *, const struct aggregate *, str file,
	const struct tally_report **first);
void tally_end(struct tally *, bool networks /* are wanted, too */);
void tally_free(struct tally *);

struct tally_row tally_row(
	const struct tally *, const struct tally_view *, size_t i);

str tally_state_word(enum tally_state, bool dkim); /* "unaligned", ... */
/* That of most messages. */
enum tally_state tally_most(const uint64_t count[TALLY_STATES]);
/* a + b, or the most there is. */
uint64_t tally_sum(uint64_t a, uint64_t b);

#endif
