/*
 * utf8.h - text of any encoding that reports come in, as UTF-8.
 *
 * What comes out is sound UTF-8 (RFC 3629) of characters that XML allows, in
 * the place of anything else stands U+FFFD.
 */
#ifndef UTF8_H
#define UTF8_H

#include "mailauth/buf.h"

enum { UTF8_FIRST = 160 };

enum utf8_source {
	UTF8_UNKNOWN, /* the first bytes will tell, or encoding= in them */
	UTF8_UTF8,
	UTF8_WINDOWS_1252, /* and what is taken for it: ISO 8859-1 */
	UTF8_UTF16LE,
	UTF8_UTF16BE
};

struct utf8 {
	enum utf8_source source;
	unsigned char first[UTF8_FIRST]; /* up to a declaration's ">" */
	size_t firsts;
	unsigned char left[4]; /* of a character that is not whole */
	size_t lefts;
	uint64_t replaced;  /* bytes that made no character */
	uint64_t forbidden; /* control characters that XML does not have */
};

/* Appends what was made of the bytes. */
void utf8_feed(struct utf8 *, str bytes, struct buf *out);
void utf8_end(struct utf8 *, struct buf *out);

/* A character, which must be one that XML allows. */
void utf8_put(struct buf *, uint32_t c);
bool utf8_is_allowed(uint32_t c);

#endif
