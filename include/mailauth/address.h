/*
 * address.h - addresses in header fields. (RFC 5322 3.4 and 4.4, RFC 6532,
 * RFC 6854)
 */
#ifndef MAILAUTH_ADDRESS_H
#define MAILAUTH_ADDRESS_H

#include "mailauth/arena.h"

struct address {
	str text;     /* the addr-spec as it stands in the field */
	str display;  /* the display name, quotes and escapes undone */
	str local;    /* quotes and escapes undone */
	str domain;   /* as it stands, comments and blanks removed */
	str ascii;    /* A-labels, lower case, no final dot; empty when the
			 domain is a literal or no domain name */
	bool literal; /* [192.0.2.1] */
};

struct address_list {
	const struct address *address;
	size_t n;
	bool valid;    /* the whole value was read by the grammar */
	size_t bad_at; /* where it was not: offset in the value */
	bool doubtful; /* what was passed over holds an '@': another program
			  may see an address there */
};

enum { ADDRESS_MAX = 1000 }; /* of one field; more makes it invalid */

/*
 * The mailboxes of an address-list: groups are opened, obsolete routes, blanks
 * and dots (a..b@) are read.  What cannot be read is passed over up to the
 * next comma and clears `valid`.  The value may still be folded.
 *
 * Not valid but read, since only one meaning is possible: a display name with
 * brackets or other specials; semicolons between addresses; "a@b <a@b>", which
 * gives both addresses when their domains differ.
 */
struct address_list address_list_parse(struct arena *, str value);

/*
 * An envelope address: "a@b", "<a@b>", "<@x,@y:a@b>", "" and "<>" for the null
 * sender (then local and domain are empty).  False when it is none of these.
 */
bool address_parse_path(struct arena *, str, struct address *);

/*
 * The same for what an SMTP client really said, which need not be an address:
 * "a b@c", "@c", "a@b..c" are cut at the last '@', for SPF to judge (RFC 7208
 * 4.3).  False when there is no '@' and it is no null sender.
 */
bool address_cut_path(struct arena *, str, struct address *);

#endif
