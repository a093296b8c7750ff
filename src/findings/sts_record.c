/*
 * sts_record.c - what is wrong with the text of an MTA-STS record. (RFC 8461
 * 3.1)
 */
#include "find_publish.h"
#include "tag_record.h"

enum { ID_MAX = 32 };

static const char *const tags[] = { "v", "id" };
static const struct tag_rules rules = { STR_INIT("STSv1"), tags,
	sizeof(tags) / sizeof(tags[0]), true };

/* --- the policy, in the wrong place ---------------------------------- */

/* "mode: enforce", also as a tag. */
static bool
is_of_policy(str s)
{
	static const str keys[] = { STR_INIT("version"), STR_INIT("mode"),
		STR_INIT("max_age"), STR_INIT("mx") };

	s = str_trim_fws(s);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		str rest = find_skip(str_skip(s, keys[i].n), " \t");
		if (str_istarts(s, keys[i]) && rest.n > 0 &&
			is_one_of(rest.p[0], ":="))
			return true;
	}
	return false;
}

static void
add_policy_text(struct find *f, str name, str text, str part)
{
	struct finding *x = FIND(f, STS_POLICY_TEXT, { "text", part });

	find_in_txt(x, name, text, (size_t)(part.p - text.p), part.n,
		STR("not here"));
}

static bool
take_policy(struct tag_record *r, size_t i)
{
	str part = str_sub(r->text, r->piece[i].at, r->piece[i].n);

	if (!is_of_policy(part))
		return false;
	add_policy_text(r->f, r->name, r->text, part);
	return true;
}

/* --- id= ------------------------------------------------------------- */

static bool
is_id(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]))
			return false;
	return s.n > 0 && s.n <= ID_MAX;
}

static str
better_id(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < s.n && b.n < ID_MAX; i++)
		if (is_alnum(s.p[i]))
			buf_char(&b, s.p[i]);
	return buf_str(&b);
}

static void
check_id(struct tag_record *r)
{
	const struct tag_piece *id = tag_record_find(r, "id");
	struct finding *x;

	if (!id) {
		x = find_add(r->f, FINDING_STS_ID_MISSING, NULL);
		tag_record_point(r, x, 0, 0, (str){ 0 });
		return;
	}
	if (is_id(id->value))
		return;
	x = FIND(r->f, STS_ID_INVALID, { "value", id->value });
	tag_record_point(r, x, id->value_at, id->value.n,
		id->value.n > ID_MAX ? STR("too long") : STR(""));
	str better = better_id(r->f->arena, id->value);
	if (better.n > 0)
		x->corrected =
			tag_record_with(r, id->value_at, id->value.n, better);
}

void
find_sts_record(struct find *f, str name, str text)
{
	struct tag_record r;

	if (is_of_policy(text)) {
		size_t n = 0;
		while (n < text.n && !is_one_of(text.p[n], ";\r\n"))
			n++;
		add_policy_text(f, name, text, str_sub(text, 0, n));
		return;
	}
	if (!tag_record_read(&r, f, name, text, &rules))
		return;
	tag_record_check(&r, take_policy);
	check_id(&r);
}
