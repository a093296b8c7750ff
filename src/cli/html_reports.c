/*
 * html_reports.c - what aggregate reports say, as a page for a browser.
 *
 * The page is complete in itself: no script, nothing from elsewhere, and a
 * policy that lets the browser load nothing.  Whatever a report says is text:
 * printable ASCII, with HTML's own characters as entities.
 */
#include "reports.h"

#include "mailauth/time.h"
#include "mailauth/version.h"

enum {
	DAY = 86400,
	BAR = 120, /* pixels of all messages */
	WIDTH = 720,
	HEIGHT = 160,
	FOOT = 18,      /* for the dates below */
	MOST_WIDE = 40, /* a day */
	DATE_WIDE = 80,
	MOST_ROWS = 500
};

struct page {
	FILE *out;
	const struct reports *all;
	struct arena *arena;
};

/* --- pieces ----------------------------------------------------------- */

static void
raw(struct page *p, const char *markup)
{
	fputs(markup, p->out);
}

static void
text(struct page *p, str s)
{
	struct arena_mark mark = arena_mark(p->arena);

	s = str_escaped(p->arena, s);
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '&': raw(p, "&amp;"); break;
		case '<': raw(p, "&lt;"); break;
		case '>': raw(p, "&gt;"); break;
		case '"': raw(p, "&quot;"); break;
		case '\'': raw(p, "&#39;"); break;
		default: putc(s.p[i], p->out); break;
		}
	}
	arena_rewind(p->arena, mark);
}

/* The class must be one of ours. */
static void
cell(struct page *p, const char *class, str s)
{
	fprintf(p->out, *class ? "<td class=\"%s\">" : "<td>", class);
	text(p, s);
	raw(p, "</td>");
}

static void
head_cells(struct page *p, const char *const *title, size_t n)
{
	raw(p, "<table><thead><tr>");
	for (size_t i = 0; i < n; i++) {
		raw(p, "<th scope=\"col\">");
		raw(p, title[i]);
		raw(p, "</th>");
	}
	raw(p, "</tr></thead><tbody>\n");
}

static const char *
class_of(const struct tally_count *c)
{
	return c->pass == c->messages ? "good" : c->pass == 0 ? "bad" : "doubt";
}

/* A bar as wide as the share, in red what of it fails. */
static void
bar_cell(struct page *p, const struct tally_count *c, uint64_t whole)
{
	double share = whole > 0 ? (double)c->messages / (double)whole : 0;
	double pass =
		c->messages > 0 ? (double)c->pass / (double)c->messages : 0;
	/* so that the least of them can be seen */
	double width = share * BAR > 1 ? share * BAR : 1;

	fprintf(p->out,
		"<td class=\"bar\"><svg width=\"%d\" height=\"12\" "
		"role=\"img\" aria-label=\"%.1f percent of all\">"
		"<rect class=\"p\" width=\"%.1f\" height=\"12\"/>"
		"<rect class=\"f\" x=\"%.1f\" width=\"%.1f\" height=\"12\"/>"
		"</svg></td>",
		BAR, share * 100, pass * width, pass * width,
		(1 - pass) * width);
}

/* --- a domain --------------------------------------------------------- */

static void
names_cell(struct page *p, const struct tally_names *names)
{
	raw(p, "<td>");
	for (size_t i = 0; i < names->n; i++) {
		raw(p, i > 0 ? "<br>" : "");
		text(p, names->name[i].name);
	}
	raw(p, names->more ? " ..." : "");
	raw(p, "</td>");
}

static void
overrides_cell(struct page *p, const struct tally_count *c)
{
	bool any = false;

	raw(p, "<td>");
	for (size_t i = 0; i < OVERRIDES; i++) {
		if (c->override[i] == 0)
			continue;
		raw(p, any ? "<br>" : "");
		text(p, i ? override_name((enum override)i)
			  : STR("other reason"));
		raw(p, " ");
		text(p, str_count(p->arena, c->override[i]));
		any = true;
	}
	raw(p, "</td>");
}

