/*
 * progress.h - a line on stderr that says how far a long run is.
 *
 * Only on a terminal, and not before half a second has passed.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "options.h"

struct progress {
	bool wanted, many, shown;
	int64_t begun, last; /* ms */
	struct arena *arena; /* for a moment */
};

void progress_begin(
	struct progress *, const struct options *, struct arena *, bool many);
void progress_show(struct progress *, size_t done, size_t waiting);
void progress_clear(struct progress *); /* before anything else is printed */

#endif
