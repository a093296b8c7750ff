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

/* Once the first is answered, all were asked for already. */
static const struct dns_answer *
ask(struct arena *a, struct dns *dns, const str *names, size_t ahead)
{
	str first = record_name(a, names[0]);
	const struct dns_answer *known = dns_known(dns, DNS_TXT, first);

	if (known->status != DNS_UNKNOWN)
		return known;
	for (size_t i = 0; i < ahead; i++)
		dns_ask_ahead(
			dns, DNS_TXT, i > 0 ? record_name(a, names[i]) : first);
	return dns_ask(dns, DNS_TXT, first);
}

const struct dns_answer *
dmarc_fetch(struct arena *a, struct dns *dns, const str *names, size_t ahead,
	struct dmarc_found *out, bool *several)
{
	const struct dns_answer *answer = ask(a, dns, names, ahead);
	size_t n = 0;

	for (size_t i = 0; i < answer->n; i++) {
		struct dmarc_record r = dmarc_record_recall(
			dns_shelf(dns), a, answer->rr[i].data);
		if (r.valid && n++ == 0)
			*out = (struct dmarc_found){ .name = names[0],
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
