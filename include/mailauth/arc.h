/*
 * arc.h - validating Authenticated Received Chains. (RFC 8617)
 */
#ifndef MAILAUTH_ARC_H
#define MAILAUTH_ARC_H

#include "mailauth/authres.h"
#include "mailauth/dkim.h"

enum { ARC_MAX_SETS = 50 };

/* An ARC-Seal, read; signer.reason is absent when it can be verified. */
struct arc_seal {
	const struct field *field;
	struct taglist tags;
	struct dkim_signer signer;
	str cv; /* "none", "pass", "fail" in lower case, or as it stands */
};

struct arc_set {
	unsigned instance;
	const struct field *results; /* ARC-Authentication-Results */
	str claims;                  /* its value after i=N; */
	struct authres saw;          /* the claims, read */
	struct dkim_signature message_signature;
	struct arc_seal seal;
};

/* What kind of structural rule is violated. */
enum arc_fault {
	ARC_FAULT_NONE,
	ARC_FAULT_MANY, /* more than ARC_MAX_SETS */
	ARC_FAULT_SETS, /* a set without one of its fields, or with two */
	ARC_FAULT_TAGS,
	ARC_FAULT_CV, /* a cv= that its set must not have */
	ARC_FAULT_CV_FAIL
};

struct arc_facts {
	struct arc_set *set; /* by instance, 1..n */
	size_t n;
	bool present; /* any ARC field */
	str broken;   /* the structural rule that is violated (5.2 step 1-3),
			 naming set and rule; absent when sound */
	enum arc_fault fault;
	unsigned fault_set; /* the instance; 0 when it is not in one */
	bool cv_fail;       /* newest seal says cv=fail (5.2 step 2) */
	/* to be set before the check: only the newest message signature is
	   verified, since the older ones are OPTIONAL (5.2 step 5) */
	bool newest_only;
};

struct arc_facts arc_facts(
	struct arena *, const struct message *, struct body_hashes *);

struct arc_set_verdict {
	enum result seal, message_signature; /* PASS, FAIL, NONE: not tried */
	str reason;                          /* absent when both pass */
	struct dkim_verdict ams;
};

struct arc_verdict {
	enum result result; /* NONE, PASS, FAIL */
	str reason;         /* names set and rule; absent for pass and none */
	unsigned
		oldest_pass; /* RFC 8617 5.2: 0 when all pass that were tried */
	const struct arc_set_verdict *set; /* facts->n of them */
	bool by_dns; /* fail because a key could not be fetched */
};

struct arc_verdict arc_check(struct arena *, struct dns *, struct crypto *,
	const struct message *, const struct arc_facts *,
	const struct body_hashes *, int64_t now);

#endif
