/*
 * find_run.c FILE... - what is found in whole messages; see case.h and sign.h.
 *
 *	ip ADDR, from, helo	the client; what is not given is looked for in
 *				the message
 *	set only spf		as `mailauth spf` does
 *	set only lint		as `mailauth lint` does, of
 *	set line TEXT		a line; several are one text
 *	set domain NAME		(-d)
 *	set only domain		as `mailauth domain` does, of
 *	set domain NAME
 *	set selector NAME	(-S); several
 *	set ptr yes		(--ptr)
 *	set zone file		the DNS is a master file
 *	want CODE~"message"	a finding, and what it says
 *	want CODE=		that it is not there
 *	want first=CODE		the first of them
 *
 * More is said of each that is found: CODE.severity CODE.basis CODE.hint
 * CODE.cause (a code) CODE.name (of the record or field) CODE.at (the span that
 * is pointed at) CODE.corrected CODE.label CODE.rows (joined by '|').
 *
 * Every code of the catalogue must have a case that wants it, and one that
 * wants it not to be there.
 */
#include <stdio.h>

#include "case.h"
#include "sign.h"

#include "mailauth/findings.h"
#include "mailauth/lint.h"
#include "mailauth/published.h"
#include "mailauth/time.h"

#include "net/zone_lines.h"
#include "report/judge.h"

static struct crypto *crypto;
static struct suffix_list *suffixes;
static bool wanted[FINDINGS], unwanted[FINDINGS];

