/*
 * arena.h - memory that is given back all at once.
 *
 * Everything made for a message comes from an arena; nobody frees a piece of
 * it.  Memory is zeroed and aligned for any type.  A mark remembers how much
 * was in use; rewinding to it gives back all that came after.
 *
 * Running out of memory, or over `limit`, is handled here and nowhere else:
 * the oom function is called and must not return (the program ends with a
 * message; an embedding program may longjmp).  No function here returns NULL.
 */
#ifndef MAILAUTH_ARENA_H
#define MAILAUTH_ARENA_H

#include "mailauth/str.h"

struct arena_chunk;

enum { ARENA_SIZES = 5 };

struct arena {
	struct arena_chunk *chunk; /* the newest; older ones hang behind it */
	struct arena_chunk *spare[ARENA_SIZES]; /* given back, or NULL */
	size_t total; /* bytes in use, got from malloc */
	size_t limit; /* most that total may be */
	void (*oom)(void *);
	void *oom_arg;
};

struct arena_mark {
	struct arena_chunk *chunk;
	size_t used;
};

/* An arena without memory yet; oom may be NULL (then running out asserts). */
void arena_init(
	struct arena *, size_t limit, void (*oom)(void *), void *oom_arg);
void arena_free(struct arena *); /* all of it; the arena may be used again */
void arena_trim(struct arena *); /* what is not in use at the moment */

void *arena_alloc(struct arena *, size_t n);
void *arena_array(struct arena *, size_t count, size_t size);
#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_make(arena, count, type)                                         \
	((type *)arena_array((arena), (count), sizeof(type)))

/*
 * old_n bytes at p grown to new_n; in place when p was allocated last.  The
 * new bytes are not zeroed.
 */
void *arena_grow(struct arena *, void *p, size_t old_n, size_t new_n);

struct arena_mark arena_mark(const struct arena *);
void arena_rewind(struct arena *, struct arena_mark);

str arena_dup(struct arena *, str);    /* p != NULL unless s is absent */
str arena_lower(struct arena *, str);  /* the same in lower-case ASCII */
char *arena_zstr(struct arena *, str); /* with a NUL at the end */

#endif
