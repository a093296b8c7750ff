/*
 * table.c - counts by a name or a day.
 */
#include "table.h"

enum { FIRST = 64, MEMORY = 1 << 30 };

void
table_init(struct table *t, uint32_t seed, void (*oom)(void *))
{
	*t = (struct table){ .seed = seed };
	arena_init(&t->arena, MEMORY, oom, NULL);
	t->room = FIRST;
	t->slots = FIRST * 2;
	t->row = arena_make(&t->arena, t->room, struct table_row *);
	t->hash = arena_make(&t->arena, t->room, uint32_t);
	t->slot = arena_make(&t->arena, t->slots, uint32_t);
}

void
table_free(struct table *t)
{
	arena_free(&t->arena);
}

static uint32_t
hash_of(const struct table *t, const struct table_key *x)
{
	uint32_t h = str_hash(x->text, t->seed ^ x->domain);

	return str_hash((str){ (const char *)&x->day, sizeof(x->day) }, h);
}

static bool
is_same(const struct table_key *a, const struct table_key *b)
{
	return a->domain == b->domain && a->day == b->day &&
	       str_eq(a->text, b->text);
}

static void
put_slot(struct table *t, uint32_t number)
{
	size_t at = t->hash[number] & (t->slots - 1);

	while (t->slot[at] != 0)
		at = (at + 1) & (t->slots - 1);
	t->slot[at] = number + 1;
}

static void *
twice(struct table *t, void *p, size_t size)
{
	return arena_grow(&t->arena, p, t->room * size, t->room * 2 * size);
}

static void
grow(struct table *t)
{
	if (t->n < t->room)
		return;
	t->row = twice(t, t->row, sizeof(struct table_row *));
	t->hash = twice(t, t->hash, sizeof(uint32_t));
	t->room *= 2;
	t->slots *= 2;
	t->slot = arena_make(&t->arena, t->slots, uint32_t);
	for (uint32_t i = 0; i < t->n; i++)
		put_slot(t, i);
}

/* Its number; t->n when there is none. */
static size_t
find(const struct table *t, uint32_t hash, const struct table_key *key)
{
	size_t at = hash & (t->slots - 1);

	for (; t->slot[at] != 0; at = (at + 1) & (t->slots - 1)) {
		uint32_t i = t->slot[at] - 1;
		if (t->hash[i] == hash && is_same(&t->row[i]->key, key))
			return i;
	}
	return t->n;
}

bool
table_has(const struct table *t, struct table_key key)
{
	return find(t, hash_of(t, &key), &key) < t->n;
}

uint32_t
table_number(struct table *t, struct table_key key)
{
	uint32_t hash = hash_of(t, &key);
	size_t number = find(t, hash, &key);

	if (number < t->n)
		return (uint32_t)number;
	grow(t);
	struct table_row *new = arena_new(&t->arena, struct table_row);
	new->key = key;
	new->key.text = arena_dup(&t->arena, key.text);
	t->row[t->n] = new;
	t->hash[t->n] = hash;
	put_slot(t, (uint32_t)t->n);
	return (uint32_t)t->n++;
}

struct table_row *
table_row(struct table *t, struct table_key key)
{
	uint32_t number = table_number(t, key);

	return t->row[number]; /* the rows may have moved */
}
