/*
 * base64.h - base64 of RFC 4648 as RFC 6376 uses it (blanks anywhere).
 */
#ifndef MAILAUTH_BASE64_H
#define MAILAUTH_BASE64_H

#include "mailauth/arena.h"

/*
 * Decodes; SP, HTAB, CR and LF are passed over wherever they stand.  False
 * when another character is found, or text follows the padding, or the
 * number of characters cannot be; *out then holds what was decoded, and *bad
 * (may be NULL) the offset of the first wrong character, or s.n.  Missing
 * padding is accepted.
 */
bool base64_decode(struct arena *, str s, str *out, size_t *bad);

str base64_encode(struct arena *, str);

/* The value of a digit; more than 63 for what is none. */
uint32_t base64_value(char);

#endif
