/*
 * source_zone.c - answers from a zone, given at once.
 */
#include "net/source.h"

#include <stdlib.h>

#include "net/memory.h"
#include "net/zone.h"

struct zone_source {
	struct source source; /* first, so that one is the other */
	const struct zone *zone;
	struct arena arena; /* of the answer at hand */
};

enum { ANSWER_LIMIT = 1 << 20 };

static void
ask(struct source *source, struct dns *dns, struct dns_question *q)
{
	struct zone_source *s = (struct zone_source *)source;
	struct arena_mark mark = arena_mark(&s->arena);
	struct dns_answer answer;

	zone_answer(s->zone, &s->arena, q->type, q->name, &answer);
	dns_tell(dns, q, &answer);
	arena_rewind(&s->arena, mark);
}

static void
nothing_to_wait_for(struct source *source, int timeout_ms)
{
	(void)source;
	(void)timeout_ms;
}

static void
nothing_to_forget(struct source *source, struct dns *dns)
{
	(void)source;
	(void)dns;
}

static void
free_source(struct source *source)
{
	struct zone_source *s = (struct zone_source *)source;

	arena_free(&s->arena);
	free(s);
}

struct source *
source_from_zone(const struct zone *zone)
{
	struct zone_source *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->source = (struct source){ .ask = ask,
		.wait = nothing_to_wait_for,
		.forget = nothing_to_forget,
		.free = free_source };
	s->zone = zone;
	arena_init(&s->arena, ANSWER_LIMIT, memory_out, NULL);
	return &s->source;
}
