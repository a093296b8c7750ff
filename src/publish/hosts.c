/*
 * hosts.c - where the mail of a domain goes. (RFC 5321 5.1, RFC 7505)
 */
#include "publish.h"

#include "mailauth/domain.h"

#include <string.h>

/* --- addresses ------------------------------------------------------- */

static bool
is_lower(struct ip a, struct ip b)
{
	return a.family < b.family ||
	       (a.family == b.family && memcmp(a.b, b.b, sizeof(a.b)) < 0);
}

/* The lowest of all, so that the order of the answers does not show. */
static void
add_address(struct published_host *h, struct ip ip)
{
	size_t at = h->addresses;

	while (at > 0 && is_lower(ip, h->address[at - 1].ip))
		at--;
	h->left_out += h->addresses == PUBLISHED_MAX_ADDRESSES;
	if (at == PUBLISHED_MAX_ADDRESSES)
		return;
	h->addresses += h->addresses < PUBLISHED_MAX_ADDRESSES;
	for (size_t i = h->addresses - 1; i > at; i--)
		h->address[i] = h->address[i - 1];
	h->address[at] = (struct published_address){ .ip = ip };
}

static void
add_addresses(struct published_host *h, const struct dns_answer *answer,
	unsigned char family)
{
	size_t octets = family == 4 ? 4 : 16;

	for (size_t i = 0; i < answer->n; i++) {
		struct ip ip = { .family = family };
		str data = answer->rr[i].data;
		if (data.n != octets)
			continue;
		memcpy(ip.b, data.p, octets);
		add_address(h, ip);
	}
}

static enum published_state
has_address(struct publishing *p, str name, struct ip ip)
{
	enum dns_type type = ip.family == 4 ? DNS_A : DNS_AAAA;
	str bytes = { (const char *)ip.b, ip.family == 4 ? 4 : 16 };
	const struct dns_answer *answer = dns_ask(p->setup.dns, type, name);

	for (size_t i = 0; i < answer->n; i++)
		if (str_eq(answer->rr[i].data, bytes))
			return PUBLISHED_OK;
	return dns_failed(answer) ? PUBLISHED_UNKNOWN : PUBLISHED_WARNING;
}

/* A name counts when it leads back. (RFC 8601 3) */
static void
gather_name(struct publishing *p, struct published_address *a)
{
	const struct dns_answer *ptr = dns_ask(
		p->setup.dns, DNS_PTR, ip_reverse_name(p->setup.arena, a->ip));
	size_t n = ptr->n < PUBLISHED_MAX_NAMES ? ptr->n : PUBLISHED_MAX_NAMES;

	a->ptr = publish_answer(ptr);
	if (a->ptr != PUBLISHED_OK)
		return;
	a->ptr = PUBLISHED_WARNING;
	a->name = ptr->rr[0].data;
	for (size_t i = 0; i < n; i++) {
		enum published_state is =
			has_address(p, ptr->rr[i].data, a->ip);
		if (is == PUBLISHED_UNKNOWN)
			a->ptr = PUBLISHED_UNKNOWN;
		if (is != PUBLISHED_OK)
			continue;
		a->ptr = PUBLISHED_OK;
		a->name = ptr->rr[i].data;
		return;
	}
}

static void
gather_addresses(struct publishing *p, struct published_host *h)
{
	const struct dns_answer *a = dns_ask(p->setup.dns, DNS_A, h->name);
	const struct dns_answer *aaaa =
		dns_ask(p->setup.dns, DNS_AAAA, h->name);

	h->address = arena_make(p->setup.arena, PUBLISHED_MAX_ADDRESSES,
		struct published_address);
	add_addresses(h, a, 4);
	add_addresses(h, aaaa, 6);
	h->alias = a->canonical.n > 0 ? a->canonical : aaaa->canonical;
	if (h->addresses > 0)
		h->state = PUBLISHED_OK;
	else if (dns_failed(a) || dns_failed(aaaa))
		h->state = PUBLISHED_UNKNOWN;
	else
		h->state = PUBLISHED_NONE;
}

void
gather_names(struct publishing *p)
{
	struct published_mx *mx = &p->out.mx;

	for (size_t i = 0; p->setup.ptr && i < mx->hosts; i++)
		for (size_t k = 0; k < mx->host[i].addresses; k++)
			gather_name(p, &mx->host[i].address[k]);
}

/* --- hosts ----------------------------------------------------------- */

static bool
comes_before(const struct published_host *a, const struct published_host *b)
{
	return a->preference < b->preference ||
	       (a->preference == b->preference &&
		       str_iorder(a->name, b->name) < 0);
}

/* The first of all, by preference and name. */
static void
add_host(struct published_mx *mx, const struct dns_rr *rr)
{
	struct published_host new = { .preference = rr->preference,
		.name = rr->data };
	size_t at = mx->hosts;

	while (at > 0 && comes_before(&new, &mx->host[at - 1]))
		at--;
	mx->left_out += mx->hosts == PUBLISHED_MAX_HOSTS;
	if (at == PUBLISHED_MAX_HOSTS)
		return;
	mx->hosts += mx->hosts < PUBLISHED_MAX_HOSTS;
	for (size_t i = mx->hosts - 1; i > at; i--)
		mx->host[i] = mx->host[i - 1];
	mx->host[at] = new;
}

