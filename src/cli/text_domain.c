/*
 * text_domain.c - what a domain publishes, for a person: a table with a line
 * for each thing, then what is wrong with it.
 */
#include "domain_report.h"

#include "mailauth/buf.h"

enum { LABEL_AT = 2, STATE_AT = 11, TEXT_AT = 20 };

static enum tint
tint_of(enum published_state state)
{
	switch (state) {
	case PUBLISHED_OK: return TINT_GOOD;
	case PUBLISHED_PROBLEM: return TINT_BAD;
	case PUBLISHED_WARNING:
	case PUBLISHED_UNKNOWN: return TINT_DOUBT;
	case PUBLISHED_UNASKED:
	case PUBLISHED_NONE: break;
	}
	return TINT_PLAIN;
}

struct table {
	struct screen *screen;
	struct arena *arena;
	bool verbose;
};

/* An empty label continues the line above. */
static void
put_row(struct table *t, const char *label, enum published_state state,
	str text)
{
	struct screen *s = t->screen;

	screen_pad(s, LABEL_AT);
	screen_put(s, TINT_PLAIN, str_from(label));
	screen_pad(s, STATE_AT);
	screen_put(s, tint_of(state), published_state_word(state));
	if (text.n > 0) {
		screen_pad(s, TEXT_AT);
		screen_wrap(s, TEXT_AT, text);
	}
	screen_end(s);
}

/* With -v, in full. */
static void
put_record(struct table *t, str name, str record)
{
	if (!t->verbose || !record.p)
		return;
	screen_pad(t->screen, TEXT_AT);
	screen_wrap(t->screen, TEXT_AT, STR_CAT(t->arena, name, STR(" TXT")));
	screen_end(t->screen);
	screen_pad(t->screen, TEXT_AT);
	screen_wrap(t->screen, TEXT_AT, record);
	screen_end(t->screen);
}

/* --- MX -------------------------------------------------------------- */

static str
addresses(struct arena *a, const struct published_host *h)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < h->addresses; i++) {
		const struct published_address *at = &h->address[i];
		buf_add(&b, i > 0 ? STR(", ") : STR(": "));
		buf_add(&b, ip_format(a, at->ip));
		if (at->ptr == PUBLISHED_UNASKED)
			continue;
		buf_add(&b, STR(" ("));
		buf_add(&b, at->name.n > 0 ? at->name : STR("PTR "));
		if (at->name.n == 0)
			buf_add(&b, published_state_word(at->ptr));
		else if (at->ptr != PUBLISHED_OK)
			buf_add(&b, STR(", not confirmed"));
		buf_char(&b, ')');
	}
	if (h->left_out > 0) {
		buf_add(&b, STR(", +"));
		buf_add(&b, str_count(a, h->left_out));
		buf_add(&b, STR(" more"));
	}
	return buf_str(&b);
}

static void
put_host(struct table *t, const struct published *d, size_t i)
{
	const struct published_host *h = &d->mx.host[i];
	struct arena *a = t->arena;
	str name = h->name.n > 0 ? h->name : STR(".");

	put_row(t, i == 0 ? "MX" : "", h->state,
		d->mx.implicit ? STR_CAT(a, STR("no MX, its own address"),
					 addresses(a, h))
			       : STR_CAT(a, str_number(a, h->preference),
					 STR(" "), name, addresses(a, h)));
}

static void
put_hosts(struct table *t, const struct published *d)
{
	const struct published_mx *mx = &d->mx;

	if (mx->null) {
		put_row(t, "MX", mx->state,
			STR("null MX: it takes no mail, and says so"));
		return;
	}
	if (mx->hosts == 0)
		put_row(t, "MX", mx->state,
			mx->state == PUBLISHED_UNKNOWN
				? STR("the DNS gave no answer")
				: STR("no MX, no address"));
	for (size_t i = 0; i < mx->hosts; i++)
		put_host(t, d, i);
	if (mx->left_out > 0)
		put_row(t, "", PUBLISHED_UNASKED,
			STR_CAT(t->arena, STR("+"),
				str_count(t->arena, mx->left_out),
				STR(" more hosts, not looked at")));
}

/* In the table; -v shows all of it below. */
static str
cut_short(struct arena *a, str text)
{
	enum { MOST = 160 };

	return text.n <= MOST
		       ? text
		       : STR_CAT(a, str_sub(text, 0, MOST - 2), STR(".."));
}

/* --- SPF ------------------------------------------------------------- */

static str
so_many(struct arena *a, uint64_t n, str word, str plural)
{
	return STR_CAT(a, str_count(a, n), word, n == 1 ? STR("") : plural);
}

