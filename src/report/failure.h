/*
 * failure.h - failure reports: one message that did not pass. (RFC 9991, 6591,
 * in the form of RFC 5965)
 *
 * The strings are slices of what was given: raw bytes from a stranger.
 */
#ifndef FAILURE_H
#define FAILURE_H

#include "mailauth/arena.h"
#include "mailauth/ip.h"

enum { FAILURE_MAX_NOTES = 8, FAILURE_MAX_TEXT = 256 << 10 };

struct failure {
	str type;    /* Feedback-Type: "auth-failure", "abuse", ... */
	str failed;  /* Auth-Failure: "dmarc", "spf", "signature", ... */
	str aligned; /* Identity-Alignment: what failed to give a pass */
	str result;  /* Delivery-Result */
	str reporter, user_agent, version; /* Reporting-MTA, without type */
	int64_t arrival;                   /* TIME_UNKNOWN: not said */
	struct ip ip;                      /* Source-IP */
	uint64_t incidents;                /* 1 when not said */
	str mail_from, rcpt_to, envelope_id, domain; /* Reported-Domain */
	str authentication; /* Authentication-Results */
	str dkim_domain, dkim_identity, dkim_selector, spf_dns;
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

#endif
