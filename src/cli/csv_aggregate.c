/*
 * csv_aggregate.c - the records of aggregate reports, for a spreadsheet.
 * (RFC 4180)
 */
#include "reports.h"

#include "mailauth/buf.h"
#include "mailauth/time.h"

/*
 * Spreadsheets take what begins so for a formula, and some run programs for
 * it: an apostrophe before it makes it text.
 */
static bool
is_formula(str s)
{
	return s.n > 0 && is_one_of(s.p[0], "=+-@\t\r\n");
}

/* Bytes a terminal should not see are escaped, as they are elsewhere. */
static void
put(FILE *f, struct arena *a, str value)
{
	str s = str_escaped(a, value);

	putc('"', f);
	if (is_formula(value))
		putc('\'', f);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			putc('"', f);
		putc(s.p[i], f);
	}
	putc('"', f);
}

static void
put_all(FILE *f, struct arena *a, const str *value, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			putc(',', f);
		put(f, a, value[i]);
	}
	fputs("\r\n", f);
}

/* "pass example.com s1; fail example.net" */
static str
checks(struct arena *a, const struct aggregate_check *x, size_t n)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add(&b, STR("; "));
		if (x[i].result != RESULT_PENDING)
			buf_add(&b, result_word(x[i].result));
		buf_char(&b, ' ');
		buf_add(&b, x[i].domain);
		if (x[i].selector.n > 0)
			buf_char(&b, ' ');
		buf_add(&b, x[i].selector);
	}
	return str_trim_wsp(buf_str(&b));
}

static str
reasons(struct arena *a, const struct aggregate_record *r)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < r->reasons; i++) {
		const struct aggregate_reason *x = &r->reason[i];
		if (i > 0)
			buf_add(&b, STR("; "));
		buf_add(&b, x->type ? override_name(x->type) : x->word);
		if (x->comment.n > 0)
			buf_add(&b, STR(": "));
		buf_add(&b, x->comment);
	}
	return buf_str(&b);
}

static str
time_words(struct arena *a, int64_t t)
{
	return t == TIME_UNKNOWN ? STR("") : time_format_rfc3339(a, t);
}

static str
aligned(enum result r)
{
	return r == RESULT_PENDING ? STR("") : result_word(r);
}

void
csv_begin(FILE *f)
{
	fputs("file,org,report_id,begin,end,policy_domain,p,source_ip,count,"
	      "dmarc,disposition,dkim,spf,reasons,header_from,envelope_from,"
	      "envelope_to,auth_dkim,auth_spf\r\n",
		f);
}

void
csv_aggregate(FILE *f, struct arena *a, str file, const struct aggregate *r)
{
	for (size_t i = 0; i < r->records; i++) {
		struct arena_mark mark = arena_mark(a);
		struct aggregate_record x = aggregate_get(r, i);
		const str value[] = { file, r->org, r->id,
			time_words(a, r->begin), time_words(a, r->end),
			r->policy.domain, dmarc_policy_word(r->policy.p),
			x.ip.family ? ip_format(a, x.ip) : x.source,
			str_number(a, x.count),
			aggregate_passes(&x) ? STR("pass") : STR("fail"),
			disposition_name(x.disposition), aligned(x.dkim),
			aligned(x.spf), reasons(a, &x), x.header_from,
			x.envelope_from, x.envelope_to,
			checks(a, x.signature, x.signatures),
			checks(a, x.sender, x.senders) };
		put_all(f, a, value, sizeof(value) / sizeof(value[0]));
		arena_rewind(a, mark);
	}
}
