/*
 * text_reports.c - what aggregate reports say, for a person: of each domain
 * the answer first, then where its mail came from, then what to mend.
 */
#include "reports.h"
#include "report.h"

#include "mailauth/time.h"

enum {
	DAY = 86400,
	LABEL_AT = 2,
	TEXT_AT = 12,
	NAME_AT = 2,
	COUNT_END = 30, /* of a right-aligned number */
	DMARC_AT = 32,
	SPF_AT = 39,
	DKIM_AT = 50,
	DONE_AT = 61,
	BAR_AT = 72,
	BAR = 8,
	REMARK_AT = 4,
	MOST_DAYS = 31,
	MOST_ORGS = 5
};

/* --- words ------------------------------------------------------------ */

str
reports_date(struct arena *a, int64_t t)
{
	return t == TIME_UNKNOWN ? STR("-") : time_format_date(a, t);
}

str
reports_done(const struct tally_count *c)
{
	size_t most = 0;

	for (size_t i = 1; i <= DISPOSITION_REJECT; i++)
		if (c->disposition[i] > c->disposition[most])
			most = i;
	return disposition_name((enum disposition)most);
}

static void
add_word(struct buf *b, const char *tag, str word)
{
	if (word.n == 0)
		return;
	buf_add(b, b->n > 0 ? STR(" ") : STR(""));
	buf_add(b, str_from(tag));
	buf_add(b, word);
}

str
reports_policy(struct arena *a, const struct aggregate_policy *p)
{
	struct buf b = { .arena = a };

	add_word(&b, "p=", dmarc_policy_word(p->p));
	add_word(&b, "sp=", dmarc_policy_word(p->sp));
	add_word(&b, "np=", dmarc_policy_word(p->np));
	if (p->adkim)
		add_word(&b, "adkim=", (str){ &p->adkim, 1 });
	if (p->aspf)
		add_word(&b, "aspf=", (str){ &p->aspf, 1 });
	if (p->pct >= 0 && p->pct != 100)
		add_word(&b, "pct=", str_number(a, (uint64_t)p->pct));
	if (p->testing)
		add_word(&b, "t=", STR("y"));
	return b.n > 0 ? buf_str(&b) : STR("not said");
}

str
reports_row_name(const struct reports *r, const struct tally_row *x)
{
	switch (r->options->reports.by) {
	case TALLY_BY_SOURCE:
	case TALLY_BY_NETWORK: return judge_source(r->arena, x);
	case TALLY_BY_DAY:
		return reports_date(r->arena,
			x->day == TIME_UNKNOWN ? x->day : x->day * DAY);
	case TALLY_BY_REPORTER:
	case TALLY_BY_FROM: break;
	}
	return x->text.n > 0 ? x->text : STR("not said");
}

const struct tally_view *
reports_view(const struct reports *r, const struct tally_domain *d)
{
	return &d->view[r->options->reports.by];
}

/* --- the head --------------------------------------------------------- */

static void
put_line(struct screen *s, const char *label, str text)
{
	screen_row(s, LABEL_AT, TEXT_AT, str_from(label), text);
}

static void
put_headline(const struct reports *r, struct screen *s,
	const struct tally_domain *d, const struct judgement *v)
{
	static const struct {
		str word;
		enum tint tint;
	} look[] = {
		[JUDGE_EARLY] = { STR_INIT("UNKNOWN"), TINT_DOUBT },
		[JUDGE_NOBODY] = { STR_INIT("UNKNOWN"), TINT_DOUBT },
		[JUDGE_NOT_YET] = { STR_INIT("PROBLEM"), TINT_BAD },
		[JUDGE_QUARANTINE] = { STR_INIT("WARNING"), TINT_DOUBT },
		[JUDGE_REJECT] = { STR_INIT("OK"), TINT_GOOD },
	};
	bool bad = v->errors > 0 && v->answer != JUDGE_NOT_YET;

	if (bad)
		screen_put(s, TINT_BAD, STR("PROBLEM"));
	else
		screen_put(s, look[v->answer].tint, look[v->answer].word);
	screen_pad(s, s->column + 2);
	screen_wrap(s, REMARK_AT + 2,
		STR_CAT(r->arena, d->name.n > 0 ? d->name : STR("(no domain)"),
			STR(": "), judge_words(r->arena, d, v)));
	screen_end(s);
	screen_end(s);
}

