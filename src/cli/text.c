/*
 * text.c - the report for a person: verdict, table, findings.
 */
#include "report.h"

#include "mailauth/buf.h"

#include <string.h>

enum {
	LABEL_AT = 2,
	RESULT_AT = 9,
	DOMAIN_MIN = 20,
	DOMAIN_MAX = 30,
	SIGNATURES_SHOWN = 4, /* without -v */
	ROWS_MAX = 4 + 2      /* beside the signatures */
};

/* --- the verdict ----------------------------------------------------- */

static str
loud_word(enum result result)
{
	switch (result) {
	case RESULT_PASS: return STR("PASS");
	case RESULT_NONE: return STR("NONE");
	case RESULT_TEMPERROR: return STR("TEMPERROR");
	case RESULT_PERMERROR: return STR("PERMERROR");
	case RESULT_SOFTFAIL: return STR("SOFTFAIL");
	case RESULT_NEUTRAL: return STR("NEUTRAL");
	case RESULT_PENDING:
	case RESULT_POLICY:
	case RESULT_FAIL: break;
	}
	return STR("FAIL");
}

static str
both(bool spf, bool dkim, str neither)
{
	if (spf && dkim)
		return STR("SPF and DKIM");
	return spf ? STR("SPF") : dkim ? STR("DKIM") : neither;
}

/*
 * Without a policy nobody looks for alignment.  Were one published at the
 * Author Domain, that domain and all below it would align. (RFC 9989 4.10.2)
 */
static str
would_align(const struct report *r)
{
	const struct auth_verdict *v = r->v;
	str top = v->author.domain;
	bool dkim = false;
	bool spf = v->spf.result == RESULT_PASS &&
		   domain_at_or_below(v->spf.domain, top);

	for (size_t i = 0; i < v->dkim_facts.n; i++)
		dkim |= v->dkim[i].result == RESULT_PASS &&
			domain_at_or_below(
				v->dkim_facts.signature[i].signer.domain_ascii,
				top);
	return both(spf, dkim, STR("nothing"));
}

/* What is said first, and what of it must not be torn apart. */
struct headline {
	str text, tail;
};

static struct headline
fail_headline(const struct report *r)
{
	const struct dmarc_verdict *d = &r->v->dmarc;
	struct arena *a = r->arena;

	return (struct headline){
		STR_CAT(a, d->domain, STR(" is not authenticated")),
		STR_CAT(a, STR("(its policy: "), dmarc_policy_word(d->policy),
			d->testing ? STR(", in test mode)") : STR(")")),
	};
}

static struct headline
pass_headline(const struct report *r)
{
	struct arena *a = r->arena;

	return (struct headline){
		STR_CAT(a, r->v->dmarc.domain, STR(" is authenticated")),
		STR_CAT(a, STR("(by "),
			both(report_spf_aligned(r), report_dkim_aligned(r),
				STR("nothing")),
			STR(")")),
	};
}

static str
sentence(const struct report *r)
{
	const struct dmarc_verdict *d = &r->v->dmarc;
	struct arena *a = r->arena;

	if (d->domain.n == 0)
		return d->reason;
	if (d->result == RESULT_NONE)
		return STR_CAT(a, d->reason, STR("; "), would_align(r),
			STR(" would align"));
	if (d->result == RESULT_TEMPERROR)
		return STR_CAT(a, STR("cannot tell whether "), d->domain,
			STR(" is authenticated: "), d->reason);
	return STR_CAT(
		a, d->domain, STR(" cannot be authenticated: "), d->reason);
}

static struct headline
headline(const struct report *r)
{
	const struct dmarc_verdict *d = &r->v->dmarc;

	if (d->domain.n > 0 && d->result == RESULT_PASS)
		return pass_headline(r);
	if (d->domain.n > 0 && d->result == RESULT_FAIL)
		return fail_headline(r);
	return (struct headline){ .text = sentence(r) };
}

static void
put_verdict(struct screen *s, const struct report *r, enum result result,
	struct headline h)
{
	enum tint tint = screen_tint(result);

	screen_put(
		s, tint == TINT_PLAIN ? TINT_STRONG : tint, loud_word(result));
	screen_pad(s, s->column + 2);
	if (r->file != NULL && strcmp(r->file, "-") != 0)
		h.text = STR_CAT(r->arena, report_file(r), STR(": "), h.text);
	screen_wrap(s, 6, h.text);
	if (h.tail.n > 0)
		screen_keep(s, 6, h.tail);
	screen_end(s);
}

/* --- the table ------------------------------------------------------- */

struct row {
	str label;
	enum result result;
	str domain; /* absent: none */
	str reason; /* absent: none */
};

