/*
 * lint.c - records before they are published.
 *
 * The tests of the texts are those that explain why a message fails; here they
 * are given a store that knows no more than the records looked at together.
 */
#include "lint_work.h"

#include "find_dmarc.h"
#include "find_publish.h"
#include "find_spf.h"
#include "key_record.h"

#include "mailauth/domain.h"

enum {
	FIXES_MAX = 8,   /* one after the other */
	JOINTS_MAX = 4,  /* tried without their blanks */
	FIX_TEXT = 8192, /* octets; longer texts are not mended */
	SAMPLE = 10
};

/* --- the text -------------------------------------------------------- */

/* All that the terms cost without what they lead to. */
static void
find_lookups(struct find *f, str name, str text)
{
	struct spf_record record = spf_record_parse(f->arena, text);
	struct spf_count c = spf_count_lookups(f, text);
	struct finding *x;

	if (!record.valid || c.lookups < SPF_MAX_LOOKUPS - 1)
		return;
	str n = find_number(f, c.lookups);
	if (c.lookups <= SPF_MAX_LOOKUPS)
		x = FIND(f, SPF_LOOKUPS_HIGH, { "n", n },
			{ "used", STR("used") },
			{ "advice",
				STR("make room: one vendor more breaks it") });
	else
		x = FIND(f, SPF_TOO_MANY_LOOKUPS,
			{ "n", STR_CAT(f->arena,
				       c.complete ? STR("") : STR("at least "),
				       n) },
			{ "term", record.term[record.n - 1].text });
	x->name = name;
}

static void
look_at_spf(struct find *f, str name, str text)
{
	struct finding *x;

	if (str_istarts(text, STR("spf2.0/"))) {
		x = FIND(f, SPF_SENDERID, { "domain", name });
		x->severity = SEVERITY_ERROR;
		find_in_txt(x, name, text, 0, 0, (str){ 0 });
		return;
	}
	find_spf_record(f, name, text);
	find_lookups(f, name, text);
}

static void
look_at_dmarc(struct find *f, str name, str text)
{
	if (lint_kind_of_text(text) == RECORD_DMARC) {
		find_dmarc_record(f, lint_domain(name), text);
		return;
	}
	struct finding *x = FIND(f, DMARC_OTHER_TEXT, { "name", name },
		{ "text", str_sub(text, 0, 4 * SAMPLE) });
	x->severity = SEVERITY_ERROR;
	x->name = name;
}

/* A key that says nothing was put down on purpose, or it was forgotten. */
static void
look_at_key(struct find *f, str name, str text)
{
	struct key_record k = key_record_read(f->arena, name, text);

	if (!find_key_faults(f, &k)) {
		find_key_advice(f, &k);
		return;
	}
	struct finding *x = &f->finding[f->n - 1];
	if (x->code == FINDING_DKIM_KEY_REVOKED)
		x->severity = SEVERITY_WARNING;
}

static void
look_at_text(struct find *f, enum record_kind kind, str name, str text)
{
	switch (kind) {
	case RECORD_SPF: look_at_spf(f, name, text); break;
	case RECORD_DKIM: look_at_key(f, name, text); break;
	case RECORD_DMARC: look_at_dmarc(f, name, text); break;
	case RECORD_STS: find_sts_record(f, name, text); break;
	case RECORD_TLSRPT: find_tlsrpt_record(f, name, text); break;
	case RECORD_BIMI: find_bimi_record(f, name, text); break;
	case RECORD_UNKNOWN:
	case RECORD_KINDS: break;
	}
}

static size_t
errors_of(const struct find *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->finding[i].severity == SEVERITY_ERROR;
	return n;
}

/* What another text would be said to have wrong. */
static void
look_again(struct find *f, struct arena *a, const struct lint_work *w, str text)
{
	find_init(f, a);
	f->dns = dns_new(a);
	find_placeholders(f, w->name, lint_domain(w->r->name), text);
	look_at_text(f, w->r->kind, w->name, text);
}

/* --- the text as it should be ---------------------------------------- */

