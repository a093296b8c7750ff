/*
 * order.c - root causes first: what explains what, and what matters most.
 */
#include "find.h"

static bool
matches_at_length(str code, const char *pattern)
{
	size_t i = 0;

	if (pattern[0] == '*')
		return str_iends(code, str_from(pattern + 1));
	while (i < code.n && pattern[i] == code.p[i])
		i++;
	return pattern[i] == '*' || (pattern[i] == '\0' && i == code.n);
}

enum { BEHIND = 4 };

#define FINDING(id, code, severity, message, hint, about)                      \
	_Static_assert(                                                        \
		sizeof(code) - 1 > BEHIND, code ": too short for matches()");
#include "mailauth/findings/catalogue.def"
#undef FINDING

/*
 * "change-*" is all that begins so, "*-missing" all that ends so.  There are
 * many to be tried, and a few letters tell most of them: two of the area, and
 * the first behind it.  No code or pattern is shorter, which a test holds
 * the patterns to.
 */
static inline bool
matches(str code, const char *pattern)
{
	bool may = pattern[0] == '*' ||
		   (pattern[0] == code.p[0] && pattern[1] == code.p[1] &&
			   (pattern[BEHIND] == code.p[BEHIND] ||
				   pattern[BEHIND] == '*'));

	return may && matches_at_length(code, pattern);
}

static str
code_of(const struct finding *x)
{
	return finding_kind(x->code)->code;
}

static bool
is_among(const struct finding *x, const char *const *list, size_t n)
{
	str code = code_of(x);

	for (size_t i = 0; i < n; i++)
		if (matches(code, list[i]))
			return true;
	return false;
}

/* About a signature that could be aligned. */
static bool
is_of_author(const struct find *f, const struct finding *x)
{
	return f->v && x->signature > 0 &&
	       find_may_align(f, f->v->dkim_facts.signature[x->signature - 1]
					 .signer.domain_ascii);
}

/* About one that could not have helped the Author Domain. */
static bool
is_aside(const struct find *f, const struct finding *x)
{
	return f->v && x->signature > 0 && !is_of_author(f, x);
}

/* --- causes ---------------------------------------------------------- */

/* AUTHOR: the cause has kept a signature from being aligned. */
enum same { ANY, SIGNATURE, NAME, AUTHOR };

