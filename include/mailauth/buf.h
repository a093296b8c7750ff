/*
 * buf.h - bytes that grow in an arena, and text put together from pieces.
 */
#ifndef MAILAUTH_BUF_H
#define MAILAUTH_BUF_H

#include "mailauth/arena.h"

struct buf {
	struct arena *arena;
	char *p;
	size_t n;
	size_t size; /* bytes allocated at p */
};

/* An empty buffer: struct buf b = { .arena = a }; */
void buf_add(struct buf *, str);
void buf_more(struct buf *, char);
static inline void
buf_char(struct buf *b, char c)
{
	if (b->n < b->size)
		b->p[b->n++] = c;
	else
		buf_more(b, c);
}

void buf_uint(struct buf *, uint64_t);
void buf_int(struct buf *, int64_t);
/*
 * Untrusted bytes as printable ASCII: what is not %x20-7E becomes \xNN, and a
 * backslash is doubled when that would otherwise be ambiguous.
 */
void buf_escaped(struct buf *, str);
/* What was written so far; never absent. */
str buf_str(const struct buf *);

/* The pieces in a row, allocated in the arena. */
str str_concat(struct arena *, const str *pieces, size_t n);
#define STR_CAT(arena, ...)                                                    \
	str_concat((arena), (const str[]){ __VA_ARGS__ },                      \
		sizeof((const str[]){ __VA_ARGS__ }) / sizeof(str))
str str_number(struct arena *, uint64_t);
str str_count(struct arena *, uint64_t); /* for a person: "12,345" */
/* "5.4 %": few of many never look like none, nor most like all. */
str str_share(struct arena *, uint64_t n, uint64_t all);
str str_escaped(struct arena *, str); /* as buf_escaped() */

#endif
