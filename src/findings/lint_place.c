/*
 * lint_place.c - the name that a record stands at, the line that it stands in,
 * and others at that name.
 */
#include "lint_work.h"

#include "find_dmarc.h"
#include "key_record.h"

#include "mailauth/domain.h"

bool
lint_is_alias(const struct lint_record *r)
{
	return r->line && str_ieq(r->line->type, STR("CNAME")) &&
	       lint_kind_of_text(r->text) == RECORD_UNKNOWN;
}

/* --- the name -------------------------------------------------------- */

/* The octets at the end of a name that it has twice, with their dot; or 0. */
static size_t
doubled(str name)
{
	size_t labels = domain_labels(name);

	for (size_t i = labels / 2; i >= 2; i--) {
		str last = domain_skip(name, labels - i);
		str both = domain_skip(name, labels - 2 * i);
		if (str_ieq(str_sub(both, 0, last.n), last) &&
			both.n == 2 * last.n + 1)
			return last.n + 1;
	}
	return 0;
}

str
lint_once(str name)
{
	return str_sub(name, 0, name.n - doubled(name));
}

static bool
find_doubled(struct lint_work *w)
{
	str name = w->r->name;
	size_t n = doubled(name);

	if (n == 0)
		return false;
	str once = str_sub(name, 0, name.n - n);
	str zone = str_skip(once, once.n - (n - 1));
	str label = str_sub(once, 0, once.n - zone.n);
	label = label.n > 0 ? str_sub(label, 0, label.n - 1) : STR("@");
	struct finding *x = FIND(w->f, DNS_NAME_DOUBLED, { "name", once },
		{ "found", name }, { "label", label });
	x->name = once;
	w->better = once;
	return true;
}

static bool
find_underscore(struct lint_work *w)
{
	str name = w->r->name;
	str better = lint_with_underscores(w->f->arena, w->r->kind, name);

	if (!better.p || str_ieq(better, name))
		return false;
	struct finding *x = FIND(w->f, DNS_NAME_UNDERSCORE, { "found", name },
		{ "name", better });
	x->name = better;
	w->better = better;
	return true;
}

/* Does a record that is looked at, too, lead to that name? */
static bool
is_included(const struct lint_work *w, str name)
{
	const str ways[] = { STR_CAT(w->f->arena, STR("include:"), name),
		STR_CAT(w->f->arena, STR("redirect="), name) };

	for (size_t i = 0; i < w->n; i++)
		for (size_t k = 0; k < 2; k++)
			if (w->all[i].kind == RECORD_SPF &&
				str_ifind(w->all[i].text, ways[k]) <
					w->all[i].text.n)
				return true;
	return false;
}

/* SPF stands at the domain; other names are for parts of it. */
static void
find_spf_apart(struct lint_work *w, enum record_kind named)
{
	str name = w->r->name;
	struct finding *x;

	if (named != RECORD_UNKNOWN) {
		w->better = lint_domain(name);
		if (w->better.n == 0)
			w->better = STR("DOMAIN");
		x = FIND(w->f, RECORD_WRONG_NAME,
			{ "type", record_kind_title(RECORD_SPF) },
			{ "found", name }, { "name", w->better });
	} else if (str_starts(name, STR("_")) && !is_included(w, name)) {
		x = FIND(w->f, RECORD_NAME_APART, { "name", name });
	} else {
		return;
	}
	x->name = name;
}

static void
find_misplaced(struct lint_work *w)
{
	enum record_kind kind = w->r->kind;
	str name = w->r->name, domain = lint_domain(name);
	struct finding *x;

	w->better = lint_name(w->f->arena, kind, domain);
	if (kind == RECORD_DMARC)
		x = FIND(w->f, DMARC_WRONG_LOCATION, { "found", name },
			{ "domain", domain });
	else if (kind == RECORD_DKIM)
		x = FIND(w->f, DKIM_KEY_WRONG_NAME, { "found", name },
			{ "name", w->better });
	else
		x = FIND(w->f, RECORD_WRONG_NAME,
			{ "type", record_kind_title(kind) }, { "found", name },
			{ "name", w->better });
	x->name = name;
}

/* "mail._domainkey" is meant so, "mail._domainkey.b.example" is not. */
static void
find_final_dot(struct lint_work *w)
{
	const struct lint_line *line = w->r->line;

	if (line && line->relative &&
		domain_labels(lint_domain(w->r->name)) >= 2) {
		FIND(w->f, RECORD_FINAL_DOT, { "name", line->owner });
		w->reshaped = true;
	}
	if (line && lint_is_alias(w->r) && domain_labels(line->target) >= 2 &&
		line->target.p[line->target.n - 1] != '.')
		FIND(w->f, RECORD_FINAL_DOT, { "name", line->target });
}

void
lint_find_place(struct lint_work *w)
{
	str name = w->r->name;
	enum record_kind named = lint_kind_of_name(name);

	find_final_dot(w);
	if (name.n == 0 || find_doubled(w) || find_underscore(w))
		return;
	if (w->r->kind == RECORD_SPF)
		find_spf_apart(w, named);
	else if (named != w->r->kind)
		find_misplaced(w);
}

/* --- the line -------------------------------------------------------- */

