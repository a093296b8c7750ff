/*
 * spf.c - check_host(). (RFC 7208 4, 5.2, 6)
 *
 * One evaluation, straight from left to right.  The counters live in the
 * struct eval, afresh in each run, for the whole tree of records.  They also
 * bound the recursion: each level costs one of the ten lookups.
 */
#include "eval.h"

#include "mailauth/buf.h"
#include "mailauth/domain.h"

struct outcome {
	enum result result;
	const struct spf_term *term; /* that matched; NULL: none did */
	const struct spf_term *exp;  /* of the record that decided */
	str domain;                  /* of that record */
	str record;                  /* of the domain asked; absent */
};

static struct outcome check_host(struct eval *, str domain);

/* --- the tree -------------------------------------------------------- */

static size_t
add_step(struct eval *e, struct spf_step step)
{
	if (e->steps == e->step_room) {
		size_t room = e->step_room ? e->step_room * 2 : 16;
		e->step = arena_grow(e->arena, e->step,
			e->step_room * sizeof(step), room * sizeof(step));
		e->step_room = room;
	}
	step.depth = e->depth;
	step.lookups = e->lookups;
	step.voids = e->voids;
	e->step[e->steps] = step;
	return e->steps++;
}

static void
end_term_step(struct eval *e, size_t at, str target, enum result r)
{
	struct spf_step *s = &e->step[at];

	s->evaluated = true;
	s->domain = target;
	s->answer = e->answer;
	s->lookups = e->lookups;
	s->voids = e->voids;
	s->result = r;
	s->matched = r != RESULT_PENDING;
	e->answer = (str){ NULL, 0 };
}

/* --- asking ahead ---------------------------------------------------- */

/* All that the record may need, in one round trip. */
static void
ask_ahead(struct eval *e, const struct spf_record *r, str domain)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct spf_term *t = &r->term[i];
		enum dns_type type = DNS_TXT;

		if (t->kind == SPF_ALL || t->qualifier == RESULT_PENDING)
			break;
		if ((t->kind == SPF_IP4 && ip_in(e->ip, t->net, t->prefix4)) ||
			(t->kind == SPF_IP6 &&
				ip_in(e->ip, t->net, t->prefix6)))
			break; /* nothing behind it is looked at */
		if (t->spec.p && spf_macro_uses(t->spec, 'p'))
			continue;
		if (t->kind == SPF_A)
			type = e->ip.family == 6 ? DNS_AAAA : DNS_A;
		else if (t->kind == SPF_MX)
			type = DNS_MX;
		else if (t->kind != SPF_INCLUDE &&
			 !(t->kind == SPF_REDIRECT && !r->has_all))
			continue;
		if (!spf_term_is_barred(e, t))
			dns_ask_ahead(e->dns, type, spf_target(e, t, domain));
	}
}

/* --- records --------------------------------------------------------- */

static struct outcome
outcome_of(enum result r)
{
	return (struct outcome){ .result = r };
}

/* The one SPF record at the domain, or why there is none. (4.4, 4.5) */
static enum result
find_record(struct eval *e, str domain, str *record)
{
	const struct dns_answer *a = dns_ask(e->dns, DNS_TXT, domain);
	size_t found = 0;

	if (dns_failed(a)) {
		spf_blame(e, STR_CAT(e->arena, STR("TXT "), domain, STR(": "),
				     dns_status_word(a->status)));
		return RESULT_TEMPERROR;
	}
	for (size_t i = 0; i < a->n; i++) {
		if (!spf_is_record(a->rr[i].data))
			continue;
		if (found++ == 0)
			*record = a->rr[i].data;
	}
	if (found > 1) {
		spf_blame(e, STR_CAT(e->arena, str_number(e->arena, found),
				     STR(" SPF records at "), domain));
		return RESULT_PERMERROR;
	}
	e->authentic &= a->authentic;
	return found ? RESULT_PENDING : RESULT_NONE;
}

static enum result
blame_record(struct eval *e, str domain, const struct spf_record *r, str text)
{
	if (!e->reason.p) {
		e->error_name = domain;
		e->error_record = text;
		e->error_at = r->error_at;
		e->error_n = r->error_n;
	}
	spf_blame(e, STR_CAT(e->arena, STR("record of "), domain, STR(": "),
			     r->reason));
	return RESULT_PERMERROR;
}

/* --- terms ----------------------------------------------------------- */

static bool
costs_lookup(const struct spf_term *t)
{
	return t->kind == SPF_INCLUDE || t->kind == SPF_A ||
	       t->kind == SPF_MX || t->kind == SPF_PTR ||
	       t->kind == SPF_EXISTS || t->kind == SPF_REDIRECT;
}

