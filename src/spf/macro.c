/*
 * macro.c - the macro language. (RFC 7208 7)
 */
#include "mailauth/spf.h"
#include "mailauth/buf.h"

#include <string.h>

/* One %{...}, taken apart. */
struct expand {
	char letter;   /* as written: upper case asks for URL escapes */
	uint64_t keep; /* right-most parts; 0: all */
	bool reverse;
	str delimiters;
};

static bool
is_delimiter(char c)
{
	return c != '\0' && strchr(".-+,/_=", c) != NULL;
}

static bool
is_letter(char c, enum spf_macro_use use)
{
	c = to_lower(c);
	return c != '\0' &&
	       strchr(use == SPF_MACRO_EXP ? "slodiphvcrt" : "slodiphv", c);
}

/* Reads the macro at the start of s ("%{..."); its length, or 0. */
static size_t
read_expand(str s, enum spf_macro_use use, struct expand *x)
{
	size_t i = 3, digits;

	if (s.n < 4 || s.p[1] != '{' || !is_letter(s.p[2], use))
		return 0;
	*x = (struct expand){ .letter = s.p[2] };
	for (digits = i; i < s.n && is_digit(s.p[i]); i++)
		;
	if (i > digits) {
		/* more than there can be parts is "all" */
		if (!str_uint(str_sub(s, digits, i - digits), UINT64_MAX / 10,
			    &x->keep))
			x->keep = UINT64_MAX;
		if (x->keep == 0)
			return 0;
	}
	if (i < s.n && to_lower(s.p[i]) == 'r') {
		x->reverse = true;
		i++;
	}
	size_t from = i;
	while (i < s.n && is_delimiter(s.p[i]))
		i++;
	x->delimiters = str_sub(s, from, i - from);
	return i < s.n && s.p[i] == '}' ? i + 1 : 0;
}

/* The length of the macro or literal at the start of s, or 0. */
static size_t
unit_length(str s, enum spf_macro_use use)
{
	struct expand x;
	unsigned char c = (unsigned char)s.p[0];

	if (c == '%') {
		if (s.n > 1 &&
			(s.p[1] == '%' || s.p[1] == '_' || s.p[1] == '-'))
			return 2;
		return read_expand(s, use, &x);
	}
	if (c == ' ')
		return use == SPF_MACRO_EXP;
	return c > 0x20 && c < 0x7f;
}

/*
 * "." toplabel [ "." ]: a letter or an inner hyphen, no hyphen at the ends.
 */
static bool
is_toplabel(str s)
{
	bool letter = false, hyphen = false;

	if (s.n == 0 || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!is_alnum(s.p[i]) && s.p[i] != '-')
			return false;
		letter |= is_alpha(s.p[i]);
		hyphen |= s.p[i] == '-';
	}
	return letter || hyphen;
}

static bool
has_domain_end(str s, bool ends_in_macro)
{
	if (ends_in_macro)
		return true;
	if (s.n > 0 && s.p[s.n - 1] == '.')
		s.n--;
	size_t dot = str_rfind(s, '.');
	return dot < s.n && is_toplabel(str_skip(s, dot + 1));
}

/* In both uses; has_domain_end() is asked for by the record parser. */
bool
spf_macro_valid(str s, enum spf_macro_use use, size_t *bad_at)
{
	bool macro_last = false;
	size_t i = 0;

	*bad_at = 0;
	while (i < s.n) {
		size_t n = unit_length(str_skip(s, i), use);
		if (n == 0) {
			*bad_at = i;
			return false;
		}
		macro_last = n >= 2; /* %% too is a macro-expand */
		i += n;
	}
	if (use == SPF_MACRO_DOMAIN && !has_domain_end(s, macro_last)) {
		*bad_at = 0;
		return false;
	}
	return true;
}

bool
spf_macro_uses(str s, char letter)
{
	for (size_t i = 0; i + 2 < s.n; i++) {
		if (s.p[i] != '%')
			continue;
		if (s.p[i + 1] == '{' && to_lower(s.p[i + 2]) == letter)
			return true;
		i++; /* %% is no start of a macro */
	}
	return false;
}

