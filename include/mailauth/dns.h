/*
 * dns.h - what this examination knows of the DNS.
 *
 * A check never waits.  It asks; when the answer is not here yet it gets an
 * empty one, the question is noted, and the run does not count:
 *
 *	dns_begin(dns);
 *	... dns_ask(dns, DNS_TXT, name) ...
 *	if (!dns_settled(dns))
 *		return;		(run again when more is known)
 *
 * A known answer never changes, so a settled verdict does not depend on the
 * order of arrival.  Failure is an answer too.  The store owns all names and
 * records, and lives as long as the examination.
 *
 * The first unknown answer of a run is needed and is always asked for.  What
 * the same run asks beyond it, or asks ahead, is a luxury: it saves a round
 * trip, and is rationed, so that a hostile tree of records draws no storm.
 *
 * Names are raw bytes: labels joined by dots, any case, with or without a
 * final dot.  A name that no query can carry (an empty label, a label over 63
 * octets, more than 253 in all) is answered DNS_BADNAME at once.
 */
#ifndef MAILAUTH_DNS_H
#define MAILAUTH_DNS_H

#include "mailauth/arena.h"
#include "mailauth/shelf.h"

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_SPF = 99
};

enum dns_status {
	DNS_UNKNOWN,  /* not here yet */
	DNS_OK,       /* one record or more */
	DNS_NODATA,   /* the name exists, not with this type */
	DNS_NXDOMAIN, /* no such name */
	DNS_BADNAME,  /* no query can carry this name; as good as NXDOMAIN */
	DNS_SERVFAIL, /* from here on: trouble, the answer is not known */
	DNS_REFUSED,  /* also: any other RCODE, no server reachable */
	DNS_TIMEOUT,
	DNS_BROKEN, /* an answer that cannot be read, a CNAME loop */
	DNS_LIMIT   /* too many questions for one message */
};

enum {
	DNS_MAX_QUESTIONS = 250, /* a message */
	DNS_MAX_AHEAD = 40,      /* luxuries a message */
	DNS_MAX_NAME = 253,
	DNS_MAX_LABEL = 63
};

/*
 * data: A 4 and AAAA 16 octets; TXT and SPF the strings joined with nothing
 * between; CNAME, PTR, NS, MX (exchange) and SOA (primary) a name without
 * final dot, "" for the root.  A dot or backslash inside a label of such a
 * name is written \. or \\, so that it cannot pass for another name.
 */
struct dns_rr {
	str data;
	unsigned preference; /* MX */
	size_t cuts;         /* TXT: string borders within data */
	const uint32_t *cut; /* their offsets */
};

struct dns_answer {
	enum dns_status status;
	size_t n; /* records; 0 unless DNS_OK */
	const struct dns_rr *rr;
	str canonical;  /* the name at the end of the CNAMEs, else absent */
	uint32_t ttl;   /* smallest, seconds */
	bool authentic; /* AD bit: the resolver vouches by DNSSEC */
};

struct dns_question {
	enum dns_type type;
	str name;                        /* lower case, no final dot */
	const struct dns_answer *answer; /* DNS_UNKNOWN while open */
	bool sent;                       /* the shell has taken it */
};

struct dns;

/* A store; it, its names and its answers are allocated in the arena. */
struct dns *dns_new(struct arena *);
/* Where is kept what was read of records, for other messages; may be NULL. */
void dns_use_shelf(struct dns *, struct shelf *);
struct shelf *dns_shelf(const struct dns *);
/* As many luxuries, for somebody who knows what will be asked. */
void dns_allow_ahead(struct dns *, size_t most);

/* --- for checks ------------------------------------------------------ */

void dns_begin(struct dns *);
bool dns_settled(const struct dns *); /* no unknown answer since dns_begin */

/* The answer to (type, name), never NULL. */
const struct dns_answer *dns_ask(struct dns *, enum dns_type, str name);
/* Notes the question as a luxury, and does not lean on the answer. */
void dns_ask_ahead(struct dns *, enum dns_type, str name);

/* What is known, without asking; never NULL, and the run does not lean on it.
 */
const struct dns_answer *dns_known(struct dns *, enum dns_type, str name);
/* A copy of a name that lives as long as the store. */
str dns_keep(struct dns *, str name);

/*
 * The run leans on something else that is not here yet (the body, another
 * check): dns_settled() is false until the next dns_begin().
 */
void dns_lean(struct dns *);

/*
 * What the run since dns_begin() has asked for and not got.  Kept by a check
 * that is not settled, it tells whether another run can come to more.
 */
struct dns_missed {
	uint64_t question[(DNS_MAX_QUESTIONS + 63) / 64]; /* bits, by index */
	bool other;                                       /* dns_lean() */
};
struct dns_missed dns_missed(const struct dns *);
/* Is one of these questions answered by now? */
bool dns_moved(const struct dns *, const struct dns_missed *);

bool dns_failed(const struct dns_answer *);  /* trouble: SERVFAIL and on */
bool dns_void(const struct dns_answer *);    /* settled, and no records */
bool dns_missing(const struct dns_answer *); /* NXDOMAIN or BADNAME */

/* Can a query carry this name?  A final dot is allowed. */
bool dns_name_valid(str name);

/* Of the question; equal for names that differ in case only. */
uint32_t dns_question_hash(enum dns_type, str name);

str dns_type_word(enum dns_type);      /* "TXT" */
str dns_status_word(enum dns_status);  /* "NXDOMAIN", "timeout", ... */
enum dns_type dns_type_from(str word); /* 0 when unknown */

/* --- for whoever answers --------------------------------------------- */

/*
 * Takes each question from now on when it is asked, and may tell the answer at
 * once: then the check that asks goes on with it.
 */
typedef void dns_taker(void *arg, struct dns_question *);
void dns_give(struct dns *, dns_taker *, void *arg);

/* Hears of each answer, once it is told. */
typedef void dns_hearer(void *arg);
void dns_hear(struct dns *, dns_hearer *, void *arg);

/* A pointer for the use of who answers; NULL at first. */
void **dns_mark(struct dns *);

/* The next question that nobody has taken yet, or NULL; marks it sent. */
struct dns_question *dns_take(struct dns *);

/* Copies the answer into the store.  The first answer counts. */
void dns_tell(struct dns *, struct dns_question *, const struct dns_answer *);

/* Every question that is open, and every later one, is answered so. */
void dns_close(struct dns *, enum dns_status);

size_t dns_answered(const struct dns *); /* how many questions are */

/* All questions, in the order they were noted; *n is their number. */
struct dns_question *const *dns_questions(const struct dns *, size_t *n);

#endif
