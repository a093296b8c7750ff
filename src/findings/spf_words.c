/*
 * spf_words.c - terms of an SPF record that fall apart, or run together.
 *
 * The record is read word by word, and each word is parsed as if it were a
 * record's only term, so that one error does not hide the next.  Beside that
 * the record is written anew, with all that can be mended in only one way.
 */
#include "find_spf.h"

#include "mailauth/hint.h"

enum {
	WORDS_MAX = 400, /* looked at */
	FOUND_MAX = 8,   /* said of one record */
	BEFORE = 7       /* octets of "v=spf1 " */
};

struct words {
	struct find *f;
	str name, text;
	const struct dns_rr *rr; /* with the borders of strings; NULL */
	str word[WORDS_MAX];
	size_t n, i;
	struct finding *found[FOUND_MAX];
	size_t n_found;
	struct buf mended; /* the record anew */
	bool lost;         /* something cannot be mended */
};

static const char *const mechanisms[] = { "all", "include", "a", "mx", "ptr",
	"ip4", "ip6", "exists" };
enum { MECHANISMS = sizeof(mechanisms) / sizeof(mechanisms[0]) };

/* --- help ------------------------------------------------------------ */

static struct spf_record
alone(struct words *l, str word)
{
	return spf_record_parse(
		l->f->arena, STR_CAT(l->f->arena, STR("v=spf1 "), word));
}

static bool
fits(struct words *l, str word)
{
	return word.n > 0 && alone(l, word).valid;
}

static size_t
offset(const struct words *l, str part)
{
	return (size_t)(part.p - l->text.p);
}

static struct finding *
note(struct words *l, struct finding *x, str span, str label)
{
	find_in_txt(x, l->name, l->text, offset(l, span), span.n, label);
	if (l->n_found < FOUND_MAX)
		l->found[l->n_found++] = x;
	return x;
}

static void
keep(struct words *l, str word)
{
	buf_char(&l->mended, ' ');
	buf_add(&l->mended, word);
}

/* Absent: in no way, or in more than one. */
static void
mend(struct words *l, str word)
{
	if (word.p && fits(l, word))
		keep(l, word);
	else
		l->lost = true;
}

static bool
is_sign(char c)
{
	return is_one_of(c, "+-~?");
}

/* Without its qualifier. */
static str
bare(str word)
{
	return str_skip(word, word.n > 0 && is_sign(word.p[0]));
}

static str
sign_of(str word)
{
	return str_sub(word, 0, word.n - bare(word).n);
}

static str
name_of(str word)
{
	str s = bare(word);
	size_t n = 0;

	while (n < s.n && !is_one_of(s.p[n], ":/="))
		n++;
	return str_sub(s, 0, n);
}

/* What follows the name, with its ':', '=' or '/'. */
static str
rest_of(str word)
{
	return str_skip(bare(word), name_of(word).n);
}

static bool
is_mechanism(str name)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if (str_ieq(name, str_from(mechanisms[i])))
			return true;
	return false;
}

static bool
is_pointer(str name)
{
	return str_ieq(name, STR("redirect")) || str_ieq(name, STR("exp"));
}

/* "x=y", which anybody may invent, and nobody reads. */
static bool
is_modifier(str word)
{
	str rest = rest_of(word);

	return rest.n > 0 && rest.p[0] == '=' && !is_mechanism(name_of(word)) &&
	       !is_pointer(name_of(word));
}

static void look_at(struct words *, str word);

/* --- separators ------------------------------------------------------ */

/* The first ',' or ';' that is not within a macro's braces; or s.n. */
static size_t
separator_at(str s)
{
	bool within = false;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '{' && i > 0 && s.p[i - 1] == '%')
			within = true;
		else if (s.p[i] == '}')
			within = false;
		else if (!within && is_one_of(s.p[i], ",;"))
			return i;
	}
	return s.n;
}

/* "ip4:192.0.2.1,192.0.2.2" shares its mechanism. */
static void
look_at_piece(struct words *l, str first, str piece)
{
	str head = str_sub(first, 0, first.n - str_skip(rest_of(first), 1).n);
	str whole = STR_CAT(l->f->arena, head, piece);

	if (piece.n == 0)
		return;
	if (!fits(l, piece) && fits(l, whole))
		keep(l, whole);
	else
		look_at(l, piece);
}