/* Is the same said by a TXT, too? */
static bool
has_txt(const struct lint_work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct lint_record *o = &w->all[i];
		if (o->kind == w->r->kind && str_ieq(o->name, w->r->name) &&
			(!o->line || str_ieq(o->line->type, STR("TXT"))))
			return true;
	}
	return false;
}

static void
find_type(struct lint_work *w)
{
	const struct lint_line *line = w->r->line;
	struct finding *x;

	if (str_ieq(line->type, STR("TXT")) || lint_is_alias(w->r))
		return;
	w->reshaped = true;
	if (!str_ieq(line->type, STR("SPF")) || w->r->kind != RECORD_SPF) {
		FIND(w->f, RECORD_TYPE, { "type", line->type },
			{ "kind", record_kind_title(w->r->kind) });
		return;
	}
	bool also = has_txt(w);
	x = FIND(w->f, SPF_TYPE99, { "domain", w->name },
		{ "differs", also ? STR("") : STR(", and no TXT") },
		{ "advice", also ? STR("delete it; only TXT counts")
				 : STR("publish it as TXT") });
	x->severity = also ? SEVERITY_NOTE : SEVERITY_ERROR;
}

static str
lost_how(const struct lint_work *w)
{
	return str_find(w->r->text, ';') < w->r->text.n
		       ? STR("it ends at the first `;`")
		       : STR("its words are joined without blanks");
}

void
lint_find_form(struct lint_work *w)
{
	enum { STRING_MAX = 255 };
	const struct lint_line *line = w->r->line;

	if (!line)
		return;
	if (line->fault.p) {
		FIND(w->f, RECORD_SYNTAX, { "why", line->fault });
		w->reshaped = true;
	}
	if (line->unquoted) {
		FIND(w->f, RECORD_UNQUOTED, { "effect", lost_how(w) });
		w->reshaped = true;
	}
	if (line->longest > STRING_MAX && !line->fault.p) {
		FIND(w->f, RECORD_STRING_LONG,
			{ "n", find_number(w->f, line->longest) });
		w->reshaped = true;
	}
	find_type(w);
}

/* --- others ---------------------------------------------------------- */

static bool
is_rival(const struct lint_record *a, const struct lint_record *b)
{
	return a->kind == b->kind && str_ieq(a->name, b->name) &&
	       (!a->line || str_ieq(a->line->type, STR("TXT")));
}

/* Two keys, or the halves of one. */
static void
add_keys(struct lint_work *w, str n, const struct lint_record *other)
{
	bool before = other < w->r;
	const struct dns_rr rr[2] = { { .data = before ? other->text
						       : w->r->text },
		{ .data = before ? w->r->text : other->text } };
	const struct dns_answer both = {
		.status = DNS_OK, .n = str_eq(n, STR("2")) ? 2 : 0, .rr = rr
	};
	str whole = key_records_joined(w->f, &both, w->r->name);
	struct finding *x = FIND(w->f, DKIM_MULTIPLE_KEYS, { "n", n },
		{ "name", w->r->name },
		{ "advice",
			whole.p ? STR("join them: they are one record, to be "
				      "entered as two strings")
				: STR("keep the one that your signer uses") });

	x->name = w->r->name;
	x->corrected = whole;
	for (struct finding *y = w->f->finding; whole.p && y < x; y++)
		y->cause = x; /* it is but a half */
}

static void
add_several(struct lint_work *w, str n, const struct lint_record *other)
{
	str name = w->r->name, title = record_kind_title(w->r->kind);
	struct finding *x;

	if (w->r->kind == RECORD_DKIM) {
		add_keys(w, n, other);
		return;
	}
	if (w->r->kind == RECORD_SPF)
		x = FIND(w->f, SPF_MULTIPLE_RECORDS, { "n", n },
			{ "domain", name });
	else if (w->r->kind == RECORD_DMARC)
		x = FIND(w->f, DMARC_MULTIPLE_RECORDS, { "n", n },
			{ "name", name });
	else
		x = FIND(w->f, RECORD_MULTIPLE, { "n", n },
			{ "type", str_sub(title, 0, str_find(title, ' ')) },
			{ "name", name });
	x->name = name;
}

bool
lint_is_copy(const struct lint_record *all, const struct lint_record *r)
{
	if (r->name.n == 0 || !is_rival(r, r))
		return false;
	for (; all < r; all++)
		if (is_rival(all, r) && str_eq(all->text, r->text))
			return true;
	return false;
}

/* Said of each: none of them counts. */
void
lint_find_others(struct lint_work *w)
{
	const struct lint_record *other = NULL;
	size_t n = 0;

	if (w->r->name.n == 0 || !is_rival(w->r, w->r))
		return;
	if (w->copy[w->r - w->all]) {
		FIND(w->f, RECORD_TWICE, { "name", w->r->name })->name =
			w->r->name;
		return;
	}
	for (size_t i = 0; i < w->n; i++) {
		const struct lint_record *o = &w->all[i];
		if (w->copy[i] || !is_rival(o, w->r))
			continue;
		n++;
		if (o != w->r && !other)
			other = o;
	}
	if (other)
		add_several(w, find_number(w->f, n), other);
}
