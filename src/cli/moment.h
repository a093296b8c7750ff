/*
 * moment.h - how long one waits for another worker before looking again.
 */
#ifndef MOMENT_H
#define MOMENT_H

#include <time.h>

static inline struct timespec
a_moment_from_now(void)
{
	enum { MOMENT_NS = 50000000, SECOND_NS = 1000000000 };
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += MOMENT_NS;
	t.tv_sec += t.tv_nsec / SECOND_NS;
	t.tv_nsec %= SECOND_NS;
	return t;
}

#endif
