/*
 * dmarc.c - where a DMARC record stands, or is missing.
 */
#include "find_dmarc.h"

static str
record_name(struct find *f, str domain)
{
	return STR_CAT(f->arena, STR("_dmarc."), domain);
}

/* The organization as far as it can be told without a record. */
static str
organization(struct find *f)
{
	const struct dmarc_verdict *d = &f->v->dmarc;

	return d->organizational.n > 0 ? d->organizational
				       : find_organization(f, d->domain);
}

static size_t
records_at(struct find *f, str domain)
{
	const struct dns_answer *answer =
		find_known(f, DNS_TXT, record_name(f, domain));
	size_t n = 0;

	for (size_t i = 0; answer && i < answer->n; i++)
		n += dmarc_is_record(answer->rr[i].data);
	return n;
}

static void
find_several(struct find *f)
{
	str name = f->v->dmarc.discarded_name;

	if (name.n == 0)
		return;
	struct finding *x = FIND(f, DMARC_MULTIPLE_RECORDS,
		{ "n", find_number(f, records_at(f, name)) },
		{ "name", record_name(f, name) });
	x->name = record_name(f, name);
}

/* --- nothing was found ------------------------------------------------ */

/* A TXT that is there and is none, at one of the names that were asked. */
static bool
find_spoiled(struct find *f, str domain)
{
	const struct dns_answer *answer =
		find_known(f, DNS_TXT, record_name(f, domain));

	if (!answer || answer->n == 0 || records_at(f, domain) > 0)
		return false;
	for (size_t i = 0; i < answer->n; i++) {
		if (!dmarc_looks_meant(answer->rr[i].data))
			continue;
		find_dmarc_record(f, domain, answer->rr[i].data);
		return true;
	}
	struct finding *x =
		FIND(f, DMARC_OTHER_TEXT, { "name", record_name(f, domain) },
			{ "text", str_sub(answer->rr[0].data, 0, 40) });
	x->name = record_name(f, domain);
	return false;
}

static bool
has_record(struct find *f, str name)
{
	const struct dns_answer *answer = find_probe(f, DNS_TXT, name);

	for (size_t i = 0; answer && i < answer->n; i++)
		if (dmarc_is_record(answer->rr[i].data))
			return true;
	return false;
}

/* At one of the names where records are put by mistake. */
static void
find_misplaced(struct find *f, str org)
{
	const str name[] = {
		org,
		STR_CAT(f->arena, STR("_dmarc.www."), org),
	};

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		if (!has_record(f, name[i]))
			continue;
		struct finding *x = FIND(f, DMARC_WRONG_LOCATION,
			{ "found", name[i] }, { "domain", org });
		x->name = name[i];
		return;
	}
}

static void
find_missing(struct find *f)
{
	const struct dmarc_verdict *d = &f->v->dmarc;
	str org = organization(f);

	if (d->result != RESULT_NONE || d->policy_domain.p ||
		d->domain.n == 0 || d->discarded_name.n > 0 ||
		f->v->author.result != RESULT_PENDING)
		return;
	struct finding *x = FIND(
		f, DMARC_RECORD_MISSING, { "from", d->domain }, { "org", org });
	x->name = record_name(f, org);
	if (!find_spoiled(f, d->domain) && !str_eq(org, d->domain))
		find_spoiled(f, org);
	find_misplaced(f, org);
}

/* --- one was found ---------------------------------------------------- */

static void
find_place(struct find *f)
{
	const struct dmarc_verdict *d = &f->v->dmarc;
	const struct dmarc_verdict *o = &f->v->dmarc_other;

	if (!d->policy_domain.p)
		return;
	if (!str_eq(d->policy_domain, d->domain))
		FIND(f, DMARC_PARENT_POLICY, { "from", d->domain },
			{ "found", d->policy_domain },
			{ "tag", d->policy_tag.n > 0 ? d->policy_tag
						     : STR("p") });
	if (d->organizational.n == 0 || o->organizational.n == 0 ||
		str_eq(d->organizational, o->organizational))
		return;
	bool psl = d->method == DMARC_PSL;
	FIND(f, DMARC_PSL_DIFFERS,
		{ "psl", psl ? d->organizational : o->organizational },
		{ "walk", psl ? o->organizational : d->organizational });
}

/* Subdomain policies below the organizational domain. */
static void
find_lost_policies(struct find *f, const struct dmarc_record *r)
{
	const struct dmarc_verdict *d = &f->v->dmarc;

	if (d->method != DMARC_TREEWALK || d->organizational.n == 0 ||
		str_eq(d->policy_domain, d->organizational) ||
		(r->sp == DMARC_POLICY_UNKNOWN &&
			r->np == DMARC_POLICY_UNKNOWN))
		return;
	FIND(f, DMARC_SP_IGNORED,
		{ "tag",
			r->sp != DMARC_POLICY_UNKNOWN ? STR("sp") : STR("np") },
		{ "name", record_name(f, d->policy_domain) },
		{ "org", d->organizational });
}

/* As far as it was asked. */
static void
find_no_registry(struct find *f, const struct dmarc_record *r)
{
	str name = f->v->dmarc.policy_domain;
	const struct dns_answer *txt = find_known(f, DNS_TXT, name);
	const struct dns_answer *mx = find_known(f, DNS_MX, name);
	bool sends = mx && mx->n > 0;

	for (size_t i = 0; txt && i < txt->n; i++)
		sends |= spf_is_record(txt->rr[i].data);
	if (r->psd == 'y' && sends)
		FIND(f, DMARC_PSD_MISUSE, { "name", name });
}

static void
find_record(struct find *f)
{
	const struct dmarc_verdict *d = &f->v->dmarc;

	if (!d->policy_domain.p || d->record.n == 0)
		return;
	struct dmarc_record r =
		dmarc_record_recall(dns_shelf(f->dns), f->arena, d->record);
	find_dmarc_record(f, d->policy_domain, d->record);
	find_lost_policies(f, &r);
	find_no_registry(f, &r);
}

static void
find_author_missing(struct find *f)
{
	str from = f->v->dmarc.domain;
	const struct dns_answer *a = find_known(f, DNS_A, from);
	const struct dns_answer *txt = find_known(f, DNS_TXT, from);

	if (from.n > 0 && ((a && a->status == DNS_NXDOMAIN) ||
				  (txt && txt->status == DNS_NXDOMAIN)))
		FIND(f, DMARC_NO_DOMAIN, { "from", from });
}

void
find_dmarc(struct find *f)
{
	if (!f->v)
		return;
	find_several(f);
	find_missing(f);
	find_place(f);
	find_record(f);
	find_author_missing(f);
}
