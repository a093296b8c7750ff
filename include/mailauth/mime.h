/*
 * mime.h - the parts of a message, one after the other, as it flows through.
 * (RFC 2045, RFC 2046)
 *
 * A reader pulls the raw bytes of one entity, header section first, from a
 * function, and gives out its parts and their decoded content.  It knows one
 * level: a part that is itself multipart, or a message, is read by another
 * reader whose source is the first; who does so counts the levels.
 *
 *	if (mime_begin(&m, arena, pull, arg))
 *		while (mime_next(&m))
 *			while ((chunk = mime_read(&m)).p != NULL)
 *				...
 *
 * What is damaged is read as far as it makes sense: a boundary that never
 * comes is where the entity ends, a byte that is no base64 is passed over, an
 * escape that is none is text.  Nothing is kept that grows with the content,
 * and how the source cuts its chunks makes no difference.
 */
#ifndef MAILAUTH_MIME_H
#define MAILAUTH_MIME_H

#include "mailauth/message.h"

enum {
	MIME_BUFFER = 16 << 10,
	MIME_HELD = 512,           /* octets of a line that may be a boundary */
	MIME_MAX_BOUNDARY = 256,   /* octets; RFC 2046 5.1.1 has 70 */
	MIME_MAX_HEAD = 256 << 10, /* of one entity */
	MIME_MAX_PARTS = 1000
};

enum mime_encoding {
	MIME_IDENTITY, /* 7bit, 8bit, binary, and what nobody knows */
	MIME_BASE64,
	MIME_QUOTED_PRINTABLE
};

/* What is said of an entity, or of a part, in its header section. */
struct mime_part {
	str type;     /* "text/xml", lower case; "text/plain" when not said */
	str boundary; /* of a multipart; absent when it says none to be used */
	str report_type; /* the parameter of that name; absent */
	str name; /* filename=, or else name=; absent.  Decoded (RFC 2231,
		     RFC 2047), but octets of any charset */
	enum mime_encoding encoding; /* a multipart with a boundary has none */
	bool whole;                  /* it is not a part: all of the entity */
};

/* Content on its way out of its encoding. */
struct mime_decoder {
	enum mime_encoding encoding;
	uint32_t bits;        /* base64: of the quantum at hand */
	size_t n;             /* digits of it; quoted-printable: octets held */
	char held[MIME_HELD]; /* what may be no text: "=" and blanks */
};

/* A line that may turn out to be a boundary, and the line end before it. */
struct mime_suspect {
	int step;       /* what comes next if it is one; see mime.c */
	size_t matched; /* octets of the delimiter */
	bool closes;
	size_t n;
	char held[MIME_HELD];
};

struct mime {
	/*
	 * For header sections.  mime_next() gives back what was taken from it
	 * since the one before, so results have to be kept elsewhere; readers
	 * of a part may share it.
	 */
	struct arena *arena;
	str (*pull)(void *); /* the next raw bytes, good until the next call;
				absent at the end */
	void *arg;
	const struct message *head; /* of the entity; NULL: none, refused */
	struct mime_part entity;
	/* of the part at hand; good until the next mime_next() */
	const struct message *part_head;
	struct mime_part part;
	bool left_out; /* parts: those after MIME_MAX_PARTS, and any with more
			  than MIME_MAX_HEAD or HEAD_MAX_FIELDS */
	bool cut;      /* the closing boundary never came */
	/* the rest is for mime.c */
	str delimiter; /* "--" and the boundary; absent: no multipart */
	str in, next;  /* of the source, not yet looked at */
	str line, raw; /* of the part, not yet decoded */
	bool within;   /* before a boundary: there may be more of it */
	bool ended;    /* there is no further part */
	bool dry;      /* the source has no more */
	size_t parts;
	struct arena_mark mark;
	struct mime_suspect suspect;
	struct mime_decoder decoder;
	char buffer[MIME_BUFFER];
};

/*
 * Reads the header section.  False when there is none, or it is too large;
 * then nothing follows.
 */
bool mime_begin(struct mime *, struct arena *, str (*pull)(void *), void *arg);
/*
 * On to the next part, past what is left of this one.  An entity that is no
 * multipart, or lacks a boundary, has one: itself.
 */
bool mime_next(struct mime *);
/*
 * The next of its content, good until the next call; absent at its end, and
 * never empty.
 */
str mime_read(struct mime *);

/*
 * A reader for the part at hand; false when it is neither multipart nor
 * message.  One whose header section is refused has no head and no parts.
 */
bool mime_enter(struct mime *, struct mime *outer);
/* The header section was read already: the source begins with the body. */
void mime_begin_body(struct mime *, struct arena *, const struct message *head,
	str (*pull)(void *), void *arg);
/* mime_read() as a source. */
str mime_pull(void *mime);

#endif
