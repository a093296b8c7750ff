/*
 * turn.c - results come out in the order of the input.
 *
 * What is held is a binary heap, the next in order on top.
 */
#include "turn.h"
#include "interrupt.h"
#include "moment.h"
#include "progress.h"
#include "say.h"

#include "net/source.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	FAR_AHEAD = 16384,    /* messages before the one that is waited for */
	HELD_BYTES = 8 << 20, /* after which nothing new is begun */
	SUMMARY_MEMORY = 256 << 20,
	FLUSH_MS = 200
};

struct held {
	struct outcome outcome;
	char strings[]; /* of it */
};

struct turn {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	const struct options *options;
	size_t place;     /* of the next in order */
	uint64_t message; /* of it */
	struct held **heap;
	size_t held, size, bytes;
	size_t begun, done, reports;
	int exit;
	bool printed;     /* something */
	bool is_terminal; /* stdout */
	bool over;        /* stdout is gone */
	int64_t flushed;
	struct arena arena;
	struct summary *summary; /* NULL: not wanted */
	struct progress progress;
};

struct turn *
turn_new(const struct options *o, bool many)
{
	struct turn *t = calloc(1, sizeof(*t));

	if (t == NULL || pthread_mutex_init(&t->lock, NULL) != 0 ||
		pthread_cond_init(&t->moved, NULL) != 0)
		say_out_of_memory(NULL);
	t->options = o;
	t->message = 1;
	t->is_terminal = isatty(STDOUT_FILENO);
	arena_init(&t->arena, SUMMARY_MEMORY, say_out_of_memory, NULL);
	if (o->summary)
		t->summary = summary_new(&t->arena);
	progress_begin(&t->progress, o, &t->arena, many);
	return t;
}

/* --- the heap -------------------------------------------------------- */

static bool
is_before(const struct held *a, const struct held *b)
{
	if (a->outcome.place != b->outcome.place)
		return a->outcome.place < b->outcome.place;
	return a->outcome.message < b->outcome.message;
}

static void
swap(struct held **a, struct held **b)
{
	struct held *was = *a;

	*a = *b;
	*b = was;
}

static void
push(struct turn *t, struct held *h)
{
	size_t i = t->held++;

	if (t->held > t->size) {
		t->size = t->size ? 2 * t->size : 64;
		t->heap = realloc(t->heap, t->size * sizeof(struct held *));
		if (t->heap == NULL)
			say_out_of_memory(NULL);
	}
	t->heap[i] = h;
	for (; i > 0 && is_before(t->heap[i], t->heap[(i - 1) / 2]);
		i = (i - 1) / 2)
		swap(&t->heap[i], &t->heap[(i - 1) / 2]);
}

static struct held *
pop(struct turn *t)
{
	struct held *top = t->heap[0];
	size_t i = 0, least;

	t->heap[0] = t->heap[--t->held];
	for (;; i = least) {
		least = i;
		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < t->held; k++)
			if (is_before(t->heap[k], t->heap[least]))
				least = k;
		if (least == i)
			return top;
		swap(&t->heap[i], &t->heap[least]);
	}
}

static str
move(char **at, str s)
{
	char *p = *at;

	if (s.p == NULL)
		return s;
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	*at += s.n;
	return (str){ p, s.n };
}

static size_t
bytes_of(const struct outcome *o)
{
	return sizeof(struct held) + o->text.n + o->said.n + o->verdict.n +
	       o->cause.n + o->file.n;
}

static void
hold(struct turn *t, const struct outcome *o)
{
	struct held *h = malloc(bytes_of(o));

	if (h == NULL)
		say_out_of_memory(NULL);
	char *at = h->strings;
	h->outcome = *o;
	h->outcome.text = move(&at, o->text);
	h->outcome.said = move(&at, o->said);
	h->outcome.verdict = move(&at, o->verdict);
	h->outcome.cause = move(&at, o->cause);
	h->outcome.file = move(&at, o->file);
	t->bytes += bytes_of(o);
	push(t, h);
}

/* --- printing -------------------------------------------------------- */

static void
flush(struct turn *t)
{
	t->flushed = clock_ms();
	if (!t->over && !say_flush())
		t->over = true;
}

