/*
 * dmarc_record.c - what is wrong with the text of a DMARC record. (RFC 9989
 * 4.7, 4.8)
 */
#include "find_dmarc.h"

#include "mailauth/hint.h"

#include <string.h>

enum { TAGS_MAX = 40 }; /* looked at; nobody needs so many */

struct piece {
	size_t at, n; /* between two ';' */
	str name, value;
	size_t value_at;
	bool has_equals;
};

struct lint {
	struct find *f;
	str domain; /* where it stands */
	str text;
	struct piece piece[TAGS_MAX];
	size_t n;
	struct dmarc_record record;
};

static const char *const tag_names[] = { "v", "p", "sp", "np", "adkim", "aspf",
	"fo", "psd", "t", "rua", "ruf" };
static const char *const removed[] = { "pct", "rf", "ri" };

static bool
is_listed(str name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieq(name, str_from(list[i])))
			return true;
	return false;
}

static bool
is_tag(str name)
{
	return is_listed(name, tag_names,
		       sizeof(tag_names) / sizeof(tag_names[0])) ||
	       is_listed(name, removed, sizeof(removed) / sizeof(removed[0]));
}

static size_t
offset(const struct lint *l, str part)
{
	return (size_t)(part.p - l->text.p);
}

static struct piece
read_piece(const struct lint *l, str s)
{
	size_t equals = str_find(s, '=');
	struct piece p = { .has_equals = equals < s.n };
	str whole = str_trim_wsp(s);

	p.at = offset(l, whole);
	p.n = whole.n;
	p.name = str_trim_wsp(str_sub(s, 0, equals));
	p.value = str_trim_wsp(str_skip(s, equals + 1));
	p.value_at = offset(l, p.value);
	return p;
}

static void
split(struct lint *l)
{
	str rest = l->text, s;

	while (l->n < TAGS_MAX && str_split(&rest, ';', &s)) {
		struct piece p = read_piece(l, s);
		if (p.n > 0)
			l->piece[l->n++] = p;
	}
}

static str
name_of_record(const struct lint *l)
{
	return STR_CAT(l->f->arena, STR("_dmarc."), l->domain);
}

static void
point(const struct lint *l, struct finding *x, size_t at, size_t n, str label)
{
	find_in_txt(x, name_of_record(l), l->text, at, n, label);
}

/* The record with a part of it replaced. */
static str
with(const struct lint *l, size_t at, size_t n, str new)
{
	return STR_CAT(l->f->arena, str_sub(l->text, 0, at), new,
		str_skip(l->text, at + n));
}

static str
nearest(const struct lint *l, str word, const char *const *list, size_t n)
{
	struct hint h = hint_begin(arena_lower(l->f->arena, word));

	for (size_t i = 0; i < n; i++)
		hint_offer(&h, list[i]);
	return h.n > 0 ? str_from(h.best[0]) : (str){ 0 };
}

/* --- the text as a whole --------------------------------------------- */

/* A backslash, or a quotation mark of any kind; *n its octets. */
static bool
is_escape(str s, size_t *n)
{
	bool curly =
		s.p[0] == '\xe2' && (str_starts(s, STR("\xe2\x80\x9c")) ||
					    str_starts(s, STR("\xe2\x80\x9d")));

	*n = curly ? 3 : 1;
	return curly || s.p[0] == '\\' || s.p[0] == '"';
}

static str
unescaped(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	for (size_t i = 0, n; i < s.n; i += n)
		if (!is_escape(str_skip(s, i), &n))
			buf_char(&b, s.p[i]);
	return buf_str(&b);
}

static bool
look_for_escapes(struct lint *l)
{
	for (size_t i = 0, n; i < l->text.n; i += n) {
		if (!is_escape(str_skip(l->text, i), &n))
			continue;
		bool semicolon = i + n < l->text.n && l->text.p[i + n] == ';';
		struct finding *x = FIND(l->f, DMARC_ESCAPED,
			{ "text", str_sub(l->text, i, n + semicolon) });
		point(l, x, i, n, STR("remove it"));
		x->corrected = unescaped(l->f->arena, l->text);
		return true;
	}
	return false;
}

