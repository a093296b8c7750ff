/*
 * shelf.c - what was made of a text, kept for the next time it is seen.
 */
#include "mailauth/shelf.h"

#include <stdlib.h>
#include <string.h>

struct place {
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
place_of(const struct shelf *s, str text)
{
	return str_hash(text, (uint32_t)((uintptr_t)s >> 4)) % SHELF_PLACES;
}

const void *
shelf_find(const struct shelf *s, str text)
{
	if (!s)
		return NULL;
	const struct place *p = &s->place[place_of(s, text)];
	return p->kept && str_eq(p->text, text) ? p->kept : NULL;
}

void *
shelf_put(struct shelf *s, str text, size_t n)
{
	if (!s || n > SIZE_MAX / 2 || text.n > SIZE_MAX / 2 - n)
		return NULL;
	struct place *p = &s->place[place_of(s, text)];
	char *room = malloc(n + text.n + 1);
	if (!room)
		return NULL;
	if (text.n > 0)
		memcpy(room + n, text.p, text.n);
	free(p->kept);
	*p = (struct place){ .text = { room + n, text.n }, .kept = room };
	return room;
}