static void
say_more(struct arena *a, struct buf *out, const struct finding *x)
{
	str code = finding_kind(x->code)->code;
	struct buf rows = { .arena = a };

	for (size_t i = 0; i < x->rows; i++) {
		buf_add(&rows, i > 0 ? STR("|") : STR(""));
		buf_add(&rows, x->row[i].label);
		buf_char(&rows, ' ');
		buf_add(&rows, x->row[i].value);
		buf_char(&rows, ' ');
		buf_add(&rows, x->row[i].remark);
	}
	const struct {
		str key, value;
	} table[] = {
		{ STR(".severity"), severity_word(x->severity) },
		{ STR(".basis"), basis_word(x->basis) },
		{ STR(".hint"), x->hint },
		{ STR(".cause"), x->cause ? finding_kind(x->cause->code)->code
					  : STR("") },
		{ STR(".name"), x->name },
		{ STR(".at"), str_sub(x->text, x->at, x->n) },
		{ STR(".corrected"), x->corrected },
		{ STR(".label"), x->label },
		{ STR(".rows"), buf_str(&rows) },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		case_say(out, STR_CAT(a, code, table[i].key), table[i].value);
}

/* The first of each code; all codes, in their order. */
static void
say(struct arena *a, struct buf *out, const struct finding *x, size_t n)
{
	bool said[FINDINGS] = { false };
	struct buf all = { .arena = a };

	for (size_t i = 0; i < n; i++) {
		str code = finding_kind(x[i].code)->code;
		buf_add(&all, i > 0 ? STR(" ") : STR(""));
		buf_add(&all, code);
		if (said[x[i].code])
			continue;
		said[x[i].code] = true;
		case_say(out, code, x[i].message);
		say_more(a, out, &x[i]);
	}
	for (int code = 0; code < FINDINGS; code++)
		if (!said[code])
			case_say(out, finding_kind(code)->code, STR(""));
	case_say(out, STR("first"),
		n > 0 ? finding_kind(x[0].code)->code : STR(""));
	case_say(out, STR("all"), buf_str(&all));
}

/* What a case has asked for, and got, counts for the catalogue. */
static void
count(const struct test_case *c)
{
	for (size_t i = 0; i < c->n_want; i++) {
		enum finding_code code = finding_code_from(c->want[i].key);
		if (code < FINDINGS)
			(c->want[i].value.n > 0 ? wanted : unwanted)[code] =
				true;
	}
}

static struct client_options
client_of(const struct test_case *c)
{
	struct client_options o = { 0 };
	struct client *given = &o.given;
	str hop = case_setting(c, STR("hop"));
	uint64_t n;

	if (hop.p && str_uint(hop, 1000, &n))
		o.hop = (unsigned)n;
	if (c->ip.family != 0) {
		given->ip = c->ip;
		given->ip_source = SOURCE_OPTION;
	}
	if (c->has_from) {
		given->mail_from = c->from;
		given->mail_from_source = SOURCE_OPTION;
	}
	if (c->helo.p) {
		given->helo = c->helo;
		given->helo_source = SOURCE_OPTION;
	}
	return o;
}

static bool
look(struct arena *a, struct dns *dns, const struct findings_setup *setup,
	struct buf *out)
{
	struct findings *f = findings_new(setup);

	(void)dns;
	size_t n;

	if (!findings_step(f))
		return false;
	const struct finding *x = findings_list(f, &n);
	say(a, out, x, n);
	return true;
}

static bool
only_spf(struct arena *a, struct dns *dns, struct auth_setup *auth,
	const struct client_options *options, struct buf *out)
{
	auth->client = options->given;
	struct spf_query mfrom = auth_spf_query(
		a, &auth->client, SPF_MFROM, auth->receiver, auth->now);
	struct spf_query helo = auth_spf_query(
		a, &auth->client, SPF_HELO, auth->receiver, auth->now);
	dns_begin(dns);
	struct spf_verdict v =
		spf_check(a, dns, options->given.mail_from.p ? &mfrom : &helo);
	struct spf_verdict h = spf_check(a, dns, &helo);
	if (!dns_settled(dns))
		return false;
	struct findings_setup setup = {
		.auth = auth, .spf = &v, .spf_helo = &h
	};
	return look(a, dns, &setup, out);
}

static str
lines_of(struct arena *a, const struct test_case *c)
{
	struct buf text = { .arena = a };

	for (size_t i = 0; i < c->n_set; i++)
		if (str_eq(c->set[i].key, STR("line"))) {
			buf_add(&text, c->set[i].value);
			buf_char(&text, '\n');
		}
	return buf_str(&text);
}

/* What is found in all records, one after the other. */
static bool
only_lint(struct arena *a, const struct test_case *c, struct buf *out)
{
	enum { MOST = 8 };
	str domain = case_setting(c, STR("domain"));
	struct zone_lines z = zone_lines_begin(
		a, lines_of(a, c), domain.p ? domain : STR(""));
	struct lint_record r[MOST];
	struct lint l[MOST];
	struct finding *all =
		arena_make(a, MOST * FINDINGS_MAX, struct finding);
	struct buf kinds = { .arena = a };
	size_t n = 0, found = 0;

	while (n < MOST && zone_lines_next(&z, &r[n])) {
		r[n].kind = lint_kind_of(&r[n]);
		buf_add(&kinds, n > 0 ? STR(" ") : STR(""));
		buf_add(&kinds, record_kind_word(r[n].kind));
		n += r[n].kind != RECORD_UNKNOWN;
	}
	lint_records(a, r, n, l);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < l[i].n; k++)
			all[found++] = l[i].finding[k];
	say(a, out, all, found);
	case_say(out, STR("kinds"), buf_str(&kinds));
	case_say(out, STR("corrected"), n > 0 ? l[0].corrected : STR(""));
	case_say(out, STR("zone"), n > 0 ? l[0].zone : STR(""));
	case_say(out, STR("text"), n > 0 ? r[0].text : STR(""));
	case_say_uint(out, STR("errors"), n > 0 ? l[0].errors : 0);
	return true;
}

static bool
only_domain(struct arena *a, struct dns *dns, const struct test_case *c,
	struct buf *out)
{
	struct published_selector selector[PUBLISHED_MAX_SELECTORS];
	struct published_setup setup = { .arena = a,
		.dns = dns,
		.suffixes = suffixes,
		.domain = case_setting(c, STR("domain")),
		.selector = selector,
		.ptr = case_setting(c, STR("ptr")).p != NULL,
		.from_zone = case_setting(c, STR("zone")).p != NULL };