/* A consequence has a cause that is about the same. */
static const struct {
	const char *cause, *consequence;
	enum same same;
} rules[] = {
	{ "spf-hop-missing", "spf-no-client", ANY },
	{ "input-headers-only", "change-*", ANY },
	{ "input-headers-only", "dkim-body-*", ANY },
	/* one hand does all of this */
	{ "change-mime-wrapped", "change-footer", SIGNATURE },
	{ "change-mime-wrapped", "change-reencoded", SIGNATURE },
	{ "change-part-added", "change-footer", SIGNATURE },
	{ "change-footer", "change-reencoded", SIGNATURE },
	{ "change-line-endings", "dkim-syntax", ANY },
	{ "change-line-endings", "msg-from-syntax", ANY },
	{ "change-after-delivery", "change-unexplained", SIGNATURE },
	{ "change-after-delivery", "dkim-body-changed", SIGNATURE },
	{ "change-after-delivery", "dkim-headers-changed", SIGNATURE },
	{ "change-after-hop", "dkim-body-changed", SIGNATURE },
	{ "dkim-broken-at-origin", "dkim-body-changed", SIGNATURE },
	{ "change-links-rewritten", "dkim-body-changed", ANY },
	{ "change-exchange-rewrite", "dkim-body-changed", ANY },
	{ "change-html-flattened", "dkim-body-changed", ANY },
	{ "dkim-body-changed", "change-unexplained", SIGNATURE },
	{ "dkim-headers-changed", "change-unexplained", SIGNATURE },
	{ "spf-bad-version", "spf-record-missing", ANY },
	{ "spf-missing-space", "spf-record-missing", ANY },
	{ "spf-type99", "spf-record-missing", ANY },
	/* a name that is none of the DNS's is not there, either */
	{ "spf-missing-space", "spf-include-missing", NAME },
	{ "spf-missing-space", "spf-void-term", NAME },
	{ "spf-missing-space", "spf-redirect-missing", NAME },
	{ "spf-separator", "spf-include-missing", NAME },
	{ "spf-quotes", "spf-include-missing", NAME },
	{ "spf-bad-domain", "spf-include-missing", NAME },
	{ "spf-bad-domain", "spf-redirect-missing", NAME },
	{ "spf-no-all", "spf-neutral", NAME },
	{ "spf-include-broken", "spf-*", NAME },
	{ "spf-loop", "spf-too-many-lookups", ANY },
	{ "spf-client-private", "spf-not-authorized", ANY },
	{ "spf-client-private", "spf-softfail", ANY },
	{ "spf-client-private", "spf-neutral", ANY },
	{ "spf-client-private", "spf-sends-but-denies", ANY },
	{ "spf-client-private", "spf-ip6-missing", ANY },
	{ "spf-sends-but-denies", "spf-not-authorized", ANY },
	{ "spf-helo-bad", "spf-record-missing", ANY },
	{ "spf-not-authorized", "bulk-spf", ANY },
	{ "spf-softfail", "bulk-spf", ANY },
	{ "spf-record-missing", "bulk-spf", ANY },
	{ "dmarc-multiple-records", "dmarc-record-missing", ANY },
	{ "dmarc-wrong-location", "dmarc-record-missing", ANY },
	{ "dmarc-wrong-location", "dmarc-other-text", ANY },
	{ "dmarc-bad-version", "dmarc-record-missing", ANY },
	{ "dmarc-separator", "dmarc-record-missing", ANY },
	{ "dmarc-list", "dmarc-unaligned-*", ANY },
	{ "dmarc-list", "bulk-unaligned", ANY },
	{ "dmarc-unaligned-*", "bulk-unaligned", ANY },
	{ "dmarc-no-pass", "bulk-unaligned", ANY },
	{ "dmarc-record-missing", "bulk-dmarc", ANY },
	{ "bulk-from-freemail", "dmarc-unaligned-*", ANY },
	{ "bulk-from-freemail", "dmarc-no-pass", ANY },
	{ "dkim-weak-key", "bulk-short-key", SIGNATURE },
	{ "dkim-*", "bulk-dkim", ANY },
	{ "change-*", "bulk-dkim", ANY },
	{ "dns-name-*", "*-missing", NAME },
	{ "dns-no-domain", "dmarc-no-domain", ANY },
	{ "dns-no-domain", "*-missing", NAME },
	{ "dns-zone-gap", "dns-no-domain", NAME },
	{ "dns-timeout", "*-missing", NAME },
	{ "dns-servfail", "*-missing", NAME },
	{ "dns-refused", "*-missing", NAME },
	{ "dns-broken", "*-missing", NAME },
	{ "dns-wildcard-txt", "dmarc-other-text", ANY },
	{ "dkim-unsigned-tail", "dkim-length-tag", SIGNATURE },
	{ "dkim-unsigned-copy", "dkim-not-oversigned", SIGNATURE },
	{ "dkim-key-maybe-rotated", "dkim-key-missing", SIGNATURE },
	{ "dkim-key-maybe-rotated", "dkim-key-revoked", SIGNATURE },
	{ "dkim-key-maybe-rotated", "dkim-key-mismatch", SIGNATURE },
	{ "dkim-*", "dmarc-unaligned-*", AUTHOR },
	{ "change-*", "dmarc-unaligned-*", AUTHOR },
};

/* DMARC would have passed on arrival: all that fails now is the delay. */
static bool
has_passed_then(const struct find *f, const struct finding *x)
{
	str code = code_of(x);

	if (!find_failed(f))
		return false;
	if (x->code == FINDING_DKIM_KEY_MAYBE_ROTATED)
		return x->basis != BASIS_LIKELY && is_of_author(f, x);
	return (matches(code, "dkim-expired-since-receipt") ||
		       matches(code, "change-after-delivery")) &&
	       is_of_author(f, x);
}