static str
period(struct arena *a, const struct tally_domain *d, int64_t days)
{
	str begin = reports_date(a, d->begin);
	/* the end may be the first second of the next day, or the begin */
	str end = reports_date(a, d->end > d->begin ? d->end - 1 : d->end);

	if (d->begin == TIME_UNKNOWN && d->end == TIME_UNKNOWN)
		return STR("");
	if (str_eq(begin, end))
		return STR_CAT(a, STR(" on "), begin);
	return STR_CAT(a, STR(" on "), str_count(a, (uint64_t)days),
		days == 1 ? STR(" day, ") : STR(" days, "), begin, STR(" to "),
		end);
}

static str
reporters(const struct reports *r, const struct tally_domain *d)
{
	struct arena *a = r->arena;
	const struct tally_view *v = &d->view[TALLY_BY_REPORTER];
	struct buf b = { .arena = a };

	buf_add(&b, str_count(a, d->reports));
	buf_add(&b, d->reports == 1 ? STR(" report") : STR(" reports"));
	buf_add(&b, v->n > 0 ? STR(" by ") : STR(" without records"));
	for (size_t i = 0; i < v->n && i < MOST_ORGS; i++) {
		str org = tally_row(r->tally, v, i).text;
		buf_add(&b, i > 0 ? STR(", ") : STR(""));
		buf_add(&b, org.n > 0 ? org : STR("somebody"));
	}
	if (v->n > MOST_ORGS) {
		buf_add(&b, STR(" and "));
		buf_add(&b, str_count(a, v->n - MOST_ORGS));
		buf_add(&b, STR(" more"));
	}
	return buf_str(&b);
}

static void
put_head(const struct reports *r, struct screen *s,
	const struct tally_domain *d, const struct judgement *v)
{
	struct arena *a = r->arena;
	const struct tally_count *c = &d->count;

	put_headline(r, s, d, v);
	put_line(s, "messages",
		STR_CAT(a, str_count(a, c->messages), period(a, d, v->days),
			c->messages == 0
				? STR("")
				: STR_CAT(a, STR("; "),
					  str_share(a, c->pass, c->messages),
					  STR(" pass"))));
	put_line(s, "reports", reporters(r, d));
	put_line(s, "policy", reports_policy(a, &d->policy));
	screen_end(s);
}

/* --- the table -------------------------------------------------------- */

/* There, or behind a blank when what comes before is too long. */
static void
pad_to(struct screen *s, size_t column)
{
	screen_pad(s, s->column < column ? column : s->column + 1);
}

static void
put_number(struct screen *s, struct arena *a, uint64_t n)
{
	screen_right(s, TINT_PLAIN, COUNT_END, str_count(a, n));
}

static void
put_bar(struct screen *s, uint64_t part, uint64_t whole)
{
	static const char bar[] = "########";
	size_t n = whole > 0
			   ? (size_t)((double)part * BAR / (double)whole + 0.5)
			   : 0;

	if (part > 0 && n == 0)
		n = 1;
	if (n == 0)
		return;
	screen_pad(s, BAR_AT);
	screen_put(s, TINT_PLAIN, (str){ bar, n < BAR ? n : BAR });
}

/* Whole percents are enough here. */
static str
dmarc_words(struct arena *a, const struct tally_count *c)
{
	if (c->pass == c->messages)
		return STR("pass");
	if (c->pass == 0)
		return STR("fail");
	double share = 100.0 * (double)c->pass / (double)c->messages;
	if (share < 1)
		return STR("< 1 %");
	if (share > 99)
		return STR("> 99 %");
	return STR_CAT(a, str_number(a, (uint64_t)(share + 0.5)), STR(" %"));
}

static enum tint
tint_of(const struct tally_count *c)
{
	return c->pass == c->messages ? TINT_GOOD
	       : c->pass == 0         ? TINT_BAD
				      : TINT_DOUBT;
}

