/*
 * batch.c - many messages at a time.
 */
#include "batch.h"
#include "boxes.h"
#include "interrupt.h"
#include "job.h"
#include "say.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

enum { MOST_WORKERS = 64 };

/* What all workers share. */
struct batch {
	const struct options *options;
	struct feed *feed;
	struct boxes *boxes;
	struct turn *turn;
	struct permit *large; /* see job.h */
	size_t workers;
	size_t in_flight; /* messages that wait, of a worker */
	bool many;        /* files */
};

/* One of them. */
struct hand {
	struct batch *batch;
	pthread_t thread;
	struct worker *worker;
	struct desk desk;
	struct input input;
	struct ring waiting, for_permit; /* jobs */
	size_t n_waiting;                /* of both */
	struct job *idle;                /* one or NULL */
};

/* --- jobs ------------------------------------------------------------ */

static struct job *
take_idle(struct hand *h)
{
	struct job *j = h->idle;

	h->idle = NULL;
	return j != NULL ? j : job_new(&h->desk);
}

/* One is kept: where nothing waits, it is all there is. */
static void
put_back(struct hand *h, struct job *j)
{
	if (h->idle == NULL)
		h->idle = j;
	else
		job_free(j);
}

static void
finish(struct hand *h, struct job *j)
{
	/* what could not be read then was only broken off */
	if (j->error.p == NULL || !interrupted())
		job_hand_in(j, h->batch->turn);
	job_end(j);
	put_back(h, j);
}

static void
wait_on(struct hand *h, struct job *j)
{
	bool asks = j->state != JOB_BODY;

	ring_join(asks ? &h->waiting : &h->for_permit, &j->link);
}

static void
wait_or_finish(struct hand *h, struct job *j)
{
	if (job_step(j)) {
		finish(h, j);
		return;
	}
	job_trim(j);
	wait_on(h, j);
	h->n_waiting++;
}

static void
step(struct hand *h, struct job *j)
{
	if (!job_step(j)) {
		wait_on(h, j);
		return;
	}
	ring_leave(&j->link);
	h->n_waiting--;
	finish(h, j);
}

/* Those for whom something has come in, and who may have the permit now. */
static void
step_waiting(struct hand *h)
{
	struct asking *k;
	struct ring bodies;

	while ((k = lookup_take_news(&h->worker->lookup)) != NULL) {
		struct job *j = RING_OF(k, struct job, session.asking);
		if (ring_is_in(&j->link)) /* else it is being read */
			step(h, j);
	}
	ring_init(&bodies);
	ring_join_all(&bodies, &h->for_permit);
	for (struct ring *at; (at = ring_first(&bodies)) != NULL;)
		step(h, RING_OF(at, struct job, link));
}

static void
wait_for_answers(struct hand *h)
{
	enum { MOMENT_MS = 200 };

	turn_flush(h->batch->turn);
	turn_progress(h->batch->turn, h->n_waiting);
	if (ring_first(&h->waiting) == NULL) /* no answer will come */
		permit_wait(h->batch->large);
	else
		lookup_wait(&h->worker->lookup, MOMENT_MS);
	step_waiting(h);
}

/* Nothing of ours is under way. */
static void
wait_for_others(struct hand *h)
{
	turn_flush(h->batch->turn);
	turn_wait(h->batch->turn);
	boxes_wait(h->batch->boxes);
}

/* Of a run that is broken off, jobs may be left. */
static void
leave(struct hand *h)
{
	ring_join_all(&h->waiting, &h->for_permit);
	for (struct ring *at; (at = ring_take(&h->waiting)) != NULL;) {
		struct job *j = RING_OF(at, struct job, link);
		job_end(j);
		job_free(j);
	}
	if (h->idle != NULL)
		job_free(h->idle);
	desk_close(&h->desk);
}

static void
look_for_answers(struct hand *h)
{
	if (h->n_waiting == 0)
		return;
	lookup_wait(&h->worker->lookup, 0);
	step_waiting(h);
}

/* --- reading --------------------------------------------------------- */

/* Of a message that was asked for alone the others are not read. */
static void
give_back(struct hand *h, struct box *box, bool alone)
{
	box->mbox.last |= alone;
	boxes_give_back(h->batch->boxes, box);
}

/*
 * Reads the message that the box is at.  What is short is read at once, so
 * that the next worker may have the box.
 */
