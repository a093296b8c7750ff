/*
 * mechanism.c - the mechanisms that ask the DNS for addresses. (RFC 7208 5)
 *
 * An answer that is not here yet is empty, so it simply does not match.
 */
#include "eval.h"
#include "mailauth/buf.h"

#include <string.h>

enum dns_type
spf_address_type(const struct eval *e)
{
	return e->ip.family == 6 ? DNS_AAAA : DNS_A;
}

static struct ip
address_of(const struct dns_rr *rr)
{
	struct ip ip = { 0 };

	if (rr->data.n == 4 || rr->data.n == 16) {
		ip.family = rr->data.n == 4 ? 4 : 6;
		memcpy(ip.b, rr->data.p, rr->data.n);
	}
	return ip;
}

bool
spf_has_client(
	const struct eval *e, const struct dns_answer *a, unsigned prefix)
{
	for (size_t i = 0; i < a->n; i++)
		if (ip_in(e->ip, address_of(&a->rr[i]), prefix))
			return true;
	return false;
}

/* The first few addresses or names, or why there are none. */
void
spf_note_answer(struct eval *e, enum dns_type type, const struct dns_answer *a)
{
	enum { FEW = 4 };
	struct buf b = { .arena = e->arena };

	if (a->n == 0)
		buf_add(&b, dns_status_word(a->status));
	for (size_t i = 0; i < a->n && i < FEW; i++) {
		const struct dns_rr *r = &a->rr[i];
		buf_add(&b, i > 0 ? STR(", ") : STR(""));
		buf_add(&b, type == DNS_A || type == DNS_AAAA
				    ? ip_format(e->arena, address_of(r))
				    : r->data);
	}
	if (a->n > FEW)
		buf_add(&b, STR(", ..."));
	e->answer = buf_str(&b);
}

/*
 * Each lookup that finds nothing counts, also those of an mx's hosts; the RFC
 * speaks of terms and leaves it open.  A name that no query can carry was not
 * looked up. (4.6.4)
 */
enum match
spf_count_void(struct eval *e, enum dns_type type, str name,
	const struct dns_answer *a)
{
	if (!dns_void(a) || a->status == DNS_BADNAME ||
		++e->voids <= SPF_MAX_VOIDS)
		return MATCH_NO;
	spf_blame(e, SPF_ERROR_VOIDS,
		SAY(e, STR("more than "), str_number(e->arena, SPF_MAX_VOIDS),
			STR(" lookups found nothing, the last being "),
			dns_type_word(type), STR(" of "), name));
	return MATCH_PERMERROR;
}

static enum match
match_address(struct eval *e, const struct spf_term *t, str name)
{
	enum dns_type type = spf_address_type(e);
	const struct dns_answer *a = dns_ask(e->dns, type, name);

	if (t->kind == SPF_A)
		spf_note_answer(e, type, a);
	if (dns_failed(a)) {
		spf_blame_dns(e, type, name, a);
		return MATCH_TEMPERROR;
	}
	if (spf_has_client(e, a, type == DNS_A ? t->prefix4 : t->prefix6))
		return MATCH_YES;
	return spf_count_void(e, type, name, a);
}

/* By preference, then by name, so that no rotation of the answer shows. */
static bool
comes_before(const struct dns_rr *a, const struct dns_rr *b)
{
	if (a->preference != b->preference)
		return a->preference < b->preference;
	return str_icmp(a->data, b->data) < 0;
}

/* The first exchanges in that order. */
static size_t
first_exchanges(const struct dns_answer *mx, str name[SPF_MAX_NAMES])
{
	const struct dns_rr *best[SPF_MAX_NAMES];
	size_t n = 0;

	for (size_t i = 0; i < mx->n; i++) {
		size_t at = n < SPF_MAX_NAMES ? n++ : SPF_MAX_NAMES;
		for (; at > 0 && comes_before(&mx->rr[i], best[at - 1]); at--)
			if (at < SPF_MAX_NAMES)
				best[at] = best[at - 1];
		if (at < SPF_MAX_NAMES)
			best[at] = &mx->rr[i];
	}
	for (size_t i = 0; i < n; i++)
		name[i] = best[i]->data;
	return n;
}

/*
 * Is the client one of name's mail exchangers?  Without MX records there is
 * none. (5.4)  A null MX is a name that cannot be looked up. (RFC 7505)
 */
static enum match
match_mx(struct eval *e, const struct spf_term *t, str name)
{
	const struct dns_answer *mx = dns_ask(e->dns, DNS_MX, name);
	str exchange[SPF_MAX_NAMES];
	size_t n = first_exchanges(mx, exchange);
	enum match m = spf_count_void(e, DNS_MX, name, mx);

	spf_note_answer(e, DNS_MX, mx);
	if (dns_failed(mx)) {
		spf_blame_dns(e, DNS_MX, name, mx);
		return MATCH_TEMPERROR;
	}
	for (size_t i = 0; i < n && m == MATCH_NO; i++)
		m = match_address(e, t, exchange[i]);
	if (m != MATCH_NO || mx->n <= SPF_MAX_NAMES)
		return m;
	spf_blame(e, SPF_ERROR_MX_NAMES, /* 4.6.4 */
		SAY(e, name, STR(" has "), str_number(e->arena, mx->n),
			STR(" mail exchangers, more than 10")));
	return MATCH_PERMERROR;
}

/* Always an A query, whatever the client's family. (5.7) */
static enum match
match_exists(struct eval *e, str name)
{
	const struct dns_answer *a = dns_ask(e->dns, DNS_A, name);

	spf_note_answer(e, DNS_A, a);
	if (dns_failed(a)) {
		spf_blame_dns(e, DNS_A, name, a);
		return MATCH_TEMPERROR;
	}
	return a->n > 0 ? MATCH_YES : spf_count_void(e, DNS_A, name, a);
}

enum match
spf_match_lookup(struct eval *e, const struct spf_term *t, str target)
{
	switch (t->kind) {
	case SPF_A: return match_address(e, t, target);
	case SPF_MX: return match_mx(e, t, target);
	case SPF_PTR: return spf_match_ptr(e, target);
	default: return match_exists(e, target);
	}
}
