/*
 * names.h - reverse names of addresses, and whether they are true.
 */
#ifndef NAMES_H
#define NAMES_H

#include "options.h"

#include "mailauth/ip.h"

enum { NAMES_MAX = 60 /* that are asked for in a run */ };

struct names;
/* NULL when nobody can be asked, which was said then. */
struct names *names_new(const struct options *);
void names_want(struct names *, struct ip);
void names_ask(struct names *); /* for all that are wanted, at once */
/*
 * With " ?" behind a name that does not lead back to the address: whoever has
 * the address may write any name there.  Absent when there is none.
 */
str names_of(struct names *, struct ip);
/* The exit code: what could not be written, or asked, counts. */
int names_end(struct names *, int code);

#endif