static void
read_message(struct hand *h, struct job *j, struct box *box, bool alone)
{
	enum { SHORT = 256 << 10 };
	static const struct arena_mark start;
	struct input *in = &h->input;

	in->reading = &h->desk.reading;
	input_begin(in, &j->session.arena, &box->mbox,
		arena_zstr(&j->session.names, str_from(box->name)));
	in->origin.alone = alone;
	j->place = box->place;
	if (job_head(j, in)) {
		if (box->mbox.is_mbox && h->batch->workers > 1 &&
			input_stash(in, SHORT)) {
			give_back(h, box, alone);
			box = NULL;
		}
		job_begin(j);
		while (job_feed(j, in))
			while (job_is_crowded(j) && h->n_waiting > 0 &&
				!interrupted())
				wait_for_answers(h);
	}
	if (box != NULL)
		give_back(h, box, alone);
	arena_rewind(&h->desk.reading, start);
	wait_or_finish(h, j);
}

/*
 * On to that message, by the way on which its number was given out: a
 * Content-Length stands in the head.  False when there are not so many.
 */
static bool
go_to(struct hand *h, struct box *box, uint64_t number)
{
	static const struct arena_mark start;
	struct arena *a = &h->desk.reading;
	struct input *in = &h->input;
	bool more = true;

	while (more && box->mbox.message < number && !interrupted()) {
		in->reading = a;
		input_begin(in, a, &box->mbox, box->name);
		input_head(in, h->batch->options->header_limit);
		more = mbox_next(&box->mbox);
		arena_rewind(a, start);
	}
	return more && !interrupted();
}

static const char *
numbered(struct arena *a, const char *name, uint64_t number)
{
	struct origin from = { .name = name, .number = number };

	return arena_zstr(a, input_name(a, &from));
}

static str
no_such_message(struct arena *a, const char *name, const struct box *box)
{
	uint64_t n = box->mbox.message;
	str cause =
		n == 1 ? STR("there is one message only")
		       : STR_CAT(a, STR("there are "), str_count(a, n),
				 STR(" messages in "), say_file(a, box->name));

	if (box->mbox.error != 0)
		cause = say_errno(box->mbox.error);
	return STR_CAT(
		a, STR("cannot read "), say_file(a, name), STR(": "), cause);
}

static void
read_file(struct hand *h, struct job *j, const struct item *item)
{
	struct arena *a = &j->session.arena;
	const char *name = arena_zstr(&j->session.names, item->name);
	str error = item->error;
	struct stat st;
	int fd = -1;

	j->place = item->place;
	if (error.p == NULL)
		fd = input_open(a, name, &st, &error);
	if (fd >= 0) {
		struct box *box =
			boxes_open(h->batch->boxes, fd, &st, item->place, name);
		if (item->only == 0 || go_to(h, box, item->only)) {
			read_message(h, j, box, item->only > 0);
			return;
		}
		name = numbered(&j->bodies, name, item->only);
		error = no_such_message(a, name, box);
		give_back(h, box, true);
	} else {
		boxes_call_off(h->batch->boxes);
	}
	job_refuse(j, name, error);
	wait_or_finish(h, j);
}

/* False when there is nothing to read, at the moment or at all. */
static bool
read_next(struct hand *h, bool *ended)
{
	struct batch *b = h->batch;
	struct job *j = take_idle(h);
	struct box *box = boxes_take(b->boxes);
	struct item item;
	enum feed_state state = FEED_ITEM;

	if (box != NULL) {
		read_message(h, j, box, false);
		return true;
	}
	state = boxes_feed(
		b->boxes, b->feed, &j->session.arena, &item, h->n_waiting == 0);
	if (state == FEED_ITEM) {
		read_file(h, j, &item);
		return true;
	}
	*ended = state == FEED_END && boxes_are_done(b->boxes);
	put_back(h, j);
	return false;
}

/* --- a worker -------------------------------------------------------- */

static bool
may_go_on(const struct hand *h)
{
	return !interrupted() && !turn_is_over(h->batch->turn) &&
	       !worker_failed(h->worker);
}

/* Begins with another message, if there is one and room for it. */
static bool
begin_next(struct hand *h, bool *ended)
{
	struct batch *b = h->batch;

	if (*ended || h->n_waiting >= b->in_flight || !turn_begin(b->turn))
		return false;
	if (read_next(h, ended))
		return true;
	turn_call_off(b->turn);
	return false;
}

