/*
 * names.c - reverse names of addresses, and whether they are true.
 */
#include "names.h"
#include "command.h"
#include "say.h"
#include "worker.h"

#include <stdlib.h>

enum { NAMES_OF_ONE = 3 };

struct names {
	struct worker *worker;
	struct session session;
	struct {
		struct ip ip;
		str name;
	} found[NAMES_MAX];
	size_t n;
};

struct names *
names_new(const struct options *o)
{
	struct names *x = calloc(1, sizeof(*x));

	if (x == NULL)
		say_out_of_memory(NULL);
	x->worker = worker_new(o);
	if (x->worker == NULL) {
		free(x);
		return NULL;
	}
	session_init(&x->session, x->worker);
	session_begin(&x->session);
	dns_allow_ahead(x->session.dns, DNS_MAX_QUESTIONS);
	return x;
}

void
names_want(struct names *x, struct ip ip)
{
	for (size_t i = 0; i < x->n; i++)
		if (ip_eq(x->found[i].ip, ip))
			return;
	if (x->n < NAMES_MAX && ip.family != 0)
		x->found[x->n++].ip = ip;
}

static bool
leads_to(struct dns *dns, str name, struct ip ip)
{
	size_t size = ip.family == 4 ? 4 : 16;
	const struct dns_answer *a =
		dns_ask(dns, ip.family == 4 ? DNS_A : DNS_AAAA, name);

	for (size_t i = 0; i < a->n; i++)
		if (str_eq(a->rr[i].data, (str){ (const char *)ip.b, size }))
			return true;
	return false;
}

static str
look_up(struct session *s, struct ip ip)
{
	const struct dns_answer *ptr =
		dns_ask(s->dns, DNS_PTR, ip_reverse_name(&s->arena, ip));

	for (size_t i = 0; i < ptr->n && i < NAMES_OF_ONE; i++)
		if (leads_to(s->dns, ptr->rr[i].data, ip))
			return ptr->rr[i].data;
	if (ptr->n == 0 || ptr->rr[0].data.n == 0)
		return (str){ 0 };
	return STR_CAT(&s->arena, ptr->rr[0].data, STR(" ?"));
}

void
names_ask(struct names *x)
{
	struct session *s = &x->session;

	for (;;) {
		dns_begin(s->dns);
		for (size_t i = 0; i < x->n; i++)
			x->found[i].name = look_up(s, x->found[i].ip);
		if (dns_settled(s->dns))
			break;
		lookup_more(&s->asking);
		if (worker_failed(x->worker))
			break;
	}
	lookup_save(&s->asking);
}

str
names_of(struct names *x, struct ip ip)
{
	for (size_t i = 0; i < x->n; i++)
		if (ip_eq(x->found[i].ip, ip))
			return x->found[i].name;
	return (str){ 0 };
}

int
names_end(struct names *x, int code)
{
	if (worker_failed(x->worker))
		code = EXIT_UNUSABLE;
	session_end(&x->session);
	session_free(&x->session);
	code = worker_end(x->worker, code);
	free(x);
	return code;
}
