/*
 * texts.c - MTA-STS, TLS-RPT and BIMI: a TXT each, at a name of its own.
 */
#include "publish.h"

#include "findings/find_publish.h"

#include "mailauth/lint.h"

/* --- the records ----------------------------------------------------- */

/*
 * Of what is there only what is, or wants to be, such a record: the answer may
 * be that of a wildcard.
 */
static bool
is_meant(str txt, enum record_kind kind)
{
	enum record_kind is = lint_kind_of_text(txt);
	bool has_tags =
		str_find(txt, '=') < txt.n && str_find(txt, ';') < txt.n;

	return is == kind || (is == RECORD_UNKNOWN && has_tags);
}

static void
gather_text(struct publishing *p, struct published_text *t,
	enum record_kind kind, str domain)
{
	t->name = lint_name(p->setup.arena, kind, domain);
	const struct dns_answer *answer =
		dns_ask(p->setup.dns, DNS_TXT, t->name);

	t->state = publish_answer(answer);
	for (size_t i = 0; i < answer->n; i++)
		if (is_meant(answer->rr[i].data, kind) && t->records++ == 0)
			t->record = answer->rr[i].data;
	if (t->state == PUBLISHED_OK && t->records == 0)
		t->state = PUBLISHED_NONE;
}

/* A domain without a logo of its own shows that of its organization. */
static void
gather_bimi(struct publishing *p)
{
	struct published_text *t = &p->out.bimi;

	gather_text(p, t, RECORD_BIMI, p->setup.domain);
	str org = dmarc_walk(p->setup.arena, p->setup.dns, p->setup.domain)
			  .organizational;
	if (t->state != PUBLISHED_NONE || org.n == 0 ||
		str_ieq(org, p->setup.domain))
		return;
	struct published_text above = { .state = PUBLISHED_NONE };
	gather_text(p, &above, RECORD_BIMI, org);
	if (above.state != PUBLISHED_NONE)
		*t = above;
}

void
gather_texts(struct publishing *p)
{
	struct published *o = &p->out;

	gather_text(p, &o->sts, RECORD_STS, p->setup.domain);
	gather_text(p, &o->tlsrpt, RECORD_TLSRPT, p->setup.domain);
	gather_bimi(p);
}

/* --- findings -------------------------------------------------------- */

static void
find_text(struct find *f, struct published_text *t, enum record_kind kind,
	void (*check)(struct find *, str name, str text))
{
	struct publish_mark before = publish_mark(f);

	if (t->state != PUBLISHED_OK)
		return;
	if (t->records > 1)
		FIND(f, RECORD_MULTIPLE, { "n", find_number(f, t->records) },
			{ "type", record_kind_title(kind) },
			{ "name", t->name })
			->name = t->name;
	else
		check(f, t->name, t->record);
	t->state = publish_state(f, before);
}

/* Empty l= and a= decline: then there is nothing to show. */
static void
find_logo_policy(struct publishing *p)
{
	const struct published_dmarc *d = &p->out.dmarc;
	struct published_text *t = &p->out.bimi;
	struct find *f = &p->find;

	if (t->state != PUBLISHED_OK && t->state != PUBLISHED_WARNING)
		return;
	for (size_t i = 0; i < f->n; i++)
		if (f->finding[i].code == FINDING_BIMI_DECLINED)
			return;
	if (d->state == PUBLISHED_UNKNOWN ||
		d->verdict.policy >= DMARC_QUARANTINE)
		return;
	FIND(f, BIMI_NO_POLICY, { "domain", p->setup.domain },
		{ "policy", d->verdict.policy == DMARC_NONE ? STR("none")
							    : STR("missing") });
	t->state = PUBLISHED_WARNING;
}

void
find_texts(struct publishing *p)
{
	struct published *o = &p->out;
	struct find *f = &p->find;

	find_text(f, &o->sts, RECORD_STS, find_sts_record);
	find_text(f, &o->tlsrpt, RECORD_TLSRPT, find_tlsrpt_record);
	find_text(f, &o->bimi, RECORD_BIMI, find_bimi_record);
	find_logo_policy(p);
	if (o->sts.records > 0 && o->tlsrpt.state == PUBLISHED_NONE)
		FIND(f, TLSRPT_MISSING, { "domain", p->setup.domain });
}
