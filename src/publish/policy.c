/*
 * policy.c - the DMARC record that applies to a domain, and who gets its
 * reports. (RFC 9989 4.10; RFC 9990 4)
 */
#include "publish.h"

#include "findings/find_dmarc.h"

/* --- reports --------------------------------------------------------- */

/* The second of two questions is asked at once, too. */
static enum published_state
takes_mail(struct dns *dns, str host)
{
	const struct dns_answer *mx = dns_ask(dns, DNS_MX, host);

	if (mx->n > 0)
		return mx->n == 1 && mx->rr[0].data.n == 0 ? PUBLISHED_WARNING
							   : PUBLISHED_OK;
	if (dns_failed(mx) || mx->status == DNS_UNKNOWN)
		return PUBLISHED_UNKNOWN;
	const struct dns_answer *a = dns_ask(dns, DNS_A, host);
	const struct dns_answer *aaaa = dns_ask(dns, DNS_AAAA, host);
	if (a->n > 0 || aaaa->n > 0)
		return PUBLISHED_OK;
	return dns_failed(a) || dns_failed(aaaa) ? PUBLISHED_UNKNOWN
						 : PUBLISHED_WARNING;
}

static str
consent_name(struct arena *a, str policy_domain, str host)
{
	return STR_CAT(a, policy_domain, STR("._report._dmarc."), host);
}

/* An address there replaces ours, and must be at the same host. */
static str
another_host(struct arena *a, str record, const struct dmarc_report *to)
{
	enum { MOST = 4 };
	struct dmarc_report instead[MOST];
	size_t n = dmarc_report_addresses(a, record, instead, MOST);
	str other = { 0 };

	for (size_t i = 0; i < n && i < MOST; i++) {
		if (instead[i].failure != to->failure || !instead[i].domain.p)
			continue;
		if (str_ieq(instead[i].domain, to->domain))
			return (str){ 0 };
		other = instead[i].domain;
	}
	return other;
}

/* Several records are allowed there; one of them must be DMARC's. */
static void
gather_consent(struct publishing *p, struct published_report *r)
{
	struct arena *a = p->setup.arena;
	const struct dns_answer *txt = dns_ask(p->setup.dns, DNS_TXT,
		consent_name(a, p->v.dmarc.policy_domain, r->to.domain));

	r->external = true;
	r->authorized = dns_failed(txt) ? PUBLISHED_UNKNOWN : PUBLISHED_WARNING;
	for (size_t i = 0; i < txt->n; i++) {
		str record = txt->rr[i].data;
		if (!dmarc_is_record(record))
			continue;
		r->elsewhere = another_host(a, record, &r->to);
		r->authorized =
			r->elsewhere.p ? PUBLISHED_WARNING : PUBLISHED_OK;
		return;
	}
}

/* By the walk that starts at the name of the record. */
static str
organization_of(struct publishing *p, str name, bool *failed)
{
	struct dmarc_walk w = dmarc_walk(p->setup.arena, p->setup.dns, name);

	*failed |= w.failed;
	return w.organizational;
}

/* The organization of the record is absent when it is not known. */
static void
gather_report(struct publishing *p, str own, struct published_report *r)
{
	str host = r->to.domain;
	bool failed = false;

	if (!host.p)
		return; /* by HTTPS */
	r->mail = takes_mail(p->setup.dns, host);
	str other = organization_of(p, host, &failed);
	if (str_ieq(host, p->v.dmarc.policy_domain))
		return;
	if (failed || !own.p)
		r->authorized = PUBLISHED_UNKNOWN;
	else if (!str_ieq(own, other))
		gather_consent(p, r);
}

