/*
 * tag_record.c - lists of tag=value: their version, separators and tags.
 */
#include "tag_record.h"

#include "mailauth/hint.h"

/* --- help ------------------------------------------------------------ */

static size_t
offset(const struct tag_record *r, str part)
{
	return (size_t)(part.p - r->text.p);
}

void
tag_record_point(const struct tag_record *r, struct finding *x, size_t at,
	size_t n, str label)
{
	find_in_txt(x, r->name, r->text, at, n, label);
}

str
tag_record_with(const struct tag_record *r, size_t at, size_t n, str new)
{
	return STR_CAT(r->f->arena, str_sub(r->text, 0, at), new,
		str_skip(r->text, at + n));
}

const struct tag_piece *
tag_record_find(const struct tag_record *r, const char *tag)
{
	for (size_t i = 1; i < r->n; i++)
		if (r->piece[i].has_equals &&
			str_ieq(r->piece[i].name, str_from(tag)))
			return &r->piece[i];
	return NULL;
}

static bool
is_tag(const struct tag_record *r, str name)
{
	for (size_t i = 0; i < r->rules->tags; i++)
		if (str_ieq(name, str_from(r->rules->tag[i])))
			return true;
	return false;
}

static str
version_of(const struct tag_record *r)
{
	return STR_CAT(r->f->arena, STR("v="), r->rules->version);
}

/* --- quotes and backslashes ------------------------------------------ */

/* The octets of one of them at the start of s, or 0. */
static size_t
escape_at(str s)
{
	if (s.p[0] == '\\' || s.p[0] == '"')
		return 1;
	return str_starts(s, STR("\xe2\x80\x9c")) ||
			       str_starts(s, STR("\xe2\x80\x9d"))
		       ? 3
		       : 0;
}

static str
unescaped(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	while (s.n > 0) {
		size_t n = escape_at(s);
		if (n == 0)
			buf_char(&b, s.p[0]);
		s = str_skip(s, n > 0 ? n : 1);
	}
	return buf_str(&b);
}

static bool
find_escapes(struct tag_record *r)
{
	for (size_t i = 0; i < r->text.n; i++) {
		str s = str_skip(r->text, i);
		size_t n = escape_at(s);
		if (n == 0)
			continue;
		bool semicolon = n < s.n && s.p[n] == ';';
		struct finding *x = FIND(r->f, RECORD_ESCAPED,
			{ "text", str_sub(s, 0, n + semicolon) });
		tag_record_point(r, x, i, n, STR("remove it"));
		x->corrected = unescaped(r->f->arena, r->text);
		return true;
	}
	return false;
}

/* --- separators ------------------------------------------------------ */

/* Where a blank or comma stands before a tag and its '='; or s.n. */
static size_t
run_together(const struct tag_record *r, str s)
{
	enum { LONGEST = 8 }; /* a name, and its '=' */

	for (size_t i = 0; i < s.n; i++) {
		if (!is_one_of(s.p[i], " \t,"))
			continue;
		str name = find_skip(str_skip(s, i), " \t,");
		name = str_sub(name, 0, LONGEST);
		size_t equals = str_find(name, '=');
		if (equals < name.n && is_tag(r, str_sub(name, 0, equals)))
			return i;
	}
	return s.n;
}

static str
with_semicolons(const struct tag_record *r, str s)
{
	struct buf b = { .arena = r->f->arena };
	size_t at;

	for (; (at = run_together(r, s)) < s.n;
		s = find_skip(str_skip(s, at), " \t,")) {
		buf_add(&b, str_sub(s, 0, at));
		buf_add(&b,
			at > 0 && s.p[at - 1] == ';' ? STR(" ") : STR("; "));
	}
	buf_add(&b, s);
	return buf_str(&b);
}

static void
add_separator(struct tag_record *r, str whole, size_t at)
{
	size_t gap = 0, from = offset(r, whole) + at;

	while (from + gap < r->text.n &&
		is_one_of(r->text.p[from + gap], " \t,"))
		gap++;
	struct finding *x = FIND(r->f, RECORD_SEPARATOR, { "text", whole });
	tag_record_point(r, x, from, gap, STR("put `;` here"));
	x->corrected = tag_record_with(r, from, gap, STR("; "));
}

static bool
find_separator(struct tag_record *r)
{
	for (size_t i = 0; i < r->n; i++) {
		str whole = str_sub(r->text, r->piece[i].at, r->piece[i].n);
		size_t at = run_together(r, whole);
		if (at == whole.n)
			continue;
		add_separator(r, whole, at);
		return true;
	}
	return false;
}

/* --- the version ----------------------------------------------------- */

/* What follows "v = stsv1" and the like; the text when it has no version. */
static str
after_version(const struct tag_record *r)
{
	str s = find_skip(r->text, " \t'"), rest;

	rest = str_istarts(s, STR("v")) ? find_skip(str_skip(s, 1), " \t")
					: (str){ 0 };
	if (rest.n > 0 && is_one_of(rest.p[0], "=:"))
		s = find_skip(rest, " \t=:");
	else if (!str_istarts(s, str_sub(r->rules->version, 0, 3)))
		return r->text;
	while (s.n > 0 && !is_one_of(s.p[0], " \t;,"))
		s = str_skip(s, 1);
	return s;
}

