/*
 * findings.h - what is behind a result, whose fault it is, and what to change.
 *
 * A finding explains; it never changes a verdict.  What can be found is one
 * table, findings/catalogue.def: text, JSON, `mailauth explain` and the manual
 * page come from it.
 *
 *	struct findings *f = findings_new(&setup);
 *	while (!findings_step(f))
 *		... send dns_take(setup.auth->dns), wait, dns_tell() ...
 *	findings_list(f, &n)
 *
 * All is allocated in auth->arena.  Questions to the DNS are asked only when
 * a message has failed, at most FINDINGS_MAX_PROBES.
 */
#ifndef MAILAUTH_FINDINGS_H
#define MAILAUTH_FINDINGS_H

#include "mailauth/auth.h"

enum { FINDINGS_MAX = 100, FINDINGS_MAX_PROBES = 6, FINDINGS_SHOWN = 3 };

/*
 * An error is why it fails, or a record that cannot be used, or a hole; a
 * warning works now and breaks elsewhere; a note keeps the reader from a wrong
 * conclusion.
 */
enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

/*
 * Proven: a hash or a signature matches once the change is undone.  Seen: read
 * from the message or the DNS.  Likely: a fingerprint.
 */
enum basis { BASIS_SEEN, BASIS_PROVEN, BASIS_LIKELY };

str severity_word(enum severity);
str basis_word(enum basis);

/* --- the catalogue --------------------------------------------------- */

enum finding_code {
#define FINDING(id, code, severity, message, hint, about) FINDING_##id,
#include "mailauth/findings/catalogue.def"
#undef FINDING
	FINDINGS
};

struct finding_kind {
	str code; /* "spf-record-missing" */
	enum severity severity;
	str message; /* with {placeholders} */
	str hint;    /* the same; empty when there is nothing to do */
	str about;   /* what it means, in sentences, for the manual */
};

const struct finding_kind *finding_kind(enum finding_code);
enum finding_code finding_code_from(str code); /* FINDINGS when unknown */

/* --- findings -------------------------------------------------------- */

/* A line of a picture: "DKIM d=", "mailer.example", "another organization" */
struct finding_row {
	str label, value, remark;
};

struct finding {
	enum finding_code code;
	enum severity severity; /* may be lower than that of its kind */
	enum basis basis;
	str message, hint; /* placeholders replaced; raw bytes */
	size_t signature;  /* that it is about: 1 + index; 0: none */
	/* where it points: a TXT record, or a header field */
	bool in_header;
	str name; /* of the DNS, or of the header field; absent: nowhere */
	unsigned instance; /* of the header field, 1 = topmost */
	str text;          /* the record, or the field's value */
	size_t at, n;      /* the smallest wrong span of it; n 0: all */
	str label;         /* what to do there, in few words; may be absent */
	str corrected;     /* the whole record as it should be; absent */
	const struct finding_row *row;
	size_t rows;
	bool minor; /* true of a record, but no reason for this result */
	const struct finding *cause; /* a finding that explains this one */
};

struct findings_setup {
	const struct auth_setup *auth;
	/* NULL when only SPF was asked; spf and spf_helo are set then */
	const struct auth_verdict *v;
	const struct spf_verdict *spf, *spf_helo;
	const struct client_options *options; /* that client was found with */
	str body;       /* as it was read; absent when it was not kept */
	bool body_lost; /* it was too large to keep */
	bool from_zone; /* the DNS is a master file */
	bool from_pipe; /* of a file more would have been kept */
	bool published; /* no message: what a domain publishes */
};

struct findings;
struct findings *findings_new(const struct findings_setup *);
bool findings_step(struct findings *); /* true when nothing is open */
/*
 * Root causes first, and those that have a cause last.  At most FINDINGS_MAX,
 * and few of one code: many signatures must not crowd out the rest.
 */
const struct finding *findings_list(const struct findings *, size_t *n);
/* How many of them have no cause. */
size_t findings_roots(const struct findings *);

#endif
