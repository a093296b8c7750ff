/*
 * seal.c - mailauth seal: the message with one more ARC set on top.
 *
 * The message is checked in the same run: what is found goes into the set, and
 * whether the chain still holds.
 */
#include "key_file.h"
#include "outgoing.h"
#include "say.h"
#include "worker.h"

#include "mailauth/auth.h"
#include "mailauth/seal.h"
#include "mailauth/time.h"

struct sealing {
	const struct options *o;
	struct worker *worker;
	struct session session;
	struct private_key *key;
	struct outgoing mail;
	struct auth_setup setup;
	struct auth *auth;
	struct body_hashes *hashes;
	struct seal seal;
};

static bool
fail(str why)
{
	say(why);
	return false;
}

static bool
complete(const struct options *o)
{
	if (!signing_complete(o, "seal"))
		return false;
	if (o->sign.keys > 1)
		return fail(STR("seal takes one key"));
	return true;
}

/* --- the check ------------------------------------------------------- */

static void
begin_check(struct sealing *g)
{
	struct worker *w = g->worker;
	struct auth_setup *s = &g->setup;

	session_init(&g->session, w);
	session_begin(&g->session);
	s->arena = &g->session.arena;
	s->dns = g->session.dns;
	s->crypto = w->crypto;
	s->message = g->mail.message;
	s->suffixes = w->suffixes;
	s->method = g->o->method;
	s->client = client_find(s->arena, s->message, &g->o->client);
	s->receiver = w->receiver;
	s->now = worker_now(w);
	g->auth = auth_new(s);
	auth_step(g->auth); /* its questions leave before the body is read */
}

static void
settle(struct sealing *g)
{
	while (!auth_step(g->auth))
		lookup_more(&g->session.asking);
}

/* --- the set --------------------------------------------------------- */

static bool
begin_seal(struct sealing *g)
{
	const struct sign_options *s = &g->o->sign;
	struct arena *a = &g->mail.arena;
	const struct arc_facts *facts = &auth_verdict(g->auth)->arc_facts;

	g->hashes = body_hashes_new(a, g->worker->crypto);
	g->seal = (struct seal){
		.signature = { .arena = a,
			.crypto = g->worker->crypto,
			.message = g->mail.message,
			.key = g->key,
			.domain = s->domain,
			.selector = s->selector[0],
			.header_canon = s->header_canon,
			.body_canon = s->body_canon,
			.length = BODY_WHOLE,
			.time = s->time != TIME_UNKNOWN ? s->time
							: worker_now(g->worker),
			.expires = TIME_UNKNOWN,
			.fields = s->fields },
		.facts = facts,
	};
	switch (seal_begin(&g->seal, g->hashes)) {
	case SEAL_OK: return true;
	case SEAL_FULL:
		return fail(STR("the chain has 50 sets, and no room for one "
				"more (RFC 8617 4.2.1)"));
	case SEAL_ENDED:
		return fail(STR("the newest seal says cv=fail: nothing is "
				"added to such a chain (RFC 8617 5.1)"));
	case SEAL_SIGN: break;
	}
	return fail(sign_error_words(g->seal.sign));
}

/* What follows the name of a field, or all of a text that has none. */
static str
value_of(str text)
{
	static const str name = STR_INIT("Authentication-Results:");

	return str_istarts(text, name) ? str_skip(text, name.n) : text;
}

/* Those that were given, or ours. */
static str
results(const struct sealing *g, const struct auth_verdict *v)
{
	if (g->o->results.p != NULL)
		return value_of(g->o->results);
	return value_of(auth_results_field(
		g->setup.arena, v, &g->setup.client, g->worker->receiver));
}

static bool
judge_results(const struct sealing *g)
{
	enum { MOST = 998 - sizeof("ARC-Authentication-Results: i=50; ") };
	struct arena *a = g->setup.arena;
	str value = value_of(g->o->results);

	if (g->o->results.p == NULL)
		return true;
	if (value.n > MOST)
		return fail(STR("--results is longer than a line may be "
				"(RFC 5322 2.1.1)"));
	struct authres r = authres_parse(a, value);
	return (r.valid && r.authserv_id.n > 0 && r.instance == 0) ||
	       fail(STR("--results is not like 'mx.example; spf=pass "
			"smtp.mailfrom=a.example' (RFC 8601)"));
}

/* A chain that could not be validated for want of an answer is not judged. */
static int
make_set(struct sealing *g)
{
	const struct auth_verdict *v = auth_verdict(g->auth);

	if (v->arc.by_dns) {
		SAY(g->setup.arena, STR("the chain is not judged: "),
			v->arc.reason);
		return EXIT_TEMPORARY;
	}
	g->seal.chain = v->arc.result;
	g->seal.results = results(g, v);
	if (!seal_end(&g->seal, g->hashes)) {
		say(STR("OpenSSL makes no signature with this key"));
		return EXIT_UNUSABLE;
	}
	if (v->arc.result == RESULT_FAIL && !g->o->quiet)
		SAY(g->setup.arena, STR("note: sealed with cv=fail: "),
			v->arc.reason);
	return EXIT_PASS;
}

static int
seal(struct sealing *g)
{
	g->key = key_file_read(
		g->worker->crypto, g->o->arena, g->o->sign.key[0]);
	if (g->key == NULL || !outgoing_open(&g->mail, g->o))
		return EXIT_UNUSABLE;
	begin_check(g);
	if (!judge_results(g) || !begin_seal(g))
		return EXIT_UNUSABLE;
	if (!outgoing_read(&g->mail, g->hashes, g->auth))
		return EXIT_UNUSABLE;
	settle(g);
	int code = make_set(g);
	if (code == EXIT_PASS &&
		!outgoing_print(&g->mail, g->seal.field, 3, g->o->sign.only))
		code = EXIT_UNUSABLE;
	return code;
}

static void
end(struct sealing *g)
{
	if (g->auth != NULL) {
		lookup_save(&g->session.asking);
		auth_free(g->auth);
		session_end(&g->session);
		session_free(&g->session);
	}
	if (g->hashes != NULL)
		body_hashes_free(g->hashes);
	private_key_free(g->key);
	outgoing_end(&g->mail);
}

int
run_seal(const struct options *o)
{
	static struct sealing g; /* it holds a buffer of some size */

	if (!complete(o))
		return EXIT_UNUSABLE;
	g = (struct sealing){ .o = o };
	outgoing_begin(&g.mail);
	g.worker = worker_new(o);
	int code = g.worker != NULL ? seal(&g) : EXIT_UNUSABLE;
	end(&g);
	return g.worker != NULL ? worker_end(g.worker, code) : code;
}
