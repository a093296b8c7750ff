/*
 * change_address.c - names as they may have been quoted, and the author whom a
 * list has put into another field.
 */
#include "findings/change_edit.h"

enum { FROM_MAX = 10 };

/* --- addresses -------------------------------------------------------- */

/* The next of a list of addresses; commas in quotes and brackets are none. */
static bool
next_address(str *rest, str *one)
{
	bool quoted = false;
	int depth = 0;
	size_t i = 0;

	if (rest->n == 0)
		return false;
	for (; i < rest->n; i++) {
		char c = rest->p[i];
		if (c == '\\' && i + 1 < rest->n)
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '<' || c == '('))
			depth++;
		else if (!quoted && (c == '>' || c == ')') && depth > 0)
			depth--;
		else if (!quoted && depth == 0 && c == ',')
			break;
	}
	*one = str_sub(*rest, 0, i);
	*rest = str_skip(*rest, i + 1);
	return true;
}

/* "name <a@b>": the name as it stands; empty when there is none. */
static str
name_in(str one)
{
	size_t angle = str_rfind(one, '<');

	return angle < one.n ? str_trim_fws(str_sub(one, 0, angle)) : STR("");
}

static str
address_in(str one)
{
	size_t angle = str_rfind(one, '<');
	str rest = str_skip(one, angle + 1);

	return angle < one.n ? str_sub(rest, 0, str_find(rest, '>'))
			     : str_trim_fws(one);
}

static bool
is_quoted(str name)
{
	return name.n >= 2 && name.p[0] == '"' && name.p[name.n - 1] == '"';
}

enum quoting { UNQUOTE_ALL, QUOTE_ALL, QUOTE_SPECIAL };

static bool
has_special(str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (is_one_of(name.p[i], ".,;:@()<>[]\\'"))
			return true;
	return false;
}

static str
requoted(struct arena *a, str name, enum quoting how)
{
	bool quote =
		how == QUOTE_ALL || (how == QUOTE_SPECIAL && has_special(name));

	if (name.n == 0)
		return name;
	if (how == UNQUOTE_ALL)
		return is_quoted(name) ? str_sub(name, 1, name.n - 2) : name;
	return quote && !is_quoted(name)
		       ? STR_CAT(a, STR("\""), name, STR("\""))
		       : name;
}

static str
requote_list(struct arena *a, str value, enum quoting how)
{
	struct buf b = { .arena = a };
	str rest = value, one;

	while (next_address(&rest, &one)) {
		str name = name_in(one);
		size_t before = name.n > 0 ? (size_t)(name.p - one.p) : 0;
		buf_add(&b, str_sub(one, 0, before));
		buf_add(&b, requoted(a, name, how));
		buf_add(&b, str_skip(one, before + name.n));
		if (one.p + one.n < value.p + value.n)
			buf_char(&b, ',');
	}
	return buf_str(&b);
}

void
change_add_quotes(struct change_head *h)
{
	static const str names[] = { STR_INIT("From"), STR_INIT("To"),
		STR_INIT("Cc"), STR_INIT("Reply-To"), STR_INIT("Sender") };
	struct arena *a = h->search->arena;
	struct change_step step = { .kind = CHANGE_QUOTES };

	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		size_t i = change_find_slot(h, names[k]);
		if (i == h->slots || !change_is_usable(h, i))
			continue;
		str value = change_value_of(h, i);
		for (int how = UNQUOTE_ALL; how <= QUOTE_SPECIAL; how++)
			change_add_value(h, i, step,
				requote_list(a, value, (enum quoting)how),
				false);
	}
}

/* --- From ------------------------------------------------------------- */

/* The author in "'Alice' via List"; empty when it is not of that form. */
static str
name_before_via(str from)
{
	str name = name_in(from);

	if (is_quoted(name))
		name = str_sub(name, 1, name.n - 2);
	size_t via = str_ifind(name, STR(" via "));
	if (via == name.n)
		return STR("");
	name = str_trim_fws(str_sub(name, 0, via));
	if (name.n >= 2 && name.p[0] == '\'' && name.p[name.n - 1] == '\'')
		name = str_sub(name, 1, name.n - 2);
	return name;
}

static void
add_from(struct change_head *h, size_t slot, str value)
{
	struct change_step step = {
		.kind = CHANGE_FROM,
		.from = address_in(value),
		.to = address_in(change_value_of(h, slot)),
	};
	size_t same = 0;

	for (size_t i = 0; i < h->edits; i++)
		same += h->edit[i].step.kind == CHANGE_FROM;
	if (value.n > 0 && same < FROM_MAX && !str_ieq(step.from, step.to))
		change_add_value(h, slot, step, value, true);
}

/* An address of another field, in the ways it may have been written. */
static void
add_author(struct change_head *h, size_t slot, str one)
{
	struct arena *a = h->search->arena;
	str name = name_before_via(change_value_of(h, slot));
	str address = address_in(one);

	one = str_trim_fws(one);
	add_from(h, slot, one);
	if (name.n > 0) {
		add_from(h, slot,
			STR_CAT(a, name, STR(" <"), address, STR(">")));
		add_from(h, slot,
			STR_CAT(a, STR("\""), name, STR("\" <"), address,
				STR(">")));
	}
	add_from(h, slot, address);
}

void
change_add_authors(struct change_head *h)
{
	static const str sources[] = { STR_INIT("X-Original-From"),
		STR_INIT("X-Google-Original-From"), STR_INIT("Original-From"),
		STR_INIT("Author"), STR_INIT("X-From"), STR_INIT("Old-From"),
		STR_INIT("Reply-To"), STR_INIT("Cc") };
	const struct message *m = h->search->message;
	size_t slot = change_find_slot(h, STR("From"));

	if (slot == h->slots || !change_is_usable(h, slot))
		return;
	for (size_t k = 0; k < sizeof(sources) / sizeof(sources[0]); k++) {
		const struct field *f = message_top(m, sources[k]);
		if (!f || f->raw.n > CHANGE_VALUE_MAX)
			continue;
		str rest = str_trim_fws(f->value), one;
		for (size_t n = 0; n < 4 && next_address(&rest, &one); n++)
			add_author(h, slot, one);
	}
}