static str
spf_words(struct arena *a, const struct published_spf *spf)
{
	if (spf->reason.n > 0)
		return cut_short(a, spf->reason);
	if (!spf->record.p)
		return STR("no record");
	str least = spf->complete ? STR("; ") : STR("; at least ");
	return STR_CAT(a, spf->end.n > 0 ? spf->end : STR("no all"), least,
		str_count(a, spf->lookups), STR(" of 10 lookups, "),
		str_number(a, spf->voids), STR(" void"), least,
		so_many(a, spf->addresses, STR(" address"), STR("es")),
		STR(" by ip4:"),
		spf->networks == 0 ? STR("")
				   : STR_CAT(a, STR(", "),
					     so_many(a, spf->networks,
						     STR(" network"), STR("s")),
					     STR(" by ip6:")));
}

/* --- DKIM ------------------------------------------------------------ */

str
domain_key_words(struct arena *a, const struct published_key *k)
{
	if (k->state == PUBLISHED_UNKNOWN)
		return STR("the DNS gave no answer");
	if (k->records == 0)
		return STR("no key");
	if (k->records > 1)
		return STR_CAT(a, str_count(a, k->records), STR(" records"));
	if (k->revoked)
		return STR("revoked");
	if (!k->works)
		return STR("no key that can be used");
	return STR_CAT(a,
		k->kind == KEY_ED25519
			? STR("ed25519")
			: STR_CAT(a, STR("rsa-"), str_number(a, k->bits)),
		k->testing ? STR(", test mode") : STR(""));
}

static str
key_name(struct arena *a, const struct published *d,
	const struct published_key *k)
{
	if (str_ieq(k->domain, d->domain))
		return k->selector;
	return STR_CAT(a, k->selector, STR(" of "), k->domain);
}

static void
put_keys(struct table *t, const struct published *d)
{
	struct arena *a = t->arena;

	if (d->tried == 0)
		put_row(t, "DKIM", PUBLISHED_UNASKED,
			STR("no selector given: -S NAME, --from-message "
			    "FILE, or --guess"));
	else if (d->keys == 0)
		put_row(t, "DKIM", PUBLISHED_NONE,
			STR_CAT(a, STR("no key at "), str_number(a, d->tried),
				STR(" common selectors; yours may be "
				    "another")));
	for (size_t i = 0; i < d->keys; i++) {
		const struct published_key *k = &d->key[i];
		str alias = k->alias.n > 0 && k->records > 0
				    ? STR_CAT(a, STR(", at "), k->alias)
				    : STR("");
		put_row(t, i == 0 ? "DKIM" : "", k->state,
			STR_CAT(a, key_name(a, d, k), STR(": "),
				domain_key_words(a, k), alias));
		put_record(t, k->name, k->record);
	}
}

/* --- DMARC ----------------------------------------------------------- */

static void
add_policy(struct buf *b, const char *tag, enum dmarc_policy policy)
{
	if (policy == DMARC_POLICY_UNKNOWN)
		return;
	buf_add(b, b->n > 0 ? STR(" ") : STR(""));
	buf_add(b, str_from(tag));
	buf_add(b, dmarc_policy_word(policy));
}

static str
dmarc_words(struct arena *a, const struct published *d)
{
	const struct published_dmarc *m = &d->dmarc;
	const struct dmarc_verdict *v = &m->verdict;
	struct buf b = { .arena = a };

	if (!m->record.valid)
		return v->discarded_name.p
			       ? STR_CAT(a, STR("several records at _dmarc."),
					 v->discarded_name)
			       : v->reason;
	if (m->record.p == DMARC_POLICY_UNKNOWN)
		buf_add(&b, STR("no p= that can be read"));
	add_policy(&b, "p=", m->record.p);
	add_policy(&b, "sp=", m->record.sp);
	add_policy(&b, "np=", m->record.np);
	buf_add(&b, m->record.testing ? STR(" t=y") : STR(""));
	if (str_ieq(v->policy_domain, d->domain))
		return buf_str(&b);
	buf_add(&b, STR(" at "));
	buf_add(&b, v->policy_domain);
	if (v->policy_tag.n > 0) {
		buf_add(&b, STR(": "));
		buf_add(&b, v->policy_tag);
		buf_char(&b, '=');
		buf_add(&b, dmarc_policy_word(v->policy));
		buf_add(&b, STR(" applies"));
	}
	return buf_str(&b);
}

static enum published_state
report_state(const struct published_report *r)
{
	if (r->mail == PUBLISHED_UNASKED) /* by HTTPS */
		return PUBLISHED_UNASKED;
	return r->authorized > r->mail ? r->authorized : r->mail;
}

