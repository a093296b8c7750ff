/*
 * text_tls.c - an SMTP TLS report for a person: how many sessions were
 * encrypted as they should be, which were not, and whose fault that is.
 */
#include "reports_print.h"

#include "mailauth/buf.h"
#include "mailauth/time.h"
#include "report/tally.h"

#include <stdlib.h>

enum {
	/* the policies */
	SESSIONS_END = 12,
	FAILED_END = 23,
	SHARE_END = 32,
	GAP = 2,
	DOMAIN_AT = SHARE_END + GAP,
	LINE_AT = 42,
	/* the failures */
	TYPE_AT = SESSIONS_END + GAP,
	BETWEEN_AT = 41,
	DETAIL_AT = 16,
	HINT_AT = 3,
	/* without -v */
	SHOWN_POLICIES = 20,
	SHOWN_FAILURES = 20, /* of a policy */
	SHOWN_OCTETS = 200
};

struct page {
	struct screen *screen;
	struct arena *arena;
	const struct tls_report *report;
	bool verbose;
};

/* --- whose fault it is ----------------------------------------------- */

/* The result types (RFC 8460 4.3) */
static const struct fault {
	str type, whose, text;
} faults[] = {
	{ STR_INIT("starttls-not-supported"), STR_INIT("the receiver's fault"),
		STR_INIT("the host offers no STARTTLS; turn it on there, or "
			 "find what takes it away on the path") },
	{ STR_INIT("certificate-host-mismatch"),
		STR_INIT("the receiver's fault"),
		STR_INIT("the certificate is for another name; get one with "
			 "that of the MX, or mend the name in the MX or in mx: "
			 "of the policy") },
	{ STR_INIT("certificate-expired"), STR_INIT("the receiver's fault"),
		STR_INIT("the certificate has run out; renew it and restart "
			 "the mail server") },
	{ STR_INIT("certificate-not-trusted"), STR_INIT("the receiver's fault"),
		STR_INIT("no authority vouches for the certificate; install it "
			 "with its intermediate certificates, from an "
			 "authority that others trust") },
	{ STR_INIT("validation-failure"), STR_INIT("the fault of either"),
		STR_INIT("the reason is one that has no name here; ask the "
			 "reporter when none is given") },
	{ STR_INIT("tlsa-invalid"), STR_INIT("the receiver's fault"),
		STR_INIT("the TLSA record does not fit the certificate; "
			 "publish one that does, and from now on before the "
			 "certificate changes") },
	{ STR_INIT("dnssec-invalid"), STR_INIT("the receiver's fault"),
		STR_INIT("DNSSEC of the zone is broken; look at its "
			 "signatures, and at the DS records above it") },
	{ STR_INIT("dane-required"), STR_INIT("the sender's fault"),
		STR_INIT("it insists on DANE, which the host does not have; "
			 "publish TLSA records, or have the sender change "
			 "that") },
	{ STR_INIT("sts-policy-fetch-error"), STR_INIT("the receiver's fault"),
		STR_INIT("the policy was not to be had; see whether "
			 "https://mta-sts.DOMAIN/.well-known/mta-sts.txt "
			 "answers, from elsewhere too") },
	{ STR_INIT("sts-policy-invalid"), STR_INIT("the receiver's fault"),
		STR_INIT("the policy cannot be read; it needs version:, mode:, "
			 "max_age: and mx:, each in a line") },
	{ STR_INIT("sts-webpki-invalid"), STR_INIT("the receiver's fault"),
		STR_INIT("the web server of the policy has no valid "
			 "certificate for mta-sts.DOMAIN; renew it") },
};

enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };

/* --- pieces ---------------------------------------------------------- */

static str
shown(const struct page *p, str value)
{
	if (p->verbose || value.n <= SHOWN_OCTETS)
		return value;
	return STR_CAT(p->arena, str_sub(value, 0, SHOWN_OCTETS), STR(" .."));
}

static str
or_none(str s)
{
	return s.n > 0 ? s : STR("-");
}

/* Of MTA-STS (RFC 8461 3.2); absent. */
static str
mode_of(const struct tls_policy *t)
{
	static const str key = STR_INIT("mode:");

	for (size_t i = 0; i < t->lines; i++)
		if (str_istarts(t->line[i], key))
			return str_trim_wsp(str_skip(t->line[i], key.n));
	return (str){ 0 };
}

static uint64_t
sessions(const struct tls_policy *t)
{
	return tally_sum(t->successful, t->failed);
}

/* ", 2016-04-01 to 2016-04-02" */
static str
period(const struct page *p)
{
	const struct tls_report *t = p->report;
	str begin = time_format_date(p->arena, t->begin);
	str end = time_format_date(p->arena, t->end);

	if (t->begin == TIME_UNKNOWN || t->end == TIME_UNKNOWN)
		return STR("");
	if (str_eq(begin, end))
		return STR_CAT(p->arena, STR(", "), begin);
	return STR_CAT(p->arena, STR(", "), begin, STR(" to "), end);
}

