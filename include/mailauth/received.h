/*
 * received.h - who was the client?  Trace fields, read backwards. (RFC 5321
 * 4.4, RFC 7208 9.1)
 */
#ifndef MAILAUTH_RECEIVED_H
#define MAILAUTH_RECEIVED_H

#include "mailauth/ip.h"
#include "mailauth/message.h"

struct received {
	const struct field *field;
	struct ip ip; /* of the from-clause; family 0 when none */
	str helo;     /* what the client called itself; absent */
	str name;     /* its reverse name, where the form has one; absent */
	str by;       /* the host that wrote the line; absent */
	str with;     /* protocol; absent */
	str envelope_from; /* "(envelope-from <a@b>)"; absent */
	str for_;          /* recipient; absent */
	int64_t time;      /* TIME_UNKNOWN */
};

struct received received_parse(struct arena *, const struct field *);
/* Its time alone, for less. */
int64_t received_time(const struct field *);

/* Where a value of the client comes from. */
enum client_source {
	SOURCE_NONE,
	SOURCE_OPTION,
	SOURCE_RECEIVED, /* see client.line */
	SOURCE_RECEIVED_SPF,
	SOURCE_RETURN_PATH
};

/*
 * --trust-relay: a network, or a name and all below it.  A name is compared
 * with the reverse name in the line, never with the helo, which is the client's
 * own word.
 */
struct relay {
	struct ip net;
	unsigned prefix;
	str name; /* absent for a network */
};

struct client {
	struct ip ip;
	str helo;      /* absent: not known */
	str mail_from; /* as "a@b"; empty: null sender; absent: not known */
	enum client_source ip_source, helo_source, mail_from_source;
	struct ip recorded; /* by Received-SPF, when none of them has ip */
	unsigned line;      /* of the Received line used, 1 = newest; 0: none */
	int64_t time;       /* of that line, or of the newest; TIME_UNKNOWN */
};

struct client_options {
	struct client given; /* with SOURCE_OPTION where given */
	const struct relay *relay;
	size_t relays;
	unsigned hop; /* take exactly this Received line; 0: search */
};

/*
 * What the options leave open is taken from the newest Received line whose
 * from-clause has a public address that is no trusted relay's (with an address
 * given: the newest line that has it); then from a Received-SPF that speaks of
 * the same client, then from Return-Path.  Neither is believed when the next
 * lower Received line stands above it: then the client may have written it.
 */
struct client client_find(
	struct arena *, const struct message *, const struct client_options *);

#endif
