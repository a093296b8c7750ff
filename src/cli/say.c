/*
 * say.c - one line to a person, on stderr.
 */
#include "say.h"
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
say(str message)
{
	static const char hex[] = "0123456789abcdef";

	/* not buf_escaped(): this must work without memory */
	fputs("mailauth: ", stderr);
	for (size_t i = 0; i < message.n; i++) {
		unsigned char c = (unsigned char)message.p[i];
		if (c >= 0x20 && c <= 0x7e)
			putc(c, stderr);
		else
			fprintf(stderr, "\\x%c%c", hex[c >> 4], hex[c & 15]);
	}
	putc('\n', stderr);
}

str
say_file(struct arena *a, const char *name)
{
	if (strcmp(name, "-") == 0)
		return STR("standard input");
	return STR_CAT(a, STR("'"), str_from(name), STR("'"));
}

str
say_errno(int number)
{
	return str_from(strerror(number));
}

bool
say_flush(void)
{
	static bool failed; /* the later causes are others */

	if (failed)
		return false;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	failed = true;
	if (errno != EPIPE)
		perror("mailauth: cannot write the result");
	return false;
}

_Noreturn void
say_out_of_memory(void *unused)
{
	(void)unused;
	say(STR("out of memory"));
	_exit(EXIT_UNUSABLE);
}