static bool
look_for_separator(struct words *l, str word)
{
	size_t at = separator_at(word);
	str first = str_sub(word, 0, at), piece;

	if (at == word.n || is_modifier(word))
		return false;
	struct finding *x =
		FIND(l->f, SPF_SEPARATOR, { "char", str_sub(word, at, 1) });
	note(l, x, str_sub(word, at, 1),
		at + 1 < word.n ? STR("put a space here") : STR("remove it"));
	for (size_t n = 0; word.p && n < FOUND_MAX; n++) {
		at = separator_at(word);
		piece = str_sub(word, 0, at);
		word = at < word.n ? str_skip(word, at + 1) : (str){ NULL, 0 };
		look_at_piece(l, first, piece);
	}
	l->lost |= word.p != NULL;
	return true;
}

/* --- two terms in one word ------------------------------------------- */

static size_t
glued_all(str word)
{
	size_t n = word.n;

	if (n < 6 || !str_iends(word, STR("all")) || !is_sign(word.p[n - 4]) ||
		is_sign(word.p[n - 5]))
		return n;
	return n - 4;
}

/* Where a second term begins, by its name. */
static size_t
glued_name(str word)
{
	static const char *const start[] = { "include:", "ip4:", "ip6:",
		"exists:", "ptr:", "redirect=", "exp=", "mx:", "a:" };
	str inner = str_skip(bare(word), 1);
	size_t skipped = word.n - inner.n, best = word.n;

	for (size_t i = 0; i < sizeof(start) / sizeof(start[0]); i++) {
		size_t at = skipped + str_ifind(inner, str_from(start[i]));
		bool one_letter = start[i][1] == ':';
		/* "a:" is also in IPv6 addresses, and at the end of words */
		if (one_letter && at < word.n && !is_sign(word.p[at - 1]))
			continue;
		if (at < best)
			best = at;
	}
	if (best < word.n && best > 1 && is_sign(word.p[best - 1]))
		best--;
	return best;
}

/* A border of strings, with a term on either side; or word.n. */
static size_t
glued_border(struct words *l, str word)
{
	size_t from = offset(l, word);

	for (size_t i = 0; l->rr && i < l->rr->cuts; i++) {
		size_t at = (size_t)l->rr->cut[i];
		if (at <= from || at >= from + word.n)
			continue;
		at -= from;
		if (fits(l, str_sub(word, 0, at)) &&
			fits(l, str_skip(word, at)) && !fits(l, word))
			return at;
	}
	return word.n;
}

static bool
is_border(const struct words *l, size_t at)
{
	for (size_t i = 0; l->rr && i < l->rr->cuts; i++)
		if (l->rr->cut[i] == at)
			return true;
	return false;
}

static bool
look_for_two(struct words *l, str word)
{
	size_t at = glued_name(word), all = glued_all(word);

	at = all < at ? all : at;
	if (at == word.n)
		at = glued_border(l, word);
	str left = str_sub(word, 0, at), rest = str_skip(word, at);
	/* in "mxredirect=b" there are two, in "own=b-all" there is one */
	if (rest.n == 0 || !fits(l, left) ||
		(is_modifier(word) && !is_mechanism(bare(left))))
		return false;
	struct finding *x =
		is_border(l, offset(l, rest))
			? FIND(l->f, SPF_SPLIT_NO_SPACE, { "term", word })
			: FIND(l->f, SPF_MISSING_SPACE, { "term", word },
				  { "rest", rest });
	note(l, x, rest, STR("put a space before"));
	look_at(l, left);
	look_at(l, rest);
	return true;
}

/* --- one term in two words ------------------------------------------- */

static str
joined(struct words *l, size_t n)
{
	struct buf b = { .arena = l->f->arena };

	for (size_t i = 0; i < n && l->i + i < l->n; i++)
		buf_add(&b, l->word[l->i + i]);
	return buf_str(&b);
}

/* Do the words look as if they were one? */
static bool
was_cut(struct words *l, str word, str next)
{
	if (word.n == 1 && is_sign(word.p[0]))
		return true;
	if (is_one_of(next.p[0], ":=/"))
		return !fits(l, next);
	return word.n > 0 && is_one_of(word.p[word.n - 1], ":=/") &&
	       !fits(l, word) && !fits(l, next);
}

