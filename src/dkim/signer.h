/*
 * signer.h - reads what all signatures have in common.
 *
 * Readers go on after the first thing that is wrong, so that a person is told
 * as much as can be known; `result` and `reason` are those of the first.
 */
#ifndef MAILAUTH_SIGNER_H
#define MAILAUTH_SIGNER_H

#include "mailauth/dkim.h"

/* `tag` is to blame; absent: the list. */
void signer_refuse(struct dkim_signer *, enum result, str tag, str reason);
/* "c=`foo` is not known": the value is made printable, and cut short. */
void signer_refuse_value(struct dkim_signer *, struct arena *, enum result,
	str name, str value, str what);

/* The error of the whole list, when it has one. */
void signer_check_list(
	struct dkim_signer *, struct arena *, const struct taglist *);
/* The value of a tag that must be there; absent, and refused, if it is not. */
str signer_require(
	struct dkim_signer *, struct arena *, const struct taglist *, str name);
str signer_base64(
	struct dkim_signer *, struct arena *, const struct taglist *, str name);
/*
 * The name in d=, s= or i=, as A-labels; U-labels are for EAI messages.
 * (RFC 6376 3.5, RFC 8616 5)
 */
bool signer_name(struct arena *, str value, str *ascii);
/* a=, d=, s= and b=. */
void signer_read(struct dkim_signer *, struct arena *, const struct taglist *);

/* <s>._domainkey.<d>, or absent. (RFC 6376 3.6.2.1) */
str signer_key_name(const struct dkim_signer *, struct arena *);

/* Is this a key at all, or something else that was published there? */
bool dkim_key_is_record(const struct dkim_key *);

/* Walks a list that is separated by colons, with FWS around them. */
static inline bool
colon_split(str *rest, str *item)
{
	if (!str_split(rest, ':', item))
		return false;
	if (item->n > 0 && (is_fws(item->p[0]) || is_fws(item->p[item->n - 1])))
		*item = str_trim_fws(*item);
	return true;
}
size_t colon_count(str list);            /* of the items */
bool colon_contains(str list, str item); /* as it stands */

#endif