static str
first_mend(const struct find *f, str text)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct finding *x = &f->finding[i];
		if (x->severity > SEVERITY_NOTE && x->corrected.p &&
			!str_eq(x->corrected, text))
			return x->corrected;
	}
	return (str){ 0 };
}

/*
 * One mend after the other.  Absent when there is none, or when an error is
 * left that only the owner can mend.
 */
static str
mended(const struct lint_work *w, str text, str first)
{
	struct arena *a = w->f->arena, scratch;
	struct find f;
	str better = { 0 };

	if (text.n > FIX_TEXT)
		return (str){ 0 };
	arena_init(&scratch, a->limit, a->oom, a->oom_arg);
	if (first.p)
		text = first;
	for (size_t i = 0; i < FIXES_MAX; i++) {
		look_again(&f, &scratch, w, text);
		str mend = first_mend(&f, text);
		if (!mend.p)
			break;
		text = mend;
	}
	look_again(&f, &scratch, w, text);
	if (errors_of(&f) == 0 && !str_eq(text, w->r->text))
		better = arena_dup(a, text);
	arena_free(&scratch);
	return better;
}

/* --- the joints of its strings --------------------------------------- */

/* Without the blanks on both sides of a joint; the text if there are none. */
static str
without_blanks(struct arena *a, str text, size_t at)
{
	str before = str_sub(text, 0, at), behind = str_skip(text, at);

	while (before.n > 0 && is_wsp(before.p[before.n - 1]))
		before.n--;
	behind = find_skip(behind, " \t");
	if (before.n + behind.n == text.n || before.n == 0 || behind.n == 0)
		return text;
	return STR_CAT(a, before, behind);
}

/* In base64 it does no harm at most receivers. */
static bool
is_within_key(const struct lint_work *w, size_t at)
{
	struct key_record k;

	if (w->r->kind != RECORD_DKIM)
		return false;
	k = key_record_read(w->f->arena, w->name, w->r->text);
	const struct tag *p = taglist_find(&k.key.tags, STR("p"));
	return p && p->value.p > w->r->text.p &&
	       (size_t)(p->value.p - w->r->text.p) < at &&
	       at < (size_t)(p->value.p - w->r->text.p) + p->value.n;
}

static bool
try_joint(struct lint_work *w, size_t at)
{
	struct arena *a = w->f->arena, scratch;
	str text = w->r->text, better = without_blanks(a, text, at);
	struct find f;
	size_t left, had = errors_of(w->f);

	if (better.n == text.n)
		return false;
	bool key = is_within_key(w, at);
	arena_init(&scratch, a->limit, a->oom, a->oom_arg);
	look_again(&f, &scratch, w, better);
	left = errors_of(&f);
	arena_free(&scratch);
	if (left >= had && !key)
		return false;
	size_t from = at > SAMPLE ? at - SAMPLE : 0;
	struct finding *x = FIND(w->f, RECORD_JOINT_BLANK,
		{ "text", str_sub(text, from, 2 * SAMPLE) });
	find_in_txt(x, w->name, text, from, 2 * SAMPLE, STR("joined here"));
	x->corrected = better;
	x->severity = left < had ? SEVERITY_ERROR : SEVERITY_WARNING;
	for (struct finding *y = w->f->finding; left == 0 && y < x; y++)
		y->cause = y->severity == SEVERITY_ERROR ? x : y->cause;
	return true;
}

static void
find_joints(struct lint_work *w)
{
	for (size_t i = 0; i < w->r->cuts && i < JOINTS_MAX; i++)
		if (w->r->text.n <= FIX_TEXT && try_joint(w, w->r->cut[i]))
			return;
}

/* --- what was found -------------------------------------------------- */

static bool
overlap(const struct finding *a, const struct finding *b)
{
	return str_eq(a->text, b->text) && a->text.n > 0 && b->n > 0 &&
	       a->at < b->at + b->n && b->at < a->at + (a->n > 0 ? a->n : 1);
}

