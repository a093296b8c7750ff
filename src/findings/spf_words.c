/*
 * spf_words.c - terms of an SPF record that fall apart, or run together.
 *
 * The record is read word by word, and each word is parsed as if it were a
 * record's only term, so that one error does not hide the next.  Beside that
 * the record is written anew, with all that can be mended in only one way.
 */
#include "spf_words.h"

enum {
	VERSION = 6,     /* octets of "v=spf1" */
	BORDERS_MAX = 16 /* tried in a word; few words have one */
};

/* --- help ------------------------------------------------------------ */

struct spf_record
spf_word_alone(struct words *l, str word)
{
	return spf_record_parse(
		l->f->arena, STR_CAT(l->f->arena, STR("v=spf1 "), word));
}

bool
spf_word_fits(struct words *l, str word)
{
	struct arena_mark mark = arena_mark(l->f->arena);
	bool fits = word.n > 0 && spf_word_alone(l, word).valid;

	arena_rewind(l->f->arena, mark);
	return fits;
}

static size_t
offset(const struct words *l, str part)
{
	return (size_t)(part.p - l->text.p);
}

void
spf_word_point(struct words *l, struct finding *x, str span, str label)
{
	find_in_txt(x, l->name, l->text, offset(l, span), span.n, label);
	if (l->n_found < SPF_FOUND_MAX)
		l->found[l->n_found++] = x;
}

static void
keep(struct words *l, str word)
{
	buf_char(&l->mended, ' ');
	buf_add(&l->mended, word);
}

