/*
 * ptr.c - the names of the client: ptr and %{p}. (RFC 7208 5.5, 7.3)
 */
#include "eval.h"
#include "mailauth/domain.h"

static str
reverse_name(struct eval *e)
{
	return spf_macro_expand(
		e->arena, STR("%{ir}.%{v}.arpa"), SPF_MACRO_DOMAIN, &e->macros);
}

/* Beyond the first ten, names are ignored. (4.6.4) */
static size_t
count_names(const struct dns_answer *a)
{
	return a->n < SPF_MAX_NAMES ? a->n : SPF_MAX_NAMES;
}

/* Does the name lead back to the client?  A lookup that fails says no. */
static bool
is_validated(struct eval *e, str name)
{
	return spf_has_client(
		e, dns_ask(e->dns, spf_address_type(e), name), ip_bits(e->ip));
}

/*
 * Only names at or below the target can match, so only these are validated.
 * A failure of the PTR lookup is "no match".
 */
enum match
spf_match_ptr(struct eval *e, str target)
{
	str reverse = reverse_name(e);
	const struct dns_answer *a = dns_ask(e->dns, DNS_PTR, reverse);
	size_t n = count_names(a);

	spf_note_answer(e, DNS_PTR, a);
	for (size_t i = 0; i < n; i++)
		if (domain_at_or_below(a->rr[i].data, target) &&
			is_validated(e, a->rr[i].data))
			return MATCH_YES;
	return spf_count_void(e, DNS_PTR, reverse, a);
}

enum rank { RANK_ANY, RANK_BELOW, RANK_SAME, RANKS };

static enum rank
rank_of(str name, str domain)
{
	if (str_ieq(name, domain))
		return RANK_SAME;
	return domain_at_or_below(name, domain) ? RANK_BELOW : RANK_ANY;
}

/* The domain itself, else a name below it, else any. (7.3) */
str
spf_validated_name(struct eval *e, str domain)
{
	const struct dns_answer *a = dns_ask(e->dns, DNS_PTR, reverse_name(e));
	size_t n = count_names(a);

	for (int rank = RANK_SAME; rank >= RANK_ANY; rank--)
		for (size_t i = 0; i < n; i++)
			if ((int)rank_of(a->rr[i].data, domain) == rank &&
				is_validated(e, a->rr[i].data))
				return a->rr[i].data;
	return (str){ NULL, 0 };
}
