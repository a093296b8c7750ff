/*
 * record.c - the DMARC record. (RFC 9989 4.7, 4.8)
 *
 * After a good v tag nothing can spoil the record: what is wrong is left out,
 * and its default takes its place.
 */
#include "mailauth/dmarc.h"

static const str policy_words[] = {
	[DMARC_POLICY_UNKNOWN] = STR_INIT(""),
	[DMARC_NONE] = STR_INIT("none"),
	[DMARC_QUARANTINE] = STR_INIT("quarantine"),
	[DMARC_REJECT] = STR_INIT("reject"),
};

str
dmarc_policy_word(enum dmarc_policy policy)
{
	return policy_words[policy];
}

/* ABNF literals match in any case; only DMARC1 does not. */
static enum dmarc_policy
policy_from(str word)
{
	for (int p = DMARC_NONE; p <= DMARC_REJECT; p++)
		if (str_ieq(policy_words[p], word))
			return (enum dmarc_policy)p;
	return DMARC_POLICY_UNKNOWN;
}

/* "name = value" between two semicolons; false when there is no '='. */
static bool
split_tag(str piece, str *name, str *value)
{
	size_t equals = str_find(piece, '=');

	*name = str_trim_wsp(str_sub(piece, 0, equals));
	*value = str_trim_wsp(str_skip(piece, equals + 1));
	return equals < piece.n;
}

bool
dmarc_is_record(str txt)
{
	str first, name, value;

	/* the first byte is the v: no blanks before it (4.8) */
	return txt.n > 0 && to_lower(txt.p[0]) == 'v' &&
	       str_split(&txt, ';', &first) &&
	       split_tag(first, &name, &value) && name.n == 1 &&
	       str_eq(value, STR("DMARC1"));
}

/* RFC 3986 2, without the comma and '!' that RFC 9989 4.8 wants encoded. */
static bool
is_uri_text(str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n &&
			hex_value(s.p[i + 1]) >= 0 &&
			hex_value(s.p[i + 2]) >= 0)
			i += 2;
		else if (!is_alnum(s.p[i]) &&
			 !is_one_of(s.p[i], "-._~:/?#[]@$&'()*+;="))
			return false;
	}
	return s.n > 0;
}

static bool
is_scheme(str s)
{
	if (s.n == 0 || !is_alpha(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && !is_one_of(s.p[i], "+-."))
			return false;
	return true;
}

/* The obsolete "!10m" at the end says nothing any more. */
static bool
cut_size(str *uri)
{
	size_t mark = str_find(*uri, '!');
	str size = str_skip(*uri, mark + 1);
	uint64_t ignored;

	if (mark == uri->n)
		return true;
	uri->n = mark;
	if (size.n > 1 && is_one_of(to_lower(size.p[size.n - 1]), "kmgt"))
		size.n--;
	return str_uint(size, UINT64_MAX, &ignored);
}

static bool
is_report_uri(str uri)
{
	if (!cut_size(&uri))
		return false;
	size_t colon = str_find(uri, ':');
	str rest = str_skip(uri, colon + 1);
	if (!is_scheme(str_sub(uri, 0, colon)) || !is_uri_text(rest))
		return false;
	if (!str_istarts(uri, STR("mailto:")))
		return true;
	size_t at = str_find(rest, '@');
	return at > 0 && at + 1 < rest.n;
}

static bool
has_report_uri(str list)
{
	str uri;

	while (str_split(&list, ',', &uri))
		if (is_report_uri(str_trim_wsp(uri)))
			return true;
	return false;
}

enum tag { P, SP, NP, ADKIM, ASPF, T, PSD, RUA, PCT, TAGS };

static enum tag
tag_from(str name)
{
	static const str words[TAGS] = {
		[P] = STR_INIT("p"),
		[SP] = STR_INIT("sp"),
		[NP] = STR_INIT("np"),
		[ADKIM] = STR_INIT("adkim"),
		[ASPF] = STR_INIT("aspf"),
		[T] = STR_INIT("t"),
		[PSD] = STR_INIT("psd"),
		[RUA] = STR_INIT("rua"),
		[PCT] = STR_INIT("pct"),
	};

	for (int t = 0; t < TAGS; t++)
		if (str_ieq(words[t], name))
			return (enum tag)t;
	return TAGS;
}

static void
take_policy(str value, enum dmarc_policy *policy, bool *invalid)
{
	*policy = policy_from(value);
	*invalid = *policy == DMARC_POLICY_UNKNOWN;
}

static void
take_tag(struct dmarc_record *r, enum tag tag, str value)
{
	uint64_t number;

	switch (tag) {
	case P: take_policy(value, &r->p, &r->p_invalid); break;
	case SP: take_policy(value, &r->sp, &r->sp_invalid); break;
	case NP: take_policy(value, &r->np, &r->np_invalid); break;
	case ADKIM: r->strict_dkim = str_ieq(value, STR("s")); break;
	case ASPF: r->strict_spf = str_ieq(value, STR("s")); break;
	case T: r->testing = str_ieq(value, STR("y")); break;
	case PSD:
		if (str_ieq(value, STR("y")) || str_ieq(value, STR("n")))
			r->psd = to_lower(value.p[0]);
		break;
	case RUA: r->has_rua = has_report_uri(value); break;
	case PCT:
		if (str_uint(value, 100, &number))
			r->pct = (unsigned)number;
		break;
	case TAGS: break; /* unknown tags are ignored (4.8) */
	}
}

struct dmarc_record
dmarc_record_parse(struct arena *a, str txt)
{
	struct dmarc_record r = { .valid = dmarc_is_record(txt),
		.text = txt,
		.psd = 'u',
		.pct = 100 };
	bool seen[TAGS + 1] = { false };
	str piece, name, value;

	(void)a;
	if (!r.valid)
		return r;
	str_split(&txt, ';', &piece); /* the v tag */
	while (str_split(&txt, ';', &piece)) {
		enum tag tag =
			split_tag(piece, &name, &value) ? tag_from(name) : TAGS;
		/* the first counts; RFC 9989 does not say */
		if (!seen[tag])
			take_tag(&r, tag, value);
		seen[tag] = true;
	}
	return r;
}

struct dmarc_record
dmarc_record_recall(struct shelf *shelf, struct arena *a, str txt)
{
	const struct dmarc_record *kept = shelf_find(shelf, SHELF_DMARC, txt);
	struct dmarc_record r;

	if (kept) {
		r = *kept;
		r.text = txt;
		return r;
	}
	r = dmarc_record_parse(a, txt);
	struct dmarc_record *room =
		r.valid ? shelf_put(shelf, SHELF_DMARC, txt, sizeof(r)) : NULL;
	if (room) {
		*room = r;
		room->text = (str){ 0 }; /* it is not ours */
	}
	return r;
}
