/*
 * dmarc.c - the check: a record, its policy, and who is aligned. (RFC 9989
 * 4.10, 5.3)
 */
#include "dmarc/discover.h"
#include "mailauth/buf.h"

struct judge {
	struct arena *arena;
	struct dns *dns;
	const struct dmarc_input *input;
	struct dmarc_discovery found;
	struct dmarc_verdict v;
	unsigned walks; /* by DKIM domains */
	bool undecided; /* something might have been aligned */
	str undecided_why;
};

static bool
is_own(const struct judge *j)
{
	return str_eq(j->found.used.name, j->v.domain);
}

/* --- the policy ------------------------------------------------------ */

/* RFC 9989 4.10.1: one bad policy tag spoils them all.  7489 had no np. */
static bool
has_bad_policy(const struct judge *j)
{
	const struct dmarc_record *r = &j->found.used.record;

	return r->p == DMARC_POLICY_UNKNOWN || r->sp_invalid ||
	       (r->np_invalid && j->v.method == DMARC_TREEWALK);
}

static void
set_policy(struct judge *j, enum dmarc_policy policy, str tag)
{
	j->v.policy = policy;
	j->v.policy_tag = tag;
}

/*
 * RFC 9989 3.2.13: only NXDOMAIN of the domain itself makes it non-existent,
 * not that of _dmarc below it.  In doubt it exists.
 */
static bool
author_is_missing(struct judge *j)
{
	return dns_missing(dns_ask(j->dns, DNS_A, j->v.domain));
}

static void
set_subdomain_policy(struct judge *j)
{
	const struct dmarc_record *r = &j->found.used.record;

	if (r->sp != DMARC_POLICY_UNKNOWN)
		set_policy(j, r->sp, STR("sp"));
	else
		set_policy(j, r->p, STR("p"));
	/* the question is only asked when its answer makes a difference */
	if (j->v.method == DMARC_TREEWALK && r->np != DMARC_POLICY_UNKNOWN &&
		r->np != j->v.policy && author_is_missing(j)) {
		j->v.author_missing = true;
		set_policy(j, r->np, STR("np"));
	}
}

/* False when the record cannot be used at all. */
static bool
apply_record(struct judge *j)
{
	const struct dmarc_record *r = &j->found.used.record;

	j->v.policy_domain = j->found.used.name;
	j->v.record = r->text;
	j->v.authentic = j->found.used.authentic;
	j->v.strict_spf = r->strict_spf;
	j->v.strict_dkim = r->strict_dkim;
	/* a share of the mail cannot be told from one mail, except for none */
	j->v.testing = j->v.method == DMARC_TREEWALK ? r->testing : r->pct == 0;
	if (!has_bad_policy(j)) {
		if (is_own(j))
			set_policy(j, r->p, STR("p"));
		else
			set_subdomain_policy(j);
		return true;
	}
	if (r->has_rua) {
		set_policy(j, DMARC_NONE, STR("p"));
		return true;
	}
	j->v.result = RESULT_NONE;
	j->v.reason = STR_CAT(j->arena, STR("the DMARC record at "),
		j->v.policy_domain,
		r->p == DMARC_POLICY_UNKNOWN
			? STR(" has no valid p= and no valid rua=")
			: STR(" has a policy that is not valid, and no rua="));
	return false;
}

static enum dmarc_policy
lowered(enum dmarc_policy policy)
{
	return policy == DMARC_REJECT ? DMARC_QUARANTINE : DMARC_NONE;
}

/* --- alignment ------------------------------------------------------- */

/* May the domain share the Author's Organizational Domain? */
static bool
may_align(const struct judge *j, str domain, bool strict)
{
	str author = j->v.domain, org = j->found.organizational;

	if (domain.n == 0)
		return false;
	if (str_eq(domain, author))
		return true;
	if (strict)
		return false;
	if (org.p)
		return domain_at_or_below(domain, org);
	/* the walk failed: all but the top label is open */
	return str_ieq(domain_skip(domain, domain_labels(domain) - 1),
		domain_skip(author, domain_labels(author) - 1));
}

static void
leave_undecided(struct judge *j, str why)
{
	if (!j->undecided)
		j->undecided_why = why;
	j->undecided = true;
}

/* By the walk of its own that starts at the domain. (RFC 9989 4.10.2) */
static bool
same_organization(struct judge *j, str domain)
{
	struct dmarc_walk w;
	str failed = j->found.failed_name;

	if (j->v.method == DMARC_PSL)
		return str_eq(suffix_list_organizational(
				      j->input->suffixes, j->arena, domain),
			j->found.organizational);
	if (j->found.organizational.p) {
		w = dmarc_walk(j->arena, j->dns, domain);
		if (!w.failed)
			return str_eq(
				w.organizational, j->found.organizational);
		failed = w.failed_name;
	}
	leave_undecided(j, dmarc_reason_failed(j->arena, failed));
	return false;
}

/*
 * Is it a pass for the Author Domain?  One that may align and is not judged
 * yet makes the whole verdict wait, even beside an aligned pass: otherwise
 * the order of arrival would show in what we say about it.
 */
