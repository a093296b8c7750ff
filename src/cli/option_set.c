/*
 * option_set.c - reads the values of options.
 */
#include "options.h"
#include "mailauth/hint.h"

#include "net/server.h"

#include "mailauth/address.h"
#include "mailauth/buf.h"
#include "mailauth/domain.h"
#include "mailauth/time.h"

#include <assert.h>
#include <string.h>

static bool
no(const char **why, const char *cause)
{
	*why = cause;
	return false;
}

size_t
option_choose(const char *value, const char *const *word, size_t words,
	const char **instead)
{
	struct hint h = hint_begin(str_from(value));

	for (size_t i = 0; i < words; i++) {
		if (strcmp(value, word[i]) == 0)
			return i;
		hint_offer(&h, word[i]);
	}
	*instead = h.n > 0 ? h.best[0] : NULL;
	return SIZE_MAX;
}

/* Could not stand in an envelope, and would spoil what we print. */
static bool
has_control(str value)
{
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
			return true;
	return false;
}

/* Also as logs and address literals have it: [192.0.2.1], IPv6:2001:db8::1 */
static bool
set_client_ip(struct client *c, str value, const char **why)
{
	str s = str_trim_fws(value);

	if (str_starts(s, STR("[")) && s.p[s.n - 1] == ']')
		s = str_sub(s, 1, s.n - 2);
	if (str_istarts(s, STR("IPv6:")))
		s = str_skip(s, 5);
	if (!ip_parse(s, &c->ip))
		return no(why, "not an IP address");
	c->ip = ip_unmap(c->ip);
	c->ip_source = SOURCE_OPTION;
	return true;
}

static bool
set_helo(struct client *c, str value, const char **why)
{
	if (value.n == 0)
		return no(why, "empty");
	if (has_control(value))
		return no(why, "control bytes in it");
	c->helo = value;
	c->helo_source = SOURCE_OPTION;
	return true;
}

static bool
no_address(struct arena *a, str value, const char **why)
{
	str domain;

	if (str_find(value, '@') < value.n ||
		!domain_to_ascii(a, value, &domain) ||
		domain_labels(domain) < 2)
		return no(why, "not a mail address");
	return no(why, arena_zstr(a, STR_CAT(a,
					     STR("not a mail address (for a "
						 "domain: postmaster@"),
					     value, STR(")"))));
}

static bool
set_mail_from(struct options *o, str value, const char **why)
{
	struct address address;

	if (has_control(value))
		return no(why, "control bytes in it");
	if (!address_cut_path(o->arena, value, &address))
		return no_address(o->arena, value, why);
	struct client *c = &o->client.given;
	c->mail_from = address.text;
	c->mail_from_source = SOURCE_OPTION;
	return true;
}

static bool
add_server(struct options *o, const char *value, const char **why)
{
	struct server server;

	if (server_parse(str_from(value), &server) != NULL)
		return no(why, "not an address of the form ADDR, ADDR:PORT "
			       "or [V6]:PORT");
	o->server[o->servers++] = value;
	return true;
}

/* Seconds with a fraction, in milliseconds. */
static bool
set_timeout(struct options *o, str value, const char **why)
{
	enum { MOST = 3600 };
	size_t dot = str_find(value, '.');
	str whole = dot > 0 ? str_sub(value, 0, dot) : STR("0"); /* ".5" */
	str fraction = str_skip(value, dot + 1);
	uint64_t seconds, part = 0;
	unsigned ms = 0, weight = 100;

	if (value.n == 0 || !str_uint(whole, MOST, &seconds) ||
		(dot < value.n && !str_uint(fraction, UINT64_MAX, &part)))
		return no(why, "not a number of seconds up to 3600");
	for (size_t i = 0; i < fraction.n && i < 3; i++, weight /= 10)
		ms += (unsigned)(fraction.p[i] - '0') * weight;
	if (seconds == 0 && ms == 0)
		return no(why, "must be more than 0");
	o->timeout_ms = (int)(seconds * 1000 + ms);
	return true;
}

