/*
 * mime_params.h - fields with parameters: Content-Type and its kin.
 * (RFC 2045 5.1, RFC 2231)
 *
 * Read as they are found and not only as they should be: values with blanks or
 * other characters that wanted quotes, quotes that are not closed, encoded
 * words in a value.  Of equal names the first counts.
 */
#ifndef MIME_PARAMS_H
#define MIME_PARAMS_H

#include "mailauth/buf.h"

enum { MIME_MAX_PARAMS = 64 };

struct mime_param {
	str name;  /* as it was written: "filename*0*" */
	str value; /* without its quotes */
};

struct mime_params {
	str word; /* before them: "text/xml"; without comments */
	struct mime_param of[MIME_MAX_PARAMS];
	size_t n;
};

/* From the value of a field, still folded. */
void mime_params_read(struct mime_params *, struct arena *, str value);
/*
 * The value of that name, in one piece and out of percent signs; absent when
 * there is none.
 */
str mime_params_get(const struct mime_params *, struct arena *, str name);

/* A text with its encoded words decoded, octets of any charset. (RFC 2047) */
str mime_words(struct arena *, str text);

#endif
