/*
 * change_edit.c - what header fields may have been before lists and gateways
 * got hold of them.
 */
#include "findings/change_edit.h"

enum { FOLDS_MAX = 4 };

/* --- adding ----------------------------------------------------------- */

static struct change_edit *
add_edit(struct change_head *h, struct change_step step, size_t n)
{
	struct change_edit *e;

	if (h->edits == CHANGE_EDITS)
		return NULL;
	e = &h->edit[h->edits++];
	*e = (struct change_edit){ .step = step, .n = n };
	e->slot = arena_make(h->search->arena, n, struct change_slot_edit);
	return e;
}

static void
set_slot(struct change_edit *e, size_t i, size_t slot, str canon)
{
	((struct change_slot_edit *)e->slot)[i] =
		(struct change_slot_edit){ slot, canon };
}

/* Names as they are mostly written; h= has them in lower case. */
static str
usual_name(str name)
{
	static const str names[] = { STR_INIT("MIME-Version"),
		STR_INIT("Content-Type"), STR_INIT("Content-Transfer-Encoding"),
		STR_INIT("Reply-To"), STR_INIT("Sender"), STR_INIT("Subject") };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_ieq(name, names[i]))
			return names[i];
	return name;
}

/* The field of a slot with another value, in canonical form. */
static str
canon_with(const struct change_head *h, size_t i, str value)
{
	struct arena *a = h->search->arena;
	const struct change_slot *slot = &h->slot[i];
	const struct field *f = slot->field;
	str name = usual_name(slot->name);
	str start = STR_CAT(a, name, STR(": "));
	struct field made = { .name = name };
	struct buf b = { .arena = a };

	if (f) {
		size_t blanks = 0;
		while (blanks < f->value.n && is_wsp(f->value.p[blanks]))
			blanks++;
		made.name = f->name;
		start = str_sub(
			f->raw, 0, (size_t)(f->value.p - f->raw.p) + blanks);
	}
	made.raw = STR_CAT(a, start, value, STR("\r\n"));
	made.value = value;
	canon_field(&b, h->canon, &made);
	return buf_str(&b);
}

str
change_value_of(const struct change_head *h, size_t i)
{
	const struct field *f = h->slot[i].field;

	return f ? str_trim_fws(f->value) : (str){ 0 };
}

bool
change_is_usable(const struct change_head *h, size_t i)
{
	return h->slot[i].field && h->slot[i].field->raw.n <= CHANGE_VALUE_MAX;
}

void
change_add_value(struct change_head *h, size_t i, struct change_step step,
	str value, bool common)
{
	struct change_edit *e;
	str canon;

	if (value.n > CHANGE_VALUE_MAX)
		return;
	canon = canon_with(h, i, value);
	if (str_eq(canon, h->slot[i].canon))
		return;
	step.name = h->slot[i].field ? h->slot[i].field->name
				     : usual_name(h->slot[i].name);
	step.field = h->slot[i].field;
	e = add_edit(h, step, 1);
	if (!e)
		return;
	e->common = common;
	set_slot(e, 0, i, canon);
}

size_t
change_find_slot(const struct change_head *h, str name)
{
	size_t i = 0;

	while (i < h->slots && !str_ieq(h->slot[i].name, name))
		i++;
	return i;
}

/* --- what describes the body ------------------------------------------ */

static void
add_encodings(struct change_head *h, size_t i)
{
	static const str words[] = { STR_INIT("8bit"), STR_INIT("7bit"),
		STR_INIT("quoted-printable"), STR_INIT("base64") };
	struct change_step step = { .kind = CHANGE_ENTITY,
		.to = change_value_of(h, i) };

	if (!h->slot[i].field)
		step.kind = CHANGE_MISSING;
	for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
		step.from = words[k];
		change_add_value(h, i, step, words[k], true);
	}
}

/* Content-Type and encoding of the first part, or of a part without one. */
static void
add_first_part(struct change_head *h, size_t type, size_t encoding)
{
	struct change_step step = { .kind = CHANGE_ENTITY };
	str head, content;

	if (!h->search->body.p || type == h->slots ||
		!change_first_part(
			h->search->message, h->search->body, &head, &content))
		return;
	str t = change_part_field(head, STR("Content-Type"));
	str e = change_part_field(head, STR("Content-Transfer-Encoding"));
	if (!t.p || t.n > CHANGE_VALUE_MAX)
		return;
	step.name = STR("Content-Type");
	step.field = h->slot[type].field;
	step.from = t;
	step.to = change_value_of(h, type);
	change_add_value(h, type, step, t, true);
	if (encoding == h->slots || e.n > CHANGE_VALUE_MAX)
		return;
	struct change_edit *both = add_edit(h, step, 2);
	if (!both)
		return;
	both->common = true;
	set_slot(both, 0, type, canon_with(h, type, t));
	set_slot(both, 1, encoding, e.p ? canon_with(h, encoding, e) : STR(""));
}

