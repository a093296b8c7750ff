/*
 * taglist.c - the tag lists of DKIM and ARC. (RFC 6376 3.2)
 */
#include "mailauth/taglist.h"

#include <string.h>

static bool
is_tag_name(str s)
{
	if (s.n == 0 || !is_alpha(s.p[0]))
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '_')
			return false;
	return true;
}

/* A CRLF is white space where a blank follows, and there only. */
static bool
is_fold(str s, size_t i)
{
	return s.n - i > 2 && s.p[i] == '\r' && s.p[i + 1] == '\n' &&
	       is_wsp(s.p[i + 2]);
}

/* Are the eight bytes at p all printable? */
static bool
is_printable(const char *p)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x80 * ones;
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	/* the top bit is set by what is not a control character, and not DEL */
	uint64_t low = x & (0x7f * ones);
	uint64_t good = (low + (0x80 - ' ') * ones) & ~(low + ones);
	return ((x | good) & tops) == tops;
}

/*
 * Printable characters, blanks and folds.  The note in 3.2 advises against
 * shutting out UTF-8, and RFC 8616 5 has come to need it.
 */
static bool
is_tag_text(str s)
{
	for (size_t i = 0; i < s.n; i++) {
		while (s.n - i >= 8 && is_printable(s.p + i))
			i += 8;
		unsigned char c = i < s.n ? (unsigned char)s.p[i] : ' ';
		if (c >= ' ' && c != 0x7f)
			continue;
		if (is_fold(s, i))
			i++;
		else if (c != '\t')
			return false;
	}
	return true;
}

static bool
read_tag(str piece, struct tag *tag)
{
	size_t equals = str_find(piece, '=');

	if (equals == piece.n || !is_tag_text(piece))
		return false;
	tag->name = str_trim_fws(str_sub(piece, 0, equals));
	tag->area = str_skip(piece, equals + 1);
	tag->value = str_trim_fws(tag->area);
	return is_tag_name(tag->name);
}

/* The error of the next piece; without one the tag has been added. */
static enum taglist_error
add_tag(struct taglist *list, struct tag *room, str piece)
{
	if (list->n == TAGLIST_MAX)
		return TAGLIST_TOO_LONG;
	if (!read_tag(piece, &room[list->n]))
		return TAGLIST_SYNTAX;
	if (taglist_find(list, room[list->n].name))
		return TAGLIST_DUPLICATE;
	list->n++;
	return TAGLIST_OK;
}

struct taglist
taglist_parse(struct arena *a, str text)
{
	struct tag *room = NULL;
	size_t rooms = 0;
	struct taglist list = { 0 };
	str rest = text, piece;

	while (str_split(&rest, ';', &piece)) {
		/* what follows the final ';' may be a fold or blanks */
		if (!rest.p && list.n > 0 && str_trim_fws(piece).n == 0)
			break;
		if (list.n == rooms) { /* grows: most lists end early */
			size_t more = rooms ? rooms * 2 : 8;
			room = arena_grow(a, room, rooms * sizeof(*room),
				more * sizeof(*room));
			rooms = more;
			list.tag = room;
		}
		list.error = add_tag(&list, room, piece);
		if (list.error != TAGLIST_OK) {
			list.bad = piece;
			break;
		}
	}
	if (!text.p)
		list.error = TAGLIST_SYNTAX;
	return list;
}

const struct tag *
taglist_find(const struct taglist *list, str name)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->tag[i].name, name))
			return &list->tag[i];
	return NULL;
}