/* What is only wrong because nothing was put in the place of a placeholder. */
static void
find_causes(struct find *f)
{
	for (size_t i = 0; i < f->n; i++)
		for (size_t k = 0; k < f->n; k++)
			if (f->finding[k].code == FINDING_RECORD_PLACEHOLDER &&
				f->finding[i].code != f->finding[k].code &&
				overlap(&f->finding[i], &f->finding[k]))
				f->finding[i].cause = &f->finding[k];
}

static bool
before(const struct finding *a, const struct finding *b)
{
	if (!a->cause != !b->cause)
		return !a->cause;
	return a->severity > b->severity;
}

/* A sorted copy; causes are pointers into the list, and move with it. */
static struct finding *
sorted(struct arena *a, const struct find *f)
{
	struct finding *to = arena_make(a, f->n, struct finding);
	size_t *from = arena_make(a, f->n, size_t);

	for (size_t i = 0; i < f->n; i++) {
		size_t k = i;
		for (; k > 0 &&
			before(&f->finding[i], &f->finding[from[k - 1]]);
			k--)
			from[k] = from[k - 1];
		from[k] = i;
	}
	for (size_t i = 0; i < f->n; i++) {
		to[i] = f->finding[from[i]];
		for (size_t k = 0; to[i].cause && k < f->n; k++)
			if (to[i].cause == &f->finding[from[k]]) {
				to[i].cause = &to[k];
				break;
			}
	}
	return to;
}

static struct lint
result_of(const struct lint_work *w)
{
	struct lint l = { .n = w->f->n };

	for (size_t i = 0; i < l.n; i++) {
		const struct finding *x = &w->f->finding[i];
		l.errors += !x->cause && x->severity == SEVERITY_ERROR;
		l.warnings += !x->cause && x->severity == SEVERITY_WARNING;
	}
	l.finding = sorted(w->f->arena, w->f);
	return l;
}

/* --- for a master file ----------------------------------------------- */

static bool
is_plain_name(str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!is_alnum(name.p[i]) && !is_one_of(name.p[i], "-_.*"))
			return false;
	return name.n > 0 && name.n <= DNS_MAX_NAME;
}

static void
add_octet(struct buf *b, char c)
{
	unsigned char o = (unsigned char)c;

	if (c == '"' || c == '\\')
		buf_char(b, '\\');
	if (o >= ' ' && o <= '~') {
		buf_char(b, c);
		return;
	}
	buf_char(b, '\\');
	buf_char(b, (char)('0' + o / 100));
	buf_char(b, (char)('0' + o / 10 % 10));
	buf_char(b, (char)('0' + o % 10));
}

/* The owner as it is written. */
static str
zone_line(struct arena *a, str owner, str text)
{
	enum { STRING_MAX = 255 };
	struct buf b = { .arena = a };

	buf_add(&b, owner);
	buf_add(&b, STR(" TXT \""));
	for (size_t i = 0; i < text.n; i++) {
		if (i > 0 && i % STRING_MAX == 0)
			buf_add(&b, STR("\" \""));
		add_octet(&b, text.p[i]);
	}
	buf_char(&b, '"');
	return buf_str(&b);
}

str
lint_zone_line(struct arena *a, str name, str text)
{
	if (!is_plain_name(name))
		return (str){ 0 };
	return zone_line(a, STR_CAT(a, name, STR(".")), text);
}

/* At its better name, or as it stood there when its zone is not known. */
static str
line_for(const struct lint_work *w, str text)
{
	struct arena *a = w->f->arena;
	str name = w->r->name, owner = w->r->line->owner;

	if (w->better.p) /* not at a name that we have made up */
		return lint_domain(name).n > 0
			       ? lint_zone_line(a, w->better, text)
			       : (str){ 0 };
	if (name.n > 0 && str_eq(name, w->name))
		return lint_zone_line(a, name, text);
	return str_eq(owner, STR("@")) || is_plain_name(owner)
		       ? zone_line(a, owner, text)
		       : (str){ 0 };
}

