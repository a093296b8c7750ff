/*
 * align.c - what passes, and for whom: DMARC asks for the domain in From.
 */
#include "find.h"

#include "findings/service.h"
#include "mailauth/hint.h"

enum { OTHERS_MAX = 3, ROWS_MAX = OTHERS_MAX + 2 };

/* --- what passes ------------------------------------------------------ */

struct passing {
	str domain[OTHERS_MAX]; /* distinct, DKIM first */
	bool dkim[OTHERS_MAX];
	size_t n;
	bool any_spf, any_dkim;
};

static void
add_domain(struct passing *p, str domain, bool dkim)
{
	for (size_t i = 0; i < p->n; i++)
		if (domain_at_or_below(domain, p->domain[i]) ||
			domain_at_or_below(p->domain[i], domain))
			return;
	if (p->n == OTHERS_MAX)
		return;
	p->dkim[p->n] = dkim;
	p->domain[p->n++] = domain;
}

static struct passing
what_passes(const struct find *f)
{
	const struct auth_verdict *v = f->v;
	struct passing p = { 0 };

	for (size_t i = 0; i < v->dkim_facts.n; i++) {
		if (v->dkim[i].result != RESULT_PASS)
			continue;
		p.any_dkim = true;
		add_domain(&p, v->dkim_facts.signature[i].signer.domain_ascii,
			true);
	}
	if (v->spf.result == RESULT_PASS) {
		p.any_spf = true;
		add_domain(&p, v->spf.domain, false);
	}
	return p;
}

/* --- the picture ------------------------------------------------------ */

static void
add_row(struct finding *x, struct finding_row *row, str label, str value,
	str remark)
{
	if (value.n > 0)
		row[x->rows++] = (struct finding_row){ label, value, remark };
}

static str
relation(const struct find *f, str domain)
{
	return find_may_align(f, domain) ? STR("the same organization")
					 : STR("another organization");
}

/* From, DKIM d= and Return-Path below each other. */
static void
draw(struct find *f, struct finding *x)
{
	const struct auth_verdict *v = f->v;
	struct finding_row *row =
		arena_make(f->arena, ROWS_MAX, struct finding_row);
	size_t shown = 0;

	x->row = row;
	add_row(x, row, STR("From"), v->author.display_address,
		STR("what the reader sees; DMARC asks here"));
	for (size_t i = 0; i < v->dkim_facts.n && shown < OTHERS_MAX; i++) {
		str d = v->dkim_facts.signature[i].signer.domain_ascii;
		bool pass = v->dkim[i].result == RESULT_PASS;
		if (d.n == 0 || (!pass && !find_may_align(f, d)))
			continue;
		shown++;
		add_row(x, row, STR("DKIM d="), d,
			pass ? relation(f, d) : STR("does not pass"));
	}
	add_row(x, row, STR("Return-Path"), f->client->mail_from,
		v->spf.result == RESULT_PASS ? relation(f, v->spf.domain)
					     : STR("SPF does not pass"));
}

/* --- kinds of not being aligned --------------------------------------- */

static bool
is_strict(const struct find *f, bool dkim)
{
	const struct dmarc_verdict *d = &f->v->dmarc;

	return dkim ? d->strict_dkim : d->strict_spf;
}

static bool
find_strict(struct find *f, const struct passing *p)
{
	const struct dmarc_verdict *d = &f->v->dmarc;

	for (size_t i = 0; i < p->n; i++) {
		bool dkim = p->dkim[i];
		if (!find_may_align(f, p->domain[i]) || !is_strict(f, dkim))
			continue;
		struct finding *x = FIND(f, DMARC_UNALIGNED_STRICT,
			{ "other", p->domain[i] }, { "from", d->domain },
			{ "tag", dkim ? STR("adkim") : STR("aspf") },
			{ "name", d->policy_domain },
			{ "how", dkim ? STR_CAT(f->arena, STR("sign with d="),
						d->domain)
				      : STR_CAT(f->arena,
						STR("use a return path at "),
						d->domain) });
		draw(f, x);
		return true;
	}
	return false;
}

static bool
find_default_domain(struct find *f, const struct passing *p)
{
	for (size_t i = 0; i < p->n; i++) {
		bool microsoft = domain_at_or_below(
			p->domain[i], STR("onmicrosoft.com"));
		bool google =
			domain_at_or_below(p->domain[i], STR("gappssmtp.com"));
		if (!p->dkim[i] || (!microsoft && !google))
			continue;
		struct finding *x = FIND(f, DMARC_UNALIGNED_DEFAULT_DOMAIN,
			{ "vendor", sender_service(p->domain[i]) },
			{ "d", p->domain[i] }, { "from", f->v->dmarc.domain });
		draw(f, x);
		return true;
	}
	return false;
}

static str
first_label(str domain)
{
	return str_sub(domain, 0, str_find(domain, '.'));
}

/* The same name under another suffix, or cut off by psd=n. */
static bool
is_sibling(struct find *f, str domain)
{
	const struct suffix_list *suffixes = f->setup->auth->suffixes;

	if (!suffixes)
		return false;
	str ours = suffix_list_organizational(
		suffixes, f->arena, f->v->dmarc.domain);
	str theirs = suffix_list_organizational(suffixes, f->arena, domain);
	return first_label(ours).n > 2 &&
	       str_eq(first_label(ours), first_label(theirs));
}

