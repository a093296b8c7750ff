/*
 * fuzz.h - what fuzz targets share.
 */
#ifndef MAILAUTH_FUZZ_H
#define MAILAUTH_FUZZ_H

#include "mailauth/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The oldest, or the newest, question without an answer; NULL when none. */
static inline struct dns_question *
open_question(struct dns *dns, bool newest)
{
	size_t n;
	struct dns_question *const *q = dns_questions(dns, &n);

	for (size_t i = 0; i < n; i++) {
		struct dns_question *at = q[newest ? n - 1 - i : i];
		if (at->answer->status == DNS_UNKNOWN)
			return at;
	}
	return NULL;
}

/* Up to the next line end; the input's first lines often are settings. */
static inline str
next_line(str *rest)
{
	str line = { "", 0 };

	str_split(rest, '\n', &line);
	return line;
}

#endif
