/*
 * published.c - what a domain publishes: asks until all is answered, then says
 * what is wrong.
 */
#include "publish.h"

str
published_state_word(enum published_state state)
{
	static const str word[] = {
		[PUBLISHED_UNASKED] = STR_INIT("-"),
		[PUBLISHED_NONE] = STR_INIT("none"),
		[PUBLISHED_OK] = STR_INIT("ok"),
		[PUBLISHED_WARNING] = STR_INIT("warning"),
		[PUBLISHED_PROBLEM] = STR_INIT("problem"),
		[PUBLISHED_UNKNOWN] = STR_INIT("unknown"),
	};

	return word[state];
}

struct publish_mark
publish_mark(const struct find *f)
{
	return (struct publish_mark){ f->n, f->extra };
}

static void
worse(enum published_state *worst, enum published_state state)
{
	if (state > *worst)
		*worst = state;
}

static enum published_state
state_of(const struct finding *x)
{
	switch (x->severity) {
	case SEVERITY_ERROR: return PUBLISHED_PROBLEM;
	case SEVERITY_WARNING: return PUBLISHED_WARNING;
	case SEVERITY_NOTE: break;
	}
	return PUBLISHED_OK;
}

enum published_state
publish_state(const struct find *f, struct publish_mark mark)
{
	enum published_state worst = PUBLISHED_OK;

	for (size_t i = mark.n; i < f->n; i++)
		worse(&worst, state_of(&f->finding[i]));
	for (const struct find_extra *e = f->extra; e != mark.extra;
		e = e->next)
		worse(&worst, state_of(&e->finding));
	return worst;
}

enum published_state
publish_answer(const struct dns_answer *answer)
{
	if (dns_failed(answer))
		return PUBLISHED_UNKNOWN;
	return answer->n > 0 ? PUBLISHED_OK : PUBLISHED_NONE;
}

/* --- running --------------------------------------------------------- */

struct publishing *
published_new(const struct published_setup *setup)
{
	struct publishing *p = arena_new(setup->arena, struct publishing);
	struct find *f = &p->find;

	p->setup = *setup;
	p->auth = (struct auth_setup){ .arena = setup->arena,
		.dns = setup->dns,
		.suffixes = setup->suffixes,
		.method = DMARC_TREEWALK };
	p->about = (struct findings_setup){ .auth = &p->auth,
		.v = &p->v,
		.from_zone = setup->from_zone,
		.published = true };
	find_init(f, setup->arena);
	f->dns = setup->dns;
	f->setup = &p->about;
	f->v = &p->v;
	f->client = &p->auth.client;
	f->spf = f->spf_helo = &p->v.spf;
	dns_allow_ahead(setup->dns, PUBLISHED_MAX_QUESTIONS);
	return p;
}

/* Of the questions that a part hangs on. */
static bool
is_missing(struct publishing *p)
{
	const struct dns_answer *mx =
		dns_ask(p->setup.dns, DNS_MX, p->setup.domain);

	return dns_missing(mx);
}

static void
gather(struct publishing *p)
{
	p->out = (struct published){ .domain = p->setup.domain };
	p->v = (struct auth_verdict){ .result = RESULT_NONE };
	/* what is certain to be asked goes out at once */
	gather_keys(p);
	gather_texts(p);
	gather_hosts(p);
	gather_dmarc(p);
	gather_spf(p);
	/* may be many, so that nothing is left for others */
	gather_reports(p);
	gather_names(p);
	p->out.missing = is_missing(p);
}

/* Of a name that is not there nothing else is worth a word. */
static void
find(struct publishing *p)
{
	if (p->out.missing) {
		p->out.spf.state = PUBLISHED_NONE;
		p->out.dmarc.state = p->v.dmarc.result == RESULT_TEMPERROR
					     ? PUBLISHED_UNKNOWN
				     : p->out.dmarc.record.valid
					     ? PUBLISHED_OK
					     : PUBLISHED_NONE;
	} else {
		find_hosts(p);
		find_spf_tree(p);
		find_keys(p);
		find_policy(p);
		find_texts(p);
	}
	find_dns(&p->find);
}

static void
count(struct published *o, const struct finding *x)
{
	o->errors += x->severity == SEVERITY_ERROR;
	o->warnings += x->severity == SEVERITY_WARNING;
}

/* An error is one, whatever else may come to light. */
static void
conclude(struct publishing *p)
{
	struct published *o = &p->out;

	find_order_published(&p->find);
	o->finding = p->find.finding;
	o->findings = p->find.n;
	for (size_t i = 0; i < o->findings; i++)
		count(o, &o->finding[i]);
	for (const struct find_extra *e = p->find.extra; e; e = e->next) {
		count(o, &e->finding);
		o->left_out++;
	}
	o->state = PUBLISHED_OK;
	worse(&o->state, o->mx.state);
	worse(&o->state, o->spf.state);
	worse(&o->state, o->dmarc.state);
	worse(&o->state, o->sts.state);
	worse(&o->state, o->tlsrpt.state);
	worse(&o->state, o->bimi.state);
	for (size_t i = 0; i < o->keys; i++)
		worse(&o->state, o->key[i].state);
	if (o->errors > 0)
		o->state = PUBLISHED_PROBLEM;
	else if (o->warnings > 0)
		worse(&o->state, PUBLISHED_WARNING);
}

bool
published_step(struct publishing *p)
{
	struct find *f = &p->find;
	struct arena_mark mark = arena_mark(f->arena);

	if (p->done)
		return true;
	find_begin(f);
	dns_begin(f->dns);
	gather(p);
	if (dns_settled(f->dns))
		find(p);
	p->done = dns_settled(f->dns);
	if (p->done)
		conclude(p);
	else
		arena_rewind(f->arena, mark);
	return p->done;
}

const struct published *
published_get(const struct publishing *p)
{
	return &p->out;
}