static bool
find_sibling(struct find *f, const struct passing *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!is_sibling(f, p->domain[i]))
			continue;
		struct finding *x = FIND(f, DMARC_UNALIGNED_SIBLING,
			{ "other", p->domain[i] },
			{ "from", f->v->dmarc.domain });
		draw(f, x);
		return true;
	}
	return false;
}

static str
joined(struct find *f, const struct passing *p)
{
	struct buf b = { .arena = f->arena };

	for (size_t i = 0; i < p->n; i++) {
		buf_add(&b, i == 0 ? STR("") : STR(" and "));
		buf_add(&b, p->domain[i]);
	}
	return buf_str(&b);
}

/* "SRS0=hash=day=shop.example=news": a forwarder has rewritten it. */
static bool
is_rewritten(str mail_from)
{
	return mail_from.n > 4 &&
	       (str_istarts(mail_from, STR("SRS0")) ||
		       str_istarts(mail_from, STR("SRS1"))) &&
	       is_one_of(mail_from.p[4], "=+-");
}

static void
find_other(struct find *f, const struct passing *p)
{
	str vendor = { 0 }, from = f->v->dmarc.domain;

	for (size_t i = 0; i < p->n && !vendor.p; i++)
		vendor = sender_service(p->domain[i]);
	struct finding *x = FIND(f, DMARC_UNALIGNED_ESP,
		{ "what", p->any_spf && p->any_dkim ? STR("SPF and DKIM pass")
			  : p->any_spf              ? STR("SPF passes")
						    : STR("DKIM passes") },
		{ "other", joined(f, p) }, { "from", from },
		{ "vendor",
			vendor.p ? vendor
				 : STR_CAT(f->arena, STR("whoever sends as "),
					   p->domain[0]) });
	if (!p->any_dkim && is_rewritten(f->client->mail_from))
		x->hint = STR_CAT(f->arena, p->domain[0],
			STR(" forwards (SRS), so only DKIM can pass: whoever "
			    "sends as "),
			from, STR(" should sign with d="), from);
	draw(f, x);
}

/* --- lists ------------------------------------------------------------ */

static bool
has_own_signature(const struct find *f)
{
	const struct dkim_facts *facts = &f->v->dkim_facts;

	for (size_t i = 0; i < facts->n; i++)
		if (find_may_align(f, facts->signature[i].signer.domain_ascii))
			return true;
	return false;
}

/*
 * Newsletters have a List-Id, too; a list that people write to says where to
 * post, or had the author's signature in its hands.
 */
static bool
find_list(struct find *f, const struct passing *p)
{
	const struct field *id = message_top(f->message, STR("List-Id"));
	const struct field *post = message_top(f->message, STR("List-Post"));

	if (!post && (!id || !has_own_signature(f)))
		return false;
	for (size_t i = 0; i < p->n; i++)
		if (sender_service(p->domain[i]).p && !post)
			return false;
	str list = str_trim_fws(id ? id->value : post->value);
	size_t open = str_rfind(list, '<');
	if (open < list.n) {
		list = str_skip(list, open + 1);
		list.n = str_find(list, '>');
	}
	struct finding *x = FIND(f, DMARC_LIST, { "list", list },
		{ "from", f->v->author.display_address });
	draw(f, x);
	return true;
}

/* --- a pass ----------------------------------------------------------- */

static bool
any_dkim_aligned(const struct find *f)
{
	for (size_t i = 0; i < f->v->dkim_facts.n; i++)
		if (find_is_aligned(f, i))
			return true;
	return false;
}

static void
find_half_pass(struct find *f)
{
	const struct auth_verdict *v = f->v;
	bool dkim = any_dkim_aligned(f);

	if (!dkim)
		FIND(f, DMARC_SPF_ONLY, { "from", v->dmarc.domain });
	else if (!v->dmarc.spf_aligned && v->spf.domain.n > 0)
		FIND(f, DMARC_DKIM_ONLY,
			{ "result", result_word(v->spf.result) },
			{ "other", v->spf.domain });
}

static void
find_fail(struct find *f)
{
	struct passing p = what_passes(f);
	bool list = find_list(f, &p);

	if (f->client->mail_from.n > 0 && f->spf_helo->result == RESULT_PASS &&
		!p.any_spf)
		FIND(f, DMARC_HELO_ONLY, { "helo", f->spf_helo->domain });
	if (p.n == 0)
		find_add(f, FINDING_DMARC_NO_PASS, NULL);
	else if (!find_strict(f, &p) && !list && !find_default_domain(f, &p) &&
		 !find_sibling(f, &p))
		find_other(f, &p);
}

void
find_alignment(struct find *f)
{
	if (!f->v || f->v->dmarc.domain.n == 0)
		return;
	if (f->v->result == RESULT_PASS)
		find_half_pass(f);
	else if (f->v->result == RESULT_FAIL)
		find_fail(f);
}