/*
 * Within a value: a blank or comma, then a tag and '='.  Where that begins, or
 * value.n.
 */
static size_t
run_together(str value)
{
	for (size_t i = 0, n; i < value.n; i += n + (n == 0)) {
		str s = str_skip(value, i), name;
		for (n = 0; n < s.n && (s.p[n] == ' ' || s.p[n] == ',');)
			n++;
		if (n == 0)
			continue;
		/* the longest name has five letters */
		name = str_sub(s, n, 6);
		size_t equals = str_find(name, '=');
		if (equals < name.n &&
			is_tag(str_trim_wsp(str_sub(name, 0, equals))))
			return i;
	}
	return value.n;
}

static bool
look_for_separators(struct lint *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct piece *p = &l->piece[i];
		size_t at = run_together(p->value);
		if (!p->has_equals || at == p->value.n)
			continue;
		str next = str_skip(p->value, at);
		size_t gap = 0;
		while (is_one_of(next.p[gap], " ,"))
			gap++;
		struct finding *x = FIND(l->f, DMARC_SEPARATOR,
			{ "text", str_sub(l->text, p->at, p->n) });
		point(l, x, p->value_at + at, gap, STR("put `;` here"));
		x->corrected = with(l, p->value_at + at, gap, STR("; "));
		return true;
	}
	return false;
}

/* --- tag by tag ------------------------------------------------------ */

static str
spoiled(const struct lint *l)
{
	return l->record.has_rua ? STR("it counts as p=none")
				 : STR("the record is ignored, since it has no "
				       "valid rua=");
}

static void
check_policy(struct lint *l, const struct piece *p, bool invalid)
{
	static const char *const words[] = { "none", "quarantine", "reject" };

	if (!invalid)
		return;
	struct finding *x = FIND(l->f, DMARC_POLICY_INVALID, { "tag", p->name },
		{ "value", p->value }, { "effect", spoiled(l) });
	str better = nearest(l, p->value, words, 3);
	if (better.p) {
		x->corrected = with(l, p->value_at, p->value.n, better);
		point(l, x, p->value_at, p->value.n,
			STR_CAT(l->f->arena, STR("did you mean "), better,
				STR("?")));
	} else {
		point(l, x, p->value_at, p->value.n, STR("no policy"));
	}
}

/* "0", "1", "d", "s", each once, and 0 beside 1 never. (RFC 9989 4.7) */
static bool
is_fo(str value)
{
	bool seen[4] = { false };
	str word;

	while (str_split(&value, ':', &word)) {
		static const char letters[] = "01ds";
		word = str_trim_wsp(word);
		const char *at = word.n == 1 && word.p[0] != '\0'
					 ? strchr(letters, to_lower(word.p[0]))
					 : NULL;
		if (!at || seen[at - letters])
			return false;
		seen[at - letters] = true;
	}
	return !(seen[0] && seen[1]);
}

/* What a tag may have, for a person; absent when it has it. */
static str
allowed_for(const struct piece *p)
{
	static const struct {
		const char *tag, *letters;
		str words;
	} table[] = {
		{ "adkim", "rs", STR_INIT("adkim=r or adkim=s") },
		{ "aspf", "rs", STR_INIT("aspf=r or aspf=s") },
		{ "t", "yn", STR_INIT("t=y or t=n") },
		{ "psd", "ynu", STR_INIT("psd=y, psd=n or psd=u") },
	};

	if (str_ieq(p->name, STR("fo")) && !is_fo(p->value))
		return STR("fo=0, or fo=1:d:s and parts of it");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (str_ieq(p->name, str_from(table[i].tag)) &&
			(p->value.n != 1 || !is_one_of(to_lower(p->value.p[0]),
						    table[i].letters)))
			return table[i].words;
	return (str){ 0 };
}

/* "strict" is s, "yes" is y: by its first letter. */
static str
first_letter(const struct lint *l, const struct piece *p)
{
	static const char *const words[] = { "strict", "relaxed", "yes", "no" };

	if (!is_listed(p->value, words, 4))
		return (str){ 0 };
	str letter = arena_lower(l->f->arena, str_sub(p->value, 0, 1));
	struct piece fixed = *p;
	fixed.value = letter;
	return allowed_for(&fixed).p ? (str){ 0 } : letter;
}