static bool
count_lookup(struct eval *e, const struct spf_term *t)
{
	if (!costs_lookup(t) || ++e->lookups <= SPF_MAX_LOOKUPS)
		return true;
	spf_blame(e, STR_CAT(e->arena, STR("more than 10 DNS lookups, at "),
			     t->text));
	return false;
}

/* The table of 5.2; with `redirect` the one of 6.1. */
static enum match
match_include(struct eval *e, const struct spf_term *t, str target)
{
	struct outcome inner = { .result = RESULT_NONE };

	if (dns_name_valid(target)) {
		e->depth++;
		inner = check_host(e, target);
		e->depth--;
	}
	switch (inner.result) {
	case RESULT_PASS: return MATCH_YES;
	case RESULT_TEMPERROR: return MATCH_TEMPERROR;
	case RESULT_NONE:
		spf_blame(e,
			STR_CAT(e->arena, t->text, STR(" has no SPF record")));
		return MATCH_PERMERROR;
	case RESULT_PERMERROR: return MATCH_PERMERROR;
	default: return MATCH_NO;
	}
}

static enum match
evaluate(struct eval *e, const struct spf_term *t, str domain, str *target)
{
	if (!count_lookup(e, t))
		return MATCH_PERMERROR;
	if (spf_term_is_barred(e, t))
		return MATCH_NO;
	if (t->kind != SPF_INCLUDE) {
		if (t->spec.p)
			*target = spf_target(e, t, domain);
		return spf_match(e, t, domain);
	}
	*target = spf_target(e, t, domain);
	return match_include(e, t, *target);
}

static enum result
result_of(enum match m, const struct spf_term *t)
{
	return m == MATCH_YES         ? t->qualifier
	       : m == MATCH_TEMPERROR ? RESULT_TEMPERROR
	       : m == MATCH_PERMERROR ? RESULT_PERMERROR
				      : RESULT_PENDING;
}

static bool
is_mechanism(const struct spf_term *t)
{
	return t->kind >= SPF_ALL && t->kind <= SPF_EXISTS;
}

static void
list_rest(struct eval *e, const struct spf_record *r, size_t from)
{
	for (size_t i = from; i < r->n; i++)
		add_step(e, (struct spf_step){ .text = r->term[i].text });
}

/* (6.1): the target's result stands for ours; its lack is an error. */
static struct outcome
follow_redirect(struct eval *e, const struct spf_record *r, str domain)
{
	const struct spf_term *t = r->redirect;
	size_t at = add_step(e, (struct spf_step){ .text = t->text });
	struct outcome out = outcome_of(RESULT_PERMERROR);

	if (!count_lookup(e, t))
		return out;
	if (spf_term_is_barred(e, t))
		return outcome_of(RESULT_NEUTRAL);
	str target = spf_target(e, t, domain);
	end_term_step(e, at, target, RESULT_PENDING);
	out.result = RESULT_NONE;
	if (dns_name_valid(target))
		out = check_host(e, target);
	if (out.result == RESULT_NONE) {
		spf_blame(e,
			STR_CAT(e->arena, t->text, STR(" has no SPF record")));
		out.result = RESULT_PERMERROR;
	}
	return out;
}

static struct outcome
run_terms(struct eval *e, const struct spf_record *r, str domain)
{
	struct outcome out = { .exp = r->exp, .domain = domain };

	for (size_t i = 0; i < r->n; i++) {
		const struct spf_term *t = &r->term[i];
		if (!is_mechanism(t))
			continue;
		str target = { NULL, 0 };
		size_t at = add_step(e, (struct spf_step){ .text = t->text });
		enum match m = evaluate(e, t, domain, &target);
		out.result = result_of(m, t);
		end_term_step(e, at, target, out.result);
		if (out.result == RESULT_PENDING)
			continue;
		out.term = m == MATCH_YES ? t : NULL;
		list_rest(e, r, i + 1);
		return out;
	}
	if (r->redirect && !r->has_all)
		return follow_redirect(e, r, domain);
	out.result = RESULT_NEUTRAL; /* 4.7 */
	return out;
}

static struct outcome
check_host(struct eval *e, str domain)
{
	struct outcome out = { 0 };
	str text = { NULL, 0 };
	enum result r = find_record(e, domain, &text);

	if (r != RESULT_PENDING) {
		add_step(e, (struct spf_step){ .record = true,
				    .domain = domain,
				    .answer = STR("no record"),
				    .result = r });
		return outcome_of(r);
	}
	struct spf_record record = spf_record_parse(e->arena, text);
	size_t at = add_step(
		e, (struct spf_step){
			   .record = true, .domain = domain, .text = text });
	if (!record.valid) {
		out = outcome_of(blame_record(e, domain, &record, text));
	} else {
		ask_ahead(e, &record, domain);
		e->depth++;
		out = run_terms(e, &record, domain);
		e->depth--;
	}
	e->step[at].result = out.result;
	out.record = text;
	return out;
}

