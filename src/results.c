/*
 * results.c - what was found, as an Authentication-Results field. (RFC 8601)
 *
 * Of the sender's words only those stand in it that a check has looked at, and
 * of an address only its domain. (RFC 8601 2.7.2, 4)
 */
#include "mailauth/auth.h"

static bool
needs_reason(enum result r)
{
	return r != RESULT_PASS && r != RESULT_NONE;
}

static void
add_result(struct authres_writer *w, str method, enum result r, str reason)
{
	authres_add(w, method, r);
	if (needs_reason(r) && reason.n > 0)
		authres_add_reason(w, reason);
}

static void
add_known(struct authres_writer *w, str key, str value)
{
	if (value.n > 0)
		authres_add_property(w, key, value);
}

/* The identity that was asked about; nothing when there was no client. */
static void
add_spf(struct authres_writer *w, const struct auth_verdict *v,
	const struct client *c)
{
	const struct spf_verdict *spf = c->mail_from.p ? &v->spf : &v->spf_helo;

	if (c->ip.family == 0 || spf->domain.n == 0)
		return;
	add_result(w, STR("spf"), spf->result, spf->reason);
	authres_add_property(w,
		c->mail_from.n > 0 ? STR("smtp.mailfrom") : STR("smtp.helo"),
		spf->domain);
}

/* --- DKIM ------------------------------------------------------------ */

static size_t
common_prefix(str a, str b)
{
	size_t n = 0;

	while (n < a.n && n < b.n && a.p[n] == b.p[n])
		n++;
	return n;
}

/* So much of b= as tells it from all others. (RFC 6008 4) */
static str
distinct_part(const str *text, size_t n, size_t which)
{
	enum { LEAST = 8 };
	size_t need = LEAST;

	for (size_t i = 0; i < n; i++) {
		size_t same = common_prefix(text[i], text[which]);
		if (i != which && same >= need && !str_eq(text[i], text[which]))
			need = same + 1;
	}
	return str_sub(text[which], 0, need);
}

/* Never cut: it might end behind a domain that is not the signer's. */
static str
short_identity(str id)
{
	if (id.n > AUTHRES_MAX_VALUE)
		id = str_skip(id, str_rfind(id, '@'));
	return id.n > AUTHRES_MAX_VALUE ? (str){ 0 } : id;
}

static void
add_signature(struct authres_writer *w, const struct dkim_signature *sig,
	const struct dkim_verdict *v, str part)
{
	const struct dkim_signer *s = &sig->signer;

	add_result(w, STR("dkim"), v->result, v->reason);
	add_known(w, STR("header.d"),
		s->domain_ascii.p ? s->domain_ascii : s->domain);
	add_known(w, STR("header.i"), short_identity(sig->identity));
	add_known(w, STR("header.s"),
		s->selector_ascii.p ? s->selector_ascii : s->selector);
	add_known(w, STR("header.a"), s->algorithm);
	add_known(w, STR("header.b"), part);
}

/* Those of many that were verified; a message without any is none. */
static void
add_dkim(
	struct authres_writer *w, struct arena *a, const struct auth_verdict *v)
{
	const struct dkim_signature *shown[DKIM_MAX_SIGNATURES];
	const struct dkim_verdict *verdict[DKIM_MAX_SIGNATURES];
	str text[DKIM_MAX_SIGNATURES];
	const struct dkim_facts *f = &v->dkim_facts;
	size_t n = 0;

	for (size_t i = 0; i < f->n && n < DKIM_MAX_SIGNATURES; i++) {
		if (f->n > DKIM_MAX_SIGNATURES &&
			f->signature[i].hash == SIZE_MAX)
			continue;
		shown[n] = &f->signature[i];
		text[n] = dkim_signature_text(
			a, &shown[n]->signer, AUTHRES_MAX_VALUE);
		verdict[n++] = &v->dkim[i];
	}
	for (size_t i = 0; i < n; i++)
		add_signature(
			w, shown[i], verdict[i], distinct_part(text, n, i));
	if (n == 0)
		authres_add(w, STR("dkim"), RESULT_NONE);
}

/* --- ARC and DMARC --------------------------------------------------- */

/* RFC 8617 10.1, 10.2 */
static void
add_arc(struct authres_writer *w, struct arena *a, const struct auth_verdict *v,
	const struct client *c)
{
	const struct arc_verdict *arc = &v->arc;

	add_result(w, STR("arc"), arc->result, arc->reason);
	if (arc->result == RESULT_NONE)
		return;
	if (c->ip.family != 0)
		authres_add_property(
			w, STR("smtp.remote-ip"), ip_format(a, c->ip));
	if (arc->result == RESULT_PASS)
		authres_add_property(w, STR("header.oldest-pass"),
			str_number(a, arc->oldest_pass));
}

/* RFC 9989 9.1 */
static void
add_dmarc(struct authres_writer *w, const struct auth_verdict *v)
{
	const struct dmarc_verdict *d = &v->dmarc;

	add_result(w, STR("dmarc"), d->result, d->reason);
	add_known(w, STR("header.from"), d->domain);
	if (d->result == RESULT_FAIL)
		add_known(w, STR("policy.dmarc"),
			dmarc_policy_word(d->disposition));
}

str
auth_results_field(struct arena *a, const struct auth_verdict *v,
	const struct client *c, str authserv_id)
{
	struct authres_writer w;

	authres_begin(&w, a, authserv_id);
	add_spf(&w, v, c);
	add_dkim(&w, a, v);
	add_arc(&w, a, v, c);
	add_dmarc(&w, v);
	return authres_end(&w);
}
