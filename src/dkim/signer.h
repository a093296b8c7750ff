/*
 * signer.h - what DKIM-Signature, ARC-Message-Signature and ARC-Seal have in
 * common: who signed, how, and the signature itself.
 *
 * Readers go on after the first thing that is wrong, so that a person is told
 * as much as can be known; `result` and `reason` are those of the first.
 */
#ifndef MAILAUTH_SIGNER_H
#define MAILAUTH_SIGNER_H

#include "mailauth/dkim.h"

struct signer {
	enum result result; /* PENDING: nothing is wrong so far */
	str reason;
	enum key_kind key_kind;
	enum digest_kind digest;
	str algorithm, domain, domain_ascii, selector, selector_ascii;
	str signature, b_area;
};

void signer_refuse(struct signer *, enum result, str reason);
/* "c=`foo` is not known": the value is made printable, and cut short. */
void signer_refuse_value(struct signer *, struct arena *, enum result, str name,
	str value, str what);

/* The error of the whole list, when it has one. */
void signer_check_list(struct signer *, struct arena *, const struct taglist *);
/* The value of a tag that must be there; absent, and refused, if it is not. */
str signer_require(
	struct signer *, struct arena *, const struct taglist *, str name);
str signer_base64(
	struct signer *, struct arena *, const struct taglist *, str name);
/* a=, d=, s= and b=. */
void signer_read(struct signer *, struct arena *, const struct taglist *);

/* <s>._domainkey.<d>, or absent. (RFC 6376 3.6.2.1) */
str signer_key_name(const struct signer *, struct arena *);
struct signer signer_of(const struct dkim_signature *);

/* Is this a key at all, or something else that was published there? */
bool dkim_key_is_record(const struct dkim_key *);

/* Walks a list that is separated by colons, with FWS around them. */
bool colon_split(str *rest, str *item);
bool colon_contains(str list, str item); /* as it stands */

#endif
