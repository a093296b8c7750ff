/*
 * shelf.c - what was made of a text, kept for the next time it is seen.
 */
#include "mailauth/shelf.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What is kept stands behind it, and the text behind that. */
struct book {
	enum shelf_kind kind;
	str text;
	max_align_t kept[];
};

/* Pointers, since memory that is never touched costs nothing. */
struct shelf {
	struct book *place[SHELF_PLACES];
};

struct shelf *
shelf_new(void)
{
	return calloc(1, sizeof(struct shelf));
}

void
shelf_free(struct shelf *s)
{
	for (size_t i = 0; s && i < SHELF_PLACES; i++)
		free(s->place[i]);
	free(s);
}

/* The address is a seed that differs from run to run. */
static size_t
place_of(const struct shelf *s, enum shelf_kind kind, str text)
{
	uint32_t seed = (uint32_t)((uintptr_t)s >> 4) + (uint32_t)kind;

	return str_hash(text, seed) % SHELF_PLACES;
}

const void *
shelf_find(const struct shelf *s, enum shelf_kind kind, str text)
{
	if (!s || text.n > SHELF_TEXT)
		return NULL;
	const struct book *b = s->place[place_of(s, kind, text)];
	return b && b->kind == kind && str_eq(b->text, text) ? b->kept : NULL;
}

void *
shelf_put(struct shelf *s, enum shelf_kind kind, str text, size_t n)
{
	if (!s || text.n > SHELF_TEXT || n > SIZE_MAX / 2)
		return NULL;
	struct book **place = &s->place[place_of(s, kind, text)];
	struct book *b = malloc(sizeof(*b) + n + text.n);
	if (!b)
		return NULL;
	char *behind = (char *)b->kept + n;
	if (text.n > 0)
		memcpy(behind, text.p, text.n);
	*b = (struct book){ kind, { behind, text.n } };
	free(*place);
	*place = b;
	return b->kept;
}
