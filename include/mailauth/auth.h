/*
 * auth.h - the examination of one message: which checks, in which order,
 * until all are settled.
 *
 *	head_begin(&reader, &arena, 0);          message.h
 *	while (reader.state == HEAD_MORE && ... read a chunk ...)
 *		used = head_feed(&reader, chunk);
 *	head_end(&reader);
 *	if (reader.state != HEAD_DONE)
 *		... no mail: head_kind() ...
 *
 *	setup.message = message_parse(&arena, &reader);
 *	setup.client = client_find(&arena, setup.message, &options);
 *	setup.dns = dns_new(&names); ...         dns.h, crypto.h
 *	struct auth *a = auth_new(&setup);
 *	auth_step(a);                            questions leave for the DNS
 *	auth_body(a, reader.rest);               a line that was no field
 *	auth_body(a, ... what head_feed() left of its last chunk ...);
 *	while (... read a chunk ...)             the body flows through
 *		auth_body(a, chunk);
 *	auth_body_end(a);
 *	while (!auth_step(a))
 *		... send dns_take(setup.dns), wait, dns_tell() ...
 *	auth_verdict(a) ...
 *	auth_free(a);
 *
 * Everything is allocated in setup.arena, also the header section, of which
 * the verdict has slices; setup.dns must have an arena of its own.  A question
 * that nobody answers keeps auth_step() false: dns_close() ends the waiting.
 * Of setup, suffixes, sealers, client and receiver may be zero.
 */
#ifndef MAILAUTH_AUTH_H
#define MAILAUTH_AUTH_H

#include "mailauth/arc.h"
#include "mailauth/dkim.h"
#include "mailauth/dmarc.h"
#include "mailauth/received.h"
#include "mailauth/spf.h"

struct auth_setup {
	struct arena *arena;
	struct dns *dns;
	struct crypto *crypto;
	const struct message *message;
	const struct suffix_list *suffixes; /* may be NULL: no RFC 7489 */
	enum dmarc_method method;           /* of the verdict */
	struct client client;
	const str *sealer; /* whose ARC seals to believe: A-labels */
	size_t sealers;
	str receiver; /* our name */
	int64_t now;
	bool newest_only; /* of a chain's message signatures: see arc.h */
};

/*
 * Could a receiver that believes the named sealers let the message pass
 * although DMARC fails?  Local policy; never part of the result. (RFC 8617
 * 7.2.1)
 */
struct auth_override {
	bool asked; /* sealers were named */
	bool justified;
	str reason;
};

enum { AUTH_MAX_RECORDED = 50 };

/*
 * What an Authentication-Results field says, and in which methods it differs
 * from what we see: SPF only when it speaks of the client that we ask about,
 * DKIM in whether the signature meant passes.  It is a claim: anybody can write
 * such a field. (RFC 8601 7.1)
 */
struct auth_recorded {
	const struct field *field;
	struct authres saw;
	unsigned hop; /* the Received line of the host, 1 = newest */
	bool spf_differs, dkim_differs, arc_differs, dmarc_differs;
};

struct auth_verdict {
	enum result result; /* dmarc.result */
	struct spf_verdict spf, spf_helo;
	struct dkim_facts dkim_facts;
	const struct dkim_verdict *dkim; /* dkim_facts.n of them */
	struct arc_facts arc_facts;
	struct arc_verdict arc;
	struct dmarc_author author;
	struct dmarc_verdict dmarc;       /* by setup.method */
	struct dmarc_verdict dmarc_other; /* by the other; PENDING: not made */
	struct auth_override override;
	const struct auth_recorded *recorded; /* the topmost first */
	size_t n_recorded;                    /* at most AUTH_MAX_RECORDED */
	unsigned passes;                      /* calls of auth_step() */
};

/*
 * What SPF is to be asked of a client. (RFC 7208 2.3, 2.4)  The sender is cut
 * at its last '@', address or not.
 */
struct spf_query auth_spf_query(struct arena *, const struct client *,
	enum spf_scope, str receiver, int64_t now);

struct auth;
struct auth *auth_new(const struct auth_setup *);
void auth_free(struct auth *); /* what is not in the arena */
void auth_body(struct auth *, str chunk);
/* What the body has or has not: see body_hashes_maybe(). */
void auth_body_maybe(struct auth *, str chunk);
void auth_body_end(struct auth *);
bool auth_step(struct auth *); /* true when all checks are settled */
const struct auth_verdict *auth_verdict(const struct auth *);
/* The message signatures that were left out are to be verified after all:
   false when there are none, else auth_step() has more to do. */
bool auth_check_older(struct auth *);
/* Does a signature not fit, by its body or by the header fields? */
bool auth_has_broken(const struct auth_verdict *);

/*
 * The Authentication-Results field of a verdict that is settled, with its name
 * and CRLF, folded.  SPF is left out when there was no client. (RFC 8601 2)
 */
str auth_results_field(struct arena *, const struct auth_verdict *,
	const struct client *, str authserv_id);

/*
 * Does the field claim to be by authserv_id: in any case, as U-labels or
 * A-labels, with a part of its own after '/', in any version of the syntax,
 * or in a way that a less careful reader may take so?  A host removes such
 * fields from what comes in. (RFC 8601 5)
 */
bool auth_is_forged(struct arena *, const struct field *, str authserv_id);

#endif
