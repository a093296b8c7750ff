/*
 * fuzz_spf.c - a whole evaluation over a zone of the input's making.
 *
 * The input's first lines are the client, the sender and the HELO name; the
 * others are a master file.  It runs twice, with answers in order and in
 * reverse, and must say the same.
 */
#include "fuzz.h"

#include "mailauth/spf.h"
#include "net/zone.h"

#include <assert.h>

enum { MAX_PASSES = DNS_MAX_QUESTIONS + 1 };

static struct spf_verdict
run(struct arena *a, const struct zone *zone, const struct spf_query *q,
	bool newest)
{
	struct dns *dns = dns_new(a);

	for (int i = 0; i < MAX_PASSES; i++) {
		struct dns_answer answer;
		dns_begin(dns);
		struct spf_verdict v = spf_check(a, dns, q);
		if (dns_settled(dns))
			return v;
		struct dns_question *ask = open_question(dns, newest);
		assert(ask);
		zone_answer(zone, a, ask->type, ask->name, &answer);
		dns_tell(dns, ask, &answer);
	}
	assert(false && "it never settles");
	return (struct spf_verdict){ 0 };
}

static void
check_verdict(const struct spf_verdict *v)
{
	assert(v->result != RESULT_PENDING && v->result != RESULT_POLICY);
	assert(v->reason.p);
	assert(v->lookups <= SPF_MAX_LOOKUPS + 1);
	assert(v->voids <= SPF_MAX_VOIDS + 1);
	assert((v->error != SPF_ERROR_NONE) ==
		(v->result == RESULT_TEMPERROR ||
			v->result == RESULT_PERMERROR));
	assert(v->error_at <= v->error_record.n);
	assert(v->error_n <= v->error_record.n - v->error_at);
	assert(v->steps <= SPF_MAX_STEPS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	str rest = { (const char *)data, n }, sender;
	struct spf_query q = { .scope = SPF_MFROM };
	struct zone_error error;
	struct arena a;

	arena_init(&a, (size_t)512 << 20, NULL, NULL);
	ip_parse(next_line(&rest), &q.ip);
	sender = next_line(&rest);
	q.local = str_sub(sender, 0, str_rfind(sender, '@'));
	q.domain = str_skip(sender, q.local.n + 1);
	q.helo = next_line(&rest);
	struct zone *zone = zone_new(&a);
	zone_parse(zone, rest, &error); /* what stands before an error counts */
	struct spf_verdict v = run(&a, zone, &q, false);
	struct spf_verdict w = run(&a, zone, &q, true);
	check_verdict(&v);
	assert(v.result == w.result && v.lookups == w.lookups &&
		v.voids == w.voids && v.steps == w.steps);
	assert(str_eq(v.reason, w.reason) &&
		str_eq(v.explanation, w.explanation));
	spf_received_field(&a, &q, &v);
	arena_free(&a);
	return 0;
}