/* A parameter with quotes, or without; another character set. */
static void
add_types(struct change_head *h, size_t i)
{
	static const str sets[] = { STR_INIT("utf-8"), STR_INIT("UTF-8"),
		STR_INIT("us-ascii") };
	struct arena *a = h->search->arena;
	str value = change_value_of(h, i);
	size_t at = str_ifind(value, STR("charset=")) + 8;
	struct change_step step = { .kind = CHANGE_ENTITY, .to = value };

	if (at > value.n || !change_is_usable(h, i))
		return;
	str rest = str_skip(value, at);
	bool quoted = rest.n > 0 && rest.p[0] == '"';
	rest = str_skip(rest, quoted);
	size_t n = 0;
	while (n < rest.n && !is_fws(rest.p[n]) && rest.p[n] != ';' &&
		rest.p[n] != '"')
		n++;
	str set = str_sub(rest, 0, n), before = str_sub(value, 0, at);
	str after = str_skip(rest, n + (quoted && n < rest.n));
	for (size_t k = 0; k <= 2 * sizeof(sets) / sizeof(sets[0]); k++) {
		/* first the same set, in the other way */
		str other = k == 0 ? set : sets[(k - 1) / 2];
		bool quote = k == 0 ? !quoted : k % 2 == 0;
		str mark = quote ? STR("\"") : STR("");
		step.from = STR_CAT(a, before, mark, other, mark, after);
		bool common = k == 0 || (k - 1) / 2 == 2;
		change_add_value(h, i, step, step.from, common);
	}
}

static void
add_entity(struct change_head *h)
{
	size_t type = change_find_slot(h, STR("Content-Type"));
	size_t encoding = change_find_slot(h, STR("Content-Transfer-Encoding"));

	add_first_part(h, type, encoding);
	if (encoding < h->slots)
		add_encodings(h, encoding);
	if (type < h->slots && h->slot[type].field)
		add_types(h, type);
}

/* --- fields that were not there, or were ------------------------------ */

static bool
is_of_list(str name)
{
	static const str more[] = { STR_INIT("Sender"), STR_INIT("Precedence"),
		STR_INIT("Errors-To"), STR_INIT("Reply-To"),
		STR_INIT("Archived-At") };

	if (str_istarts(name, STR("List-")))
		return true;
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (str_ieq(name, more[i]))
			return true;
	return false;
}

static void
add_drop(struct change_head *h, size_t i)
{
	struct change_step step = { .kind = CHANGE_ADDED };
	struct change_edit *e;

	if (!h->slot[i].field || str_ieq(h->slot[i].name, STR("From")))
		return;
	step.name = h->slot[i].field->name;
	step.field = h->slot[i].field;
	e = add_edit(h, step, 1);
	if (!e)
		return;
	e->common = is_of_list(h->slot[i].name);
	set_slot(e, 0, i, STR(""));
}

/* All that a list adds, at once. */
static void
add_list_drop(struct change_head *h, bool more)
{
	struct change_step step = { .kind = CHANGE_ADDED };
	size_t n = 0;

	for (size_t pass = 0; pass < 2; pass++) {
		struct change_edit *e = NULL;
		if (pass == 1 && (n < 2 || !(e = add_edit(h, step, n))))
			return;
		n = 0;
		for (size_t i = 0; i < h->slots; i++) {
			str name = h->slot[i].name;
			bool list = str_istarts(name, STR("List-"));
			if (!h->slot[i].field ||
				!(list || (more && is_of_list(name))))
				continue;
			step.name = h->slot[i].field->name;
			step.field = h->slot[i].field;
			if (e)
				set_slot(e, n, i, STR(""));
			n++;
		}
		if (e)
			e->common = true;
	}
}

static void
add_missing(struct change_head *h)
{
	static const struct {
		str name, value;
	} usual[] = {
		{ STR_INIT("MIME-Version"), STR_INIT("1.0") },
		{ STR_INIT("Content-Type"),
			STR_INIT("text/plain; charset=utf-8") },
		{ STR_INIT("Content-Type"),
			STR_INIT("text/plain; charset=\"utf-8\"") },
		{ STR_INIT("Content-Type"),
			STR_INIT("text/plain; charset=us-ascii") },
	};
	struct change_step step = { .kind = CHANGE_MISSING };

	for (size_t k = 0; k < sizeof(usual) / sizeof(usual[0]); k++) {
		size_t i = change_find_slot(h, usual[k].name);
		if (i == h->slots || h->slot[i].field)
			continue;
		step.from = usual[k].value;
		change_add_value(h, i, step, usual[k].value, false);
	}
}

/* --- folds ------------------------------------------------------------ */

enum { EACH_FOLD = SIZE_MAX };

