/*
 * key_write.c - a DKIM key record, written.
 */
#include "mailauth/key_write.h"

#include "mailauth/base64.h"
#include "mailauth/buf.h"

/* t= is one list, the testing flag first. */
static str
flags(struct key_terms terms)
{
	if (terms.testing)
		return terms.no_subdomains ? STR("t=y:s; ") : STR("t=y; ");
	return terms.no_subdomains ? STR("t=s; ") : STR("");
}

str
key_write(struct arena *a, enum key_kind kind, str data, struct key_terms terms)
{
	return STR_CAT(a, STR("v=DKIM1; k="),
		kind == KEY_ED25519 ? STR("ed25519; ") : STR("rsa; "),
		terms.mail_only ? STR("s=email; ") : STR(""), flags(terms),
		STR("p="), base64_encode(a, data));
}

str
key_owner(struct arena *a, str selector, str domain)
{
	return STR_CAT(a, selector, STR("._domainkey."), domain);
}

static bool
is_label(str label)
{
	enum { MOST = 63 };

	/* RFC 5321 4.1.2; the underscore is widely in use */
	if (label.n == 0 || label.n > MOST || label.p[0] == '-' ||
		label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++)
		if (!is_alnum(label.p[i]) && label.p[i] != '-' &&
			label.p[i] != '_')
			return false;
	return true;
}

bool
key_is_selector(str selector)
{
	str label;

	if (!selector.p)
		return false;
	while (str_split(&selector, '.', &label))
		if (!is_label(label))
			return false;
	return true;
}
