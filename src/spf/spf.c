/*
 * spf.c - who is asked about, and what the verdict says. (RFC 7208 2, 4.3, 6.2)
 */
#include "eval.h"
#include "mailauth/buf.h"
#include "mailauth/domain.h"

/* --- the identity (2.3, 2.4, 4.3) ------------------------------------ */

static bool
is_helo_identity(const struct spf_query *q)
{
	return q->scope == SPF_HELO || q->domain.n == 0;
}

static bool
is_address(str s)
{
	struct ip ip;

	return (s.n > 0 && s.p[0] == '[') || ip_parse(s, &ip);
}

static str
is_not(struct arena *a, bool helo, str given, str what)
{
	return STR_CAT(a, helo ? STR("the HELO name `") : STR("`"), given,
		STR("` is "), what);
}

/*
 * The domain in A-labels, or why it cannot be checked.  A HELO name is in
 * A-labels already (RFC 8616 4).
 */
static bool
find_domain(struct arena *a, const struct spf_query *q, str *domain, str *why)
{
	bool helo = is_helo_identity(q);
	str given = helo ? q->helo : q->domain, ascii;

	*domain = given;
	if (q->ip.family == 0)
		*why = STR("the address of the client is not known");
	else if (given.n == 0)
		*why = STR("neither a sender nor a HELO name is known");
	else if (!helo && q->local.n > SPF_MAX_LOCAL)
		*why = STR("the sender's local part is longer than an "
			   "envelope can carry");
	else if (is_address(given))
		*why = is_not(
			a, helo, given, STR("an address, not a domain name"));
	else if ((helo && !str_is_ascii(given)) ||
		 !domain_to_ascii(a, given, &ascii))
		*why = is_not(a, helo, given, STR("not a domain name"));
	else if (domain_labels(ascii) < 2)
		*why = is_not(a, helo, given, STR("not a full domain name"));
	else
		*domain = ascii;
	return !why->p;
}

static void
begin(struct eval *e, const struct spf_query *q, str domain)
{
	bool helo = is_helo_identity(q);

	e->ip = ip_unmap(q->ip);
	e->macros.query = q;
	e->macros.domain = e->macros.sender_domain = domain;
	e->macros.sender_local =
		helo || q->local.n == 0 ? STR("postmaster") : q->local;
	e->odd_local = !str_is_ascii(e->macros.sender_local);
	e->authentic = true;
	e->here.name = domain;
}

/* --- the explanation (6.2) ------------------------------------------- */

static bool
is_explain_string(str s)
{
	struct spf_fault fault;

	return str_is_ascii(s) && spf_macro_valid(s, SPF_MACRO_EXP, &fault);
}

/* Whatever goes wrong here, it is as if there were no exp. */
static str
explain(struct eval *e, const struct outcome *o)
{
	static const str none = { NULL, 0 };
	str target, text;

	if (!o->exp || !spf_target(e, o->exp, o->domain, &target))
		return none;
	const struct dns_answer *a = dns_ask(e->dns, DNS_TXT, target);
	if (a->n != 1 || !is_explain_string(a->rr[0].data))
		return none;
	e->macros.domain = o->domain;
	if (spf_macro_uses(a->rr[0].data, 'p'))
		e->macros.validated = spf_validated_name(e, o->domain);
	text = spf_macro_expand(
		e->arena, a->rr[0].data, SPF_MACRO_EXP, &e->macros);
	/* a local part may have brought in what no SMTP reply can carry */
	return str_is_ascii(text) ? text : none;
}

/* --- the verdict ----------------------------------------------------- */

static str
reason_of(struct eval *e, const struct outcome *o)
{
	/* after a redirect the record is not the one that was asked for */
	bool elsewhere = !str_ieq(o->domain, e->macros.sender_domain);

	if (o->result == RESULT_TEMPERROR || o->result == RESULT_PERMERROR)
		return e->reason;
	if (o->result == RESULT_NONE)
		return SAY(e, o->domain,
			o->missing ? STR(" does not exist")
				   : STR(" has no SPF record"));
	if (!o->term)
		return SAY(e, ip_format(e->arena, e->ip),
			STR(" matched no term of "), o->domain);
	return SAY(e, ip_format(e->arena, e->ip), STR(" matched "),
		o->term->text, elsewhere ? STR(" of ") : STR(""),
		elsewhere ? o->domain : STR(""));
}

static void
report_error(struct eval *e, struct spf_verdict *v)
{
	const struct spf_place *p = &e->error_place;

	v->error = e->error;
	v->error_name = p->name;
	v->error_record = p->record;
	if (!p->record.p)
		return;
	v->error_at = (size_t)(p->span.p - p->record.p);
	v->error_n = p->span.n;
}

static struct spf_verdict
judge(struct eval *e, const struct outcome *o)
{
	struct spf_verdict v = {
		.result = o->result,
		.reason = reason_of(e, o),
		.lookups = e->lookups,
		.voids = e->voids,
		.authentic = e->authentic,
		.record = o->record,
		.step = e->step,
		.steps = e->steps,
	};

	if (o->term)
		v.mechanism = o->term->text;
	else if (o->result == RESULT_NEUTRAL)
		v.mechanism = STR("default");
	if (o->result == RESULT_FAIL)
		v.explanation = explain(e, o);
	if (e->error != SPF_ERROR_NONE)
		report_error(e, &v);
	return v;
}

struct spf_verdict
spf_check(struct arena *a, struct dns *dns, const struct spf_query *q)
{
	struct eval e = { .arena = a, .dns = dns };
	struct spf_verdict v = { .result = RESULT_NONE };
	str domain, why = { NULL, 0 };

	if (find_domain(a, q, &domain, &why)) {
		begin(&e, q, domain);
		struct outcome o = spf_check_host(&e, domain);
		/* not worth more questions when it does not count anyway */
		if (dns_settled(dns))
			v = judge(&e, &o);
		if (!dns_settled(dns))
			v = (struct spf_verdict){ .result = RESULT_PENDING };
	} else {
		v.reason = why;
	}
	v.scope = q->scope;
	v.domain = domain;
	return v;
}
