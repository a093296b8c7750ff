/*
 * published.h - what a domain publishes for mail, and what is wrong with it.
 *
 *	struct publishing *p = published_new(&setup);
 *	while (!published_step(p))
 *		... send dns_take(setup.dns), wait, dns_tell() ...
 *	published_get(p) ...
 *
 * All is allocated in setup.arena; setup.dns must have an arena of its own.
 * SPF is asked as for a client that nobody lists, so that all of its record is
 * looked at.  Every count is bounded: what is over a bound is left out, and
 * said to be.
 */
#ifndef MAILAUTH_PUBLISHED_H
#define MAILAUTH_PUBLISHED_H

#include "mailauth/findings.h"

enum {
	PUBLISHED_MAX_SELECTORS = 64,
	PUBLISHED_MAX_HOSTS = 10,     /* mail exchangers looked at */
	PUBLISHED_MAX_ADDRESSES = 8,  /* of one of them */
	PUBLISHED_MAX_NAMES = 10,     /* PTR names of an address */
	PUBLISHED_MAX_REPORTS = 20,   /* report addresses */
	PUBLISHED_MAX_RECORDS = 60,   /* of an SPF tree, as often as included */
	PUBLISHED_MAX_QUESTIONS = 240 /* asked before the answer is needed */
};

/* The worst is the last. */
enum published_state {
	PUBLISHED_UNASKED, /* nobody wanted to know */
	PUBLISHED_NONE,
	PUBLISHED_OK,
	PUBLISHED_WARNING,
	PUBLISHED_PROBLEM,
	PUBLISHED_UNKNOWN /* a temporary error of the DNS */
};
str published_state_word(enum published_state); /* "-", "none", "ok", ... */

/* The name of a key is <selector>._domainkey.<domain>. */
struct published_selector {
	str selector, domain; /* A-labels */
	bool guessed;         /* left out when it has no key */
};

/*
 * Those of the signatures of a message whose d= is the domain, or below it;
 * at most `most`, each once.  How many there are.
 */
size_t published_selectors(struct arena *, const struct message *, str domain,
	struct published_selector *, size_t most);
/* Selectors that many use; *n is their number. */
const str *published_common_selectors(size_t *n);

struct published_setup {
	struct arena *arena;
	struct dns *dns;
	const struct suffix_list *suffixes; /* may be NULL */
	str domain;                         /* A-labels, lower case */
	const struct published_selector *selector;
	size_t selectors; /* at most PUBLISHED_MAX_SELECTORS */
	bool ptr;         /* ask for the names of the MX hosts' addresses */
	bool from_zone;   /* the DNS is a master file */
};

/* --- mail exchangers ------------------------------------------------- */

struct published_address {
	struct ip ip;
	enum published_state ptr; /* OK: a name that leads back */
	str name;                 /* that name, or the first; absent */
};

struct published_host {
	enum published_state state;
	unsigned preference;
	str name;                          /* "" of a null MX */
	str alias;                         /* where CNAMEs lead; absent */
	struct published_address *address; /* IPv4 first, the lowest first */
	size_t addresses, left_out;
};

struct published_mx {
	enum published_state state;
	bool null;     /* takes no mail, and says so (RFC 7505) */
	bool implicit; /* no MX: the host is the domain (RFC 5321 5.1) */
	struct published_host *host; /* by preference, and by name */
	size_t hosts, left_out;
};

/* --- records --------------------------------------------------------- */

struct published_spf {
	enum published_state state;
	str record;         /* absent */
	size_t lookups;     /* of the whole tree; 10 are allowed */
	bool complete;      /* all of the tree was known */
	unsigned voids;     /* lookups with no answer, of 2 allowed */
	uint64_t addresses; /* IPv4 addresses named that pass */
	size_t networks;    /* of IPv6 that pass, none within another */
	str end;            /* "-all"; absent: none */
	str reason;         /* why it cannot be used; absent */
};

struct published_key {
	enum published_state state;
	str selector, domain, name;
	str record; /* the first; absent */
	str alias;  /* where CNAMEs lead; absent */
	size_t records;
	enum key_kind kind;
	unsigned bits; /* 0: not known */
	bool revoked, testing, works;
};

struct published_report {
	struct dmarc_report to;
	bool external; /* of another organization */
	str elsewhere; /* it agrees, for another host: this is void */
	enum published_state authorized; /* OK, WARNING: not; UNASKED */
	enum published_state mail;       /* OK, WARNING: takes none; UNASKED */
};

struct published_dmarc {
	enum published_state state;
	struct dmarc_verdict verdict; /* where, and which policy applies */
	struct dmarc_record record;   /* valid: there is one */
	struct published_report *report;
	size_t reports, left_out;
};

/* MTA-STS (RFC 8461), TLS-RPT (RFC 8460), BIMI */
struct published_text {
	enum published_state state;
	str name;
	str record; /* the first; absent */
	size_t records;
};

struct published {
	str domain;
	bool missing; /* there is no such name */
	enum published_state state;
	struct published_mx mx;
	struct published_spf spf;
	struct published_key *key; /* those that were guessed: when found */
	size_t keys, tried;        /* selectors asked for */
	struct published_dmarc dmarc;
	struct published_text sts, tlsrpt, bimi;
	const struct finding *finding; /* root causes first */
	size_t findings, left_out;     /* not listed: too many of a kind */
	size_t errors, warnings;       /* with those that are not listed */
};

struct publishing;
struct publishing *published_new(const struct published_setup *);
bool published_step(struct publishing *); /* true when nothing is open */
const struct published *published_get(const struct publishing *);

#endif