static bool
look_for_cut(struct words *l, str word)
{
	/* parts of a word have no next */
	if (l->i + 1 >= l->n || word.p != l->word[l->i].p ||
		word.n != l->word[l->i].n ||
		!was_cut(l, word, l->word[l->i + 1]))
		return false;
	for (size_t n = 2; n <= 3 && l->i + n <= l->n; n++) {
		str whole = joined(l, n);
		if (!fits(l, whole))
			continue;
		str next = l->word[l->i + 1];
		str gap = str_sub(l->text, offset(l, word) + word.n,
			offset(l, next) - offset(l, word) - word.n);
		struct finding *x = FIND(l->f, SPF_SPACE_AFTER_COLON,
			{ "text", word }, { "whole", whole });
		note(l, x, gap, STR("remove it"));
		keep(l, whole);
		l->i += n - 1;
		return true;
	}
	return false;
}

/* --- ':' and '=' ----------------------------------------------------- */

static str
with_sign(struct words *l, str word, str sign)
{
	return STR_CAT(l->f->arena, sign_of(word), name_of(word), sign,
		str_skip(rest_of(word), 1));
}

static bool
look_for_colon(struct words *l, str word)
{
	str rest = rest_of(word), better = with_sign(l, bare(word), STR("="));

	if (!is_pointer(name_of(word)) || rest.n == 0 || rest.p[0] != ':')
		return false;
	struct finding *x = FIND(l->f, SPF_REDIRECT_COLON, { "term", word },
		{ "better", better });
	note(l, x, str_sub(rest, 0, 1), STR("write `=`"));
	mend(l, better);
	return true;
}

static bool
look_for_equals(struct words *l, str word)
{
	str rest = rest_of(word), better = with_sign(l, word, STR(":"));

	if (!is_mechanism(name_of(word)) || rest.n == 0 || rest.p[0] != '=')
		return false;
	struct finding *x = FIND(l->f, SPF_INCLUDE_EQUALS, { "term", word },
		{ "better", better });
	note(l, x, str_sub(rest, 0, 1), STR("write `:`"));
	mend(l, better);
	return true;
}

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

static bool
look_for_address(struct words *l, str word)
{
	str s = bare(word), advice, better = { 0 };
	str first = str_sub(s, 0, str_find(s, '.'));
	unsigned prefix;
	struct ip net;

	if (ip_parse_network(s, &net, &prefix)) {
		better = STR_CAT(l->f->arena, sign_of(word),
			net.family == 4 ? STR("ip4:") : STR("ip6:"), s);
		advice = STR_CAT(l->f->arena, STR("write `"), better, STR("`"));
	} else if (is_host(s) && (!is_mechanism(first) || first.n == 1)) {
		advice = STR_CAT(l->f->arena, STR("write `a:"), s,
			STR("`, or `include:"), s,
			STR("` if it has an SPF record"));
	} else {
		return false;
	}
	struct finding *x = FIND(
		l->f, SPF_BARE_ADDRESS, { "term", word }, { "advice", advice });
	note(l, x, s, STR("what is it?"));
	mend(l, better);
	return true;
}

/* Mechanisms like the name that the rest fits to. */
static str
suggestion(struct words *l, str word)
{
	struct arena *a = l->f->arena;
	struct hint h = hint_begin(arena_lower(a, name_of(word)));
	str s = bare(word), dotted = s;

	if (is_pointer(name_of(word)))
		return s; /* modifiers take no sign */
	for (size_t i = 0; i < MECHANISMS; i++)
		hint_offer(&h, mechanisms[i]);
	for (size_t i = 0; i < h.n; i++) {
		str better = STR_CAT(a, sign_of(word), str_from(h.best[i]),
			str_eq(str_from(h.best[i]), STR("all"))
				? STR("")
				: rest_of(word));
		if (fits(l, better))
			return better;
	}
	/* "include.example.com" */
	dotted.n = str_find(s, '.');
	if (is_mechanism(dotted) && dotted.n < s.n)
		return STR_CAT(a, sign_of(word), dotted, STR(":"),
			str_skip(s, dotted.n + 1));
	return (str){ 0 };
}

