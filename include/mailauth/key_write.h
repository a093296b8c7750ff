/*
 * key_write.h - a DKIM key record, written. (RFC 6376 3.6.1, RFC 8463 4)
 */
#ifndef MAILAUTH_KEY_WRITE_H
#define MAILAUTH_KEY_WRITE_H

#include "mailauth/crypto.h"

struct key_terms {
	bool testing;       /* t=y: a failure is to be taken for no signature */
	bool no_subdomains; /* t=s: i= has the domain of d= itself */
	bool mail_only;     /* s=email */
};

/*
 * The record's text; `data` is what p= holds, not yet in base64.
 *
 * v= and k= stand in any record, for readers with ideas of their own about
 * what is left out.  There is no h=: rsa-sha1 must not be accepted anyway (RFC
 * 8301 3.1).
 */
str key_write(struct arena *, enum key_kind, str data, struct key_terms);

/* Where it is: <selector>._domainkey.<domain>. */
str key_owner(struct arena *, str selector, str domain);

/* One or more labels of letters, digits, "-" and "_". */
bool key_is_selector(str);

#endif