/* Absent: in no way, or in more than one. */
void
spf_word_mend(struct words *l, str word)
{
	if (word.p && spf_word_fits(l, word))
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
str
spf_word_bare(str word)
{
	return str_skip(word, word.n > 0 && is_sign(word.p[0]));
}

str
spf_word_sign(str word)
{
	return str_sub(word, 0, word.n - spf_word_bare(word).n);
}

str
spf_word_name(str word)
{
	str s = spf_word_bare(word);
	size_t n = 0;

	while (n < s.n && !is_one_of(s.p[n], ":/="))
		n++;
	return str_sub(s, 0, n);
}

/* What follows the name, with its ':', '=' or '/'. */
str
spf_word_rest(str word)
{
	return str_skip(spf_word_bare(word), spf_word_name(word).n);
}

bool
spf_is_mechanism(str name)
{
	static const str names[] = {
		STR_INIT("all"),
		STR_INIT("include"),
		STR_INIT("a"),
		STR_INIT("mx"),
		STR_INIT("ptr"),
		STR_INIT("ip4"),
		STR_INIT("ip6"),
		STR_INIT("exists"),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_ieq(name, names[i]))
			return true;
	return false;
}

bool
spf_is_pointer(str name)
{
	return str_ieq(name, STR("redirect")) || str_ieq(name, STR("exp"));
}

/* "x=y", which anybody may invent, and nobody reads. */
bool
spf_is_modifier(str word)
{
	str rest = spf_word_rest(word);

	return rest.n > 0 && rest.p[0] == '=' &&
	       !spf_is_mechanism(spf_word_name(word)) &&
	       !spf_is_pointer(spf_word_name(word));
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
	str head = str_sub(
		first, 0, first.n - str_skip(spf_word_rest(first), 1).n);
	str whole = STR_CAT(l->f->arena, head, piece);

	if (piece.n == 0)
		return;
	if (!spf_word_fits(l, piece) && spf_word_fits(l, whole))
		keep(l, whole);
	else
		look_at(l, piece);
}

static bool
look_for_separator(struct words *l, str word)
{
	size_t at = separator_at(word);
	str first = str_sub(word, 0, at), piece;

	if (at == word.n || spf_is_modifier(word))
		return false;
	/* one of a kind stands for all of them */
	if (is_one_of(word.p[at], ",") ? !l->commas++ : !l->semicolons++) {
		struct finding *x = FIND(
			l->f, SPF_SEPARATOR, { "char", str_sub(word, at, 1) });
		spf_word_point(l, x, str_sub(word, at, 1),
			at + 1 < word.n ? STR("put a space here")
					: STR("remove it"));
	}
	for (size_t n = 0; word.p && n < SPF_FOUND_MAX; n++) {
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
	str inner = str_skip(spf_word_bare(word), 1);
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
	size_t from = offset(l, word), tried = 0;

	for (size_t i = 0; l->rr && i < l->rr->cuts; i++) {
		size_t at = (size_t)l->rr->cut[i];
		if (at <= from || at >= from + word.n)
			continue;
		if (tried++ == BORDERS_MAX)
			break;
		at -= from;
		if (spf_word_fits(l, str_sub(word, 0, at)) &&
			spf_word_fits(l, str_skip(word, at)) &&
			!spf_word_fits(l, word))
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
	if (rest.n == 0 || !spf_word_fits(l, left) ||
		(spf_is_modifier(word) &&
			!spf_is_mechanism(spf_word_bare(left))))
		return false;
	struct finding *x =
		is_border(l, offset(l, rest))
			? FIND(l->f, SPF_SPLIT_NO_SPACE, { "term", word })
			: FIND(l->f, SPF_MISSING_SPACE, { "term", word },
				  { "rest", rest });
	spf_word_point(l, x, rest, STR("put a space here"));
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
		return !spf_word_fits(l, next);
	return word.n > 0 && is_one_of(word.p[word.n - 1], ":=/") &&
	       !spf_word_fits(l, word) && !spf_word_fits(l, next);
}

/* Parts of a word have no next. */
static bool
has_next(const struct words *l, str word)
{
	return l->i + 1 < l->n && word.p == l->word[l->i].p &&
	       word.n == l->word[l->i].n;
}

/* "ip4 192.0.2.1" */
static bool
look_for_no_colon(struct words *l, str word)
{
	str name = spf_word_name(word);

	if (!has_next(l, word) || spf_word_rest(word).n > 0 ||
		!(str_ieq(name, STR("ip4")) || str_ieq(name, STR("ip6"))))
		return false;
	str next = l->word[l->i + 1];
	str whole = STR_CAT(l->f->arena, word, STR(":"), next);
	if (!spf_word_fits(l, whole))
		return false;
	struct finding *x = FIND(l->f, SPF_BAD_IP,
		{ "value",
			str_sub(l->text, offset(l, word),
				offset(l, next) + next.n - offset(l, word)) },
		{ "family",
			str_ieq(name, STR("ip4")) ? STR("IPv4") : STR("IPv6") },
		{ "advice", STR_CAT(l->f->arena, STR("write `"), whole,
				    STR("`")) });
	spf_word_point(l, x,
		str_sub(l->text, offset(l, word) + word.n,
			offset(l, next) - offset(l, word) - word.n),
		STR("write `:`"));
	keep(l, whole);
	l->i++;
	return true;
}

static bool
look_for_cut(struct words *l, str word)
{
	if (!has_next(l, word) || !was_cut(l, word, l->word[l->i + 1]))
		return false;
	for (size_t n = 2; n <= 3 && l->i + n <= l->n; n++) {
		str whole = joined(l, n);
		if (!spf_word_fits(l, whole))
			continue;
		str next = l->word[l->i + 1];
		str gap = str_sub(l->text, offset(l, word) + word.n,
			offset(l, next) - offset(l, word) - word.n);
		struct finding *x = FIND(l->f, SPF_SPACE_AFTER_COLON,
			{ "text", word }, { "whole", whole });
		spf_word_point(l, x, gap, STR("remove it"));
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
	return STR_CAT(l->f->arena, spf_word_sign(word), spf_word_name(word),
		sign, str_skip(spf_word_rest(word), 1));
}

static bool
look_for_colon(struct words *l, str word)
{
	str rest = spf_word_rest(word),
	    better = with_sign(l, spf_word_bare(word), STR("="));

	if (!spf_is_pointer(spf_word_name(word)) || rest.n == 0 ||
		rest.p[0] != ':')
		return false;
	struct finding *x = FIND(l->f, SPF_REDIRECT_COLON, { "term", word },
		{ "better", better });
	spf_word_point(l, x, str_sub(rest, 0, 1), STR("write `=`"));
	spf_word_mend(l, better);
	return true;
}

static bool
look_for_equals(struct words *l, str word)
{
	str rest = spf_word_rest(word), better = with_sign(l, word, STR(":"));

	if (!spf_is_mechanism(spf_word_name(word)) || rest.n == 0 ||
		rest.p[0] != '=')
		return false;
	struct finding *x = FIND(l->f, SPF_INCLUDE_EQUALS, { "term", word },
		{ "better", better });
	spf_word_point(l, x, str_sub(rest, 0, 1), STR("write `:`"));
	spf_word_mend(l, better);
	return true;
}

/* --- word by word ---------------------------------------------------- */

static void
look_at(struct words *l, str word)
{
	static bool (*const look[])(struct words *, str) = {
		look_for_separator,
		look_for_cut,
		look_for_no_colon,
		look_for_two,
		look_for_colon,
		look_for_equals,
		spf_find_value,
		spf_find_address,
		spf_find_unknown,
	};

	for (size_t i = 0; i < sizeof(look) / sizeof(look[0]); i++)
		if (l->n_found < SPF_FOUND_MAX && look[i](l, word))
			return;
	if (l->n_found == SPF_FOUND_MAX)
		l->lost = true;
	keep(l, word);
}

static void
look_for_twice(struct words *l, const char *modifier)
{
	str name = str_from(modifier);
	size_t seen = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (!str_ieq(spf_word_name(l->word[i]), name) ||
			!str_starts(spf_word_rest(l->word[i]), STR("=")) ||
			++seen != 2)
			continue;
		struct finding *x =
			FIND(l->f, SPF_DUPLICATE_MODIFIER, { "name", name });
		spf_word_point(l, x, l->word[i], STR("the second"));
		l->lost = true;
	}
}

static void
split(struct words *l)
{
	str rest = str_skip(l->text, VERSION), word;

	while (l->n < SPF_WORDS_MAX && str_split(&rest, ' ', &word))
		if (word.n > 0)
			l->word[l->n++] = word;
	l->lost = rest.p && l->n == SPF_WORDS_MAX;
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
