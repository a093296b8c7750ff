/*
 * keys.c - the DKIM keys of a domain, at the selectors that are known.
 */
#include "publish.h"

#include "findings/key_record.h"

/* --- selectors ------------------------------------------------------- */

/* As the large services have their customers call them. */
const str *
published_common_selectors(size_t *n)
{
	static const str list[] = {
		STR_INIT("default"),
		STR_INIT("dkim"),
		STR_INIT("mail"),
		STR_INIT("smtp"),
		STR_INIT("google"),
		STR_INIT("selector1"),
		STR_INIT("selector2"),
		STR_INIT("s1"),
		STR_INIT("s2"),
		STR_INIT("k1"),
		STR_INIT("k2"),
		STR_INIT("k3"),
		STR_INIT("sig1"),
		STR_INIT("zoho"),
		STR_INIT("zmail"),
		STR_INIT("protonmail"),
		STR_INIT("protonmail2"),
		STR_INIT("protonmail3"),
		STR_INIT("fm1"),
		STR_INIT("fm2"),
		STR_INIT("fm3"),
		STR_INIT("mesmtp"),
		STR_INIT("mandrill"),
		STR_INIT("mailjet"),
		STR_INIT("mxvault"),
		STR_INIT("pm"),
		STR_INIT("cm"),
		STR_INIT("sendgrid"),
		STR_INIT("everlytickey1"),
		STR_INIT("dkim1"),
		STR_INIT("dkim2"),
		STR_INIT("key1"),
	};

	*n = sizeof(list) / sizeof(list[0]);
	return list;
}

static bool
is_listed(const struct published_selector *list, size_t n,
	const struct dkim_signer *s)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieq(list[i].selector, s->selector_ascii) &&
			str_ieq(list[i].domain, s->domain_ascii))
			return true;
	return false;
}

size_t
published_selectors(struct arena *a, const struct message *m, str domain,
	struct published_selector *list, size_t most)
{
	enum { LOOKED_AT = 200 };
	size_t n = 0, seen = 0;

	for (size_t i = 0; i < m->n && n < most && seen < LOOKED_AT; i++) {
		if (!str_ieq(m->field[i].name, STR("DKIM-Signature")))
			continue;
		seen++;
		struct dkim_signature sig =
			dkim_signature_parse(a, m, i, false);
		const struct dkim_signer *s = &sig.signer;
		if (s->selector_ascii.n > 0 && s->domain_ascii.n > 0 &&
			domain_at_or_below(s->domain_ascii, domain) &&
			!is_listed(list, n, s))
			list[n++] =
				(struct published_selector){ s->selector_ascii,
					s->domain_ascii, false };
	}
	return n;
}

/* --- keys ------------------------------------------------------------ */

static void
gather_key(struct publishing *p, struct published_key *k)
{
	const struct dns_answer *answer =
		dns_ask(p->setup.dns, DNS_TXT, k->name);

	k->state = publish_answer(answer);
	k->records = answer->n;
	k->alias = answer->canonical;
	if (answer->n == 0)
		return;
	struct key_record r =
		key_record_read(p->setup.arena, k->name, answer->rr[0].data);
	k->record = r.text;
	k->kind = r.key.kind;
	k->bits = r.look.shape == SHAPE_RSA ? r.look.bits : 0;
	k->revoked = r.key.revoked;
	k->testing = r.key.testing;
	k->works = key_record_works(&r);
}

/* A wildcard answers for every name: of a guess only keys count. */
static bool
is_found(const struct published_key *k)
{
	return k->record.p && (k->works || k->revoked);
}

void
gather_keys(struct publishing *p)
{
	struct arena *a = p->setup.arena;
	size_t n = p->setup.selectors;
	struct published *o = &p->out;

	o->key = arena_make(a, n, struct published_key);
	for (size_t i = 0; i < n && i < PUBLISHED_MAX_SELECTORS; i++) {
		const struct published_selector *s = &p->setup.selector[i];
		struct published_key *k = &o->key[o->keys];
		*k = (struct published_key){ .selector = s->selector,
			.domain = s->domain,
			.name = STR_CAT(a, s->selector, STR("._domainkey."),
				s->domain) };
		gather_key(p, k);
		o->tried++;
		o->keys += !s->guessed || k->state == PUBLISHED_UNKNOWN ||
			   is_found(k);
	}
}

/* --- findings -------------------------------------------------------- */

static void
find_absent(struct find *f, const struct published_key *k)
{
	if (k->alias.n > 0)
		find_key_dangling(f, k->name, k->domain, k->alias);
	else
		FIND(f, DKIM_KEY_MISSING, { "name", k->name },
			{ "s", k->selector })
			->name = k->name;
}

static void
find_several(struct find *f, const struct published_key *k)
{
	const struct dns_answer *answer = find_known(f, DNS_TXT, k->name);
	str whole = key_records_joined(f, answer, k->name);
	struct finding *x = FIND(f, DKIM_MULTIPLE_KEYS,
		{ "n", find_number(f, k->records) }, { "name", k->name },
		{ "advice", whole.p ? STR("join them: they are one record, to "
					  "be entered as two strings")
				    : STR("keep the one that your signer "
					  "uses") });

	x->name = k->name;
	x->corrected = whole;
}

static void
lower_revoked(struct finding *x)
{
	if (x->code == FINDING_DKIM_KEY_REVOKED)
		x->severity = SEVERITY_NOTE;
}

/* That a key was taken back is no mistake; an old signature may need it. */
static void
find_record(struct find *f, const struct published_key *k)
{
	struct key_record r = key_record_read(f->arena, k->name, k->record);
	struct publish_mark before = publish_mark(f);

	if (!find_key_faults(f, &r))
		find_key_advice(f, &r);
	for (size_t i = before.n; i < f->n; i++)
		lower_revoked(&f->finding[i]);
	for (struct find_extra *e = f->extra; e != before.extra; e = e->next)
		lower_revoked(&e->finding);
}

void
find_keys(struct publishing *p)
{
	struct find *f = &p->find;

	for (size_t i = 0; i < p->out.keys; i++) {
		struct published_key *k = &p->out.key[i];
		struct publish_mark before = publish_mark(f);
		if (k->state == PUBLISHED_UNKNOWN)
			continue;
		if (k->records == 0)
			find_absent(f, k);
		else if (k->records > 1)
			find_several(f, k);
		else
			find_record(f, k);
		k->state = publish_state(f, before);
	}
}
