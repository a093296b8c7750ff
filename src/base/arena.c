/*
 * arena.c - memory that is given back all at once.
 *
 * Chunks double from 4 KiB to 64 KiB; what is larger gets a chunk to itself.
 * One of each size that was given back waits for the next message.
 * Under AddressSanitizer every allocation is a chunk of its exact size, so
 * that an overflow inside an arena is seen.
 */
#include "mailauth/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_STRICT 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define ARENA_STRICT 1
#endif
#ifndef ARENA_STRICT
#define ARENA_STRICT 0
#endif

enum {
	CHUNK_MIN = 4096,
	CHUNK_MAX = CHUNK_MIN << (ARENA_SIZES - 1),
	ALIGN = alignof(max_align_t)
};

struct arena_chunk {
	struct arena_chunk *older;
	size_t size; /* of data */
	size_t used;
	alignas(max_align_t) char data[];
};

void
arena_init(struct arena *a, size_t limit, void (*oom)(void *), void *oom_arg)
{
	*a = (struct arena){ .limit = limit, .oom = oom, .oom_arg = oom_arg };
}

/* Where a chunk of that size waits; NULL for what is not kept. */
static struct arena_chunk **
spare_of(struct arena *a, size_t size)
{
	size_t i = 0;

	if (ARENA_STRICT || size > CHUNK_MAX)
		return NULL;
	while ((size_t)CHUNK_MIN << i < size)
		i++;
	return &a->spare[i];
}

static void
drop_newest(struct arena *a)
{
	struct arena_chunk *c = a->chunk;
	struct arena_chunk **spare = spare_of(a, c->size);

	a->chunk = c->older;
	a->total -= sizeof(*c) + c->size;
	if (spare && !*spare)
		*spare = c;
	else
		free(c);
}

void
arena_trim(struct arena *a)
{
	for (size_t i = 0; i < ARENA_SIZES; i++) {
		free(a->spare[i]);
		a->spare[i] = NULL;
	}
}

void
arena_free(struct arena *a)
{
	while (a->chunk)
		drop_newest(a);
	arena_trim(a);
}

static _Noreturn void
out_of_memory(struct arena *a)
{
	if (a->oom)
		a->oom(a->oom_arg);
	for (;;)
		assert(a == NULL); /* oom() must not return */
}

static size_t
chunk_size(const struct arena *a, size_t n)
{
	size_t size = a->chunk ? a->chunk->size * 2 : CHUNK_MIN;

	if (ARENA_STRICT)
		return n;
	if (n > CHUNK_MAX)
		return n;
	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	while (size < n)
		size *= 2;
	return size;
}

static struct arena_chunk *
get_chunk(struct arena *a, size_t n)
{
	struct arena_chunk **spare = spare_of(a, n), *c = spare ? *spare : NULL;

	if (c) {
		*spare = NULL;
		return c;
	}
	c = malloc(sizeof(*c) + n);
	if (!c)
		out_of_memory(a);
	c->size = n;
	return c;
}

static void
add_chunk(struct arena *a, size_t n)
{
	size_t size = chunk_size(a, n);

	if (a->total > a->limit || n > a->limit - a->total)
		out_of_memory(a);
	struct arena_chunk *c = get_chunk(a, size);
	c->older = a->chunk;
	c->used = 0;
	a->chunk = c;
	a->total += sizeof(*c) + c->size;
}

/* n rounded up to the alignment; huge n are caught before they wrap. */
static size_t
rounded(struct arena *a, size_t n)
{
	if (n > SIZE_MAX / 2)
		out_of_memory(a);
	if (n == 0)
		n = 1;
	return ARENA_STRICT ? n : (n + ALIGN - 1) / ALIGN * ALIGN;
}

static void *
take(struct arena *a, size_t n)
{
	size_t room = a->chunk ? a->chunk->size - a->chunk->used : 0;

	n = rounded(a, n);
	if (ARENA_STRICT || n > room)
		add_chunk(a, n);
	void *p = a->chunk->data + a->chunk->used;
	a->chunk->used += n;
	return p;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	return memset(take(a, n), 0, n);
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / 2 / size)
		out_of_memory(a);
	return arena_alloc(a, count * size);
}

void *
arena_grow(struct arena *a, void *p, size_t old_n, size_t new_n)
{
	struct arena_chunk *c = a->chunk;
	size_t had = rounded(a, old_n), want = rounded(a, new_n);

	if (!ARENA_STRICT && p && c && c->used >= had &&
		(char *)p == c->data + c->used - had &&
		want <= c->size - (c->used - had)) {
		c->used = c->used - had + want;
		return p;
	}
	void *q = take(a, new_n);
	if (old_n > 0)
		memcpy(q, p, old_n < new_n ? old_n : new_n);
	return q;
}

struct arena_mark
arena_mark(const struct arena *a)
{
	return (struct arena_mark){ a->chunk, a->chunk ? a->chunk->used : 0 };
}

void
arena_rewind(struct arena *a, struct arena_mark mark)
{
	while (a->chunk != mark.chunk)
		drop_newest(a);
	if (a->chunk)
		a->chunk->used = mark.used;
}

str
arena_dup(struct arena *a, str s)
{
	if (!s.p)
		return s;
	char *p = take(a, s.n);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return (str){ p, s.n };
}

str
arena_lower(struct arena *a, str s)
{
	if (!s.p)
		return s;
	char *p = take(a, s.n);
	bytes_lower(p, s);
	return (str){ p, s.n };
}

char *
arena_zstr(struct arena *a, str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return p;
}