static void
check_value(struct lint *l, const struct piece *p)
{
	str allowed = allowed_for(p);

	if (!allowed.p)
		return;
	struct finding *x = FIND(l->f, DMARC_BAD_VALUE, { "tag", p->name },
		{ "value", p->value }, { "allowed", allowed });
	str letter = first_letter(l, p);
	if (letter.p)
		x->corrected = with(l, p->value_at, p->value.n, letter);
	point(l, x, p->value_at, p->value.n, STR("no value of this tag"));
}

static bool
has_report_form(str uri)
{
	for (size_t i = 0; i < uri.n; i++)
		if (uri.p[i] <= ' ' || uri.p[i] > '~')
			return false;
	return find_is_mailto(uri);
}

static void
check_uris(struct lint *l, const struct piece *p)
{
	str rest = p->value, uri;
	bool size_said = false;

	while (str_split(&rest, ',', &uri)) {
		uri = str_trim_wsp(uri);
		size_t mark = str_find(uri, '!');
		str size = str_skip(uri, mark);
		if (size.n > 0 && !size_said) {
			struct finding *x =
				FIND(l->f, DMARC_RUA_SIZE, { "text", size });
			point(l, x, offset(l, size), size.n, STR("remove it"));
			x->corrected =
				with(l, offset(l, size), size.n, STR(""));
			size_said = true;
		}
		uri = str_sub(uri, 0, mark);
		/* a scheme that we do not know is another's business */
		if (has_report_form(uri) || str_istarts(uri, STR("https:")))
			continue;
		struct finding *x = FIND(l->f, DMARC_RUA_INVALID,
			{ "uri", uri }, { "tag", p->name });
		point(l, x, uri.n > 0 ? offset(l, uri) : p->value_at, uri.n,
			STR(""));
		if (str_find(uri, ':') == uri.n && str_find(uri, '@') < uri.n &&
			str_find(uri, ' ') == uri.n)
			x->corrected =
				with(l, offset(l, uri), 0, STR("mailto:"));
		else if (find_is_mailto(str_skip(uri, 7)))
			x->corrected = with(l, offset(l, uri), 7, STR(""));
		return;
	}
}

/* "rua=mailto:a@b; c@d": a semicolon where a comma belongs. */
static bool
is_lost_address(struct lint *l, size_t i)
{
	const struct piece *p = &l->piece[i], *before = &l->piece[i - 1];
	str text = str_sub(l->text, p->at, p->n);

	if (p->has_equals || str_find(text, '@') == text.n ||
		(!str_ieq(before->name, STR("rua")) &&
			!str_ieq(before->name, STR("ruf"))))
		return false;
	struct finding *x = FIND(l->f, DMARC_RUA_INVALID, { "uri", text },
		{ "tag", before->name });
	size_t end = before->at + before->n;
	point(l, x, p->at, p->n, STR("cut off by the `;` before it"));
	x->corrected = with(l, end, p->at - end,
		str_istarts(text, STR("mailto:")) ? STR(",") : STR(",mailto:"));
	return true;
}

static void
check_name(struct lint *l, const struct piece *p)
{
	struct finding *x;

	if (is_listed(p->name, removed, sizeof(removed) / sizeof(removed[0]))) {
		x = FIND(l->f, DMARC_REMOVED_TAG, { "tag", p->name });
		if (str_ieq(p->name, STR("pct")) && l->record.pct < 100)
			x->severity = SEVERITY_WARNING;
		point(l, x, p->at, p->n, STR(""));
	} else if (!is_tag(p->name)) {
		str better = p->has_equals
				     ? nearest(l, p->name, tag_names,
					       sizeof(tag_names) /
						       sizeof(tag_names[0]))
				     : (str){ 0 };
		x = FIND(l->f, DMARC_UNKNOWN_TAG, { "tag", p->name },
			{ "advice", better.p ? STR_CAT(l->f->arena,
						       STR("did you mean "),
						       better, STR("=?"))
					     : STR("remove it") });
		point(l, x, p->at, p->name.n, STR(""));
		if (better.p)
			x->corrected = with(l, p->at, p->name.n, better);
	}
}

