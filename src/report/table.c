/*
 * table.c - rows by a key.
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
	t->row = arena_make(&t->arena, t->room, struct tally_row *);
	t->domain = arena_make(&t->arena, t->room, uint32_t);
	t->hash = arena_make(&t->arena, t->room, uint32_t);
	t->slot = arena_make(&t->arena, t->slots, uint32_t);
}

void
table_free(struct table *t)
{
	arena_free(&t->arena);
}

static uint32_t
hash_of(const struct table *t, uint32_t domain, const struct tally_row *x)
{
	uint32_t h = str_hash((str){ (const char *)x->ip.b, sizeof(x->ip.b) },
		t->seed ^ domain);

	h = str_hash(x->text, h ^ x->prefix);
	return str_hash((str){ (const char *)&x->day, sizeof(x->day) }, h);
}

static bool
is_key(const struct tally_row *a, const struct tally_row *b)
{
	return ip_eq(a->ip, b->ip) && a->prefix == b->prefix &&
	       a->day == b->day && str_eq(a->text, b->text);
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
	t->row = twice(t, t->row, sizeof(struct tally_row *));
	t->domain = twice(t, t->domain, sizeof(uint32_t));
	t->hash = twice(t, t->hash, sizeof(uint32_t));
	t->room *= 2;
	t->slots *= 2;
	t->slot = arena_make(&t->arena, t->slots, uint32_t);
	for (uint32_t i = 0; i < t->n; i++)
		put_slot(t, i);
}

uint32_t
table_number(struct table *t, uint32_t domain, const struct tally_row *like)
{
	uint32_t hash = hash_of(t, domain, like);
	size_t at = hash & (t->slots - 1);

	for (; t->slot[at] != 0; at = (at + 1) & (t->slots - 1)) {
		uint32_t i = t->slot[at] - 1;
		if (t->hash[i] == hash && t->domain[i] == domain &&
			is_key(t->row[i], like))
			return i;
	}
	grow(t);
	struct tally_row *new = arena_new(&t->arena, struct tally_row);
	new->ip = like->ip;
	new->prefix = like->prefix;
	new->day = like->day;
	new->text = arena_dup(&t->arena, like->text);
	t->row[t->n] = new;
	t->domain[t->n] = domain;
	t->hash[t->n] = hash;
	put_slot(t, (uint32_t)t->n);
	return (uint32_t)t->n++;
}

struct tally_row *
table_row(struct table *t, uint32_t domain, const struct tally_row *like)
{
	uint32_t number = table_number(t, domain, like);

	return t->row[number]; /* the rows may have moved */
}
