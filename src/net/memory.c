/*
 * memory.c - a program that has no memory left ends, and says so.
 */
#include "net/memory.h"

#include <stdlib.h>
#include <unistd.h>

/* Not through stdio, which may want memory for a buffer. */
_Noreturn void
memory_out(void *unused)
{
	static const char text[] = "mailauth: out of memory\n";
	ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)unused;
	(void)written;
	_exit(2);
}

static void *
checked(void *p, size_t n)
{
	if (p == NULL && n > 0)
		memory_out(NULL);
	return p;
}

void *
memory_get(size_t n)
{
	return checked(malloc(n), n);
}

void *
memory_resize(void *p, size_t n)
{
	return checked(realloc(p, n), n);
}
