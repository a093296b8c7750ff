/*
 * arc.c - the Authenticated Received Chain.
 */
#include "find.h"

static str
sealer(struct find *f, unsigned instance)
{
	const struct arc_facts *facts = &f->v->arc_facts;

	if (instance == 0 || instance > facts->n)
		return STR("the sealer");
	str d = facts->set[instance - 1].seal.signer.domain;
	return d.n > 0 ? d : STR("the sealer");
}

static void
find_fault(struct find *f)
{
	const struct arc_facts *facts = &f->v->arc_facts;
	unsigned k = facts->fault_set;
	str d = sealer(f, k);

	switch (facts->fault) {
	case ARC_FAULT_MANY:
	case ARC_FAULT_TAGS:
		FIND(f, ARC_TAG_BAD, { "why", facts->broken }, { "d", d });
		break;
	case ARC_FAULT_SETS: FIND(f, ARC_GAP, { "why", facts->broken }); break;
	case ARC_FAULT_CV:
		FIND(f, ARC_CV_WRONG, { "why", facts->broken }, { "d", d });
		break;
	case ARC_FAULT_CV_FAIL:
		FIND(f, ARC_CV_FAIL, { "k", find_number(f, k) }, { "d", d });
		break;
	case ARC_FAULT_NONE: break;
	}
}

/* --- a chain that was verified ----------------------------------------- */

static bool
is_missing(struct find *f, const struct dkim_signer *s, str *name)
{
	if (s->domain_ascii.n == 0 || s->selector_ascii.n == 0)
		return false;
	*name = STR_CAT(f->arena, s->selector_ascii, STR("._domainkey."),
		s->domain_ascii);
	const struct dns_answer *answer = find_known(f, DNS_TXT, *name);
	return answer && dns_void(answer);
}

static bool
find_missing_key(struct find *f)
{
	const struct arc_facts *facts = &f->v->arc_facts;
	str name;

	for (size_t i = facts->n; i-- > 0;) {
		const struct arc_set *set = &facts->set[i];
		bool newest = i + 1 == facts->n;
		if (!is_missing(f, &set->seal.signer, &name) &&
			!(newest &&
				is_missing(f, &set->message_signature.signer,
					&name)))
			continue;
		struct finding *x = FIND(f, ARC_KEY_MISSING,
			{ "k", find_number(f, set->instance) },
			{ "name", name }, { "d", sealer(f, set->instance) });
		x->name = name;
		return true;
	}
	return false;
}

static bool
all_seals_pass(const struct auth_verdict *v)
{
	for (size_t i = 0; i < v->arc_facts.n; i++)
		if (v->arc.set[i].seal != RESULT_PASS)
			return false;
	return v->arc_facts.n > 0;
}

static void
find_broken(struct find *f)
{
	const struct auth_verdict *v = f->v;
	unsigned newest = (unsigned)v->arc_facts.n, k = newest;

	if (v->arc.by_dns || find_missing_key(f))
		return;
	if (all_seals_pass(v) &&
		v->arc.set[newest - 1].message_signature == RESULT_FAIL) {
		FIND(f, ARC_AMS_FAILED, { "d", sealer(f, newest) },
			{ "k", find_number(f, newest) });
		return;
	}
	while (k > 1 && v->arc.set[k - 1].seal == RESULT_PASS)
		k--;
	FIND(f, ARC_BROKEN, { "why", v->arc.reason }, { "d", sealer(f, k) });
}

/* --- what a message signature must not sign ---------------------------- */

static void
find_signed_headers(struct find *f)
{
	static const str bad[] = { STR_INIT("ARC-Seal"),
		STR_INIT("Authentication-Results") };
	const struct arc_facts *facts = &f->v->arc_facts;

	for (size_t i = 0; i < facts->n; i++) {
		str rest = facts->set[i].message_signature.headers, name;
		while (rest.p && str_split(&rest, ':', &name)) {
			name = str_trim_fws(name);
			if (!str_ieq(name, bad[0]) && !str_ieq(name, bad[1]))
				continue;
			FIND(f, ARC_AMS_BAD_HEADERS,
				{ "k", find_number(f, facts->set[i].instance) },
				{ "header", name },
				{ "d", sealer(f, facts->set[i].instance) });
			return;
		}
	}
}

/* --- what the sealers say ----------------------------------------------- */

/* An aligned pass, by what the first sealer recorded. */
static bool
first_saw_pass(struct find *f)
{
	const struct authres *saw = &f->v->arc_facts.set[0].saw;
	const struct authres_result *dmarc = authres_find(saw, STR("dmarc"));

	if (dmarc && str_eq(dmarc->result, STR("pass")))
		return true;
	for (size_t i = 0; i < saw->n; i++) {
		str d = authres_value(&saw->result[i], STR("header.d"));
		if (str_eq(saw->result[i].method, STR("dkim")) &&
			str_eq(saw->result[i].result, STR("pass")) &&
			find_may_align(f, d))
			return true;
	}
	return false;
}

void
find_arc(struct find *f)
{
	const struct auth_verdict *v = f->v;

	if (!v || !v->arc_facts.present)
		return;
	find_fault(f);
	if (v->arc.result == RESULT_FAIL && v->arc.set)
		find_broken(f);
	find_signed_headers(f);
	if (v->arc.result != RESULT_PASS || v->result == RESULT_PASS)
		return;
	if (first_saw_pass(f))
		FIND(f, ARC_VOUCHES, { "d", sealer(f, 1) });
	else
		FIND(f, ARC_UNTRUSTED, { "d", sealer(f, 1) });
}
