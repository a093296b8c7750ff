/*
 * failure.h - failure reports: one message that did not pass. (RFC 9991, 6591,
 * in the form of RFC 5965)
 *
 * Whatever writers of reports are known to do is read; what was wrong is in
 * the notes.  The report and its strings live in the arena: raw bytes from a
 * stranger, unfolded, each of FAILURE_MAX_VALUE at most.  An absent field gives
 * an absent str.
 */
#ifndef FAILURE_H
#define FAILURE_H

#include "mailauth/arena.h"
#include "mailauth/ip.h"

enum {
	FAILURE_MAX_TEXT = 256 << 10, /* octets of each part that are read */
	FAILURE_MAX_VALUE = 4096,
	FAILURE_MAX_VALUES = 16, /* of a field that may be repeated */
	FAILURE_MAX_NOTES = 16
};

/* A field that may be repeated: its values in their order. */
struct failure_values {
	const str *value;
	size_t n;
};

struct failure {
	str type;    /* Feedback-Type: "auth-failure", "abuse", ... */
	str failed;  /* Auth-Failure: "dmarc", "spf", "signature", ... */
	str aligned; /* Identity-Alignment: what failed to give a pass */
	str result;  /* Delivery-Result */
	str reporter, user_agent, version; /* Reporting-MTA, without type */
	int64_t arrival;                   /* TIME_UNKNOWN: not said */
	struct ip ip;                      /* Source-IP; of family 0 if none */
	str source;                        /* ... as it was written */
	uint64_t incidents;                /* 1 when not said */
	str mail_from; /* without brackets; empty for the null sender */
	struct failure_values rcpt_to;
	str envelope_id, domain;              /* Reported-Domain, the first */
	struct failure_values authentication; /* Authentication-Results */
	str dkim_domain, dkim_identity, dkim_selector;
	struct failure_values spf_dns; /* `txt:example.org:"v=spf1 ..."` */
	/* of the message itself, as far as it came along */
	str from, subject, message_id, date;
	str header_from; /* domain of its From, A-labels */
	str note[FAILURE_MAX_NOTES];
	size_t notes;
};

/*
 * From the second part of the mail, its fields, and the third: the message or
 * its header section, which may be absent.  False when the first is no
 * feedback report; then *why says so.
 */
bool failure_read(
	struct arena *, str report, str message, struct failure *, str *why);

/* Is the word one of those of Auth-Failure, or of Identity-Alignment? */
bool failure_has(str words, str word);

#endif
