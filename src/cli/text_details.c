/*
 * text_details.c - what -v adds: where the client comes from, the SPF tree,
 * records, every tag of a signature that matters, the ARC sets.
 */
#include "report.h"

#include "mailauth/buf.h"

enum { TITLE_AT = 2, DETAIL_AT = 4 };

static void
title(struct screen *s, struct arena *a, str what, str of)
{
	screen_end(s);
	screen_pad(s, TITLE_AT);
	screen_wrap(s, DETAIL_AT, STR_CAT(a, what, of));
	screen_end(s);
}

/* --- the client ------------------------------------------------------ */

/* The value and, if it has one, its source. */
static str
with_source(const struct report *r, str value, enum client_source source)
{
	str from = report_source(r, source);

	return from.p ? STR_CAT(r->arena, value, STR(" ("), from, STR(")"))
		      : value;
}

static void
put_client(struct screen *s, const struct report *r)
{
	const struct client *c = r->client;
	struct arena *a = r->arena;
	str ip = c->ip.family ? ip_format(a, c->ip) : STR("not known");
	str helo = c->helo.p ? c->helo : STR("not known");
	str sender = !c->mail_from.p       ? STR("not known")
		     : c->mail_from.n == 0 ? STR("<>")
					   : c->mail_from;

	title(s, a, STR("Client"), STR(""));
	screen_item(
		s, DETAIL_AT, STR("address"), with_source(r, ip, c->ip_source));
	screen_item(s, DETAIL_AT, STR("HELO"),
		with_source(r, helo, c->helo_source));
	screen_item(s, DETAIL_AT, STR("MAIL FROM"),
		with_source(r, sender, c->mail_from_source));
}

/* --- the SPF tree ---------------------------------------------------- */

/* "mx (example.com: 10 mx1.example.com)" */
static void
add_asked(struct buf *b, const struct spf_step *step)
{
	buf_add(b, step->text);
	if (step->answer.n == 0)
		return;
	buf_add(b, STR(" ("));
	if (step->domain.n > 0) {
		buf_add(b, step->domain);
		buf_add(b, STR(": "));
	}
	buf_add(b, step->answer);
	buf_char(b, ')');
}

static void
put_term(struct screen *s, struct arena *a, const struct spf_step *step,
	size_t indent)
{
	struct buf b = { .arena = a };

	add_asked(&b, step);
	buf_add(&b, STR(": "));
	if (!step->evaluated)
		buf_add(&b, step->cost ? STR("not reached, would cost a lookup")
				       : STR("not reached"));
	else if (step->result == RESULT_PENDING)
		buf_add(&b, STR("no match"));
	else
		buf_add(&b, result_word(step->result));
	if (step->evaluated && step->matched)
		buf_add(&b, STR(", decides"));
	if (step->evaluated && step->lookups > 0) {
		buf_add(&b, STR(", lookups "));
		buf_uint(&b, step->lookups);
		buf_add(&b, STR("/10"));
	}
	screen_pad(s, indent);
	screen_put(s, TINT_STRONG, step->matched ? STR("> ") : STR("  "));
	screen_wrap(s, indent + 4, buf_str(&b));
	screen_end(s);
}

static str
quoted(struct arena *a, str text)
{
	return STR_CAT(a, STR("\""), text, STR("\""));
}

static void
put_record(struct screen *s, struct arena *a, const struct spf_step *step,
	size_t indent)
{
	str result = STR("");

	if (step->result != RESULT_PENDING)
		result = STR_CAT(a, STR(": "), result_word(step->result));
	str text = step->text.p ? quoted(a, step->text) : step->answer;
	screen_pad(s, indent);
	screen_wrap(s, indent + 4,
		STR_CAT(a, step->domain, STR(": "), text, result));
	screen_end(s);
}

/* Where only one may be: none of them was used. */
static void
put_records(struct screen *s, const struct report *r,
	const struct spf_step *step, size_t indent)
{
	const struct dns_answer *answer =
		dns_ask(r->dns, DNS_TXT, step->domain);
	struct spf_step all = *step;
	size_t n = 0;

	for (size_t i = 0; i < answer->n; i++)
		n += spf_is_record(answer->rr[i].data);
	all.answer =
		STR_CAT(r->arena, str_number(r->arena, n), STR(" SPF records"));
	put_record(s, r->arena, &all, indent);
	for (size_t i = 0; i < answer->n; i++) {
		if (!spf_is_record(answer->rr[i].data))
			continue;
		screen_pad(s, indent + 2);
		screen_wrap(
			s, indent + 6, quoted(r->arena, answer->rr[i].data));
		screen_end(s);
	}
}

static void
put_step(struct screen *s, const struct report *r, const struct spf_verdict *v,
	const struct spf_step *step)
{
	enum { DEEPEST = 8 }; /* further in there is no room left */
	size_t depth = step->depth < DEEPEST ? step->depth : DEEPEST;
	bool several = v->error == SPF_ERROR_MULTIPLE && !step->text.p &&
		       str_ieq(step->domain, v->error_name);

	if (!step->record)
		put_term(s, r->arena, step, DETAIL_AT - 2 + 2 * depth);
	else if (several)
		put_records(s, r, step, DETAIL_AT + 2 * depth);
	else
		put_record(s, r->arena, step, DETAIL_AT + 2 * depth);
}

