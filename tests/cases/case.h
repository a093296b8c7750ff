/*
 * case.h - tests that are data.
 *
 * A case is a paragraph of lines, ended by a blank one.  Lines that begin with
 * '#' before its first directive are its title.  Directives that take one word
 * may share a line; a word with blanks is written in "quotation marks".
 *
 *	ip ADDR			the client
 *	from ADDR		the envelope sender; <> is the null sender
 *	helo NAME
 *	receiver NAME		our own name
 *	now UNIX		the clock
 *	dns NAME TYPE RDATA	a line of a master file; relative names are
 *				relative to the root
 *	dns NAME TYPE WORD	SERVFAIL, REFUSED, TIMEOUT, BROKEN,
 *				LIMIT, NXDOMAIN, NODATA, AD: net/zone.h
 *	header NAME: VALUE	a header field of the message, in order
 *	dkim DOMAIN RESULT	an identifier for DMARC
 *	psl LINE		of a public suffix list
 *	set KEY VALUE		for what else a program needs
 *	want KEY=VALUE ...	what the verdict must say; VALUE|VALUE: one
 *				of them; KEY~VALUE: contains it
 *
 * In header fields, and in the words of from, helo and receiver, \r \n \t \0
 * \xNN \\ and \" are understood.  A paragraph whose first directive is
 * `defaults` is no case: its directives apply to all cases after it, up to the
 * next such paragraph.
 *
 * Each case is run three ways: with all answers known, with one more answer at
 * a time in the order they were asked for, and in the reverse order.  The
 * three must give the same text.
 */
#ifndef MAILAUTH_CASE_H
#define MAILAUTH_CASE_H

#include "mailauth/buf.h"
#include "mailauth/dns.h"
#include "mailauth/ip.h"
#include "mailauth/result.h"

enum { CASE_MAX = 256 }; /* headers, identifiers, settings, wants each */

struct case_pair {
	str key, value;
	bool contains; /* of a want: KEY~VALUE */
};

struct case_dkim {
	str domain;
	enum result result;
};

struct test_case {
	const char *file;
	size_t line; /* of its first directive */
	str title;
	struct ip ip;   /* family 0 when not given */
	bool has_from;  /* also the null sender */
	str from;       /* as given, without angle brackets */
	str from_local; /* before the last '@' */
	str from_domain;
	str helo, receiver; /* absent when not given */
	int64_t now;
	str zone;    /* a master file of all its dns lines */
	str headers; /* a header section, lines ended by CRLF */
	size_t header_fields;
	str body; /* made by a preparation */
	struct case_dkim dkim[CASE_MAX];
	size_t n_dkim;
	str psl; /* a suffix list; empty when not given */
	struct case_pair set[CASE_MAX];
	size_t n_set;
	struct case_pair want[CASE_MAX];
	size_t n_want;
};

/* The value of the last `set KEY`, or an absent slice. */
str case_setting(const struct test_case *, str key);

/*
 * One pass of the check.  Memory of the arena is given back after the pass.
 * When it settles it says true, having called case_say() for each key.  A key
 * without value is said to be "".
 */
typedef bool (*case_pass)(struct arena *, struct dns *,
	const struct test_case *, struct buf *out);

void case_say(struct buf *out, str key, str value);
void case_say_uint(struct buf *out, str key, uint64_t value);

/*
 * What a program does to a case once, before its passes: it may rewrite zone,
 * headers and body.  Returns why it cannot, or an absent slice.
 */
typedef str (*case_prepare)(struct arena *, struct test_case *);

/*
 * Runs all cases of the files named; prints what failed, then one line "N
 * passed, N failed".  With -v also what each case says.  Returns the exit
 * status.  A program without preparation gives NULL.
 */
int case_main(int argc, char **argv, case_prepare, case_pass);

#endif