static bool
is_same(const struct find *f, const struct finding *a, const struct finding *b,
	enum same same)
{
	if (same == SIGNATURE)
		return a->signature == b->signature;
	if (same == AUTHOR)
		return (a->severity == SEVERITY_ERROR ||
			       (a->severity == SEVERITY_WARNING &&
				       matches(code_of(a), "change-*")) ||
			       has_passed_then(f, a)) &&
		       is_of_author(f, a) &&
		       f->v->dkim[a->signature - 1].result != RESULT_PASS;
	return same == ANY || (a->name.p && str_ieq(a->name, b->name));
}

/* That nothing passes is the consequence of why SPF and DKIM do not. */
static bool
explains_no_pass(const struct find *f, const struct finding *cause)
{
	static const char *const area[] = { "spf-*", "dkim-*", "change-*",
		"dns-*" };
	static const char *const notes[] = { "spf-no-client", "spf-no-sender",
		"spf-forwarded" };

	if (has_passed_then(f, cause))
		return true;
	for (size_t i = 0; i < sizeof(area) / sizeof(area[0]); i++)
		if (cause->severity > SEVERITY_NOTE &&
			matches(code_of(cause), area[i]))
			return true;
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (matches(code_of(cause), notes[i]))
			return true;
	return false;
}

/* Is the client's network named behind `all`? */
static bool
has_lost_client(const struct find *f, const struct finding *x)
{
	str rest = str_skip(x->text, x->at), word;
	struct ip ip = ip_unmap(f->client->ip), net;
	unsigned prefix;

	if (x->code != FINDING_SPF_TERMS_AFTER_ALL)
		return false;
	while (str_split(&rest, ' ', &word)) {
		word = str_skip(word, word.n > 0 && word.p[0] == '+');
		if ((str_istarts(word, STR("ip4:")) ||
			    str_istarts(word, STR("ip6:"))) &&
			ip_parse_network(str_skip(word, 4), &net, &prefix) &&
			ip_in(ip, net, prefix))
			return true;
	}
	return false;
}

/* What was to allow the client may stand there, and not count. */
static bool
explains_unlisted(const struct find *f, const struct finding *cause,
	const struct finding *x)
{
	static const enum finding_code lost[] = { FINDING_SPF_MISSING_SPACE,
		FINDING_SPF_SPLIT_NO_SPACE, FINDING_SPF_INCLUDE_EQUALS,
		FINDING_SPF_SEPARATOR, FINDING_SPF_BAD_DOMAIN,
		FINDING_SPF_UNKNOWN_MECHANISM };

	if (x->code != FINDING_SPF_NOT_AUTHORIZED &&
		x->code != FINDING_SPF_NOT_LISTED &&
		x->code != FINDING_SPF_NO_POSITION)
		return false;
	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++)
		if (cause->code == lost[i])
			return true;
	return has_lost_client(f, cause);
}

/* The mend is not to let this server in, or to sign there. */
static bool
explains_freemail(const struct find *f, const struct finding *x)
{
	if (x->code == FINDING_DKIM_UNSIGNED)
		return true;
	return (x->code == FINDING_SPF_NOT_AUTHORIZED ||
		       x->code == FINDING_SPF_NOT_LISTED ||
		       x->code == FINDING_SPF_NO_POSITION) &&
	       str_ieq(f->spf->domain, f->v->dmarc.domain);
}

/* Both point at one place: a name that is mistyped is not found. */
static bool
is_within(const struct finding *part, const struct finding *whole)
{
	return part->text.p && whole->text.p &&
	       str_eq(part->text, whole->text) && part->at >= whole->at &&
	       part->at + part->n <= whole->at + whole->n;
}

/* The rules that have this consequence; few of so many. */
struct possible {
	size_t rule[sizeof(rules) / sizeof(rules[0])];
	size_t n;
};

static void
find_possible(struct possible *p, const struct finding *x)
{
	str code = code_of(x);

	p->n = 0;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (matches(code, rules[i].consequence))
			p->rule[p->n++] = i;
}

