/*
 * fuzz_auth.c - a whole examination: message, zone and client from one input.
 *
 * A master file, the line ";MAIL", and a message.  It is examined twice, with
 * answers in order and the body at once, and with answers in reverse and the
 * body in pieces; both must come to the same verdict.
 */
#include "fuzz.h"

#include "mailauth/buf.h"
#include "mailauth/findings.h"
#include "net/zone.h"

#include <assert.h>

enum { MEMORY = 256 << 20, NOW = 1760700000 };

static struct crypto *crypto;
static struct suffix_list *suffixes;

static void
answer_one(struct dns *dns, const struct zone *zone, struct arena *names,
	bool newest)
{
	struct dns_answer answer;
	struct dns_question *q = open_question(dns, newest);

	assert(q);
	zone_answer(zone, names, q->type, q->name, &answer);
	dns_tell(dns, q, &answer);
}

static void
settle(struct auth *auth, struct dns *dns, const struct zone *zone,
	struct arena *names, bool newest)
{
	for (size_t i = 0; !auth_step(auth); i++) {
		assert(i <= DNS_MAX_QUESTIONS);
		answer_one(dns, zone, names, newest);
	}
}

/* The codes of what is found; their texts are looked at on the way. */
static str
look(const struct auth_setup *setup, const struct auth_verdict *v,
	const struct zone *zone, struct arena *names, str body, bool newest)
{
	struct findings_setup what = { .auth = setup, .v = v, .body = body };
	struct findings *f = findings_new(&what);
	struct buf b = { .arena = setup->arena };
	size_t n, roots;

	while (!findings_step(f))
		answer_one(setup->dns, zone, names, newest);
	const struct finding *x = findings_list(f, &n);
	roots = findings_roots(f);
	for (size_t i = 0; i < n; i++) {
		assert((i < roots) == !x[i].cause);
		assert(x[i].message.n > 0 && x[i].at + x[i].n <= x[i].text.n);
		buf_add(&b, finding_kind(x[i].code)->code);
		buf_char(&b, ' ');
	}
	return buf_str(&b);
}

/* What must not depend on the order of arrival, as text. */
static str
summary(struct arena *a, const struct auth_verdict *v)
{
	struct buf b = { .arena = a };

	buf_add(&b, result_word(v->result));
	buf_add(&b, result_word(v->spf.result));
	buf_add(&b, v->spf.reason);
	buf_add(&b, result_word(v->spf_helo.result));
	for (size_t i = 0; i < v->dkim_facts.n; i++) {
		buf_add(&b, result_word(v->dkim[i].result));
		buf_add(&b, v->dkim[i].reason);
		buf_uint(&b, v->dkim[i].unsigned_bytes);
	}
	buf_add(&b, result_word(v->arc.result));
	buf_add(&b, v->arc.reason);
	buf_uint(&b, v->arc.oldest_pass);
	buf_add(&b, v->dmarc.reason);
	buf_add(&b, v->dmarc.organizational);
	buf_add(&b, result_word(v->dmarc_other.result));
	return buf_str(&b);
}

/* What we write can be read, and is known for ours. */
static void
annotate(struct arena *a, const struct message *m, const struct auth_verdict *v,
	const struct auth_setup *setup)
{
	str field = auth_results_field(a, v, &setup->client, setup->receiver);
	const struct message *own = message_from(a, field);

	assert(own->n == 1 && str_eq(own->head, field));
	assert(authres_parse(a, own->field[0].value).valid);
	assert(auth_is_forged(a, &own->field[0], setup->receiver));
	for (size_t i = 0; i < m->n; i++)
		auth_is_forged(a, &m->field[i], setup->receiver);
	for (size_t i = 0; i < v->n_recorded; i++)
		assert(v->recorded[i].hop <= m->n);
}

static const str sealer = STR_INIT("example.com");

static str
examine(struct arena *a, const struct zone *zone, str mail, bool reverse)
{
	struct head_reader r;
	struct arena names;
	size_t used;

	head_begin(&r, a, 0);
	used = head_feed(&r, mail);
	head_end(&r);
	if (r.state != HEAD_DONE)
		return STR("no mail");
	arena_init(&names, MEMORY, NULL, NULL);
	const struct message *m = message_parse(a, &r);
	struct auth_setup setup = {
		.arena = a,
		.dns = dns_new(&names),
		.crypto = crypto,
		.message = m,
		.suffixes = suffixes,
		.method = DMARC_TREEWALK,
		.client = client_find(a, m, &(struct client_options){ 0 }),
		.sealer = &sealer,
		.sealers = 1,
		.receiver = STR("mx.example"),
		.now = NOW,
		.newest_only = reverse,
	};
	struct auth *auth = auth_new(&setup);

	auth_step(auth);
	auth_body(auth, r.rest);
	str body = str_skip(mail, used);
	for (size_t piece = reverse ? 7 : body.n; body.n > 0;
		body = str_skip(body, piece))
		auth_body(auth, str_sub(body, 0, piece));
	auth_body_end(auth);
	settle(auth, setup.dns, zone, &names, reverse);
	if (auth_check_older(auth))
		settle(auth, setup.dns, zone, &names, reverse);
	str said = summary(a, auth_verdict(auth));
	annotate(a, m, auth_verdict(auth), &setup);
	str found = look(&setup, auth_verdict(auth), zone, &names,
		str_skip(mail, used), reverse);
	said = STR_CAT(a, said, found);
	zone_write(&names, setup.dns);
	auth_free(auth);
	arena_free(&names);
	return said;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	str input = { (const char *)data, n };
	str mark = STR("\n;MAIL\n");
	size_t at = str_ifind(input, mark);
	struct zone_error error;
	struct arena a;

	if (!crypto) {
		crypto = crypto_new();
		suffixes = suffix_list_new(NULL);
	}
	arena_init(&a, MEMORY, NULL, NULL);
	struct zone *zone = zone_new(&a);
	zone_parse(zone, str_sub(input, 0, at), &error); /* what it has read */
	str mail = str_skip(input, at + mark.n);
	str one = examine(&a, zone, mail, false);
	str two = examine(&a, zone, mail, true);
	assert(str_eq(one, two));
	arena_free(&a);
	return 0;
}
