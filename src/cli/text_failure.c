/*
 * text_failure.c - a failure report for a person: whose mail was refused and
 * why, what is known of the mail, and what to do.
 */
#include "reports_print.h"

#include "mailauth/buf.h"
#include "mailauth/time.h"

enum {
	LABEL_AT = 2,
	TEXT_AT = 14,
	HINT_AT = 3,
	SHOWN_OCTETS = 200, /* of a value, without -v */
	SHOWN_VALUES = 4    /* of a field that is repeated, the same */
};

struct page {
	struct screen *screen;
	struct arena *arena;
	const struct failure *failure;
	bool verbose;
};

/* --- words ----------------------------------------------------------- */

struct word {
	str word, name, text;
};

/* Delivery-Result (RFC 6591 3.2.2) */
static const struct word outcomes[] = {
	{ STR_INIT("reject"), STR_INIT("REFUSED"), STR_INIT("it was refused") },
	{ STR_INIT("policy"), STR_INIT("KEPT BACK"),
		STR_INIT("it was kept out of the inbox") },
	{ STR_INIT("spam"), STR_INIT("SPAM"),
		STR_INIT("it went into the folder for spam") },
	{ STR_INIT("delivered"), STR_INIT("DELIVERED"),
		STR_INIT("it was delivered") },
};

/* Auth-Failure (RFC 6591 3.3, RFC 9991) */
static const struct word reasons[] = {
	{ STR_INIT("dmarc"), STR_INIT("DMARC"),
		STR_INIT("no check passed for the domain in From") },
	{ STR_INIT("spf"), STR_INIT("SPF"),
		STR_INIT("the SPF record does not name the address, or cannot "
			 "be used") },
	{ STR_INIT("bodyhash"), STR_INIT("DKIM"),
		STR_INIT("the body was changed after it was signed") },
	{ STR_INIT("signature"), STR_INIT("DKIM"),
		STR_INIT("the signature does not fit the header section or the "
			 "key") },
	{ STR_INIT("revoked"), STR_INIT("DKIM"),
		STR_INIT("the key of the signature is revoked") },
	{ STR_INIT("adsp"), STR_INIT("ADSP"),
		STR_INIT("it is not signed as the ADSP record asks; such "
			 "records are history") },
};

/* Feedback-Type: what people say (RFC 5965 7.3, RFC 6430) */
static const struct word complaints[] = {
	{ STR_INIT("abuse"), STR_INIT("COMPLAINT"),
		STR_INIT("was called spam by a recipient") },
	{ STR_INIT("fraud"), STR_INIT("COMPLAINT"),
		STR_INIT("was called a fraud") },
	{ STR_INIT("virus"), STR_INIT("COMPLAINT"),
		STR_INIT("was said to hold a virus") },
	{ STR_INIT("not-spam"), STR_INIT("NOT SPAM"),
		STR_INIT("was taken for spam, which a recipient denies") },
};

static const struct word *
find(const struct word *w, size_t n, str word)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieq(w[i].word, word))
			return &w[i];
	return NULL;
}

#define FIND(words, word) find((words), sizeof(words) / sizeof(*(words)), word)

/* --- pieces ---------------------------------------------------------- */

static str
shown(const struct page *p, str value)
{
	if (p->verbose || value.n <= SHOWN_OCTETS)
		return value;
	return STR_CAT(p->arena, str_sub(value, 0, SHOWN_OCTETS), STR(" .."));
}

static void
put_row(struct page *p, const char *label, str text)
{
	screen_row(
		p->screen, LABEL_AT, TEXT_AT, str_from(label), shown(p, text));
}

static void
put_rows(struct page *p, const char *label, struct failure_values v)
{
	size_t n = p->verbose || v.n < SHOWN_VALUES ? v.n : SHOWN_VALUES;

	for (size_t i = 0; i < n; i++)
		put_row(p, i == 0 ? label : "", v.value[i]);
	if (n < v.n)
		put_row(p, "",
			STR_CAT(p->arena, STR("+"),
				str_count(p->arena, v.n - n), STR(" more")));
}

static str
source(const struct page *p)
{
	const struct failure *f = p->failure;

	return f->ip.family ? ip_format(p->arena, f->ip) : f->source;
}

static str
domain_of(str address)
{
	return str_skip(address, str_rfind(address, '@') + 1);
}

/* Whose name it is about: that which the reader sees, if it is known. */
static str
author(const struct failure *f)
{
	if (f->header_from.n > 0)
		return f->header_from;
	return f->domain.n > 0 ? f->domain : domain_of(f->mail_from);
}

/* --- the first line -------------------------------------------------- */

/*
 * The one of the two that failed, or absent.  By fo=1 a report comes though the
 * other passed, which is enough for DMARC. (RFC 9989 4.7)
 */
