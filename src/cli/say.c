/*
 * say.c - one line to a person, on stderr.
 */
#include "say.h"

#include "net/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What a thread says about a message waits for its turn. */
static _Thread_local FILE *elsewhere;

void
say(str message)
{
	static const char hex[] = "0123456789abcdef";

	FILE *to = elsewhere != NULL ? elsewhere : stderr;
	/* not buf_escaped(): this must work without memory, and not by the
	   character, for stderr writes at once what it gets */
	char line[512] = "mailauth: ";
	size_t n = strlen(line);

	for (size_t i = 0; i < message.n; i++) {
		unsigned char c = (unsigned char)message.p[i];
		bool plain = c >= 0x20 && c <= 0x7e;
		if (n + sizeof("\\x00\n") > sizeof(line)) {
			fwrite(line, 1, n, to);
			n = 0;
		}
		line[n++] = plain ? (char)c : '\\';
		if (plain)
			continue;
		line[n++] = 'x';
		line[n++] = hex[c >> 4];
		line[n++] = hex[c & 15];
	}
	line[n++] = '\n';
	fwrite(line, 1, n, to);
}

void
say_to(FILE *to)
{
	elsewhere = to;
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
	static _Thread_local char text[128];

	if (strerror_r(number, text, sizeof(text)) != 0)
		return STR("unknown error");
	return str_from(text);
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
	memory_out(unused);
}
