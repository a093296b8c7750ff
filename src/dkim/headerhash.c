/*
 * headerhash.c - selecting and hashing header fields.
 */
#include "dkim/headerhash.h"

#include "dkim/signer.h"

/*
 * A cursor for each name of the message: 0 before its first use, then 2 + the
 * index of the next field upwards, 1 when none is left.
 */
enum { UNUSED = 0, NONE_LEFT = 1 };

struct selector {
	const struct message *message;
	size_t own;
	uint32_t *cursor;
};

/* The cursor of that name, moved to its lowest field; NULL: no such field. */
static uint32_t *
find_cursor(struct selector *s, str name)
{
	uint32_t lowest = message_lowest(s->message, name);

	if (lowest == 0)
		return NULL;
	uint32_t *cursor = &s->cursor[s->message->field[lowest - 1].name_id];
	if (*cursor == UNUSED)
		*cursor = lowest + 1;
	/* the signature being verified does not cover itself (3.7) */
	if (*cursor == s->own + 2)
		*cursor = s->message->field[s->own].above + 1;
	return cursor;
}

static const struct field *
take(struct selector *s, str name)
{
	uint32_t *cursor = find_cursor(s, name);

	if (!cursor || *cursor == NONE_LEFT)
		return NULL;
	const struct field *f = &s->message->field[*cursor - 2];
	*cursor = f->above + 1;
	return f;
}

/* Names that are not used up; each once, as its cursor is ended here. */
static void
list_left(struct arena *a, struct selector *s, str h,
	struct header_selection *out)
{
	str *left = arena_make(a, out->n, str);
	str name;

	out->left = left;
	for (str rest = h; colon_split(&rest, &name);) {
		uint32_t *cursor = find_cursor(s, name);
		if (!cursor || *cursor == NONE_LEFT)
			continue;
		left[out->n_left++] = name;
		*cursor = NONE_LEFT;
	}
}

struct header_selection
header_select(struct arena *a, const struct message *m, str h, size_t own)
{
	struct selector s = { .message = m, .own = own };
	struct header_selection out = { .n = 0 };
	size_t most = colon_count(h);
	str name;

	s.cursor = arena_make(a, m->names, uint32_t);
	out.field =
		arena_make(a, most < m->n ? most : m->n, const struct field *);
	for (str rest = h; colon_split(&rest, &name);) {
		const struct field *f = take(&s, name);
		if (f)
			out.field[out.n++] = f;
	}
	uint32_t *from = find_cursor(&s, STR("From"));
	out.from_left = from && *from != NONE_LEFT;
	list_left(a, &s, h, &out);
	return out;
}

struct digest
header_digest(struct arena *a, struct crypto *crypto,
	const struct header_selection *selected,
	const struct dkim_signature *sig)
{
	struct arena_mark mark = arena_mark(a);
	struct buf b = { .arena = a };

	for (size_t i = 0; i < selected->n; i++)
		canon_field(&b, sig->header_canon, selected->field[i]);
	canon_signature_field(
		&b, sig->header_canon, sig->field, sig->signer.b_area);
	struct digest d = digest_of(crypto, sig->signer.digest, buf_str(&b));
	arena_rewind(a, mark);
	return d;
}
