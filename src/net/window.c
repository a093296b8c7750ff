/*
 * window.c - how many questions may be on their way to the servers at a time.
 */
#include "net/window.h"

static struct seat *
first_of(const struct ring *list)
{
	struct ring *first = ring_first(list);

	return first ? RING_OF(first, struct seat, link) : NULL;
}

void
window_init(struct window *w)
{
	ring_init(&w->queued);
	ring_init(&w->young);
	w->n_young = 0;
}

void
window_queue(struct window *w, struct seat *s)
{
	ring_join(&w->queued, &s->link);
}

void
window_leave(struct window *w, struct seat *s)
{
	if (ring_is_in(&s->link) && s->sent != 0)
		w->n_young--;
	ring_leave(&s->link);
}

struct seat *
window_next(struct window *w, int64_t now)
{
	struct seat *s;

	while ((s = first_of(&w->young)) != NULL && now - s->sent >= WINDOW_MS)
		window_leave(w, s);
	s = first_of(&w->queued);
	if (!s || w->n_young == WINDOW_SIZE)
		return NULL;
	s->sent = now;
	ring_join(&w->young, &s->link);
	w->n_young++;
	return s;
}

int64_t
window_due(const struct window *w)
{
	const struct seat *oldest = first_of(&w->young);

	if (!ring_first(&w->queued) || !oldest)
		return INT64_MAX;
	return oldest->sent + WINDOW_MS;
}
