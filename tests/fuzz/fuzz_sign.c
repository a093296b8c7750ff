/*
 * fuzz_sign.c - messages that are signed, then sealed, then read again: what
 * was made for a message passes there.
 *
 * The first octet chooses the canonicalizations, whether there is an l=, and
 * the seal; the rest is the message.
 */
#include "fuzz.h"

#include <assert.h>

#include "mailauth/arc.h"
#include "mailauth/seal.h"
#include "mailauth/time.h"

/* The key of RFC 8463 A.2, both halves. */
#define SECRET "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
static const struct dns_rr public_half = {
	.data = STR_INIT("k=ed25519; "
			 "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
};
static const struct dns_answer found = {
	.status = DNS_OK, .n = 1, .rr = &public_half
};

enum { RELAX_HEADER = 1, RELAX_BODY = 2, LENGTH = 4, SEAL = 8, NOW = 1000 };

struct setting {
	struct arena *arena;
	struct crypto *crypto;
	struct private_key *key;
	unsigned how;
};

struct mail {
	const struct message *message;
	str text, body;
};

/* --- a message ------------------------------------------------------- */

/* False when it is none, or its header section has no clear end. */
static bool
read_mail(struct arena *a, str text, struct mail *m)
{
	struct head_reader r;

	head_begin(&r, a, 0);
	head_feed(&r, text);
	head_end(&r);
	if (r.state != HEAD_DONE || r.notes.broken)
		return false;
	m->message = message_parse(a, &r);
	m->text = text;
	m->body = str_skip(text, (size_t)m->message->body);
	return true;
}

static void
feed(struct body_hashes *hashes, const struct mail *m)
{
	body_hashes_feed(hashes, m->body);
	body_hashes_end(hashes);
}

/* --- making ---------------------------------------------------------- */

static struct sign
sign_for(const struct setting *g, const struct mail *m)
{
	return (struct sign){
		.arena = g->arena,
		.crypto = g->crypto,
		.message = m->message,
		.key = g->key,
		.domain = STR("example.com"),
		.selector = STR("s"),
		.header_canon =
			g->how & RELAX_HEADER ? CANON_RELAXED : CANON_SIMPLE,
		.body_canon =
			g->how & RELAX_BODY ? CANON_RELAXED : CANON_SIMPLE,
		.length = g->how & LENGTH ? g->how >> 4 : BODY_WHOLE,
		.time = NOW,
		.expires = TIME_UNKNOWN,
	};
}

/* An mbox line stays first. */
static str
put_on_top(struct arena *a, const struct mail *m, str fields)
{
	size_t top = (size_t)m->message->field[0].at;

	return STR_CAT(
		a, str_sub(m->text, 0, top), fields, str_skip(m->text, top));
}

/* The signed message; absent when it is not to be signed. */
static str
sign(const struct setting *g, const struct mail *m)
{
	struct body_hashes *hashes = body_hashes_new(g->arena, g->crypto);
	struct sign s = sign_for(g, m);
	str field = { 0 };

	if (sign_begin(&s, hashes) == SIGN_OK) {
		feed(hashes, m);
		field = sign_end(&s, hashes);
		assert(field.p);
	}
	body_hashes_free(hashes);
	return field.p ? put_on_top(g->arena, m, field) : field;
}

static void
answer_all(struct dns *dns)
{
	struct dns_question *q;

	while ((q = dns_take(dns)))
		dns_tell(dns, q, &found);
}

static struct arc_verdict
chain_of(const struct setting *g, const struct mail *m,
	const struct arc_facts *f, const struct body_hashes *hashes)
{
	struct dns *dns = dns_new(g->arena);
	struct arc_verdict v;

	do {
		dns_begin(dns);
		v = arc_check(
			g->arena, dns, g->crypto, m->message, f, hashes, NOW);
		answer_all(dns);
	} while (!dns_settled(dns));
	return v;
}

/* The sealed message, and what was found of the chain before. */
static str
seal(const struct setting *g, const struct mail *m, enum result *chain)
{
	struct body_hashes *hashes = body_hashes_new(g->arena, g->crypto);
	struct arc_facts facts = arc_facts(g->arena, m->message, hashes);
	struct seal s = { .signature = sign_for(g, m), .facts = &facts };
	str out = { 0 };

	s.signature.length = BODY_WHOLE;
	s.results = STR("mx.example;\n\tdkim=pass header.d=example.com");
	if (seal_begin(&s, hashes) == SEAL_OK) {
		feed(hashes, m);
		s.chain = chain_of(g, m, &facts, hashes).result;
		*chain = s.chain;
		bool made = seal_end(&s, hashes);
		assert(made);
		out = put_on_top(g->arena, m,
			STR_CAT(g->arena, s.field[0], s.field[1], s.field[2]));
	}
	body_hashes_free(hashes);
	return out;
}

/* --- reading again --------------------------------------------------- */

/* The text with new fields on top is the same message below them. */
static struct mail
read_again(const struct setting *g, str text, const struct mail *before,
	size_t more)
{
	struct mail m;
	bool is_mail = read_mail(g->arena, text, &m);

	assert(is_mail && m.message->n == before->message->n + more);
	assert(str_eq(m.body, before->body));
	return m;
}

static void
check_signed(const struct setting *g, const struct mail *m)
{
	struct body_hashes *hashes = body_hashes_new(g->arena, g->crypto);
	struct dkim_facts f =
		dkim_facts(g->arena, m->message, STR("example.com"), hashes);
	struct dns *dns = dns_new(g->arena);
	struct dkim_verdict v;

	feed(hashes, m);
	do {
		dns_begin(dns);
		v = dkim_check(g->arena, dns, g->crypto, m->message,
			&f.signature[0], hashes, NOW);
		answer_all(dns);
	} while (!dns_settled(dns));
	assert(v.result == RESULT_PASS);
	body_hashes_free(hashes);
}

/* A chain that held, or a first set, holds. */
static void
check_sealed(const struct setting *g, const struct mail *m, enum result chain)
{
	struct body_hashes *hashes = body_hashes_new(g->arena, g->crypto);
	struct arc_facts f = arc_facts(g->arena, m->message, hashes);

	feed(hashes, m);
	enum result now = chain_of(g, m, &f, hashes).result;
	assert(now == (chain == RESULT_FAIL ? RESULT_FAIL : RESULT_PASS));
	assert(f.cv_fail == (chain == RESULT_FAIL));
	body_hashes_free(hashes);
}

static void
run(const struct setting *g, str text)
{
	struct mail m;
	enum result chain;

	if (!read_mail(g->arena, text, &m))
		return;
	str made = sign(g, &m);
	if (made.p) {
		m = read_again(g, made, &m, 1);
		check_signed(g, &m);
	}
	if (!(g->how & SEAL) || !(made = seal(g, &m, &chain)).p)
		return;
	m = read_again(g, made, &m, 3);
	check_sealed(g, &m, chain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct crypto *crypto;
	static struct private_key *key;
	struct arena arena;

	arena_init(&arena, (size_t)1 << 28, NULL, NULL);
	if (!crypto) {
		crypto = crypto_new();
		key = private_key_load(crypto, &arena, STR(SECRET)).key;
	}
	struct setting g = { &arena, crypto, key, n > 0 ? data[0] : 0 };
	run(&g, str_skip((str){ (const char *)data, n }, 1));
	arena_free(&arena);
	return 0;
}