static void
put_more(struct page *p, size_t at, size_t n)
{
	if (n == 0)
		return;
	screen_pad(p->screen, at);
	screen_wrap(p->screen, at,
		STR_CAT(p->arena, STR("+"), str_count(p->arena, n),
			STR(" more, shown by -v")));
	screen_end(p->screen);
}

/* --- the first line -------------------------------------------------- */

/* "303 of 5,629 sessions from Company-X failed, 2016-04-01" */
static str
sentence(const struct page *p, uint64_t failed, uint64_t all)
{
	struct arena *a = p->arena;
	str org = shown(p, p->report->org);

	return STR_CAT(a,
		failed > 0 ? STR_CAT(a, str_count(a, failed), STR(" of "))
			   : STR(""),
		all > 0 ? str_count(a, all) : STR("no"),
		all == 1 ? STR(" session") : STR(" sessions"),
		org.n > 0 ? STR(" from ") : STR(""), org,
		failed > 0 ? STR(" failed")
		: all > 0  ? STR(", none failed")
			   : STR(""),
		period(p));
}

static void
put_headline(struct page *p, const char *file)
{
	const struct tls_report *t = p->report;
	uint64_t failed = 0, all = 0;

	for (size_t i = 0; i < t->policies; i++) {
		failed = tally_sum(failed, t->policy[i].failed);
		all = tally_sum(all, sessions(&t->policy[i]));
	}
	screen_headline(p->screen,
		failed > 0 ? TINT_BAD
		: all > 0  ? TINT_GOOD
			   : TINT_STRONG,
		failed > 0 ? STR("PROBLEM")
		: all > 0  ? STR("OK")
			   : STR("EMPTY"),
		file, sentence(p, failed, all));
}

/* --- the policies ---------------------------------------------------- */

static void
put_lines(struct page *p, const char *label, const str *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		screen_row(p->screen, DOMAIN_AT, LINE_AT,
			i == 0 ? str_from(label) : STR(""), line[i]);
}

static void
put_policy(struct page *p, const struct tls_policy *t)
{
	struct screen *s = p->screen;
	struct arena *a = p->arena;

	screen_right(s, TINT_PLAIN, SESSIONS_END, str_count(a, sessions(t)));
	screen_right(s, t->failed > 0 ? TINT_BAD : TINT_PLAIN, FAILED_END,
		str_count(a, t->failed));
	screen_right(
		s, TINT_PLAIN, SHARE_END, str_share(a, t->failed, sessions(t)));
	screen_pad(s, s->column + GAP);
	screen_wrap(s, DOMAIN_AT,
		STR_CAT(a, shown(p, or_none(t->domain)), STR(" ("),
			shown(p, or_none(t->type)), STR(")")));
	screen_end(s);
	if (!p->verbose)
		return;
	put_lines(p, "policy", t->line, t->lines);
	put_lines(p, "mx", t->mx, t->mxs);
}

static void
put_policies(struct page *p)
{
	const struct tls_report *t = p->report;
	size_t n = t->policies;

	if (n == 0)
		return;
	if (n > SHOWN_POLICIES && !p->verbose)
		n = SHOWN_POLICIES;
	screen_end(p->screen);
	screen_right(p->screen, TINT_PLAIN, SESSIONS_END, STR("sessions"));
	screen_right(p->screen, TINT_PLAIN, FAILED_END, STR("failed"));
	screen_right(p->screen, TINT_PLAIN, SHARE_END, STR("share"));
	screen_pad(p->screen, DOMAIN_AT);
	screen_put(p->screen, TINT_PLAIN, STR("policy"));
	screen_end(p->screen);
	for (size_t i = 0; i < n; i++)
		put_policy(p, &t->policy[i]);
	put_more(p, DOMAIN_AT, t->policies - n);
}

/* --- the failures ---------------------------------------------------- */

/* "192.0.2.1 to mx.b.example" */
static str
between(const struct page *p, const struct tls_failure *f)
{
	str to = f->receiving_host;

	if (to.n == 0)
		to = f->receiving_helo.n > 0 ? f->receiving_helo
					     : f->receiving_ip;
	return STR_CAT(p->arena, shown(p, f->sending_ip),
		f->sending_ip.n > 0 && to.n > 0 ? STR(" to ")
		: to.n > 0                      ? STR("to ")
						: STR(""),
		shown(p, to));
}

static void
put_detail(struct page *p, const char *title, str text)
{
	if (text.n > 0)
		screen_item(
			p->screen, DETAIL_AT, str_from(title), shown(p, text));
}

/* Behind the type where it fits, else below it; and the end of the line. */
static void
put_between(struct page *p, str who)
{
	struct screen *s = p->screen;
	bool fits = s->column < BETWEEN_AT &&
		    str_escaped(p->arena, who).n + BETWEEN_AT <= s->width;

	if (who.n == 0) {
		screen_end(s);
		return;
	}
	if (!fits)
		screen_end(s);
	screen_row(s, fits ? BETWEEN_AT : DETAIL_AT,
		fits ? BETWEEN_AT : DETAIL_AT, STR(""), who);
}

