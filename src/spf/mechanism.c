/*
 * mechanism.c - does a mechanism match the client? (RFC 7208 5)
 *
 * An answer that is not here yet is empty, so it simply does not match.
 */
#include "eval.h"

#include "mailauth/buf.h"
#include "mailauth/domain.h"

void
spf_blame(struct eval *e, str reason)
{
	if (!e->reason.p)
		e->reason = reason;
}

bool
spf_term_is_barred(const struct eval *e, const struct spf_term *t)
{
	return e->odd_local && t->spec.p &&
	       (spf_macro_uses(t->spec, 's') || spf_macro_uses(t->spec, 'l'));
}

static enum dns_type
address_type(const struct eval *e)
{
	return e->ip.family == 6 ? DNS_AAAA : DNS_A;
}

static struct ip
address_of(const struct eval *e, const struct dns_rr *rr)
{
	struct ip ip = { .family = e->ip.family };
	size_t n = ip_bits(ip) / 8;

	if (rr->data.n != n)
		return (struct ip){ 0 };
	for (size_t i = 0; i < n; i++)
		ip.b[i] = (unsigned char)rr->data.p[i];
	return ip;
}

static bool
answer_has(const struct eval *e, const struct dns_answer *a, unsigned prefix)
{
	for (size_t i = 0; i < a->n; i++)
		if (ip_in(e->ip, address_of(e, &a->rr[i]), prefix))
			return true;
	return false;
}

/* For the tree: the first few records, or how the answer is missing. */
static void
note_answer(struct eval *e, const struct dns_answer *a)
{
	struct buf b = { .arena = e->arena };

	if (a->n == 0) {
		e->answer = dns_status_word(a->status);
		return;
	}
	for (size_t i = 0; i < a->n && i < 4; i++) {
		struct ip ip = address_of(e, &a->rr[i]);
		if (i > 0)
			buf_add(&b, STR(", "));
		buf_add(&b,
			ip.family ? ip_format(e->arena, ip) : a->rr[i].data);
	}
	if (a->n > 4)
		buf_add(&b, STR(", ..."));
	e->answer = buf_str(&b);
}

static enum match
fail_lookup(struct eval *e, enum dns_type type, str name,
	const struct dns_answer *a)
{
	spf_blame(e, STR_CAT(e->arena, dns_type_word(type), STR(" "), name,
			     STR(": "), dns_status_word(a->status)));
	return MATCH_TEMPERROR;
}

enum match
spf_count_void(struct eval *e, const struct dns_answer *a)
{
	if (!dns_void(a) || ++e->voids <= SPF_MAX_VOIDS)
		return MATCH_NO;
	spf_blame(e, STR("more than 2 lookups without an answer"));
	return MATCH_PERMERROR;
}

static enum match
match_address(struct eval *e, const struct spf_term *t, str name)
{
	enum dns_type type = address_type(e);
	const struct dns_answer *a = dns_ask(e->dns, type, name);

	note_answer(e, a);
	if (dns_failed(a))
		return fail_lookup(e, type, name, a);
	if (answer_has(e, a, type == DNS_A ? t->prefix4 : t->prefix6))
		return MATCH_YES;
	return spf_count_void(e, a);
}

/* Is the client one of name's mail exchangers?  (RFC 7208 5.4) */
static enum match
match_mx(struct eval *e, const struct spf_term *t, str name)
{
	const struct dns_answer *mx = dns_ask(e->dns, DNS_MX, name);

	note_answer(e, mx);
	if (dns_failed(mx))
		return fail_lookup(e, DNS_MX, name, mx);
	if (spf_count_void(e, mx) != MATCH_NO)
		return MATCH_PERMERROR;
	for (size_t i = 0; i < mx->n && i < SPF_MAX_NAMES; i++)
		dns_ask_ahead(e->dns, address_type(e), mx->rr[i].data);
	for (size_t i = 0; i < mx->n; i++) {
		if (i == SPF_MAX_NAMES) {
			spf_blame(e, STR("more than 10 mail exchangers"));
			return MATCH_PERMERROR;
		}
		enum match m = match_address(e, t, mx->rr[i].data);
		if (m != MATCH_NO)
			return m;
	}
	return MATCH_NO;
}

