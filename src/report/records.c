/*
 * records.c - the records of one report, kept small.
 */
#include "records.h"
#include "intern.h"

#include <assert.h>
#include <string.h>

enum { BLOCK = 512 };

/* Numbers are those of intern.h. */
struct small {
	struct ip ip;
	uint8_t disposition, dkim, spf;
	uint32_t source, header_from, envelope_from, envelope_to;
	uint32_t reasons, signatures, senders;
	uint64_t count;
};

struct records {
	struct arena *arena;
	struct intern *intern;
	struct small **block;
	size_t n, block_room;
};

struct records *
records_new(struct arena *a)
{
	struct records *r = arena_new(a, struct records);

	r->arena = a;
	r->intern = intern_new(a, 0);
	return r;
}

str
records_text(struct records *r, str s)
{
	return intern_get(r->intern, intern_put(r->intern, s));
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
	return n > 0 ? intern_put(r->intern,
			       (str){ (char *)list, n * sizeof(*list) })
		     : 0;
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
	return n > 0 ? intern_put(r->intern,
			       (str){ (char *)list, n * sizeof(*list) })
		     : 0;
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

	x.source = intern_put(r->intern, from->source);
	x.header_from = intern_put(r->intern, from->header_from);
	x.envelope_from = intern_put(r->intern, from->envelope_from);
	x.envelope_to = intern_put(r->intern, from->envelope_to);
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
	str reasons = intern_get(r->intern, x->reasons),
	    signatures = intern_get(r->intern, x->signatures),
	    senders = intern_get(r->intern, x->senders);

	return (struct aggregate_record){
		.ip = x->ip,
		.source = intern_get(r->intern, x->source),
		.count = x->count,
		.disposition = (enum disposition)x->disposition,
		.dkim = (enum result)x->dkim,
		.spf = (enum result)x->spf,
		.header_from = intern_get(r->intern, x->header_from),
		.envelope_from = intern_get(r->intern, x->envelope_from),
		.envelope_to = intern_get(r->intern, x->envelope_to),
		.reason = (const void *)reasons.p,
		.reasons = reasons.n / sizeof(struct aggregate_reason),
		.signature = (const void *)signatures.p,
		.signatures = signatures.n / sizeof(struct aggregate_check),
		.sender = (const void *)senders.p,
		.senders = senders.n / sizeof(struct aggregate_check),
	};
}
