/*
 * judge.h - what the reports about a domain mean: may its policy be made
 * stricter, and what is to be mended first?
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "tally.h"

#include "mailauth/findings.h"

enum {
	/* fewer do not tell much */
	JUDGE_MESSAGES = 100,
	JUDGE_DAYS = 7,
	/* most that may be lost, of a million */
	JUDGE_LOST_REJECT = 1000,
	JUDGE_LOST_QUARANTINE = 10000
};

enum judge_answer {
	JUDGE_EARLY,      /* too little is known */
	JUDGE_NOBODY,     /* nothing passes: no mail of its own is seen */
	JUDGE_NOT_YET,    /* too much of its own would be lost */
	JUDGE_QUARANTINE, /* that much; not more */
	JUDGE_REJECT
};

struct judgement {
	enum judge_answer answer;
	/* messages that look like the domain's own, and those of them that
	   fail, so that an enforcing policy would have hit them */
	uint64_t own, lost;
	uint64_t unknown; /* that fail and look like nobody's */
	size_t unknown_sources;
	int64_t days;                  /* that are reported on */
	const struct finding *finding; /* errors first */
	size_t findings;
	size_t errors, warnings;
};

struct judgement judge(
	struct arena *, const struct tally *, const struct tally_domain *);
/* A sentence. */
str judge_words(
	struct arena *, const struct tally_domain *, const struct judgement *);

/* What of the failing messages of a source look like the domain's own. */
uint64_t judge_lost(const struct tally_row *);
/* An address, a network, or what was written in its place. */
str judge_source(struct arena *, const struct tally_row *);

#endif