/* --- the explanation (6.2) ------------------------------------------- */

static bool
is_ascii(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* Whatever goes wrong here, it is as if there were no exp=. */
static str
explain(struct eval *e, const struct spf_term *exp, str domain)
{
	static const str none = { NULL, 0 };
	size_t bad;

	if (!exp || spf_term_is_barred(e, exp))
		return none;
	str target = spf_target(e, exp, domain);
	const struct dns_answer *a = dns_ask(e->dns, DNS_TXT, target);
	if (a->n != 1 || !is_ascii(a->rr[0].data) ||
		!spf_macro_valid(a->rr[0].data, SPF_MACRO_EXP, &bad))
		return none;
	e->macros.domain = domain;
	if (spf_macro_uses(a->rr[0].data, 'p')) {
		struct spf_term p = { .spec = STR("%{p}") };
		e->macros.validated = spf_target(e, &p, domain);
	}
	return spf_macro_expand(
		e->arena, a->rr[0].data, SPF_MACRO_EXP, &e->macros);
}

/* --- the identity (2.4, 4.3) ----------------------------------------- */

static bool
can_be_checked(str domain)
{
	return dns_name_valid(domain) && domain_labels(domain) > 1 &&
	       domain.p[0] != '[';
}

static str
identity_domain(struct eval *e)
{
	const struct spf_query *q = e->query;
	bool helo = q->scope == SPF_HELO || q->domain.n == 0;
	str name = helo ? q->helo : q->domain, ascii;

	if (!name.p || name.n == 0)
		return STR("");
	return domain_to_ascii(e->arena, name, &ascii) ? ascii : name;
}

static void
prepare(struct eval *e, str domain)
{
	const struct spf_query *q = e->query;
	bool helo = q->scope == SPF_HELO || q->domain.n == 0;

	e->ip = ip_unmap(q->ip);
	e->macros.query = q;
	e->macros.sender_domain = domain;
	e->macros.sender_local =
		helo || q->local.n == 0 ? STR("postmaster") : q->local;
	e->odd_local = !is_ascii(e->macros.sender_local);
	e->authentic = true;
}

static str
reason_for(struct eval *e, const struct outcome *out, str domain)
{
	str ip = ip_format(e->arena, e->ip);

	if (e->reason.p && (out->result == RESULT_TEMPERROR ||
				   out->result == RESULT_PERMERROR))
		return e->reason;
	if (out->result == RESULT_NONE)
		return STR_CAT(e->arena, STR("no SPF record at "), domain);
	if (!out->term)
		return STR_CAT(
			e->arena, ip, STR(" matched nothing in the record"));
	return STR_CAT(e->arena, ip, STR(" matched "), out->term->text);
}

static struct spf_verdict
verdict_of(struct eval *e, const struct outcome *out, str domain)
{
	struct spf_verdict v = {
		.result = out->result,
		.scope = e->query->scope,
		.domain = domain,
		.lookups = e->lookups,
		.voids = e->voids,
		.authentic = e->authentic && out->record.p,
		.record = out->record,
		.step = e->step,
		.steps = e->steps,
		.error_name = e->error_name,
		.error_record = e->error_record,
		.error_at = e->error_at,
		.error_n = e->error_n,
	};

	if (out->term)
		v.mechanism = out->term->text;
	else if (out->result == RESULT_NEUTRAL)
		v.mechanism = STR("default");
	if (out->result == RESULT_FAIL && out->term)
		v.explanation = explain(e, out->exp, out->domain);
	v.reason = reason_for(e, out, domain);
	return v;
}

struct spf_verdict
spf_check(struct arena *a, struct dns *dns, const struct spf_query *query)
{
	struct eval e = { .arena = a, .dns = dns, .query = query };
	struct spf_verdict v = { .scope = query->scope };
	struct outcome out;

	v.domain = identity_domain(&e);
	if (query->ip.family == 0 || !can_be_checked(v.domain)) {
		v.result = RESULT_NONE;
		v.reason = query->ip.family == 0
				   ? STR("no client address")
				   : STR_CAT(a, STR("`"), v.domain,
					     STR("` is no domain that can be "
						 "checked"));
		return v;
	}
	prepare(&e, v.domain);
	out = check_host(&e, v.domain);
	v = verdict_of(&e, &out, v.domain);
	if (!dns_settled(dns))
		v.result = RESULT_PENDING;
	return v;
}
