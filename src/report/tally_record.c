/*
 * tally_record.c - what one record says of the messages it counts.
 */
#include "tally_record.h"

#include "findings/service.h"
#include "mailauth/domain.h"

uint64_t
tally_sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void
tally_add_to(uint64_t *to, uint64_t n)
{
	*to = tally_sum(*to, n);
}

/* --- one record ------------------------------------------------------- */

static enum tally_state
state_of(enum result aligned, const struct aggregate_check *check, size_t n)
{
	bool fails = false;

	if (aligned == RESULT_PASS)
		return TALLY_ALIGNED;
	for (size_t i = 0; i < n; i++) {
		if (check[i].result == RESULT_PASS)
			return TALLY_UNALIGNED;
		fails |= check[i].result != RESULT_PENDING &&
			 check[i].result != RESULT_NONE;
	}
	return fails ? TALLY_FAIL : TALLY_NONE;
}

enum tally_state
tally_spf_state(const struct aggregate_record *r)
{
	return state_of(r->spf, r->sender, r->senders);
}

enum tally_state
tally_dkim_state(const struct aggregate_record *r)
{
	return state_of(r->dkim, r->signature, r->signatures);
}

str
tally_state_word(enum tally_state state, bool dkim)
{
	static const str words[TALLY_STATES] = { STR_INIT("aligned"),
		STR_INIT("unaligned"), STR_INIT("fail"), STR_INIT("none") };

	return dkim && state == TALLY_FAIL ? STR("broken") : words[state];
}

enum tally_state
tally_most(const uint64_t count[TALLY_STATES])
{
	enum tally_state most = TALLY_NONE;

	for (int i = 0; i < TALLY_STATES; i++)
		if (count[i] > count[most])
			most = (enum tally_state)i;
	return most;
}

bool
tally_related(str a, str b)
{
	return a.n > 0 && b.n > 0 &&
	       (domain_at_or_below(a, b) || domain_at_or_below(b, a));
}

str
tally_vouching(const struct aggregate_record *r)
{
	for (size_t i = 0; i < r->signatures; i++)
		if (r->signature[i].result == RESULT_PASS)
			return r->signature[i].domain;
	for (size_t i = 0; i < r->senders; i++)
		if (r->sender[i].result == RESULT_PASS)
			return r->sender[i].domain;
	return (str){ 0 };
}

static bool
is_service(const struct aggregate_check *check, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (check[i].result == RESULT_PASS &&
			sender_service(check[i].domain).p)
			return true;
	return false;
}

/* "arc=pass" is how Google says it. */
static bool
is_forwarded(const struct aggregate_record *r)
{
	for (size_t i = 0; i < r->reasons; i++) {
		const struct aggregate_reason *x = &r->reason[i];
		if (x->type == OVERRIDE_FORWARDED ||
			x->type == OVERRIDE_TRUSTED_FORWARDER ||
			x->type == OVERRIDE_MAILING_LIST ||
			str_ifind(x->comment, STR("arc=pass")) < x->comment.n)
			return true;
	}
	return false;
}

const struct aggregate_check *
tally_failing(const struct aggregate_check *check, size_t n, str domain)
{
	for (size_t i = 0; i < n; i++)
		if (check[i].result != RESULT_PASS &&
			check[i].result != RESULT_NONE &&
			tally_related(check[i].domain, domain))
			return &check[i];
	return NULL;
}

static enum tally_cause
cause_of(const struct aggregate_record *r, str domain)
{
	if (is_forwarded(r))
		return CAUSE_FORWARDED;
	if (is_service(r->signature, r->signatures) ||
		is_service(r->sender, r->senders))
		return CAUSE_SERVICE;
	if (tally_failing(r->signature, r->signatures, domain))
		return CAUSE_BROKEN;
	return tally_vouching(r).p ? CAUSE_OTHER : CAUSE_NOTHING;
}

void
tally_count_record(
	struct tally_count *c, const struct aggregate_record *r, str domain)
{
	enum tally_state spf = tally_spf_state(r), dkim = tally_dkim_state(r);
	uint64_t n = r->count;

	tally_add_to(&c->messages, n);
	tally_add_to(&c->spf[spf], n);
	tally_add_to(&c->dkim[dkim], n);
	tally_add_to(&c->disposition[r->disposition], n);
	for (size_t i = 0; i < r->reasons; i++)
		tally_add_to(&c->override[r->reason[i].type], n);
	if (!aggregate_passes(r)) {
		tally_add_to(&c->cause[cause_of(r, domain)], n);
		return;
	}
	tally_add_to(&c->pass, n);
	if (dkim == TALLY_ALIGNED && spf != TALLY_ALIGNED) {
		tally_add_to(&c->only_dkim, n);
		if (tally_failing(r->sender, r->senders, domain))
			tally_add_to(&c->moved, n);
	}
	if (spf == TALLY_ALIGNED && dkim != TALLY_ALIGNED)
		tally_add_to(&c->only_spf, n);
}
