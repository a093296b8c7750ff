/*
 * aggregate.h - DMARC aggregate reports. (RFC 9990; before it RFC 7489
 * Appendix C, and what was written before that)
 *
 *	reader = aggregate_begin(&arena, &report);
 *	while (... more ...)
 *		if (!aggregate_feed(reader, chunk))
 *			break;
 *	if (!aggregate_end(&reader))
 *		... reader.error says why ...
 *
 * Whatever writers of reports are known to do is read; what was wrong is in
 * the notes.  The report and its strings live in the arena, all of them raw
 * bytes from a stranger.  An absent or empty element gives an absent str.
 */
#ifndef AGGREGATE_H
#define AGGREGATE_H

#include "mailauth/buf.h"
#include "mailauth/dmarc.h"
#include "mailauth/ip.h"
#include "mailauth/result.h"

enum {
	AGGREGATE_MEMORY = 48 << 20, /* of the arena; about 700,000 records */
	AGGREGATE_MAX_SIGNATURES = 100, /* of a record (RFC 9990 3.1.3) */
	AGGREGATE_MAX_REASONS = 16,     /* the same */
	AGGREGATE_MAX_NOTES = 16,
	AGGREGATE_MAX_TEXT = 4096, /* octets of one element's text */
	AGGREGATE_MAX_DEPTH = 32
};

/* What the receiver did with the mail, by its word. */
enum disposition {
	DISPOSITION_UNKNOWN,
	DISPOSITION_NONE,
	DISPOSITION_PASS, /* RFC 9990: passed under a policy */
	DISPOSITION_QUARANTINE,
	DISPOSITION_REJECT
};

/* Why that is not what the policy asked for; of both formats. */
enum override {
	OVERRIDE_UNKNOWN, /* another word */
	OVERRIDE_FORWARDED,
	OVERRIDE_SAMPLED_OUT,
	OVERRIDE_TRUSTED_FORWARDER,
	OVERRIDE_MAILING_LIST,
	OVERRIDE_LOCAL_POLICY,
	OVERRIDE_POLICY_TEST_MODE,
	OVERRIDE_OTHER,
	OVERRIDES
};

str disposition_name(enum disposition); /* "none"; "" when unknown */
str override_name(enum override);

struct aggregate_reason {
	enum override type;
	str word; /* as it was written */
	str comment;
};

/* A raw result: of DKIM, or of SPF. */
struct aggregate_check {
	str domain;
	str selector;       /* DKIM */
	str scope;          /* SPF: "mfrom", "helo" */
	enum result result; /* PENDING: absent, or a word nobody knows */
	str human;
};

struct aggregate_record {
	struct ip ip; /* family 0: no address, but `source` */
	str source;   /* else absent */
	uint64_t count;
	enum disposition disposition;
	enum result dkim, spf; /* aligned: PASS, FAIL; PENDING: not said */
	str header_from, envelope_from, envelope_to;
	const struct aggregate_reason *reason;
	size_t reasons;
	const struct aggregate_check *signature;
	size_t signatures;
	const struct aggregate_check *sender; /* SPF */
	size_t senders;
};

struct aggregate_policy {
	str domain; /* the policy domain */
	enum dmarc_policy p, sp, np;
	char adkim, aspf; /* 'r', 's'; 0: not said */
	int pct;          /* -1: not said */
	str fo, discovery_method;
	bool testing;
};

struct aggregate {
	str version, org, email, contact, id, generator, error;
	int64_t begin, end; /* Unix seconds; TIME_UNKNOWN */
	struct aggregate_policy policy;
	const struct records *kept; /* see records.h */
	size_t records;
	/* what was not as it should be, in words */
	str note[AGGREGATE_MAX_NOTES];
	size_t notes;
	bool cut; /* the text ended within the report: records may lack */
};

/* The i-th record, i < records. */
struct aggregate_record aggregate_get(const struct aggregate *, size_t i);

struct aggregate_reader;
struct aggregate_reader *aggregate_begin(struct arena *, struct aggregate *);
/* False: it will not be read any further. */
bool aggregate_feed(struct aggregate_reader *, str chunk);
/* False, and *why says so, when it is no report to be used. */
bool aggregate_end(struct aggregate_reader *, str *why);

/* Did it pass DMARC?  By what the receiver says of SPF and DKIM. */
static inline bool
aggregate_passes(const struct aggregate_record *r)
{
	return r->dkim == RESULT_PASS || r->spf == RESULT_PASS;
}

#endif
