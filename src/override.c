/*
 * override.c - would a receiver that believes these sealers have a reason to
 * let the message pass? (RFC 8617 7.2.1)
 *
 * What the first sealer saw takes the place of what we see, and DMARC is
 * judged once more: alignment is never taken from a claim.
 */
#include "override.h"

static bool
is_trusted(const struct auth_setup *setup, str domain)
{
	for (size_t i = 0; i < setup->sealers; i++)
		if (str_ieq(setup->sealer[i], domain))
			return true;
	return false;
}

/* The newest set whose sealer is not believed, or NULL. */
static const struct arc_set *
untrusted(const struct auth_setup *setup, const struct arc_facts *facts)
{
	for (size_t i = facts->n; i-- > 0;)
		if (!is_trusted(setup, facts->set[i].seal.signer.domain_ascii))
			return &facts->set[i];
	return NULL;
}

/* The domain of an address, of "@domain" or of a bare domain. */
static str
domain_of(struct arena *a, str value)
{
	size_t at = str_rfind(value, '@');
	str domain = { 0 };

	if (!domain_to_ascii(
		    a, at < value.n ? str_skip(value, at + 1) : value, &domain))
		return (str){ 0 };
	return domain;
}

static str
either_value(const struct authres_result *r, str key, str other)
{
	str value = authres_value(r, key);

	return value.p ? value : authres_value(r, other);
}

static struct dmarc_identifier
identifier(struct arena *a, const struct authres_result *r, str key, str other)
{
	str value = either_value(r, key, other);
	str domain = value.p ? domain_of(a, value) : (str){ 0 };
	if (!domain.p)
		return (struct dmarc_identifier){ .result = RESULT_NONE };
	/* what could not be read may say of whom it is true */
	bool pass = r->whole && str_eq(r->result, STR("pass"));
	return (struct dmarc_identifier){
		.domain = domain,
		.result = pass ? RESULT_PASS : RESULT_FAIL,
	};
}

/* SPF of MAIL FROM, which may stand behind that of HELO. */
static struct dmarc_identifier
spf_identifier(struct arena *a, const struct authres *saw)
{
	str key = STR("smtp.mailfrom"), old = STR("smtp.mail");

	for (size_t i = 0; i < saw->n; i++)
		if (str_eq(saw->result[i].method, STR("spf")) &&
			either_value(&saw->result[i], key, old).p)
			return identifier(a, &saw->result[i], key, old);
	return (struct dmarc_identifier){ .result = RESULT_NONE };
}

/* What was claimed, as DMARC takes it. */
static struct dmarc_input
claimed(const struct auth_setup *setup, const struct auth_verdict *v,
	const struct authres *saw)
{
	struct arena *a = setup->arena;
	struct dmarc_identifier *dkim =
		arena_make(a, saw->n, struct dmarc_identifier);
	size_t n = 0;

	for (size_t i = 0; i < saw->n; i++)
		if (str_eq(saw->result[i].method, STR("dkim")))
			dkim[n++] = identifier(a, &saw->result[i],
				STR("header.d"), STR("header.i"));
	return (struct dmarc_input){
		.author = &v->author,
		.spf = spf_identifier(a, saw),
		.dkim = dkim,
		.n_dkim = n,
		.suffixes = setup->suffixes,
	};
}

static struct auth_override
judge_claims(const struct auth_setup *setup, const struct auth_verdict *v)
{
	struct arena *a = setup->arena;
	const struct arc_set *first = &v->arc_facts.set[0];
	struct dmarc_input input = claimed(setup, v, &first->saw);
	struct dmarc_verdict d =
		dmarc_check(a, setup->dns, &input, setup->method);
	str sealer = first->seal.signer.domain_ascii;

	if (d.result != RESULT_PASS)
		return (struct auth_override){ .asked = true,
			.reason = STR_CAT(a, sealer,
				STR(" (set 1) saw no pass that is aligned "
				    "with "),
				v->author.domain) };
	return (struct auth_override){ .asked = true,
		.justified = true,
		.reason = STR_CAT(a, sealer, STR(" (set 1) saw "),
			d.spf_aligned ? STR("SPF") : STR("DKIM"),
			STR(" pass, aligned with "), v->author.domain) };
}

struct auth_override
override_check(const struct auth_setup *setup, const struct auth_verdict *v)
{
	struct auth_override o = { .asked = setup->sealers > 0 };
	const struct arc_set *stranger;

	if (!o.asked)
		return o;
	if (v->dmarc.result != RESULT_FAIL)
		o.reason = STR("DMARC does not fail");
	else if (v->arc.result != RESULT_PASS)
		o.reason = v->arc.result == RESULT_FAIL
				   ? STR("the ARC chain is broken")
				   : STR("there is no ARC chain");
	else if ((stranger = untrusted(setup, &v->arc_facts)))
		o.reason = STR_CAT(setup->arena,
			stranger->seal.signer.domain_ascii, STR(" (set "),
			str_number(setup->arena, stranger->instance),
			STR(") is not one of those you trust"));
	else
		o = judge_claims(setup, v);
	return o;
}
