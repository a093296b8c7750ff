/*
 * lint_kind.c - which kind of record it is, or was meant to be; names that are
 * set aside for a kind.
 */
#include "lint_work.h"

#include "find_dmarc.h"
#include "find_spf.h"

#include "mailauth/domain.h"
#include "mailauth/hint.h"

enum { WORD_MAX = 12, KEY_LIKE = 40 };

static const struct {
	str title, word;
	const char *version; /* in lower case */
	str label;           /* before the domain */
	bool selector;       /* a label of one's own before it */
} kinds[RECORD_KINDS] = {
	[RECORD_UNKNOWN] = { STR_INIT("other"), STR_INIT("other"), NULL,
		STR_INIT(""), false },
	[RECORD_SPF] = { STR_INIT("SPF record"), STR_INIT("spf"), "spf1",
		STR_INIT(""), false },
	[RECORD_DKIM] = { STR_INIT("DKIM key"), STR_INIT("dkim"), "dkim1",
		STR_INIT("_domainkey"), true },
	[RECORD_DMARC] = { STR_INIT("DMARC record"), STR_INIT("dmarc"),
		"dmarc1", STR_INIT("_dmarc"), false },
	[RECORD_STS] = { STR_INIT("MTA-STS record"), STR_INIT("mta-sts"),
		"stsv1", STR_INIT("_mta-sts"), false },
	[RECORD_TLSRPT] = { STR_INIT("TLS-RPT record"), STR_INIT("tls-rpt"),
		"tlsrptv1", STR_INIT("_smtp._tls"), false },
	[RECORD_BIMI] = { STR_INIT("BIMI record"), STR_INIT("bimi"), "bimi1",
		STR_INIT("_bimi"), true },
};

str
record_kind_title(enum record_kind kind)
{
	return kinds[kind].title;
}

str
record_kind_word(enum record_kind kind)
{
	return kinds[kind].word;
}

enum record_kind
record_kind_from(str word)
{
	int kind = RECORD_UNKNOWN + 1;

	while (kind < RECORD_KINDS && !str_ieq(kinds[kind].word, word))
		kind++;
	return kind < RECORD_KINDS ? (enum record_kind)kind : RECORD_UNKNOWN;
}

/* --- by the text ----------------------------------------------------- */

/* The letters and digits of a version: "dkim1". */
static str
version_word(str s)
{
	size_t n = 0;

	while (n < s.n && n < WORD_MAX &&
		(is_alnum(s.p[n]) || is_one_of(s.p[n], "-_")))
		n++;
	return str_sub(s, 0, n);
}