static bool
is_aligned(struct judge *j, const struct dmarc_identifier *id, bool strict,
	bool may_walk, str kind)
{
	bool may = may_align(j, id->domain, strict);

	if (id->result == RESULT_PENDING && (may || id->domain.n == 0))
		dns_lean(j->dns);
	if (!may)
		return false;
	if (id->result == RESULT_TEMPERROR)
		leave_undecided(
			j, STR_CAT(j->arena, kind, STR(" for "), id->domain,
				   STR(" ended in a temporary error")));
	if (id->result != RESULT_PASS)
		return false;
	if (str_eq(id->domain, j->v.domain))
		return true;
	return may_walk && same_organization(j, id->domain);
}

/* The DKIM signature before i that has the same domain and passed, or i. */
static size_t
same_domain_before(const struct dmarc_input *in, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (in->dkim[k].result == RESULT_PASS &&
			str_eq(in->dkim[k].domain, in->dkim[i].domain))
			return k;
	return i;
}

/* At most DMARC_MAX_IDENTIFIERS domains of signatures get a walk. */
static bool
align_signature(struct judge *j, const bool *aligned, size_t i)
{
	const struct dmarc_identifier *id = &j->input->dkim[i];
	bool strict = j->v.strict_dkim, may_walk = true;

	if (id->result == RESULT_PASS && !strict &&
		may_align(j, id->domain, strict) &&
		!str_eq(id->domain, j->v.domain)) {
		size_t k = same_domain_before(j->input, i);
		if (k < i)
			return aligned[k];
		may_walk = j->walks++ < DMARC_MAX_IDENTIFIERS;
	}
	return is_aligned(j, id, strict, may_walk, STR("DKIM"));
}

static bool
align_all(struct judge *j)
{
	size_t n = j->input->n_dkim;
	bool *aligned = arena_make(j->arena, n, bool), any = false;

	j->v.dkim_aligned = aligned;
	j->v.spf_aligned = is_aligned(
		j, &j->input->spf, j->v.strict_spf, true, STR("SPF"));
	for (size_t i = 0; i < n; i++) {
		aligned[i] = align_signature(j, aligned, i);
		any = any || aligned[i];
	}
	return any;
}

/* --- the verdict ----------------------------------------------------- */

/*
 * For the reason only.  While nothing has passed, one that is not judged yet
 * may still change what we say.
 */
static bool
anything_passed(struct judge *j)
{
	const struct dmarc_input *in = j->input;
	bool pending = in->spf.result == RESULT_PENDING;

	if (in->spf.result == RESULT_PASS)
		return true;
	for (size_t i = 0; i < in->n_dkim; i++) {
		if (in->dkim[i].result == RESULT_PASS)
			return true;
		pending |= in->dkim[i].result == RESULT_PENDING;
	}
	if (pending)
		dns_lean(j->dns);
	return false;
}

/* RFC 9989 5.3.5, 5.3.6 */
static void
conclude(struct judge *j, bool dkim)
{
	struct dmarc_verdict *v = &j->v;

	if (v->spf_aligned || dkim) {
		v->result = RESULT_PASS;
		v->reason = !dkim ? STR("SPF passes and is aligned")
			    : v->spf_aligned
				    ? STR("SPF and DKIM pass and are aligned")
				    : STR("DKIM passes and is aligned");
	} else if (j->undecided) {
		v->result = RESULT_TEMPERROR;
		v->reason = j->undecided_why;
	} else {
		v->result = RESULT_FAIL;
		v->reason = anything_passed(j)
				    ? STR_CAT(j->arena,
					      STR("what passes is not aligned "
						  "with "),
					      v->domain)
				    : STR("neither SPF nor DKIM passes");
		v->disposition = v->testing ? lowered(v->policy) : v->policy;
	}
}

static void
discover(struct judge *j)
{
	const struct suffix_list *suffixes = j->input->suffixes;

	if (j->v.method == DMARC_TREEWALK) {
		j->found =
			dmarc_discover_treewalk(j->arena, j->dns, j->v.domain);
	} else if (suffixes) {
		j->found = dmarc_discover_psl(
			j->arena, j->dns, suffixes, j->v.domain);
	} else {
		j->found.result = RESULT_NONE;
		j->found.reason =
			STR("there is no public suffix list to judge by");
	}
	j->v.result = j->found.result;
	j->v.reason = j->found.reason;
	j->v.discarded_name = j->found.discarded_name;
}

static void
run(struct judge *j)
{
	const struct dmarc_author *author = j->input->author;

	j->v.domain = author->domain;
	if (author->result != RESULT_PENDING) {
		j->v.result = author->result;
		j->v.reason = author->reason;
		return;
	}
	discover(j);
	if (j->v.result != RESULT_PENDING || !apply_record(j))
		return;
	j->v.organizational = j->found.organizational;
	conclude(j, align_all(j));
}

struct dmarc_verdict
dmarc_check(struct arena *a, struct dns *dns, const struct dmarc_input *in,
	enum dmarc_method method)
{
	struct judge j = { .arena = a,
		.dns = dns,
		.input = in,
		.v = { .method = method, .disposition = DMARC_NONE } };

	run(&j);
	if (!j.v.dkim_aligned)
		j.v.dkim_aligned = arena_make(a, in->n_dkim, bool);
	if (!dns_settled(dns)) {
		j.v.result = RESULT_PENDING;
		j.v.reason = (str){ 0 };
	}
	return j.v;
}
