/*
 * sign.c - mailauth sign: the message with signatures on top.
 */
#include "key_file.h"
#include "outgoing.h"
#include "sandbox.h"
#include "say.h"

#include "mailauth/dmarc.h"
#include "mailauth/domain.h"
#include "mailauth/time.h"

#include <time.h>

struct signing {
	const struct options *o;
	struct crypto *crypto;
	struct private_key **key; /* one for each -k */
	struct sign *sign;        /* the same */
	str *field;               /* the same, when they are made */
	struct body_hashes *hashes;
	struct outgoing mail;
};

static bool
fail(str why)
{
	say(why);
	return false;
}

static bool
load_keys(struct signing *g)
{
	const struct sign_options *s = &g->o->sign;

	for (size_t i = 0; i < s->keys; i++) {
		g->key[i] = key_file_read(g->crypto, g->o->arena, s->key[i]);
		if (g->key[i] == NULL)
			return false;
		if (s->kind == KEY_UNKNOWN ||
			s->kind == private_key_kind(g->key[i]))
			continue;
		SAY(g->o->arena, say_file(g->o->arena, s->key[i]),
			s->kind == KEY_RSA
				? STR(" is no RSA key, as -a asks for")
				: STR(" is no Ed25519 key, as -a asks for"));
		return false;
	}
	return true;
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

	g->hashes = body_hashes_new(&g->mail.arena, g->crypto);
	for (size_t i = 0; i < s->keys; i++) {
		g->sign[i] = (struct sign){
			.arena = &g->mail.arena,
			.crypto = g->crypto,
			.message = g->mail.message,
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
			return fail(sign_error_words(error));
	}
	return true;
}

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
warn_of_stranger(struct signing *g)
{
	str author = dmarc_author(&g->mail.arena, g->mail.message).domain;
	str domain = g->o->sign.domain;

	if (domain_at_or_below(author, domain) ||
		domain_at_or_below(domain, author))
		return;
	SAY(&g->mail.arena, STR("note: From is of "), author,
		STR(", and for its DMARC a signature of "), domain,
		STR(" does not count"));
}

/* RFC 5322 3.6 wants one, and OpenDKIM calls it a syntax error. */
static void
warn_of_date(struct signing *g)
{
	if (message_top(g->mail.message, STR("Date")) == NULL)
		say(STR("note: there is no Date, and without one OpenDKIM lets "
			"no message pass"));
}

static void
warn(struct signing *g)
{
	if (g->o->quiet)
		return;
	warn_of_stranger(g);
	warn_of_date(g);
}

static bool
sign(struct signing *g)
{
	if (!load_keys(g) || !outgoing_open(&g->mail, g->o) || !prepare(g) ||
		!outgoing_read(&g->mail, g->hashes, NULL) || !make_fields(g))
		return false;
	warn(g);
	return outgoing_print(
		&g->mail, g->field, g->o->sign.keys, g->o->sign.only);
}

static void
begin(struct signing *g, const struct options *o)
{
	size_t n = o->sign.keys;

	*g = (struct signing){ .o = o, .crypto = crypto_new() };
	if (g->crypto == NULL)
		say_out_of_memory(NULL);
	g->key = arena_make(o->arena, n, struct private_key *);
	g->sign = arena_make(o->arena, n, struct sign);
	g->field = arena_make(o->arena, n, str);
	outgoing_begin(&g->mail);
	sandbox_enter(o);
}

static void
end(struct signing *g)
{
	for (size_t i = 0; i < g->o->sign.keys; i++)
		private_key_free(g->key[i]);
	if (g->hashes != NULL)
		body_hashes_free(g->hashes);
	outgoing_end(&g->mail);
	crypto_free(g->crypto);
}

int
run_sign(const struct options *o)
{
	static struct signing g; /* it holds a buffer of some size */

	if (!signing_complete(o, "sign"))
		return EXIT_UNUSABLE;
	begin(&g, o);
	bool done = sign(&g);
	end(&g);
	return done ? EXIT_PASS : EXIT_UNUSABLE;
}
