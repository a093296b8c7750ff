/*
 * auth.c - the examination of one message.
 *
 * Each check is run again, from the start, whenever more is known, until it
 * has not missed anything.  What a run allocated is given back when it does
 * not count.  The checks are independent but for DMARC, which leans on the
 * others: a pending identifier keeps it pending, while its own questions are
 * asked all the same.  What a run has missed is kept, and nothing is run again
 * before some of it is here.
 */
#include "override.h"
#include "recorded.h"

/* A check that is not settled: what its last run has missed. */
struct pending {
	bool ran, done;
	struct dns_missed missed;
	unsigned events;
};

struct auth {
	struct auth_setup setup;
	struct auth_verdict verdict;
	struct dkim_verdict *dkim;
	struct auth_recorded *recorded;
	struct body_hashes *hashes;
	struct spf_query mfrom, helo;
	/* of dkim one for each signature */
	struct pending spf, spf_helo, arc, dmarc, other, override, *signature;
	unsigned events; /* checks that were settled, and the body's end */
	bool compared;
};

struct spf_query
auth_spf_query(struct arena *a, const struct client *c, enum spf_scope scope,
	str receiver, int64_t now)
{
	struct address sender = { 0 };

	if (scope == SPF_MFROM && c->mail_from.n > 0)
		address_cut_path(a, c->mail_from, &sender);
	return (struct spf_query){
		.scope = scope,
		.ip = c->ip,
		.local = sender.local,
		.domain = sender.domain,
		.helo = c->helo,
		.receiver = receiver,
		.now = now,
	};
}

static void
prepare_spf(struct auth *a)
{
	const struct auth_setup *s = &a->setup;

	a->mfrom = auth_spf_query(
		s->arena, &s->client, SPF_MFROM, s->receiver, s->now);
	a->helo = auth_spf_query(
		s->arena, &s->client, SPF_HELO, s->receiver, s->now);
}

static struct spf_verdict
no_spf(enum spf_scope scope, str reason)
{
	return (struct spf_verdict){
		.result = RESULT_NONE,
		.scope = scope,
		.reason = reason,
	};
}

/* What SPF cannot be asked is none, with the reason. (RFC 7208 2.6.1) */
static void
settle_without_client(struct auth *a)
{
	const struct client *c = &a->setup.client;

	if (c->ip.family == 0) {
		a->verdict.spf = no_spf(SPF_MFROM, STR("no client address"));
		a->verdict.spf_helo =
			no_spf(SPF_HELO, STR("no client address"));
		return;
	}
	if (!c->mail_from.p)
		a->verdict.spf = no_spf(SPF_MFROM, STR("no envelope sender"));
	else if (c->mail_from.n == 0 && !c->helo.p)
		a->verdict.spf =
			no_spf(SPF_MFROM, STR("null sender, and no HELO name"));
	if (!c->helo.p)
		a->verdict.spf_helo = no_spf(SPF_HELO, STR("no HELO name"));
}

struct auth *
auth_new(const struct auth_setup *setup)
{
	struct auth *a = arena_new(setup->arena, struct auth);

	a->setup = *setup;
	a->hashes = body_hashes_new(setup->arena, setup->crypto);
	a->verdict.author = dmarc_author(setup->arena, setup->message);
	a->verdict.dkim_facts = dkim_facts(setup->arena, setup->message,
		a->verdict.author.domain, a->hashes);
	a->verdict.arc_facts =
		arc_facts(setup->arena, setup->message, a->hashes);
	a->verdict.arc_facts.newest_only = setup->newest_only;
	a->dkim = arena_make(
		setup->arena, a->verdict.dkim_facts.n, struct dkim_verdict);
	a->verdict.dkim = a->dkim;
	a->signature = arena_make(
		setup->arena, a->verdict.dkim_facts.n, struct pending);
	a->recorded = recorded_read(
		setup->arena, setup->message, &a->verdict.n_recorded);
	a->verdict.recorded = a->recorded;
	prepare_spf(a);
	settle_without_client(a);
	return a;
}

