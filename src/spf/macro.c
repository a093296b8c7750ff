/*
 * macro.c - the macro language. (RFC 7208 7)
 */
#include "mailauth/spf.h"
#include "mailauth/buf.h"

#include <string.h>

/* The first eight may stand in terms, all of them in exp text. (7.2) */
static const char letters[] = "slodiphvcrt";
enum { TERM_LETTERS = 8, LETTERS = sizeof(letters) - 1 };

/* One %{...}, taken apart. */
struct expand {
	size_t letter; /* index in letters[] */
	bool url;      /* an upper-case letter asks for URL escapes */
	uint64_t keep; /* right-most parts; 0: all */
	bool reverse;
	str delimiters;
};

/* --- syntax ---------------------------------------------------------- */

static size_t
span(str s, size_t from, bool (*is)(char))
{
	size_t i = from;

	while (i < s.n && is(s.p[i]))
		i++;
	return i - from;
}

static bool
is_delimiter(char c)
{
	return is_one_of(c, ".-+,/_=");
}

/* *DIGIT [ "r" ] *delimiter; the offset behind it. */
static size_t
read_transformers(str s, size_t i, struct expand *x, bool *zero)
{
	size_t n = span(s, i, is_digit);

	/* a name has no more parts than fit in 64 bits: those are all */
	if (n > 0 && !str_uint(str_sub(s, i, n), UINT64_MAX, &x->keep))
		x->keep = UINT64_MAX;
	*zero = n > 0 && x->keep == 0;
	i += n;
	x->reverse = i < s.n && to_lower(s.p[i]) == 'r';
	i += x->reverse;
	n = span(s, i, is_delimiter);
	x->delimiters = str_sub(s, i, n);
	return i + n;
}

static bool
wrong(struct spf_fault *f, str what, str why)
{
	*f = (struct spf_fault){ what, why };
	return false;
}

/*
 * The macro at the start of s, which begins with "%{"; *n is its length.  The
 * fault spans what is there of it, up to the brace.
 */
static bool
read_expand(str s, enum spf_macro_use use, struct expand *x, size_t *n,
	struct spf_fault *f)
{
	str whole = str_sub(s, 0, str_find(s, '}') + 1);
	const char *at;
	bool zero;

	*x = (struct expand){ 0 };
	if (s.n < 3 || whole.p[whole.n - 1] != '}')
		return wrong(f, whole, STR("the macro is not closed by `}`"));
	at = is_alpha(s.p[2]) ? strchr(letters, to_lower(s.p[2])) : NULL;
	if (!at)
		return wrong(f, whole, STR("there is no such macro letter"));
	x->letter = (size_t)(at - letters);
	x->url = s.p[2] != *at;
	if (x->letter >= TERM_LETTERS && use != SPF_MACRO_EXP)
		return wrong(f, whole,
			STR("this macro is for explanation texts only"));
	*n = read_transformers(s, 3, x, &zero) + 1;
	if (zero)
		return wrong(f, whole, STR("a macro cannot keep 0 parts"));
	if (*n > s.n || s.p[*n - 1] != '}')
		return wrong(f, whole, STR("the macro has a wrong character"));
	return true;
}

/* The macro-expand or literal at the start of s; *n is its length. */
static bool
read_unit(str s, enum spf_macro_use use, struct expand *x, size_t *n,
	struct spf_fault *f)
{
	unsigned char c = (unsigned char)s.p[0];

	*n = 1;
	if (c == '%') {
		if (s.n > 1 && s.p[1] == '{')
			return read_expand(s, use, x, n, f);
		*n = 2;
		return (s.n > 1 && is_one_of(s.p[1], "%_-")) ||
		       wrong(f, str_sub(s, 0, 2),
			       STR("a percent sign is written `%%`"));
	}
	if ((c > ' ' && c < 0x7f) || (c == ' ' && use == SPF_MACRO_EXP))
		return true;
	return wrong(f, str_sub(s, 0, 1), STR("this byte is not allowed"));
}

