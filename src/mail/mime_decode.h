/*
 * mime_decode.h - content out of its transfer encoding, in pieces of any size.
 * (RFC 2045 6.7, 6.8)
 *
 * Base64: what is no digit is passed over.  A "=" ends a quantum, after which
 * others may follow, for there are programs that encode in pieces and put them
 * together.  Quoted-printable: an escape that is none stays as it is.
 */
#ifndef MIME_DECODE_H
#define MIME_DECODE_H

#include "mailauth/mime.h"

/* Any encoding but MIME_IDENTITY, of which there is nothing to be done. */
void mime_decode_begin(struct mime_decoder *, enum mime_encoding);
/* Returns the octets written: at most MIME_HELD more than in the piece. */
size_t mime_decode(struct mime_decoder *, str piece, char *to);
/* The content has ended: what was held back. */
size_t mime_decode_end(struct mime_decoder *, char *to);

#endif