struct table {
	struct row *row;
	size_t n;
	size_t left_out; /* signatures not shown */
};

static void
add_row(struct table *t, str label, enum result result, str domain, str reason)
{
	t->row[t->n++] = (struct row){ label, result, domain, reason };
}

/* A HELO result that only repeats the other one says nothing. */
static bool
helo_says_more(const struct report *r)
{
	const struct spf_verdict *helo = r->spf_helo;

	if (helo == r->spf)
		return false;
	if (r->options->verbose)
		return true;
	return helo->result != RESULT_NONE && helo->result != r->spf->result &&
	       !str_eq(helo->domain, r->spf->domain);
}

static void
add_spf_rows(struct table *t, const struct report *r)
{
	str label = r->spf->scope == SPF_HELO ? STR("HELO") : STR("SPF");
	str reason = r->spf->reason;

	/* --hop went too far, which a pass says here only */
	if (r->client->ip.family == 0 && r->findings > 0 &&
		r->finding[0].code == FINDING_SPF_HOP_MISSING)
		reason = r->finding[0].message;
	/* the domain is the HELO name then (RFC 7208 2.4) */
	if (r->client->mail_from.p != NULL && r->client->mail_from.n == 0)
		reason = STR_CAT(r->arena, reason, STR(" (null sender)"));
	add_row(t, label, r->spf->result, r->spf->domain, reason);
	if (helo_says_more(r))
		add_row(t, STR("HELO"), r->spf_helo->result,
			r->spf_helo->domain, r->spf_helo->reason);
}

/* "rsa-2048", "ed25519"; without a key what the signature says */
static str
key_word(struct arena *a, const struct dkim_verdict *v,
	const struct dkim_signature *sig)
{
	if (v->key_bits == 0)
		return sig->signer.algorithm;
	if (sig->signer.key_kind == KEY_ED25519)
		return STR("ed25519");
	return STR_CAT(a, STR("rsa-"), str_number(a, v->key_bits));
}

static str
signature_reason(const struct report *r, size_t i)
{
	const struct dkim_signature *sig = &r->v->dkim_facts.signature[i];
	const struct dkim_verdict *v = &r->v->dkim[i];
	struct arena *a = r->arena;
	str why = v->reason;

	if (v->result == RESULT_PASS)
		why = report_signature_aligned(r, i) ? STR("aligned")
		      : r->v->dmarc.policy_domain.p  ? STR("not aligned")
						     : STR("verified");
	if (v->testing)
		why = STR_CAT(a, why, STR(", key in test mode (t=y)"));
	if (sig->signer.selector.n == 0)
		return why;
	return STR_CAT(a, STR("s="), sig->signer.selector,
		sig->signer.algorithm.n > 0 ? STR(" ") : STR(""),
		key_word(a, v, sig), STR(": "), why);
}

static void
add_signature_rows(struct table *t, const struct report *r)
{
	const struct dkim_facts *facts = &r->v->dkim_facts;
	size_t shown = 0;

	if (facts->n == 0)
		add_row(t, STR("DKIM"), RESULT_NONE, (str){ 0 },
			STR("no signature"));
	for (size_t i = 0; i < facts->n; i++) {
		bool show = r->options->verbose || shown < SIGNATURES_SHOWN ||
			    (report_signature_aligned(r, i) &&
				    shown < 2 * SIGNATURES_SHOWN);
		shown += show;
		t->left_out += !show;
		if (show)
			add_row(t, STR("DKIM"), r->v->dkim[i].result,
				facts->signature[i].signer.domain,
				signature_reason(r, i));
	}
}

static void
add_arc_row(struct table *t, const struct report *r)
{
	const struct arc_facts *facts = &r->v->arc_facts;
	const struct arc_verdict *arc = &r->v->arc;
	struct arena *a = r->arena;
	str domain = { 0 }, reason = arc->reason;

	if (facts->n > 0)
		domain = facts->set[facts->n - 1].seal.signer.domain;
	if (arc->result == RESULT_PASS)
		reason = STR_CAT(a, str_number(a, facts->n),
			facts->n == 1 ? STR(" set") : STR(" sets"),
			STR(", all seals verified"));
	add_row(t, STR("ARC"), arc->result, domain, reason);
}