void
text_tree(struct screen *s, const struct report *r, const struct spf_verdict *v)
{
	struct arena *a = r->arena;

	if (v->steps == 0)
		return;
	title(s, a, STR("SPF of "),
		STR_CAT(a, v->domain,
			v->scope == SPF_HELO ? STR(" (HELO)")
					     : STR(" (MAIL FROM)"),
			STR(": lookups "), str_number(a, v->lookups),
			STR("/10, void "), str_number(a, v->voids), STR("/2")));
	for (size_t i = 0; i < v->steps; i++)
		put_step(s, r, v, &v->step[i]);
	if (v->reason.n > 0)
		screen_item(s, DETAIL_AT, STR("why"), v->reason);
}

/* --- DKIM ------------------------------------------------------------ */

static str
canon_word(enum canon canon)
{
	return canon == CANON_RELAXED ? STR("relaxed") : STR("simple");
}

static str
time_tag(struct arena *a, str tag, int64_t time)
{
	if (time == TIME_UNKNOWN)
		return STR("");
	return STR_CAT(a, tag, time_format_rfc3339(a, time));
}

static void
put_tags(struct screen *s, struct arena *a, const struct dkim_signature *sig)
{
	str length = STR("");

	if (sig->length != BODY_WHOLE)
		length = STR_CAT(a, STR(" l="), str_number(a, sig->length));
	screen_item(s, DETAIL_AT, STR("tags"),
		STR_CAT(a, STR("a="), sig->signer.algorithm, STR(" c="),
			canon_word(sig->header_canon), STR("/"),
			canon_word(sig->body_canon), STR(" d="),
			sig->signer.domain, STR(" s="), sig->signer.selector,
			sig->identity.n > 0 ? STR(" i=") : STR(""),
			sig->identity, length,
			time_tag(a, STR(" t="), sig->time),
			time_tag(a, STR(" x="), sig->expires)));
	screen_item(s, DETAIL_AT, STR("signs"), field_unfold(a, sig->headers));
}

static str
key_answer(const struct dkim_verdict *v)
{
	if (v->key_status != DNS_OK)
		return dns_status_word(v->key_status);
	return v->authentic ? STR("found, DNSSEC") : STR("found");
}

static str
checked_word(enum result result)
{
	return result == RESULT_NONE || result == RESULT_PENDING
		       ? STR("not checked")
		       : result_word(result);
}

static void
put_verified(struct screen *s, struct arena *a, const struct dkim_verdict *v)
{
	if (v->body_hash != RESULT_NONE || v->header_hash != RESULT_NONE)
		screen_item(s, DETAIL_AT, STR("hashes"),
			STR_CAT(a, STR("body "), checked_word(v->body_hash),
				STR(", headers "),
				checked_word(v->header_hash)));
	if (v->unsigned_bytes > 0)
		screen_item(s, DETAIL_AT, STR("not signed"),
			STR_CAT(a, str_count(a, v->unsigned_bytes),
				STR(" octets at the end of the body (l=)")));
	if (v->key_name.n > 0)
		screen_item(s, DETAIL_AT, STR("key"),
			STR_CAT(a, v->key_name, STR(" ("), key_answer(v),
				STR(")")));
	if (v->key_record.n > 0)
		screen_item(s, DETAIL_AT, STR("record"), v->key_record);
}

static void
put_signatures(struct screen *s, const struct report *r)
{
	struct arena *a = r->arena;
	const struct dkim_facts *facts = &r->v->dkim_facts;

	for (size_t i = 0; i < facts->n; i++) {
		const struct dkim_verdict *v = &r->v->dkim[i];

		title(s, a,
			STR_CAT(a, STR("DKIM signature "), str_number(a, i + 1),
				STR(": ")),
			result_word(v->result));
		put_tags(s, a, &facts->signature[i]);
		put_verified(s, a, v);
		if (v->reason.n > 0)
			screen_item(s, DETAIL_AT, STR("why"), v->reason);
	}
}

/* --- ARC ------------------------------------------------------------- */

static void
put_saw(struct screen *s, struct arena *a, const struct authres *saw,
	str nameless)
{
	str by = saw->authserv_id.p ? saw->authserv_id : nameless;

	screen_item(s, DETAIL_AT, STR("claims"),
		STR_CAT(a, by, STR(" saw "), report_claims(a, saw)));
	if (!saw->valid)
		screen_item(s, DETAIL_AT, STR("claims"),
			STR("the rest could not be read"));
}

static str
seal_tags(struct arena *a, const struct arc_seal *seal)
{
	return STR_CAT(a, STR("d="), seal->signer.domain, STR(" s="),
		seal->signer.selector, STR(" cv="), seal->cv);
}

