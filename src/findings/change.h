/*
 * change.h - what was done to a message between its signer and us.
 *
 * A signature is a hash of what was signed.  Whatever is undone so that the
 * hash comes out right again has been done: a match is proof.
 */
#ifndef MAILAUTH_CHANGE_H
#define MAILAUTH_CHANGE_H

#include "find.h"

enum {
	CHANGE_MAX_BODIES = 64,   /* body candidates, of all signatures */
	CHANGE_MAX_HEADERS = 600, /* header candidates, of one signature */
	CHANGE_MAX_HASHED = 64 << 20
};

enum body_change {
	BODY_UNEXPLAINED,
	BODY_MBOX_FROM,
	BODY_DOT_STUFFING,
	BODY_LINE_ENDINGS,
	BODY_FOOTER,
	BODY_BANNER,
	BODY_WRAPPED,
	BODY_PART_ADDED,
	BODY_REENCODED,
	BODY_LINE_WRAP,
	BODY_SIGDASH,
	/* faults of the signer: nothing was changed */
	BODY_LF,
	BODY_OTHER_CANON,
	BODY_EMPTY_HASH,
	BODY_CUT /* shorter than l= */
};

enum header_change {
	HEADER_UNEXPLAINED,
	HEADER_SUBJECT_TAG,
	HEADER_FROM,
	HEADER_QUOTING,
	HEADER_ADDED,
	HEADER_VALUE,  /* a copy in z= tells the old value */
	HEADER_CONTENT /* Content-Type or its encoding, with the body */
};

/* What became of one signature that does not verify. */
struct change {
	size_t signature; /* index */
	bool body_broken, header_broken;
	enum body_change body;
	size_t lines;     /* added: of the footer or banner */
	str from, to;     /* encodings */
	str part_headers; /* of the part that was the whole body */
	enum header_change header[2];
	size_t headers;
	str name[2]; /* of the header field */
	str what[2]; /* the tag; the old value */
};

struct changes {
	struct change *change;
	size_t n;
};

/* The state of a search: what it may still cost. */
struct search {
	struct arena *arena;
	struct crypto *crypto;
	const struct message *message;
	const struct dkim_signature *sig;
	str body;
	size_t bodies;   /* candidates tried */
	uint64_t hashed; /* octets */
};

/* Looks at each signature that fails; costs nothing when there is none. */
struct changes changes_find(const struct findings_setup *);

/* --- parts of it ---------------------------------------------------------- */

/*
 * Does the text, or its beginning up to some line, have the signature's body
 * hash?  *cut is the number of lines that come after.
 */
bool body_matches(struct search *, str text, size_t *cut);
/* The same for base64 of the text, in rows of 76. */
bool base64_matches(struct search *, str text, size_t *cut);
void body_explain(struct search *, struct change *);
void header_explain(
	struct search *, const struct dkim_verdict *, struct change *);

/* The value of a parameter, quotes undone; absent. (RFC 2045 5.1) */
str mime_parameter(struct arena *, str value, str name);
struct mime_part {
	str headers, body;
	size_t at; /* of its delimiter line */
};
/* The parts of a multipart body, at most `most`. */
size_t mime_split(str body, str boundary, struct mime_part *, size_t most);
/* The value of a field in a part's headers; absent. */
str mime_field(str headers, str name);

str qp_decode(struct arena *, str);
str qp_encode(struct arena *, str); /* lines end in CRLF */
str with_crlf(struct arena *, str);
str with_lf(struct arena *, str);

#endif
