/*
 * discover.h - which record speaks for the Author Domain?  Two methods.
 */
#ifndef MAILAUTH_DMARC_DISCOVER_H
#define MAILAUTH_DMARC_DISCOVER_H

#include "mailauth/dmarc.h"

struct dmarc_discovery {
	enum result result; /* PENDING: there is a record; else the verdict */
	str reason;
	struct dmarc_found used;
	str organizational; /* absent when the DNS failed before it was sure */
	str failed_name;    /* then, where */
	str discarded_name;
};

/* RFC 9989 4.10.1 */
struct dmarc_discovery dmarc_discover_treewalk(
	struct arena *, struct dns *, str author);
/* RFC 7489 6.6.3 */
struct dmarc_discovery dmarc_discover_psl(
	struct arena *, struct dns *, const struct suffix_list *, str author);

/*
 * The one record at _dmarc.<names[0]>; several are none, and counted in
 * `several`.  The answer is returned for its status.  Together with it those
 * of the first `ahead` names are asked for, to be fetched in this order.
 */
const struct dns_answer *dmarc_fetch(struct arena *, struct dns *,
	const str *names, size_t ahead, struct dmarc_found *, bool *several);

/* The two reasons that both methods have. */
str dmarc_reason_none(struct arena *, str author);
str dmarc_reason_failed(struct arena *, str name);

#endif
