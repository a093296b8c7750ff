/*
 * option_key.c - reads the values of the options of keygen.
 */
#include "options.h"

#include "mailauth/domain.h"

#include <assert.h>

static bool
no(const char **why, const char *cause)
{
	*why = cause;
	return false;
}

bool
option_has_domainkey(str name)
{
	str label;

	while (str_split(&name, '.', &label))
		if (str_ieq(label, STR("_domainkey")))
			return true;
	return false;
}

/* Not what is an address of IPv4. */
static bool
is_domain(str name)
{
	return key_is_selector(name) && domain_labels(name) >= 2 &&
	       !is_digit(name.p[str_rfind(name, '.') + 1]);
}

static bool
set_domain(struct options *o, str value, const char **why)
{
	if (!domain_to_ascii(o->arena, value, &o->key.domain) ||
		!is_domain(o->key.domain))
		return no(why, "not a domain name like example.com");
	return !option_has_domainkey(value) ||
	       no(why, "the domain alone is wanted, without _domainkey");
}

/* In the case it was given in, which will be that of the files. */
static bool
set_selector(struct options *o, str value, const char **why)
{
	o->key.selector = value;
	if ((!str_is_ascii(value) &&
		    !domain_to_ascii(o->arena, value, &o->key.selector)) ||
		!key_is_selector(o->key.selector))
		return no(why, "not a selector: letters, digits, - and _, "
			       "dots between them");
	return !option_has_domainkey(value) ||
	       no(why, "the selector alone is wanted, without _domainkey");
}

static bool
set_algorithm(struct options *o, str value, const char **why)
{
	o->key.kind = KEY_RSA;
	if (str_ieq(value, STR("rsa")))
		return true;
	o->key.kind = KEY_ED25519;
	if (str_ieq(value, STR("ed25519")))
		return true;
	/* opendkim-genkey's -a has no value */
	return no(why, str_starts(value, STR("-"))
			       ? "not rsa or ed25519 (the domain is in the "
				 "record in any case)"
			       : "not rsa or ed25519");
}

/*
 * Under 2048 is advised against (RFC 8301 3.2).  Over 4096 a receiver need not
 * verify (RFC 8301 3.2), and the answer has no room in UDP.
 */
static bool
set_bits(struct options *o, str value, const char **why)
{
	enum { LEAST = 2048, MOST = 4096 };
	uint64_t bits;

	if (!str_uint(value, UINT32_MAX, &bits))
		return no(why, "not a number of bits, 2048 to 4096");
	if (bits < LEAST)
		return no(why, "too short: 2048 bits at least");
	if (bits > MOST)
		return no(why, "more than 4096 bits, which receivers need not "
			       "verify");
	o->key.bits = (unsigned)bits;
	return true;
}

static bool
set_file(const char **to, const char *value, const char **why)
{
	*to = value;
	return *value != '\0' || no(why, "empty");
}

bool
option_set_key(struct options *o, enum option_id id, const char *value,
	const char **why)
{
	struct key_options *k = &o->key;
	str v = str_from(value);

	switch (id) {
	case OPT_KEY_DOMAIN: return set_domain(o, v, why);
	case OPT_KEY_SELECTOR: return set_selector(o, v, why);
	case OPT_KEY_ALGORITHM: return set_algorithm(o, v, why);
	case OPT_KEY_BITS: return set_bits(o, v, why);
	case OPT_KEY_DIRECTORY: return set_file(&k->directory, value, why);
	case OPT_FROM_KEY: return set_file(&k->from, value, why);
	case OPT_PRINT: return k->print = true;
	case OPT_FORCE: return k->force = true;
	case OPT_TESTMODE: return k->terms.testing = true;
	case OPT_NO_SUBDOMAINS: return k->terms.no_subdomains = true;
	case OPT_RESTRICT: return k->terms.mail_only = true;
	default: break;
	}
	assert(false && "an option that sets nothing");
	return false;
}