/* A modifier that is nearly "redirect"; it would be ignored. */
static bool
look_for_mistyped(struct words *l, str word)
{
	str name = name_of(word);
	struct hint h = hint_begin(arena_lower(l->f->arena, name));

	hint_offer(&h, "redirect");
	if (h.n == 0 || h.distance > 2 || name.n < 6 || bare(word).n != word.n)
		return false;
	str better = STR_CAT(l->f->arena, STR("redirect"), rest_of(word));
	struct finding *x = FIND(l->f, SPF_UNKNOWN_MECHANISM,
		{ "kind", STR("modifier") },
		{ "term", STR_CAT(l->f->arena, name, STR("=")) },
		{ "advice", STR_CAT(l->f->arena, STR("did you mean `"), better,
				    STR("`? as it is, it is ignored")) });
	note(l, x, name, STR("redirect"));
	mend(l, better);
	return true;
}

static bool
look_for_unknown(struct words *l, str word)
{
	if (is_modifier(word) && fits(l, word))
		return look_for_mistyped(l, word);
	if (fits(l, word))
		return false;
	str better = suggestion(l, word), name = name_of(word);
	bool mended = better.p && fits(l, better);
	struct finding *x = FIND(l->f, SPF_UNKNOWN_MECHANISM,
		{ "kind", STR("mechanism") }, { "term", word },
		{ "advice",
			mended ? STR_CAT(l->f->arena, STR("did you mean `"),
					 better, STR("`?"))
			       : STR("remove it, or write the mechanism that "
				     "is meant") });
	note(l, x, is_mechanism(name) || name.n == 0 ? word : name,
		mended ? name_of(better) : STR(""));
	mend(l, mended ? better : (str){ 0 });
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

static void
find_bad_network(struct words *l, str word, str wrong)
{
	bool v4 = str_ieq(name_of(word), STR("ip4"));
	str value = str_skip(rest_of(word), 1);
	str better = STR_CAT(l->f->arena, sign_of(word),
		v4 ? STR("ip6:") : STR("ip4:"), value);
	bool other = fits(l, better);
	struct finding *x = FIND(l->f, SPF_BAD_IP,
		{ "value", value.n > 0 ? value : word },
		{ "family", v4 ? STR("IPv4") : STR("IPv6") },
		{ "advice",
			other ? STR_CAT(l->f->arena, STR("write `"), better,
					STR("`"))
			      : STR("write one network per term, as in "
				    "ip4:192.0.2.0/24 or ip6:2001:db8::/32") });

	note(l, x, wrong, other ? STR("the other family") : STR(""));
	mend(l, other ? better : (str){ 0 });
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

	note(l, x, wrong, STR("prefix length"));
	l->lost = true;
}

/* Without scheme, final slash and doubled dots; absent if nothing helps. */
static str
mended_domain(struct words *l, str word, str spec)
{
	size_t scheme = str_ifind(spec, STR("://"));
	str s = scheme < spec.n ? str_skip(spec, scheme + 3) : spec;
	str head = str_sub(word, 0, word.n - str_skip(rest_of(word), 1).n);
	struct buf b = { .arena = l->f->arena };

	while (s.n > 0 && s.p[s.n - 1] == '/')
		s.n--;
	while (s.n > 0 && s.p[0] == '.')
		s = str_skip(s, 1);
	for (size_t i = 0; i < s.n; i++)
		if (i == 0 || s.p[i] != '.' || s.p[i - 1] != '.')
			buf_char(&b, s.p[i]);
	return is_host(buf_str(&b)) ? STR_CAT(l->f->arena, head, buf_str(&b))
				    : (str){ 0 };
}

static void
find_bad_domain(struct words *l, str word, str spec)
{
	str better = spec.n > 0 ? mended_domain(l, word, spec) : (str){ 0 };
	bool mended = better.p && fits(l, better);
	struct finding *x = FIND(l->f, SPF_BAD_DOMAIN,
		{ "value", spec.n > 0 ? spec : word },
		{ "advice", mended ? STR_CAT(l->f->arena, STR("write `"),
					     better, STR("`"))
				   : STR("give only the name that the vendor "
					 "documents") });

	note(l, x, spec.n > 0 ? spec : word, STR(""));
	mend(l, mended ? better : (str){ 0 });
}

static void
find_bad_value(struct words *l, str word, const struct spf_record *r)
{
	str wrong = wrong_part(word, r), name = name_of(word);
	bool prefix =
		wrong.n > 0 && (wrong.p[0] == '/' || is_digit(wrong.p[0]));

	if (wrong.p[0] == '%') {
		struct finding *x =
			FIND(l->f, SPF_BAD_MACRO, { "text", wrong });
		note(l, x, wrong, STR(""));
		l->lost = true;
	} else if (str_ieq(name, STR("ip4")) || str_ieq(name, STR("ip6"))) {
		find_bad_network(l, word, wrong);
	} else if (prefix &&
		   (str_ieq(name, STR("a")) || str_ieq(name, STR("mx")))) {
		find_bad_prefix(l, word, wrong);
	} else {
		find_bad_domain(l, word, str_skip(rest_of(word), 1));
	}
}

/* Legal, and no name of a host or domain. */
static bool
is_odd_domain(const struct spf_term *t)
{
	return t->spec.p && t->kind != SPF_MODIFIER &&
	       str_find(t->spec, '%') == t->spec.n && !is_domain(t->spec);
}

static bool
look_for_value(struct words *l, str word)
{
	str name = name_of(word);
	bool sign = bare(word).n != word.n;

	if (str_ieq(name, STR("all")) ||
		!(is_mechanism(name) || (is_pointer(name) && !sign)))
		return false;
	struct spf_record r = alone(l, word);
	if (!r.valid)
		find_bad_value(l, word, &r);
	else if (is_odd_domain(&r.term[0]))
		find_bad_domain(l, word,
			str_sub(str_skip(rest_of(word), 1), 0,
				r.term[0].spec.n));
	else
		return false;
	return true;
}

/* --- word by word ---------------------------------------------------- */

static void
look_at(struct words *l, str word)
{
	static bool (*const look[])(struct words *, str) = {
		look_for_separator,
		look_for_cut,
		look_for_two,
		look_for_colon,
		look_for_equals,
		look_for_value,
		look_for_address,
		look_for_unknown,
	};

	for (size_t i = 0; i < sizeof(look) / sizeof(look[0]); i++)
		if (l->n_found < FOUND_MAX && look[i](l, word))
			return;
	if (l->n_found == FOUND_MAX)
		l->lost = true;
	keep(l, word);
}

static void
look_for_twice(struct words *l, const char *modifier)
{
	str name = str_from(modifier);
	size_t seen = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (!str_ieq(name_of(l->word[i]), name) ||
			!str_starts(rest_of(l->word[i]), STR("=")) ||
			++seen != 2)
			continue;
		struct finding *x =
			FIND(l->f, SPF_DUPLICATE_MODIFIER, { "name", name });
		note(l, x, l->word[i], STR("the second"));
		l->lost = true;
	}
}

