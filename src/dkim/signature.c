/*
 * signature.c - a DKIM-Signature or ARC-Message-Signature, read and judged by
 * itself. (RFC 6376 3.5, 6.1.1; RFC 8617 4.1.2)
 *
 * What breaks the grammar makes the result neutral, what the grammar allows
 * and a rule forbids makes it permerror. (RFC 8601 2.7.1)
 */
#include "dkim/signer.h"

#include "mailauth/domain.h"
#include "mailauth/time.h"

struct reader {
	struct arena *arena;
	const struct taglist *tags;
	struct dkim_signer *signer; /* of out */
	struct dkim_signature *out;
};

static void
bad_value(struct reader *r, str tag, str value, str what)
{
	signer_refuse_value(
		r->signer, r->arena, RESULT_NEUTRAL, tag, value, what);
}

/* An incompatible version; ARC has none. (6.1.1; RFC 8617 4.1.2) */
static void
read_version(struct reader *r)
{
	if (r->out->arc)
		return;
	str v = signer_require(r->signer, r->arena, r->tags, STR("v"));
	if (v.p && !str_eq(v, STR("1")))
		signer_refuse_value(r->signer, r->arena, RESULT_PERMERROR,
			STR("v"), v, STR("is not a known version"));
}

static enum canon
canon_of(str word)
{
	if (str_ieq(word, STR("simple")))
		return CANON_SIMPLE;
	return str_ieq(word, STR("relaxed")) ? CANON_RELAXED : CANON_UNKNOWN;
}

static void
read_canon(struct reader *r)
{
	const struct tag *c = taglist_find(r->tags, STR("c"));
	struct dkim_signature *out = r->out;

	out->header_canon = out->body_canon = CANON_SIMPLE;
	if (!c)
		return;
	size_t slash = str_find(c->value, '/');
	out->header_canon = canon_of(str_sub(c->value, 0, slash));
	if (slash < c->value.n)
		out->body_canon = canon_of(str_skip(c->value, slash + 1));
	if (out->header_canon == CANON_UNKNOWN ||
		out->body_canon == CANON_UNKNOWN)
		bad_value(r, STR("c"), c->value, STR("is not supported"));
}

/*
 * One method that we know is enough.  Drafts before RFC 4871 wrote "dns", and
 * old signers still do.
 */
static void
read_query(struct reader *r)
{
	const struct tag *q = taglist_find(r->tags, STR("q"));
	str item;

	if (!q)
		return;
	for (str rest = q->value; colon_split(&rest, &item);)
		if (str_ieq(item, STR("dns")) ||
			str_ieq(item, STR("dns/txt")) ||
			str_istarts(item, STR("dns/txt/")))
			return;
	bad_value(r, STR("q"), q->value, STR("is not supported"));
}

static void
read_body_hash(struct reader *r)
{
	struct dkim_signature *out = r->out;
	size_t want = r->signer->digest == DIGEST_SHA1 ? 20 : DIGEST_MAX;

	out->body_hash = signer_base64(r->signer, r->arena, r->tags, STR("bh"));
	if (out->body_hash.p && out->body_hash.n != want)
		signer_refuse(r->signer, RESULT_NEUTRAL, STR("bh"),
			STR_CAT(r->arena, STR("bh= has "),
				str_number(r->arena, out->body_hash.n),
				STR(" octets, and its hash has "),
				str_number(r->arena, want)));
}

/* 1*76DIGIT; a number beyond all bodies is longer than this one. (3.5) */
static void
read_length(struct reader *r)
{
	const struct tag *l = taglist_find(r->tags, STR("l"));
	uint64_t v = BODY_WHOLE - 1;

	r->out->length = BODY_WHOLE;
	if (!l)
		return;
	bool digits = l->value.n > 0 && l->value.n <= 76;
	for (size_t i = 0; i < l->value.n; i++)
		digits &= is_digit(l->value.p[i]);
	if (!digits)
		bad_value(r, STR("l"), l->value, STR("is not a length"));
	str_uint(l->value, BODY_WHOLE - 1, &v);
	r->out->length = v;
}

