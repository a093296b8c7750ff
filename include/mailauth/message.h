/*
 * message.h - the header section of a message. (RFC 5322 2.1, 2.2)
 *
 * A head reader is fed the message from its first byte, keeps the header
 * section and says where the body begins.  In what it keeps every line ends
 * in CRLF, whatever the file had (LF alone, or none at the end); a bare CR is
 * a byte like any other.  Nothing else is changed, so a field's raw bytes are
 * what a signer saw.
 *
 * Not part of the message: a first line "From " as an mbox has it, a byte
 * order mark and empty lines before the first field.  A line that is neither
 * field nor folding ends the header section, as in Postfix and Sendmail: it
 * is the first of the body.
 */
#ifndef MAILAUTH_MESSAGE_H
#define MAILAUTH_MESSAGE_H

#include "mailauth/buf.h"

enum {
	HEAD_MAX_BYTES = 1 << 20, /* the default of head_reader.limit */
	HEAD_MAX_FIELD = 256 << 10,
	HEAD_MAX_FIELDS = 10000
};

enum head_state {
	HEAD_MORE, /* feed it more */
	HEAD_DONE,
	HEAD_TOO_LARGE, /* over limit */
	HEAD_FIELD_TOO_LARGE,
	HEAD_TOO_MANY_FIELDS,
	HEAD_NOT_MAIL, /* no header field; see head_kind() */
	HEAD_EMPTY     /* no bytes, or blanks only */
};

struct field {
	str raw;   /* from the name to the final CRLF */
	str name;  /* without blanks before the colon */
	str value; /* after the colon, without the final CRLF, still folded */
	uint32_t name_id; /* equal for names that differ in case only */
	uint32_t above;   /* next field upwards of the same name: 1 + index */
	uint64_t at;      /* its first byte in the input */
};

struct head_notes {
	size_t crlf, lf; /* lines ended so, header section only */
	size_t bare_cr, nul, eight_bit;
	size_t junk;  /* bytes before the first field that were skipped */
	bool mbox;    /* began with a "From " line */
	bool broken;  /* ended by a line that is no field */
	bool no_body; /* the input ended within the header section */
};

struct head_reader {
	struct arena *arena;
	size_t limit;
	bool part; /* see head_begin_part() */
	enum head_state state;
	struct head_notes notes;
	struct buf text; /* the lines kept, CRLF */
	size_t line;     /* where the unfinished line begins in text */
	size_t field;    /* where the unfinished field begins in text */
	size_t fields;
	uint64_t *at;     /* of each field: its first byte in the input */
	uint64_t fed;     /* bytes of earlier chunks that were used */
	uint64_t line_at; /* of the unfinished line; in the end, of what follows
			     the header section */
	str start;        /* the first bytes of the input, for head_kind() */
	str rest; /* with `broken`: the line to feed to the body first */
};

/* limit 0 means HEAD_MAX_BYTES. */
void head_begin(struct head_reader *, struct arena *, size_t limit);
/*
 * That of a part of a message: it may have no fields (RFC 2046 5.1), and
 * nothing stands before the first.
 */
void head_begin_part(struct head_reader *, struct arena *, size_t limit);
/* Takes bytes; returns how many were used: all but with HEAD_DONE or error. */
size_t head_feed(struct head_reader *, str chunk);
/* The input has ended. */
void head_end(struct head_reader *);
/*
 * What the refused input looks like: "an Outlook .msg file", "a ZIP archive",
 * "an HTML page", ...; absent when nothing is recognised.
 */
str head_kind(const struct head_reader *);

struct message {
	str head; /* the header section, CRLF, without the empty line */
	const struct field *field;
	size_t n;
	uint64_t end;  /* the first byte of the input behind the last field */
	uint64_t body; /* ... and behind the empty line, if there is one */
	size_t names;  /* name_id runs from 0 to names - 1 */
	struct head_notes notes;
	const uint32_t *lowest; /* by name_id, which is in the order of names:
				   1 + the index of the lowest field */
};

/* Splits what a reader in HEAD_DONE has kept. */
const struct message *message_parse(struct arena *, const struct head_reader *);

/* The same from a header section in memory (any line ends), for tests. */
const struct message *message_from(struct arena *, str text);

/*
 * The lowest field of that name (any case) as 1 + its index, 0 for none; the
 * ones above it follow through field.above.
 */
uint32_t message_lowest(const struct message *, str name);
/* The topmost field of that name, or NULL. */
const struct field *message_top(const struct message *, str name);
size_t message_count(const struct message *, str name);

/* A field's value in one line; its folds go, the blanks after them stay. */
str field_unfold(struct arena *, str value);

#endif