static void
split(struct words *l)
{
	str rest = str_skip(l->text, BEFORE - 1), word;

	while (l->n < WORDS_MAX && str_split(&rest, ' ', &word))
		if (word.n > 0)
			l->word[l->n++] = word;
	l->lost = rest.p && l->n == WORDS_MAX;
}

/* As it was published, for the borders of its strings. */
static const struct dns_rr *
published(struct find *f, str name, str text)
{
	const struct dns_answer *txt = find_known(f, DNS_TXT, name);

	for (size_t i = 0; txt && i < txt->n; i++)
		if (str_eq(txt->rr[i].data, text))
			return &txt->rr[i];
	return NULL;
}

bool
spf_find_words(struct find *f, str name, str text)
{
	struct words *l = arena_new(f->arena, struct words);

	*l = (struct words){ .f = f,
		.name = name,
		.text = text,
		.rr = published(f, name, text),
		.mended = { .arena = f->arena } };
	split(l);
	buf_add(&l->mended, STR("v=spf1"));
	for (l->i = 0; l->i < l->n; l->i++)
		look_at(l, l->word[l->i]);
	look_for_twice(l, "redirect");
	look_for_twice(l, "exp");
	str mended = buf_str(&l->mended);
	bool sound = !l->lost && spf_record_parse(f->arena, mended).valid;
	for (size_t i = 0; sound && i < l->n_found; i++)
		l->found[i]->corrected = mended;
	return l->n_found > 0;
}
