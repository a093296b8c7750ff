/*
 * ip.h - IP addresses and networks.
 */
#ifndef MAILAUTH_IP_H
#define MAILAUTH_IP_H

#include "mailauth/arena.h"

struct ip {
	unsigned char family; /* 4, 6, or 0 for "no address" */
	unsigned char b[16];  /* network order; an IPv4 address uses 4 */
};

/*
 * Strict: four decimal octets without leading zeros; RFC 4291 2.2 without a
 * zone.  The whole slice must be the address.
 */
bool ip_parse4(str, struct ip *);
bool ip_parse6(str, struct ip *);
bool ip_parse(str, struct ip *);
/*
 * As mail programs write it: also "[192.0.2.1]:25", "[IPv6:2001:db8::1]",
 * "fe80::1%4"; and unmapped.
 */
bool ip_parse_loose(str, struct ip *);
/* "192.0.2.0/24", "2001:db8::/32", or an address alone (its full length). */
bool ip_parse_network(str, struct ip *net, unsigned *prefix);

str ip_format(struct arena *, struct ip); /* RFC 5952 for IPv6 */
/* "1.2.0.192.in-addr.arpa" (RFC 1035 3.5), "..ip6.arpa" (RFC 3596 2.5) */
str ip_reverse_name(struct arena *, struct ip);

/* ::ffff:a.b.c.d as a.b.c.d; anything else as it is. (RFC 7208 5) */
struct ip ip_unmap(struct ip);

bool ip_eq(struct ip a, struct ip b);
/* Do a and net share the family and the first prefix bits? */
bool ip_in(struct ip a, struct ip net, unsigned prefix);
unsigned ip_bits(struct ip); /* 32, 128, or 0 for no address */

/*
 * Not private, loopback, link-local, unique-local, shared (CGNAT), multicast
 * or unspecified.  Documentation networks count as public.
 */
bool ip_is_public(struct ip);

#endif