/* Without an MX it is the domain itself, when that has an address. */
static void
gather_implicit(struct publishing *p, struct published_mx *mx)
{
	struct dns_rr self = { .data = p->setup.domain };

	add_host(mx, &self);
	gather_addresses(p, mx->host);
	mx->implicit = mx->host->state == PUBLISHED_OK;
	mx->state = mx->host->state;
	if (!mx->implicit)
		mx->hosts = 0;
}

void
gather_hosts(struct publishing *p)
{
	struct published_mx *mx = &p->out.mx;
	const struct dns_answer *answer =
		dns_ask(p->setup.dns, DNS_MX, p->setup.domain);

	mx->host = arena_make(
		p->setup.arena, PUBLISHED_MAX_HOSTS, struct published_host);
	mx->state = publish_answer(answer);
	if (mx->state == PUBLISHED_NONE && answer->status != DNS_UNKNOWN) {
		gather_implicit(p, mx);
		return;
	}
	for (size_t i = 0; i < answer->n; i++)
		add_host(mx, &answer->rr[i]);
	mx->null = answer->n == 1 && answer->rr[0].data.n == 0;
	for (size_t i = 0; i < mx->hosts; i++)
		if (mx->host[i].name.n > 0)
			gather_addresses(p, &mx->host[i]);
}

/* --- findings -------------------------------------------------------- */

static void
find_name(struct find *f, const struct published_host *h,
	const struct published_address *a)
{
	str ip = ip_format(f->arena, a->ip);

	/* what a file lacks may be there all the same */
	if (a->ptr == PUBLISHED_NONE && !f->setup->from_zone)
		FIND(f, MX_NO_PTR, { "ip", ip }, { "host", h->name });
	else if (a->ptr == PUBLISHED_WARNING)
		FIND(f, MX_PTR_UNCONFIRMED, { "ip", ip }, { "host", h->name },
			{ "name", a->name });
}

/* "192.0.2.1", "[192.0.2.1]", or in a zone that lacks the final dot. */
static bool
is_address(str name, str domain)
{
	struct ip ip;

	if (name.n > domain.n + 1 && domain_at_or_below(name, domain))
		name.n -= domain.n + 1;
	if (name.n > 2 && name.p[0] == '[' && name.p[name.n - 1] == ']')
		name = str_sub(name, 1, name.n - 2);
	return ip_parse(name, &ip);
}

static void
find_host(struct publishing *p, struct published_host *h)
{
	struct find *f = &p->find;
	struct publish_mark before = publish_mark(f);

	if (h->addresses == 0 && is_address(h->name, p->setup.domain))
		FIND(f, MX_IS_ADDRESS, { "domain", p->setup.domain },
			{ "host", h->name });
	else if (h->state == PUBLISHED_NONE)
		FIND(f, MX_NO_ADDRESS, { "host", h->name })->name = h->name;
	/* the address of the domain itself may come by any way */
	if (h->alias.n > 0 && !p->out.mx.implicit)
		FIND(f, MX_ALIAS, { "host", h->name }, { "target", h->alias });
	for (size_t i = 0; i < h->addresses; i++) {
		if (!ip_is_public(h->address[i].ip))
			FIND(f, MX_PRIVATE, { "host", h->name },
				{ "ip", ip_format(
						f->arena, h->address[i].ip) });
		find_name(f, h, &h->address[i]);
	}
	if (h->state != PUBLISHED_UNKNOWN)
		h->state = publish_state(f, before);
	for (size_t i = 0; i < h->addresses; i++)
		if (h->address[i].ptr == PUBLISHED_UNKNOWN)
			h->state = PUBLISHED_UNKNOWN;
}

static bool
has_null(const struct published_mx *mx)
{
	for (size_t i = 0; i < mx->hosts; i++)
		if (mx->host[i].name.n == 0)
			return true;
	return false;
}

void
find_hosts(struct publishing *p)
{
	struct published_mx *mx = &p->out.mx;
	struct find *f = &p->find;
	struct publish_mark before = publish_mark(f);

	if (mx->state == PUBLISHED_UNKNOWN)
		return;
	if (mx->state == PUBLISHED_NONE)
		FIND(f, MX_MISSING, { "domain", p->setup.domain })->name =
			p->setup.domain;
	if (mx->implicit)
		FIND(f, MX_IMPLICIT, { "domain", p->setup.domain });
	if (has_null(mx) && !mx->null)
		FIND(f, MX_NULL_BESIDE, { "domain", p->setup.domain });
	for (size_t i = 0; i < mx->hosts; i++) {
		if (mx->host[i].name.n > 0)
			find_host(p, &mx->host[i]);
		else
			mx->host[i].state =
				mx->null ? PUBLISHED_OK : PUBLISHED_PROBLEM;
	}
	if (mx->state == PUBLISHED_OK)
		mx->state = publish_state(f, before);
	for (size_t i = 0; i < mx->hosts; i++)
		if (mx->host[i].state == PUBLISHED_UNKNOWN)
			mx->state = PUBLISHED_UNKNOWN;
}