/* What a version begins with, however it goes on. */
static enum record_kind
kind_of_start(str s)
{
	static const struct {
		str start;
		enum record_kind kind;
	} starts[] = {
		{ STR_INIT("dkim"), RECORD_DKIM },
		{ STR_INIT("dmarc"), RECORD_DMARC },
		{ STR_INIT("spf"), RECORD_SPF },
		{ STR_INIT("sts"), RECORD_STS },
		{ STR_INIT("mta-sts"), RECORD_STS },
		{ STR_INIT("mtasts"), RECORD_STS },
		{ STR_INIT("tlsrpt"), RECORD_TLSRPT },
		{ STR_INIT("tls-rpt"), RECORD_TLSRPT },
		{ STR_INIT("bimi"), RECORD_BIMI },
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (str_istarts(s, starts[i].start))
			return starts[i].kind;
	return RECORD_UNKNOWN;
}

/* "v=dmrac1": the nearest version. */
static enum record_kind
kind_of_slip(str word)
{
	char lower[WORD_MAX];
	struct hint h;

	bytes_lower(lower, word);
	h = hint_begin((str){ lower, word.n });
	for (int kind = RECORD_SPF; kind < RECORD_KINDS; kind++)
		hint_offer(&h, kinds[kind].version);
	for (int kind = RECORD_SPF; h.n > 0 && kind < RECORD_KINDS; kind++)
		if (h.best[0] == kinds[kind].version)
			return (enum record_kind)kind;
	return RECORD_UNKNOWN;
}

static bool
is_key_like(str s)
{
	size_t run = 0;

	for (size_t i = 0; i < s.n && run < KEY_LIKE; i++)
		run = is_alnum(s.p[i]) || is_one_of(s.p[i], "+/") ? run + 1 : 0;
	return run >= KEY_LIKE;
}

/* Without a version. */
static enum record_kind
kind_of_rest(str s)
{
	if (str_istarts(s, STR("version")) && str_ifind(s, STR("STSv1")) < s.n)
		return RECORD_STS;
	if (str_istarts(s, STR("-----BEGIN")) || str_istarts(s, STR("k=rsa")) ||
		str_istarts(s, STR("k=ed25519")) || str_starts(s, STR("MII")))
		return RECORD_DKIM;
	if (str_istarts(s, STR("p=")))
		return is_key_like(s) || str_find(s, ';') == s.n ? RECORD_DKIM
								 : RECORD_DMARC;
	if (str_istarts(s, STR("spf2.0/")) ||
		(spf_looks_meant(s) && !is_alnum(version_word(s).p[0])))
		return RECORD_SPF;
	return RECORD_UNKNOWN;
}

enum record_kind
lint_kind_of_text(str text)
{
	str s = find_skip(text, " \t\r\n\"'\\("), rest = { 0 };
	enum record_kind kind;

	if (str_istarts(s, STR("v")))
		rest = find_skip(str_skip(s, 1), " \t");
	if (rest.n > 0 && is_one_of(rest.p[0], "=:")) {
		rest = find_skip(rest, " \t=:\"");
		str word = version_word(rest);
		kind = kind_of_start(word);
		if (kind == RECORD_UNKNOWN && word.n > 2)
			kind = kind_of_slip(word);
		if (kind == RECORD_UNKNOWN && spf_looks_meant(text))
			kind = RECORD_SPF;
		return kind;
	}
	/* a version, and no name of a host, without "v=" */
	str word = version_word(s);
	kind = kind_of_start(word);
	if (kind != RECORD_UNKNOWN && word.n > 3 &&
		is_digit(word.p[word.n - 1]) &&
		(word.n == s.n || is_one_of(s.p[word.n], " ;,")))
		return kind;
	return kind_of_rest(s);
}

/* --- by the name ----------------------------------------------------- */

/* The offset behind a label that stands in a name on label borders; or 0. */
static size_t
behind_label(str name, str label, bool selector)
{
	size_t at = 0;

	if (selector) {
		for (; at < name.n; at++)
			if ((at == 0 || name.p[at - 1] == '.') &&
				str_istarts(str_skip(name, at), label))
				break;
	}
	str rest = str_skip(name, at);
	if (!str_istarts(rest, label) ||
		(rest.n > label.n && rest.p[label.n] != '.'))
		return 0;
	return at + label.n;
}

enum record_kind
lint_kind_of_name(str name)
{
	for (int kind = RECORD_DKIM; kind < RECORD_KINDS; kind++)
		if (behind_label(name, kinds[kind].label, kinds[kind].selector))
			return (enum record_kind)kind;
	return RECORD_UNKNOWN;
}

enum record_kind
lint_kind(str name, str text)
{
	enum record_kind kind = lint_kind_of_text(text);

	return kind != RECORD_UNKNOWN ? kind : lint_kind_of_name(name);
}

enum record_kind
lint_kind_of(const struct lint_record *r)
{
	static const str named[] = { STR_INIT("TXT"), STR_INIT("SPF"),
		STR_INIT("CNAME") };

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (!r->line || str_ieq(r->line->type, named[i]))
			return lint_kind(r->name, r->text);
	return lint_kind_of_text(r->text);
}

str
lint_domain(str name)
{
	enum record_kind kind = lint_kind_of_name(name);

	if (kind != RECORD_UNKNOWN)
		return str_skip(name, behind_label(name, kinds[kind].label,
					      kinds[kind].selector) +
					      1);
	while (str_starts(name, STR("_")) && str_find(name, '.') < name.n)
		name = domain_skip(name, 1);
	return name;
}

str
lint_name(struct arena *a, enum record_kind kind, str domain)
{
	str selector = kind == RECORD_BIMI    ? STR("default.")
		       : kinds[kind].selector ? STR("SELECTOR.")
					      : STR("");

	if (domain.n == 0)
		domain = STR("DOMAIN");
	if (kinds[kind].label.n == 0)
		return domain;
	return STR_CAT(a, selector, kinds[kind].label, STR("."), domain);
}

/* --- at a name that is nearly right ---------------------------------- */

/* "dmarc.b.example" as "_dmarc.b.example"; absent when it is not so. */
str
lint_with_underscores(struct arena *a, enum record_kind kind, str name)
{
	str label = kinds[kind].label, piece;
	str head = STR(""), rest = name;
	struct buf bare = { .arena = a };
	size_t labels = domain_labels(label);

	if (label.n == 0)
		return (str){ 0 };
	if (kinds[kind].selector) {
		head = str_sub(name, 0, str_find(name, '.') + 1);
		rest = str_skip(name, head.n);
	}
	for (str s = str_sub(rest, 0, rest.n - domain_skip(rest, labels).n);
		str_split(&s, '.', &piece);) {
		buf_add(&bare, str_skip(piece, str_starts(piece, STR("_"))));
		buf_char(&bare, '.');
	}
	struct buf wanted = { .arena = a };
	for (str s = label; str_split(&s, '.', &piece);) {
		buf_add(&wanted, str_skip(piece, 1));
		buf_char(&wanted, '.');
	}
	str got = buf_str(&bare), want = buf_str(&wanted);
	if (got.n > want.n) /* the name has a dot at that place, too */
		got.n = want.n;
	if (!str_ieq(got, want) || domain_skip(rest, labels).n == 0)
		return (str){ 0 };
	return STR_CAT(a, head, label, STR("."), domain_skip(rest, labels));
}
