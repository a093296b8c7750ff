/*
 * result.h - the result words of RFC 8601 2.7.
 */
#ifndef MAILAUTH_RESULT_H
#define MAILAUTH_RESULT_H

#include "mailauth/str.h"

enum result {
	RESULT_PENDING, /* no verdict: an answer is missing */
	RESULT_NONE,
	RESULT_PASS,
	RESULT_FAIL,
	RESULT_SOFTFAIL, /* SPF only */
	RESULT_NEUTRAL,
	RESULT_POLICY, /* DKIM only: sound, but not acceptable */
	RESULT_TEMPERROR,
	RESULT_PERMERROR
};

str result_word(enum result); /* "pass", ...; "pending" */

#endif
