/*
 * order.c - root causes first: what explains what, and what matters most.
 */
#include "find.h"

/* "change-*" is all that begins so. */
static bool
matches(str code, const char *pattern)
{
	str p = str_from(pattern);

	if (p.n > 0 && p.p[p.n - 1] == '*')
		return str_starts(code, str_sub(p, 0, p.n - 1));
	return str_eq(code, p);
}

static str
code_of(const struct finding *x)
{
	return finding_kind(x->code)->code;
}

/* --- causes ---------------------------------------------------------- */

enum same { ANY, SIGNATURE, NAME };

/* A consequence has a cause that is about the same. */
static const struct {
	const char *cause, *consequence;
	enum same same;
} rules[] = {
	{ "spf-hop-missing", "spf-no-client", ANY },
	/* one hand does all of this */
	{ "change-mime-wrapped", "change-footer", SIGNATURE },
	{ "change-mime-wrapped", "change-reencoded", SIGNATURE },
	{ "change-part-added", "change-footer", SIGNATURE },
	{ "change-footer", "change-reencoded", SIGNATURE },
	{ "change-line-endings", "dkim-syntax", ANY },
	{ "change-line-endings", "msg-from-syntax", ANY },
	{ "change-after-delivery", "dkim-body-changed", SIGNATURE },
	{ "change-after-delivery", "dkim-headers-changed", SIGNATURE },
	{ "change-after-hop", "dkim-body-changed", SIGNATURE },
	{ "dkim-broken-at-origin", "dkim-body-changed", SIGNATURE },
	{ "change-links-rewritten", "dkim-body-changed", ANY },
	{ "change-exchange-rewrite", "dkim-body-changed", ANY },
	{ "change-html-flattened", "dkim-body-changed", ANY },
	{ "dkim-body-changed", "change-unexplained", SIGNATURE },
	{ "dkim-headers-changed", "change-unexplained", SIGNATURE },
};

static bool
is_same(const struct finding *a, const struct finding *b, enum same same)
{
	if (same == SIGNATURE)
		return a->signature == b->signature;
	return same == ANY || (a->name.p && str_ieq(a->name, b->name));
}

static bool
explains(const struct finding *cause, const struct finding *x)
{
	if (cause == x || cause->code == x->code)
		return false;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (matches(code_of(cause), rules[i].cause) &&
			matches(code_of(x), rules[i].consequence) &&
			is_same(cause, x, rules[i].same))
			return true;
	return false;
}

static const struct finding *
find_cause(const struct find *f, const struct finding *x)
{
	for (size_t i = 0; i < f->n; i++)
		if (explains(&f->finding[i], x))
			return &f->finding[i];
	return NULL;
}

/* --- what did not count ---------------------------------------------- */

/*
 * When DMARC passes, what is about SPF, or about a signature, that had no part
 * in it is a note.
 */
static bool
has_no_part(const struct find *f, const struct finding *x)
{
	const struct auth_verdict *v = f->v;

	if (!v || v->result != RESULT_PASS)
		return false;
	if (x->signature > 0)
		return !find_is_aligned(f, x->signature - 1);
	return matches(code_of(x), "spf-*") && !v->dmarc.spf_aligned &&
	       x->code != FINDING_SPF_HOP_MISSING;
}

/* --- the order ------------------------------------------------------- */

/* Of equal severity these come first, in this order; then all others. */
static const char *const first[] = {
	"input-*",
	"spf-hop-missing",
	"dkim-broken-at-origin",
	"dkim-body-empty-hash",
	"dkim-body-lf",
	"dkim-canon-mismatch",
	"change-mime-wrapped",
	"change-part-added",
	"change-footer",
	"change-banner",
	"change-reencoded",
	"change-*",
};

static size_t
rank(const struct finding *x)
{
	size_t i = 0, n = sizeof(first) / sizeof(first[0]);

	while (i < n && !matches(code_of(x), first[i]))
		i++;
	return i;
}

/* About something that could not have helped the Author Domain. */
static bool
is_aside(const struct find *f, const struct finding *x)
{
	if (!f->v || x->signature == 0)
		return false;
	return !find_may_align(f, f->v->dkim_facts.signature[x->signature - 1]
					  .signer.domain_ascii);
}

/* Does a come before b?  Equal ones stay as they were found. */
static bool
before(const struct find *f, const struct finding *a, const struct finding *b)
{
	if (!a->cause != !b->cause)
		return !a->cause;
	if (a->severity != b->severity)
		return a->severity > b->severity;
	bool aside = is_aside(f, a);
	if (aside != is_aside(f, b))
		return !aside;
	return rank(a) < rank(b);
}

/* Causes are pointers into the list: they move with it. */
static void
swap(struct find *f, size_t i)
{
	struct finding *a = &f->finding[i], *b = a + 1, kept = *a;

	*a = *b;
	*b = kept;
	for (size_t k = 0; k < f->n; k++) {
		const struct finding **cause = &f->finding[k].cause;
		if (*cause == a)
			*cause = b;
		else if (*cause == b)
			*cause = a;
	}
}

void
find_order(struct find *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct finding *x = &f->finding[i];
		if (has_no_part(f, x))
			x->severity = SEVERITY_NOTE;
		x->cause = find_cause(f, x);
	}
	for (size_t i = 1; i < f->n; i++)
		for (size_t k = i;
			k > 0 && before(f, &f->finding[k], &f->finding[k - 1]);
			k--)
			swap(f, k - 1);
}
