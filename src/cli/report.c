/*
 * report.c - what the ways to print a report have in common.
 */
#include "report.h"
#include "mailauth/buf.h"

static void
add_note(struct report *r, str code, str message, str hint)
{
	r->note[r->notes++] =
		(struct note){ .code = code, .message = message, .hint = hint };
}

static str
source_of_ip(const struct report *r)
{
	if (r->client->ip_source == SOURCE_RECEIVED_SPF)
		return STR("the Received-SPF line");
	return STR_CAT(r->arena, STR("Received line "),
		str_number(r->arena, r->client->line));
}

void
report_notes(struct report *r)
{
	const struct client *c = r->client;

	if (c->ip.family == 0)
		add_note(r, STR("spf-no-client"),
			STR("SPF not checked: no client address"),
			STR("give -i IP -f SENDER"));
	else if (c->ip_source != SOURCE_OPTION)
		add_note(r, STR("spf-ip-guessed"),
			STR_CAT(r->arena, STR("client "),
				ip_format(r->arena, c->ip), STR(" taken from "),
				source_of_ip(r)),
			STR("give -i, -e and -f from the SMTP log to be "
			    "sure"));
}

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

str
report_aligned(const struct report *r)
{
	bool dkim = report_dkim_aligned(r);

	if (report_spf_aligned(r))
		return dkim ? STR("spf,dkim") : STR("spf");
	return dkim ? STR("dkim") : STR("none");
}

str
report_unfold(struct arena *a, str value)
{
	struct buf b = { .arena = a };

	if (value.p == NULL)
		return value;
	value = str_trim_fws(value);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != '\r' && value.p[i] != '\n')
			buf_char(&b, value.p[i] == '\t' ? ' ' : value.p[i]);
	return buf_str(&b);
}
