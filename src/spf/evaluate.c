/*
 * evaluate.c - check_host(). (RFC 7208 4, 5.2, 6.1)
 *
 * One evaluation, straight from left to right, with its counters afresh.  It
 * does not stop at an answer that is not here yet: what it asks beyond that
 * one saves round trips, so that all of a record is asked for at once, and
 * nothing behind a term that has decided.  exists, ptr and %{p} wait until
 * all before them is known, since their questions carry the sender's data, or
 * depend on the client's own name servers.
 */
#include "eval.h"
#include "mailauth/buf.h"
#include "mailauth/domain.h"

/* --- terms ----------------------------------------------------------- */

static bool
uses(const struct spf_term *t, char letter)
{
	return t->spec.p && spf_macro_uses(t->spec, letter);
}

bool
spf_target(struct eval *e, const struct spf_term *t, str domain, str *target)
{
	*target = domain;
	if (e->odd_local && (uses(t, 's') || uses(t, 'l')))
		return false; /* RFC 8616 4 */
	if ((t->kind == SPF_EXISTS || t->kind == SPF_PTR || uses(t, 'p')) &&
		!dns_settled(e->dns))
		return false;
	if (!t->spec.p)
		return true;
	e->macros.domain = domain;
	if (uses(t, 'p')) {
		e->macros.validated = spf_validated_name(e, domain);
		if (!dns_settled(e->dns))
			return false;
	}
	*target = spf_macro_expand(
		e->arena, t->spec, SPF_MACRO_DOMAIN, &e->macros);
	return true;
}

static struct spf_step
term_step(const struct spf_term *t)
{
	bool free_of_charge = t->kind == SPF_ALL || t->kind == SPF_IP4 ||
			      t->kind == SPF_IP6; /* 4.6.4 */

	return (struct spf_step){ .text = t->text, .cost = !free_of_charge };
}

/* Of the whole tree, the 11th is too many. (4.6.4) */
static bool
count_lookup(struct eval *e, const struct spf_term *t)
{
	if (++e->lookups <= SPF_MAX_LOOKUPS)
		return true;
	spf_blame(e, SPF_ERROR_LOOKUPS,
		SAY(e, STR("more than 10 DNS lookups: "), t->text, STR(" of "),
			e->here.name, STR(" is the 11th")));
	return false;
}

static str
what_is_missing(const struct outcome *o, str target)
{
	if (!dns_name_valid(target))
		return STR("is not a domain name");
	if (domain_labels(target) < 2)
		return STR("is not a full domain name");
	return o->missing ? STR("does not exist") : STR("has no SPF record");
}

/* include, redirect: a target without a record is an error. (5.2, 6.1) */
static struct outcome
check_target(struct eval *e, const struct spf_term *t, str target)
{
	struct spf_place here = e->here;
	struct outcome out;
	bool plain = str_find(t->spec, '%') == t->spec.n;

	out = spf_check_host(e, target);
	e->here = here;
	if (out.result != RESULT_NONE)
		return out;
	out.result = RESULT_PERMERROR;
	spf_blame(e, SPF_ERROR_MISSING,
		SAY(e, t->text, plain ? STR(" ") : STR(" ("),
			plain ? STR("") : target, plain ? STR("") : STR(") "),
			what_is_missing(&out, target)));
	return out;
}

/* The table of 5.2. */
static enum match
match_include(struct eval *e, const struct spf_term *t, str target)
{
	switch (check_target(e, t, target).result) {
	case RESULT_PASS: return MATCH_YES;
	case RESULT_TEMPERROR: return MATCH_TEMPERROR;
	case RESULT_PERMERROR: return MATCH_PERMERROR;
	default: return MATCH_NO;
	}
}

static enum match
as_match(bool matched)
{
	return matched ? MATCH_YES : MATCH_NO;
}

/* *target: what was asked for, absent when nothing was. */
static enum match
match_term(struct eval *e, const struct spf_term *t, str domain, str *target)
{
	switch (t->kind) {
	case SPF_ALL: return MATCH_YES;
	case SPF_IP4: return as_match(ip_in(e->ip, t->net, t->prefix4));
	case SPF_IP6: return as_match(ip_in(e->ip, t->net, t->prefix6));
	default: break;
	}
	if (!count_lookup(e, t))
		return MATCH_PERMERROR;
	if (!spf_target(e, t, domain, target)) {
		*target = (str){ NULL, 0 };
		return MATCH_NO;
	}
	if (t->kind == SPF_INCLUDE)
		return match_include(e, t, *target);
	return spf_match_lookup(e, t, *target);
}

static enum result
result_of(enum match m, const struct spf_term *t)
{
	switch (m) {
	case MATCH_YES: return t->qualifier;
	case MATCH_TEMPERROR: return RESULT_TEMPERROR;
	case MATCH_PERMERROR: return RESULT_PERMERROR;
	default: return RESULT_PENDING;
	}
}

static void
end_step(struct eval *e, size_t at, str target, enum match m, enum result r)
{
	struct spf_step *s = spf_step_at(e, at);

	if (s) {
		s->evaluated = true;
		s->matched = m == MATCH_YES;
		s->domain = target;
		s->answer = e->answer;
		s->lookups = e->lookups;
		s->voids = e->voids;
		s->result = r;
	}
	e->answer = (str){ NULL, 0 };
}

