/*
 * fuzz.h - what fuzz targets share.
 */
#ifndef MAILAUTH_FUZZ_H
#define MAILAUTH_FUZZ_H

#include "mailauth/dns.h"

#include <assert.h>

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

/* No byte of a text leaves the table, nor commands the terminal. */
static inline void
check_printed(str text, size_t width)
{
	for (size_t i = 0, column = 0; i < text.n; i++) {
		char c = text.p[i];
		assert(c == '\n' || (c >= 0x20 && c < 0x7f));
		column = c == '\n' ? 0 : column + 1;
		assert(column <= width);
	}
}

#endif