static void
put_failure(struct page *p, const struct tls_failure *f)
{
	struct screen *s = p->screen;

	screen_right(
		s, TINT_PLAIN, SESSIONS_END, str_count(p->arena, f->sessions));
	screen_pad(s, s->column + GAP);
	screen_wrap(s, TYPE_AT, shown(p, or_none(f->type)));
	put_between(p, between(p, f));
	put_detail(p, "reason", f->reason);
	if (!p->verbose)
		return;
	put_detail(p, "receiving HELO", f->receiving_helo);
	put_detail(p, "receiving address", f->receiving_ip);
	put_detail(p, "see", f->information);
}

/* Most sessions first; else as they stand. */
static int
by_sessions(const void *one, const void *other)
{
	const struct tls_failure *a = *(const struct tls_failure *const *)one;
	const struct tls_failure *b = *(const struct tls_failure *const *)other;

	if (a->sessions != b->sessions)
		return a->sessions < b->sessions ? 1 : -1;
	return a < b ? -1 : a > b;
}

/* What became of the mail; what no policy says is not known. */
static str
effect(const struct tls_policy *t)
{
	str mode = mode_of(t);

	if (str_ieq(mode, STR("testing")))
		return STR(", in mode testing: the mail was delivered");
	if (str_ieq(mode, STR("enforce")))
		return STR(", in mode enforce: no mail was delivered so");
	return str_ieq(t->type, STR("tlsa"))
		       ? STR(", under DANE: no mail was delivered so")
		       : STR("");
}

static void
put_failures(struct page *p, const struct tls_policy *t)
{
	const struct tls_failure **f =
		arena_make(p->arena, t->failures, const struct tls_failure *);
	size_t n = t->failures;

	for (size_t i = 0; i < n; i++)
		f[i] = &t->failure[i];
	if (n > 1)
		qsort(f, n, sizeof(*f), by_sessions);
	if (n > SHOWN_FAILURES && !p->verbose)
		n = SHOWN_FAILURES;
	screen_end(p->screen);
	screen_right(p->screen, TINT_PLAIN, SESSIONS_END, STR("failed"));
	screen_pad(p->screen, TYPE_AT);
	screen_wrap(p->screen, TYPE_AT,
		STR_CAT(p->arena, STR("at "), shown(p, or_none(t->domain)),
			effect(t)));
	screen_end(p->screen);
	for (size_t i = 0; i < n; i++)
		put_failure(p, f[i]);
	put_more(p, TYPE_AT, t->failures - n);
}

static void
put_all_failures(struct page *p)
{
	const struct tls_report *t = p->report;
	size_t left = p->verbose ? t->policies : SHOWN_POLICIES;

	for (size_t i = 0; i < t->policies && left > 0; i++) {
		if (t->policy[i].failures == 0)
			continue;
		put_failures(p, &t->policy[i]);
		left--;
	}
}

/* --- what to do ------------------------------------------------------ */

/* The first policy that has such a failure, or NULL. */
static const struct tls_policy *
policy_with(const struct tls_report *t, str type)
{
	for (size_t i = 0; i < t->policies; i++)
		for (size_t k = 0; k < t->policy[i].failures; k++)
			if (str_ieq(t->policy[i].failure[k].type, type))
				return &t->policy[i];
	return NULL;
}

static str
with_domain(const struct page *p, str text, str domain)
{
	static const str place = STR_INIT("DOMAIN");
	size_t at = str_ifind(text, place);

	if (at == text.n || domain.n == 0)
		return text;
	return STR_CAT(p->arena, str_sub(text, 0, at), shown(p, domain),
		str_skip(text, at + place.n));
}

static void
put_faults(struct page *p)
{
	bool first = true;

	for (size_t i = 0; i < FAULTS; i++) {
		const struct fault *f = &faults[i];
		const struct tls_policy *t = policy_with(p->report, f->type);
		if (t == NULL)
			continue;
		if (first)
			screen_end(p->screen);
		first = false;
		screen_pad(p->screen, HINT_AT);
		screen_wrap(p->screen, HINT_AT + 2,
			STR_CAT(p->arena, STR("= "), f->type, STR(", "),
				f->whose, STR(": "),
				with_domain(p, f->text, t->domain)));
		screen_end(p->screen);
	}
}

/* --- the report ------------------------------------------------------ */

static void
put_about(struct page *p)
{
	const struct tls_report *t = p->report;
	struct screen *s = p->screen;

	screen_end(s);
	screen_item(s, 2, STR("report"), shown(p, or_none(t->id)));
	screen_item(s, 2, STR("contact"), shown(p, or_none(t->contact)));
	for (size_t i = 0; i < t->notes; i++)
		screen_item(s, 2, STR("note"), t->note[i]);
}

void
text_tls(struct screen *s, struct arena *a, const char *file,
	const struct tls_report *t, bool verbose)
{
	struct arena_mark mark = arena_mark(a);
	struct page p = { s, a, t, verbose };

	put_headline(&p, file);
	put_policies(&p);
	put_all_failures(&p);
	put_faults(&p);
	if (verbose)
		put_about(&p);
	arena_rewind(a, mark);
}
