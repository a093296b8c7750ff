/*
 * record.c - an SPF record, read as a whole before anything is evaluated.
 * (RFC 7208 4.5, 4.6.1, 12)
 */
#include "mailauth/spf.h"
#include "mailauth/buf.h"

struct parser {
	struct arena *arena;
	str text;
	struct spf_record *record;
};

bool
spf_is_record(str txt)
{
	return str_istarts(txt, STR("v=spf1")) &&
	       (txt.n == 6 || txt.p[6] == ' ');
}

/* The first error stands; `span` is a slice of the text. */
static bool
wrong(struct parser *p, str span, str what)
{
	struct spf_record *r = p->record;

	if (!r->reason.p) {
		r->reason = STR_CAT(p->arena, STR("`"), span, STR("`: "), what);
		r->error_at = (size_t)(span.p - p->text.p);
		r->error_n = span.n;
	}
	return false;
}

static const struct {
	str name;
	enum spf_mechanism kind;
} mechanisms[] = {
	{ STR_INIT("all"), SPF_ALL },
	{ STR_INIT("include"), SPF_INCLUDE },
	{ STR_INIT("a"), SPF_A },
	{ STR_INIT("mx"), SPF_MX },
	{ STR_INIT("ptr"), SPF_PTR },
	{ STR_INIT("ip4"), SPF_IP4 },
	{ STR_INIT("ip6"), SPF_IP6 },
	{ STR_INIT("exists"), SPF_EXISTS },
};

static bool
read_domain_spec(struct parser *p, struct spf_term *t, str spec)
{
	size_t bad;

	t->spec = spec;
	if (spec.n == 0)
		return wrong(p, t->text, STR("a domain name is missing"));
	if (!spf_macro_valid(spec, SPF_MACRO_DOMAIN, &bad))
		return wrong(p, bad > 0 ? str_skip(spec, bad) : spec,
			STR("no domain name"));
	return true;
}

/* A decimal without leading zeros. */
static bool
read_prefix(struct parser *p, str s, unsigned max, unsigned *out)
{
	uint64_t v;

	if (!str_uint(s, max, &v) || (s.n > 1 && s.p[0] == '0'))
		return wrong(p, s.n ? s : p->text, STR("no prefix length"));
	*out = (unsigned)v;
	return true;
}

/* Cuts [ "/" n ] [ "//" n ] off the right end of *s. */
static bool
take_dual_cidr(struct parser *p, struct spf_term *t, str *s)
{
	size_t double_slash = str_ifind(*s, STR("//"));

	if (double_slash < s->n && str_find(str_skip(*s, double_slash), '}') ==
					   s->n - double_slash) {
		if (!read_prefix(p, str_skip(*s, double_slash + 2), 128,
			    &t->prefix6))
			return false;
		s->n = double_slash;
	}
	/* a slash may also be part of the name: digits to the end decide */
	size_t slash = str_rfind(*s, '/');
	if (slash == s->n || str_find(str_skip(*s, slash), '}') < s->n - slash)
		return true;
	if (!read_prefix(p, str_skip(*s, slash + 1), 32, &t->prefix4))
		return false;
	s->n = slash;
	return true;
}

/* "a", "mx": [ ":" domain-spec ] [ dual-cidr-length ] */
static bool
read_host(struct parser *p, struct spf_term *t, str rest)
{
	if (!take_dual_cidr(p, t, &rest))
		return false;
	if (rest.n == 0)
		return true;
	if (rest.p[0] != ':')
		return wrong(p, t->text, STR("unknown mechanism"));
	return read_domain_spec(p, t, str_skip(rest, 1));
}

static bool
read_network(struct parser *p, struct spf_term *t, str rest)
{
	bool v4 = t->kind == SPF_IP4;
	str value = str_skip(rest, 1);
	size_t slash = str_find(value, '/');
	str address = str_sub(value, 0, slash);

	if (rest.n < 2 || rest.p[0] != ':')
		return wrong(p, t->text, STR("an address is missing"));
	if (!(v4 ? ip_parse4 : ip_parse6)(address, &t->net))
		return wrong(p, address.n ? address : t->text,
			v4 ? STR("no IPv4 address") : STR("no IPv6 address"));
	if (slash == value.n)
		return true;
	return read_prefix(p, str_skip(value, slash + 1), v4 ? 32 : 128,
		v4 ? &t->prefix4 : &t->prefix6);
}

