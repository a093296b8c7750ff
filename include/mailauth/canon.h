/*
 * canon.h - the canonicalizations of RFC 6376 3.4.
 */
#ifndef MAILAUTH_CANON_H
#define MAILAUTH_CANON_H

#include "mailauth/message.h"

enum canon { CANON_UNKNOWN, CANON_SIMPLE, CANON_RELAXED };

/* A field as it is hashed, with its CRLF. (3.4.1, 3.4.2) */
void canon_field(struct buf *, enum canon, const struct field *);
/*
 * The same without the bytes of `cut` (a slice of field->raw; absent for none)
 * and without the final CRLF: the field that holds the signature. (3.7)
 */
void canon_signature_field(
	struct buf *, enum canon, const struct field *, str cut);

/*
 * A body, fed in chunks with any line ends (a bare LF is read as CRLF), comes
 * out in canonical form through `out`, in pieces. (3.4.3, 3.4.4)
 */
enum { CANON_STAGE = 8192, CANON_LONG = 2048 };

struct canon_body {
	enum canon kind;
	void (*out)(void *arg, str piece);
	void *arg;
	uint64_t length; /* canonical octets that went out */
	/* private: what waits, since it may turn out to be trailing */
	uint64_t pending_lines; /* empty lines */
	bool pending_blank;     /* relaxed: a run of blanks */
	bool pending_cr;        /* a CR; a LF may follow */
	bool line_open;         /* bytes of the current line were written */
	size_t staged;          /* short pieces, gathered in: */
	char stage[CANON_STAGE];
};

void canon_body_begin(
	struct canon_body *, enum canon, void (*out)(void *, str), void *arg);
void canon_body_feed(struct canon_body *, str chunk);
void canon_body_end(struct canon_body *);

#endif
