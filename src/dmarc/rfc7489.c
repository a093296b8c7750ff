/*
 * rfc7489.c - policy discovery as it was before RFC 9989. (RFC 7489 6.6.3)
 */
#include "dmarc/discover.h"
#include "mailauth/buf.h"

struct dmarc_discovery
dmarc_discover_psl(struct arena *a, struct dns *dns,
	const struct suffix_list *suffixes, str author)
{
	struct dmarc_discovery d = { 0 };
	const struct dns_answer *answer;
	str names[] = { author,
		suffix_list_organizational(suffixes, a, author) };
	str name = author;
	bool several;

	d.organizational = names[1];
	answer = dmarc_fetch(a, dns, names, 2, &d.used, &several);
	if (!d.used.record.valid && !several && !dns_failed(answer) &&
		!str_eq(author, d.organizational)) {
		name = d.organizational;
		answer = dmarc_fetch(a, dns, &name, 0, &d.used, &several);
	}
	if (dns_failed(answer)) {
		d.result = RESULT_TEMPERROR;
		d.reason = dmarc_reason_failed(a, name);
	} else if (several) {
		/* processing ends here; RFC 9989 would walk on */
		d.result = RESULT_NONE;
		d.discarded_name = name;
		d.reason = STR_CAT(
			a, STR("there are several DMARC records for "), name);
	} else if (!d.used.record.valid) {
		d.result = RESULT_NONE;
		d.reason = dmarc_reason_none(a, author);
	}
	return d;
}
