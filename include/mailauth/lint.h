/*
 * lint.h - a record before it is published: what kind it is, what is wrong with
 * it, and how it should be.
 *
 *	struct lint_record r = { .name = name, .text = text };
 *	r.kind = lint_kind(name, text);
 *	struct lint l = lint_record(arena, &r);
 *
 * Nothing is asked: what is known of the DNS is what the records say that are
 * looked at together.  A record whose owner is not known gets a name in its
 * place, such as _dmarc.DOMAIN.
 */
#ifndef MAILAUTH_LINT_H
#define MAILAUTH_LINT_H

#include "mailauth/findings.h"

enum record_kind {
	RECORD_UNKNOWN,
	RECORD_SPF,
	RECORD_DKIM, /* the key */
	RECORD_DMARC,
	RECORD_STS,    /* MTA-STS, RFC 8461 3.1 */
	RECORD_TLSRPT, /* TLS-RPT, RFC 8460 3 */
	RECORD_BIMI,
	RECORD_KINDS
};

/* "DKIM key", for a person; "dkim", for a program. */
str record_kind_title(enum record_kind);
str record_kind_word(enum record_kind);
enum record_kind record_kind_from(str word); /* RECORD_UNKNOWN when none */

/* How a record stands in a master file, or in what dig prints. */
struct lint_line {
	size_t number; /* in its text, from 1 */
	str owner;     /* as written; absent: there is none */
	bool relative; /* it has no final dot, and the zone is not known */
	str type;      /* "TXT" */
	str target;    /* of a CNAME, as written */
	size_t strings, longest;
	bool unquoted; /* so that it does not say what it was meant to */
	str fault;     /* why it is no line of a master file; absent */
};

struct lint_record {
	enum record_kind kind;
	str name; /* of the owner, as in dns.h; empty when not known */
	str text; /* its strings, joined */
	size_t cuts;
	const uint32_t *cut;          /* the borders of its strings */
	const struct lint_line *line; /* NULL: the bare text */
};

struct lint {
	const struct finding *finding; /* the worst first */
	size_t n;
	size_t errors, warnings; /* of those without a cause */
	str corrected; /* the text as it should be; absent: as it is, or it
			  cannot be told */
	str zone;      /* that record for a master file; absent */
};

/*
 * The kind of a record, by the text it begins with, or by the name it is at.
 * RECORD_UNKNOWN when it is, and wants to be, none of ours.
 */
enum record_kind lint_kind(str name, str text);
/* The same of a record in its line, where a name alone says little of an A. */
enum record_kind lint_kind_of(const struct lint_record *);
/* By the text alone. */
enum record_kind lint_kind_of_text(str text);
/* By the name alone: one of those that are set aside for a kind. */
enum record_kind lint_kind_of_name(str name);

/* The name where receivers look for it; upper-case words for what is missing.
 */
str lint_name(struct arena *, enum record_kind, str domain);
/* The domain that a record at that name speaks for; empty when not known. */
str lint_domain(str name);

/* One record, alone. */
struct lint lint_record(struct arena *, const struct lint_record *);
/*
 * Several that will be published together, such as those of one file: how
 * often a name has one of a kind is looked at, too.
 */
void lint_records(
	struct arena *, const struct lint_record *, size_t n, struct lint *);

/*
 * A TXT record for a master file, in strings of at most 255 octets; absent
 * when the name needs escapes.
 */
str lint_zone_line(struct arena *, str name, str text);

#endif