static void
add_dmarc_row(struct table *t, const struct report *r)
{
	const struct dmarc_verdict *d = &r->v->dmarc;
	struct buf b = { .arena = r->arena };
	str reason = d->reason;

	if (d->policy_domain.p != NULL && d->policy_tag.n > 0) {
		buf_add(&b, d->policy_tag);
		buf_char(&b, '=');
		buf_add(&b, dmarc_policy_word(d->policy));
		if (!str_eq(d->policy_domain, d->domain)) {
			buf_add(&b, STR(" at "));
			buf_add(&b, d->policy_domain);
		}
		buf_add(&b, STR(", aligned: "));
		buf_add(&b, report_aligned(r));
		if (d->result != RESULT_PASS && d->result != RESULT_FAIL) {
			buf_add(&b, STR("; "));
			buf_add(&b, d->reason);
		}
		reason = buf_str(&b);
	} else if (d->result == RESULT_NONE && d->domain.n > 0) {
		reason = STR("no policy"); /* the verdict says why */
	}
	add_row(t, STR("DMARC"), d->result, d->domain, reason);
}

static void
put_row(struct screen *s, const struct row *row, size_t domain_at,
	size_t reason_at)
{
	screen_pad(s, LABEL_AT);
	screen_put(s, TINT_PLAIN, row->label);
	screen_pad(s, RESULT_AT);
	screen_put(s, screen_tint(row->result), result_word(row->result));
	if (row->domain.n > 0) {
		screen_pad(s, domain_at);
		screen_wrap(s, domain_at, row->domain);
	}
	if (row->reason.n > 0) {
		/* a long name has the line for itself */
		if (s->column + 2 > reason_at)
			screen_end(s);
		screen_pad(s, reason_at);
		screen_wrap(s, reason_at, row->reason);
	}
	screen_end(s);
}

static void
put_table(struct screen *s, const struct report *r, const struct table *t)
{
	size_t result = 4, domain = DOMAIN_MIN;

	for (size_t i = 0; i < t->n; i++) {
		size_t n = str_escaped(r->arena, t->row[i].domain).n;
		if (n > domain && n <= DOMAIN_MAX)
			domain = n;
		n = result_word(t->row[i].result).n;
		result = n > result ? n : result;
	}
	size_t domain_at = RESULT_AT + result + 2;
	size_t reason_at = domain_at + domain + 2;
	if (reason_at > s->width - 20) /* a narrow terminal */
		reason_at = domain_at;
	for (size_t i = 0; i < t->n; i++)
		put_row(s, &t->row[i], domain_at, reason_at);
	if (t->left_out > 0) {
		screen_pad(s, LABEL_AT);
		screen_wrap(s, LABEL_AT,
			STR_CAT(r->arena, STR("+"),
				str_count(r->arena, t->left_out),
				STR(" more signatures (-v)")));
		screen_end(s);
	}
}

/* --- below the table ------------------------------------------------- */

/* An error that is shown below the table. */
static bool
says_why(const struct report *r)
{
	return r->roots > 0 && r->finding[0].severity == SEVERITY_ERROR;
}

/* Other results have it in their headline. */
static void
put_why(struct screen *s, const struct report *r)
{
	const struct dmarc_verdict *d = &r->v->dmarc;

	if (d->result == RESULT_FAIL && d->reason.n > 0 && !says_why(r))
		screen_item(s, LABEL_AT, STR("why"), d->reason);
}

/* What the domain itself says to those it refuses; to be read as a claim. */
static void
put_explanation(struct screen *s, const struct report *r)
{
	if (r->spf->explanation.n == 0)
		return;
	screen_pad(s, LABEL_AT);
	screen_wrap(s, LABEL_AT + 2,
		STR_CAT(r->arena, r->spf->domain, STR(" explains: \""),
			r->spf->explanation, STR("\"")));
	screen_end(s);
}

static void
put_line(struct screen *s, str text)
{
	screen_pad(s, LABEL_AT);
	screen_wrap(s, LABEL_AT + 2, text);
	screen_end(s);
}

static str
method_word(const struct dmarc_verdict *d)
{
	return d->method == DMARC_PSL ? STR("public suffix list")
				      : STR("tree walk");
}

/* Why the other method comes to something else. */
static str
why_other(struct arena *a, const struct dmarc_verdict *d,
	const struct dmarc_verdict *o)
{
	if (d->organizational.p && o->organizational.p &&
		!str_eq(d->organizational, o->organizational))
		return STR_CAT(a, STR("the organization is "),
			o->organizational, STR(" ("), method_word(o),
			STR("), not "), d->organizational, STR(" ("),
			method_word(d), STR(")"));
	if (o->result != d->result)
		return o->reason;
	if (d->author_missing || o->author_missing)
		return STR("np= counts in RFC 9989 only");
	if (d->testing == o->testing)
		return o->reason;
	return (d->testing ? d : o)->method == DMARC_PSL
		       ? STR("pct=0 counts in RFC 7489 only")
		       : STR("t=y counts in RFC 9989 only");
}