static bool
is_ldh(char c)
{
	return is_alnum(c) || c == '-';
}

/* A letter or an inner hyphen, LDH only, no hyphen at the ends. (7.1) */
static bool
check_toplabel(str s, struct spf_fault *f)
{
	size_t letters_or_hyphens = 0, ldh = span(s, 0, is_ldh);

	if (ldh < s.n)
		return wrong(f, str_sub(s, ldh, 1),
			STR("this character cannot be in the last label"));
	for (size_t i = 0; i < s.n; i++)
		letters_or_hyphens += !is_digit(s.p[i]);
	if (s.n == 0 || letters_or_hyphens == 0)
		return wrong(f, s, STR("the last label must have a letter"));
	if (s.p[0] == '-' || s.p[s.n - 1] == '-')
		return wrong(
			f, s, STR("the last label has a hyphen at its end"));
	return true;
}

/* ( "." toplabel [ "." ] ); `tail` is what follows the last macro. */
static bool
check_domain_end(str s, str tail, struct spf_fault *f)
{
	str name = tail;

	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	size_t dot = str_rfind(name, '.');
	if (dot == name.n)
		return wrong(f, s, STR("a domain name needs a dot"));
	if (dot + 1 == name.n)
		return wrong(f, str_sub(tail, dot, 2),
			STR("a domain name ends in a label"));
	return check_toplabel(str_skip(name, dot + 1), f);
}

bool
spf_macro_valid(str s, enum spf_macro_use use, struct spf_fault *f)
{
	str rest = s, tail = s;
	struct expand x;
	size_t n;

	*f = (struct spf_fault){ 0 };
	while (rest.n > 0) {
		if (!read_unit(rest, use, &x, &n, f))
			return false;
		rest = str_skip(rest, n);
		if (n > 1)
			tail = rest;
	}
	/* a domain-spec may also end in a macro-expand */
	if (use != SPF_MACRO_DOMAIN || (s.n > 0 && tail.n == 0))
		return true;
	return check_domain_end(s, tail, f);
}

bool
spf_macro_uses(str s, char letter)
{
	for (size_t i = str_find(s, '%'); i + 2 < s.n; i++) {
		if (s.p[i] != '%')
			continue;
		if (s.p[i + 1] == '{' && to_lower(s.p[i + 2]) == letter)
			return true;
		i++; /* the second of %% starts nothing */
	}
	return false;
}

/* --- expansion ------------------------------------------------------- */

struct expansion {
	struct buf out;
	const struct spf_macros *macros;
	str value[LETTERS]; /* of letters[], when used already */
};

/* The client's address as %{i} has it: octets, or nibbles, with dots. */
static str
dotted(struct arena *a, struct ip ip)
{
	/* the RFC leaves the case open; other programs write upper case */
	static const char hex[] = "0123456789ABCDEF";
	struct buf b = { .arena = a };

	if (ip.family != 6)
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
or_unknown(str s)
{
	return s.n > 0 ? s : STR("unknown");
}

static str
make_value(struct arena *a, char letter, const struct spf_macros *m)
{
	const struct spf_query *q = m->query;
	struct ip ip = ip_unmap(q->ip);

	switch (letter) {
	case 's':
		return STR_CAT(a, m->sender_local, STR("@"), m->sender_domain);
	case 'l': return m->sender_local;
	case 'o': return m->sender_domain;
	case 'd': return m->domain;
	case 'i': return dotted(a, ip);
	case 'p': return or_unknown(m->validated);
	case 'h':
		/* what cannot be a name is not repeated a thousand times */
		return or_unknown(
			q->helo.n <= SPF_MAX_LOCAL ? q->helo : STR(""));
	case 'v': return ip.family == 6 ? STR("ip6") : STR("in-addr");
	case 'c': return ip_format(a, ip);
	case 'r': return or_unknown(q->receiver);
	default: return str_number(a, q->now > 0 ? (uint64_t)q->now : 0);
	}
}

static str
value_of(struct expansion *e, size_t letter)
{
	str *v = &e->value[letter];

	if (!v->p)
		*v = make_value(e->out.arena, letters[letter], e->macros);
	return *v;
}

/* The part of s that begins, or with `last` ends, at its edge. */
static str
edge_part(str s, str delimiters, bool last)
{
	size_t n = 0;

	while (n < s.n && str_find(delimiters, s.p[last ? s.n - 1 - n : n]) ==
				  delimiters.n)
		n++;
	return last ? str_skip(s, s.n - n) : str_sub(s, 0, n);
}

static uint64_t
count_parts(str s, str delimiters)
{
	uint64_t n = 1;

	for (size_t i = 0; i < s.n; i++)
		n += str_find(delimiters, s.p[i]) < delimiters.n;
	return n;
}

/* All but the unreserved characters of RFC 3986 2.3 as %NN. */
static void
put_url(struct buf *b, str s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (is_alnum(s.p[i]) || is_one_of(s.p[i], "-._~")) {
			buf_char(b, s.p[i]);
			continue;
		}
		buf_char(b, '%');
		buf_char(b, hex[c >> 4]);
		buf_char(b, hex[c & 15]);
	}
}

