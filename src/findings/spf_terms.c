/*
 * spf_terms.c - a term of an SPF record that is none, or has a bad value.
 */
#include "spf_words.h"

#include "mailauth/hint.h"

enum { BEFORE = 7 }; /* octets of "v=spf1 " */

/* --- no mechanism ---------------------------------------------------- */

/* Labels of letters, digits, '-' and '_'. */
static bool
is_domain(str s)
{
	s = str_trim_dot(s);
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && !is_one_of(s.p[i], "-_."))
			return false;
	return s.n > 0 && dns_name_valid(s);
}

static bool
is_host(str s)
{
	str top = str_skip(s, str_rfind(s, '.') + 1);

	return is_domain(s) && top.n > 1 && is_alpha(top.p[0]);
}

bool
spf_find_address(struct words *l, str word)
{
	str s = spf_word_bare(word), advice, better = { 0 };
	str first = str_sub(s, 0, str_find(s, '.'));
	unsigned prefix;
	struct ip net;

	if (ip_parse_network(s, &net, &prefix)) {
		better = STR_CAT(l->f->arena, spf_word_sign(word),
			net.family == 4 ? STR("ip4:") : STR("ip6:"), s);
		advice = STR_CAT(l->f->arena, STR("write `"), better, STR("`"));
	} else if (is_host(s) && (!spf_is_mechanism(first) || first.n == 1)) {
		advice = STR_CAT(l->f->arena, STR("write `a:"), s,
			STR("`, or `include:"), s,
			STR("` if it has an SPF record"));
	} else {
		return false;
	}
	struct finding *x = FIND(
		l->f, SPF_BARE_ADDRESS, { "term", word }, { "advice", advice });
	spf_word_point(l, x, s, STR("what is it?"));
	spf_word_mend(l, better);
	return true;
}

/* "-all" for "all-"; never a bare "all", which lets everybody pass. */
static str
mended_all(struct words *l, str word)
{
	str sign = spf_word_sign(word);

	if (sign.n == 0 && word.n > 0 && is_one_of(word.p[word.n - 1], "-~?"))
		sign = str_skip(word, word.n - 1);
	return STR_CAT(l->f->arena, sign.n > 0 ? sign : STR("~"), STR("all"));
}

/* Mechanisms like the name that the rest fits to. */
static str
suggestion(struct words *l, str word)
{
	static const char *const mechanisms[] = { "all", "include", "a", "mx",
		"ptr", "ip4", "ip6", "exists" };
	struct arena *a = l->f->arena;
	struct hint h = hint_begin(arena_lower(a, spf_word_name(word)));
	str s = spf_word_bare(word), dotted = s;

	if (spf_is_pointer(spf_word_name(word)))
		return s; /* modifiers take no sign */
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
		hint_offer(&h, mechanisms[i]);
	for (size_t i = 0; i < h.n; i++) {
		str name = str_from(h.best[i]);
		str better = str_eq(name, STR("all"))
				     ? mended_all(l, word)
				     : STR_CAT(a, spf_word_sign(word), name,
					       spf_word_rest(word));
		if (spf_word_fits(l, better))
			return better;
	}
	/* "include.example.com" */
	dotted.n = str_find(s, '.');
	if (spf_is_mechanism(dotted) && dotted.n < s.n)
		return STR_CAT(a, spf_word_sign(word), dotted, STR(":"),
			str_skip(s, dotted.n + 1));
	return (str){ 0 };
}

/* A modifier that is nearly "redirect"; it would be ignored. */
static bool
look_for_mistyped(struct words *l, str word)
{
	str name = spf_word_name(word);
	struct hint h = hint_begin(arena_lower(l->f->arena, name));

	hint_offer(&h, "redirect");
	if (h.n == 0 || h.distance > 2 || name.n < 6 ||
		spf_word_bare(word).n != word.n)
		return false;
	str better = STR_CAT(l->f->arena, STR("redirect"), spf_word_rest(word));
	struct finding *x = FIND(l->f, SPF_UNKNOWN_MECHANISM,
		{ "kind", STR("modifier") },
		{ "term", STR_CAT(l->f->arena, name, STR("=")) },
		{ "advice", STR_CAT(l->f->arena, STR("did you mean `"), better,
				    STR("`? as it is, it is ignored")) });
	spf_word_point(l, x, name, STR("redirect"));
	spf_word_mend(l, better);
	return true;
}