/* 1*12DIGIT */
static int64_t
read_time(struct reader *r, str name)
{
	const struct tag *tag = taglist_find(r->tags, name);
	uint64_t v;

	if (!tag)
		return TIME_UNKNOWN;
	if (tag->value.n <= 12 && str_uint(tag->value, INT64_MAX, &v))
		return (int64_t)v;
	bad_value(r, name, tag->value, STR("is not a time"));
	return TIME_UNKNOWN;
}

static void
read_times(struct reader *r)
{
	struct dkim_signature *out = r->out;

	out->time = read_time(r, STR("t"));
	out->expires = read_time(r, STR("x"));
	if (out->time != TIME_UNKNOWN && out->expires != TIME_UNKNOWN &&
		out->expires <= out->time)
		signer_refuse(r->signer, RESULT_NEUTRAL, STR("x"),
			STR("x= is not later than t="));
}

/* dkim-quoted-printable: folds do not count. (2.11) */
static bool
unquote(struct arena *a, str s, str *out)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < s.n; i++) {
		if (is_fws(s.p[i]))
			continue;
		if (s.p[i] != '=') {
			buf_char(&b, s.p[i]);
			continue;
		}
		if (s.n - i < 3 || hex_value(s.p[i + 1]) < 0 ||
			hex_value(s.p[i + 2]) < 0)
			return false;
		buf_char(&b, (char)(hex_value(s.p[i + 1]) << 4 |
				     hex_value(s.p[i + 2])));
		i += 2;
	}
	*out = buf_str(&b);
	return true;
}

/* The same as or below d=, both as A-labels. (3.5; RFC 8616 5) */
static void
read_identity(struct reader *r)
{
	const struct tag *tag = taglist_find(r->tags, STR("i"));
	str id, domain;

	if (r->out->arc || !tag)
		return;
	if (!unquote(r->arena, tag->value, &id) || str_rfind(id, '@') == id.n ||
		!signer_name(r->arena, str_skip(id, str_rfind(id, '@') + 1),
			&domain)) {
		bad_value(r, STR("i"), tag->value, STR("is not an identity"));
		return;
	}
	r->out->identity = id;
	if (r->signer->domain_ascii.p &&
		!domain_at_or_below(domain, r->signer->domain_ascii))
		signer_refuse_value(r->signer, r->arena, RESULT_PERMERROR,
			STR("i"), id, STR("is outside the domain of d="));
}

static bool
is_field_name(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '!' || s.p[i] > '~')
			return false;
	return s.n > 0;
}

static void
check_headers(struct reader *r)
{
	bool from = false, syntax = true, seal = false;
	str name;

	for (str rest = r->out->headers; colon_split(&rest, &name);) {
		syntax &= is_field_name(name);
		from |= str_ieq(name, STR("from"));
		seal |= str_ieq(name, STR("arc-seal"));
	}
	if (!syntax)
		bad_value(r, STR("h"), r->out->headers,
			STR("is not a list of field names"));
	if (!from) /* 6.1.1 */
		signer_refuse(r->signer, RESULT_PERMERROR, STR("h"),
			STR("From is not signed (not in h=)"));
	if (seal && r->out->arc) /* RFC 8617 4.1.2 */
		signer_refuse(r->signer, RESULT_PERMERROR, STR("h"),
			STR("h= names ARC-Seal"));
}

static void
read_headers(struct reader *r)
{
	r->out->headers =
		signer_require(r->signer, r->arena, r->tags, STR("h"));
	if (r->out->headers.p)
		check_headers(r);
}

struct dkim_signature
dkim_signature_parse(
	struct arena *a, const struct message *m, size_t field_index, bool arc)
{
	struct dkim_signature out = {
		.field = &m->field[field_index],
		.index = field_index,
		.arc = arc,
		.signer = { .result = RESULT_PENDING },
		.hash = SIZE_MAX,
	};
	struct reader r = { a, &out.tags, &out.signer, &out };

	out.tags = taglist_parse(a, out.field->value);
	signer_check_list(r.signer, a, &out.tags);
	read_version(&r);
	signer_read(r.signer, a, &out.tags);
	read_body_hash(&r);
	read_headers(&r);
	read_canon(&r);
	read_query(&r);
	read_length(&r);
	read_times(&r);
	read_identity(&r);
	return out;
}
