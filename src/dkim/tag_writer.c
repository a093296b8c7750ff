/*
 * tag_writer.c - lists of tags, folded. (RFC 6376 3.2)
 */
#include "dkim/tag_writer.h"

enum { LINE = 76, INDENT = 8 };

static void
put(struct tag_writer *w, str text)
{
	buf_add(&w->out, text);
	w->column += text.n;
}

static void
fold(struct tag_writer *w)
{
	buf_add(&w->out, STR("\r\n\t"));
	w->column = INDENT;
}

void
tags_begin(struct tag_writer *w, struct arena *a, str name)
{
	*w = (struct tag_writer){ .out = { .arena = a }, .first = true };
	put(w, name);
	put(w, STR(":"));
}

/* "; tag=", in a new line when so many octets behind it have no room. */
static void
put_tag(struct tag_writer *w, str tag, size_t n)
{
	if (!w->first)
		put(w, STR(";"));
	w->first = false;
	/* a ";" may follow */
	if (w->column + 1 + tag.n + 1 + n + 1 > LINE && w->column > INDENT)
		fold(w);
	else
		put(w, STR(" "));
	put(w, tag);
	put(w, STR("="));
}

void
tags_add(struct tag_writer *w, str tag, str value)
{
	put_tag(w, tag, value.n);
	put(w, value);
}

void
tags_add_number(struct tag_writer *w, str tag, uint64_t n)
{
	tags_add(w, tag, str_number(w->out.arena, n));
}

/* As much of the value as goes into one piece. */
static size_t
piece_size(const struct tag_writer *w, str value, char separator)
{
	size_t room = w->column < LINE ? LINE - w->column : 0;

	if (separator == '\0')
		return room < value.n ? room : value.n;
	size_t end = str_find(value, separator);
	return end < value.n ? end + 1 : value.n;
}

static void
put_folded(struct tag_writer *w, str value, char separator)
{
	while (value.n > 0) {
		size_t n = piece_size(w, value, separator);
		if (w->column > INDENT && (n == 0 || w->column + n > LINE)) {
			fold(w);
			continue;
		}
		put(w, str_sub(value, 0, n));
		value = str_skip(value, n);
	}
}

void
tags_add_long(struct tag_writer *w, str tag, str value, char separator)
{
	size_t first = separator ? str_find(value, separator) : 0;

	put_tag(w, tag, first);
	put_folded(w, value, separator);
}

void
tags_end(struct tag_writer *w, str tag)
{
	put_tag(w, tag, LINE / 2);
}

void
tags_fill(struct tag_writer *w, str value)
{
	put_folded(w, value, '\0');
	buf_add(&w->out, STR("\r\n"));
}
