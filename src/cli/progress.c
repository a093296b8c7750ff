/*
 * progress.c - a line on stderr that says how far a long run is.
 */
#include "progress.h"

#include "mailauth/buf.h"

#include "net/source.h"

#include <stdio.h>
#include <unistd.h>

enum { PATIENCE_MS = 500, PACE_MS = 200 };

void
progress_begin(
	struct progress *p, const struct options *o, struct arena *a, bool many)
{
	*p = (struct progress){
		.wanted = !o->trace && isatty(STDERR_FILENO),
		.many = many,
		.begun = clock_ms(),
		.arena = a,
	};
}

static void
print(const struct progress *p, size_t done, size_t waiting, uint64_t seconds)
{
	struct arena *a = p->arena;
	struct arena_mark mark = arena_mark(a);
	str checked = str_count(a, done), still = str_count(a, waiting),
	    time = str_count(a, seconds);

	if (!p->many && done == 0)
		fprintf(stderr, "\rwaiting for the DNS, %.*s s ", (int)time.n,
			time.p);
	else if (waiting > 0)
		fprintf(stderr,
			"\r%.*s messages checked in %.*s s, %.*s wait for the "
			"DNS ",
			(int)checked.n, checked.p, (int)time.n, time.p,
			(int)still.n, still.p);
	else
		fprintf(stderr, "\r%.*s messages checked in %.*s s%24s",
			(int)checked.n, checked.p, (int)time.n, time.p, "");
	arena_rewind(a, mark);
}

void
progress_show(struct progress *p, size_t done, size_t waiting)
{
	if (!p->wanted)
		return;
	int64_t now = clock_ms();
	if (now - p->begun < PATIENCE_MS || now - p->last < PACE_MS)
		return;
	p->last = now;
	p->shown = true;
	print(p, done, waiting, (uint64_t)(now - p->begun) / 1000);
}

void
progress_clear(struct progress *p)
{
	if (p->shown)
		fprintf(stderr, "\r%72s\r", "");
	p->shown = false;
}
