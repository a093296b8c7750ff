/*
 * report.c - what the ways to print a report have in common.
 */
#include "report.h"
#include "mailauth/buf.h"

int
report_exit(enum result r)
{
	if (r == RESULT_PASS)
		return EXIT_PASS;
	return r == RESULT_TEMPERROR ? EXIT_TEMPORARY : EXIT_NOT;
}

str
report_file(const struct report *r)
{
	str name = str_from(r->file);

	if (r->number == 0)
		return name;
	return STR_CAT(
		r->arena, name, STR(":"), str_number(r->arena, r->number));
}

/* --- the client ------------------------------------------------------ */

str
report_source(const struct report *r, enum client_source source)
{
	switch (source) {
	case SOURCE_OPTION: return STR("option");
	case SOURCE_RECEIVED:
		return STR_CAT(r->arena, STR("Received line "),
			str_number(r->arena, r->client->line));
	case SOURCE_RECEIVED_SPF: return STR("Received-SPF");
	case SOURCE_RETURN_PATH: return STR("Return-Path");
	case SOURCE_NONE: break;
	}
	return (str){ 0 };
}

/* --- alignment ------------------------------------------------------- */

bool
report_spf_aligned(const struct report *r)
{
	return r->v->dmarc.spf_aligned && r->v->spf.result == RESULT_PASS;
}

bool
report_signature_aligned(const struct report *r, size_t i)
{
	return r->v->dmarc.dkim_aligned != NULL &&
	       r->v->dmarc.dkim_aligned[i] &&
	       r->v->dkim[i].result == RESULT_PASS;
}

bool
report_dkim_aligned(const struct report *r)
{
	for (size_t i = 0; i < r->v->dkim_facts.n; i++)
		if (report_signature_aligned(r, i))
			return true;
	return false;
}

bool
report_is_pass_by_dkim(const struct report *r)
{
	return r->v->result == RESULT_PASS && report_dkim_aligned(r);
}

str
report_aligned(const struct report *r)
{
	bool dkim = report_dkim_aligned(r);

	if (report_spf_aligned(r))
		return dkim ? STR("spf,dkim") : STR("spf");
	return dkim ? STR("dkim") : STR("none");
}

/* Several DKIM results are a pass when one of them is. */
str
report_claim(const struct authres *saw, str method)
{
	str word = { 0 };

	for (size_t i = 0; i < saw->n; i++) {
		const struct authres_result *r = &saw->result[i];

		if (!str_eq(r->method, method))
			continue;
		if (!word.p || str_eq(r->result, STR("pass")))
			word = r->result;
	}
	return word;
}

/* "spf=pass smtp.mailfrom=a@example.com; dkim=pass header.d=example.com" */
str
report_claims(struct arena *a, const struct authres *saw)
{
	static const char *const worth[] = { "smtp.mailfrom", "header.d",
		"header.i", "header.from" };
	struct buf b = { .arena = a };

	for (size_t i = 0; i < saw->n; i++) {
		const struct authres_result *r = &saw->result[i];

		buf_add(&b, b.n > 0 ? STR("; ") : STR(""));
		buf_add(&b, r->method);
		buf_char(&b, '=');
		buf_add(&b, r->result);
		for (size_t k = 0; k < sizeof(worth) / sizeof(worth[0]); k++) {
			str value = authres_value(r, str_from(worth[k]));
			/* without d=, i= names the signer */
			bool same = k == 2 &&
				    authres_value(r, STR("header.d")).p != NULL;
			if (!value.p || same)
				continue;
			buf_char(&b, ' ');
			buf_add(&b, str_from(worth[k]));
			buf_char(&b, '=');
			buf_add(&b, value);
		}
	}
	if (b.n == 0)
		buf_add(&b, saw->none ? STR("none") : STR("nothing"));
	return buf_str(&b);
}
