/*
 * bimi_record.c - what is wrong with the text of a BIMI record.
 *
 * BIMI is an Internet-Draft (draft-brand-indicators-for-message-identification)
 * and no RFC.
 */
#include "find_publish.h"
#include "tag_record.h"

static const char *const tags[] = { "v", "l", "a", "avp", "lps" };
static const struct tag_rules rules = { STR_INIT("BIMI1"), tags,
	sizeof(tags) / sizeof(tags[0]), false };

static bool
is_url(str s)
{
	if (!str_istarts(s, STR("https://")) || s.n < 9 || !is_alnum(s.p[8]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || is_one_of(s.p[i], ",\"<>"))
			return false;
	return true;
}

static void
check_url(struct tag_record *r, const struct tag_piece *p)
{
	if (!p || p->value.n == 0 || is_url(p->value))
		return;
	struct finding *x =
		FIND(r->f, BIMI_URL, { "tag", p->name }, { "value", p->value });
	tag_record_point(r, x, p->value_at, p->value.n, STR(""));
	if (str_istarts(p->value, STR("http://")))
		x->corrected = tag_record_with(r, p->value_at, 4, STR("https"));
}

/* Its path, that is, without a query. */
static bool
is_svg(str url)
{
	url = str_sub(url, 0, str_find(url, '?'));
	url = str_sub(url, 0, str_find(url, '#'));
	return str_iends(url, STR(".svg"));
}

static void
check_logo(struct tag_record *r, const struct tag_piece *l)
{
	if (l->value.n == 0 || is_svg(l->value))
		return;
	struct finding *x = find_add(r->f, FINDING_BIMI_LOGO_FORMAT, NULL);
	tag_record_point(r, x, l->value_at, l->value.n, STR(""));
}

static void
check_avp(struct tag_record *r, const struct tag_piece *avp)
{
	if (!avp || str_ieq(avp->value, STR("brand")) ||
		str_ieq(avp->value, STR("personal")))
		return;
	struct finding *x = FIND(r->f, BIMI_BAD_VALUE, { "tag", avp->name },
		{ "value", avp->value });
	tag_record_point(r, x, avp->value_at, avp->value.n, STR(""));
}

void
find_bimi_record(struct find *f, str name, str text)
{
	struct tag_record r;

	if (!tag_record_read(&r, f, name, text, &rules))
		return;
	tag_record_check(&r, NULL);
	const struct tag_piece *l = tag_record_find(&r, "l");
	const struct tag_piece *a = tag_record_find(&r, "a");
	bool evidence = a && a->value.n > 0;
	check_url(&r, l);
	check_url(&r, a);
	check_avp(&r, tag_record_find(&r, "avp"));
	if (!l) {
		struct finding *x =
			find_add(f, FINDING_BIMI_LOCATION_MISSING, NULL);
		tag_record_point(&r, x, 0, 0, (str){ 0 });
		return;
	}
	check_logo(&r, l);
	if (l->value.n == 0 && !evidence)
		find_add(f, FINDING_BIMI_DECLINED, NULL);
	else if (!evidence)
		find_add(f, FINDING_BIMI_NO_EVIDENCE, NULL);
}