static str
report_words(const struct published_report *r)
{
	if (r->elsewhere.p)
		return STR(", which names another host for it");
	if (r->authorized == PUBLISHED_WARNING)
		return STR(", which does not agree to it");
	if (r->mail == PUBLISHED_WARNING)
		return STR(", which takes no mail");
	return r->external && r->authorized == PUBLISHED_OK
		       ? STR(", which agrees to it")
		       : STR("");
}

static void
put_policy(struct table *t, const struct published *d)
{
	const struct published_dmarc *m = &d->dmarc;
	const struct dmarc_verdict *v = &m->verdict;
	struct arena *a = t->arena;

	put_row(t, "DMARC", m->state, dmarc_words(a, d));
	put_record(t, STR_CAT(a, STR("_dmarc."), v->policy_domain),
		m->record.valid ? v->record : (str){ 0 });
	for (size_t i = 0; i < m->reports; i++)
		put_row(t, "", report_state(&m->report[i]),
			STR_CAT(a,
				m->report[i].to.failure ? STR("ruf to ")
							: STR("rua to "),
				cut_short(a, m->report[i].to.uri),
				report_words(&m->report[i])));
	if (m->left_out > 0)
		put_row(t, "", PUBLISHED_UNASKED,
			STR_CAT(a, STR("+"), str_count(a, m->left_out),
				STR(" more report addresses, not looked at")));
}

/* --- the rest -------------------------------------------------------- */

static void
put_text(struct table *t, const char *label, const struct published_text *x,
	const char *none)
{
	str text = str_from(none);

	if (x->state == PUBLISHED_UNKNOWN)
		text = STR("the DNS gave no answer");
	else if (x->records > 1)
		text = STR_CAT(t->arena, str_count(t->arena, x->records),
			STR(" records at "), x->name);
	else if (x->records == 1)
		text = t->verbose ? STR("") : cut_short(t->arena, x->record);
	put_row(t, label, x->state, text);
	put_record(t, x->name, x->record);
}

/* What follows from others is shown with -v alone. */
static size_t
count_shown(const struct table *t, const struct published *d, size_t all,
	enum severity severity)
{
	for (size_t i = 0; i < d->findings && !t->verbose; i++)
		all -= d->finding[i].severity == severity &&
		       d->finding[i].cause;
	return all;
}

static void
put_headline(const struct table *t, const struct published *d)
{
	struct screen *s = t->screen;
	struct arena *a = t->arena;
	struct buf b = { .arena = a };
	const struct {
		size_t n;
		const char *word;
	} count[] = {
		{ count_shown(t, d, d->errors, SEVERITY_ERROR), " error" },
		{ count_shown(t, d, d->warnings, SEVERITY_WARNING),
			" warning" },
	};

	for (size_t i = 0; i < sizeof(count) / sizeof(count[0]); i++) {
		if (count[i].n == 0)
			continue;
		buf_add(&b, b.n > 0 ? STR(", ") : STR(""));
		buf_uint(&b, count[i].n);
		buf_add(&b, str_from(count[i].word));
		buf_add(&b, count[i].n > 1 ? STR("s") : STR(""));
	}
	if (d->state == PUBLISHED_UNKNOWN)
		buf_add(&b, b.n > 0 ? STR("; the DNS left questions open")
				    : STR("the DNS left questions open"));
	else if (b.n == 0)
		buf_add(&b, d->missing ? STR("no such domain")
				       : STR("nothing wrong was found"));
	screen_put(s, tint_of(d->state),
		d->state == PUBLISHED_OK        ? STR("OK")
		: d->state == PUBLISHED_WARNING ? STR("WARNING")
		: d->state == PUBLISHED_PROBLEM ? STR("PROBLEM")
						: STR("UNKNOWN"));
	screen_pad(s, s->column + 2);
	screen_wrap(s, 6, STR_CAT(a, d->domain, STR(": "), buf_str(&b)));
	screen_end(s);
	screen_end(s);
}

void
text_domain(struct screen *s, const struct report *r, const struct published *d)
{
	struct table t = { s, r->arena, r->options->verbose };

	put_headline(&t, d);
	put_hosts(&t, d);
	put_row(&t, "SPF", d->spf.state, spf_words(r->arena, &d->spf));
	put_record(&t, d->domain, d->spf.record);
	put_keys(&t, d);
	put_policy(&t, d);
	put_text(&t, "MTA-STS", &d->sts, "no record");
	put_text(&t, "TLS-RPT", &d->tlsrpt, "no record");
	put_text(&t, "BIMI", &d->bimi, "no record");
	text_findings(s, r);
	if (d->left_out > 0) {
		screen_wrap(s, 0,
			STR_CAT(r->arena, STR("+"),
				str_number(r->arena, d->left_out),
				STR(" more of the same kind, left out")));
		screen_end(s);
	}
}