bool
option_read_time(struct arena *a, str value, int64_t *at)
{
	uint64_t seconds;
	str midnight = STR_CAT(a, value, STR("T00:00:00Z"));

	if (!str_uint(value, INT64_C(253402300799), &seconds)) /* 9999 */
		return (time_parse_rfc3339(value, at) ||
			       time_parse_rfc3339(midnight, at)) &&
		       *at != TIME_UNKNOWN;
	*at = (int64_t)seconds;
	return true;
}

static bool
set_at(struct options *o, str value, const char **why)
{
	o->at_received = str_eq(value, STR("received"));
	return o->at_received || option_read_time(o->arena, value, &o->at) ||
	       no(why, "not a time: Unix seconds, 2026-11-24T10:00:00Z or "
		       "'received'");
}

/* Without a message nothing was received. */
static bool
set_spf_at(struct options *o, str value, const char **why)
{
	return option_read_time(o->arena, value, &o->at) ||
	       no(why, "not a time: Unix seconds or 2026-11-24T10:00:00Z");
}

/* Something between labels that only a name, never a bad network, has. */
static bool
looks_like_name(str value)
{
	for (size_t i = 0; i < value.n; i++)
		if (strchr("/:", value.p[i]) != NULL)
			return false;
	str last = str_skip(value, str_rfind(value, '.') + 1);
	if (str_rfind(value, '.') == value.n)
		last = value;
	return last.n > 0 && !is_digit(last.p[0]);
}

static bool
add_relay(struct options *o, str value, const char **why)
{
	struct relay relay = { 0 };

	if (!ip_parse_network(value, &relay.net, &relay.prefix)) {
		if (!looks_like_name(value) ||
			!domain_to_ascii(o->arena, value, &relay.name))
			return no(why, "not a network (192.0.2.0/24) or "
				       "host name");
		relay.net = (struct ip){ 0 };
	}
	o->relay[o->client.relays++] = relay;
	return true;
}

static bool
add_sealer(struct options *o, str value, const char **why)
{
	str *sealer = &o->sealer[o->sealers];

	if (!looks_like_name(value) ||
		!domain_to_ascii(o->arena, value, sealer))
		return no(why, "not a domain, as in d= of an ARC-Seal");
	o->sealers++;
	return true;
}

static bool
set_hop(struct options *o, str value, const char **why)
{
	uint64_t n;

	if (!str_uint(value, HEAD_MAX_FIELDS, &n) || n == 0)
		return no(why, "not a line number, 1 being the newest");
	o->client.hop = (unsigned)n;
	return true;
}

static bool
set_header_limit(struct options *o, str value, const char **why)
{
	enum { MOST_MIB = 64 };
	static const char units[] = "KMkm";
	uint64_t n, factor = 1;

	if (value.n > 0 && memchr(units, value.p[value.n - 1], 4) != NULL) {
		bool mega = to_lower(value.p[value.n - 1]) == 'm';
		factor = mega ? 1 << 20 : 1 << 10;
		value.n--;
	}
	if (!str_uint(value, MOST_MIB << 20, &n) || n == 0 ||
		n * factor > MOST_MIB << 20)
		return no(why, "not a size up to 64M, like 65536, 512K, 4M");
	o->header_limit = (size_t)(n * factor);
	return true;
}

static bool
set_jobs(struct options *o, str value, const char **why)
{
	enum { MOST = 64 };
	uint64_t n;

	if (!str_uint(value, MOST, &n) || n == 0)
		return no(why, "not a number of workers, 1 to 64");
	o->jobs = (size_t)n;
	return true;
}

static bool
set_in_flight(struct options *o, str value, const char **why)
{
	enum { MOST = 4096 };
	uint64_t n;

	if (!str_uint(value, MOST, &n) || n == 0)
		return no(why, "not a number of messages, 1 to 4096");
	o->in_flight = (size_t)n;
	return true;
}

