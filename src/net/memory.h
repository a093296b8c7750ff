/*
 * memory.h - a program that has no memory left ends, and says so.
 *
 * What a library answers when it cannot allocate looks like a bad key or an
 * empty list, and not all of them survive it.  So those that let us choose
 * get these functions, which never return NULL.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

/*
 * The oom function of arenas.  A prefix of a verdict could be taken for one,
 * so nothing more is written to stdout.
 */
_Noreturn void memory_out(void *unused);

void *memory_get(size_t);
void *memory_resize(void *, size_t);

#endif