/* In a line when it comes to something else; with -v in any case. */
static void
put_other_method(struct screen *s, const struct report *r)
{
	const struct dmarc_verdict *d = &r->v->dmarc;
	const struct dmarc_verdict *o = &r->v->dmarc_other;
	struct arena *a = r->arena;
	struct buf b = { .arena = a };
	bool same = o->result == d->result && o->disposition == d->disposition;

	if (o->result == RESULT_PENDING || (same && !r->options->verbose))
		return;
	buf_add(&b, o->method == DMARC_PSL ? STR("by RFC 7489 DMARC is ")
					   : STR("by RFC 9989 DMARC is "));
	buf_add(&b, result_word(o->result));
	if (o->policy != DMARC_POLICY_UNKNOWN && o->result == RESULT_FAIL) {
		buf_add(&b, STR(", and "));
		buf_add(&b, o->policy_domain);
		buf_add(&b, STR(" asks for "));
		buf_add(&b, dmarc_policy_word(o->disposition));
	} else if (o->policy != DMARC_POLICY_UNKNOWN) {
		buf_add(&b, STR(", policy "));
		buf_add(&b, dmarc_policy_word(o->policy));
		buf_add(&b, STR(" of "));
		buf_add(&b, o->policy_domain);
	}
	str why = same ? STR("") : why_other(a, d, o);
	buf_add(&b, why.n > 0 ? STR(": ") : STR(""));
	buf_add(&b, why);
	put_line(s, buf_str(&b));
}

static void
put_override(struct screen *s, const struct report *r)
{
	const struct auth_override *o = &r->v->override;

	if (o->asked)
		put_line(s, STR_CAT(r->arena,
				    o->justified ? STR("trust in its sealers "
						       "would let it pass: ")
						 : STR("trust in sealers "
						       "changes nothing: "),
				    o->reason));
}

static void
put_dkim2(struct screen *s, const struct report *r)
{
	if (r->v->dkim_facts.dkim2)
		put_line(s, STR("DKIM2 is present: a draft, not evaluated"));
}

/* --- reports --------------------------------------------------------- */

void
text_report(struct screen *s, const struct report *r)
{
	struct table t = { .row = arena_make(r->arena,
				   r->v->dkim_facts.n + ROWS_MAX, struct row) };

	put_verdict(s, r, r->v->result, headline(r));
	screen_end(s);
	add_spf_rows(&t, r);
	add_signature_rows(&t, r);
	add_arc_row(&t, r);
	add_dmarc_row(&t, r);
	put_table(s, r, &t);
	put_why(s, r);
	put_explanation(s, r);
	put_other_method(s, r);
	put_override(s, r);
	put_dkim2(s, r);
	if (r->options->verbose)
		text_details(s, r);
	text_findings(s, r);
}

static str
spf_sentence(const struct report *r)
{
	const struct spf_verdict *v = r->spf;
	struct arena *a = r->arena;
	str ip = ip_format(a, r->client->ip);
	str domain = v->domain.n > 0 ? v->domain : STR("the sender");

	switch (v->result) {
	case RESULT_PASS: return STR_CAT(a, ip, STR(" may send for "), domain);
	case RESULT_FAIL:
		return STR_CAT(a, ip, STR(" may not send for "), domain);
	case RESULT_SOFTFAIL:
		return STR_CAT(
			a, ip, STR(" probably may not send for "), domain);
	case RESULT_NEUTRAL:
		return STR_CAT(a, domain, STR(" takes no position on "), ip);
	case RESULT_TEMPERROR:
		return STR_CAT(a, STR("cannot tell whether "), ip,
			STR(" may send for "), domain, STR(": "), v->reason);
	case RESULT_PERMERROR:
		if (v->error == SPF_ERROR_MULTIPLE &&
			str_ieq(v->error_name, v->domain))
			return v->reason; /* it is about the domain already */
		return STR_CAT(a, domain,
			STR(" has an SPF record that "
			    "cannot be used: "),
			v->reason);
	default: return v->reason;
	}
}

void
text_spf(struct screen *s, const struct report *r)
{
	struct row row[2];
	struct table t = { .row = row };

	put_verdict(s, r, r->spf->result,
		(struct headline){ .text = spf_sentence(r) });
	screen_end(s);
	add_spf_rows(&t, r);
	put_table(s, r, &t);
	put_explanation(s, r);
	if (r->options->verbose) {
		text_tree(s, r, r->spf);
		if (r->spf_helo->steps > 0 && r->spf_helo != r->spf)
			text_tree(s, r, r->spf_helo);
		text_now(s, r);
	}
	text_findings(s, r);
}