static bool
set_dmarc(struct options *o, const char *value, const char **why,
	const char **instead)
{
	static const char *const word[] = { "rfc9989", "rfc7489" };
	size_t i = option_choose(value, word, 2, instead);

	if (i == SIZE_MAX)
		return no(why, "not rfc9989 or rfc7489");
	o->method = i == 0 ? DMARC_TREEWALK : DMARC_PSL;
	return true;
}

static bool
set_color(struct options *o, const char *value, const char **why,
	const char **instead)
{
	static const char *const word[] = { "auto", "always", "never" };
	size_t i = option_choose(value, word, 3, instead);

	if (i == SIZE_MAX)
		return no(why, "not auto, always or never");
	o->color = (enum color_when)i;
	return true;
}

static bool
set_exit_style(struct options *o, const char *value, const char **why,
	const char **instead)
{
	static const char *const word[] = { "spfquery" };

	o->spfquery_exit = option_choose(value, word, 1, instead) == 0;
	return o->spfquery_exit || no(why, "not spfquery");
}

static bool
set_mta(struct options *o, str value, const char **why)
{
	o->receiver = value;
	if (has_control(value))
		return no(why, "control bytes in it");
	/* what we write is ASCII, and must be known again by that name */
	if (!str_is_ascii(value) &&
		!domain_to_ascii(o->arena, value, &o->receiver))
		return no(why, "not a name of a host");
	return value.n > 0 || no(why, "empty");
}

static bool
set_results(struct options *o, str value, const char **why)
{
	o->results = value;
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' || value.p[i] >= 0x7f ||
			value.p[i] < 0)
			return no(why, "not one line of ASCII");
	return value.n > 0 || no(why, "empty");
}

static bool
set_file(const char **to, const char *value, const char **why)
{
	*to = value;
	return *value != '\0' || no(why, "empty");
}

/* A name with underscores will do: a key's is one. */
static bool
set_domain(struct options *o, str value, const char **why)
{
	return (domain_to_ascii(o->arena, value, &o->domain) &&
		       dns_name_valid(o->domain)) ||
	       no(why, "not a domain");
}

static bool
set_record_kind(struct options *o, const char *value, const char **why,
	const char **instead)
{
	static const char *const word[] = { "spf", "dkim", "dmarc", "mta-sts",
		"tls-rpt", "bimi" };
	size_t i = option_choose(
		value, word, sizeof(word) / sizeof(word[0]), instead);

	if (i == SIZE_MAX)
		return no(why, "not spf, dkim, dmarc, mta-sts, tls-rpt or "
			       "bimi");
	o->record_kind = record_kind_from(str_from(word[i]));
	return true;
}