static void
add_part(struct buf *b, const char *title, str text)
{
	if (text.n == 0)
		return;
	buf_add(b, b->n > 0 ? STR("; ") : STR(""));
	buf_add(b, str_from(title));
	buf_add(b, text);
}

/* What of it is not said by the columns. */
static str
remark(const struct reports *r, const struct tally_domain *d,
	const struct tally_row *x)
{
	struct arena *a = r->arena;
	struct buf b = { .arena = a };
	str name = r->names && x->prefix == ip_bits(x->ip)
			   ? names_of(r->names, x->ip)
			   : (str){ 0 };

	add_part(&b, "", name);
	for (size_t i = 0; i < x->from.n && i < 2; i++)
		if (!str_eq(x->from.name[i].name, d->name))
			add_part(&b, "as ", x->from.name[i].name);
	for (size_t i = 0; i < x->other.n && i < 2; i++)
		add_part(&b, "passes for ", x->other.name[i].name);
	for (size_t i = OVERRIDE_UNKNOWN; i < OVERRIDES; i++) {
		if (x->count.override[i] == 0)
			continue;
		add_part(&b, "",
			i ? override_name((enum override)i)
			  : STR("other reason"));
		add_word(&b, "", str_count(a, x->count.override[i]));
	}
	return buf_str(&b);
}

static void
put_row(const struct reports *r, struct screen *s, const struct tally_domain *d,
	const struct tally_row *x)
{
	struct arena *a = r->arena;
	struct arena_mark mark = arena_mark(a);
	const struct tally_count *c = &x->count;
	str name = reports_row_name(r, x), more = remark(r, d, x);

	screen_pad(s, NAME_AT);
	screen_wrap(s, NAME_AT, name);
	if (s->column + str_count(a, c->messages).n + 1 > COUNT_END)
		screen_end(s);
	put_number(s, a, c->messages);
	screen_pad(s, DMARC_AT);
	screen_put(s, tint_of(c), dmarc_words(a, c));
	screen_pad(s, SPF_AT);
	screen_put(s, TINT_PLAIN, tally_state_word(tally_most(c->spf), false));
	screen_pad(s, DKIM_AT);
	screen_put(s, TINT_PLAIN, tally_state_word(tally_most(c->dkim), true));
	screen_pad(s, DONE_AT);
	screen_put(s, TINT_PLAIN, reports_done(c));
	put_bar(s, c->messages, d->count.messages);
	screen_end(s);
	if (more.n > 0) {
		screen_pad(s, REMARK_AT);
		screen_wrap(s, REMARK_AT, more);
		screen_end(s);
	}
	arena_rewind(a, mark);
}

static void
put_titles(const struct reports *r, struct screen *s)
{
	static const char *const title[] = { [TALLY_BY_SOURCE] = "source",
		[TALLY_BY_NETWORK] = "network",
		[TALLY_BY_REPORTER] = "reporter",
		[TALLY_BY_DAY] = "day",
		[TALLY_BY_FROM] = "From" };

	screen_pad(s, NAME_AT);
	screen_put(s, TINT_STRONG, str_from(title[r->options->reports.by]));
	screen_pad(s, COUNT_END - 8);
	screen_put(s, TINT_STRONG, STR("messages"));
	screen_pad(s, DMARC_AT);
	screen_put(s, TINT_STRONG, STR("DMARC"));
	screen_pad(s, SPF_AT);
	screen_put(s, TINT_STRONG, STR("SPF"));
	screen_pad(s, DKIM_AT);
	screen_put(s, TINT_STRONG, STR("DKIM"));
	screen_pad(s, DONE_AT);
	screen_put(s, TINT_STRONG, STR("done"));
	screen_pad(s, BAR_AT);
	screen_put(s, TINT_STRONG, STR("share"));
	screen_end(s);
}

static void
put_rest(const struct reports *r, struct screen *s, const struct tally_view *v,
	size_t from)
{
	uint64_t messages = 0;

	for (size_t i = from; i < v->n; i++)
		messages = tally_sum(
			messages, tally_row(r->tally, v, i).count.messages);
	screen_pad(s, NAME_AT);
	screen_wrap(s, NAME_AT,
		STR_CAT(r->arena, STR("+"), str_count(r->arena, v->n - from),
			STR(" more, "), str_count(r->arena, messages),
			messages == 1 ? STR(" message (-v)")
				      : STR(" messages (-v)")));
	screen_end(s);
}

