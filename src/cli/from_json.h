/*
 * from_json.h - what `mailauth -j` has written, added up.
 *
 * A line is an object: a report, an input that could not be read, or a summary
 * as of summary_json().  Lines come from who knows where: whatever else they
 * are, they change nothing, and are counted.
 */
#ifndef FROM_JSON_H
#define FROM_JSON_H

#include "summary.h"

/* More bytes than that are not read as one line. */
enum { FROM_JSON_LINE_MAX = 16 << 20 };

/*
 * All lines of a file; name is for messages.  The first line that is none of
 * ours is told on stderr, at the end, and *bad has how many there were (which
 * makes the exit code 2).  False, and says so, when reading failed.  An
 * interrupt is a good end.
 */
bool from_json_read(struct summary *, int fd, const char *name, struct arena *,
	size_t *bad);

/* One of them; false when it is none of ours.  The arena is for a moment. */
bool from_json_line(struct summary *, struct arena *, str line);

#endif
