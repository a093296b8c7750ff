/*
 * fuzz_from_json.c - lines from who knows where, added up; and the summary,
 * written by us, is read again as the same.
 */
#include "fuzz.h"

#include "cli/from_json.h"

#include <assert.h>
#include <stdlib.h>

static str
written(struct arena *a, const struct summary *s)
{
	char *p;
	size_t n;
	FILE *out = open_memstream(&p, &n);

	assert(out != NULL);
	summary_json(s, out);
	fclose(out);
	str copy = arena_dup(a, (str){ p, n });
	free(p);
	return copy;
}

static struct summary *
reread(struct arena *a, const struct summary *s)
{
	struct summary *again = summary_new(a);
	bool ours = from_json_line(again, a, written(a, s));

	assert(ours && summary_exit(again) == summary_exit(s));
	return again;
}

static void
check_table(struct arena *a, const struct summary *s, size_t width)
{
	struct screen screen = { .arena = a, .width = width };
	char *p;
	size_t n;

	screen.out = open_memstream(&p, &n);
	assert(screen.out != NULL);
	summary_print(s, &screen);
	fclose(screen.out);
	check_printed((str){ p, n }, width);
	free(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a;

	arena_init(&a, (size_t)1 << 28, NULL, NULL);
	struct summary *s = summary_new(&a);
	for (str rest = { (const char *)data, n }, line;
		n > 0 && str_split(&rest, '\n', &line);)
		from_json_line(s, &a, line);
	check_table(&a, s, 80);
	check_table(&a, s, 60);
	/* a name that has grown by being escaped may be too long now */
	struct summary *once = reread(&a, s);
	assert(str_eq(written(&a, once), written(&a, reread(&a, once))));
	arena_free(&a);
	return 0;
}
