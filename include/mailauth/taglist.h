/*
 * taglist.h - the tag lists of DKIM and ARC. (RFC 6376 3.2)
 */
#ifndef MAILAUTH_TAGLIST_H
#define MAILAUTH_TAGLIST_H

#include "mailauth/arena.h"

struct tag {
	str name;
	str value; /* blanks and folds trimmed at both ends, kept inside */
	str area;  /* all between the '=' and the next ';', nothing trimmed */
};

enum taglist_error {
	TAGLIST_OK,
	TAGLIST_SYNTAX,    /* no '=', a bad name, a bad byte in a value */
	TAGLIST_DUPLICATE, /* a name twice */
	TAGLIST_TOO_LONG   /* more than TAGLIST_MAX tags */
};

enum { TAGLIST_MAX = 100 };

struct taglist {
	const struct tag *tag;
	size_t n;
	enum taglist_error error;
	str bad; /* with an error: the piece that is wrong */
};

/*
 * Strict by the grammar: one final ';' is allowed, ';;' is not.  With an error
 * the tags before it are there all the same.
 */
struct taglist taglist_parse(struct arena *, str);
/* The tag of that name (case-sensitive), or NULL. */
const struct tag *taglist_find(const struct taglist *, str name);

#endif
