/*
 * dns.c - trouble with the DNS, and records at names where they are not found.
 */
#include "find.h"

/* --- answers that did not come ---------------------------------------------
 */

static void
find_failures(struct find *f)
{
	size_t n;
	struct dns_question *const *q = dns_questions(f->dns, &n);
	bool timeout = false, servfail = false, refused = false;
	bool broken = false;

	for (size_t i = 0; i < n; i++) {
		str name = q[i]->name, type = dns_type_word(q[i]->type);
		struct finding *x = NULL;

		switch (q[i]->answer->status) {
		case DNS_TIMEOUT:
			if (!timeout)
				x = FIND(f, DNS_TIMED_OUT, { "name", name },
					{ "type", type });
			timeout = true;
			break;
		case DNS_SERVFAIL:
			if (!servfail)
				x = FIND(f, DNS_NO_SERVER, { "name", name });
			servfail = true;
			break;
		case DNS_BROKEN:
			if (!broken)
				x = FIND(f, DNS_UNREADABLE, { "name", name },
					{ "type", type });
			broken = true;
			break;
		case DNS_REFUSED:
			if (!refused)
				x = FIND(f, DNS_NOT_ALLOWED, { "name", name });
			refused = true;
			break;
		default: break;
		}
		if (x)
			x->name = name;
	}
}

/* --- names that do not exist -------------------------------------------------
 */

static bool
is_missing(struct find *f, str domain)
{
	const struct dns_answer *txt = find_known(f, DNS_TXT, domain);
	const struct dns_answer *a = find_known(f, DNS_A, domain);

	return (txt && txt->status == DNS_NXDOMAIN) ||
	       (a && a->status == DNS_NXDOMAIN);
}

/* What is known of a name without a message. */
static str
missing_role(struct find *f, str domain)
{
	const struct dns_answer *txt = find_known(f, DNS_TXT, domain);

	return txt && txt->canonical.p
		       ? STR_CAT(f->arena, STR("a CNAME leads to "),
				 txt->canonical)
		       : STR("nor does anything below it");
}

static void
find_no_domain(struct find *f)
{
	str from = f->v ? f->v->dmarc.domain : (str){ 0 };
	str sender = f->spf->domain;
	bool is_sender = f->client->mail_from.n > 0 && !f->setup->published;

	if (is_sender && sender.n > 0 && is_missing(f, sender)) {
		struct finding *x = FIND(f, DNS_NO_DOMAIN, { "domain", sender },
			{ "role", STR("MAIL FROM") });
		x->name = sender;
	} else if (from.n > 0 && is_missing(f, from)) {
		struct finding *x = FIND(f, DNS_NO_DOMAIN, { "domain", from },
			{ "role", f->setup->published ? missing_role(f, from)
						      : STR("From") });
		x->name = from;
	}
}

static void
find_null_mx(struct find *f)
{
	str from = f->v ? f->v->dmarc.domain : (str){ 0 };
	const struct dns_answer *mx =
		from.n > 0 ? find_known(f, DNS_MX, from) : NULL;

	if (mx && mx->n == 1 && mx->rr[0].data.n == 0)
		FIND(f, DNS_NULL_MX, { "domain", from });
}

/* --- records at other names
 * ---------------------------------------------------- */

static bool
has_txt(struct find *f, str name, bool (*is_one)(str))
{
	const struct dns_answer *answer = find_probe(f, DNS_TXT, name);

	for (size_t i = 0; answer && i < answer->n; i++)
		if (is_one(answer->rr[i].data))
			return true;
	return false;
}

static bool
is_key(str txt)
{
	return str_istarts(txt, STR("v=DKIM1")) ||
	       str_ifind(txt, STR("p=")) < txt.n;
}

/*
 * The record that belongs at `label`.`zone`: at label.zone.zone, or without
 * the underscore that `bare` lacks.
 */
static void
find_elsewhere(
	struct find *f, str label, str bare, str zone, bool (*is_one)(str))
{
	str name = STR_CAT(f->arena, label, STR("."), zone);
	str doubled = STR_CAT(f->arena, name, STR("."), zone);
	str plain = STR_CAT(f->arena, bare, STR("."), zone);
	struct finding *x = NULL;

	if (has_txt(f, doubled, is_one)) {
		x = FIND(f, DNS_NAME_DOUBLED, { "name", name },
			{ "found", doubled }, { "label", label });
		x->name = name;
	} else if (has_txt(f, plain, is_one)) {
		x = FIND(f, DNS_NAME_UNDERSCORE, { "found", plain },
			{ "name", name });
		x->name = name;
	}
}