static str
reverse_name(struct eval *e)
{
	struct spf_macros m = e->macros;

	return spf_macro_expand(
		e->arena, STR("%{ir}.%{v}.arpa"), SPF_MACRO_DOMAIN, &m);
}

/* The PTR records of the client, at most ten of them. (5.5, 4.6.4) */
static size_t
client_names(struct eval *e, const struct dns_answer **out)
{
	const struct dns_answer *a = dns_ask(e->dns, DNS_PTR, reverse_name(e));
	size_t n = a->n < SPF_MAX_NAMES ? a->n : SPF_MAX_NAMES;

	*out = a;
	for (size_t i = 0; i < n; i++)
		dns_ask_ahead(e->dns, address_type(e), a->rr[i].data);
	return n;
}

/* Does the name lead back to the client?  Trouble is "no". (5.5) */
static bool
is_validated(struct eval *e, str name)
{
	return answer_has(
		e, dns_ask(e->dns, address_type(e), name), ip_bits(e->ip));
}

static enum match
match_ptr(struct eval *e, str target)
{
	const struct dns_answer *ptr;
	size_t n = client_names(e, &ptr);

	note_answer(e, ptr);
	if (spf_count_void(e, ptr) != MATCH_NO)
		return MATCH_PERMERROR;
	for (size_t i = 0; i < n; i++)
		if (domain_at_or_below(ptr->rr[i].data, target) &&
			is_validated(e, ptr->rr[i].data))
			return MATCH_YES;
	return MATCH_NO;
}

/* %{p}: the domain itself, else a name below it, else any. (7.3) */
static str
validated_name(struct eval *e, str domain)
{
	const struct dns_answer *ptr;
	size_t n = client_names(e, &ptr);
	str best = STR("unknown");
	int best_rank = 0;

	for (size_t i = 0; i < n; i++) {
		str name = ptr->rr[i].data;
		int rank = str_ieq(name, domain)              ? 3
			   : domain_at_or_below(name, domain) ? 2
							      : 1;
		if (rank > best_rank && is_validated(e, name)) {
			best = name;
			best_rank = rank;
		}
	}
	return best;
}

str
spf_target(struct eval *e, const struct spf_term *t, str domain)
{
	if (!t->spec.p)
		return domain;
	e->macros.domain = domain;
	e->macros.validated = (str){ NULL, 0 };
	if (spf_macro_uses(t->spec, 'p'))
		e->macros.validated = validated_name(e, domain);
	return spf_macro_expand(
		e->arena, t->spec, SPF_MACRO_DOMAIN, &e->macros);
}

/* Always an A query, whatever the client's family. (5.7) */
static enum match
match_exists(struct eval *e, str name)
{
	const struct dns_answer *a = dns_ask(e->dns, DNS_A, name);

	e->answer = dns_status_word(a->status);
	if (dns_failed(a))
		return fail_lookup(e, DNS_A, name, a);
	if (a->n > 0)
		return MATCH_YES;
	return spf_count_void(e, a);
}

/* A name that no query can carry is "no match". (4.8, our choice) */
static enum match
match_lookup(struct eval *e, const struct spf_term *t, str domain)
{
	str target = spf_target(e, t, domain);

	if (!dns_name_valid(target)) {
		e->answer = STR("no valid name");
		return MATCH_NO;
	}
	switch (t->kind) {
	case SPF_A: return match_address(e, t, target);
	case SPF_MX: return match_mx(e, t, target);
	case SPF_PTR: return match_ptr(e, target);
	default: return match_exists(e, target);
	}
}

enum match
spf_match(struct eval *e, const struct spf_term *t, str domain)
{
	bool matched = false;

	switch (t->kind) {
	case SPF_ALL: matched = true; break;
	case SPF_IP4: matched = ip_in(e->ip, t->net, t->prefix4); break;
	case SPF_IP6: matched = ip_in(e->ip, t->net, t->prefix6); break;
	default: return match_lookup(e, t, domain);
	}
	return matched ? MATCH_YES : MATCH_NO;
}