static void
put_table(
	const struct reports *r, struct screen *s, const struct tally_domain *d)
{
	const struct tally_view *v = reports_view(r, d);
	size_t most = r->options->verbose ? v->n : REPORTS_ROWS;

	if (v->n == 0)
		return;
	put_titles(r, s);
	for (size_t i = 0; i < v->n && i < most; i++) {
		struct tally_row row = tally_row(r->tally, v, i);
		put_row(r, s, d, &row);
	}
	if (v->n > most)
		put_rest(r, s, v, most);
	if (r->tally->coarse && r->options->reports.by == TALLY_BY_SOURCE) {
		screen_pad(s, NAME_AT);
		screen_wrap(s, NAME_AT,
			STR("too many sources to keep apart: "
			    "shown by network"));
		screen_end(s);
	}
}

/* --- the time line ---------------------------------------------------- */

/* Days side by side, as many in a line as keeps the picture short. */
static int64_t
days_in_line(int64_t days)
{
	static const int64_t step[] = { 1, 7, 30, 90, 365 };
	size_t i = 0;

	while (i + 1 < sizeof(step) / sizeof(step[0]) &&
		days / step[i] >= MOST_DAYS)
		i++;
	return step[i];
}

static void
put_day(const struct reports *r, struct screen *s, int64_t day, uint64_t n,
	uint64_t pass, uint64_t most)
{
	struct arena *a = r->arena;
	struct tally_count c = { .messages = n, .pass = pass };
	enum { DAY_BAR = 30, SHARE_AT = 33, DAY_BAR_AT = 42 };
	static const char marks[] = "##############################";
	static const char holes[] = "..............................";
	size_t bar = (size_t)((double)n * DAY_BAR / (double)most + 0.5);
	size_t bad =
		n > 0 ? (size_t)((double)bar * (double)(n - pass) / (double)n +
				 0.5)
		      : 0;

	if (pass < n && bad == 0 && bar > 0)
		bad = 1;
	screen_pad(s, NAME_AT);
	screen_put(s, TINT_PLAIN, reports_date(a, day * DAY));
	put_number(s, a, n);
	pad_to(s, SHARE_AT);
	screen_put(s, tint_of(&c), str_share(a, pass, n));
	if (bar > 0)
		pad_to(s, DAY_BAR_AT);
	screen_put(s, TINT_PLAIN, (str){ marks, bar - bad });
	screen_put(s, TINT_BAD, (str){ holes, bad });
	screen_end(s);
}

struct line {
	int64_t day;
	uint64_t n, pass;
};

/* The lines of the picture; how many.  Days that nobody knows have none. */
static size_t
gather_lines(const struct reports *r, const struct tally_view *v, size_t first,
	struct line *line)
{
	int64_t begin = tally_row(r->tally, v, first).day;
	int64_t end = tally_row(r->tally, v, v->n - 1).day;
	int64_t step = days_in_line(end - begin + 1);
	size_t n = 0;

	for (size_t i = first; i < v->n; i++) {
		struct tally_row x = tally_row(r->tally, v, i);
		int64_t day = begin + (x.day - begin) / step * step;
		if (n == 0 || line[n - 1].day != day)
			line[n++] = (struct line){ .day = day };
		line[n - 1].n = tally_sum(line[n - 1].n, x.count.messages);
		line[n - 1].pass = tally_sum(line[n - 1].pass, x.count.pass);
	}
	return n;
}