static void
put_sets(struct screen *s, const struct report *r)
{
	struct arena *a = r->arena;
	const struct arc_facts *facts = &r->v->arc_facts;

	for (size_t i = 0; i < facts->n; i++) {
		const struct arc_set *set = &facts->set[i];

		title(s, a,
			STR_CAT(a, STR("ARC set "),
				str_number(a, set->instance)),
			STR(""));
		screen_item(s, DETAIL_AT, STR("seal"),
			set->seal.field ? seal_tags(a, &set->seal)
					: STR("missing"));
		if (set->results)
			put_saw(s, a, &set->saw, STR("its sealer"));
		/* a chain that is broken is not verified (RFC 8617 5.2) */
		if (r->v->arc.set == NULL)
			continue;
		const struct arc_set_verdict *v = &r->v->arc.set[i];
		screen_item(s, DETAIL_AT, STR("verified"),
			STR_CAT(a, STR("seal "), checked_word(v->seal),
				STR(", message signature "),
				checked_word(v->message_signature)));
		if (v->reason.n > 0)
			screen_item(s, DETAIL_AT, STR("why"), v->reason);
	}
	if (r->v->arc.reason.n > 0) {
		title(s, a, STR("ARC: "), r->v->arc.reason);
	}
}

/* --- recorded -------------------------------------------------------- */

/* "spf, dkim" */
static str
differing(struct arena *a, const struct auth_recorded *r)
{
	const struct {
		bool differs;
		str method;
	} one[] = {
		{ r->spf_differs, STR("SPF") },
		{ r->dkim_differs, STR("DKIM") },
		{ r->dmarc_differs, STR("DMARC") },
		{ r->arc_differs, STR("ARC") },
	};
	struct buf b = { .arena = a };

	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
		if (!one[i].differs)
			continue;
		buf_add(&b, b.n > 0 ? STR(", ") : STR(""));
		buf_add(&b, one[i].method);
	}
	return buf_str(&b);
}

/* What the hosts on the way have recorded; anybody can write such a field. */
static void
put_recorded(struct screen *s, const struct report *r)
{
	struct arena *a = r->arena;

	for (size_t i = 0; i < r->v->n_recorded; i++) {
		const struct auth_recorded *one = &r->v->recorded[i];
		str differs = differing(a, one);

		title(s, a, STR("Authentication-Results at Received line "),
			str_number(a, one->hop));
		put_saw(s, a, &one->saw, STR("a host without a name"));
		if (differs.n > 0)
			screen_item(s, DETAIL_AT, STR("not as today"), differs);
	}
}

/* --- DMARC ----------------------------------------------------------- */

static void
put_policy(struct screen *s, const struct report *r)
{
	struct arena *a = r->arena;
	const struct dmarc_verdict *d = &r->v->dmarc;

	title(s, a, STR("DMARC of "),
		d->domain.n > 0 ? d->domain : STR("no domain"));
	if (d->record.n > 0)
		screen_item(s, DETAIL_AT,
			STR_CAT(a, STR("_dmarc."), d->policy_domain),
			d->record);
	if (d->organizational.n > 0)
		screen_item(s, DETAIL_AT, STR("organizational domain"),
			STR_CAT(a, d->organizational,
				d->method == DMARC_PSL
					? STR(" (public suffix list)")
					: STR(" (tree walk)")));
	if (d->record.n > 0)
		screen_item(s, DETAIL_AT, STR("alignment"),
			STR_CAT(a, STR("SPF "),
				d->strict_spf ? STR("strict") : STR("relaxed"),
				STR(", DKIM "),
				d->strict_dkim ? STR("strict")
					       : STR("relaxed")));
	if (d->result == RESULT_FAIL)
		screen_item(s, DETAIL_AT, STR("asks receivers for"),
			dmarc_policy_word(d->disposition));
	if (d->reason.n > 0 && d->result != RESULT_FAIL) /* said above */
		screen_item(s, DETAIL_AT, STR("why"), d->reason);
}

void
text_now(struct screen *s, const struct report *r)
{
	const struct options *o = r->options;
	bool received = o->at_received && r->client->time != TIME_UNKNOWN;

	title(s, r->arena, STR("Judged at "),
		STR_CAT(r->arena, time_format_rfc3339(r->arena, r->now),
			received                ? STR(" (Received)")
			: o->at != TIME_UNKNOWN ? STR(" (--at)")
						: STR(" (the clock)")));
}

static void
put_effort(struct screen *s, const struct report *r)
{
	struct arena *a = r->arena;

	title(s, a,
		STR_CAT(a, str_count(a, r->questions), STR(" DNS questions, "),
			str_count(a, (uint64_t)(r->dns_ms + 0.5)), STR(" ms, "),
			str_number(a, r->v->passes)),
		r->v->passes == 1 ? STR(" pass") : STR(" passes"));
}

void
text_details(struct screen *s, const struct report *r)
{
	put_client(s, r);
	text_tree(s, r, &r->v->spf);
	text_tree(s, r, &r->v->spf_helo);
	put_signatures(s, r);
	put_sets(s, r);
	put_recorded(s, r);
	put_policy(s, r);
	text_now(s, r);
	put_effort(s, r);
}