/* Split, reverse, keep the right-most parts, join with dots. (7.3) */
static void
put_expand(struct expansion *e, const struct expand *x)
{
	str delimiters = x->delimiters.n > 0 ? x->delimiters : STR(".");
	str s = value_of(e, x->letter);
	uint64_t n = count_parts(s, delimiters);
	uint64_t skip = x->keep > 0 && x->keep < n ? n - x->keep : 0;

	for (uint64_t i = 0; i < n; i++) {
		str part = edge_part(s, delimiters, x->reverse);
		if (x->reverse)
			s = str_sub(s, 0, s.n - part.n - (i + 1 < n));
		else
			s = str_skip(s, part.n + 1);
		if (i < skip)
			continue;
		if (i > skip)
			buf_char(&e->out, '.');
		if (x->url)
			put_url(&e->out, part);
		else
			buf_add(&e->out, part);
	}
}

/*
 * A record full of macros is no reason to write megabytes: of a name only the
 * right end counts.
 */
static void
drop_left(struct buf *b)
{
	enum { ENOUGH = 2 * DNS_MAX_NAME, MUCH = 16 * DNS_MAX_NAME };

	if (b->n > MUCH) {
		memmove(b->p, b->p + b->n - ENOUGH, ENOUGH);
		b->n = ENOUGH;
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

static void
put_unit(struct expansion *e, str unit, const struct expand *x)
{
	if (unit.n > 2)
		put_expand(e, x);
	else if (unit.n < 2)
		buf_add(&e->out, unit);
	else if (unit.p[1] == '_')
		buf_char(&e->out, ' ');
	else
		buf_add(&e->out, unit.p[1] == '-' ? STR("%20") : STR("%"));
}

str
spf_macro_expand(struct arena *a, str s, enum spf_macro_use use,
	const struct spf_macros *m)
{
	struct expansion e = { .out = { .arena = a }, .macros = m };
	struct spf_fault fault;
	struct expand x;
	size_t n;

	/* most names have no macro */
	if (use == SPF_MACRO_DOMAIN && s.n > 0 && s.n <= DNS_MAX_NAME &&
		str_find(s, '%') == s.n)
		return fit_name(s);
	while (s.n > 0) {
		/* what is not valid, and should not be here, stays as it is */
		if (!read_unit(s, SPF_MACRO_EXP, &x, &n, &fault))
			n = 1;
		put_unit(&e, str_sub(s, 0, n), &x);
		s = str_skip(s, n);
		if (use == SPF_MACRO_DOMAIN)
			drop_left(&e.out);
		else if (e.out.n > SPF_MAX_EXPLANATION)
			break;
	}
	str out = buf_str(&e.out);
	return use == SPF_MACRO_DOMAIN ? fit_name(out)
				       : str_sub(out, 0, SPF_MAX_EXPLANATION);
}
