/*
 * txt.h - a TXT record as a master file has it. (RFC 1035 5.1, 3.3.14)
 */
#ifndef MAILAUTH_TXT_H
#define MAILAUTH_TXT_H

#include "mailauth/arena.h"

enum { TXT_STRING_MAX = 255 }; /* octets of one string (RFC 1035 3.3) */

/*
 * `value` at `owner`, in as few strings as it takes, each on a line:
 *
 *	owner. IN TXT (
 *		"..."
 *		"..." )
 *
 * The owner is a name in A-labels, and absolute: its dot is added.  Nothing
 * else is added or taken away, so it may stand in any zone.
 */
str txt_write(struct arena *, str owner, str value);

#endif
