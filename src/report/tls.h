/*
 * tls.h - SMTP TLS reports, which MTA-STS and DANE bring. (RFC 8460)
 *
 * Whatever writers of reports are known to do is read; what was wrong is in
 * the notes.  The report and its strings live in the arena: raw bytes from a
 * stranger, each of TLS_MAX_VALUE at most.  What is absent or of another type
 * gives an absent str.
 */
#ifndef TLS_H
#define TLS_H

#include "mailauth/arena.h"

enum {
	TLS_MAX_TEXT = 4 << 20, /* octets of JSON */
	TLS_MAX_VALUE = 4096,
	TLS_MAX_POLICIES = 1000,
	TLS_MAX_FAILURES = 10000, /* of all policies */
	TLS_MAX_LINES = 100,      /* of a policy-string, or of mx-host */
	TLS_MAX_NOTES = 16
};

struct tls_failure {
	str type; /* "certificate-expired", ... (4.3), as it was written */
	str sending_ip, receiving_host, receiving_helo, receiving_ip;
	uint64_t sessions;
	str information, reason; /* a URI, and the sender's own words */
};

struct tls_policy {
	str type; /* "tlsa", "sts", "no-policy-found", as it was written */
	str domain;
	const str *line, *mx; /* policy-string, mx-host */
	size_t lines, mxs;
	/* sessions; without a summary as many failed as the failures have */
	uint64_t successful, failed;
	const struct tls_failure *failure;
	size_t failures;
};

struct tls_report {
	str org, contact, id;
	int64_t begin, end; /* Unix seconds; TIME_UNKNOWN */
	const struct tls_policy *policy;
	size_t policies;
	str note[TLS_MAX_NOTES];
	size_t notes;
};

/* False when it is no such report; then *why says so. */
bool tls_read(struct arena *, str json, struct tls_report *, str *why);

#endif