static void
put_row(struct page *p, const struct tally_domain *d, const struct tally_row *x)
{
	struct arena_mark mark = arena_mark(p->arena);
	const struct tally_count *c = &x->count;
	const struct reports *all = p->all;

	raw(p, "<tr>");
	raw(p, "<td class=\"key\">");
	text(p, reports_row_name(all, x));
	if (all->names && x->prefix == ip_bits(x->ip)) {
		raw(p, "<br><small>");
		text(p, names_of(all->names, x->ip));
		raw(p, "</small>");
	}
	raw(p, "</td>");
	cell(p, "n", str_count(p->arena, c->messages));
	cell(p, class_of(c), str_share(p->arena, c->pass, c->messages));
	cell(p, "", tally_state_word(tally_most(c->spf), false));
	cell(p, "", tally_state_word(tally_most(c->dkim), true));
	cell(p, "", reports_done(c));
	names_cell(p, &x->from);
	names_cell(p, &x->other);
	overrides_cell(p, c);
	bar_cell(p, c, d->count.messages);
	raw(p, "</tr>\n");
	arena_rewind(p->arena, mark);
}

static void
put_table(struct page *p, const struct tally_domain *d)
{
	static const char *const first[] = { [TALLY_BY_SOURCE] = "source",
		[TALLY_BY_NETWORK] = "network",
		[TALLY_BY_REPORTER] = "reporter",
		[TALLY_BY_DAY] = "day",
		[TALLY_BY_FROM] = "From" };
	const char *const title[] = { first[p->all->options->reports.by],
		"messages", "pass DMARC", "SPF", "DKIM", "done", "From",
		"passes for", "override", "share" };
	const struct tally_view *v = reports_view(p->all, d);

	head_cells(p, title, sizeof(title) / sizeof(title[0]));
	for (size_t i = 0; i < v->n && i < MOST_ROWS; i++) {
		struct tally_row row = tally_row(p->all->tally, v, i);
		put_row(p, d, &row);
	}
	raw(p, "</tbody></table>\n");
	if (v->n > MOST_ROWS) {
		raw(p, "<p>and ");
		text(p, str_count(p->arena, v->n - MOST_ROWS));
		raw(p, " rows more, each with less to mend.</p>\n");
	}
}

/* --- the time line ---------------------------------------------------- */

static void
put_column(struct page *p, double x, double width, const struct tally_row *day,
	uint64_t most)
{
	const struct tally_count *c = &day->count;
	double high = HEIGHT * (double)c->messages / (double)most;
	double bad = HEIGHT * (double)(c->messages - c->pass) / (double)most;

	raw(p, "<g><title>");
	text(p, reports_date(p->arena, day->day * DAY));
	raw(p, ": ");
	text(p, str_count(p->arena, c->messages));
	raw(p, " messages, ");
	text(p, str_count(p->arena, c->messages - c->pass));
	fprintf(p->out,
		" fail</title><rect class=\"p\" x=\"%.2f\" y=\"%.2f\" "
		"width=\"%.2f\" height=\"%.2f\"/>"
		"<rect class=\"f\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" "
		"height=\"%.2f\"/></g>\n",
		x, HEIGHT - high, width, high - bad, x, HEIGHT - bad, width,
		bad);
}

static void
put_date(struct page *p, double x, const char *anchor, int64_t day)
{
	fprintf(p->out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">", x,
		HEIGHT + FOOT - 4, anchor);
	text(p, reports_date(p->arena, day * DAY));
	raw(p, "</text>\n");
}

static void
put_columns(
	struct page *p, const struct tally_view *v, size_t first, uint64_t most)
{
	const struct tally *t = p->all->tally;
	int64_t begin = tally_row(t, v, first).day;
	int64_t end = tally_row(t, v, v->n - 1).day;
	double step = (double)WIDTH / (double)(end - begin + 1);
	double width = step > 4 ? step - 1 : step;

	width = width < MOST_WIDE ? width : MOST_WIDE;
	for (size_t i = first; i < v->n; i++) {
		struct arena_mark mark = arena_mark(p->arena);
		struct tally_row day = tally_row(t, v, i);
		double middle = ((double)(day.day - begin) + 0.5) * step;
		put_column(p, middle - width / 2, width, &day, most);
		arena_rewind(p->arena, mark);
	}
	fprintf(p->out, "<line x1=\"0\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n",
		HEIGHT, WIDTH, HEIGHT);
	if (step > DATE_WIDE) {
		put_date(p, step / 2, "middle", begin);
		put_date(p, WIDTH - step / 2, "middle", end);
	} else {
		put_date(p, 0, "start", begin);
		put_date(p, WIDTH, "end", end);
	}
}

