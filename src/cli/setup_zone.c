/*
 * setup_zone.c - the records of a domain, with what they are for.
 */
#include "setup.h"
#include "say.h"

#include "mailauth/key_write.h"
#include "mailauth/lint.h"
#include "mailauth/domain.h"
#include "mailauth/txt.h"

#include <stdio.h>
#include <time.h>

enum { RECORDS_MAX = 4 + SETUP_MAX_KEYS };

struct zone_record {
	const char *why; /* lines of comment */
	str owner, text;
	enum record_kind kind;
};

struct zone_plan {
	const struct options *o;
	struct arena *arena;
	str domain, reports;
	struct zone_record record[RECORDS_MAX];
	struct lint lint[RECORDS_MAX];
	size_t n;
};

static void
add(struct zone_plan *p, enum record_kind kind, str owner, str text,
	const char *why)
{
	p->record[p->n++] = (struct zone_record){ why, owner, text, kind };
}

/* --- the records ----------------------------------------------------- */

static void
add_term(struct buf *b, str name, str value)
{
	buf_char(b, ' ');
	buf_add(b, name);
	buf_add(b, value);
}

/* What is cheap to look up stands first. */
static void
add_spf(struct zone_plan *p)
{
	const struct setup_options *s = &p->o->setup;
	struct buf b = { .arena = p->arena };

	buf_add(&b, STR("v=spf1"));
	for (size_t i = 0; i < s->networks; i++)
		add_term(&b, STR(""), s->network[i]);
	if (s->mx)
		add_term(&b, STR("mx"), STR(""));
	for (size_t i = 0; i < s->hosts; i++)
		add_term(&b, STR("a:"), s->host[i]);
	for (size_t i = 0; i < s->services; i++)
		add_term(&b, STR("include:"), s->service[i]->include);
	buf_add(&b, s->hard || s->never ? STR(" -all") : STR(" ~all"));
	add(p, RECORD_SPF, p->domain, buf_str(&b),
		s->never ? "SPF: nobody sends mail with this domain."
		: s->hard
			? "SPF: who may send mail with this domain; all others "
			  "are refused."
			: "SPF: who may send mail with this domain; all others "
			  "are suspect (~all).");
}

static void
add_dkim(struct zone_plan *p, const str *key_record)
{
	const struct sign_options *s = &p->o->sign;

	for (size_t i = 0; i < s->keys; i++)
		add(p, RECORD_DKIM,
			key_owner(p->arena, s->selector[i], p->domain),
			key_record[i],
			s->keys == 1
				? "DKIM: the public half of the key that signs."
				: "DKIM: the public half of a key that signs.");
}

static void
add_dmarc(struct zone_plan *p)
{
	struct arena *a = p->arena;
	str owner = STR_CAT(a, STR("_dmarc."), p->domain);
	str rua = p->reports.p ? STR_CAT(a, STR("; rua=mailto:"), p->reports)
			       : STR("");

	if (p->o->setup.never)
		add(p, RECORD_DMARC, owner,
			STR_CAT(a,
				STR("v=DMARC1; p=reject; sp=reject; "
				    "np=reject"),
				rua),
			"DMARC: whatever claims to be from here is a forgery.");
	else
		add(p, RECORD_DMARC, owner,
			STR_CAT(a, STR("v=DMARC1; p=none"), rua),
			"DMARC: nothing is blocked yet; reports say who "
			"sends.");
}

/* Each change of the policy wants another id: the time will do. */
static str
time_id(struct arena *a)
{
	char text[32];
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL ||
		strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm) == 0)
		return STR("1");
	return arena_dup(a, str_from(text));
}

static void
add_transport(struct zone_plan *p)
{
	struct arena *a = p->arena;

	if (p->o->setup.sts)
		add(p, RECORD_STS, STR_CAT(a, STR("_mta-sts."), p->domain),
			STR_CAT(a, STR("v=STSv1; id="), time_id(a), STR(";")),
			"MTA-STS: there is a policy for TLS; a new id with "
			"each change of it.");
	if (p->o->setup.tlsrpt)
		add(p, RECORD_TLSRPT, STR_CAT(a, STR("_smtp._tls."), p->domain),
			STR_CAT(a, STR("v=TLSRPTv1; rua=mailto:"), p->reports),
			"TLS-RPT: where trouble with TLS is reported.");
}

/* --- checked before they are printed --------------------------------- */

static bool
is_sound(struct zone_plan *p)
{
	struct lint_record r[RECORDS_MAX];

	for (size_t i = 0; i < p->n; i++)
		r[i] = (struct lint_record){ .kind = p->record[i].kind,
			.name = p->record[i].owner,
			.text = p->record[i].text };
	lint_records(p->arena, r, p->n, p->lint);
	for (size_t i = 0; i < p->n; i++) {
		if (p->lint[i].errors == 0)
			continue;
		SAY(p->arena, STR("nothing is printed: "), p->record[i].owner,
			STR(": "), p->lint[i].finding[0].message);
		return false;
	}
	return true;
}

/* What was chosen on purpose, and is said above the record. */
static bool
is_meant(const struct zone_plan *p, const struct finding *x)
{
	return x->code == FINDING_DMARC_POLICY_NONE ||
	       (x->code == FINDING_DMARC_NO_RUA && p->o->setup.never);
}

/* --- printing -------------------------------------------------------- */

static void
put(str text)
{
	fwrite(text.p, 1, text.n, stdout);
}

/* In one line where one string has room for it. */
static void
put_txt(struct arena *a, str owner, str text)
{
	if (text.n > TXT_STRING_MAX)
		put(txt_write(a, owner, text));
	else
		put(STR_CAT(a, owner, STR(". IN TXT \""), text, STR("\"\n")));
}