static void
emit(struct turn *t, const struct outcome *o)
{
	t->done++;
	t->exit = exit_worse(t->exit, o->exit);
	if (t->summary != NULL)
		summary_add(t->summary, o->verdict, o->cause, o->file, 1);
	if (o->said.n > 0 || (o->text.n > 0 && t->is_terminal))
		progress_clear(&t->progress);
	/* none where an input had no report */
	if (o->report && t->reports++ > 0)
		putchar('\n');
	fwrite(o->text.p, 1, o->text.n, stdout);
	t->printed |= o->text.n > 0;
	if (o->said.n == 0)
		return;
	flush(t);
	if (!t->over) /* why, was the last that was said */
		fwrite(o->said.p, 1, o->said.n, stderr);
}

static bool
is_next(const struct turn *t, const struct outcome *o)
{
	return o->place == t->place && o->message == t->message;
}

static void
step(struct turn *t, const struct outcome *o)
{
	emit(t, o);
	t->message = o->last ? 1 : o->message + 1;
	t->place = o->last ? o->place + 1 : o->place;
}

static void
emit_top(struct turn *t)
{
	struct held *h = pop(t);

	t->bytes -= bytes_of(&h->outcome);
	step(t, &h->outcome);
	free(h);
}

void
turn_put(struct turn *t, const struct outcome *o)
{
	pthread_mutex_lock(&t->lock);
	if (!is_next(t, o)) {
		hold(t, o);
		pthread_mutex_unlock(&t->lock);
		return;
	}
	step(t, o);
	while (t->held > 0 && is_next(t, &t->heap[0]->outcome))
		emit_top(t);
	if (clock_ms() - t->flushed > FLUSH_MS)
		flush(t);
	progress_show(&t->progress, t->done, 0);
	pthread_cond_broadcast(&t->moved);
	pthread_mutex_unlock(&t->lock);
}

/* --- waiting --------------------------------------------------------- */

/*
 * Without anybody at work the next in order has not been begun, and must be,
 * however much is held.
 */
static bool
may_begin(const struct turn *t)
{
	size_t at_work = t->begun - t->done - t->held;

	return t->over || at_work == 0 ||
	       (t->begun - t->done < FAR_AHEAD && t->bytes < HELD_BYTES);
}

bool
turn_begin(struct turn *t)
{
	pthread_mutex_lock(&t->lock);
	bool may = may_begin(t);
	t->begun += may;
	pthread_mutex_unlock(&t->lock);
	return may;
}

void
turn_call_off(struct turn *t)
{
	pthread_mutex_lock(&t->lock);
	t->begun--;
	pthread_mutex_unlock(&t->lock);
}

void
turn_wait(struct turn *t)
{
	struct timespec until = a_moment_from_now();

	pthread_mutex_lock(&t->lock);
	if (!may_begin(t))
		pthread_cond_timedwait(&t->moved, &t->lock, &until);
	pthread_mutex_unlock(&t->lock);
}

bool
turn_is_over(struct turn *t)
{
	pthread_mutex_lock(&t->lock);
	bool over = t->over;
	pthread_mutex_unlock(&t->lock);
	return over;
}

void
turn_flush(struct turn *t)
{
	pthread_mutex_lock(&t->lock);
	flush(t);
	pthread_mutex_unlock(&t->lock);
}

void
turn_progress(struct turn *t, size_t waiting)
{
	pthread_mutex_lock(&t->lock);
	progress_show(&t->progress, t->done, waiting);
	pthread_mutex_unlock(&t->lock);
}

static void
print_summary(struct turn *t)
{
	struct screen screen = screen_open(&t->arena, t->options);

	if (interrupted())
		summary_interrupt(t->summary);
	if (t->printed && !t->options->json)
		putchar('\n');
	if (t->options->json)
		summary_json(t->summary, stdout);
	else
		summary_print(t->summary, &screen);
}

int
turn_end(struct turn *t)
{
	int exit;

	while (t->held > 0) /* of a run that was interrupted */
		emit_top(t);
	progress_clear(&t->progress);
	if (t->summary != NULL && !t->over && !t->options->quiet)
		print_summary(t);
	flush(t);
	if (interrupted())
		SAY(&t->arena, STR("interrupted after "),
			str_count(&t->arena, t->done),
			t->done == 1 ? STR(" message") : STR(" messages"));
	exit = t->over ? EXIT_UNUSABLE : t->exit;
	free(t->heap);
	arena_free(&t->arena);
	pthread_cond_destroy(&t->moved);
	pthread_mutex_destroy(&t->lock);
	free(t);
	return exit;
}