static void
check_duplicate(struct lint *l, size_t i)
{
	const struct piece *p = &l->piece[i];

	for (size_t k = 0; k < i; k++) {
		if (!str_ieq(l->piece[k].name, p->name))
			continue;
		struct finding *x =
			FIND(l->f, DMARC_DUPLICATE_TAG, { "tag", p->name });
		point(l, x, p->at, p->n, STR("the second"));
		return;
	}
}

static void
check_piece(struct lint *l, size_t i)
{
	const struct piece *p = &l->piece[i];
	const struct dmarc_record *r = &l->record;

	if (is_lost_address(l, i))
		return;
	check_name(l, p);
	check_duplicate(l, i);
	if (str_ieq(p->name, STR("p")))
		check_policy(l, p, r->p_invalid);
	else if (str_ieq(p->name, STR("sp")))
		check_policy(l, p, r->sp_invalid);
	else if (str_ieq(p->name, STR("np")))
		check_policy(l, p, r->np_invalid);
	else if (str_ieq(p->name, STR("rua")) || str_ieq(p->name, STR("ruf")))
		check_uris(l, p);
	else
		check_value(l, p);
}

/* --- what the tags say together -------------------------------------- */

static void
check_subdomains(struct lint *l, enum dmarc_policy policy, const char *tag)
{
	if (policy == DMARC_POLICY_UNKNOWN || policy >= l->record.p)
		return;
	struct finding *x =
		FIND(l->f, DMARC_SUBDOMAIN_WEAK, { "tag", str_from(tag) },
			{ "value", dmarc_policy_word(policy) },
			{ "policy", dmarc_policy_word(l->record.p) });
	for (size_t i = 0; i < l->n; i++)
		if (str_ieq(l->piece[i].name, str_from(tag)))
			point(l, x, l->piece[i].at, l->piece[i].n, STR(""));
}

static void
check_together(struct lint *l)
{
	const struct dmarc_record *r = &l->record;
	bool has_p = false, has_rua = false;

	for (size_t i = 0; i < l->n; i++) {
		has_p |= str_ieq(l->piece[i].name, STR("p"));
		has_rua |= str_ieq(l->piece[i].name, STR("rua"));
	}
	if (!has_p) {
		struct finding *x = FIND(
			l->f, DMARC_POLICY_MISSING, { "effect", spoiled(l) });
		point(l, x, 0, 0, STR(""));
	}
	check_subdomains(l, r->sp, "sp");
	check_subdomains(l, r->np, "np");
	if (r->testing && r->p > DMARC_NONE)
		FIND(l->f, DMARC_TEST_MODE,
			{ "policy", dmarc_policy_word(r->p) });
	if (r->p == DMARC_NONE)
		find_add(l->f, FINDING_DMARC_POLICY_NONE, NULL);
	if (!has_rua)
		find_add(l->f, FINDING_DMARC_NO_RUA, NULL);
}

/* --- the record ------------------------------------------------------ */

/* Meant as one, and not begun as one. */
bool
dmarc_looks_meant(str txt)
{
	str s = txt;

	s = find_skip(s, " \t\"'\\");
	if (str_istarts(s, STR("v")))
		s = str_trim_wsp(str_skip(s, 1));
	if (s.n > 0 && is_one_of(s.p[0], "=: "))
		s = str_trim_wsp(str_skip(s, 1));
	return str_istarts(s, STR("dmarc")) ||
	       (str_istarts(s, STR("p=")) && str_find(s, ';') < s.n);
}

/* What follows "v = dmarc1" and the like; absent when it is nothing like it. */
static str
after_version(str s)
{
	s = find_skip(s, " \t\"'\\");
	if (str_istarts(s, STR("v")))
		s = find_skip(str_skip(s, 1), " \t=:");
	if (!str_istarts(s, STR("dmarc")))
		return (str){ 0 };
	s = str_skip(s, 5);
	while (s.n > 0 && is_alnum(s.p[0]))
		s = str_skip(s, 1);
	return s;
}

