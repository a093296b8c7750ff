/*
 * mime.h - the parts of a message, one after the other, as it flows through.
 * (RFC 2045, RFC 2046)
 *
 * A reader pulls the raw bytes of one entity, header section first, from a
 * function, and gives out its parts and their decoded content.  It knows one
 * level: a part that is itself multipart, or a message, is read by another
 * reader whose source is mime_read() of this one; who does so counts the
 * levels.
 *
 *	mime_begin(&m, arena, pull, arg);
 *	while (mime_next(&m))
 *		while ((chunk = mime_read(&m)).p != NULL)
 *			...
 *
 * What is damaged is read as far as it makes sense: a boundary that never
 * comes ends with the entity, a byte that is no base64 is passed over.
 */
#ifndef MAILAUTH_MIME_H
#define MAILAUTH_MIME_H

#include "mailauth/message.h"

enum {
	MIME_BUFFER = 16 << 10,
	MIME_MAX_BOUNDARY = 256,   /* octets; RFC 2046 5.1.1 has 70 */
	MIME_MAX_HEAD = 256 << 10, /* of one entity */
	MIME_MAX_PARTS = 1000
};

enum mime_encoding {
	MIME_IDENTITY, /* 7bit, 8bit, binary, and what nobody knows */
	MIME_BASE64,
	MIME_QUOTED_PRINTABLE
};

/* Of the part that is read; of a message without parts, of itself. */
struct mime_part {
	str type;     /* "text/xml", lower case; "text/plain" when not said */
	str boundary; /* of a multipart; absent */
	str report_type; /* the parameter of that name; absent */
	str name;        /* filename=, or name=, decoded (RFC 2231, RFC 2047) as
			    far as it is; absent */
	enum mime_encoding encoding;
	bool whole; /* it is not a part: all of the entity */
};

struct mime {
	struct arena *arena; /* for heads; part and head are good until the
				next mime_next() */
	str (*pull)(void *); /* the next raw bytes; absent at the end */
	void *arg;
	const struct message *head;      /* of the entity itself */
	const struct message *part_head; /* of the part */
	struct mime_part part;
	bool refused;  /* no header section, or too large a one */
	bool left_out; /* more than MIME_MAX_PARTS */
		       /* private: see mime.c */
};

void mime_begin(struct mime *, struct arena *, str (*pull)(void *), void *arg);
/*
 * On to the next part, past what is left of this one.  An entity that is no
 * multipart has one: itself.
 */
bool mime_next(struct mime *);
/* The next of its content, good until the next call; absent at its end. */
str mime_read(struct mime *);

/*
 * The header section when it was read already: an entity as a part of another
 * has its head there, so that only its boundary is needed.
 */
void mime_begin_body(struct mime *, struct arena *, const struct mime_part *,
	str (*pull)(void *), void *arg);

#endif
