/*
 * sender.c - the SPF record of a domain, with all that it includes.
 */
#include "publish.h"

#include "findings/find_spf.h"

enum { DEPTH_MAX = 12 };

/* Of "this network", where nothing is sent from. (RFC 1122 3.2.1.3) */
static const struct ip nobody = { .family = 4, .b = { 0, 0, 0, 1 } };

/* --- the tree -------------------------------------------------------- */

/*
 * The evaluation ends at the 11th lookup; to know how many there are, all of
 * the tree is asked for.
 */
static void
ask_tree(struct publishing *p, str record, unsigned depth, size_t *left)
{
	struct spf_record r = spf_record_recall(
		dns_shelf(p->setup.dns), p->setup.arena, record);

	for (size_t i = 0; r.valid && i < r.n; i++) {
		const struct spf_term *t = &r.term[i];
		if ((t->kind != SPF_INCLUDE && t->kind != SPF_REDIRECT) ||
			str_find(t->spec, '%') < t->spec.n)
			continue;
		if (depth == DEPTH_MAX || *left == 0)
			return;
		--*left;
		dns_ask(p->setup.dns, DNS_TXT, t->spec);
		str next = spf_known_record(&p->find, t->spec);
		if (next.p)
			ask_tree(p, next, depth + 1, left);
	}
}

/* What is said of all others: the last word, also behind redirect=. */
static str
end_of(struct publishing *p, str record)
{
	for (unsigned i = 0; record.p && i < DEPTH_MAX; i++) {
		struct spf_record r = spf_record_recall(
			dns_shelf(p->setup.dns), p->setup.arena, record);
		for (size_t k = 0; r.valid && k < r.n; k++)
			if (r.term[k].kind == SPF_ALL)
				return r.term[k].text;
		if (!r.valid || !r.redirect)
			break;
		record = spf_known_record(&p->find, r.redirect->spec);
	}
	return (str){ 0 };
}

void
gather_spf(struct publishing *p)
{
	struct arena *a = p->setup.arena;
	str domain = p->setup.domain;
	struct published_spf *spf = &p->out.spf;
	struct spf_query query = { .scope = SPF_MFROM,
		.ip = nobody,
		.local = STR("postmaster"),
		.domain = domain,
		.helo = domain };
	size_t left = PUBLISHED_MAX_RECORDS;

	p->auth.client = (struct client){ .ip = nobody,
		.helo = domain,
		.mail_from = STR_CAT(a, STR("postmaster@"), domain) };
	p->v.spf = spf_check(a, p->setup.dns, &query);
	spf->record = spf_known_record(&p->find, domain);
	if (spf->record.p)
		ask_tree(p, spf->record, 0, &left);
	if (!spf->record.p || !dns_settled(p->setup.dns))
		return;
	struct spf_count count = spf_count_lookups(&p->find, spf->record);
	spf->lookups = count.lookups;
	spf->voids = p->v.spf.voids;
	struct spf_reach reach = spf_count_addresses(&p->find, spf->record);
	spf->addresses = reach.addresses;
	spf->networks = reach.networks;
	spf->complete = count.complete && reach.complete;
	spf->end = end_of(p, spf->record);
}

/* --- findings -------------------------------------------------------- */

void
find_spf_tree(struct publishing *p)
{
	struct published_spf *spf = &p->out.spf;
	struct find *f = &p->find;
	struct publish_mark before = publish_mark(f);

	find_spf_published(f);
	spf->state = publish_state(f, before);
	if (p->v.spf.result == RESULT_TEMPERROR)
		spf->state = PUBLISHED_UNKNOWN;
	else if (p->v.spf.result == RESULT_NONE &&
		 spf->state != PUBLISHED_PROBLEM)
		spf->state = PUBLISHED_NONE;
	if (p->v.spf.result == RESULT_PERMERROR ||
		p->v.spf.result == RESULT_TEMPERROR)
		spf->reason = p->v.spf.reason;
}