/* What stands for CRLF and the blank after it, of one fold or of each. */
static str
refolded(struct arena *a, str value, size_t which, str fold)
{
	struct buf b = { .arena = a };
	size_t seen = 0;

	for (size_t i = 0; i < value.n; i++) {
		bool folds = str_starts(str_skip(value, i), STR("\r\n"));
		if (!folds || (which != EACH_FOLD && which != seen++)) {
			buf_char(&b, value.p[i]);
			continue;
		}
		buf_add(&b, fold);
		i += 2;
	}
	return buf_str(&b);
}

static size_t
count_folds(str value)
{
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++)
		n += value.p[i] == '\n';
	return n;
}

static void
add_folds_of(struct change_head *h, size_t i)
{
	static const str folds[] = { STR_INIT(""), STR_INIT(" "),
		STR_INIT("\r\n "), STR_INIT("\r\n\t") };
	struct arena *a = h->search->arena;
	struct change_step step = { .kind = CHANGE_VALUE };
	str value = change_value_of(h, i);
	size_t n = count_folds(value);

	for (size_t k = 0; n > 0 && k < sizeof(folds) / sizeof(folds[0]); k++)
		change_add_value(h, i, step,
			refolded(a, value, EACH_FOLD, folds[k]), false);
	/* one blank too many, as in a long identifier */
	for (size_t k = 0; n > 1 && k < n && k < FOLDS_MAX; k++)
		change_add_value(
			h, i, step, refolded(a, value, k, STR("")), false);
}

/* A blank after each comma, or none. */
static void
add_commas(struct change_head *h, str name)
{
	struct arena *a = h->search->arena;
	struct change_step step = { .kind = CHANGE_VALUE };
	size_t slot = change_find_slot(h, name);

	if (slot == h->slots || !change_is_usable(h, slot))
		return;
	str value = change_value_of(h, slot);
	for (int blanks = 0; blanks < 2; blanks++) {
		struct buf b = { .arena = a };
		for (size_t i = 0; i < value.n; i++) {
			buf_char(&b, value.p[i]);
			if (value.p[i] != ',')
				continue;
			while (i + 1 < value.n && is_fws(value.p[i + 1]))
				i++;
			if (blanks)
				buf_char(&b, ' ');
		}
		step.from = buf_str(&b);
		step.to = value;
		change_add_value(h, slot, step, step.from, false);
	}
}

static void
add_folds(struct change_head *h)
{
	for (size_t i = 0; i < h->slots; i++)
		if (change_is_usable(h, i))
			add_folds_of(h, i);
}

/* --- z= --------------------------------------------------------------- */

static str
undo_qp(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < s.n; i++) {
		int high = i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
		int low = i + 2 < s.n ? hex_value(s.p[i + 2]) : -1;
		if (s.p[i] == '=' && high >= 0 && low >= 0) {
			buf_char(&b, (char)(high << 4 | low));
			i += 2;
		} else if (!is_fws(s.p[i])) {
			buf_char(&b, s.p[i]);
		}
	}
	return buf_str(&b);
}

/* The copy of the k-th field of that name. */
static bool
find_copy(str z, str name, size_t k, str *value)
{
	for (str piece; str_split(&z, '|', &piece);) {
		size_t colon = str_find(piece, ':');
		if (colon == piece.n ||
			!str_ieq(str_trim_fws(str_sub(piece, 0, colon)), name))
			continue;
		*value = str_skip(piece, colon + 1);
		if (k-- == 0)
			return true;
	}
	return false;
}

static void
add_copies(struct change_head *h)
{
	const struct tag *z = taglist_find(&h->v->signature->tags, STR("z"));
	struct arena *a = h->search->arena;

	for (size_t i = 0; z && i < h->slots && i < CHANGE_EDITS / 2; i++) {
		size_t k = 0;
		str copy;
		for (size_t above = 0; above < i; above++)
			k += str_ieq(h->slot[above].name, h->slot[i].name);
		if (h->slot[i].name.n == 0 ||
			!find_copy(z->value, h->slot[i].name, k, &copy))
			continue;
		copy = str_trim_fws(undo_qp(a, copy));
		struct change_step step = {
			.kind = h->slot[i].field ? CHANGE_VALUE
						 : CHANGE_MISSING,
			.from = copy,
			.to = change_value_of(h, i),
		};
		change_add_value(h, i, step, copy, true);
	}
}

void
change_add_edits(struct change_head *h)
{
	add_copies(h);
	change_add_subjects(h);
	change_add_authors(h);
	add_entity(h);
	change_add_quotes(h);
	add_commas(h, STR("To"));
	add_commas(h, STR("Cc"));
	add_list_drop(h, false);
	add_list_drop(h, true);
	add_missing(h);
	for (size_t i = 0; i < h->slots; i++)
		add_drop(h, i);
	add_folds(h);
}