static str
one_failed(const struct failure *f)
{
	bool dkim = failure_has(f->aligned, STR("dkim"));
	bool spf = failure_has(f->aligned, STR("spf"));

	if (dkim == spf)
		return (str){ 0 };
	return dkim ? STR("DKIM") : STR("SPF");
}

/* "DMARC, DKIM"; words that are not known as they are */
static str
checks(const struct page *p)
{
	struct buf b = { .arena = p->arena };
	str one = one_failed(p->failure), last = { 0 };

	for (str rest = p->failure->failed, word;
		str_split(&rest, ',', &word);) {
		word = str_trim_wsp(word);
		const struct word *w = FIND(reasons, word);
		if (w != NULL)
			word = str_eq(w->name, STR("DMARC")) && one.p ? one
								      : w->name;
		if (word.n == 0 || str_eq(word, last))
			continue;
		buf_add(&b, b.n > 0 ? STR(", ") : STR(""));
		buf_add(&b, word);
		last = word;
	}
	return b.n > 0 ? buf_str(&b) : STR("its checks");
}

/* "a mail by b.example from 192.0.2.7 " */
static str
mail(const struct page *p)
{
	uint64_t n = p->failure->incidents;
	struct arena *a = p->arena;
	str who = author(p->failure), from = source(p);

	return STR_CAT(a,
		n == 1 ? STR("a mail")
		       : STR_CAT(a, str_count(a, n), STR(" mails")),
		who.n > 0 ? STR(" by ") : STR(""), shown(p, who),
		from.n > 0 ? STR(" from ") : STR(""), shown(p, from), STR(" "));
}

static bool
is_complaint(const struct failure *f)
{
	return f->failed.n == 0 && !str_ieq(f->type, STR("auth-failure"));
}

static void
put_headline(struct page *p, const char *file)
{
	const struct failure *f = p->failure;
	struct arena *a = p->arena;
	const struct word *w = FIND(outcomes, f->result);
	bool delivered = str_ieq(f->result, STR("delivered"));
	str loud = STR("FAILED"), what;

	if (is_complaint(f)) {
		w = FIND(complaints, f->type);
		what = w != NULL ? w->text
				 : STR_CAT(a, STR("was reported: "),
					   shown(p, f->type));
		loud = STR("REPORTED");
	} else {
		what = STR_CAT(a, STR("failed "), shown(p, checks(p)));
	}
	screen_headline(p->screen, delivered ? TINT_DOUBT : TINT_BAD,
		w != NULL ? w->name : loud, file, STR_CAT(a, mail(p), what));
	screen_end(p->screen);
}

/* --- the mail -------------------------------------------------------- */

static void
put_message(struct page *p)
{
	const struct failure *f = p->failure;
	str sender = f->mail_from.p && f->mail_from.n == 0 ? STR("<>")
							   : f->mail_from;

	put_row(p, "From", f->from);
	put_row(p, "Subject", f->subject);
	if (p->verbose) {
		put_row(p, "Date", f->date);
		put_row(p, "Message-ID", f->message_id);
	}
	put_row(p, "Source", source(p));
	put_row(p, "MAIL FROM", sender);
	put_rows(p, "RCPT TO", f->rcpt_to);
	if (p->verbose)
		put_row(p, "Envelope", f->envelope_id);
}

/* --- why ------------------------------------------------------------- */

static str
reason(const struct page *p, str word)
{
	const struct word *w = FIND(reasons, word);

	if (w == NULL)
		return word;
	if (str_eq(w->name, STR("DMARC")) && one_failed(p->failure).p)
		return STR_CAT(p->arena, w->word,
			STR(": one of two checks failed, and the other is "
			    "enough"));
	return STR_CAT(p->arena, w->word, STR(": "), w->text);
}

static void
put_reasons(struct page *p)
{
	const char *label = "Failed";

	for (str rest = p->failure->failed, word; str_split(&rest, ',', &word);
		label = "")
		put_row(p, label, reason(p, str_trim_wsp(word)));
}

static str
alignment(const struct page *p)
{
	str words = p->failure->aligned, one = one_failed(p->failure);

	if (one.p)
		return STR_CAT(p->arena, one, STR(" has no aligned pass"));
	if (failure_has(words, STR("dkim")))
		return STR("neither DKIM nor SPF has an aligned pass");
	return failure_has(words, STR("none"))
		       ? STR("neither DKIM nor SPF lacks an aligned pass")
		       : words;
}

static str
signature(const struct page *p)
{
	const struct failure *f = p->failure;
	const struct {
		str before, value;
	} parts[] = {
		{ STR("d="), f->dkim_domain },
		{ STR("s="), f->dkim_selector },
		{ STR("i="), f->dkim_identity },
	};
	struct buf b = { .arena = p->arena };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].value.n == 0)
			continue;
		buf_add(&b, b.n > 0 ? STR(" ") : STR(""));
		buf_add(&b, parts[i].before);
		buf_add(&b, parts[i].value);
	}
	return buf_str(&b);
}

