/*
 * fuzz_wire.c - hostile DNS responses, and what is read can be saved.
 *
 * The first octet chooses the type; the question is put in front, so that the
 * fuzzer need not find it.
 */
#include "fuzz.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mailauth/buf.h"
#include "net/wire.h"
#include "net/zone.h"

static const enum dns_type types[] = { DNS_A, DNS_NS, DNS_CNAME, DNS_SOA,
	DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA };

static void
check(const struct dns_answer *answer)
{
	assert(answer->status != DNS_UNKNOWN);
	assert((answer->status == DNS_OK) == (answer->n > 0));
	for (size_t i = 0; i < answer->n; i++) {
		const struct dns_rr *rr = &answer->rr[i];
		assert(rr->data.p);
		for (size_t c = 0; c < rr->cuts; c++)
			assert(rr->cut[c] <= rr->data.n);
	}
}

/* Saved and read again it must be the same. */
static void
replay(struct arena *a, enum dns_type type, str name,
	const struct dns_answer *answer)
{
	struct dns *dns = dns_new(a);
	struct zone *z = zone_new(a);
	struct zone_error e;
	struct dns_answer again;

	dns_begin(dns);
	dns_ask(dns, type, name);
	dns_tell(dns, dns_take(dns), answer);
	assert(zone_parse(z, zone_write(a, dns), &e));
	zone_answer(z, a, type, name, &again);
	assert(again.status == answer->status && again.n == answer->n);
	assert(again.authentic == answer->authentic);
	assert(str_eq(again.canonical, answer->canonical));
	for (size_t i = 0; i < again.n; i++)
		assert(str_eq(again.rr[i].data, answer->rr[i].data));
}

static void
read_one(struct arena *a, str message, enum dns_type type, str name)
{
	struct dns_answer answer;

	wire_answer(a, message, type, name, &answer);
	check(&answer);
	replay(a, type, name, &answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	unsigned char query[WIRE_MAX_QUERY];
	struct arena a;
	str name = STR("x.Example"), rest;

	if (n < 4)
		return 0;
	arena_init(&a, (size_t)1 << 30, NULL, NULL);
	struct buf b = { .arena = &a };
	enum dns_type type = types[data[0] % 8];
	rest = (str){ (const char *)data + 1, n - 1 };
	read_one(&a, rest, type, name);

	size_t q = wire_query(query, 7, type, name, false);
	query[2] |= 0x80;
	query[3] = (unsigned char)rest.p[0] & 0x23;
	query[7] = (unsigned char)rest.p[1];
	query[9] = (unsigned char)rest.p[2];
	buf_add(&b, (str){ (const char *)query, q });
	buf_add(&b, str_skip(rest, 3));
	read_one(&a, buf_str(&b), type, name);
	arena_free(&a);
	return 0;
}
