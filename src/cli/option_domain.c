/*
 * option_domain.c - reads the values of what `domain` is told.
 */
#include "options.h"

#include "mailauth/domain.h"
#include "mailauth/key_write.h"

/* One label or several, none of them what stands behind a selector. */
static bool
is_selector(str name)
{
	return dns_name_valid(name) && key_is_selector(name) &&
	       !option_has_domainkey(name);
}

/* "s1,s2", blanks are nobody's. */
bool
option_set_selectors(struct options *o, str value, const char **why)
{
	struct domain_options *d = &o->domains;
	str name;

	while (str_split(&value, ',', &name)) {
		if (d->selectors == PUBLISHED_MAX_SELECTORS) {
			*why = "more than 64 selectors";
			return false;
		}
		if (!domain_to_ascii(o->arena, str_trim_wsp(name),
			    &d->selector[d->selectors]) ||
			!is_selector(d->selector[d->selectors])) {
			*why = "not selectors, as in "
			       "SELECTOR._domainkey.DOMAIN";
			return false;
		}
		d->selectors++;
	}
	return true;
}
