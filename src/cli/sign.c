/*
 * sign.c - mailauth sign: the message with signatures on top.
 *
 * Nothing is written before all of it is certain: the message waits in a spool
 * until the last signature is made.
 */
#include "annotate.h"
#include "input.h"
#include "keys.h"
#include "say.h"

#include "mailauth/dmarc.h"
#include "mailauth/domain.h"
#include "mailauth/sign.h"
#include "mailauth/time.h"

#include <stdio.h>
#include <time.h>

struct signing {
	const struct options *o;
	struct arena arena;
	struct crypto *crypto;
	struct private_key **key; /* one for each -k */
	struct sign *sign;        /* the same */
	str *field;               /* the same, when they are made */
	struct body_hashes *hashes;
	const struct message *message;
	struct arena reading;
	struct input in;
	struct mbox box;
	struct spool spool;
};

/* --- what is asked for ----------------------------------------------- */

static bool
complete(const struct options *o)
{
	const struct sign_options *s = &o->sign;

	if (s->keys == 0)
		say(STR("sign needs a private key: -k FILE"));
	else if (s->selectors == 0)
		say(STR("sign needs the key's selector: -s NAME"));
	else if (s->domain.p == NULL)
		say(STR("sign needs the domain that signs: -d DOMAIN"));
	else if (s->selectors != s->keys)
		SAY(o->arena, STR("each key has a selector of its own: "),
			str_number(o->arena, s->keys), STR(" -k and "),
			str_number(o->arena, s->selectors), STR(" -s"));
	else if (o->files > 1)
		say(STR("sign takes one message at a time"));
	else
		return true;
	return false;
}

static bool
load_keys(struct signing *g)
{
	const struct sign_options *s = &g->o->sign;

	for (size_t i = 0; i < s->keys; i++) {
		g->key[i] = key_file_load(g->crypto, &g->arena, s->key[i]);
		if (g->key[i] == NULL)
			return false;
		if (s->kind == KEY_UNKNOWN ||
			s->kind == private_key_kind(g->key[i]))
			continue;
		SAY(&g->arena, say_file(&g->arena, s->key[i]),
			s->kind == KEY_RSA
				? STR(" is no RSA key, as -a asks for")
				: STR(" is no Ed25519 key, as -a asks for"));
		return false;
	}
	return true;
}

/* --- the message ----------------------------------------------------- */

static bool
fail(str why)
{
	say(why);
	return false;
}

static bool
open_message(struct signing *g)
{
	const char *name = g->o->files > 0 ? g->o->file[0] : "-";
	struct stat st;
	str error = { 0 };
	int fd = input_open(&g->arena, name, &st, &error);

	if (fd < 0)
		return fail(error);
	mbox_open(&g->box, fd, &st);
	g->in.reading = &g->reading;
	if (!mbox_next(&g->box))
		return fail(STR("no message"));
	input_begin(&g->in, &g->arena, &g->box, name);
	spool_begin(&g->spool, &g->arena);
	g->in.spool = &g->spool;
	if (!input_head(&g->in, HEAD_MAX_BYTES))
		return fail(g->in.error);
	g->message = message_parse(&g->arena, &g->in.head);
	/* others may see the end of the header section elsewhere */
	if (g->message->notes.broken)
		return fail(STR("the header section ends in a line that is no "
				"header field: mend it before signing"));
	return true;
}

static str
word_of(enum sign_error error)
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
	case SIGN_BAD_TIME: return STR("-x must be after -t");
	}
	return STR("");
}

static int64_t
expiry(const struct sign_options *s, int64_t now)
{
	return s->lifetime > 0 ? now + s->lifetime : s->expires;
}

