/*
 * sum.c - lines of `mailauth -j` from standard input, added up.
 *
 *	sum [-j] [width]
 */
#include "cli/from_json.h"

#include <stdlib.h>
#include <string.h>

int
main(int argc, char **argv)
{
	bool json = argc > 1 && strcmp(argv[1], "-j") == 0;
	struct options options = { .color = COLOR_AUTO };
	struct arena arena;
	size_t bad;

	arena_init(&arena, (size_t)64 << 20, NULL, NULL);
	struct summary *s = summary_new(&arena);
	bool good = from_json_read(s, stdin, "-", &arena, &bad) && bad == 0;
	struct screen screen = screen_open(&arena, &options);
	if (!json && argc > 1)
		screen.width = strtoul(argv[1], NULL, 10);
	if (json)
		summary_json(s, stdout);
	else
		summary_print(s, &screen);
	int code = good ? summary_exit(s) : EXIT_UNUSABLE;
	arena_free(&arena);
	return code;
}