void
gather_reports(struct publishing *p)
{
	struct published_dmarc *d = &p->out.dmarc;
	struct arena *a = p->setup.arena;
	struct dmarc_report *to =
		arena_make(a, PUBLISHED_MAX_REPORTS, struct dmarc_report);
	size_t n = dmarc_report_addresses(
		a, p->v.dmarc.record, to, PUBLISHED_MAX_REPORTS);
	bool failed = false;

	if (n == 0)
		return;
	d->reports = n < PUBLISHED_MAX_REPORTS ? n : PUBLISHED_MAX_REPORTS;
	d->left_out = n - d->reports;
	d->report = arena_make(a, d->reports, struct published_report);
	str own = organization_of(p, p->v.dmarc.policy_domain, &failed);
	for (size_t i = 0; i < d->reports; i++) {
		d->report[i].to = to[i];
		gather_report(p, failed ? (str){ 0 } : own, &d->report[i]);
	}
}

/* --- the record ------------------------------------------------------ */

static struct dmarc_verdict
check(struct publishing *p, enum dmarc_method method)
{
	struct dmarc_author author = { .domain = p->setup.domain };
	struct dmarc_input in = { .author = &author,
		.spf = { .result = RESULT_NONE },
		.suffixes = p->setup.suffixes };

	return dmarc_check(p->setup.arena, p->setup.dns, &in, method);
}

void
gather_dmarc(struct publishing *p)
{
	struct published_dmarc *d = &p->out.dmarc;

	p->v.dmarc = check(p, DMARC_TREEWALK);
	if (p->setup.suffixes)
		p->v.dmarc_other = check(p, DMARC_PSL);
	/* nothing passes, since nothing was sent: that is no failure */
	p->v.result = p->v.dmarc.result;
	d->verdict = p->v.dmarc;
	if (!p->v.dmarc.policy_domain.p)
		return;
	d->record = dmarc_record_recall(
		dns_shelf(p->setup.dns), p->setup.arena, p->v.dmarc.record);
}

/* --- findings -------------------------------------------------------- */

static bool
was_said(const struct published_dmarc *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (d->report[i].to.domain.p &&
			str_ieq(d->report[k].to.domain,
				d->report[i].to.domain) &&
			str_ieq(d->report[k].elsewhere, d->report[i].elsewhere))
			return true;
	return false;
}

static void
point(struct publishing *p, struct finding *x, str uri)
{
	str record = p->v.dmarc.record;

	find_in_txt(x,
		STR_CAT(p->setup.arena, STR("_dmarc."),
			p->v.dmarc.policy_domain),
		record, (size_t)(uri.p - record.p), uri.n, STR(""));
}

static void
find_report(struct publishing *p, const struct published_report *r)
{
	struct find *f = &p->find;
	str domain = p->v.dmarc.policy_domain, host = r->to.domain;

	if (r->mail == PUBLISHED_WARNING)
		point(p,
			FIND(f, DMARC_RUA_NO_MX, { "host", host },
				{ "tag", r->to.failure ? STR("ruf")
						       : STR("rua") }),
			r->to.uri);
	if (r->elsewhere.p)
		point(p,
			FIND(f, DMARC_RUA_ELSEWHERE, { "host", host },
				{ "other", r->elsewhere },
				{ "name",
					consent_name(f->arena, domain, host) }),
			r->to.uri);
	else if (r->authorized == PUBLISHED_WARNING)
		point(p,
			FIND(f, DMARC_RUA_UNAUTHORIZED, { "host", host },
				{ "domain", domain },
				{ "name",
					consent_name(f->arena, domain, host) }),
			r->to.uri);
}

void
find_policy(struct publishing *p)
{
	struct published_dmarc *d = &p->out.dmarc;
	struct publish_mark before = publish_mark(&p->find);
	bool open = p->v.dmarc.result == RESULT_TEMPERROR;

	find_dmarc(&p->find);
	for (size_t i = 0; i < d->reports; i++) {
		const struct published_report *r = &d->report[i];
		open |= r->mail == PUBLISHED_UNKNOWN ||
			r->authorized == PUBLISHED_UNKNOWN;
		if (!was_said(d, i))
			find_report(p, r);
	}
	d->state = publish_state(&p->find, before);
	if (open)
		d->state = PUBLISHED_UNKNOWN;
	else if (!d->record.valid && d->state != PUBLISHED_PROBLEM)
		d->state = PUBLISHED_NONE;
}