static bool
prepare(struct signing *g)
{
	const struct sign_options *s = &g->o->sign;
	int64_t now = s->time != TIME_UNKNOWN ? s->time : (int64_t)time(NULL);

	g->hashes = body_hashes_new(&g->arena, g->crypto);
	for (size_t i = 0; i < s->keys; i++) {
		g->sign[i] = (struct sign){
			.arena = &g->arena,
			.crypto = g->crypto,
			.message = g->message,
			.key = g->key[i],
			.domain = s->domain,
			.selector = s->selector[i],
			.identity = s->identity,
			.header_canon = s->header_canon,
			.body_canon = s->body_canon,
			.length = s->length,
			.time = now,
			.expires = expiry(s, now),
			.fields = s->fields,
		};
		enum sign_error error = sign_begin(&g->sign[i], g->hashes);
		if (error != SIGN_OK)
			return fail(word_of(error));
	}
	return true;
}

static bool
read_body(struct signing *g)
{
	struct mbox_piece piece;

	while ((piece = input_body(&g->in)).text.p != NULL)
		body_hashes_feed(g->hashes, piece.text);
	body_hashes_end(g->hashes);
	if (g->in.error.p != NULL)
		return fail(g->in.error);
	if (!g->in.origin.last)
		return fail(STR("an mbox of several messages: sign takes one "
				"at a time"));
	if (!spool_flush(&g->spool))
		SAY(&g->arena, STR("cannot keep a copy of the message: "),
			say_errno(g->spool.error));
	return g->spool.error == 0;
}

/* --- the result ------------------------------------------------------ */

static bool
make_fields(struct signing *g)
{
	for (size_t i = 0; i < g->o->sign.keys; i++) {
		g->field[i] = sign_end(&g->sign[i], g->hashes);
		if (g->field[i].p == NULL)
			return fail(STR("OpenSSL makes no signature with "
					"this key"));
	}
	return true;
}

/* Signed by a stranger it is no pass of DMARC: most often a mistake. */
static void
warn(struct signing *g)
{
	str author = dmarc_author(&g->arena, g->message).domain;
	str domain = g->o->sign.domain;

	if (g->o->quiet || domain_at_or_below(author, domain) ||
		domain_at_or_below(domain, author))
		return;
	SAY(&g->arena, STR("note: From is of "), author,
		STR(", and for its DMARC a signature of "), domain,
		STR(" does not count"));
}

static void
print(struct signing *g)
{
	const struct message *m = g->message;
	uint64_t top = m->field[0].at;

	if (!g->o->sign.only)
		spool_print(&g->spool, 0, top);
	for (size_t i = 0; i < g->o->sign.keys; i++)
		print_field(stdout, g->field[i], line_end_of(m));
	if (!g->o->sign.only)
		spool_print(&g->spool, top, g->spool.n);
}

static bool
sign(struct signing *g)
{
	if (!load_keys(g) || !open_message(g) || !prepare(g) || !read_body(g) ||
		!make_fields(g))
		return false;
	warn(g);
	print(g);
	return g->spool.error == 0 || fail(STR("the copy of the message is "
					       "damaged"));
}

static void
begin(struct signing *g, const struct options *o)
{
	enum { MEMORY = 256 << 20 };
	size_t n = o->sign.keys;

	*g = (struct signing){ .o = o, .crypto = crypto_new() };
	if (g->crypto == NULL)
		say_out_of_memory(NULL);
	arena_init(&g->arena, MEMORY, say_out_of_memory, NULL);
	arena_init(&g->reading, MEMORY, say_out_of_memory, NULL);
	g->key = arena_make(&g->arena, n, struct private_key *);
	g->sign = arena_make(&g->arena, n, struct sign);
	g->field = arena_make(&g->arena, n, str);
}

static void
end(struct signing *g)
{
	for (size_t i = 0; i < g->o->sign.keys; i++)
		private_key_free(g->key[i]);
	if (g->hashes != NULL)
		body_hashes_free(g->hashes);
	spool_end(&g->spool);
	crypto_free(g->crypto);
	arena_free(&g->reading);
	arena_free(&g->arena);
}

int
run_sign(const struct options *o)
{
	static struct signing g; /* it holds a buffer of some size */

	if (!complete(o))
		return EXIT_UNUSABLE;
	begin(&g, o);
	bool done = sign(&g);
	end(&g);
	return done ? EXIT_PASS : EXIT_UNUSABLE;
}