static void
put_days(struct page *p, const struct tally_domain *d)
{
	const struct tally_view *v = &d->view[TALLY_BY_DAY];
	const struct tally *t = p->all->tally;
	size_t first = v->n > 0 && tally_row(t, v, 0).day == TIME_UNKNOWN;
	uint64_t most = 1;

	if (v->n - first < 2)
		return;
	for (size_t i = first; i < v->n; i++) {
		uint64_t n = tally_row(t, v, i).count.messages;
		most = n > most ? n : most;
	}
	fprintf(p->out,
		"<h3>Messages a day</h3>\n<svg class=\"days\" viewBox=\"0 0 %d "
		"%d\" role=\"img\" aria-label=\"messages a day\">\n",
		WIDTH, HEIGHT + FOOT);
	put_columns(p, v, first, most);
	raw(p, "</svg>\n<p class=\"legend\"><span class=\"p\"></span> pass "
	       "<span class=\"f\"></span> fail; the highest day has ");
	text(p, str_count(p->arena, most));
	raw(p, " messages</p>\n");
}

/* --- findings --------------------------------------------------------- */

static void
put_finding(struct page *p, const struct finding *x)
{
	static const char *const class[] = { [SEVERITY_NOTE] = "note",
		[SEVERITY_WARNING] = "doubt",
		[SEVERITY_ERROR] = "bad" };

	fprintf(p->out, "<li><strong class=\"%s\">", class[x->severity]);
	text(p, severity_word(x->severity));
	raw(p, "</strong> ");
	text(p, x->message);
	if (x->hint.n > 0) {
		raw(p, "<br>Fix: ");
		text(p, x->hint);
	}
	for (size_t i = 0; i < x->rows; i++) {
		raw(p, "<br><small>");
		text(p, x->row[i].label);
		raw(p, " ");
		text(p, x->row[i].value);
		raw(p, " ");
		text(p, x->row[i].remark);
		raw(p, "</small>");
	}
	raw(p, "</li>\n");
}

static void
put_line(struct page *p, const char *label, str value)
{
	fprintf(p->out, "<dt>%s</dt><dd>", label);
	text(p, value);
	raw(p, "</dd>\n");
}

static void
put_domain(struct page *p, const struct tally_domain *d)
{
	struct arena *a = p->arena;
	struct arena_mark mark = arena_mark(a);
	struct judgement judged = judge(a, p->all->tally, d);
	const struct judgement *v = &judged;

	raw(p, "<section><h2>");
	text(p, d->name.n > 0 ? d->name : STR("no domain"));
	raw(p, "</h2>\n<p class=\"answer\">");
	text(p, judge_words(a, d, v));
	raw(p, "</p>\n<dl>\n");
	put_line(p, "Messages",
		STR_CAT(a, str_count(a, d->count.messages), STR(", "),
			str_share(a, d->count.pass, d->count.messages),
			STR(" pass DMARC")));
	put_line(p, "Period",
		STR_CAT(a, reports_date(a, d->begin), STR(" to "),
			reports_date(a, d->end)));
	put_line(p, "Reports", str_count(a, d->reports));
	put_line(p, "Policy", reports_policy(a, &d->policy));
	raw(p, "</dl>\n");
	if (v->findings > 0) {
		raw(p, "<h3>To mend, and to know</h3>\n<ul>\n");
		for (size_t i = 0; i < v->findings; i++)
			put_finding(p, &v->finding[i]);
		raw(p, "</ul>\n");
	}
	put_days(p, d);
	raw(p, "<h3>Where the mail came from</h3>\n");
	put_table(p, d);
	raw(p, "</section>\n");
	arena_rewind(a, mark);
}

/* --- the page --------------------------------------------------------- */

