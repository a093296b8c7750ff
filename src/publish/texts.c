/*
 * texts.c - MTA-STS, TLS-RPT and BIMI: a TXT each, at a name of its own.
 */
#include "publish.h"

#include "findings/find_publish.h"

#include "mailauth/lint.h"

/* --- the records ----------------------------------------------------- */

/* What does not begin so is passed over. (RFC 8461 3.1, RFC 8460 3) */
static bool
is_record(str txt, enum record_kind kind)
{
	str version = kind == RECORD_STS      ? STR("v=STSv1")
		      : kind == RECORD_TLSRPT ? STR("v=TLSRPTv1")
					      : STR("v=BIMI1");
	str rest = str_trim_wsp(str_skip(txt, version.n));

	return str_starts(txt, version) && (rest.n == 0 || rest.p[0] == ';');
}

/* A text that wants to be one: the answer may be that of a wildcard. */
static bool
is_meant(str txt, enum record_kind kind)
{
	enum record_kind is = lint_kind_of_text(txt);
	bool has_tags =
		str_find(txt, '=') < txt.n && str_find(txt, ';') < txt.n;

	return is == kind || (is == RECORD_UNKNOWN && has_tags);
}

static void
take_records(struct published_text *t, const struct dns_answer *answer,
	enum record_kind kind, bool (*is_one)(str, enum record_kind))
{
	for (size_t i = 0; t->state == PUBLISHED_OK && i < answer->n; i++)
		if (is_one(answer->rr[i].data, kind) && t->records++ == 0)
			t->record = answer->rr[i].data;
}

static void
gather_text(struct publishing *p, struct published_text *t,
	enum record_kind kind, str domain)
{
	t->name = lint_name(p->setup.arena, kind, domain);
	const struct dns_answer *answer =
		dns_ask(p->setup.dns, DNS_TXT, t->name);

	t->state = publish_answer(answer);
	take_records(t, answer, kind, is_record);
	if (t->records == 0)
		take_records(t, answer, kind, is_meant);
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
	str title = record_kind_title(kind);

	if (t->state != PUBLISHED_OK)
		return;
	if (t->records > 1)
		FIND(f, RECORD_MULTIPLE, { "n", find_number(f, t->records) },
			{ "type", str_sub(title, 0, str_find(title, ' ')) },
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
