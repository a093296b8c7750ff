/*
 * judge.c - what the reports about a domain mean.
 */
#include "judge.h"

#include "findings/find.h"
#include "findings/service.h"
#include "mailauth/time.h"

enum {
	DAY = 86400,
	MILLION = 1000000,
	SHOWN = 5,
	VENDORS = 32,

	SMALL = 3,
	FEW = 20 /* messages that are not worth a finding */
};

/* --- words ------------------------------------------------------------ */

str
judge_source(struct arena *a, const struct tally_row *x)
{
	if (x->ip.family == 0)
		return x->text.n > 0 ? x->text : STR("all others");
	str ip = ip_format(a, x->ip);
	if (x->prefix == ip_bits(x->ip))
		return ip;
	return STR_CAT(a, ip, STR("/"), str_number(a, x->prefix));
}

static str
sources(struct arena *a, size_t n)
{
	return STR_CAT(
		a, str_count(a, n), n == 1 ? STR(" source") : STR(" sources"));
}

static str
messages(struct arena *a, uint64_t n)
{
	return STR_CAT(a, str_count(a, n),
		n == 1 ? STR(" message") : STR(" messages"));
}

/* --- whose messages they are ------------------------------------------ */

static uint64_t
failed(const struct tally_row *x)
{
	return x->count.messages - x->count.pass;
}

/* Most from there passes: so it is one of the domain's own. */
static bool
is_mixed(const struct tally_row *x)
{
	const uint64_t *cause = x->count.cause;

	/* a network has others beside it */
	return x->count.pass > 0 && x->prefix == ip_bits(x->ip) &&
	       x->count.pass >=
		       tally_sum(cause[CAUSE_OTHER], cause[CAUSE_NOTHING]);
}

uint64_t
judge_lost(const struct tally_row *x)
{
	const uint64_t *cause = x->count.cause;
	uint64_t n = tally_sum(
		tally_sum(cause[CAUSE_FORWARDED], cause[CAUSE_SERVICE]),
		cause[CAUSE_BROKEN]);

	if (is_mixed(x))
		n = tally_sum(
			n, tally_sum(cause[CAUSE_OTHER], cause[CAUSE_NOTHING]));
	/* where sums have reached the most there is, a part may be more */
	return n < failed(x) ? n : failed(x);
}

static bool
is_much(const struct tally_domain *d, uint64_t n)
{
	return n >= FEW && n >= d->count.messages / 100;
}

/* --- findings --------------------------------------------------------- */

struct judging {
	struct arena *arena;
	const struct tally *tally;
	const struct tally_view *sources;
	struct find find;
	const struct tally_domain *domain;
};

#define ADD(j, code, ...)                                                      \
	find_add(&(j)->find, (code),                                           \
		(const struct find_arg[]){ __VA_ARGS__, { 0 } })

static void
add_row(struct judging *j, struct finding *x, str label, str value, str remark)
{
	struct finding_row *row =
		arena_grow(j->arena, NULL, 0, (x->rows + 1) * sizeof(*row));

	if (x->rows > 0)
		memcpy(row, x->row, x->rows * sizeof(*row));
	row[x->rows++] = (struct finding_row){ label, value, remark };
	x->row = row;
}

static void
add_source(struct judging *j, struct finding *x, const struct tally_row *row,
	uint64_t n)
{
	struct arena *a = j->arena;
	str remark = messages(a, n);

	if (row->from.n > 0 && !str_eq(row->from.name[0].name, j->domain->name))
		remark =
			STR_CAT(a, remark, STR(" as "), row->from.name[0].name);
	add_row(j, x, STR("from"), judge_source(a, row), remark);
}

/* Messages by a name: a vendor, a selector. */
struct sums {
	struct {
		str name, example;
		uint64_t messages;
		size_t sources;
	} sum[VENDORS];
	size_t n;
};

static void
sum_up(struct sums *s, str name, str example, uint64_t n)
{
	size_t i = 0;

	while (i < s->n && !str_eq(s->sum[i].name, name))
		i++;
	if (i == VENDORS)
		return;
	if (i == s->n) {
		s->n++;
		s->sum[i].name = name;
		s->sum[i].example = example;
	}
	/* the least, so that no order shows */
	if (str_icmp(example, s->sum[i].example) < 0)
		s->sum[i].example = example;
	s->sum[i].messages = tally_sum(s->sum[i].messages, n);
	s->sum[i].sources++;
}

/* The largest that is left, or s->n. */
static size_t
largest(const struct sums *s)
{
	size_t most = s->n;

	for (size_t i = 0; i < s->n; i++) {
		if (s->sum[i].messages == 0)
			continue;
		if (most == s->n ||
			s->sum[i].messages > s->sum[most].messages ||
			(s->sum[i].messages == s->sum[most].messages &&
				str_icmp(s->sum[i].name, s->sum[most].name) <
					0))
			most = i;
	}
	return most;
}

