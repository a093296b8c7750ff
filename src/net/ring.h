/*
 * ring.h - lists that their members may leave at any time.
 *
 * The list is a link, too, and stands between its last and its first member.
 * A member has a link for each list that it may be in, all zero while it is in
 * none.
 */
#ifndef MAILAUTH_RING_H
#define MAILAUTH_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring {
	struct ring *next, *prev;
};

/* The struct that the link is in. */
#define RING_OF(link, type, member)                                            \
	((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void
ring_init(struct ring *list)
{
	list->next = list->prev = list;
}

/* The first, or NULL. */
static inline struct ring *
ring_first(const struct ring *list)
{
	return list->next != list ? list->next : NULL;
}

static inline bool
ring_is_in(const struct ring *link)
{
	return link->next != NULL;
}

static inline void
ring_leave(struct ring *link)
{
	if (!link->next)
		return;
	link->next->prev = link->prev;
	link->prev->next = link->next;
	link->next = link->prev = NULL;
}

/* At the end; it leaves where it was. */
static inline void
ring_join(struct ring *list, struct ring *link)
{
	ring_leave(link);
	link->next = list;
	link->prev = list->prev;
	list->prev->next = link;
	list->prev = link;
}

/* The first, which leaves; or NULL. */
static inline struct ring *
ring_take(struct ring *list)
{
	struct ring *first = ring_first(list);

	if (first)
		ring_leave(first);
	return first;
}

/* All of `from`, at the end. */
static inline void
ring_join_all(struct ring *list, struct ring *from)
{
	if (!ring_first(from))
		return;
	from->next->prev = list->prev;
	list->prev->next = from->next;
	from->prev->next = list;
	list->prev = from->prev;
	ring_init(from);
}

#endif
