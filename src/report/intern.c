/*
 * intern.c - bytes that are kept once, and have a number.
 */
#include "intern.h"

#include <assert.h>

enum { FIRST_SLOTS = 64, FIRST_ITEMS = 32, MAX_PROBES = 128 };

struct item {
	const char *p;
	uint32_t n, hash;
};

struct intern {
	struct arena *arena;
	uint32_t seed;
	struct item *item; /* item[0] is not used */
	size_t items, room;
	uint32_t *slot; /* by hash: a number */
	size_t slots;   /* a power of two */
};

struct intern *
intern_new(struct arena *a, uint32_t seed)
{
	struct intern *r = arena_new(a, struct intern);

	r->arena = a;
	r->seed = seed;
	r->items = 1;
	r->room = FIRST_ITEMS;
	r->item = arena_make(a, r->room, struct item);
	r->slots = FIRST_SLOTS;
	r->slot = arena_make(a, r->slots, uint32_t);
	return r;
}

static void
put_slot(struct intern *r, uint32_t number)
{
	size_t at = r->item[number].hash & (r->slots - 1);

	for (size_t i = 0; i < MAX_PROBES; i++) {
		if (r->slot[at] == 0) {
			r->slot[at] = number;
			return;
		}
		at = (at + 1) & (r->slots - 1);
	}
}

/*
 * The number of those bytes; 0 when they are new.  Texts that were chosen to
 * share a hash are looked through only so far, and then kept twice.
 */
static uint32_t
find(const struct intern *r, str s, uint32_t hash)
{
	size_t at = hash & (r->slots - 1);

	for (size_t i = 0; i < MAX_PROBES && r->slot[at] != 0; i++) {
		const struct item *x = &r->item[r->slot[at]];
		if (x->hash == hash && str_eq(s, (str){ x->p, x->n }))
			return r->slot[at];
		at = (at + 1) & (r->slots - 1);
	}
	return 0;
}

static void
grow(struct intern *r)
{
	if (r->items == r->room) {
		r->item = arena_grow(r->arena, r->item,
			r->room * sizeof(*r->item),
			r->room * 2 * sizeof(*r->item));
		r->room *= 2;
	}
	if (r->items * 2 < r->slots)
		return;
	r->slots *= 2;
	r->slot = arena_make(r->arena, r->slots, uint32_t);
	for (uint32_t i = 1; i < r->items; i++)
		put_slot(r, i);
}

uint32_t
intern_put(struct intern *r, str s)
{
	if (!s.p)
		return 0;
	uint32_t hash = str_hash(s, r->seed), number = find(r, s, hash);
	if (number != 0)
		return number;
	assert(s.n <= UINT32_MAX && r->items < UINT32_MAX);
	grow(r);
	number = (uint32_t)r->items++;
	r->item[number] = (struct item){
		.p = arena_dup(r->arena, s).p,
		.n = (uint32_t)s.n,
		.hash = hash,
	};
	put_slot(r, number);
	return number;
}

uint32_t
intern_known(const struct intern *r, str s)
{
	return s.p ? find(r, s, str_hash(s, r->seed)) : 0;
}

str
intern_get(const struct intern *r, uint32_t number)
{
	const struct item *x = &r->item[number];

	return number == 0 ? (str){ 0 } : (str){ x->p, x->n };
}