static void
put_list(struct page *p)
{
	static const char *const title[] = { "from", "to", "by", "about",
		"number", "messages", "pass" };
	const struct tally *t = p->all->tally;
	struct arena *a = p->arena;

	raw(p, "<section><h2>Reports</h2>\n");
	head_cells(p, title, sizeof(title) / sizeof(title[0]));
	for (size_t i = 0; i < t->reports && i < MOST_ROWS; i++) {
		struct arena_mark mark = arena_mark(a);
		const struct tally_report *x = t->report[i];
		raw(p, "<tr>");
		cell(p, "", reports_date(a, x->begin));
		cell(p, "", reports_date(a, x->end));
		cell(p, "", x->org);
		cell(p, "", x->domain);
		cell(p, "key", x->id);
		cell(p, "n", str_count(a, x->messages));
		cell(p, "n", str_share(a, x->pass, x->messages));
		raw(p, "</tr>\n");
		arena_rewind(a, mark);
	}
	raw(p, "</tbody></table>\n");
	if (t->reports > MOST_ROWS) {
		raw(p, "<p>and ");
		text(p, str_count(a, t->reports - MOST_ROWS));
		raw(p, " reports more</p>\n");
	}
	if (t->duplicates + t->conflicts > 0) {
		raw(p, "<p>Left out, since a report with the same number was "
		       "counted: ");
		text(p, str_count(a, t->duplicates + t->conflicts));
		raw(p, "</p>\n");
	}
	raw(p, "</section>\n");
}

static const char style[] =
	":root{--ink:#1c2430;--soft:#5b6675;--line:#d5dbe3;--good:#1f7a4d;"
	"--bad:#b3261e;--doubt:#8a5a00}\n"
	"body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);"
	"max-width:68rem;margin:2rem auto;padding:0 1rem}\n"
	"h1{font-size:1.5rem}h2{font-size:1.25rem;margin:2rem 0 .3rem;"
	"border-bottom:2px solid var(--line);overflow-wrap:anywhere}"
	"h3{font-size:1rem;margin:1.4rem 0 .3rem}\n"
	".answer{font-size:1.1rem;font-weight:600}"
	"\n"
	"dl{display:grid;grid-template-columns:7rem 1fr;margin:0}"
	"dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}\n"
	"table{border-collapse:collapse;width:100%;font-size:.87rem}"
	"th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;"
	"border-bottom:1px solid var(--line);overflow-wrap:anywhere}"
	"th{color:var(--soft);font-weight:600}\n"
	".n{text-align:right;font-variant-numeric:tabular-nums;"
	"white-space:nowrap}.key{font-family:ui-monospace,monospace}"
	"td.bar{white-space:nowrap}\n"
	".good{color:var(--good)}.bad{color:var(--bad)}"
	".doubt{color:var(--doubt)}.note,small,footer{color:var(--soft)}\n"
	"li{margin:.4rem 0;overflow-wrap:anywhere}\n"
	"svg .p{fill:#2f8f5f}svg .f{fill:#c8443a}svg line{stroke:var(--soft)}"
	"svg text{font-size:12px;fill:var(--soft)}"
	"svg.days{width:100%;max-width:720px}\n"
	".legend span{display:inline-block;width:.8em;height:.8em}"
	".legend .p{background:#2f8f5f}.legend .f{background:#c8443a}\n"
	"@media print{body{margin:0;max-width:none;font-size:10pt}"
	"section{break-inside:auto}tr,li,svg{break-inside:avoid}h2,h3{break-"
	"after:avoid}"
	"thead{display:table-header-group}"
	"*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n";

void
html_reports(FILE *out, const struct reports *all)
{
	struct page p = { out, all, all->arena };
	const struct tally *t = all->tally;

	raw(&p, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		"<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" "
		"content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n"
		"<title>DMARC reports</title>\n<style>\n");
	raw(&p, style);
	raw(&p, "</style>\n</head>\n<body>\n<h1>DMARC reports</h1>\n<p>");
	text(&p, str_count(all->arena, t->count.messages));
	raw(&p, " messages in ");
	text(&p, str_count(all->arena, t->reports));
	raw(&p, " reports, ");
	text(&p, str_share(all->arena, t->count.pass, t->count.messages));
	raw(&p, " pass DMARC.</p>\n");
	for (size_t i = 0; i < t->domains; i++)
		put_domain(&p, &t->domain[i]);
	put_list(&p);
	raw(&p, "<footer><p>Made by mailauth " MAILAUTH_VERSION
		" from what receivers reported; they may err.</p></footer>\n"
		"</body>\n</html>\n");
}