/* In lines of comment. */
static void
put_comment(struct arena *a, str text)
{
	enum { WIDTH = 78 };
	str rest = str_escaped(a, text), word;
	size_t column = 1;

	putchar(';');
	while (str_split(&rest, ' ', &word)) {
		if (column > 1 && column + 1 + word.n > WIDTH) {
			fputs("\n;  ", stdout);
			column = 3;
		}
		putchar(' ');
		put(word);
		column += 1 + word.n;
	}
	putchar('\n');
}

static void
put_remarks(const struct zone_plan *p, const struct lint *l)
{
	struct arena *a = p->arena;

	for (size_t i = 0; i < l->n; i++) {
		const struct finding *x = &l->finding[i];
		if (x->cause || is_meant(p, x))
			continue;
		str hint = x->hint.n > 0
				   ? STR_CAT(a, STR(" ("), x->hint, STR(")"))
				   : STR("");
		put_comment(a, STR_CAT(a, severity_word(x->severity), STR(": "),
				       x->message, hint));
	}
}

static void
put_record(const struct zone_plan *p, size_t i)
{
	const struct zone_record *r = &p->record[i];

	printf("\n; %s\n", r->why);
	put_txt(p->arena, r->owner, r->text);
	put_remarks(p, &p->lint[i]);
}

/* Another domain must say that it takes the reports. (RFC 9990 4) */
static void
put_report_consent(const struct zone_plan *p)
{
	str host = str_skip(p->reports, str_rfind(p->reports, '@') + 1);

	if (!p->reports.p || domain_at_or_below(host, p->domain) ||
		domain_at_or_below(p->domain, host))
		return;
	puts("\n; Reports go to another domain only when its own zone agrees "
	     "by a record,\n; which services for everybody, as gmail.com, do "
	     "not have:");
	put(STR("; "));
	put_txt(p->arena,
		STR_CAT(p->arena, p->domain, STR("._report._dmarc."), host),
		STR("v=DMARC1"));
}

static void
put_policy(const struct zone_plan *p)
{
	struct arena *a = p->arena;

	if (!p->o->setup.sts)
		return;
	put(STR_CAT(a, STR("\n; Serve this as https://mta-sts."), p->domain,
		STR("/.well-known/mta-sts.txt,\n"
		    "; with a line mx: for each of your MX hosts:\n"
		    ";\n"
		    ";\tversion: STSv1\n"
		    ";\tmode: testing\n"
		    ";\tmx: mail."),
		p->domain,
		STR("\n"
		    ";\tmax_age: 604800\n"
		    ";\n"
		    "; After some weeks of quiet TLS reports: mode: "
		    "enforce.\n")));
}

/* A service makes its keys itself. */
static bool
has_server(const struct setup_options *s)
{
	return s->networks + s->hosts > 0 || s->mx;
}

/* "-S s1,s2 " */
static str
selectors_option(struct arena *a, const struct sign_options *s)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < s->keys; i++) {
		buf_add(&b, i == 0 ? STR("-S ") : STR(","));
		buf_add(&b, s->selector[i]);
	}
	buf_add(&b, s->keys > 0 ? STR(" ") : STR(""));
	return buf_str(&b);
}

static void
put_next(const struct zone_plan *p)
{
	const struct options *o = p->o;
	struct arena *a = p->arena;

	puts("\n; Next");
	if (o->sign.keys == 0 && has_server(&o->setup))
		put(STR_CAT(a, STR("; - make a key: mailauth keygen -d "),
			p->domain,
			STR(" -s s1\n;   and come back with -k s1.private "
			    "-s s1\n")));
	for (size_t i = 0; i < o->setup.services; i++)
		put(STR_CAT(a, STR("; - turn DKIM on at "),
			o->setup.service[i]->title, STR(" for "), p->domain,
			STR(", and publish what it shows\n")));
	if (p->reports.p && !o->setup.reports.p)
		put(STR_CAT(a, STR("; - see that mail to "), p->reports,
			STR(" arrives\n")));
	put(STR_CAT(a,
		STR("; - publish the records, then look: mailauth "
		    "domain "),
		selectors_option(a, &o->sign), p->domain, STR("\n")));
	if (o->setup.never)
		return;
	puts("; - send a mail to yourself, save it as it is: mailauth FILE\n"
	     "; - read the reports for two to four weeks, and mend who fails\n"
	     "; - then p=quarantine, weeks later p=reject; ~all becomes -all");
}

static void
put_null_mx(const struct zone_plan *p)
{
	struct arena *a = p->arena;

	if (!p->o->setup.never)
		return;
	put(STR_CAT(a,
		STR("\n; Null MX: nor does it take any, and no key is one of "
		    "its own.\n"),
		p->domain, STR(". IN MX 0 .\n*._domainkey."), p->domain,
		STR(". IN TXT \"v=DKIM1; p=\"\n")));
}

bool
setup_print_zone(const struct options *o, const str *key_record)
{
	struct arena *a = o->arena;
	struct zone_plan p = { .o = o, .arena = a, .domain = o->setup.domain };

	/* a domain with a null MX takes no reports either */
	if (o->setup.reports.p || !o->setup.never)
		p.reports =
			o->setup.reports.p
				? o->setup.reports
				: STR_CAT(a, STR("dmarc-reports@"), p.domain);
	add_spf(&p);
	add_dkim(&p, key_record);
	add_dmarc(&p);
	add_transport(&p);
	if (!is_sound(&p))
		return false;
	put(STR_CAT(a, STR("; Mail authentication of "), p.domain,
		STR(": for its zone.\n")));
	for (size_t i = 0; i < p.n; i++)
		put_record(&p, i);
	put_null_mx(&p);
	put_report_consent(&p);
	put_policy(&p);
	put_next(&p);
	return true;
}