static bool
explains(const struct find *f, const struct finding *cause,
	const struct finding *x, const struct possible *p)
{
	if (cause == x || cause->code == x->code)
		return false;
	if (x->code == FINDING_DMARC_NO_PASS)
		return explains_no_pass(f, cause);
	/* a message that is only old is no evidence */
	if (cause->code == FINDING_DKIM_KEY_MAYBE_ROTATED &&
		cause->basis == BASIS_LIKELY)
		return false;
	if (explains_unlisted(f, cause, x))
		return true;
	if (cause->code == FINDING_BULK_FROM_FREEMAIL &&
		explains_freemail(f, x))
		return true;
	if (cause->code == FINDING_SPF_BAD_DOMAIN &&
		(x->code == FINDING_SPF_INCLUDE_MISSING ||
			x->code == FINDING_SPF_REDIRECT_MISSING))
		return is_within(cause, x);
	for (size_t i = 0; i < p->n; i++)
		if (matches(code_of(cause), rules[p->rule[i]].cause) &&
			is_same(f, cause, x, rules[p->rule[i]].same))
			return true;
	return false;
}

static const struct finding *
find_cause(const struct find *f, const struct finding *x)
{
	struct possible p;

	find_possible(&p, x);
	for (size_t i = 0; i < f->n; i++)
		if (explains(f, &f->finding[i], x, &p))
			return &f->finding[i];
	return NULL;
}

/* --- what did not count ---------------------------------------------- */

/*
 * When DMARC passes, or did so when the message came in, what is about SPF, or
 * about a signature, that had no part in it is a note.
 */
static bool
has_no_part(const struct find *f, const struct finding *x, bool then)
{
	const struct auth_verdict *v = f->v;

	if (!v || (v->result != RESULT_PASS && !then))
		return false;
	if (x->signature > 0 && then)
		return !is_of_author(f, x);
	if (x->signature > 0)
		return !find_is_aligned(f, x->signature - 1);
	return matches(code_of(x), "spf-*") && !v->dmarc.spf_aligned &&
	       x->code != FINDING_SPF_HOP_MISSING;
}

/*
 * True of a record, and no reason for this result: to be told when all is
 * asked for.
 */
static bool
is_minor(const struct find *f, const struct finding *x)
{
	static const char *const codes[] = { "dmarc-no-rua", "dmarc-rua-*",
		"dmarc-policy-none", "dmarc-removed-tag", "dmarc-test-mode",
		"dmarc-subdomain-weak", "dmarc-sp-ignored", "dmarc-psd-misuse",
		"dmarc-bad-value", "dmarc-unknown-tag", "dmarc-psl-differs",
		"dmarc-parent-policy", "dmarc-other-text", "msg-line-endings",
		"msg-8bit-header", "msg-id-missing", "msg-date-bad",
		"bulk-no-*", "bulk-one-click-*", "bulk-unresolvable",
		"bulk-spf", "bulk-dkim", "bulk-dmarc", "bulk-unaligned",
		"dns-txt-split", "dns-null-mx", "input-mbox", "dkim-simple",
		"dkim-not-oversigned", "dkim-signs-*",
		"dkim-content-type-unsigned", "dkim-key-large", "dkim-weak-key",
		"dkim-key-g-tag", "dkim-length-tag", "dkim-ed25519-only",
		"dkim2-present", "spf-host-bits", "spf-too-broad",
		"spf-neutral-all", "spf-no-all", "spf-ptr",
		"spf-duplicate-term", "spf-too-large", "spf-senderid",
		"spf-lookups-high", "spf-void-term", "spf-exp-failed" };

	/* then it is the reason */
	if (x->code == FINDING_SPF_NO_ALL && f->spf->result == RESULT_NEUTRAL)
		return false;
	return is_among(x, codes, sizeof(codes) / sizeof(codes[0]));
}

/* --- the order ------------------------------------------------------- */

/* Of equal severity these come first, in this order; then all others. */
static const char *const first[] = {
	"msg-from-*",
	"dkim-expired-since-receipt",
	"dkim-key-maybe-rotated",
	"dns-timeout",
	"dns-servfail",
	"dns-refused",
	"dns-broken",
	"dns-name-*",
	"spf-client-private",
	"spf-redirect-ignored",
	"dmarc-record-missing",
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
	"dkim-*",
	"spf-not-authorized",
	"spf-softfail",
	"spf-forwarded",
	"dmarc-unaligned-*",
};

