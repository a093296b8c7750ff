/*
 * record.c - an SPF record, read as a whole before anything is evaluated.
 * (RFC 7208 4.5, 4.6.1, 12)
 *
 * The first error ends the reading.  It is told in words for a person, and
 * points at the smallest part of the record that is wrong.
 */
#include "mailauth/spf.h"
#include "mailauth/buf.h"

#include <string.h>

enum { VERSION_LENGTH = 6 }; /* of "v=spf1" */

struct parser {
	struct arena *arena;
	str text;
	struct spf_record *record;
};

bool
spf_is_record(str txt)
{
	return str_istarts(txt, STR("v=spf1")) &&
	       (txt.n == VERSION_LENGTH || txt.p[VERSION_LENGTH] == ' ');
}

/* `span` is a slice of the text. */
static bool
wrong(struct parser *p, str span, str reason)
{
	p->record->reason = reason;
	p->record->error_at = (size_t)(span.p - p->text.p);
	p->record->error_n = span.n;
	return false;
}

#define SAY(p, ...) STR_CAT((p)->arena, __VA_ARGS__)

static bool
check_macros(struct parser *p, str s, enum spf_macro_use use)
{
	struct spf_fault f;

	if (spf_macro_valid(s, use, &f))
		return true;
	return wrong(p, f.what, SAY(p, STR("`"), f.what, STR("`: "), f.why));
}

/* --- prefix lengths -------------------------------------------------- */

/* "0" / %x31-39 *DIGIT; `slashes` and `digits` are neighbours. */
static bool
read_prefix(
	struct parser *p, str slashes, str digits, unsigned max, unsigned *out)
{
	uint64_t v;

	if (digits.n == 0)
		return wrong(p, slashes,
			STR("a prefix length is missing after the slash"));
	if (!str_uint(digits, UINT32_MAX, &v))
		return wrong(p, digits,
			SAY(p, STR("`"), digits,
				STR("` is not a prefix length")));
	if (digits.n > 1 && digits.p[0] == '0')
		return wrong(
			p, digits, STR("a prefix length has no leading zero"));
	if (v > max)
		return wrong(p, digits,
			SAY(p, STR("a prefix length here is at most "),
				str_number(p->arena, max)));
	*out = (unsigned)v;
	return true;
}

/* The slashes and digits at the right end of s; *slashes is empty if none. */
static void
find_prefix(str s, str *slashes, str *digits)
{
	size_t i = s.n, end;

	while (i > 0 && is_digit(s.p[i - 1]))
		i--;
	for (end = i; i > 0 && s.p[i - 1] == '/' && end - i < 2; i--)
		;
	*slashes = str_sub(s, i, end - i);
	*digits = str_skip(s, end);
}

/*
 * Cuts [ "/" n ] [ "//" n ] off the right end of *s.  A slash may be part of a
 * name as well, but then no digits follow it to the end.
 */
static bool
take_dual_cidr(struct parser *p, struct spf_term *t, str *s)
{
	str slashes, digits;

	find_prefix(*s, &slashes, &digits);
	if (slashes.n == 2) {
		if (!read_prefix(p, slashes, digits, 128, &t->prefix6))
			return false;
		s->n -= slashes.n + digits.n;
		find_prefix(*s, &slashes, &digits);
	}
	if (slashes.n == 0)
		return true;
	if (slashes.n == 2)
		return wrong(p, slashes,
			STR("an IPv4 prefix length is written `/`"));
	s->n -= slashes.n + digits.n;
	return read_prefix(p, slashes, digits, 32, &t->prefix4);
}

/* --- values ---------------------------------------------------------- */

static bool
read_domain_spec(struct parser *p, struct spf_term *t, str spec)
{
	str slashes, digits;

	t->spec = spec;
	if (spec.n == 0)
		return wrong(p, t->text,
			SAY(p, STR("`"), t->text,
				STR("` lacks a domain name")));
	find_prefix(spec, &slashes, &digits);
	if (slashes.n > 0 && digits.n > 0)
		return wrong(p, (str){ slashes.p, slashes.n + digits.n },
			t->kind == SPF_A || t->kind == SPF_MX
				? STR("an IPv6 prefix length is written `//`")
				: STR("no prefix length can stand here"));
	return check_macros(p, spec, SPF_MACRO_DOMAIN);
}