static void
find_services(struct judging *j)
{
	const struct tally_domain *d = j->domain;
	struct arena *a = j->arena;
	struct sums s = { 0 };

	for (size_t i = 0; i < j->sources->n; i++) {
		struct tally_row x = tally_row(j->tally, j->sources, i);
		const struct tally_names *other = &x.other;
		if (x.count.cause[CAUSE_SERVICE] == 0)
			continue;
		for (size_t k = 0; k < other->n; k++) {
			str vendor = sender_service(other->name[k].name);
			if (vendor.p)
				sum_up(&s, vendor, other->name[k].name,
					other->name[k].messages);
		}
	}
	for (size_t i, shown = 0; (i = largest(&s)) < s.n && shown < SHOWN;
		shown++) {
		struct finding *x = ADD(j, FINDING_DMARC_UNALIGNED_ESP,
			{ "what", STR("SPF or DKIM passes") },
			{ "other", s.sum[i].example }, { "from", d->name },
			{ "vendor", s.sum[i].name });
		add_row(j, x, STR("reported"), messages(a, s.sum[i].messages),
			STR_CAT(a, STR("from "), sources(a, s.sum[i].sources)));
		s.sum[i].messages = 0;
	}
}

static void
find_mixed(struct judging *j)
{
	const struct tally_domain *d = j->domain;
	struct arena *a = j->arena;

	for (size_t i = 0, shown = 0; i < j->sources->n && shown < SHOWN; i++) {
		struct tally_row row = tally_row(j->tally, j->sources, i);
		const struct tally_row *x = &row;
		uint64_t n = tally_sum(x->count.cause[CAUSE_OTHER],
			x->count.cause[CAUSE_NOTHING]);
		if (!is_mixed(x) || n < SMALL || n < x->count.messages / 100)
			continue;
		shown++;
		ADD(j, FINDING_REPORT_MIXED, { "source", judge_source(a, x) },
			{ "domain", d->name }, { "n", str_count(a, n) },
			{ "m", str_count(a, x->count.messages) });
	}
}

static void
find_broken(struct judging *j)
{
	const struct tally_domain *d = j->domain;
	struct arena *a = j->arena;
	struct sums s = { 0 };

	for (size_t i = 0; i < j->sources->n; i++) {
		struct tally_row x = tally_row(j->tally, j->sources, i);
		const struct tally_names *b = &x.broken;
		for (size_t k = 0; k < b->n; k++)
			sum_up(&s, b->name[k].name, b->name[k].name,
				b->name[k].messages);
	}
	for (size_t i; (i = largest(&s)) < s.n; s.sum[i].messages = 0) {
		if (!is_much(d, s.sum[i].messages))
			return;
		struct finding *x = ADD(j, FINDING_REPORT_DKIM_BROKEN,
			{ "domain", d->name }, { "selector", s.sum[i].name },
			{ "messages", messages(a, s.sum[i].messages) });
		add_row(j, x, STR("reported"), sources(a, s.sum[i].sources),
			(str){ 0 });
	}
}

/* Where SPF of the domain fails and its DKIM passes. */
static void
find_moved(struct judging *j)
{
	const struct tally_domain *d = j->domain;
	struct arena *a = j->arena;
	uint64_t forwarded = 0;
	size_t forwarders = 0;

	for (size_t i = 0; i < j->sources->n; i++) {
		struct tally_row row = tally_row(j->tally, j->sources, i);
		const struct tally_row *x = &row;
		uint64_t n = x->count.moved;
		if (n >= FEW && n >= d->count.messages / 20) {
			struct finding *f = ADD(j, FINDING_REPORT_SPF_SOURCE,
				{ "source", judge_source(a, x) },
				{ "domain", d->name });
			add_row(j, f, STR("reported"), messages(a, n),
				(str){ 0 });
			continue;
		}
		forwarded = tally_sum(forwarded, n);
		forwarders += n > 0;
	}
	if (forwarded > 0)
		ADD(j, FINDING_REPORT_FORWARDED,
			{ "messages", messages(a, forwarded) },
			{ "sources", sources(a, forwarders) });
}

static void
find_unknown(struct judging *j, const struct judgement *v)
{
	const struct tally_domain *d = j->domain;
	struct arena *a = j->arena;
	size_t shown = 0;

	if (v->unknown == 0)
		return;
	struct finding *x = ADD(j, FINDING_REPORT_UNKNOWN,
		{ "messages", messages(a, v->unknown) },
		{ "sources", sources(a, v->unknown_sources) },
		{ "domain", d->name });
	for (size_t i = 0; i < j->sources->n && shown < SHOWN; i++) {
		struct tally_row row = tally_row(j->tally, j->sources, i);
		uint64_t n = failed(&row) - judge_lost(&row);
		if (n == 0)
			continue;
		shown++;
		add_source(j, x, &row, n);
	}
}

