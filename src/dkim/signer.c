/*
 * signer.c - the tags that all signatures share. (RFC 6376 3.5, 8617 4.1)
 */
#include "dkim/signer.h"

#include "mailauth/base64.h"
#include "mailauth/domain.h"

enum { SAMPLE = 40 }; /* bytes of what others wrote, in a reason */

void
signer_refuse(struct dkim_signer *s, enum result result, str tag, str reason)
{
	if (s->result != RESULT_PENDING)
		return;
	s->result = result;
	s->reason = reason;
	s->bad_tag = tag;
}

/* A sample of what others wrote, fit for a line of text. */
static str
quoted(struct arena *a, str s)
{
	str more = s.n > SAMPLE ? STR("...") : STR("");

	return STR_CAT(a, STR("`"), str_sub(s, 0, SAMPLE), more, STR("`"));
}

void
signer_refuse_value(struct dkim_signer *s, struct arena *a, enum result result,
	str name, str value, str what)
{
	if (s->result == RESULT_PENDING)
		signer_refuse(s, result, name,
			STR_CAT(a, name, STR("="), quoted(a, value), STR(" "),
				what));
}

static str
list_reason(struct arena *a, const struct taglist *tags)
{
	str bad = str_trim_fws(tags->bad);

	switch (tags->error) {
	case TAGLIST_DUPLICATE:
		bad = str_trim_fws(str_sub(bad, 0, str_find(bad, '=')));
		return STR_CAT(a, STR("signature syntax error: "),
			str_sub(bad, 0, SAMPLE), STR("= occurs twice"));
	case TAGLIST_TOO_LONG:
		return STR("signature syntax error: more than 100 tags");
	default:
		return STR_CAT(
			a, STR("signature syntax error at "), quoted(a, bad));
	}
}

void
signer_check_list(
	struct dkim_signer *s, struct arena *a, const struct taglist *tags)
{
	if (tags->error != TAGLIST_OK)
		signer_refuse(
			s, RESULT_NEUTRAL, (str){ 0 }, list_reason(a, tags));
}

str
signer_require(struct dkim_signer *s, struct arena *a,
	const struct taglist *tags, str name)
{
	const struct tag *tag = taglist_find(tags, name);

	if (tag)
		return tag->value;
	if (s->result == RESULT_PENDING)
		signer_refuse(s, RESULT_PERMERROR, name,
			STR_CAT(a, name, STR("= is missing")));
	return (str){ 0 };
}

str
signer_base64(struct dkim_signer *s, struct arena *a,
	const struct taglist *tags, str name)
{
	str value = signer_require(s, a, tags, name);
	str out = { 0 };

	if (!value.p)
		return out;
	if (!base64_decode(a, value, &out, NULL))
		signer_refuse(s, RESULT_NEUTRAL, name,
			STR_CAT(a, name, STR("= is not base64")));
	else if (out.n == 0)
		signer_refuse(s, RESULT_NEUTRAL, name,
			STR_CAT(a, name, STR("= is empty")));
	return out;
}

static void
read_algorithm(
	struct dkim_signer *s, struct arena *a, const struct taglist *tags)
{
	static const struct {
		str name;
		enum key_kind key;
		enum digest_kind digest;
	} known[] = {
		{ STR_INIT("rsa-sha256"), KEY_RSA, DIGEST_SHA256 },
		{ STR_INIT("ed25519-sha256"), KEY_ED25519, DIGEST_SHA256 },
		{ STR_INIT("rsa-sha1"), KEY_RSA, DIGEST_SHA1 },
	};

	str value = signer_require(s, a, tags, STR("a"));
	s->algorithm = arena_lower(a, value);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!str_eq(s->algorithm, known[i].name))
			continue;
		s->key_kind = known[i].key;
		s->digest = known[i].digest;
	}
	if (s->key_kind == KEY_UNKNOWN)
		signer_refuse_value(s, a, RESULT_NEUTRAL, STR("a"), value,
			STR("is not supported"));
	if (s->digest == DIGEST_SHA1) /* RFC 8301 3.1, whatever the maths say */
		signer_refuse(s, RESULT_PERMERROR, STR("a"),
			STR("rsa-sha1 must not be accepted (RFC 8301 3.1)"));
}

/*
 * sub-domain *("." sub-domain); more than RFC 5321 allows, an underscore is
 * let through, since there are selectors with one.
 */
static bool
is_name(str ascii)
{
	for (size_t i = 0; i < ascii.n; i++)
		if (!is_alnum(ascii.p[i]) && ascii.p[i] != '-' &&
			ascii.p[i] != '_' && ascii.p[i] != '.')
			return false;
	return true;
}

bool
signer_name(struct arena *a, str value, str *ascii)
{
	if (domain_to_ascii(a, value, ascii) && is_name(*ascii) &&
		value.p[value.n - 1] != '.')
		return true;
	*ascii = (str){ 0 };
	return false;
}

static str
read_name(struct dkim_signer *s, struct arena *a, const struct taglist *tags,
	str tag, str *ascii)
{
	str value = signer_require(s, a, tags, tag);

	if (value.p && !signer_name(a, value, ascii))
		signer_refuse_value(s, a, RESULT_NEUTRAL, tag, value,
			STR("is not a valid name"));
	return value;
}

static void
read_signature(
	struct dkim_signer *s, struct arena *a, const struct taglist *tags)
{
	const struct tag *tag = taglist_find(tags, STR("b"));

	s->signature = signer_base64(s, a, tags, STR("b"));
	if (tag)
		s->b_area = tag->area;
}

void
signer_read(struct dkim_signer *s, struct arena *a, const struct taglist *tags)
{
	read_algorithm(s, a, tags);
	s->domain = read_name(s, a, tags, STR("d"), &s->domain_ascii);
	/* 3.5: at least two labels; 6.1.1: a verifier may refuse a TLD */
	if (s->domain_ascii.p && domain_labels(s->domain_ascii) < 2)
		signer_refuse_value(s, a, RESULT_POLICY, STR("d"), s->domain,
			STR("is a top-level domain"));
	s->selector = read_name(s, a, tags, STR("s"), &s->selector_ascii);
	read_signature(s, a, tags);
}

str
signer_key_name(const struct dkim_signer *s, struct arena *a)
{
	if (!s->domain_ascii.p || !s->selector_ascii.p)
		return (str){ 0 };
	return STR_CAT(
		a, s->selector_ascii, STR("._domainkey."), s->domain_ascii);
}

str
dkim_signature_text(struct arena *a, const struct dkim_signer *s, size_t n)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < s->b_area.n && b.n < n; i++)
		if (!is_fws(s->b_area.p[i]))
			buf_char(&b, s->b_area.p[i]);
	return buf_str(&b);
}

size_t
colon_count(str list)
{
	size_t n = 1;

	for (size_t i = 0; i < list.n; i++)
		n += list.p[i] == ':';
	return n;
}

bool
colon_contains(str list, str item)
{
	for (str piece; colon_split(&list, &piece);)
		if (str_eq(piece, item))
			return true;
	return false;
}