void
auth_free(struct auth *a)
{
	body_hashes_free(a->hashes);
	a->hashes = NULL;
}

void
auth_body(struct auth *a, str chunk)
{
	body_hashes_feed(a->hashes, chunk);
}

void
auth_body_maybe(struct auth *a, str chunk)
{
	body_hashes_maybe(a->hashes, chunk);
}

void
auth_body_end(struct auth *a)
{
	body_hashes_end(a->hashes);
	a->events++;
}

/* Could another run come to more than the last one? */
static bool
is_due(struct auth *a, const struct pending *p)
{
	return !p->ran || dns_moved(a->setup.dns, &p->missed) ||
	       (p->missed.other && p->events != a->events);
}

/* The run that just ended: does it count?  If not, its memory is free. */
static bool
settled(struct auth *a, struct pending *p, struct arena_mark mark)
{
	p->ran = true;
	p->done = dns_settled(a->setup.dns);
	a->events += p->done;
	p->missed = dns_missed(a->setup.dns);
	p->events = a->events;
	if (!p->done)
		arena_rewind(a->setup.arena, mark);
	return p->done;
}

static bool
step_spf(struct auth *a, const struct spf_query *query, struct pending *p,
	struct spf_verdict *v)
{
	struct arena_mark mark = arena_mark(a->setup.arena);

	if (v->result != RESULT_PENDING)
		return true;
	if (!is_due(a, p))
		return false;
	dns_begin(a->setup.dns);
	*v = spf_check(a->setup.arena, a->setup.dns, query);
	if (settled(a, p, mark))
		return true;
	*v = (struct spf_verdict){ .scope = query->scope };
	return false;
}

static bool
step_signature(struct auth *a, size_t i)
{
	const struct auth_setup *s = &a->setup;
	struct arena_mark mark = arena_mark(s->arena);

	if (a->dkim[i].result != RESULT_PENDING)
		return true;
	if (!is_due(a, &a->signature[i]))
		return false;
	dns_begin(s->dns);
	a->dkim[i] = dkim_check(s->arena, s->dns, s->crypto, s->message,
		&a->verdict.dkim_facts.signature[i], a->hashes, s->now);
	if (settled(a, &a->signature[i], mark))
		return true;
	a->dkim[i] = (struct dkim_verdict){ 0 };
	return false;
}

static bool
step_arc(struct auth *a)
{
	const struct auth_setup *s = &a->setup;
	struct arena_mark mark = arena_mark(s->arena);

	if (a->arc.done || !is_due(a, &a->arc))
		return a->arc.done;
	dns_begin(s->dns);
	a->verdict.arc = arc_check(s->arena, s->dns, s->crypto, s->message,
		&a->verdict.arc_facts, a->hashes, s->now);
	if (!settled(a, &a->arc, mark))
		a->verdict.arc = (struct arc_verdict){ 0 };
	return a->arc.done;
}

/* The domains that may align, with their results. (RFC 9989 4.4) */
static struct dmarc_input
identifiers(struct auth *a)
{
	size_t n = a->verdict.dkim_facts.n;
	struct dmarc_identifier *dkim =
		arena_make(a->setup.arena, n, struct dmarc_identifier);

	for (size_t i = 0; i < n; i++) {
		dkim[i].domain =
			a->verdict.dkim_facts.signature[i].signer.domain_ascii;
		dkim[i].result = a->dkim[i].result;
	}
	return (struct dmarc_input){
		.author = &a->verdict.author,
		.spf = { a->verdict.spf.domain, a->verdict.spf.result },
		.dkim = dkim,
		.n_dkim = n,
		.suffixes = a->setup.suffixes,
	};
}

/*
 * Does DMARC wait for a signature by the author, and is there nothing that it
 * might ask before?
 */
