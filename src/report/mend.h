/*
 * mend.h - XML as writers of reports make it, into XML that a parser takes.
 *
 * What is done about: a "&" or "<" that is none, ends of elements that are
 * missing or belong to none, elements of a schema that were left inside, text
 * around the document, attributes (nobody reads them, so they go, and with
 * them all namespaces), a text that ends too early.  Comments and processing
 * instructions go too.  What comes out has no entities but the five of XML,
 * and no declaration: a text that has any is refused.
 */
#ifndef MEND_H
#define MEND_H

#include "mailauth/buf.h"

enum {
	MEND_MAX_DEPTH = 32,
	MEND_MAX_NAME = 63,
	MEND_MAX_TAG = 64 << 10 /* octets of a tag with its attributes */
};

enum mend_state {
	MEND_TEXT,
	MEND_MARKUP, /* behind a "<" */
	MEND_TAG,
	MEND_ENTITY, /* behind a "&" */
	MEND_COMMENT,
	MEND_INSTRUCTION,
	MEND_CDATA,
	MEND_REFUSED
};

struct mend {
	struct buf held; /* of a tag or entity that is not whole */
	enum mend_state state;
	char quote;   /* within a tag; 0 */
	unsigned run; /* characters of the end of a comment, ... that came */
	char open[MEND_MAX_DEPTH][MEND_MAX_NAME + 1];
	size_t depth;
	bool begun;          /* the root element was opened */
	bool cut;            /* the text ended with elements open */
	const char *refused; /* a sentence, with MEND_REFUSED */
	/* how often what was mended */
	size_t before, after, stray_end, unclosed, characters, entities, schema,
		unfinished;
};

void mend_begin(struct mend *, struct arena *);
/* Sound UTF-8 in, XML out. */
void mend_feed(struct mend *, str text, struct buf *out);
void mend_end(struct mend *, struct buf *out);

#endif