/* The client's address as %{i} has it: octets or nibbles with dots. */
static str
dotted(struct arena *a, struct ip ip)
{
	static const char hex[] = "0123456789abcdef";
	struct buf b = { .arena = a };

	ip = ip_unmap(ip);
	if (ip.family == 4)
		return ip_format(a, ip);
	for (size_t i = 0; i < 16; i++) {
		if (i > 0)
			buf_char(&b, '.');
		buf_char(&b, hex[ip.b[i] >> 4]);
		buf_char(&b, '.');
		buf_char(&b, hex[ip.b[i] & 15]);
	}
	return buf_str(&b);
}

static str
value_of(struct arena *a, char letter, const struct spf_macros *m)
{
	const struct spf_query *q = m->query;

	switch (letter) {
	case 's':
		return STR_CAT(a, m->sender_local, STR("@"), m->sender_domain);
	case 'l': return m->sender_local;
	case 'o': return m->sender_domain;
	case 'd': return m->domain;
	case 'i': return dotted(a, q->ip);
	case 'p': return m->validated.p ? m->validated : STR("unknown");
	case 'h': return q->helo.p ? q->helo : STR("unknown");
	case 'c': return ip_format(a, ip_unmap(q->ip));
	case 'r': return q->receiver.p ? q->receiver : STR("unknown");
	case 't': return str_number(a, q->now > 0 ? (uint64_t)q->now : 0);
	default:
		return ip_unmap(q->ip).family == 4 ? STR("in-addr")
						   : STR("ip6");
	}
}

static size_t
split_parts(struct arena *a, str value, str delimiters, str **out)
{
	str *part = arena_make(a, value.n + 1, str);
	size_t n = 0, from = 0;

	if (delimiters.n == 0)
		delimiters = STR(".");
	for (size_t i = 0; i <= value.n; i++) {
		if (i < value.n &&
			str_find(delimiters, value.p[i]) == delimiters.n)
			continue;
		part[n++] = str_sub(value, from, i - from);
		from = i + 1;
	}
	*out = part;
	return n;
}

static void
put_value(struct buf *b, str s, bool url)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (!url || is_alnum((char)c) ||
			(c != 0 && strchr("-._~", c))) {
			buf_char(b, (char)c);
			continue;
		}
		buf_char(b, '%');
		buf_char(b, hex[c >> 4]);
		buf_char(b, hex[c & 15]);
	}
}

/* Split, reverse, keep the right-most, join with dots. (7.3) */
static void
put_expand(struct buf *b, const struct expand *x, const struct spf_macros *m)
{
	bool url = x->letter >= 'A' && x->letter <= 'Z';
	str *part, value = value_of(b->arena, to_lower(x->letter), m);
	size_t n = split_parts(b->arena, value, x->delimiters, &part);
	size_t first = x->keep > 0 && x->keep < n ? n - (size_t)x->keep : 0;

	for (size_t i = first; i < n; i++) {
		if (i > first)
			buf_char(b, '.');
		put_value(b, part[x->reverse ? n - 1 - i : i], url);
	}
}

/* Whole labels go from the left until it fits. (7.3) */
static str
fit_name(str name)
{
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	while (name.n > DNS_MAX_NAME) {
		size_t dot = str_find(name, '.');
		if (dot == name.n)
			break;
		name = str_skip(name, dot + 1);
	}
	return name;
}

str
spf_macro_expand(struct arena *a, str s, enum spf_macro_use use,
	const struct spf_macros *m)
{
	struct buf b = { .arena = a };
	struct expand x;

	for (size_t i = 0; i < s.n;) {
		str rest = str_skip(s, i);
		size_t n = unit_length(rest, SPF_MACRO_EXP);
		if (n == 0)
			n = 1; /* only in a string that is not valid */
		if (n > 2 && read_expand(rest, SPF_MACRO_EXP, &x) == n)
			put_expand(&b, &x, m);
		else if (n == 2)
			buf_add(&b, rest.p[1] == '%'   ? STR("%")
				    : rest.p[1] == '_' ? STR(" ")
						       : STR("%20"));
		else
			buf_char(&b, rest.p[0]);
		i += n;
	}
	return use == SPF_MACRO_DOMAIN ? fit_name(buf_str(&b)) : buf_str(&b);
}
