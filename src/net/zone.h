/*
 * zone.h - DNS from master files (RFC 1035 5) instead of the network.
 *
 * Read are A, NS, CNAME, SOA, PTR, MX, TXT, AAAA and SPF records of class IN;
 * of other types only the owner is kept, $INCLUDE is refused.  Before any
 *$ORIGIN a relative name is relative to the root.  What dig prints is accepted
 *too.
 *
 * Our own additions, which other programs read as comments:
 *
 *	;!NAME TYPE SERVFAIL|REFUSED|TIMEOUT|BROKEN|LIMIT	a failure
 *	;!NAME TYPE NXDOMAIN|NODATA	whatever the records say
 *	;!NAME TYPE AD			the answer carried the AD bit
 *	;!NAME TYPE CNAME TARGET	the answer came by CNAMEs from TARGET
 *	;!NAME TYPE RECORD TTL RDATA	this is the answer, or one record of
 *					it, whatever the records say
 *
 * They begin a line, and make no name exist.  The last two are what
 * zone_write() needs where answers contradict each other.
 */
#ifndef MAILAUTH_ZONE_H
#define MAILAUTH_ZONE_H

#include "mailauth/dns.h"

struct zone;

struct zone_error {
	size_t line;
	str message; /* allocated in the zone's arena */
};

struct zone *zone_new(struct arena *);

/*
 * Adds a master file.  False at the first error; what stood before it has
 * been added.
 */
bool zone_parse(struct zone *, str text, struct zone_error *);

/*
 * Answers as an authoritative server would: CNAMEs are followed, wildcards
 * expanded (RFC 4592), empty non-terminals exist.  Zone cuts are not seen: NS
 * records are data.  What the answer points to lives in the zone or in the
 * arena.
 */
void zone_answer(const struct zone *, struct arena *, enum dns_type, str name,
	struct dns_answer *out);

/*
 * All that a store has been told, as a master file: zone_parse() of it gives
 * the same answers, failures included.
 */
str zone_write(struct arena *, const struct dns *);
/* The comment that it begins with. */
str zone_first_line(void);
/*
 * What must be written below a file of earlier answers, which is read in
 * `written`, so that both together give these answers; it is added there.
 * Without the first line; empty when nothing is new.
 */
str zone_write_more(struct arena *, struct zone *written, const struct dns *);
/*
 * Has it an answer of (type, name)?  Then zone_answer() tells it, and the
 * question must not be asked again: earlier answers hold as long as each
 * question has one.
 */
bool zone_is_told(
	const struct zone *written, struct arena *, enum dns_type, str name);

#endif