/* --- one record ------------------------------------------------------ */

/* A name for what is said; upper-case words for what is not known of it. */
static str
name_for(struct arena *a, const struct lint_record *r)
{
	if (r->name.n == 0)
		return lint_name(a, r->kind, r->name);
	if (lint_kind_of_name(r->name) != RECORD_UNKNOWN &&
		lint_domain(r->name).n == 0)
		return STR_CAT(a, r->name, STR(".DOMAIN"));
	return r->name;
}

static void
add_corrections(struct lint_work *w, struct lint *l, size_t text_errors)
{
	bool moved = w->r->line && (w->better.p || w->reshaped);
	str mend = first_mend(w->f, w->r->text), text;

	if (lint_is_alias(w->r))
		return;
	if (mend.p || text_errors > 0)
		l->corrected = mended(w, w->r->text, mend);
	text = l->corrected.p ? l->corrected : w->r->text;
	if (w->r->line && (l->corrected.p || (moved && text_errors == 0)))
		l->zone = line_for(w, text);
}

static struct lint
look_at_record(struct lint_work *w)
{
	struct find *f = w->f;
	size_t errors = 0;

	w->name = name_for(f->arena, w->r);
	find_begin(f);
	if (!lint_is_alias(w->r)) {
		find_placeholders(
			f, w->name, lint_domain(w->r->name), w->r->text);
		look_at_text(f, w->r->kind, w->name, w->r->text);
		find_joints(w);
		errors = errors_of(f);
	}
	lint_find_place(w);
	lint_find_form(w);
	lint_find_others(w);
	find_causes(f);
	struct lint l = result_of(w);
	add_corrections(w, &l, errors);
	return l;
}

/* --- all of them ----------------------------------------------------- */

static bool
is_txt_at(const struct lint_record *r, str name)
{
	return str_ieq(r->name, name) &&
	       (!r->line || str_ieq(r->line->type, STR("TXT")));
}

/* What the TXT records of a name say, as if they had been asked for. */
static void
tell(struct arena *a, struct dns *dns, const struct lint_record *all, size_t n,
	str name)
{
	struct dns_rr *rr = arena_make(a, n, struct dns_rr);
	struct dns_answer answer = { .status = DNS_OK, .rr = rr };
	struct dns_question *q;

	for (size_t i = 0; i < n; i++)
		if (is_txt_at(&all[i], name))
			rr[answer.n++] = (struct dns_rr){ .data = all[i].text,
				.cuts = all[i].cuts,
				.cut = all[i].cut };
	dns_begin(dns);
	dns_ask(dns, DNS_TXT, name);
	while (answer.n > 0 && (q = dns_take(dns)))
		dns_tell(dns, q, &answer);
}

static void
tell_all(struct arena *a, struct dns *dns, const struct lint_record *all,
	size_t n)
{
	for (size_t i = 0; i < n && i < DNS_MAX_QUESTIONS; i++)
		if (all[i].name.n > 0 && dns_name_valid(all[i].name) &&
			is_txt_at(&all[i], all[i].name) &&
			dns_known(dns, DNS_TXT, all[i].name)->status ==
				DNS_UNKNOWN)
			tell(a, dns, all, n, all[i].name);
}

void
lint_records(struct arena *a, const struct lint_record *all, size_t n,
	struct lint *out)
{
	struct find f;
	bool *copy = arena_make(a, n, bool);
	struct lint_work w = { .f = &f, .all = all, .n = n, .copy = copy };

	for (size_t i = 0; i < n; i++)
		copy[i] = lint_is_copy(all, &all[i]);
	find_init(&f, a);
	f.dns = dns_new(a);
	tell_all(a, f.dns, all, n);
	for (size_t i = 0; i < n; i++) {
		w.r = &all[i];
		w.better = (str){ 0 };
		w.reshaped = false;
		out[i] = look_at_record(&w);
	}
}

struct lint
lint_record(struct arena *a, const struct lint_record *r)
{
	struct lint l;

	lint_records(a, r, 1, &l);
	return l;
}
