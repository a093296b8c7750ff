/*
 * wire.h - DNS messages as octets. (RFC 1035 4, RFC 6891)
 *
 * Pure code: hostile octets in, an answer out.
 */
#ifndef MAILAUTH_WIRE_H
#define MAILAUTH_WIRE_H

#include "mailauth/dns.h"

enum {
	WIRE_MAX_QUERY = 12 + 255 + 4 + 11,
	WIRE_UDP_SIZE = 1232, /* offered by EDNS; fits any path */
	WIRE_MAX_CHAIN = 8    /* CNAMEs followed */
};

/* The response codes that matter to us. */
enum {
	WIRE_NOERROR = 0,
	WIRE_FORMERR = 1,
	WIRE_SERVFAIL = 2,
	WIRE_NXDOMAIN = 3,
	WIRE_NOTIMP = 4,
	WIRE_REFUSED = 5
};

/*
 * A question with RD and AD (RFC 6840 5.7) set, and with EDNS if wanted.  The
 * name must be dns_name_valid().  Returns the number of octets.
 */
size_t wire_query(unsigned char[WIRE_MAX_QUERY], unsigned id, enum dns_type,
	str name, bool edns);

/* The response code of a message; WIRE_NOERROR when it has no header. */
unsigned wire_rcode(str message);

/*
 * Reads the response to (type, name).  CNAMEs are followed within it.  Other
 * response codes than NXDOMAIN and SERVFAIL are DNS_REFUSED; what cannot be
 * read, or answers another question, is DNS_BROKEN.  The ttl of an answer
 * without records is that of RFC 2308 5, 0 when there is no SOA record.
 */
void wire_answer(struct arena *, str message, enum dns_type, str name,
	struct dns_answer *out);

#endif
