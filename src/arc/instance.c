/*
 * instance.c - the i= of ARC fields. (RFC 8617 4.2.1)
 */
#include "arc/chain.h"

#include "mail/cfws.h"

static size_t
skip_cfws(str s, size_t at)
{
	while (at < s.n) {
		size_t closed = s.p[at] == '(' ? cfws_closed_at(s, at) : 0;

		if (closed > at)
			at = closed;
		else if (is_fws(s.p[at]))
			at++;
		else
			break;
	}
	return at;
}

/* 1 to 50 in plain digits, at *at, which moves behind it; or 0. */
static unsigned
read_number(str s, size_t *at)
{
	size_t n = 0;
	uint64_t v = 0;

	while (*at + n < s.n && is_digit(s.p[*at + n]))
		n++;
	str digits = str_sub(s, *at, n);
	if (n == 0 || digits.p[0] == '0' || !str_uint(digits, ARC_MAX_SETS, &v))
		return 0;
	*at += n;
	return (unsigned)v;
}

unsigned
instance_of_results(str value, str *claims)
{
	size_t at = skip_cfws(value, 0);

	if (!str_starts(str_skip(value, at), STR("i")))
		return 0;
	at = skip_cfws(value, at + 1);
	if (!str_starts(str_skip(value, at), STR("=")))
		return 0;
	at = skip_cfws(value, at + 1);
	unsigned instance = read_number(value, &at);
	at = skip_cfws(value, at);
	if (!str_starts(str_skip(value, at), STR(";")))
		return 0;
	*claims = str_trim_fws(str_skip(value, at + 1));
	return instance;
}

unsigned
instance_of_tags(const struct taglist *tags)
{
	const struct tag *i = taglist_find(tags, STR("i"));
	size_t at = 0;

	if (!i)
		return 0;
	unsigned instance = read_number(i->value, &at);
	return skip_cfws(i->value, at) == i->value.n ? instance : 0;
}