bool
option_set(struct options *o, enum option_id id, const char *value,
	const char **why, const char **instead)
{
	struct client *given = &o->client.given;
	str v = str_from(value);

	switch (id) {
	case OPT_CLIENT_IP:
	case OPT_SEAL_CLIENT_IP:
	case OPT_SPF_CLIENT_IP: return set_client_ip(given, v, why);
	case OPT_SEAL_HELO:
	case OPT_HELO: return set_helo(given, v, why);
	case OPT_MAIL_FROM:
	case OPT_SEAL_MAIL_FROM:
	case OPT_SENDER: return set_mail_from(o, v, why);
	case OPT_MTA: return set_mta(o, v, why);
	case OPT_SEAL_NAMESERVER:
	case OPT_NAMESERVER: return add_server(o, value, why);
	case OPT_TIMEOUT: return set_timeout(o, v, why);
	case OPT_ZONE: return set_file(&o->zone[o->zones++], value, why);
	case OPT_SAVE_DNS: return set_file(&o->save_dns, value, why);
	case OPT_AT: return set_at(o, v, why);
	case OPT_SPF_AT: return set_spf_at(o, v, why);
	case OPT_TRUST_RELAY: return add_relay(o, v, why);
	case OPT_TRUST_SEALER: return add_sealer(o, v, why);
	case OPT_HOP: return set_hop(o, v, why);
	case OPT_DMARC: return set_dmarc(o, value, why, instead);
	case OPT_PSL: return set_file(&o->psl, value, why);
	case OPT_HEADER_LIMIT: return set_header_limit(o, v, why);
	case OPT_EXIT_STYLE: return set_exit_style(o, value, why, instead);
	case OPT_COLOR: return set_color(o, value, why, instead);
	case OPT_FILES0_FROM:
		o->names_twice |= o->names_from != NULL;
		return set_file(&o->names_from, value, why);
	case OPT_STDIN_NAMES:
		o->names_twice |= o->names_from != NULL;
		return (o->names_from = "-") != NULL;
	case OPT_JOBS: return set_jobs(o, v, why);
	case OPT_IN_FLIGHT: return set_in_flight(o, v, why);
	case OPT_LINT_FILE:
		return set_file(&o->text_file[o->text_files++], value, why);
	case OPT_LINT_DOMAIN: return set_domain(o, v, why);
	case OPT_LINT_TYPE: return set_record_kind(o, value, why, instead);
	case OPT_STRICT: return o->strict = true;
	case OPT_SUMMARY: return o->summary = true;
	case OPT_FROM_JSON: return o->from_json = true;
	case OPT_HEADER: return o->header = true;
	case OPT_ANNOTATE: return o->annotate = true;
	case OPT_CHECK_RECEIVED_SPF:
	case OPT_RECEIVED_SPF: return o->received_spf = true;
	case OPT_MDOC: return o->mdoc = true;
	case OPT_NO_SANDBOX: return o->no_sandbox = true;
	case OPT_SELECTORS: return option_set_selectors(o, v, why);
	case OPT_FROM_MESSAGE:
		return set_file(
			&o->domains.message[o->domains.messages++], value, why);
	case OPT_GUESS: return o->domains.guess = true;
	case OPT_PTR: return o->domains.ptr = true;
	case OPT_KEY_DOMAIN:
	case OPT_KEY_SELECTOR:
	case OPT_KEY_ALGORITHM:
	case OPT_KEY_BITS:
	case OPT_KEY_DIRECTORY:
	case OPT_FROM_KEY:
	case OPT_PRINT:
	case OPT_FORCE:
	case OPT_TESTMODE:
	case OPT_NO_SUBDOMAINS:
	case OPT_RESTRICT: return option_set_key(o, id, value, why);
	case OPT_JSON: return o->json = true;
	case OPT_KEY_QUIET:
	case OPT_QUIET: return o->quiet = true;
	case OPT_VERBOSE: return o->verbose = true;
	case OPT_ONE_LINE: return o->one_line = true;
	case OPT_TRACE: return o->trace = true;
	case OPT_SEAL_RESULTS: return set_results(o, v, why);
	case OPT_SIGN_QUIET: return o->quiet = true;
	case OPT_SETUP_IP:
	case OPT_SETUP_HOST:
	case OPT_SETUP_SERVICE:
	case OPT_SETUP_MX:
	case OPT_SETUP_NEVER:
	case OPT_SETUP_HARD:
	case OPT_SETUP_REPORTS:
	case OPT_SETUP_STS:
	case OPT_SETUP_TLSRPT:
	case OPT_SETUP_FOR: return option_set_setup(o, id, value, why, instead);
	case OPT_SIGN_KEY:
	case OPT_SIGN_SELECTOR:
	case OPT_SIGN_DOMAIN:
	case OPT_SIGN_FIELDS:
	case OPT_SIGN_ALGORITHM:
	case OPT_SIGN_CANON:
	case OPT_SIGN_IDENTITY:
	case OPT_SIGN_TIME:
	case OPT_SIGN_EXPIRES:
	case OPT_SIGN_LENGTH:
	case OPT_SIGN_ONLY: return option_set_sign(o, id, value, why, instead);
	case OPT_REPORT_BY:
	case OPT_REPORT_CSV:
	case OPT_REPORT_HTML:
	case OPT_REPORT_PTR:
		return option_set_report(o, id, value, why, instead);
	case OPT_VERSION:
	case OPT_HELP:
	case OPT_LONG_HELP:
	case OPTIONS: break;
	}
	assert(false && "an option that sets nothing");
	return false;
}