static void
put_why(struct page *p)
{
	const struct failure *f = p->failure;

	put_reasons(p);
	put_row(p, "Alignment", alignment(p));
	put_row(p, "DKIM", signature(p));
	put_rows(p, "SPF", f->spf_dns);
	put_rows(p, "Results", f->authentication);
}

/* --- the report ------------------------------------------------------ */

static void
put_report(struct page *p)
{
	const struct failure *f = p->failure;
	const struct word *w = FIND(outcomes, f->result);
	bool both = f->reporter.n > 0 && f->user_agent.n > 0;

	put_row(p, "Outcome", w != NULL ? w->text : f->result);
	put_row(p, "Reporter",
		STR_CAT(p->arena, f->reporter, both ? STR(", by ") : STR(""),
			f->user_agent));
	if (f->arrival != TIME_UNKNOWN)
		put_row(p, "Arrived",
			time_format_rfc3339(p->arena, f->arrival));
	for (size_t i = 0; p->verbose && i < f->notes; i++)
		put_row(p, i == 0 ? "Notes" : "", f->note[i]);
}

/* --- what to do ------------------------------------------------------ */

/* What a signature that aligns has in d=. */
static str
by_dkim(const struct page *p)
{
	return STR_CAT(
		p->arena, STR("sign with d="), shown(p, author(p->failure)));
}

static str
by_spf(const struct page *p)
{
	return STR_CAT(p->arena, STR("send with a MAIL FROM of "),
		shown(p, author(p->failure)),
		STR(", from an address that its SPF record names"));
}

static str
mend_dmarc(const struct page *p)
{
	bool dkim = failure_has(p->failure->aligned, STR("dkim"));
	bool spf = failure_has(p->failure->aligned, STR("spf"));

	if (author(p->failure).n == 0)
		return STR("sign with the domain in From");
	if (dkim == spf)
		return STR_CAT(p->arena, by_dkim(p), STR(", or "), by_spf(p));
	return dkim ? by_dkim(p) : by_spf(p);
}

static str
key_name(const struct page *p)
{
	const struct failure *f = p->failure;

	if (f->dkim_selector.n == 0 || f->dkim_domain.n == 0)
		return STR("the key");
	return STR_CAT(p->arena, STR("the key "), shown(p, f->dkim_selector),
		STR("._domainkey."), shown(p, f->dkim_domain));
}

static str
mend(const struct page *p)
{
	str failed = p->failure->failed;
	str from = source(p);

	if (failure_has(failed, STR("bodyhash")))
		return STR("sign last; find what changes the body: a footer, "
			   "a scanner, a list");
	if (failure_has(failed, STR("signature")))
		return STR_CAT(p->arena, STR("see whether "), key_name(p),
			STR(" is the one that signs, and what changes header "
			    "fields"));
	if (failure_has(failed, STR("revoked")))
		return STR_CAT(p->arena, STR("sign by another key; "),
			key_name(p), STR(" is revoked"));
	if (failure_has(failed, STR("dmarc")))
		return mend_dmarc(p);
	if (failure_has(failed, STR("spf")))
		return STR_CAT(p->arena, STR("put "),
			from.n > 0 ? shown(p, from) : STR("its address"),
			STR(" into the SPF record"));
	return STR("");
}

static void
put_hint(struct page *p, const char *what, str text)
{
	if (text.n == 0)
		return;
	screen_pad(p->screen, HINT_AT);
	screen_wrap(p->screen, HINT_AT + 2,
		STR_CAT(p->arena, STR("= "), str_from(what), STR(": "), text));
	screen_end(p->screen);
}

/* What passed by the other check is no forgery. */
static bool
may_be_forged(const struct failure *f)
{
	return !one_failed(f).p && !failure_has(f->aligned, STR("none"));
}

static void
put_hints(struct page *p)
{
	const struct failure *f = p->failure;
	bool delivered = str_ieq(f->result, STR("delivered"));

	if (!is_complaint(f)) {
		screen_end(p->screen);
		put_hint(p, "if it was yours", mend(p));
		if (may_be_forged(f))
			put_hint(p, "if not",
				delivered ? STR("it was forwarded, or the name "
						"was forged; a policy of "
						"quarantine or reject keeps "
						"forged mail out")
					  : STR("it was forwarded, or the name "
						"was forged; nothing is to be "
						"done"));
	} else if (str_ieq(f->type, STR("abuse"))) {
		screen_end(p->screen);
		put_hint(p, "fix",
			STR("take the recipient off the list, and find out how "
			    "the address came onto it"));
	}
}

void
text_failure(struct screen *s, struct arena *a, const char *file,
	const struct failure *f, bool verbose)
{
	struct arena_mark mark = arena_mark(a);
	struct page p = { s, a, f, verbose };

	put_headline(&p, file);
	put_message(&p);
	put_why(&p);
	put_report(&p);
	put_hints(&p);
	arena_rewind(a, mark);
}