/* With ';' between tags that a blank or a comma separates. */
static str
with_semicolons(struct find *f, str text)
{
	struct buf b = { .arena = f->arena };
	size_t at;

	for (; (at = run_together(text)) < text.n;
		text = find_skip(str_skip(text, at), " ,")) {
		str head = str_sub(text, 0, at);
		while (head.n > 0 && is_one_of(head.p[head.n - 1], " ,;"))
			head.n--;
		buf_add(&b, head);
		buf_add(&b, STR("; "));
	}
	buf_add(&b, text);
	return buf_str(&b);
}

/* The record with a good beginning; absent when that alone is no help. */
static str
with_version(struct find *f, str text)
{
	str rest = after_version(text), s;
	struct buf b = { .arena = f->arena };

	rest = with_semicolons(f, find_skip(rest.p ? rest : text, " \t,;:."));
	buf_add(&b, STR("v=DMARC1"));
	while (str_split(&rest, ';', &s)) {
		s = str_trim_wsp(s);
		str name = str_trim_wsp(str_sub(s, 0, str_find(s, '=')));
		/* a late version, or one that is hardly to be known */
		if (s.n == 0 || after_version(s).p || str_ieq(name, STR("v")))
			continue;
		buf_add(&b, STR("; "));
		buf_add(&b, s);
	}
	str better = buf_str(&b);
	struct dmarc_record r = dmarc_record_parse(f->arena, better);
	return r.valid && r.p != DMARC_POLICY_UNKNOWN ? better : (str){ 0 };
}

/* What stands where the version should: up to its end, or to the first ';'. */
static str
beginning(str text)
{
	str rest = after_version(text);
	size_t n = str_find(text, ';');

	if (rest.p && text.n - rest.n < n)
		n = text.n - rest.n + 1;
	return str_sub(text, 0, n);
}

/* "v=DMARC1 p=none": the version, and no semicolon behind it. */
static bool
look_behind_version(struct lint *l)
{
	static const str version = STR_INIT("v=DMARC1");
	size_t gap = 0;

	if (!str_starts(l->text, version))
		return false;
	str next = str_skip(l->text, version.n);
	while (gap < next.n && is_one_of(next.p[gap], " ,"))
		gap++;
	if (gap == 0 || str_find(next, '=') == next.n)
		return false;
	struct finding *x = FIND(l->f, DMARC_SEPARATOR,
		{ "text", str_sub(l->text, 0, str_find(l->text, ';')) });
	point(l, x, version.n, gap, STR("put `;` here"));
	x->corrected = with_version(l->f, l->text);
	return true;
}

static void
read_record(struct find *f, str domain, str text)
{
	struct lint l = { .f = f,
		.domain = domain,
		.text = text,
		.record = dmarc_record_parse(f->arena, text) };

	if (!l.record.valid && look_behind_version(&l))
		return;
	if (!l.record.valid) {
		str start = beginning(text);
		struct finding *x =
			FIND(f, DMARC_BAD_VERSION, { "text", start });
		point(&l, x, 0, start.n,
			str_find(text, ';') == start.n ? STR("v=DMARC1")
						       : STR("v=DMARC1;"));
		x->corrected = with_version(
			f, str_trim_wsp(unescaped(f->arena, text)));
		return;
	}
	split(&l);
	/* a record that falls apart is not worth reading on */
	if (look_for_escapes(&l) || look_for_separators(&l))
		return;
	for (size_t i = 1; i < l.n; i++) /* the first is the version */
		check_piece(&l, i);
	check_together(&l);
}

/* All is said by the text alone, so of one that is sound nothing ever. */
void
find_dmarc_record(struct find *f, str domain, str text)
{
	struct shelf *shelf = f->dns ? dns_shelf(f->dns) : NULL;
	size_t before = f->added;

	if (shelf_find(shelf, SHELF_DMARC_SOUND, text))
		return;
	read_record(f, domain, text);
	if (f->added == before)
		shelf_put(shelf, SHELF_DMARC_SOUND, text, 1);
}
