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

static void
add(uint64_t *to, uint64_t n)
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

/* One tree: then a check of one can be meant for the other. */
static bool
is_related(str a, str b)
{
	return a.n > 0 && b.n > 0 &&
	       (domain_at_or_below(a, b) || domain_at_or_below(b, a));
}

/* The first domain that passes; where nothing aligns, not a wanted one. */
static str
vouching(const struct aggregate_record *r)
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

/* The first check of that domain that does not pass, or NULL. */
static const struct aggregate_check *
failing(const struct aggregate_check *check, size_t n, str domain)
{
	for (size_t i = 0; i < n; i++)
		if (check[i].result != RESULT_PASS &&
			check[i].result != RESULT_NONE &&
			is_related(check[i].domain, domain))
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
	if (failing(r->signature, r->signatures, domain))
		return CAUSE_BROKEN;
	return vouching(r).p ? CAUSE_OTHER : CAUSE_NOTHING;
}

/* One that fails although it should be of use. */
static str
broken_selector(const struct aggregate_record *r, str domain)
{
	const struct aggregate_check *x =
		failing(r->signature, r->signatures, domain);

	if (x == NULL)
		return (str){ 0 };
	return x->selector.n > 0 ? x->selector : STR("?");
}

struct tally_kind
tally_kind_of(const struct aggregate_record *r, str domain)
{
	struct tally_kind k = { 0 };

	k.spf = (unsigned char)state_of(r->spf, r->sender, r->senders);
	k.dkim = (unsigned char)state_of(r->dkim, r->signature, r->signatures);
	k.disposition = (unsigned char)r->disposition;
	k.passes = aggregate_passes(r);
	for (size_t i = 0; i < r->reasons; i++)
		k.overrides |= (uint16_t)(1u << r->reason[i].type);
	k.from = r->header_from;
	if (k.dkim != TALLY_ALIGNED)
		k.broken = broken_selector(r, domain);
	if (k.passes) {
		k.moved = k.dkim == TALLY_ALIGNED && k.spf != TALLY_ALIGNED &&
			  failing(r->sender, r->senders, domain);
	} else {
		k.cause = (unsigned char)cause_of(r, domain);
		k.other = vouching(r);
	}
	return k;
}

void
tally_count_kind(struct tally_count *c, const struct tally_kind *k, uint64_t n)
{
	add(&c->messages, n);
	add(&c->spf[k->spf], n);
	add(&c->dkim[k->dkim], n);
	add(&c->disposition[k->disposition], n);
	for (unsigned i = 0; i < OVERRIDES; i++)
		if (k->overrides >> i & 1)
			add(&c->override[i], n);
	if (!k->passes) {
		add(&c->cause[k->cause], n);
		return;
	}
	add(&c->pass, n);
	if (k->dkim == TALLY_ALIGNED && k->spf != TALLY_ALIGNED)
		add(&c->only_dkim, n);
	if (k->spf == TALLY_ALIGNED && k->dkim != TALLY_ALIGNED)
		add(&c->only_spf, n);
	if (k->moved)
		add(&c->moved, n);
}
