/*
 * records.c - the records of one report, kept small.
 */
#include "records.h"

#include <assert.h>
#include <string.h>

enum { BLOCK = 512, FIRST_SLOTS = 64, FIRST_ITEMS = 32, MAX_PROBES = 32 };

/* Bytes that are kept once. */
struct item {
	const void *p;
	uint32_t n, hash;
};

/* A number is an item, and 0 none. */
struct small {
	struct ip ip;
	uint8_t disposition, dkim, spf;
	uint32_t source, header_from, envelope_from, envelope_to;
	uint32_t reasons, signatures, senders;
	uint64_t count;
};

struct records {
	struct arena *arena;
	struct item *item; /* item[0] is not used */
	size_t items, item_room;
	uint32_t *slot; /* by hash: a number */
	size_t slots;   /* a power of two */
	struct small **block;
	size_t n, block_room;
};

struct records *
records_new(struct arena *a)
{
	struct records *r = arena_new(a, struct records);

	r->arena = a;
	r->items = 1;
	r->item_room = FIRST_ITEMS;
	r->item = arena_make(a, r->item_room, struct item);
	r->slots = FIRST_SLOTS;
	r->slot = arena_make(a, r->slots, uint32_t);
	return r;
}

/* --- what is kept once ------------------------------------------------ */

static void
put_slot(struct records *r, uint32_t number)
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
find(const struct records *r, str s, uint32_t hash)
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
grow(struct records *r)
{
	if (r->items == r->item_room) {
		r->item = arena_grow(r->arena, r->item,
			r->item_room * sizeof(*r->item),
			r->item_room * 2 * sizeof(*r->item));
		r->item_room *= 2;
	}
	if (r->items * 2 < r->slots)
		return;
	r->slots *= 2;
	r->slot = arena_make(r->arena, r->slots, uint32_t);
	for (uint32_t i = 1; i < r->items; i++)
		put_slot(r, i);
}

static uint32_t
keep(struct records *r, str s)
{
	if (!s.p)
		return 0;
	uint32_t hash = str_hash(s, 0), number = find(r, s, hash);
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

static str
kept(const struct records *r, uint32_t number)
{
	const struct item *x = &r->item[number];

	return number == 0 ? (str){ 0 } : (str){ x->p, x->n };
}

str
records_text(struct records *r, str s)
{
	return kept(r, keep(r, s));
}

/* --- lists ------------------------------------------------------------ */

/*
 * Lists whose strings are kept are equal bytes when they are equal lists, so
 * what is between their members must be zero as well.
 */
static uint32_t
keep_checks(struct records *r, const struct aggregate_check *from, size_t n)
{
	struct aggregate_check list[AGGREGATE_MAX_SIGNATURES];

	assert(n <= AGGREGATE_MAX_SIGNATURES);
	memset(list, 0, n * sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		list[i].domain = records_text(r, from[i].domain);
		list[i].selector = records_text(r, from[i].selector);
		list[i].scope = records_text(r, from[i].scope);
		list[i].human = records_text(r, from[i].human);
		list[i].result = from[i].result;
	}
	return n > 0 ? keep(r, (str){ (char *)list, n * sizeof(*list) }) : 0;
}

static uint32_t
keep_reasons(struct records *r, const struct aggregate_reason *from, size_t n)
{
	struct aggregate_reason list[AGGREGATE_MAX_REASONS];

	assert(n <= AGGREGATE_MAX_REASONS);
	memset(list, 0, n * sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		list[i].type = from[i].type;
		list[i].word = records_text(r, from[i].word);
		list[i].comment = records_text(r, from[i].comment);
	}
	return n > 0 ? keep(r, (str){ (char *)list, n * sizeof(*list) }) : 0;
}

/* --- records ---------------------------------------------------------- */

static struct small *
next_place(struct records *r)
{
	size_t b = r->n / BLOCK;

	if (b == r->block_room) {
		size_t room = b > 0 ? b * 2 : 16;
		r->block = arena_grow(r->arena, r->block,
			b * sizeof(struct small *),
			room * sizeof(struct small *));
		r->block_room = room;
	}
	if (r->n % BLOCK == 0)
		r->block[b] = arena_make(r->arena, BLOCK, struct small);
	return &r->block[b][r->n++ % BLOCK];
}

void
records_add(struct records *r, const struct aggregate_record *from)
{
	struct small x = {
		.ip = from->ip,
		.disposition = (uint8_t)from->disposition,
		.dkim = (uint8_t)from->dkim,
		.spf = (uint8_t)from->spf,
		.count = from->count,
	};

	x.source = keep(r, from->source);
	x.header_from = keep(r, from->header_from);
	x.envelope_from = keep(r, from->envelope_from);
	x.envelope_to = keep(r, from->envelope_to);
	x.reasons = keep_reasons(r, from->reason, from->reasons);
	x.signatures = keep_checks(r, from->signature, from->signatures);
	x.senders = keep_checks(r, from->sender, from->senders);
	*next_place(r) = x;
}

struct aggregate_record
records_get(const struct records *r, size_t i)
{
	assert(i < r->n);
	const struct small *x = &r->block[i / BLOCK][i % BLOCK];
	str reasons = kept(r, x->reasons), signatures = kept(r, x->signatures),
	    senders = kept(r, x->senders);

	return (struct aggregate_record){
		.ip = x->ip,
		.source = kept(r, x->source),
		.count = x->count,
		.disposition = (enum disposition)x->disposition,
		.dkim = (enum result)x->dkim,
		.spf = (enum result)x->spf,
		.header_from = kept(r, x->header_from),
		.envelope_from = kept(r, x->envelope_from),
		.envelope_to = kept(r, x->envelope_to),
		.reason = (const void *)reasons.p,
		.reasons = reasons.n / sizeof(struct aggregate_reason),
		.signature = (const void *)signatures.p,
		.signatures = signatures.n / sizeof(struct aggregate_check),
		.sender = (const void *)senders.p,
		.senders = senders.n / sizeof(struct aggregate_check),
	};
}