static void
find_key_elsewhere(struct find *f)
{
	const struct dkim_facts *facts = &f->v->dkim_facts;

	for (size_t i = 0; i < facts->n; i++) {
		const struct dkim_signer *s = &facts->signature[i].signer;
		const struct dkim_verdict *v = &f->v->dkim[i];
		if ((v->key_status != DNS_NXDOMAIN &&
			    v->key_status != DNS_NODATA) ||
			s->selector_ascii.n == 0 || s->domain_ascii.n == 0 ||
			v->key_name.n == 0)
			continue;
		find_elsewhere(f,
			STR_CAT(f->arena, s->selector_ascii,
				STR("._domainkey")),
			STR_CAT(f->arena, s->selector_ascii, STR(".domainkey")),
			s->domain_ascii, is_key);
		return; /* one is enough to learn from */
	}
}

static void
find_policy_elsewhere(struct find *f)
{
	const struct dmarc_verdict *d = &f->v->dmarc;

	if (d->result != RESULT_NONE || d->policy_domain.p ||
		d->domain.n == 0 || d->discarded_name.n > 0)
		return;
	str org = find_organization(f, d->domain);
	find_elsewhere(f, STR("_dmarc"), STR("dmarc"), org, dmarc_is_record);
}

/* --- wildcards, strings
 * ----------------------------------------------------------- */

/* The TXT that was asked for is there, and is not what belongs there. */
static void
find_wildcard(struct find *f)
{
	str domain = f->v->dmarc.domain;
	str name = STR_CAT(f->arena, STR("_dmarc."), domain);
	const struct dns_answer *there = find_known(f, DNS_TXT, name);

	if (domain.n == 0 || !there || there->n == 0 ||
		dmarc_is_record(there->rr[0].data))
		return;
	const struct dns_answer *any = find_probe(f, DNS_TXT,
		STR_CAT(f->arena, STR("no-such-name-here."), domain));
	if (any && any->n > 0 && str_eq(any->rr[0].data, there->rr[0].data))
		FIND(f, DNS_WILDCARD_TXT, { "domain", domain });
}

/* Of the records that were used; it is how they are meant to be. */
static void
find_split(struct find *f)
{
	str name = f->spf->domain;
	const struct dns_answer *txt =
		name.n > 0 ? find_known(f, DNS_TXT, name) : NULL;

	for (size_t i = 0; txt && i < txt->n; i++)
		if (spf_is_record(txt->rr[i].data) && txt->rr[i].cuts > 0)
			FIND(f, DNS_TXT_SPLIT, { "name", name },
				{ "n", find_number(f, txt->rr[i].cuts + 1) });
}

/* What the result hangs on: its name, when the DNS says that it is not there.
 */
static str
missing_name(struct find *f)
{
	const struct auth_verdict *v = f->v;
	str name = f->spf->record.p ? (str){ 0 } : f->spf->domain;

	for (size_t i = 0; v && i < v->dkim_facts.n; i++)
		if (v->dkim[i].key_status == DNS_NXDOMAIN)
			return v->dkim[i].key_name;
	if (v && v->dmarc.result == RESULT_NONE && v->dmarc.domain.n > 0)
		return STR_CAT(f->arena, STR("_dmarc."), v->dmarc.domain);
	for (size_t i = 0; i < f->spf->steps; i++)
		if (f->spf->error == SPF_ERROR_MISSING &&
			f->spf->step[i].record && !f->spf->step[i].text.p)
			name = f->spf->step[i].domain;
	return name;
}

static void
find_gap(struct find *f)
{
	str name = missing_name(f);
	const struct dns_answer *answer =
		name.n > 0 ? find_known(f, DNS_TXT, name) : NULL;

	if (!f->setup->from_zone || !find_failed(f) || !answer ||
		answer->status != DNS_NXDOMAIN)
		return;
	struct finding *x = FIND(f, DNS_ZONE_GAP, { "name", name });
	x->name = name;
}

void
find_dns(struct find *f)
{
	find_failures(f);
	find_no_domain(f);
	find_null_mx(f);
	find_split(f);
	find_gap(f);
	if (!f->v)
		return;
	find_key_elsewhere(f);
	find_policy_elsewhere(f);
	find_wildcard(f);
}
