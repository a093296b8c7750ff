/*
 * option_setup.c - reads the values of what `setup` is told.
 */
#include "setup.h"

#include "mailauth/address.h"
#include "mailauth/domain.h"
#include "mailauth/hint.h"

#include <assert.h>

static bool
no(const char **why, const char *cause)
{
	*why = cause;
	return false;
}

static bool
is_host(str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!is_alnum(name.p[i]) && !is_one_of(name.p[i], "-_."))
			return false;
	return domain_labels(name) >= 2;
}

/* ::ffff:192.0.2.1 is an address of IPv4, also to SPF. (RFC 7208 5) */
static void
unmap_network(struct ip *net, unsigned *prefix)
{
	enum { MAPPED = 96 };
	struct ip plain = ip_unmap(*net);

	if (plain.family == net->family || *prefix < MAPPED)
		return;
	*net = plain;
	*prefix -= MAPPED;
}

/* "192.0.2.1" or "2001:db8::/32", as a term of SPF. */
static bool
add_network(struct options *o, str value, const char **why)
{
	struct arena *a = o->arena;
	unsigned prefix;
	struct ip net;

	if (!ip_parse_network(value, &net, &prefix))
		return no(why, is_host(value) && is_alpha(value.p[value.n - 1])
				       ? "a name, which is for --host"
				       : "not an address or a network "
					 "(192.0.2.0/24)");
	unmap_network(&net, &prefix);
	bool alone = prefix == (net.family == 4 ? 32 : 128);
	o->setup.network[o->setup.networks++] =
		STR_CAT(a, net.family == 4 ? STR("ip4:") : STR("ip6:"),
			ip_format(a, net), alone ? STR("") : STR("/"),
			alone ? STR("") : str_number(a, prefix));
	return true;
}

static bool
add_host(struct options *o, str value, const char **why)
{
	str *host = &o->setup.host[o->setup.hosts];
	struct ip ip;

	if (ip_parse(value, &ip))
		return no(why, "an address, which is for --ip");
	if (!domain_to_ascii(o->arena, value, host) || !is_host(*host))
		return no(why, "not the name of a host (mail.example.org)");
	o->setup.hosts++;
	return true;
}

/* "not one of amazonses, brevo, .." */
static const char *
service_words(struct arena *a)
{
	struct buf b = { .arena = a };

	buf_add(&b, STR("not one of "));
	for (size_t i = 0; i < n_sender_services; i++) {
		buf_add(&b, i > 0 ? STR(", ") : STR(""));
		buf_add(&b, sender_services[i].word);
	}
	return arena_zstr(a, buf_str(&b));
}

/* What it is called elsewhere. */
static const char *
other_word(str value)
{
	static const struct {
		str called;
		const char *word;
	} others[] = { { STR_INIT("gmail"), "google" },
		{ STR_INIT("gsuite"), "google" },
		{ STR_INIT("workspace"), "google" },
		{ STR_INIT("outlook"), "microsoft" },
		{ STR_INIT("office365"), "microsoft" },
		{ STR_INIT("exchange"), "microsoft" },
		{ STR_INIT("aws"), "amazonses" },
		{ STR_INIT("ses"), "amazonses" },
		{ STR_INIT("sendinblue"), "brevo" } };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (str_ieq(value, others[i].called))
			return others[i].word;
	return NULL;
}

static bool
add_service(
	struct options *o, str value, const char **why, const char **instead)
{
	const struct sender_service *s =
		sender_service_find(arena_lower(o->arena, value));
	struct hint h = hint_begin(value);

	if (s != NULL) {
		o->setup.service[o->setup.services++] = s;
		return true;
	}
	for (size_t i = 0; i < n_sender_services; i++)
		hint_offer(&h, sender_services[i].word.p);
	*instead = h.n > 0 ? h.best[0] : other_word(value);
	return no(why, *instead ? "not a service that is known"
				: service_words(o->arena));
}

/*
 * In a DMARC record a ',' or '!' would be read as more than an address.  Some
 * paste what stands there, "mailto:" and all.
 */
static bool
set_reports(struct options *o, str value, const char **why)
{
	str address =
		str_istarts(value, STR("mailto:")) ? str_skip(value, 7) : value;
	size_t at = str_rfind(address, '@');
	str who = str_sub(address, 0, at), domain;

	for (size_t i = 0; i < who.n; i++)
		if (who.p[i] <= ' ' || who.p[i] > '~' ||
			is_one_of(who.p[i], ",!;:?%\"\\<>()@"))
			return no(why, "not a plain mail address");
	if (who.n == 0 ||
		!domain_to_ascii(
			o->arena, str_skip(address, at + 1), &domain) ||
		!is_host(domain))
		return no(why, "not a mail address (who@example.org)");
	o->setup.reports = STR_CAT(o->arena, who, STR("@"), domain);
	return true;
}

static bool
set_server(struct options *o, str value, const char **why)
{
	if (str_eq(value, STR("postfix-opendkim")))
		o->setup.server = SERVER_OPENDKIM;
	else if (str_eq(value, STR("postfix-opendmarc")))
		o->setup.server = SERVER_OPENDMARC;
	else
		return no(why, "not postfix-opendkim or postfix-opendmarc");
	return true;
}

bool
option_set_setup(struct options *o, enum option_id id, const char *value,
	const char **why, const char **instead)
{
	struct setup_options *s = &o->setup;
	str v = str_from(value);

	switch ((int)id) {
	case OPT_SETUP_IP: return add_network(o, v, why);
	case OPT_SETUP_HOST: return add_host(o, v, why);
	case OPT_SETUP_SERVICE: return add_service(o, v, why, instead);
	case OPT_SETUP_MX: return s->mx = true;
	case OPT_SETUP_NEVER: return s->never = true;
	case OPT_SETUP_HARD: return s->hard = true;
	case OPT_SETUP_REPORTS: return set_reports(o, v, why);
	case OPT_SETUP_STS: return s->sts = true;
	case OPT_SETUP_TLSRPT: return s->tlsrpt = true;
	case OPT_SETUP_FOR: return set_server(o, v, why);
	}
	assert(false && "an option of another command");
	return false;
}