bool
spf_find_unknown(struct words *l, str word)
{
	if (spf_is_modifier(word) && spf_word_fits(l, word))
		return look_for_mistyped(l, word);
	if (spf_word_fits(l, word))
		return false;
	str better = suggestion(l, word), name = spf_word_name(word);
	bool mended = better.p && spf_word_fits(l, better);
	struct finding *x = FIND(l->f, SPF_UNKNOWN_MECHANISM,
		{ "kind", STR("mechanism") }, { "term", word },
		{ "advice",
			mended ? STR_CAT(l->f->arena, STR("did you mean `"),
					 better, STR("`?"))
			       : STR("remove it, or write the mechanism that "
				     "is meant") });
	spf_word_point(l, x,
		spf_is_mechanism(name) || name.n == 0 ? word : name,
		!mended ? STR("")
		: spf_word_sign(word).n == 0 && spf_word_rest(better).n == 0
			? better
			: spf_word_name(better));
	spf_word_mend(l, mended ? better : (str){ 0 });
	return true;
}

/* --- values ---------------------------------------------------------- */

/* The part of the word that the parser names. */
static str
wrong_part(str word, const struct spf_record *r)
{
	str part = str_sub(word, r->error_at - BEFORE, r->error_n);

	return r->error_at < BEFORE || part.n == 0 ? word : part;
}

/* Four numbers, one of them more than an octet holds. */
static bool
is_too_large(str value)
{
	str rest = str_sub(value, 0, str_find(value, '/')), s;
	size_t numbers = 0, large = 0;
	uint64_t n;

	for (; str_split(&rest, '.', &s); numbers++) {
		if (!str_uint(s, 99999, &n))
			return false;
		large += n > 255;
	}
	return numbers == 4 && large > 0;
}

/* What to write for a value that is no network. */
static str
network_advice(struct words *l, str value, str wrong, bool v4)
{
	if (is_host(value))
		return STR_CAT(l->f->arena, STR("write `a:"), value,
			STR("`, or `include:"), value,
			STR("` if it has an SPF record"));
	if (v4 && is_too_large(value))
		return STR("correct the address: its numbers go up to 255");
	size_t slash = str_find(value, '/');
	struct ip ip;
	if (slash < value.n && ip_parse(str_sub(value, 0, slash), &ip) &&
		(ip.family == 4) == v4 && wrong.n > 0 && wrong.n < value.n)
		return v4 ? STR("correct the prefix length: it goes up to 32")
			  : STR("correct the prefix length: it goes up to 128");
	return STR("write one network per term, as in ip4:192.0.2.0/24 or "
		   "ip6:2001:db8::/32");
}

static void
find_bad_network(struct words *l, str word, str wrong)
{
	bool v4 = str_ieq(spf_word_name(word), STR("ip4"));
	str value = str_skip(spf_word_rest(word), 1);
	str better = STR_CAT(l->f->arena, spf_word_sign(word),
		v4 ? STR("ip6:") : STR("ip4:"), value);
	bool other = spf_word_fits(l, better);
	struct finding *x = FIND(l->f, SPF_BAD_IP,
		{ "value", value.n > 0 ? value : word },
		{ "family", v4 ? STR("IPv4") : STR("IPv6") },
		{ "advice", other ? STR_CAT(l->f->arena, STR("write `"), better,
					    STR("`"))
				  : network_advice(l, value, wrong, v4) });

	spf_word_point(l, x, wrong, other ? STR("the other family") : STR(""));
	spf_word_mend(l, other ? better : (str){ 0 });
}

/* "a/33": the length of a prefix. */
static void
find_bad_prefix(struct words *l, str word, str wrong)
{
	bool v6 = str_ifind(word, STR("//")) < word.n;
	struct finding *x = FIND(l->f, SPF_BAD_IP, { "value", word },
		{ "family", v6 ? STR("IPv6") : STR("IPv4") },
		{ "advice",
			STR("write the prefix length as /24, and for IPv6 as "
			    "//64") });

	spf_word_point(l, x, wrong, STR("prefix length"));
	l->lost = true;
}

