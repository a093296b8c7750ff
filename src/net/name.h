/*
 * name.h - the two forms of a domain name.
 *
 * A name that is asked is raw: only dots mean something.  A name in a record
 * (dns.h) has a dot or backslash inside a label escaped.
 */
#ifndef MAILAUTH_NAME_H
#define MAILAUTH_NAME_H

#include "mailauth/arena.h"

/* A name as it is asked, in the form of names in records; no final dot. */
str name_escaped(struct arena *, str asked);

#endif
