/*
 * option_sign.c - reads the values of what `sign` is told.
 */
#include "options.h"

#include "mailauth/domain.h"
#include "mailauth/key_write.h"
#include "mailauth/time.h"

#include <assert.h>
#include <string.h>

static bool
no(const char **why, const char *cause)
{
	*why = cause;
	return false;
}

static bool
set_domain(struct options *o, str value, const char **why)
{
	str *domain = &o->sign.domain;

	return (domain_to_ascii(o->arena, value, domain) &&
		       domain_labels(*domain) >= 2 &&
		       key_is_selector(*domain)) ||
	       no(why, "not a domain");
}

/* RFC 6376 3.1: labels, as the name of a key has them. */
static bool
add_selector(struct options *o, str value, const char **why)
{
	str *selector = &o->sign.selector[o->sign.selectors++];

	if (option_has_domainkey(value))
		return no(why,
			"the selector alone is wanted, without _domainkey");
	return (domain_to_ascii(o->arena, value, selector) &&
		       key_is_selector(*selector)) ||
	       no(why, "not a selector, as in SELECTOR._domainkey.DOMAIN");
}

/* Commas or colons, as one likes; blanks are nobody's. */
static bool
set_fields(struct options *o, str value, const char **why)
{
	char *p = arena_alloc(o->arena, value.n);
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++)
		if (!is_wsp(value.p[i]))
			p[n++] = value.p[i] == ',' ? ':' : value.p[i];
	o->sign.fields = (str){ p, n };
	return n > 0 || no(why, "empty");
}

static bool
set_algorithm(
	struct options *o, str value, const char **why, const char **instead)
{
	if (str_ieq(value, STR("rsa-sha256")) || str_ieq(value, STR("rsa")))
		o->sign.kind = KEY_RSA;
	else if (str_ieq(value, STR("ed25519-sha256")) ||
		 str_ieq(value, STR("ed25519")))
		o->sign.kind = KEY_ED25519;
	else if (str_ieq(value, STR("rsa-sha1")))
		return *instead = "rsa-sha256",
		       no(why, "receivers refuse it (RFC 8301)");
	else
		return no(why, "not rsa-sha256 or ed25519-sha256");
	return true;
}

static bool
read_canon(str word, enum canon *out)
{
	if (str_ieq(word, STR("relaxed")))
		*out = CANON_RELAXED;
	else if (str_ieq(word, STR("simple")))
		*out = CANON_SIMPLE;
	else
		return false;
	return true;
}

/* A body that is not named is simple. (6376 3.5) */
static bool
set_canon(struct options *o, str value, const char **why)
{
	size_t slash = str_find(value, '/');
	str body = slash < value.n ? str_skip(value, slash + 1) : STR("simple");

	return (read_canon(str_sub(value, 0, slash), &o->sign.header_canon) &&
		       read_canon(body, &o->sign.body_canon)) ||
	       no(why, "not relaxed/relaxed, relaxed/simple, simple/relaxed "
		       "or simple/simple");
}

/* What is printable and no ';'; whether it is of the domain is seen later. */
static bool
set_identity(struct options *o, str value, const char **why)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] <= ' ' || value.p[i] > '~' ||
			value.p[i] == ';' || value.p[i] == '=')
			return no(why, "not an address in plain ASCII");
	o->sign.identity = value;
	return str_rfind(value, '@') < value.n ||
	       no(why, "not of the form user@DOMAIN or @DOMAIN");
}

static bool
set_time(struct options *o, str value, const char **why)
{
	return option_read_time(o->arena, value, &o->sign.time) ||
	       no(why, "not a time: Unix seconds or 2026-11-24T10:00:00Z");
}

/* "36h": a number and what it counts, in seconds. */
static bool
read_lifetime(str value, int64_t *out)
{
	static const struct {
		char letter;
		int64_t seconds;
	} unit[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
		{ 'w', 7 * 86400 } };
	uint64_t n;

	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++)
		if (value.n > 1 && value.p[value.n - 1] == unit[i].letter &&
			str_uint(str_sub(value, 0, value.n - 1), 1000000, &n)) {
			*out = (int64_t)n * unit[i].seconds;
			return n > 0;
		}
	return false;
}

static bool
set_expires(struct options *o, str value, const char **why)
{
	o->sign.lifetime = 0;
	o->sign.expires = TIME_UNKNOWN;
	return read_lifetime(value, &o->sign.lifetime) ||
	       option_read_time(o->arena, value, &o->sign.expires) ||
	       no(why, "not a time (Unix seconds, 2026-11-24T10:00:00Z) nor "
		       "how long (3600s, 36h, 7d)");
}

static bool
set_length(struct options *o, str value, const char **why)
{
	return str_uint(value, INT64_MAX, &o->sign.length) ||
	       no(why, "not a number of octets");
}

bool
option_set_sign(struct options *o, enum option_id id, const char *value,
	const char **why, const char **instead)
{
	str v = str_from(value);

	switch ((int)id) {
	case OPT_SIGN_KEY:
		o->sign.key[o->sign.keys++] = value;
		return *value != '\0' || no(why, "empty");
	case OPT_SIGN_SELECTOR: return add_selector(o, v, why);
	case OPT_SIGN_DOMAIN: return set_domain(o, v, why);
	case OPT_SIGN_FIELDS: return set_fields(o, v, why);
	case OPT_SIGN_ALGORITHM: return set_algorithm(o, v, why, instead);
	case OPT_SIGN_CANON: return set_canon(o, v, why);
	case OPT_SIGN_IDENTITY: return set_identity(o, v, why);
	case OPT_SIGN_TIME: return set_time(o, v, why);
	case OPT_SIGN_EXPIRES: return set_expires(o, v, why);
	case OPT_SIGN_LENGTH: return set_length(o, v, why);
	case OPT_SIGN_ONLY: return o->sign.only = true;
	}
	assert(false && "an option of another command");
	return false;
}
