/*
 * dkim.h - verifying DKIM signatures. (RFC 6376, 8301, 8463, 8616)
 *
 * Facts first, verdicts later: dkim_facts() reads all signatures of a message
 * once and says which body hashes are wanted.  While they are computed, and
 * keys arrive, dkim_check() may be called on each signature again and again;
 * it hashes and verifies in the one run that settles.
 */
#ifndef MAILAUTH_DKIM_H
#define MAILAUTH_DKIM_H

#include "mailauth/canon.h"
#include "mailauth/crypto.h"
#include "mailauth/dns.h"
#include "mailauth/result.h"
#include "mailauth/taglist.h"

enum {
	DKIM_MAX_KEYS = 4,        /* tried of several at one name (3.6.2.2) */
	DKIM_MAX_SIGNATURES = 50, /* verified; all are listed */
	DKIM_CLOCK_SKEW = 300     /* seconds, for x= and t= */
};

/* --- body hashes ----------------------------------------------------- */

/*
 * The digests of a body: one for each distinct (canonicalization, digest, l=),
 * however many signatures and ARC sets want it.  The caller frees it, since
 * it holds OpenSSL contexts.
 */
struct body_hashes;
#define BODY_WHOLE UINT64_MAX
enum { BODY_MAX_HASHES = 128 };

struct body_hash {
	struct digest digest;
	uint64_t hashed; /* canonical octets that went in */
	uint64_t total;  /* canonical octets of the whole body */
};

struct body_hashes *body_hashes_new(struct arena *, struct crypto *);
void body_hashes_free(struct body_hashes *);
/* The index of the hash; SIZE_MAX when there are BODY_MAX_HASHES already. */
size_t body_hashes_want(
	struct body_hashes *, enum canon, enum digest_kind, uint64_t length);
void body_hashes_feed(struct body_hashes *, str chunk);
/*
 * A chunk that the body has or has not: an mbox file quotes a line "From " by
 * a ">" that may also be the author's.  From the first one on there are two
 * readings, without all of these chunks and with all of them.
 */
void body_hashes_maybe(struct body_hashes *, str chunk);
void body_hashes_end(struct body_hashes *);
/* NULL before body_hashes_end(). */
const struct body_hash *body_hashes_get(const struct body_hashes *, size_t);
/* The same of the second reading; NULL when there is only one. */
const struct body_hash *body_hashes_second(const struct body_hashes *, size_t);

/* --- signatures ------------------------------------------------------ */

/*
 * What DKIM-Signature, ARC-Message-Signature and ARC-Seal have in common: who
 * signed, how, and the signature itself.  `result` is PENDING when it can be
 * verified; otherwise the verdict stands already, with its reason.
 */
struct dkim_signer {
	enum result result;
	str reason;
	str bad_tag;            /* to blame for it; absent: the whole list */
	enum key_kind key_kind; /* of a= */
	enum digest_kind digest;
	str algorithm;    /* a= in lower case */
	str domain;       /* d= as it stands */
	str domain_ascii; /* A-labels, lower case */
	str selector;     /* s= as it stands */
	str selector_ascii;
	str signature; /* b= decoded */
	str b_area;    /* the bytes of b= in field->raw to be emptied */
};

/* A DKIM-Signature or ARC-Message-Signature, read. */
struct dkim_signature {
	const struct field *field;
	size_t index; /* of the field in the message */
	bool arc;     /* ARC-Message-Signature: i= is an instance */
	struct taglist tags;
	struct dkim_signer signer;
	enum canon header_canon, body_canon;
	str identity;          /* i=, quoted-printable undone; absent: @d */
	str headers;           /* h= as it stands */
	str body_hash;         /* bh= decoded */
	uint64_t length;       /* l=, or BODY_WHOLE */
	int64_t time, expires; /* t=, x=, or TIME_UNKNOWN */
	size_t hash;           /* index into the body hashes, or SIZE_MAX */
};

struct dkim_signature dkim_signature_parse(
	struct arena *, const struct message *, size_t field_index, bool arc);

/* b= as it stands but without folding, at most n octets of it. (RFC 6008) */
str dkim_signature_text(struct arena *, const struct dkim_signer *, size_t n);

struct dkim_facts {
	struct dkim_signature *signature; /* in message order, top first */
	size_t n;
	bool dkim2; /* DKIM2-Signature or Message-Instance is present */
};

/*
 * Reads every DKIM-Signature.  At most DKIM_MAX_SIGNATURES are to be verified,
 * those whose d= shares the tree of `author` (may be absent) first, then from
 * the top; the others are listed with result policy.
 */
struct dkim_facts dkim_facts(struct arena *, const struct message *, str author,
	struct body_hashes *);

/* --- keys ------------------------------------------------------------ */

struct dkim_key {
	str record;
	struct taglist tags;
	bool usable;        /* may be tried; otherwise `reason` says why not */
	enum result result; /* what an unusable key makes of a signature */
	str reason;
	enum key_kind kind;            /* of k= */
	str data;                      /* p= decoded */
	bool revoked, testing, strict; /* p= empty, t=y, t=s */
};

struct dkim_key dkim_key_parse(struct arena *, str record);
/* The same, which the struct crypto may know from an earlier message. */
struct dkim_key dkim_key_recall(struct crypto *, struct arena *, str record);

/* --- verdicts -------------------------------------------------------- */

struct dkim_verdict {
	enum result result;
	str reason; /* plain, for a person; absent for pass */
	const struct dkim_signature *signature;
	unsigned key_bits;                  /* 0 when no key */
	enum result body_hash, header_hash; /* PASS, FAIL; NONE: not tried */
	bool other_digest; /* RSA: right key, changed headers */
	struct digest recovered;
	bool testing;            /* key has t=y */
	bool weak_key;           /* RSA under 2048 bits */
	bool expired;            /* x= is over at `now` */
	bool authentic;          /* key came with the AD bit */
	uint64_t unsigned_bytes; /* canonical octets after l= */
	uint64_t body_octets;    /* canonical octets of the whole body */
	str key_name;   /* <s>._domainkey.<d>, absent when it cannot be */
	str key_record; /* the record used or refused, absent when none */
	size_t key_records;
	enum dns_status key_status;
	/* what the signature leaves open */
	bool from_unsigned;
	const str
		*unsigned_copies; /* names that occur more often than signed */
	size_t n_unsigned_copies;
};

/*
 * One signature.  RESULT_PENDING when dns_settled() is false after the call,
 * or the body hashes are not there yet.
 */
struct dkim_verdict dkim_check(struct arena *, struct dns *, struct crypto *,
	const struct message *, const struct dkim_signature *,
	const struct body_hashes *, int64_t now);

#endif