static void
evaluate_term(struct eval *e, const struct spf_term *t, struct outcome *o)
{
	size_t at = spf_step_add(e, term_step(t));
	str target = { NULL, 0 };
	enum match m;

	e->here.span = t->text;

	e->depth++;
	m = match_term(e, t, o->domain, &target);
	e->depth--;
	o->result = result_of(m, t);
	o->term = m == MATCH_YES ? t : NULL;
	end_step(e, at, target, m, o->result);
}

/* --- records --------------------------------------------------------- */

static bool
is_mechanism(const struct spf_term *t)
{
	return t->kind >= SPF_ALL && t->kind <= SPF_EXISTS;
}

static void
list_term(struct eval *e, const struct spf_term *t)
{
	spf_step_add(e, term_step(t));
}

/* The target's result stands for ours, and its exp with it. (6.1, 6.2) */
static void
follow_redirect(struct eval *e, const struct spf_term *t, struct outcome *o)
{
	size_t at = spf_step_add(e, term_step(t));
	str record = o->record, target = { NULL, 0 };

	e->here.span = t->text;
	e->depth++;
	if (!count_lookup(e, t))
		o->result = RESULT_PERMERROR;
	else if (spf_target(e, t, o->domain, &target))
		*o = check_target(e, t, target);
	else
		target = (str){ NULL, 0 };
	e->depth--;
	o->record = record;
	end_step(e, at, target, MATCH_NO, o->result);
}

static void
evaluate_terms(struct eval *e, const struct spf_record *r, struct outcome *o)
{
	bool decided = false;

	for (size_t i = 0; i < r->n; i++) {
		const struct spf_term *t = &r->term[i];
		if (!is_mechanism(t))
			continue;
		if (decided)
			list_term(e, t);
		else
			evaluate_term(e, t, o);
		decided = o->result != RESULT_PENDING;
	}
	if (!decided)
		o->result = RESULT_NEUTRAL; /* 4.7 */
	if (r->redirect && !decided)
		follow_redirect(e, r->redirect, o);
	else if (r->redirect)
		list_term(e, r->redirect);
}

/* The one SPF record at the domain; PENDING when there is one. (4.4, 4.5) */
static enum result
select_record(
	struct eval *e, str domain, const struct dns_answer *a, str *record)
{
	size_t found = 0;

	if (dns_failed(a)) {
		spf_blame_dns(e, DNS_TXT, domain, a);
		return RESULT_TEMPERROR;
	}
	for (size_t i = 0; i < a->n; i++)
		if (spf_is_record(a->rr[i].data) && found++ == 0)
			*record = a->rr[i].data;
	if (found < 2)
		return found ? RESULT_PENDING : RESULT_NONE;
	*record = (str){ NULL, 0 };
	e->here = (struct spf_place){ .name = domain };
	spf_blame(e, SPF_ERROR_MULTIPLE,
		SAY(e, domain, STR(" has "), str_number(e->arena, found),
			STR(" SPF records, where only one may be")));
	return RESULT_PERMERROR;
}

static enum result
blame_syntax(struct eval *e, str domain, str text, const struct spf_record *r)
{
	e->here = (struct spf_place){ domain, text,
		str_sub(text, r->error_at, r->error_n) };
	spf_blame(e, SPF_ERROR_SYNTAX,
		SAY(e, STR("the SPF record of "), domain, STR(" is wrong: "),
			r->reason));
	return RESULT_PERMERROR;
}

static void
evaluate_record(struct eval *e, struct outcome *o)
{
	struct spf_record r =
		spf_record_recall(dns_shelf(e->dns), e->arena, o->record);

	if (!r.valid) {
		o->result = blame_syntax(e, o->domain, o->record, &r);
		return;
	}
	o->exp = r.exp;
	e->here = (struct spf_place){ .name = o->domain, .record = o->record };
	e->depth++;
	evaluate_terms(e, &r, o);
	e->depth--;
}

struct outcome
spf_check_host(struct eval *e, str domain)
{
	static const struct dns_answer nothing = { .status = DNS_BADNAME };
	struct outcome o = { .domain = domain };
	bool askable = domain_labels(domain) > 1; /* 4.3 */
	const struct dns_answer *a =
		askable ? dns_ask(e->dns, DNS_TXT, domain) : &nothing;
	size_t at = spf_step_add(
		e, (struct spf_step){ .record = true, .domain = domain });
	struct spf_step *s;

	o.missing = dns_missing(a);
	if (a->status == DNS_UNKNOWN)
		return o;
	e->authentic &= a->authentic;
	o.result = select_record(e, domain, a, &o.record);
	if (o.record.p)
		evaluate_record(e, &o);
	if ((s = spf_step_at(e, at)) != NULL) {
		s->text = o.record;
		s->result = o.result;
		s->evaluated = true;
		if (!o.record.p)
			s->answer = a->n > 0 ? STR("no SPF record")
					     : dns_status_word(a->status);
	}
	return o;
}