	for (size_t i = 0; i < c->n_set; i++)
		if (str_eq(c->set[i].key, STR("selector")))
			selector[setup.selectors++] =
				(struct published_selector){ c->set[i].value,
					setup.domain, false };
	struct publishing *p = published_new(&setup);
	if (!published_step(p))
		return false;
	const struct published *d = published_get(p);
	say(a, out, d->finding, d->findings);
	case_say(out, STR("state"), published_state_word(d->state));
	case_say(out, STR("mx"), published_state_word(d->mx.state));
	case_say(out, STR("spf"), published_state_word(d->spf.state));
	case_say(out, STR("dmarc"), published_state_word(d->dmarc.state));
	case_say(out, STR("dkim"),
		published_state_word(
			d->keys > 0 ? d->key[0].state : PUBLISHED_UNASKED));
	case_say(out, STR("sts"), published_state_word(d->sts.state));
	case_say(out, STR("tlsrpt"), published_state_word(d->tlsrpt.state));
	case_say(out, STR("bimi"), published_state_word(d->bimi.state));
	case_say_uint(out, STR("lookups"), d->spf.lookups);
	case_say_uint(out, STR("addresses"), d->spf.addresses);
	case_say_uint(out, STR("networks"), d->spf.networks);
	case_say(
		out, STR("complete"), d->spf.complete ? STR("yes") : STR("no"));
	case_say(out, STR("end"), d->spf.end);
	return true;
}

/* "DOMAIN/SELECTOR/RESULT" or "DOMAIN/RESULT"; "-": none. */
static void
add_check(struct buf *xml, const char *name, str text)
{
	static const char *const field[] = { "domain", "selector", "result" };
	size_t n = 0;
	bool dkim = strcmp(name, "dkim") == 0;

	if (str_eq(text, STR("-")))
		return;
	buf_add(xml, STR("<"));
	buf_add(xml, str_from(name));
	buf_add(xml, STR(">"));
	for (str piece; n < 3 && str_split(&text, '/', &piece);) {
		str tag = str_from(field[n++]);
		n += n == 1 && !dkim;
		buf_add(xml, STR("<"));
		buf_add(xml, tag);
		buf_add(xml, STR(">"));
		buf_add(xml, piece);
		buf_add(xml, STR("</"));
		buf_add(xml, tag);
		buf_add(xml, STR(">"));
	}
	buf_add(xml, STR("</"));
	buf_add(xml, str_from(name));
	buf_add(xml, STR(">"));
}

/* IP COUNT ALIGNED-DKIM ALIGNED-SPF DKIM SPF [REASON] */
static void
add_row(struct buf *xml, str row)
{
	str word[7] = { 0 };

	for (size_t i = 0; i < 7 && str_split(&row, ' ', &word[i]); i++)
		;
	const str text[] = { STR("<record><row><source_ip>"), word[0],
		STR("</source_ip><count>"), word[1],
		STR("</count><policy_evaluated><dkim>"), word[2],
		STR("</dkim><spf>"), word[3], STR("</spf><reason><type>"),
		word[6].p ? word[6] : STR(""),
		STR("</type></reason></policy_evaluated></row>"
		    "<auth_results>") };
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		buf_add(xml, text[i]);
	add_check(xml, "dkim", word[4]);
	add_check(xml, "spf", word[5]);
	buf_add(xml, STR("</auth_results></record>"));
}

/* A report for each day, of rows that are the same each day. */
static void
add_reports(struct arena *a, struct tally *t, const struct test_case *c)
{
	const struct tally_report *first;
	uint64_t days = 1;
	str why = { 0 }, policy = case_setting(c, STR("policy"));

	str_uint(case_setting(c, STR("days")), 1000, &days);
	for (uint64_t day = 0; day < days; day++) {
		struct buf xml = { .arena = a };
		struct aggregate report;
		struct aggregate_reader *r = aggregate_begin(a, &report);
		str begin = str_number(a, 1780272000 + day * 86400);
		buf_add(&xml,
			STR_CAT(a,
				STR("<feedback><report_metadata>"
				    "<report_id>"),
				begin,
				STR("</report_id><date_range>"
				    "<begin>"),
				begin, STR("</begin><end>"), begin,
				STR("</end></date_range></report_metadata>"
				    "<policy_published><domain>"),
				case_setting(c, STR("domain")),
				STR("</domain><p>"),
				policy.p ? policy : STR("none"),
				STR("</p></policy_published>")));
		for (size_t i = 0; i < c->n_set; i++)
			if (str_eq(c->set[i].key, STR("row")))
				add_row(&xml, c->set[i].value);
		buf_add(&xml, STR("</feedback>"));
		aggregate_feed(r, buf_str(&xml));
		aggregate_end(r, &why);
		tally_add(t, &report, STR("case"), &first);
	}
}