static void
add_bad_version(struct tag_record *r)
{
	str rest = after_version(r), start, version = version_of(r);
	size_t n = rest.n < r->text.n ? r->text.n - rest.n
				      : str_find(r->text, ';');

	start = str_sub(r->text, 0, n);
	struct finding *x = FIND(r->f, RECORD_BAD_VERSION, { "text", start },
		{ "version", version });
	tag_record_point(r, x, 0, n, version);
	rest = with_semicolons(r, find_skip(rest, " \t;,.:"));
	x->corrected = rest.n > 0
			       ? STR_CAT(r->f->arena, version, STR("; "), rest)
			       : version;
}

static bool
find_version(struct tag_record *r)
{
	str version = version_of(r);
	str rest = find_skip(str_skip(r->text, version.n), " \t");

	if (!str_starts(r->text, version)) {
		add_bad_version(r);
		return true;
	}
	if (rest.n == 0 || rest.p[0] == ';')
		return false;
	if (is_one_of(r->text.p[version.n], " \t,"))
		add_separator(r, str_sub(r->text, 0, str_find(r->text, ';')),
			version.n);
	else
		add_bad_version(r);
	return true;
}

/* --- the pieces ------------------------------------------------------ */

static struct tag_piece
read_piece(const struct tag_record *r, str s)
{
	str whole = str_trim_wsp(s);
	size_t equals = str_find(whole, '=');
	str before = str_sub(whole, 0, equals);
	str behind = str_skip(whole, equals + 1);

	return (struct tag_piece){
		.at = offset(r, whole),
		.n = whole.n,
		.name = str_trim_wsp(before),
		.value = str_trim_wsp(behind),
		.value_at = offset(r, str_trim_wsp(behind)),
		.has_equals = equals < whole.n,
		.tight = str_trim_wsp(before).n == before.n &&
			 str_trim_wsp(behind).n == behind.n,
	};
}

static void
split(struct tag_record *r)
{
	str rest = r->text, s;

	while (r->n < TAG_PIECES_MAX && str_split(&rest, ';', &s)) {
		struct tag_piece p = read_piece(r, s);
		if (p.n > 0)
			r->piece[r->n++] = p;
	}
}

bool
tag_record_read(struct tag_record *r, struct find *f, str name, str text,
	const struct tag_rules *rules)
{
	*r = (struct tag_record){
		.f = f, .name = name, .text = text, .rules = rules
	};
	if (find_escapes(r) || find_version(r))
		return false;
	split(r);
	return !find_separator(r);
}

static void
add_unknown(struct tag_record *r, const struct tag_piece *p)
{
	struct arena *a = r->f->arena;
	struct hint h = hint_begin(arena_lower(a, p->name));

	for (size_t i = 0; i < r->rules->tags; i++)
		hint_offer(&h, r->rules->tag[i]);
	str better = h.n > 0 ? str_from(h.best[0]) : (str){ 0 };
	if (better.p && tag_record_find(r, h.best[0]))
		better = (str){ 0 };
	struct finding *x = FIND(r->f, RECORD_UNKNOWN_TAG, { "tag", p->name },
		{ "advice", better.p ? STR_CAT(a, STR("did you mean "), better,
					       STR("=?"))
				     : STR("remove it") });
	tag_record_point(r, x, p->at, p->name.n, STR(""));
	if (better.p)
		x->corrected = tag_record_with(r, p->at, p->name.n, better);
}

static void
add_syntax(struct tag_record *r, const struct tag_piece *p)
{
	str whole = str_sub(r->text, p->at, p->n);
	struct finding *x = FIND(r->f, RECORD_TAG_SYNTAX, { "text", whole },
		{ "advice", p->has_equals
				    ? STR("take the blanks at `=` out")
				    : STR("remove it, or give it a value") });

	tag_record_point(r, x, p->at, p->n, STR(""));
	if (p->has_equals)
		x->corrected = tag_record_with(r, p->at, p->n,
			STR_CAT(r->f->arena, p->name, STR("="), p->value));
}

static void
find_twice(struct tag_record *r, size_t i)
{
	const struct tag_piece *p = &r->piece[i];

	for (size_t k = 0; k < i; k++) {
		if (!str_ieq(r->piece[k].name, p->name))
			continue;
		struct finding *x =
			FIND(r->f, RECORD_DUPLICATE_TAG, { "tag", p->name });
		tag_record_point(r, x, p->at, p->n, STR("the second"));
		return;
	}
}

void
tag_record_check(
	struct tag_record *r, bool (*taken)(struct tag_record *, size_t piece))
{
	for (size_t i = 1; i < r->n; i++) {
		const struct tag_piece *p = &r->piece[i];
		if (taken && taken(r, i))
			continue;
		if (!p->has_equals || (r->rules->tight && !p->tight))
			add_syntax(r, p);
		else if (!is_tag(r, p->name))
			add_unknown(r, p);
		else
			find_twice(r, i);
	}
}