static bool
read_all(struct parser *p, struct spf_term *t, str rest)
{
	(void)t;
	p->record->has_all = true;
	return rest.n == 0 || wrong(p, rest, STR("`all` takes no value"));
}

/* "a", "mx": [ ":" domain-spec ] [ dual-cidr-length ] */
static bool
read_host(struct parser *p, struct spf_term *t, str rest)
{
	str value = str_skip(rest, 1);

	if (rest.n > 0 && rest.p[0] == ':')
		return take_dual_cidr(p, t, &value) &&
		       read_domain_spec(p, t, value);
	if (!take_dual_cidr(p, t, &rest))
		return false;
	return rest.n == 0 ||
	       wrong(p, rest, STR("a prefix length is a slash and digits"));
}

/* "include", "exists": ":" domain-spec; "ptr": [ ":" domain-spec ] */
static bool
read_name(struct parser *p, struct spf_term *t, str rest)
{
	if (rest.n > 0 && rest.p[0] == '/')
		return wrong(p, rest, STR("no prefix length can stand here"));
	if (rest.n == 0 && t->kind == SPF_PTR)
		return true;
	return read_domain_spec(p, t, str_skip(rest, 1));
}

static bool
wrong_address(struct parser *p, str address, bool v4)
{
	struct ip ip = { 0 };

	if ((v4 ? ip_parse6 : ip_parse4)(address, &ip))
		return wrong(p, address,
			SAY(p, STR("`"), address, STR("` belongs into an ip"),
				v4 ? STR("6") : STR("4"), STR(" term")));
	return wrong(p, address,
		SAY(p, STR("`"), address, STR("` is not an IPv"),
			v4 ? STR("4") : STR("6"), STR(" address")));
}

static bool
read_network(struct parser *p, struct spf_term *t, str rest)
{
	bool v4 = t->kind == SPF_IP4;
	str value = str_skip(rest, 1);
	size_t slash = str_find(value, '/');
	str address = str_sub(value, 0, slash);

	if (rest.n == 0 || rest.p[0] != ':' || address.n == 0)
		return wrong(p, t->text,
			SAY(p, STR("`"), t->text, STR("` lacks an address")));
	if (!(v4 ? ip_parse4 : ip_parse6)(address, &t->net))
		return wrong_address(p, address, v4);
	if (slash == value.n)
		return true;
	return read_prefix(p, str_sub(value, slash, 1),
		str_skip(value, slash + 1), v4 ? 32 : 128,
		v4 ? &t->prefix4 : &t->prefix6);
}

/* --- terms ----------------------------------------------------------- */

static const struct mechanism {
	str name;
	enum spf_mechanism kind;
	bool (*read)(struct parser *, struct spf_term *, str rest);
} mechanisms[] = {
	{ STR_INIT("all"), SPF_ALL, read_all },
	{ STR_INIT("include"), SPF_INCLUDE, read_name },
	{ STR_INIT("a"), SPF_A, read_host },
	{ STR_INIT("mx"), SPF_MX, read_host },
	{ STR_INIT("ptr"), SPF_PTR, read_name },
	{ STR_INIT("ip4"), SPF_IP4, read_network },
	{ STR_INIT("ip6"), SPF_IP6, read_network },
	{ STR_INIT("exists"), SPF_EXISTS, read_name },
};

static bool
unknown_mechanism(struct parser *p, struct spf_term *t, str name, str rest)
{
	bool modifier =
		str_ieq(name, STR("redirect")) || str_ieq(name, STR("exp"));

	if (modifier && rest.n > 0)
		return wrong(p, str_sub(rest, 0, 1),
			SAY(p, STR("`"), name, STR("` is written with `=`")));
	if (name.n == 0)
		return wrong(p, t->text,
			SAY(p, STR("`"), t->text,
				STR("` has no mechanism's name")));
	return wrong(p, name,
		SAY(p, STR("`"), name, STR("` is not a known mechanism")));
}

