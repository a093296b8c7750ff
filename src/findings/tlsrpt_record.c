/*
 * tlsrpt_record.c - what is wrong with the text of a TLS-RPT record. (RFC 8460
 * 3)
 */
#include "find_publish.h"
#include "tag_record.h"

static const char *const tags[] = { "v", "rua" };
static const struct tag_rules rules = { STR_INIT("TLSRPTv1"), tags,
	sizeof(tags) / sizeof(tags[0]), true };

static bool
is_clean(str uri)
{
	for (size_t i = 0; i < uri.n; i++)
		if (uri.p[i] <= ' ' || uri.p[i] > '~' ||
			is_one_of(uri.p[i], "!\"<>"))
			return false;
	return true;
}

static bool
is_https(str uri)
{
	return str_istarts(uri, STR("https://")) && uri.n > 8 &&
	       is_alnum(uri.p[8]);
}

/* A mail address, and nothing before it. */
static bool
is_bare_address(str uri)
{
	size_t at = str_find(uri, '@');

	return at > 0 && at + 1 < uri.n && str_find(uri, ':') == uri.n &&
	       is_clean(uri);
}

static void
check_uris(struct tag_record *r, const struct tag_piece *rua)
{
	str rest = rua->value, uri;

	while (str_split(&rest, ',', &uri)) {
		uri = str_trim_wsp(uri);
		size_t at = (size_t)(uri.p - r->text.p);
		if (is_clean(uri) && (find_is_mailto(uri) || is_https(uri)))
			continue;
		struct finding *x =
			FIND(r->f, TLSRPT_RUA_INVALID, { "uri", uri });
		tag_record_point(r, x, at, uri.n, STR(""));
		if (is_bare_address(uri))
			x->corrected =
				tag_record_with(r, at, 0, STR("mailto:"));
		return;
	}
}

/* "rua=mailto:a@b; c@d": a semicolon where a comma belongs. */
static bool
take_lost_address(struct tag_record *r, size_t i)
{
	const struct tag_piece *p = &r->piece[i], *before = &r->piece[i - 1];
	str text = str_sub(r->text, p->at, p->n);
	size_t end = before->at + before->n;

	if (p->has_equals || !str_ieq(before->name, STR("rua")) ||
		str_find(text, ':') + str_find(text, '@') >= 2 * text.n)
		return false;
	struct finding *x = FIND(r->f, TLSRPT_RUA_INVALID, { "uri", text });
	tag_record_point(
		r, x, p->at, p->n, STR("cut off by the `;` before it"));
	x->corrected = tag_record_with(r, end, p->at - end, STR(","));
	return true;
}

void
find_tlsrpt_record(struct find *f, str name, str text)
{
	struct tag_record r;

	if (!tag_record_read(&r, f, name, text, &rules))
		return;
	tag_record_check(&r, take_lost_address);
	const struct tag_piece *rua = tag_record_find(&r, "rua");
	if (rua) {
		check_uris(&r, rua);
	} else {
		struct finding *x =
			find_add(f, FINDING_TLSRPT_RUA_MISSING, NULL);
		tag_record_point(&r, x, 0, 0, (str){ 0 });
	}
}
