/*
 * worker.c - what outlives a message, and what is made anew for each.
 */
#include "worker.h"
#include "input.h"
#include "sandbox.h"
#include "say.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_MEMORY = 256 << 20, HEAD_FACTOR = 8 };

static str
host_name(struct arena *a)
{
	char name[256] = "";

	if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0')
		return STR("localhost");
	return arena_dup(a, str_from(name));
}

/*
 * libpsl takes any text for a list.  A rule holds no blank, so a zone or a mail
 * is not one; nor is a text without rules. (https://publicsuffix.org/list)
 */
static bool
is_suffix_list(str text)
{
	size_t rules = 0;
	str line;

	if (str_starts(text, STR(".DAFSA@PSL_"))) /* compiled */
		return true;
	while (str_split(&text, '\n', &line)) {
		line = str_trim_fws(line);
		if (line.n == 0 || str_starts(line, STR("//")))
			continue;
		if (str_find(line, ' ') < line.n ||
			str_find(line, '\t') < line.n)
			return false;
		rules++;
	}
	return rules > 0;
}

/* --psl: a file, or a pipe, which can be read only once. */
static bool
read_suffixes(struct worker *w)
{
	enum { LIST_MAX = 16 << 20 };
	const char *name = w->options->psl;
	struct arena *a = w->options->arena;
	str error = { 0 };
	str text = input_whole(a, name, LIST_MAX, &error);
	FILE *list = NULL;

	if (error.p != NULL) {
		say(error);
		return false;
	}
	if (!is_suffix_list(text)) {
		SAY(a, STR("cannot use "), say_file(a, name),
			STR(" as a public suffix list: it is none"));
		return false;
	}
	list = fmemopen(arena_zstr(a, text), text.n, "r");
	if (list == NULL)
		say_out_of_memory(NULL);
	w->suffixes = suffix_list_new(list);
	fclose(list);
	if (w->suffixes == NULL)
		SAY(a, STR("cannot use "), say_file(a, name),
			STR(" as a public suffix list"));
	return w->suffixes != NULL;
}

static bool
load_suffixes(struct worker *w)
{
	const struct options *o = w->options;

	if (o->psl != NULL)
		return read_suffixes(w);
	w->suffixes = suffix_list_new(NULL);
	/* the built-in list may be missing: then RFC 7489 is left out */
	if (w->suffixes != NULL || o->method != DMARC_PSL)
		return true;
	say(STR("no public suffix list is built in: give --psl FILE"));
	return false;
}

static struct worker *
make(const struct options *o)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (w == NULL)
		say_out_of_memory(NULL);
	w->options = o;
	w->crypto = crypto_new();
	if (w->crypto == NULL)
		say_out_of_memory(NULL);
	return w;
}

struct worker *
worker_new(const struct options *o)
{
	struct worker *w = make(o);

	w->first = true;
	w->receiver = o->receiver.p ? o->receiver : host_name(o->arena);
	w->screen = screen_open(NULL, o);
	if (o->annotate)
		w->spill = spill_open(o->arena);
	if (lookup_open(&w->lookup, o)) {
		sandbox_enter(o);
		if (lookup_read_zones(&w->lookup) && load_suffixes(w))
			return w;
	}
	worker_end(w, EXIT_UNUSABLE);
	return NULL;
}

struct worker *
worker_join(struct worker *first)
{
	struct worker *w = make(first->options);

	w->receiver = first->receiver;
	w->screen = first->screen;
	w->suffixes = first->suffixes; /* only read */
	lookup_join(&w->lookup, &first->lookup);
	return w;
}

int
worker_end(struct worker *w, int code)
{
	if (!lookup_close(&w->lookup))
		code = EXIT_UNUSABLE;
	spill_close(&w->spill);
	crypto_free(w->crypto);
	if (w->first && w->suffixes != NULL)
		suffix_list_free(w->suffixes);
	free(w);
	return code;
}

bool
worker_failed(const struct worker *w)
{
	return w->lookup.broken;
}

int64_t
worker_now(const struct worker *w)
{
	if (w->options->at != TIME_UNKNOWN)
		return w->options->at;
	return (int64_t)time(NULL);
}

/* --- a message ------------------------------------------------------- */

void
session_init(struct session *s, struct worker *w)
{
	size_t limit = MESSAGE_MEMORY + HEAD_FACTOR * w->options->header_limit;

	*s = (struct session){ .worker = w };
	arena_init(&s->arena, limit, say_out_of_memory, NULL);
	arena_init(&s->names, MESSAGE_MEMORY, say_out_of_memory, NULL);
}

void
session_begin(struct session *s)
{
	s->dns = dns_new(&s->names);
	dns_use_shelf(s->dns, crypto_shelf(s->worker->crypto));
	lookup_begin(&s->worker->lookup, &s->asking, s->dns);
}

void
session_end(struct session *s)
{
	static const struct arena_mark start;

	lookup_end(&s->asking);
	s->dns = NULL;
	arena_rewind(&s->names, start);
	arena_rewind(&s->arena, start);
}

void
session_trim(struct session *s)
{
	arena_trim(&s->arena);
	arena_trim(&s->names);
}

void
session_free(struct session *s)
{
	arena_free(&s->arena);
	arena_free(&s->names);
}

struct findings *
session_findings(struct session *s, const struct findings_setup *setup)
{
	struct findings *f = findings_new(setup);

	while (!findings_step(f))
		lookup_more(&s->asking);
	return f;
}
