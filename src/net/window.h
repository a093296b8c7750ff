/*
 * window.h - how many questions may be on their way to the servers at a time.
 *
 * A batch can ask thousands at once.  What a server has not read yet lies in
 * the buffer of its socket, which on Linux holds 256 small packets unless
 * somebody has raised that; the rest is lost.  So only WINDOW_SIZE questions
 * may be without answer and younger than WINDOW_MS; others queue.  An older one
 * was read or lost, and the server may be waiting for others: it holds nobody
 * up.
 */
#ifndef MAILAUTH_WINDOW_H
#define MAILAUTH_WINDOW_H

#include <stdint.h>

#include "net/ring.h"

enum { WINDOW_SIZE = 128, WINDOW_MS = 100 };

/* Part of a question. */
struct seat {
	struct ring link;
	int64_t sent; /* 0 while it queues */
};

struct window {
	struct ring queued, young; /* seats in order */
	size_t n_young;
};

void window_init(struct window *);
void window_queue(struct window *, struct seat *);
/* The next to be sent, which is young from now on; NULL: none for now. */
struct seat *window_next(struct window *, int64_t now);
/* It was answered, or is not wanted any more. */
void window_leave(struct window *, struct seat *);
/* When to look again, if nothing is answered before; or INT64_MAX. */
int64_t window_due(const struct window *);

#endif
