/*
 * outgoing.c - a message that gets new header fields on top.
 */
#include "outgoing.h"
#include "annotate.h"
#include "say.h"

/* --- what is asked for ----------------------------------------------- */

bool
signing_complete(const struct options *o, const char *name)
{
	const struct sign_options *s = &o->sign;
	const char *needs = NULL;

	if (s->keys == 0)
		needs = "a private key: -k FILE";
	else if (s->selectors == 0)
		needs = "the key's selector: -s NAME";
	else if (s->domain.p == NULL)
		needs = "the domain that signs: -d DOMAIN";
	if (needs != NULL)
		SAY(o->arena, str_from(name), STR(" needs "), str_from(needs));
	else if (s->selectors != s->keys)
		SAY(o->arena, STR("each key has a selector of its own: "),
			str_number(o->arena, s->keys), STR(" -k and "),
			str_number(o->arena, s->selectors), STR(" -s"));
	else if (o->files > 1)
		SAY(o->arena, str_from(name),
			STR(" takes one message at a time"));
	else
		return true;
	return false;
}

str
sign_error_words(enum sign_error error)
{
	switch (error) {
	case SIGN_OK: break;
	case SIGN_NO_FROM: return STR("the message has no From field");
	case SIGN_MANY_FROM:
		return STR("the message has several From fields, and would "
			   "pass nowhere");
	case SIGN_FROM_UNSIGNED: return STR("-h must name From (RFC 6376 5.4)");
	case SIGN_BAD_FIELD:
		return STR("-h must be names of header fields, like "
			   "From,To,Subject");
	case SIGN_TOO_MANY: return STR("too many fields to sign");
	case SIGN_ITSELF:
		return STR("-h must not name DKIM-Signature: the new field is "
			   "one");
	case SIGN_BAD_NAME: return STR("-d and -s must be names of hosts");
	case SIGN_BAD_IDENTITY:
		return STR("-i must be of the domain in -d, or below it");
	case SIGN_BAD_TIME:
		return STR("-x must be after -t, and neither before 1970 (how "
			   "long has a unit, as in 36h or 7d)");
	}
	return STR("");
}

/* --- the message ----------------------------------------------------- */

static bool
fail(str why)
{
	say(why);
	return false;
}

void
outgoing_begin(struct outgoing *m)
{
	enum { MEMORY = 256 << 20 };

	*m = (struct outgoing){ .message = NULL };
	arena_init(&m->arena, MEMORY, say_out_of_memory, NULL);
	arena_init(&m->reading, MEMORY, say_out_of_memory, NULL);
	m->in.reading = &m->reading;
	m->spill = spill_open(&m->arena);
	spool_begin(&m->spool, &m->arena, &m->spill);
}

bool
outgoing_open(struct outgoing *m, const struct options *o)
{
	const char *name = o->files > 0 ? o->file[0] : "-";
	struct stat st;
	str error = { 0 };

	int fd = input_open(&m->arena, name, &st, &error);
	if (fd < 0)
		return fail(error);
	mbox_open(&m->box, fd, &st);
	mbox_next(&m->box); /* a file has one at least */
	input_begin(&m->in, &m->arena, &m->box, name);
	m->in.spool = &m->spool;
	if (!input_head(&m->in, HEAD_MAX_BYTES))
		return fail(m->in.error);
	m->message = message_parse(&m->arena, &m->in.head);
	if (m->message->notes.junk > 0)
		return fail(STR("before the first header field there is a byte "
				"order mark or an empty line, and others see "
				"no header field there: take it away first"));
	/* others may see the end of the header section elsewhere */
	if (m->message->notes.broken)
		return fail(STR("the header section ends in a line that is no "
				"header field: mend it first"));
	return true;
}

/* A ">" before "From " may be of the mbox, for the check only. */
static void
check_piece(struct auth *check, const struct mbox_piece *piece)
{
	if (piece->quote)
		auth_body_maybe(check, piece->text);
	else
		auth_body(check, piece->text);
}

bool
outgoing_read(
	struct outgoing *m, struct body_hashes *hashes, struct auth *check)
{
	struct mbox_piece piece;

	while ((piece = input_body(&m->in)).text.p != NULL) {
		body_hashes_feed(hashes, piece.text);
		if (check != NULL)
			check_piece(check, &piece);
	}
	body_hashes_end(hashes);
	if (check != NULL)
		auth_body_end(check);
	if (m->in.error.p != NULL)
		return fail(m->in.error);
	if (!m->in.origin.last)
		return fail(STR("an mbox of several messages: one at a time"));
	if (!spool_flush(&m->spool))
		SAY(&m->arena, STR("cannot keep a copy of the message: "),
			say_errno(m->spool.error));
	return m->spool.error == 0;
}

/* What is made must be read again, by us as well. */
static bool
has_room(const struct message *m, const str *field, size_t n)
{
	size_t octets = m->head.n;

	for (size_t i = 0; i < n; i++)
		octets += field[i].n;
	return m->n + n <= HEAD_MAX_FIELDS && octets <= HEAD_MAX_BYTES;
}

bool
outgoing_print(struct outgoing *m, const str *field, size_t n, bool alone)
{
	uint64_t top = m->message->field[0].at;

	if (!has_room(m->message, field, n))
		return fail(STR("the header section is so large that with more "
				"in it no check would read it"));
	if (!alone)
		spool_print(&m->spool, 0, top); /* an mbox line */
	for (size_t i = 0; i < n; i++)
		print_field(stdout, field[i], line_end_of(m->message));
	if (!alone)
		spool_print(&m->spool, top, m->spool.n);
	return m->spool.error == 0 ||
	       fail(STR("the copy of the message is damaged"));
}

void
outgoing_end(struct outgoing *m)
{
	spill_close(&m->spill);
	arena_free(&m->reading);
	arena_free(&m->arena);
}