static bool
read_mechanism(struct parser *p, struct spf_term *t, str name, str rest)
{
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
		if (str_ieq(name, mechanisms[i].name))
			t->kind = mechanisms[i].kind;
	switch (t->kind) {
	case SPF_ALL:
		p->record->has_all = true;
		return rest.n == 0 ||
		       wrong(p, t->text, STR("`all` takes no value"));
	case SPF_A:
	case SPF_MX: return read_host(p, t, rest);
	case SPF_IP4:
	case SPF_IP6: return read_network(p, t, rest);
	case SPF_PTR:
		if (rest.n == 0)
			return true;
		/* fall through */
	case SPF_INCLUDE:
	case SPF_EXISTS:
		if (rest.n == 0 || rest.p[0] != ':')
			return wrong(
				p, t->text, STR("a domain name is missing"));
		return read_domain_spec(p, t, str_skip(rest, 1));
	default: return wrong(p, t->text, STR("unknown mechanism"));
	}
}

static bool
read_modifier(struct parser *p, struct spf_term *t, str name, str value)
{
	struct spf_record *r = p->record;
	const struct spf_term **once = NULL;
	size_t bad;

	t->kind = SPF_MODIFIER;
	if (str_ieq(name, STR("redirect"))) {
		t->kind = SPF_REDIRECT;
		once = &r->redirect;
	} else if (str_ieq(name, STR("exp"))) {
		t->kind = SPF_EXP;
		once = &r->exp;
	}
	if (once) {
		if (*once)
			return wrong(p, t->text, STR("occurs twice"));
		*once = t;
		return read_domain_spec(p, t, value);
	}
	t->spec = value;
	/* a macro-string, which need not end like a name */
	str macro = STR_CAT(p->arena, value, STR(".x"));
	if (spf_macro_valid(macro, SPF_MACRO_DOMAIN, &bad))
		return true;
	return wrong(p, t->text, STR("bad macro"));
}

/* The length of a modifier's name when t is one, or 0. (4.6.1) */
static size_t
modifier_name(str term)
{
	size_t n = 0;

	if (term.n == 0 || !is_alpha(term.p[0]))
		return 0;
	while (n < term.n && (is_alnum(term.p[n]) || term.p[n] == '-' ||
				     term.p[n] == '_' || term.p[n] == '.'))
		n++;
	return n < term.n && term.p[n] == '=' ? n : 0;
}

static enum result
qualifier_of(char c)
{
	return c == '+'   ? RESULT_PASS
	       : c == '-' ? RESULT_FAIL
	       : c == '~' ? RESULT_SOFTFAIL
	       : c == '?' ? RESULT_NEUTRAL
			  : RESULT_PENDING;
}

static bool
read_term(struct parser *p, struct spf_term *t)
{
	str s = t->text;
	size_t n = modifier_name(s);

	t->prefix4 = 32;
	t->prefix6 = 128;
	t->qualifier = RESULT_PASS;
	if (n > 0)
		return read_modifier(
			p, t, str_sub(s, 0, n), str_skip(s, n + 1));
	if (qualifier_of(s.p[0]) != RESULT_PENDING) {
		t->qualifier = qualifier_of(s.p[0]);
		s = str_skip(s, 1);
	}
	while (n < s.n && s.p[n] != ':' && s.p[n] != '/')
		n++;
	return read_mechanism(p, t, str_sub(s, 0, n), str_skip(s, n));
}

static bool
check_bytes(struct parser *p)
{
	for (size_t i = 0; i < p->text.n; i++) {
		unsigned char c = (unsigned char)p->text.p[i];
		if (c < 0x20 || c > 0x7e)
			return wrong(p, str_sub(p->text, i, 1),
				STR("no character of an SPF record"));
	}
	return true;
}

struct spf_record
spf_record_parse(struct arena *a, str txt)
{
	struct spf_record r = { 0 };
	struct parser p = { .arena = a, .text = txt, .record = &r };
	struct spf_term *term;
	size_t words = 1;
	str word;

	for (size_t i = 0; i < txt.n; i++)
		words += txt.p[i] == ' ';
	term = arena_make(a, words, struct spf_term);

	r.term = term;
	check_bytes(&p);
	for (str rest = str_skip(txt, sizeof("v=spf1") - 1);
		str_split(&rest, ' ', &word);) {
		if (word.n == 0)
			continue;
		term[r.n].text = word;
		read_term(&p, &term[r.n++]);
	}
	r.valid = !r.reason.p;
	return r;
}