/* ... and these last: advice that can wait. */
static const char *const last[] = {
	"dkim-signs-*",
	"dkim-content-type-unsigned",
	"dkim-length-tag",
	"spf-ip-guessed",
	"spf-sender-guessed",
};

static size_t
rank(const struct finding *x)
{
	size_t i = 0, n = sizeof(first) / sizeof(first[0]);
	str code = code_of(x);

	while (i < n && !matches(code, first[i]))
		i++;
	return i + is_among(x, last, sizeof(last) / sizeof(last[0]));
}

/* An answer to "why now?" stands before what merely could be better. */
static int
weight(const struct find *f, const struct finding *x)
{
	bool why_now =
		has_passed_then(f, x) ||
		(x->code == FINDING_SPF_FORWARDED && find_failed(f)) ||
		(x->severity == SEVERITY_WARNING && has_lost_client(f, x));

	return why_now ? 2 * SEVERITY_WARNING + 1 : 2 * (int)x->severity;
}

/* There is no verdict, for want of an answer. */
static bool
is_why_undecided(const struct find *f, const struct finding *x)
{
	enum result result = f->v ? f->v->result : f->spf->result;

	return result == RESULT_TEMPERROR &&
	       (x->code == FINDING_DNS_TIMED_OUT ||
		       x->code == FINDING_DNS_NO_SERVER ||
		       x->code == FINDING_DNS_UNREADABLE ||
		       x->code == FINDING_DNS_NOT_ALLOWED);
}

/* What was looked at is not what was meant: nothing else matters before. */
static bool
is_urgent(const struct find *f, const struct finding *x)
{
	return x->severity > SEVERITY_NOTE &&
	       (matches(code_of(x), "input-*") ||
		       x->code == FINDING_SPF_HOP_MISSING ||
		       is_why_undecided(f, x));
}

/* Does a come before b?  Equal ones stay as they were found. */
static bool
before(const struct find *f, const struct finding *a, const struct finding *b)
{
	if (!a->cause != !b->cause)
		return !a->cause;
	if (is_urgent(f, a) != is_urgent(f, b))
		return is_urgent(f, a);
	if (a->minor != b->minor)
		return b->minor;
	if (weight(f, a) != weight(f, b))
		return weight(f, a) > weight(f, b);
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

static void
find_causes(struct find *f)
{
	for (size_t i = 0; f->n > 1 && i < f->n; i++)
		f->finding[i].cause = find_cause(f, &f->finding[i]);
}

static void
sort(struct find *f)
{
	for (size_t i = 1; i < f->n; i++)
		for (size_t k = i;
			k > 0 && before(f, &f->finding[k], &f->finding[k - 1]);
			k--)
			swap(f, k - 1);
}

void
find_order(struct find *f)
{
	bool then = false;

	for (size_t i = 0; i < f->n; i++)
		then |= has_passed_then(f, &f->finding[i]);
	for (size_t i = 0; i < f->n; i++) {
		struct finding *x = &f->finding[i];
		if (has_no_part(f, x, then))
			x->severity = SEVERITY_NOTE;
		x->minor = x->severity < SEVERITY_ERROR && is_minor(f, x);
	}
	find_causes(f);
	sort(f);
}

/* Two may explain each other. */
static const struct finding *
root_of(const struct find *f, const struct finding *x)
{
	for (size_t i = 0; x->cause && i < f->n; i++)
		x = x->cause;
	return x;
}

/* What is shown only on demand must not hide what is worse. */
void
find_order_published(struct find *f)
{
	for (size_t i = 0; i < f->n; i++)
		f->finding[i].minor = f->finding[i].severity == SEVERITY_NOTE;
	find_causes(f);
	for (size_t i = 0; i < f->n; i++) {
		const struct finding *cause = root_of(f, &f->finding[i]);
		if (cause->severity < f->finding[i].severity)
			f->finding[i].cause = NULL;
	}
	sort(f);
}