static void
put_days(
	const struct reports *r, struct screen *s, const struct tally_domain *d)
{
	const struct tally_view *v = &d->view[TALLY_BY_DAY];
	size_t first =
		v->n > 0 && tally_row(r->tally, v, 0).day == TIME_UNKNOWN;
	uint64_t most = 1;

	if (v->n - first < 2 || r->options->reports.by == TALLY_BY_DAY)
		return;
	struct line *line = arena_make(r->arena, v->n - first, struct line);
	size_t n = gather_lines(r, v, first, line);
	for (size_t i = 0; i < n; i++)
		most = line[i].n > most ? line[i].n : most;
	screen_end(s);
	for (size_t i = 0; i < n; i++)
		put_day(r, s, line[i].day, line[i].n, line[i].pass, most);
	screen_pad(s, NAME_AT);
	screen_put(s, TINT_PLAIN, STR("# pass  . fail"));
	screen_end(s);
}

/* --- all of it -------------------------------------------------------- */

static void
put_domain(const struct reports *r, struct screen *s, size_t i)
{
	const struct tally_domain *d = &r->tally->domain[i];
	struct judgement v = judge(r->arena, r->tally, d);
	struct report findings = { .options = r->options,
		.out = s->out,
		.arena = r->arena,
		.finding = v.finding,
		.findings = v.findings };

	put_head(r, s, d, &v);
	put_table(r, s, d);
	put_days(r, s, d);
	text_findings(s, &findings);
}

static void
put_report(
	const struct reports *r, struct screen *s, const struct tally_report *x)
{
	struct arena *a = r->arena;

	screen_pad(s, NAME_AT);
	screen_put(s, TINT_PLAIN, reports_date(a, x->begin));
	put_number(s, a, x->messages);
	pad_to(s, DMARC_AT);
	screen_put(s, TINT_PLAIN, str_share(a, x->pass, x->messages));
	pad_to(s, DMARC_AT + 9);
	screen_wrap(s, DMARC_AT + 11,
		STR_CAT(a, x->org.n > 0 ? x->org : STR("-"), STR(" "),
			x->domain, STR(" "), x->id,
			x->cut ? STR(" (cut)") : STR("")));
	screen_end(s);
}

/* Which they were, so that one that is missing can be seen. */
static void
put_list(const struct reports *r, struct screen *s)
{
	const struct tally *t = r->tally;
	size_t most = r->options->verbose ? t->reports : REPORTS_ROWS;

	if (t->reports > 1) {
		screen_end(s);
		screen_pad(s, NAME_AT);
		screen_put(s, TINT_STRONG, STR("report of"));
		screen_pad(s, COUNT_END - 8);
		screen_put(s, TINT_STRONG, STR("messages"));
		screen_pad(s, DMARC_AT);
		screen_put(s, TINT_STRONG, STR("pass"));
		screen_pad(s, DMARC_AT + 9);
		screen_put(s, TINT_STRONG, STR("by, about, number"));
		screen_end(s);
	}
	for (size_t i = 0; t->reports > 1 && i < t->reports && i < most; i++) {
		struct arena_mark mark = arena_mark(r->arena);
		put_report(r, s, t->report[i]);
		arena_rewind(r->arena, mark);
	}
	if (t->reports > 1 && t->reports > most) {
		screen_pad(s, NAME_AT);
		screen_wrap(s, NAME_AT,
			STR_CAT(r->arena, STR("+"),
				str_count(r->arena, t->reports - most),
				STR(" more reports (-v)")));
		screen_end(s);
	}
}

/* Counted once, and said. */
static void
put_doubles(const struct reports *r, struct screen *s)
{
	const struct tally *t = r->tally;
	struct arena *a = r->arena;

	if (t->duplicates == 0 && t->conflicts == 0)
		return;
	screen_end(s);
	if (t->duplicates > 0)
		put_line(s, "left out",
			STR_CAT(a, str_count(a, t->duplicates),
				STR(" that came once more (-v names them)")));
	if (t->conflicts > 0)
		put_line(s, "left out",
			STR_CAT(a, str_count(a, t->conflicts),
				STR(" with the number of another report, "
				    "which said something else")));
}

void
text_reports(struct screen *s, const struct reports *r)
{
	for (size_t i = 0; i < r->tally->domains; i++) {
		struct arena_mark mark = arena_mark(r->arena);
		if (i > 0)
			screen_end(s);
		put_domain(r, s, i);
		arena_rewind(r->arena, mark);
	}
	put_list(r, s);
	put_doubles(r, s);
}
