/*
 * time.h - dates in mail and on the command line.
 *
 * A time is a count of seconds since 1970-01-01T00:00:00Z, without leap
 * seconds.  Nobody here reads a clock.
 */
#ifndef MAILAUTH_TIME_H
#define MAILAUTH_TIME_H

#include "mailauth/arena.h"

enum { TIME_UNKNOWN = INT32_MIN }; /* long before any mail */

/* "2026-11-24T10:00:00Z", with a blank for T, a fraction or an offset. */
bool time_parse_rfc3339(str, int64_t *);

/*
 * The date-time of RFC 5322 3.3 and its obsolete forms of 4.3: the day name
 * and the seconds may be missing, years may have two or three digits, zones
 * may be names, comments may stand anywhere.
 */
bool time_parse_rfc5322(str, int64_t *);

str time_format_rfc3339(struct arena *, int64_t); /* in UTC, ends in Z */
str time_format_date(struct arena *, int64_t);    /* 2026-11-24 */

#endif
