/*
 * fuzz_zone.c - hostile master files, and what is written comes back.
 */
#include "fuzz.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mailauth/buf.h"
#include "net/zone.h"

static const char *const names[] = { "a", "b.a", "x.b.a", "*.a", "c", "d.c",
	"a.b.c.d", "\\", "a b", "example.com", "www.example.com" };
static const enum dns_type types[] = { DNS_A, DNS_MX, DNS_TXT, DNS_CNAME,
	DNS_SOA };

/* Answers all that a store wants to know. */
static void
answer_all(const struct zone *z, struct arena *a, struct dns *dns)
{
	struct dns_question *q;

	dns_begin(dns);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
			dns_begin(dns);
			dns_ask(dns, types[t], str_from(names[i]));
		}
	while ((q = dns_take(dns))) {
		struct dns_answer answer;
		zone_answer(z, a, q->type, q->name, &answer);
		dns_tell(dns, q, &answer);
	}
}

static void
same(const struct dns_answer *a, const struct dns_answer *b)
{
	assert(a->status == b->status && a->n == b->n && a->ttl == b->ttl);
	assert(a->authentic == b->authentic);
	assert((a->canonical.p == NULL) == (b->canonical.p == NULL));
	assert(str_eq(a->canonical, b->canonical));
	for (size_t i = 0; i < a->n; i++) {
		const struct dns_rr *x = &a->rr[i], *y = &b->rr[i];
		assert(str_eq(x->data, y->data) && x->cuts == y->cuts &&
			x->preference == y->preference);
		assert(x->cuts == 0 ||
			memcmp(x->cut, y->cut, x->cuts * sizeof(*x->cut)) == 0);
	}
}

static void
replay(struct arena *a, const struct dns *dns)
{
	struct zone *z = zone_new(a);
	struct zone_error e;
	size_t n;
	struct dns_question *const *q = dns_questions(dns, &n);

	assert(zone_parse(z, zone_write(a, dns), &e));
	for (size_t i = 0; i < n; i++) {
		struct dns_answer answer;
		zone_answer(z, a, q[i]->type, q[i]->name, &answer);
		same(&answer, q[i]->answer);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a;
	struct zone_error e;

	arena_init(&a, (size_t)1 << 30, NULL, NULL);
	struct zone *z = zone_new(&a);
	bool ok = zone_parse(z, (str){ (const char *)data, n }, &e);
	assert(ok || (e.line > 0 && e.message.n > 0));
	struct dns *dns = dns_new(&a);
	answer_all(z, &a, dns);
	replay(&a, dns);
	arena_free(&a);
	return 0;
}
