/*
 * domain.h - names of domains: A-labels, order in the tree, public suffixes.
 * The only module that knows libidn2 and libpsl.
 */
#ifndef MAILAUTH_DOMAIN_H
#define MAILAUTH_DOMAIN_H

#include "mailauth/arena.h"

#include <stdio.h>

/*
 * The A-label form in lower case without a final dot. (RFC 5891; RFC 8616)
 * False when it is no domain name.  Names in ASCII are only checked for length
 * and empty labels: underscores and the like pass.
 */
bool domain_to_ascii(struct arena *, str name, str *out);

size_t domain_labels(str name); /* 0 for the empty name */
/* The name without its first n labels; empty when there are no more. */
str domain_skip(str name, size_t n);
/* Is `name` equal to `top` or below it?  Any case, on label borders. */
bool domain_at_or_below(str name, str top);

/*
 * A public suffix list, made by the caller and shared by all examinations.
 * It is read from a file, or the one built into libpsl.
 */
struct suffix_list;
struct suffix_list *suffix_list_new(FILE *); /* NULL: builtin; NULL is
	returned when there is none, or the file cannot be used */
void suffix_list_free(struct suffix_list *);

/*
 * The organizational domain of RFC 7489 3.2: public suffix and one label.  The
 * name itself when it is a public suffix or has one label.
 */
str suffix_list_organizational(
	const struct suffix_list *, struct arena *, str name);

#endif
