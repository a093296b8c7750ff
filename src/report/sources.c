/*
 * sources.c - how many messages of which kind came from where.
 */
#include "sources.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 256 };

/* Prefixes of IPv4 and IPv6, level by level. */
static const unsigned char prefixes[SOURCES_LEVELS][2] = { { 32, 128 },
	{ 24, 48 }, { 16, 40 }, { 12, 32 }, { 8, 24 }, { 0, 0 } };

static void *
checked(const struct sources *s, void *p)
{
	if (p == NULL) {
		if (s->oom)
			s->oom(NULL);
		abort(); /* oom() must not return */
	}
	return p;
}

void
sources_init(struct sources *s, uint32_t seed, void (*oom)(void *))
{
	*s = (struct sources){ .seed = seed,
		.oom = oom,
		.room = FIRST,
		.slots = (size_t)FIRST * 2 };
	s->entry = checked(s, calloc(s->room, sizeof(*s->entry)));
	s->slot = checked(s, calloc(s->slots, sizeof(*s->slot)));
}

void
sources_free(struct sources *s)
{
	free(s->entry);
	free(s->slot);
}

static uint64_t
sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* --- keys ------------------------------------------------------------- */

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_keys(const struct source_key *a, const struct source_key *b)
{
	int d = compare_numbers(a->domain, b->domain);

	if (d == 0)
		d = compare_numbers(a->ip.family, b->ip.family);
	if (d == 0)
		d = memcmp(a->ip.b, b->ip.b, sizeof(a->ip.b));
	if (d == 0)
		d = compare_numbers(a->prefix, b->prefix);
	return d != 0 ? d : compare_numbers(a->text, b->text);
}

bool
source_is_same(const struct source_key *a, const struct source_key *b)
{
	return compare_keys(a, b) == 0;
}

/* At the last level all that is no address is one. */
static struct source_key
key_at(struct source_key key, size_t level)
{
	if (key.ip.family == 0) {
		key.text = level == SOURCES_LEVELS - 1 ? 0 : key.text;
		return key;
	}
	unsigned prefix = prefixes[level][key.ip.family == 6];
	if (prefix >= key.prefix)
		return key;
	key.prefix = (unsigned char)prefix;
	for (unsigned i = 0; i < sizeof(key.ip.b); i++) {
		unsigned keep = prefix > i * 8 ? prefix - i * 8 : 0;
		if (keep < 8)
			key.ip.b[i] &= (unsigned char)(0xff00 >> keep);
	}
	return key;
}

/* --- adding ----------------------------------------------------------- */

static size_t
hash_of(const struct sources *s, const struct source_entry *e)
{
	uint32_t number[4] = { e->key.domain, e->key.text, e->kind,
		e->key.prefix };
	uint32_t h = str_hash(
		(str){ (const char *)number, sizeof(number) }, s->seed);

	return str_hash((str){ (const char *)e->key.ip.b, 16 }, h);
}

static void
put_slot(struct sources *s, size_t i)
{
	size_t at = hash_of(s, &s->entry[i]) & (s->slots - 1);

	while (s->slot[at] != 0)
		at = (at + 1) & (s->slots - 1);
	s->slot[at] = (uint32_t)i + 1;
}

static void
grow(struct sources *s)
{
	s->room *= 2;
	s->entry = checked(s, realloc(s->entry, s->room * sizeof(*s->entry)));
	free(s->slot);
	s->slots *= 2;
	s->slot = checked(s, calloc(s->slots, sizeof(*s->slot)));
	for (size_t i = 0; i < s->n; i++)
		put_slot(s, i);
}

static void
add(struct sources *s, struct source_entry e)
{
	e.key = key_at(e.key, s->level);
	size_t at = hash_of(s, &e) & (s->slots - 1);

	for (; s->slot[at] != 0; at = (at + 1) & (s->slots - 1)) {
		struct source_entry *x = &s->entry[s->slot[at] - 1];
		if (x->kind == e.kind && source_is_same(&x->key, &e.key)) {
			x->messages = sum(x->messages, e.messages);
			return;
		}
	}
	if (s->n == s->room)
		grow(s);
	s->entry[s->n] = e;
	put_slot(s, s->n++);
}

void
sources_copy(struct sources *to, const struct source_entry *from, size_t n,
	size_t level)
{
	to->level = level;
	for (size_t i = 0; i < n; i++)
		add(to, from[i]);
}

static void
make_coarser(struct sources *s)
{
	struct sources coarse;

	sources_init(&coarse, s->seed, s->oom);
	sources_copy(&coarse, s->entry, s->n, s->level + 1);
	sources_free(s);
	*s = coarse;
}

void
sources_add(struct sources *s, uint32_t domain, struct ip ip, uint32_t text,
	uint32_t kind, uint64_t messages)
{
	struct source_entry e = { .key = { .domain = domain,
					  .text = text,
					  .ip = ip,
					  .prefix =
						  (unsigned char)ip_bits(ip) },
		.kind = kind,
		.messages = messages };

	add(s, e);
	while (s->n > SOURCES_MAX && s->level < SOURCES_LEVELS - 1)
		make_coarser(s);
}

/* --- in order --------------------------------------------------------- */

static int
by_source(const void *x, const void *y)
{
	const struct source_entry *a = x, *b = y;
	int d = compare_keys(&a->key, &b->key);

	return d != 0 ? d : compare_numbers(a->kind, b->kind);
}

void
sources_sort(struct sources *s)
{
	qsort(s->entry, s->n, sizeof(*s->entry), by_source);
}