static bool
read_mechanism(struct parser *p, struct spf_term *t, str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != ':' && s.p[n] != '/')
		n++;
	str name = str_sub(s, 0, n), rest = str_skip(s, n);
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
		if (str_ieq(name, mechanisms[i].name)) {
			t->kind = mechanisms[i].kind;
			return mechanisms[i].read(p, t, rest);
		}
	return unknown_mechanism(p, t, name, rest);
}

static bool
is_name_char(char c)
{
	return is_alnum(c) || c == '-' || c == '_' || c == '.';
}

/* The length of a modifier's name when s is one, or 0. (4.6.1) */
static size_t
modifier_name(str s)
{
	size_t n = 0;

	if (s.n == 0 || !is_alpha(s.p[0]))
		return 0;
	while (n < s.n && is_name_char(s.p[n]))
		n++;
	return n < s.n && s.p[n] == '=' ? n : 0;
}

static bool
read_modifier(struct parser *p, struct spf_term *t, size_t name_n)
{
	str name = str_sub(t->text, 0, name_n);
	str value = str_skip(t->text, name_n + 1);
	const struct spf_term **once = NULL;

	t->kind = SPF_MODIFIER;
	if (str_ieq(name, STR("redirect"))) {
		t->kind = SPF_REDIRECT;
		once = &p->record->redirect;
	} else if (str_ieq(name, STR("exp"))) {
		t->kind = SPF_EXP;
		once = &p->record->exp;
	}
	if (!once) {
		t->spec = value;
		return check_macros(p, value, SPF_MACRO_STRING);
	}
	if (*once) /* 6 */
		return wrong(p, str_sub(t->text, 0, name_n + 1),
			SAY(p, STR("`"), name, STR("=` occurs twice")));
	*once = t;
	return read_domain_spec(p, t, value);
}

static bool
read_qualifier(char c, enum result *out)
{
	static const struct {
		char sign;
		enum result result;
	} qualifiers[] = {
		{ '+', RESULT_PASS },
		{ '-', RESULT_FAIL },
		{ '~', RESULT_SOFTFAIL },
		{ '?', RESULT_NEUTRAL },
	};

	for (size_t i = 0; i < sizeof(qualifiers) / sizeof(qualifiers[0]); i++)
		if (qualifiers[i].sign == c) {
			*out = qualifiers[i].result;
			return true;
		}
	return false;
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
		return read_modifier(p, t, n);
	if (read_qualifier(s.p[0], &t->qualifier)) {
		s = str_skip(s, 1);
		if (modifier_name(s) > 0)
			return wrong(p, str_sub(t->text, 0, 1),
				STR("a modifier takes no qualifier"));
	}
	return read_mechanism(p, t, s);
}

/* --- records --------------------------------------------------------- */

static bool
check_bytes(struct parser *p)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < p->text.n; i++) {
		unsigned char c = (unsigned char)p->text.p[i];
		if (c >= 0x20 && c <= 0x7e)
			continue;
		char octet[2] = { hex[c >> 4], hex[c & 15] };
		return wrong(p, str_sub(p->text, i, 1),
			SAY(p, STR("byte 0x"), ((str){ octet, 2 }),
				STR(" is not allowed in a record")));
	}
	return true;
}

static size_t
count_terms(str text)
{
	size_t n = 0;

	for (size_t i = 1; i < text.n; i++)
		n += text.p[i] != ' ' && text.p[i - 1] == ' ';
	return n;
}

struct spf_record
spf_record_parse(struct arena *a, str txt)
{
	struct spf_record r = { 0 };
	struct parser p = { .arena = a, .text = txt, .record = &r };
	struct spf_term *term =
		arena_make(a, count_terms(txt), struct spf_term);
	str rest = str_skip(txt, VERSION_LENGTH), word;
	bool ok;

	r.term = term;
	ok = spf_is_record(txt) ? check_bytes(&p)
				: wrong(&p, str_sub(txt, 0, str_find(txt, ' ')),
					  STR("a record begins with `v=spf1`"));
	while (ok && str_split(&rest, ' ', &word)) {
		if (word.n == 0)
			continue;
		term[r.n].text = word;
		ok = read_term(&p, &term[r.n++]);
	}
	r.valid = ok;
	return r;
}
