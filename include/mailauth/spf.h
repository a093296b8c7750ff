/*
 * spf.h - Sender Policy Framework. (RFC 7208)
 */
#ifndef MAILAUTH_SPF_H
#define MAILAUTH_SPF_H

#include "mailauth/dns.h"
#include "mailauth/ip.h"
#include "mailauth/result.h"

enum {
	SPF_MAX_LOOKUPS = 10, /* RFC 7208 4.6.4 */
	SPF_MAX_LOCAL = 256,  /* octets: a whole path has no more (RFC 5321
				 4.5.3.1.3); longer local parts get none */
	SPF_MAX_VOIDS = 2,
	SPF_MAX_NAMES = 10,   /* of one mx; of one ptr or %{p} */
	SPF_MAX_STEPS = 1000, /* of the tree; what comes after is not listed */
	SPF_MAX_EXPLANATION = 4096 /* octets; longer ones are cut (6.2) */
};

enum spf_scope { SPF_SCOPE_UNKNOWN, SPF_MFROM, SPF_HELO };

/*
 * Who is asked about.  For SPF_MFROM with an empty sender the identity is
 * postmaster@helo (2.4); for SPF_HELO it always is.
 */
struct spf_query {
	enum spf_scope scope;
	struct ip ip; /* family 0: no client known, result none */
	str local;    /* of the sender; empty means postmaster */
	str domain;   /* of the sender, as given; empty: null sender */
	str helo;     /* absent when not known */
	str receiver; /* our name, for %{r}; absent: "unknown" */
	int64_t now;  /* for %{t} */
};

/*
 * One line of the evaluation tree: a record or a term, in the order looked
 * at.  A record's terms come after it with depth one more, the record that an
 * include or redirect led to one deeper still.  Mechanisms behind the one that
 * decided are there too, with evaluated false.  A redirect comes last, wherever
 * it stands in the record; other modifiers are left out.
 */
struct spf_step {
	unsigned depth;
	bool record;      /* text is the record found at `domain` */
	bool evaluated;   /* a term: it was looked at */
	bool matched;     /* a term: it decided what its record says */
	str domain;       /* record: where it was looked for; term: the target
			     after macro expansion, or absent */
	str text;         /* the record, or the term as published */
	str answer;       /* what the DNS said, for a person: "192.0.2.1",
			     "NXDOMAIN"; absent when it was not asked */
	unsigned cost;    /* a term: lookups it counts for itself, 0 or 1 */
	unsigned lookups; /* the count after this term */
	unsigned voids;
	enum result result; /* record: its result; term: pass/fail/... when it
			       matched, an error, else PENDING */
};

/* What kind of thing made a temperror or permerror. */
enum spf_error {
	SPF_ERROR_NONE,
	SPF_ERROR_SYNTAX,   /* of a record */
	SPF_ERROR_MULTIPLE, /* several SPF records at a name */
	SPF_ERROR_MISSING,  /* include or redirect to where no record is */
	SPF_ERROR_LOOKUPS,  /* over SPF_MAX_LOOKUPS */
	SPF_ERROR_VOIDS,    /* over SPF_MAX_VOIDS */
	SPF_ERROR_MX_NAMES, /* over SPF_MAX_NAMES */
	SPF_ERROR_DNS       /* a lookup failed: temperror */
};

struct spf_verdict {
	enum result result;
	enum spf_scope scope;
	str domain;       /* of the identity, A-labels, lower case */
	str mechanism;    /* the term that matched, as published in the record
			     of the domain or where it redirects; "default"
			     when none did; absent without record or result */
	str explanation;  /* the domain's text for a fail, raw bytes; absent */
	str reason;       /* one sentence without full stop, may hold raw bytes
			     of records: escape before printing */
	unsigned lookups; /* terms counted; SPF_MAX_LOOKUPS + 1: too many */
	unsigned voids;
	bool authentic; /* all TXT records used came with the AD bit */
	str record;     /* the record of the domain, absent when none */
	const struct spf_step *step;
	size_t steps;
	/*
	 * Where an error points: the name, its record, and the wrong span.
	 * The record is absent when the name itself is the trouble.
	 */
	enum spf_error error;
	str error_name, error_record;
	size_t error_at, error_n;
};

/*
 * Evaluates; allocates in the arena.  dns_begin() comes right before it; when
 * dns_settled() is false after it the verdict is RESULT_PENDING.
 */
struct spf_verdict spf_check(
	struct arena *, struct dns *, const struct spf_query *);

/* The Received-SPF field of RFC 7208 9.1, with its CRLF, folded. */
str spf_received_field(
	struct arena *, const struct spf_query *, const struct spf_verdict *);

/* --- parts, public for tests and lint -------------------------------- */

enum spf_mechanism {
	SPF_UNKNOWN,
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_REDIRECT,
	SPF_EXP,
	SPF_MODIFIER /* an unknown modifier, ignored */
};

struct spf_term {
	enum spf_mechanism kind;
	enum result qualifier;     /* PASS, FAIL, SOFTFAIL, NEUTRAL */
	str text;                  /* the whole term */
	str spec;                  /* domain-spec, or the value of an unknown
				      modifier; absent when none */
	struct ip net;             /* ip4, ip6 */
	unsigned prefix4, prefix6; /* 32 and 128 when not given */
};

struct spf_record {
	const struct spf_term *term; /* in order, modifiers among them */
	size_t n;
	const struct spf_term *redirect, *exp; /* NULL when absent */
	bool has_all;
	bool valid;
	str reason;               /* when not valid: what is wrong first */
	size_t error_at, error_n; /* the smallest wrong span of the text */
};

bool spf_is_record(str txt); /* RFC 7208 4.5 */
struct spf_record spf_record_parse(struct arena *, str txt);
/* The same, without reading again what is on the shelf. */
struct spf_record spf_record_recall(struct shelf *, struct arena *, str txt);

/* How the client's values read in macros. (7.2) */
struct spf_macros {
	const struct spf_query *query;
	str sender_local, sender_domain; /* substituted, A-labels */
	str domain;                      /* the current <domain> */
	str validated;                   /* of %{p} */
};
enum spf_macro_use {
	SPF_MACRO_DOMAIN, /* domain-spec: ends in ".toplabel" or a macro */
	SPF_MACRO_STRING, /* macro-string: of an unknown modifier */
	SPF_MACRO_EXP     /* explain-string: blanks, and c, r, t as well */
};
struct spf_fault {
	str what; /* a slice of s: the smallest wrong span */
	str why;  /* for a person, static */
};
bool spf_macro_valid(str s, enum spf_macro_use, struct spf_fault *);
bool spf_macro_uses(str s, char letter); /* lower-case letter, either case */
/*
 * Expands a string that is valid.  As a domain name the result is cut from
 * the left to 253 octets on a label border, and loses one final dot (7.3); it
 * may still be one that no query can carry.
 */
str spf_macro_expand(
	struct arena *, str s, enum spf_macro_use, const struct spf_macros *);

#endif
