/*
 * outgoing.h - a message that gets new header fields on top.
 *
 * Nothing is written before all of it is certain: the message waits in a spool
 * until the last field is made.  All its bytes stay as they are.
 */
#ifndef OUTGOING_H
#define OUTGOING_H

#include "input.h"
#include "options.h"

#include "mailauth/auth.h"
#include "mailauth/sign.h"

struct outgoing {
	struct arena arena, reading;
	const struct message *message;
	struct input in;
	struct mbox box;
	struct spill spill;
	struct spool spool;
};

/* Opens what the message is kept in; the program is confined after that. */
void outgoing_begin(struct outgoing *);
/* Reads the header section of the one file, or of standard input.  False, and
 * says so. */
bool outgoing_open(struct outgoing *, const struct options *);
/* Then the body, which goes into the hashes; `check` (NULL) gets it too. */
bool outgoing_read(struct outgoing *, struct body_hashes *, struct auth *check);
/* The fields, and unless they are wanted alone the message. */
bool outgoing_print(struct outgoing *, const str *field, size_t n, bool alone);
void outgoing_end(struct outgoing *);

/* -k, -s, -d and the message are there, as the command `name` needs them. */
bool signing_complete(const struct options *, const char *name);
/* What is wrong, in the words of the options. */
str sign_error_words(enum sign_error);

#endif