/* Without scheme, prefix length and doubled dots; absent if nothing helps. */
static str
mended_domain(struct words *l, str word, str spec)
{
	size_t scheme = str_ifind(spec, STR("://"));
	str s = scheme < spec.n ? str_skip(spec, scheme + 3) : spec;
	str head =
		str_sub(word, 0, word.n - str_skip(spf_word_rest(word), 1).n);
	struct buf b = { .arena = l->f->arena };

	size_t slash = str_find(s, '/'), end = slash;
	while (end < s.n && (s.p[end] == '/' || is_digit(s.p[end])))
		end++;
	if (end == s.n)
		s.n = slash;
	while (s.n > 0 && s.p[0] == '.')
		s = str_skip(s, 1);
	for (size_t i = 0; i < s.n; i++)
		if (i == 0 || s.p[i] != '.' || s.p[i - 1] != '.')
			buf_char(&b, s.p[i]);
	return is_host(buf_str(&b)) ? STR_CAT(l->f->arena, head, buf_str(&b))
				    : (str){ 0 };
}

/* "a:192.0.2.1", where a name belongs: as ip4 or ip6; absent if it is none. */
static str
as_network(struct words *l, str word)
{
	str value = str_skip(spf_word_rest(word), 1);
	str address = str_sub(value, 0, str_find(value, '/'));
	struct ip ip;

	if (!spf_is_mechanism(spf_word_name(word)) || !ip_parse(address, &ip))
		return (str){ 0 };
	return STR_CAT(l->f->arena, spf_word_sign(word),
		ip.family == 4 ? STR("ip4:") : STR("ip6:"), value);
}

/* What to write for a value that is no name. */
static str
domain_advice(str word)
{
	str name = spf_word_name(word);

	if (str_ieq(name, STR("a")) || str_ieq(name, STR("mx")))
		return STR("give a name; an address is written as "
			   "ip4:192.0.2.1");
	return STR("give only the name that the vendor documents");
}

static void
find_bad_domain(struct words *l, str word, str spec)
{
	str better = spec.n > 0 ? as_network(l, word) : (str){ 0 };
	if (spec.n > 0 && !better.p)
		better = mended_domain(l, word, spec);
	bool mended = better.p && spf_word_fits(l, better);
	struct finding *x = FIND(l->f, SPF_BAD_DOMAIN,
		{ "value", spec.n > 0 ? spec : word },
		{ "trouble", spec.n > 0 ? STR("is not a domain name")
					: STR("lacks a domain name") },
		{ "advice", mended ? STR_CAT(l->f->arena, STR("write `"),
					     better, STR("`"))
				   : domain_advice(word) });

	spf_word_point(l, x, spec.n > 0 ? spec : word, STR(""));
	spf_word_mend(l, mended ? better : (str){ 0 });
}

/* "a/33" or "a:b.example/33", but not "a:192.0.2.1", which has digits too. */
static bool
is_bad_prefix(str word, str wrong)
{
	str rest = spf_word_rest(word);
	str host = str_skip(str_sub(rest, 0, str_find(rest, '/')), 1);

	return wrong.n > 0 && (wrong.p[0] == '/' || is_digit(wrong.p[0])) &&
	       (host.n == 0 || is_host(host));
}

static void
find_bad_value(struct words *l, str word, const struct spf_record *r)
{
	str wrong = wrong_part(word, r), name = spf_word_name(word);

	if (wrong.p[0] == '%') {
		struct finding *x =
			FIND(l->f, SPF_BAD_MACRO, { "text", wrong });
		spf_word_point(l, x, wrong, STR(""));
		l->lost = true;
	} else if (str_ieq(name, STR("ip4")) || str_ieq(name, STR("ip6"))) {
		find_bad_network(l, word, wrong);
	} else if (is_bad_prefix(word, wrong) &&
		   (str_ieq(name, STR("a")) || str_ieq(name, STR("mx")))) {
		find_bad_prefix(l, word, wrong);
	} else {
		find_bad_domain(l, word, str_skip(spf_word_rest(word), 1));
	}
}

/* Legal, and no name of a host or domain. */
static bool
is_odd_domain(const struct spf_term *t)
{
	return t->spec.p && t->kind != SPF_MODIFIER &&
	       str_find(t->spec, '%') == t->spec.n && !is_domain(t->spec);
}

bool
spf_find_value(struct words *l, str word)
{
	str name = spf_word_name(word);
	bool sign = spf_word_bare(word).n != word.n;

	if (str_ieq(name, STR("all")) ||
		!(spf_is_mechanism(name) || (spf_is_pointer(name) && !sign)))
		return false;
	struct spf_record r = spf_word_alone(l, word);
	if (!r.valid)
		find_bad_value(l, word, &r);
	else if (is_odd_domain(&r.term[0]))
		find_bad_domain(l, word,
			str_sub(str_skip(spf_word_rest(word), 1), 0,
				r.term[0].spec.n));
	else
		return false;
	return true;
}
