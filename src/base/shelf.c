/*
 * shelf.c - what was made of a text, kept for the next time it is seen.
 */
#include "mailauth/shelf.h"

#include <stdlib.h>
#include <string.h>

struct place {
	enum shelf_kind kind;
	str text; /* a copy, which stands behind what is kept */
	void *kept;
};

struct shelf {
	struct place place[SHELF_PLACES];
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
		free(s->place[i].kept);
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
	const struct place *p = &s->place[place_of(s, kind, text)];
	return p->kept && p->kind == kind && str_eq(p->text, text) ? p->kept
								   : NULL;
}

void *
shelf_put(struct shelf *s, enum shelf_kind kind, str text, size_t n)
{
	if (!s || text.n > SHELF_TEXT || n > SIZE_MAX / 2)
		return NULL;
	struct place *p = &s->place[place_of(s, kind, text)];
	char *room = malloc(n + text.n + 1);
	if (!room)
		return NULL;
	if (text.n > 0)
		memcpy(room + n, text.p, text.n);
	free(p->kept);
	*p = (struct place){ kind, { room + n, text.n }, room };
	return room;
}