static bool
waits_for_signature(const struct auth *a)
{
	str author = a->verdict.author.domain;
	bool own = false;

	if (!str_eq(a->verdict.spf.domain, author))
		return false;
	for (size_t i = 0; i < a->verdict.dkim_facts.n; i++) {
		if (a->dkim[i].result != RESULT_PENDING)
			return false;
		own |= str_eq(
			a->verdict.dkim_facts.signature[i].signer.domain_ascii,
			author);
	}
	return own;
}

static bool
step_dmarc(struct auth *a, enum dmarc_method method, struct pending *p,
	struct dmarc_verdict *v)
{
	struct arena_mark mark = arena_mark(a->setup.arena);

	if (p->done || !is_due(a, p))
		return p->done;
	if (p->ran && !dns_moved(a->setup.dns, &p->missed) &&
		waits_for_signature(a))
		return false;
	dns_begin(a->setup.dns);
	struct dmarc_input input = identifiers(a);
	*v = dmarc_check(a->setup.arena, a->setup.dns, &input, method);
	if (!settled(a, p, mark))
		*v = (struct dmarc_verdict){ 0 };
	return p->done;
}

static enum dmarc_method
other_method(enum dmarc_method method)
{
	return method == DMARC_PSL ? DMARC_TREEWALK : DMARC_PSL;
}

static bool
step_both_dmarc(struct auth *a)
{
	struct auth_verdict *v = &a->verdict;
	enum dmarc_method method = a->setup.method;
	bool done = step_dmarc(a, method, &a->dmarc, &v->dmarc);

	if (!a->setup.suffixes)
		return done;
	/* it has asked, and is for comparison only */
	if (!done && v->passes > 1)
		return false;
	return step_dmarc(
		       a, other_method(method), &a->other, &v->dmarc_other) &&
	       done;
}

static bool
step_override(struct auth *a)
{
	struct arena_mark mark = arena_mark(a->setup.arena);

	if (a->override.done || !a->arc.done || !a->dmarc.done ||
		!is_due(a, &a->override))
		return a->override.done;
	dns_begin(a->setup.dns);
	a->verdict.override = override_check(&a->setup, &a->verdict);
	if (!settled(a, &a->override, mark))
		a->verdict.override = (struct auth_override){ 0 };
	return a->override.done;
}

/* Once, when all else is settled. */
static void
compare_recorded(struct auth *a)
{
	for (size_t i = 0; !a->compared && i < a->verdict.n_recorded; i++)
		recorded_compare(a->setup.arena, &a->verdict, &a->setup.client,
			&a->recorded[i]);
	a->compared = true;
}

bool
auth_step(struct auth *a)
{
	struct auth_verdict *v = &a->verdict;
	bool done = true;

	v->passes++;
	done &= step_spf(a, &a->mfrom, &a->spf, &v->spf);
	done &= step_spf(a, &a->helo, &a->spf_helo, &v->spf_helo);
	for (size_t i = 0; i < v->dkim_facts.n; i++)
		done &= step_signature(a, i);
	done &= step_arc(a);
	done &= step_both_dmarc(a);
	done &= step_override(a);
	v->result = v->dmarc.result;
	if (done)
		compare_recorded(a);
	return done;
}

const struct auth_verdict *
auth_verdict(const struct auth *a)
{
	return &a->verdict;
}

bool
auth_check_older(struct auth *a)
{
	struct arc_facts *facts = &a->verdict.arc_facts;

	if (!facts->newest_only || facts->n < 2)
		return false;
	facts->newest_only = false;
	a->arc = (struct pending){ 0 };
	return true;
}

bool
auth_has_broken(const struct auth_verdict *v)
{
	for (size_t i = 0; i < v->dkim_facts.n; i++)
		if (v->dkim[i].body_hash == RESULT_FAIL ||
			v->dkim[i].header_hash == RESULT_FAIL)
			return true;
	return false;
}