static bool
only_report(struct arena *a, const struct test_case *c, struct buf *out)
{
	struct tally *t = tally_new(0, NULL);

	add_reports(a, t, c);
	tally_end(t, true);
	struct judgement v = judge(a, t, &t->domain[0]);
	say(a, out, v.finding, v.findings);
	case_say(out, STR("words"), judge_words(a, &t->domain[0], &v));
	case_say_uint(out, STR("own"), v.own);
	case_say_uint(out, STR("lost"), v.lost);
	case_say_uint(out, STR("unknown"), v.unknown);
	case_say_uint(out, STR("warnings"), v.warnings);
	tally_free(t);
	return true;
}

static bool
pass(struct arena *a, struct dns *dns, const struct test_case *c,
	struct buf *out)
{
	struct client_options options = client_of(c);
	struct auth_setup setup = {
		.arena = a,
		.dns = dns,
		.crypto = crypto,
		.suffixes = suffixes,
		.method = DMARC_TREEWALK,
		.receiver = c->receiver,
		.now = c->now == 0 ? 1760700000 : c->now,
	};

	count(c);
	if (str_eq(case_setting(c, STR("only")), STR("lint")))
		return only_lint(a, c, out);
	if (str_eq(case_setting(c, STR("only")), STR("report")))
		return only_report(a, c, out);
	if (str_eq(case_setting(c, STR("only")), STR("domain")))
		return only_domain(a, dns, c, out);
	if (str_eq(case_setting(c, STR("only")), STR("spf")))
		return only_spf(a, dns, &setup, &options, out);
	setup.message = message_from(a, STR_CAT(a, c->headers, STR("\r\n")));
	setup.client = client_find(a, setup.message, &options);
	struct auth *auth = auth_new(&setup);
	auth_body(auth, c->body.p ? c->body : STR(""));
	auth_body_end(auth);
	bool settled = auth_step(auth);
	struct findings_setup what = {
		.auth = &setup,
		.v = auth_verdict(auth),
		.options = &options,
		.body = c->body.p ? c->body : STR(""),
		.from_zone = case_setting(c, STR("zone")).p != NULL,
	};
	settled = settled && look(a, dns, &what, out);
	if (settled) {
		case_say(out, STR("verdict"),
			result_word(auth_verdict(auth)->result));
	}
	auth_free(auth);
	return settled;
}

/* Seen before any check, or of the file itself: tests/cli has them. */
static bool
is_elsewhere(enum finding_code code)
{
	static const enum finding_code list[] = {
		FINDING_INPUT_NOT_MAIL,
		FINDING_INPUT_UNREADABLE,
		FINDING_INPUT_MBOX,
		FINDING_INPUT_JUNK_BEFORE,
		FINDING_INPUT_HEADERS_ONLY,
		FINDING_MSG_HEADER_BROKEN,
		FINDING_MSG_LINE_LONG,
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i] == code)
			return true;
	return false;
}

/* Codes that no case wants, or none wants to be absent. */
static int
look_for_gaps(void)
{
	int gaps = 0;

	for (int code = 0; code < FINDINGS; code++) {
		if ((wanted[code] && unwanted[code]) || is_elsewhere(code))
			continue;
		str s = finding_kind(code)->code;
		printf("not ok - %.*s: no case %s\n", (int)s.n, s.p,
			wanted[code] ? "where it is absent"
				     : "that triggers it");
		gaps++;
	}
	return gaps;
}

int
main(int argc, char **argv)
{
	crypto = crypto_new();
	suffixes = suffix_list_new(NULL);
	int status = case_main(argc, argv, sign_case, pass);
	if (look_for_gaps() > 0)
		status = 1;
	suffix_list_free(suffixes);
	crypto_free(crypto);
	sign_end();
	return status;
}
