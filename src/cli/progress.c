/*
 * progress.c - a line on stderr that says how far a long run is.
 */
#include "progress.h"

#include "net/source.h"

#include <stdio.h>
#include <unistd.h>

enum { PATIENCE_MS = 500, PACE_MS = 200 };

void
progress_begin(struct progress *p, const struct options *o, bool many)
{
	*p = (struct progress){
		.wanted = !o->trace && isatty(STDERR_FILENO),
		.many = many,
		.begun = clock_ms(),
	};
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
	int seconds = (int)((now - p->begun) / 1000);
	if (!p->many && done == 0) {
		fprintf(stderr, "\rwaiting for the DNS, %d s ", seconds);
		return;
	}
	fprintf(stderr, "\r%zu messages checked in %d s", done, seconds);
	if (waiting > 0)
		fprintf(stderr, ", %zu wait for the DNS ", waiting);
	else
		fprintf(stderr, "%24s", "");
}

void
progress_clear(struct progress *p)
{
	if (p->shown)
		fprintf(stderr, "\r%60s\r", "");
	p->shown = false;
}