static void
work(struct hand *h)
{
	bool ended = false;

	ring_init(&h->waiting);
	ring_init(&h->for_permit);
	desk_open(&h->desk, h->worker, h->batch->large);
	h->desk.many = h->batch->many;
	while (may_go_on(h) && (!ended || h->n_waiting > 0)) {
		if (begin_next(h, &ended))
			look_for_answers(h);
		else if (h->n_waiting > 0)
			wait_for_answers(h);
		else if (!ended)
			wait_for_others(h);
	}
	leave(h);
}

static void *
work_in_thread(void *hand)
{
	work(hand);
	return NULL;
}

/* --- all of them ----------------------------------------------------- */

/*
 * A pipe may bring an mbox, however long it says nothing.  Where one message
 * is the answer, as of a filter, the signal ends us as it does others.
 */
static bool
may_be_many(const struct batch *b)
{
	const struct options *o = b->options;
	struct stat st;
	bool is_stdin = o->files == 0 || strcmp(o->file[0], "-") == 0;

	if (b->many || o->annotate)
		return b->many;
	return (is_stdin ? fstat(STDIN_FILENO, &st) : stat(o->file[0], &st)) ==
		       0 &&
	       !S_ISREG(st.st_mode);
}

/* What is told or kept as it happens must happen one after the other. */
static bool
one_by_one(const struct options *o)
{
	return o->trace || o->annotate || o->save_dns != NULL;
}

static size_t
wanted_workers(const struct batch *b)
{
	const struct options *o = b->options;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (one_by_one(o))
		return 1;
	if (!b->many && (o->files != 1 || !mbox_is_file(o->file[0])))
		return 1;
	if (o->jobs > 0)
		return o->jobs;
	return cores < 1              ? 1
	       : cores > MOST_WORKERS ? MOST_WORKERS
				      : (size_t)cores;
}

/* Those beside the first; there may be fewer than were wanted. */
static struct hand *
start_others(struct batch *b, struct worker *first, size_t *started)
{
	size_t wanted = b->workers - 1;
	struct hand *hand = wanted > 0 ? calloc(wanted, sizeof(*hand)) : NULL;

	*started = 0;
	if (hand == NULL || !lookup_share(&first->lookup))
		return hand;
	for (; *started < wanted; ++*started) {
		struct hand *h = &hand[*started];
		h->batch = b;
		h->worker = worker_join(first);
		if (pthread_create(&h->thread, NULL, work_in_thread, h) == 0)
			continue;
		worker_end(h->worker, EXIT_PASS);
		break;
	}
	return hand;
}

static void
run(struct batch *b, struct worker *first)
{
	struct hand mine = { .batch = b, .worker = first };
	size_t n;
	struct hand *others = start_others(b, first, &n);

	work(&mine);
	for (size_t i = 0; i < n; i++) {
		pthread_join(others[i].thread, NULL);
		worker_end(others[i].worker, EXIT_PASS);
	}
	free(others);
}

/*
 * The allocator of the GNU library learns to keep what was large, and each
 * thread keeps its own.
 */
static void
return_large_memory(void)
{
#ifdef __GLIBC__
	enum { LARGE = 1 << 20 };

	mallopt(M_MMAP_THRESHOLD, LARGE);
	mallopt(M_TRIM_THRESHOLD, 2 * LARGE);
#endif
}

int
batch_run(const struct options *o)
{
	return_large_memory();
	struct worker *first = worker_new(o);
	if (first == NULL)
		return EXIT_UNUSABLE;
	struct batch b = {
		.options = o,
		.feed = feed_new(o),
		.boxes = boxes_new(),
		.large = permit_new(),
		.in_flight = one_by_one(o) ? 1 : o->in_flight,
	};
	b.many = feed_is_many(b.feed);
	b.turn = turn_new(o, b.many);
	b.workers = wanted_workers(&b);
	if (may_be_many(&b))
		interrupt_catch();
	run(&b, first);
	feed_free(b.feed);
	boxes_free(b.boxes);
	permit_free(b.large);
	int code = worker_end(first, turn_end(b.turn));
	return interrupted() ? EXIT_INTERRUPTED : code;
}