static void
find_all(struct judging *j, const struct judgement *v)
{
	const struct tally_count *c = &j->domain->count;

	find_services(j);
	find_mixed(j);
	find_broken(j);
	if (c->only_spf >= FEW && c->only_spf >= c->pass / 10)
		ADD(j, FINDING_DMARC_SPF_ONLY, { "from", j->domain->name });
	find_moved(j);
	find_unknown(j, v);
}

/* --- the answer ------------------------------------------------------- */

static bool
is_lost(const struct judgement *v, uint64_t of_a_million)
{
	return (double)v->lost * MILLION >
	       (double)v->own * (double)of_a_million;
}

static enum judge_answer
answer_of(const struct tally_domain *d, const struct judgement *v)
{
	if (d->count.messages < JUDGE_MESSAGES || v->days < JUDGE_DAYS)
		return JUDGE_EARLY;
	if (v->own == 0)
		return JUDGE_NOBODY;
	if (is_lost(v, JUDGE_LOST_QUARANTINE))
		return JUDGE_NOT_YET;
	return is_lost(v, JUDGE_LOST_REJECT) ? JUDGE_QUARANTINE : JUDGE_REJECT;
}

/* Whose the messages are that fail. */
static void
weigh(const struct judging *j, struct judgement *v)
{
	for (size_t i = 0; i < j->sources->n; i++) {
		struct tally_row x = tally_row(j->tally, j->sources, i);
		uint64_t lost = judge_lost(&x), rest = failed(&x) - lost;
		v->lost = tally_sum(v->lost, lost);
		v->unknown = tally_sum(v->unknown, rest);
		v->unknown_sources += rest > 0;
	}
}

struct judgement
judge(struct arena *a, const struct tally *t, const struct tally_domain *d)
{
	struct judging j = { .arena = a,
		.tally = t,
		.domain = d,
		.sources = &d->view[TALLY_BY_SOURCE] };
	const struct tally_view *days = &d->view[TALLY_BY_DAY];
	struct judgement v = { .own = d->count.pass };

	weigh(&j, &v);
	v.own = tally_sum(v.own, v.lost);
	for (size_t i = 0; i < days->n; i++)
		v.days += tally_row(t, days, i).day != TIME_UNKNOWN;
	v.answer = answer_of(d, &v);
	find_init(&j.find, a);
	find_all(&j, &v);
	v.finding = j.find.finding;
	v.findings = j.find.n;
	for (size_t i = 0; i < v.findings; i++) {
		v.errors += v.finding[i].severity == SEVERITY_ERROR;
		v.warnings += v.finding[i].severity == SEVERITY_WARNING;
	}
	return v;
}

static str
lost_words(struct arena *a, const struct judgement *v)
{
	if (v->lost == 0)
		return STR_CAT(a, STR("none of the "), messages(a, v->own),
			STR(" that look like its own"));
	return STR_CAT(a, str_share(a, v->lost, v->own), STR(" ("),
		str_count(a, v->lost), STR(" of "), str_count(a, v->own),
		STR(") of the messages that look like its own"));
}

static str
days_words(struct arena *a, const struct judgement *v)
{
	return STR_CAT(a, str_count(a, (uint64_t)v->days),
		v->days == 1 ? STR(" day") : STR(" days"));
}

/* A policy that is in force hits already. */
static str
forced_words(struct arena *a, const struct tally_domain *d,
	const struct judgement *v)
{
	return STR_CAT(a, STR("p="), dmarc_policy_word(d->policy.p),
		STR(" is in force, and hits "), lost_words(a, v));
}

str
judge_words(struct arena *a, const struct tally_domain *d,
	const struct judgement *v)
{
	bool forced = d->policy.p > DMARC_NONE;

	switch (v->answer) {
	case JUDGE_EARLY:
		return STR_CAT(a, STR("too early to tell: "),
			messages(a, d->count.messages), STR(" in "),
			days_words(a, v),
			d->count.messages < JUDGE_MESSAGES
				? STR("; a week and some hundred messages tell "
				      "more")
				: STR("; a week tells more"));
	case JUDGE_NOBODY:
		return STR("no message passes: if the domain never sends, "
			   "p=reject is right; else set up SPF and DKIM first");
	case JUDGE_NOT_YET:
		if (forced)
			return forced_words(a, d, v);
		return STR_CAT(a,
			STR("not yet: p=quarantine or p=reject would "
			    "have hit "),
			lost_words(a, v));
	case JUDGE_QUARANTINE:
		if (d->policy.p == DMARC_REJECT)
			return forced_words(a, d, v);
		return STR_CAT(a,
			STR("p=quarantine: yes; p=reject: not yet. "
			    "They would have hit "),
			lost_words(a, v));
	case JUDGE_REJECT: break;
	}
	if (d->policy.p == DMARC_REJECT)
		return forced_words(a, d, v);
	return STR_CAT(a, STR("yes, p=reject too: it would have hit "),
		lost_words(a, v));
}
