/*
 * trial.h - a signature over header fields put to the keys that were found.
 */
#ifndef MAILAUTH_TRIAL_H
#define MAILAUTH_TRIAL_H

#include "dkim/signer.h"

struct trial {
	enum result result; /* PASS, FAIL, or what the key is to blame for */
	str reason;
	unsigned key_bits;
	bool other_digest; /* right key, other bytes */
	struct digest recovered;
	bool testing, weak_key;
	str key_record;
};

/*
 * `below`: i= is below d=, which t=s forbids.  The digest is that of the
 * header fields.  Of several key records those that are no keys are dropped,
 * and the others tried in order. (RFC 6376 6.1.2)
 */
struct trial key_trial(struct arena *, struct crypto *,
	const struct dns_answer *, const struct dkim_signer *, bool below,
	struct digest);

/* What an answer without a key makes of the signature; PENDING: try it. */
struct trial key_answer_trial(
	struct arena *, const struct dns_answer *, str key_name);

#endif
