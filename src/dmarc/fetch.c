/*
 * fetch.c - the record at one name.
 */
#include "dmarc/discover.h"
#include "mailauth/buf.h"

static str
record_name(struct arena *a, str domain)
{
	return STR_CAT(a, STR("_dmarc."), domain);
}

void
dmarc_fetch_ahead(struct arena *a, struct dns *dns, const str *names, size_t n)
{
	str first = n > 0 ? record_name(a, names[0]) : (str){ 0 };

	/* once it is answered, all were asked for already */
	if (n == 0 || dns_known(dns, DNS_TXT, first)->status != DNS_UNKNOWN)
		return;
	dns_ask_ahead(dns, DNS_TXT, first);
	for (size_t i = 1; i < n; i++)
		dns_ask_ahead(dns, DNS_TXT, record_name(a, names[i]));
}

const struct dns_answer *
dmarc_fetch(struct arena *a, struct dns *dns, str name, struct dmarc_found *out,
	bool *several)
{
	const struct dns_answer *answer =
		dns_ask(dns, DNS_TXT, record_name(a, name));
	size_t n = 0;

	for (size_t i = 0; i < answer->n; i++) {
		struct dmarc_record r = dmarc_record_recall(
			dns_shelf(dns), a, answer->rr[i].data);
		if (r.valid && n++ == 0)
			*out = (struct dmarc_found){ .name = name,
				.record = r,
				.authentic = answer->authentic };
	}
	*several = n > 1;
	if (n != 1)
		*out = (struct dmarc_found){ 0 };
	return answer;
}

str
dmarc_reason_none(struct arena *a, str author)
{
	return STR_CAT(a, STR("there is no DMARC record for "), author);
}

str
dmarc_reason_failed(struct arena *a, str name)
{
	return STR_CAT(a, STR("the DNS gave no answer for _dmarc."), name);
}
