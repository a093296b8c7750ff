/*
 * recorded.h - what earlier hosts have recorded; for auth.c.
 */
#ifndef MAILAUTH_RECORDED_H
#define MAILAUTH_RECORDED_H

#include "mailauth/auth.h"

/* The Authentication-Results fields, at most AUTH_MAX_RECORDED; sets *n. */
struct auth_recorded *recorded_read(
	struct arena *, const struct message *, size_t *n);
/* Against a verdict that is settled. */
void recorded_compare(struct arena *, const struct auth_verdict *,
	const struct client *, struct auth_recorded *);

/* Is it the signature that the claim speaks of? (RFC 8601 2.7.1, RFC 6008) */
bool recorded_means(struct arena *, const struct authres_result *claim,
	const struct dkim_signer *);

#endif
