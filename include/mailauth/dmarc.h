/*
 * dmarc.h - Domain-based Message Authentication, Reporting and Conformance.
 * (RFC 9989; beside it RFC 7489)
 */
#ifndef MAILAUTH_DMARC_H
#define MAILAUTH_DMARC_H

#include "mailauth/address.h"
#include "mailauth/dns.h"
#include "mailauth/domain.h"
#include "mailauth/message.h"
#include "mailauth/result.h"

enum {
	DMARC_MAX_QUERIES = 8,      /* of one walk (RFC 9989 4.10) */
	DMARC_MAX_IDENTIFIERS = 10, /* DKIM domains that may get a walk */
	DMARC_MAX_AUTHORS = 4       /* Author Domains looked at (11.5) */
};

enum dmarc_method { DMARC_METHOD_UNKNOWN, DMARC_TREEWALK, DMARC_PSL };
enum dmarc_policy {
	DMARC_POLICY_UNKNOWN, /* absent or invalid */
	DMARC_NONE,
	DMARC_QUARANTINE,
	DMARC_REJECT
};
str dmarc_policy_word(enum dmarc_policy); /* "" when unknown */

/* --- the record (RFC 9989 4.7, 4.8) ---------------------------------- */

struct dmarc_record {
	bool valid; /* it begins with v=DMARC1; all else may be wrong */
	str text;
	enum dmarc_policy p, sp, np; /* UNKNOWN when absent or invalid */
	bool p_invalid, sp_invalid, np_invalid; /* present, no policy */
	bool strict_dkim, strict_spf;           /* adkim=s, aspf=s */
	bool testing;                           /* t=y */
	char psd;                               /* 'y', 'n', 'u' */
	bool has_rua; /* at least one valid URI in rua */
	unsigned pct; /* RFC 7489 only; 100 when absent */
};

bool dmarc_is_record(str txt);
struct dmarc_record dmarc_record_parse(struct arena *, str txt);
/* The same, without reading again what is on the shelf. */
struct dmarc_record dmarc_record_recall(
	struct shelf *, struct arena *, str txt);

/* Where a record wants its reports. (RFC 9989 4.7: rua, ruf) */
struct dmarc_report {
	str uri;      /* as it stands, without a size limit */
	str domain;   /* of a mailto: address, A-labels; else absent */
	bool failure; /* ruf */
};
/* Those that can be used, in order, at most `most`; how many there would be. */
size_t dmarc_report_addresses(
	struct arena *, str record, struct dmarc_report *, size_t most);

/* --- the Author Domain (RFC 9989 4.2, 5.3.1, 11.5) ------------------- */

struct dmarc_author {
	size_t fields;            /* From fields, also behind a bare CR */
	struct address_list list; /* of the topmost */
	str domain;               /* A-labels; absent when there is none */
	str display_address;      /* the address shown: text of the first */
	enum result result;       /* PENDING: go on; else NONE, PERMERROR */
	str reason;               /* with a result */
	const str *domains;       /* the distinct ones */
	size_t n_domains;
};

struct dmarc_author dmarc_author(struct arena *, const struct message *);

/* --- the tree walk (RFC 9989 4.10) ----------------------------------- */

struct dmarc_found {
	str name; /* of the domain, without _dmarc. */
	struct dmarc_record record;
	bool authentic;
};

struct dmarc_walk {
	struct dmarc_found found[DMARC_MAX_QUERIES]; /* longest name first */
	size_t n;
	str organizational; /* 4.10.2 */
	bool failed;        /* a query on the way failed: temperror */
	str failed_name;
	size_t discarded; /* names with several records */
	str discarded_name;
};

struct dmarc_walk dmarc_walk(struct arena *, struct dns *, str start);

/* --- the check ------------------------------------------------------- */

struct dmarc_identifier {
	str domain; /* A-labels, lower case; may be absent while PENDING */
	enum result result;
};

struct dmarc_input {
	const struct dmarc_author *author;
	struct dmarc_identifier spf;         /* MAIL FROM scope only */
	const struct dmarc_identifier *dkim; /* d= of each signature */
	size_t n_dkim;
	const struct suffix_list *suffixes; /* DMARC_PSL; may be NULL */
};

struct dmarc_verdict {
	enum result result;
	str reason;
	str domain;         /* Author Domain */
	str policy_domain;  /* where the record was found; absent */
	str organizational; /* of the Author Domain; absent without record */
	enum dmarc_policy policy;      /* that applies: p, sp or np */
	str policy_tag;                /* "p", "sp", "np" */
	enum dmarc_policy disposition; /* after t= (pct=0), when fail */
	bool testing;
	enum dmarc_method method;
	str record; /* text; absent */
	bool authentic;
	bool spf_aligned;         /* passes, and is aligned */
	const bool *dkim_aligned; /* the same; n_dkim of them */
	bool strict_spf, strict_dkim;
	bool author_missing; /* NXDOMAIN of the Author Domain was seen */
	str discarded_name;  /* a name with several records; absent */
};

/*
 * A pending identifier that may align makes it pending, even beside an aligned
 * pass, since spf_aligned and dkim_aligned are part of the verdict.  One that
 * cannot align (no record, another tree, strict mode) does not.  Its own
 * questions are asked all the same.  RESULT_PENDING when dns_settled() is false
 * after the call.
 *
 * With temperror, `organizational` may be absent: the walk was cut short.
 */
struct dmarc_verdict dmarc_check(struct arena *, struct dns *,
	const struct dmarc_input *, enum dmarc_method);

#endif
