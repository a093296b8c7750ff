/*
 * source_shared.c - one source of answers for several threads.
 *
 * A question travels as an "order": from the worker, by way of a queue, to the
 * thread that drives the inner source, and when it is answered into a queue of
 * the worker.  An order is changed by whose queue it is in.
 *
 * The inner source answers into a "mirror", which stands for the worker's
 * store.  So only the worker touches its store, and may give up its memory at
 * any time; the mirror stays until the thread has forgotten it too.  What is
 * answered in a mirror does not change, so the worker reads it without a lock.
 */
#include "net/source.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "net/memory.h"
#include "net/ring.h"

enum { MIRROR_LIMIT = 256 << 20 }; /* memory for the answers of a message */

struct mirror {
	struct ring link; /* of the handle, or of those forgotten */
	struct exchange *exchange;
	struct handle *handle;
	struct dns *dns; /* the worker's store, which is marked with this */
	size_t open;     /* questions that the worker waits for */
	bool forgotten;  /* the handle may be gone; under the lock */
	struct arena arena;
	struct dns *copy; /* the store that the inner source knows */
	/* the thread's */
	struct ring sent; /* orders that were not answered when last looked */
	struct ring news; /* of the exchange: there are answers */
};

struct order {
	struct ring link;
	struct mirror *mirror;
	struct dns_question *theirs; /* the worker's: for its eyes only */
	struct dns_question *ours;   /* the mirror's, once it was asked */
	enum dns_type type;
	size_t name_n;
	char name[];
};

struct handle {
	struct source source; /* first, so that one is the other */
	struct exchange *exchange;
	struct ring mirrors;
	struct ring asked; /* since the last wait() */
	size_t open;       /* questions of all mirrors */
	/* under the lock */
	struct ring answered;
	pthread_cond_t news;
};

struct exchange {
	struct source *inner;
	pthread_t thread;
	int out, in;      /* a pipe: what is written wakes the thread */
	struct ring news; /* the thread's: mirrors with answers */
	pthread_mutex_t lock;
	/* under the lock */
	struct ring asked, forgotten; /* orders, mirrors */
	bool woken;                   /* a byte is on its way */
	bool ending;
	size_t handles;
};

/* --- the thread ------------------------------------------------------ */

/* Ends the hold of the lock; several calls in a row cost one wake. */
static void
unlock_and_wake(struct exchange *x)
{
	bool asleep = !x->woken;
	ssize_t n = 0;

	x->woken = true;
	pthread_mutex_unlock(&x->lock);
	if (asleep)
		do
			n = write(x->in, "", 1);
		while (n < 0 && errno == EINTR);
}

/*
 * The pipe is emptied before the orders are looked at: a byte that comes late
 * costs a round for nothing, and no order is overlooked.
 */
static void
sleep_until_woken(struct exchange *x)
{
	char byte[16];
	ssize_t n;

	x->inner->wait(x->inner, -1);
	do
		n = read(x->out, byte, sizeof(byte));
	while (n == (ssize_t)sizeof(byte));
}

/* What the workers want by now.  False when the exchange ends. */
static bool
take_orders(struct exchange *x, struct ring *asked, struct ring *forgotten)
{
	pthread_mutex_lock(&x->lock);
	x->woken = false;
	ring_join_all(asked, &x->asked);
	ring_join_all(forgotten, &x->forgotten);
	bool ending = x->ending;
	pthread_mutex_unlock(&x->lock);
	return !ending;
}

static struct order *
take_order(struct ring *queue)
{
	struct ring *first = ring_take(queue);

	return first ? RING_OF(first, struct order, link) : NULL;
}

/* A new run for each: so the store never takes a question for a luxury. */
static void
ask_inner(struct exchange *x, struct ring *asked)
{
	for (struct order *o; (o = take_order(asked)) != NULL;) {
		struct dns *copy = o->mirror->copy;
		dns_begin(copy);
		dns_ask(copy, o->type, (str){ o->name, o->name_n });
		o->ours = dns_take(copy);
		assert(o->ours); /* nobody asks twice */
		ring_join(&o->mirror->sent, &o->link);
		x->inner->ask(x->inner, copy, o->ours);
	}
}

/* What the mirror's store calls. */
static void
note_answer(void *mirror)
{
	struct mirror *m = mirror;

	ring_join(&m->exchange->news, &m->news);
}

static void
free_orders(struct ring *queue)
{
	for (struct order *o; (o = take_order(queue)) != NULL;)
		free(o);
}

static void
free_mirror(struct mirror *m)
{
	free_orders(&m->sent);
	arena_free(&m->arena);
	free(m);
}

static void
forget_inner(struct exchange *x, struct ring *forgotten)
{
	for (struct ring *at; (at = ring_take(forgotten)) != NULL;) {
		struct mirror *m = RING_OF(at, struct mirror, link);
		x->inner->forget(x->inner, m->copy);
		ring_leave(&m->news);
		free_mirror(m);
	}
}

static void
hand_over_answered(struct mirror *m)
{
	struct ring *next;

	for (struct ring *at = m->sent.next; at != &m->sent; at = next) {
		struct order *o = RING_OF(at, struct order, link);
		next = at->next;
		if (o->ours->answer->status != DNS_UNKNOWN)
			ring_join(&m->handle->answered, at);
	}
	pthread_cond_signal(&m->handle->news);
}

/* The orders that are answered go to their workers. */
static void
hand_over(struct exchange *x)
{
	pthread_mutex_lock(&x->lock);
	for (struct ring *at; (at = ring_take(&x->news)) != NULL;) {
		struct mirror *m = RING_OF(at, struct mirror, news);
		if (!m->forgotten)
			hand_over_answered(m);
	}
	pthread_mutex_unlock(&x->lock);
}

static void *
drive(void *exchange)
{
	struct exchange *x = exchange;
	struct ring asked, forgotten;

	ring_init(&asked);
	ring_init(&forgotten);
	while (take_orders(x, &asked, &forgotten)) {
		ask_inner(x, &asked);
		forget_inner(x, &forgotten);
		hand_over(x);
		sleep_until_woken(x);
	}
	free_orders(&asked);
	forget_inner(x, &forgotten);
	return NULL;
}

/* --- the worker ------------------------------------------------------ */

static struct mirror *
new_mirror(struct handle *h, struct dns *dns)
{
	struct mirror *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->exchange = h->exchange;
	m->handle = h;
	m->dns = dns;
	arena_init(&m->arena, MIRROR_LIMIT, memory_out, NULL);
	m->copy = dns_new(&m->arena);
	dns_hear(m->copy, note_answer, m);
	ring_init(&m->sent);
	ring_join(&h->mirrors, &m->link);
	return m;
}

/* Copies the name: the thread must not touch the worker's store. */
static struct order *
new_order(struct mirror *m, struct dns_question *theirs)
{
	struct order *o = calloc(1, sizeof(*o) + theirs->name.n);

	if (!o)
		return NULL;
	o->mirror = m;
	o->theirs = theirs;
	o->type = theirs->type;
	o->name_n = theirs->name.n;
	memcpy(o->name, theirs->name.p, theirs->name.n);
	return o;
}

static void
ask(struct source *source, struct dns *dns, struct dns_question *question)
{
	struct handle *h = (struct handle *)source;
	struct source *inner = h->exchange->inner;

	if (inner->known(inner, dns, question))
		return;
	void **mark = dns_mark(dns);
	if (!*mark)
		*mark = new_mirror(h, dns);
	struct mirror *m = *mark;
	struct order *o = m ? new_order(m, question) : NULL;
	if (!o) { /* no memory */
		dns_tell(dns, question,
			&(struct dns_answer){ .status = DNS_SERVFAIL });
		return;
	}
	ring_join(&h->asked, &o->link);
	m->open++;
	h->open++;
}

/* All questions since the last time, for one wake. */
static void
send_orders(struct handle *h)
{
	struct exchange *x = h->exchange;

	if (!ring_first(&h->asked))
		return;
	pthread_mutex_lock(&x->lock);
	ring_join_all(&x->asked, &h->asked);
	unlock_and_wake(x);
}

static struct timespec
time_in(int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static void
wait_for_news(struct handle *h, int timeout_ms, struct ring *answered)
{
	pthread_mutex_t *lock = &h->exchange->lock;
	struct timespec end = time_in(timeout_ms > 0 ? timeout_ms : 0);
	int late = timeout_ms == 0;

	pthread_mutex_lock(lock);
	while (!ring_first(&h->answered) && h->open > 0 && !late)
		if (timeout_ms < 0)
			pthread_cond_wait(&h->news, lock);
		else
			late = pthread_cond_timedwait(&h->news, lock, &end);
	ring_join_all(answered, &h->answered);
	pthread_mutex_unlock(lock);
}

static void
wait_for_answers(struct source *source, int timeout_ms)
{
	struct handle *h = (struct handle *)source;

	struct ring answered;

	send_orders(h);
	ring_init(&answered);
	wait_for_news(h, timeout_ms, &answered);
	for (struct order *o; (o = take_order(&answered)) != NULL;) {
		struct mirror *m = o->mirror;
		dns_tell(m->dns, o->theirs, o->ours->answer);
		m->open--;
		h->open--;
		free(o);
	}
}

/* Of a queue of the worker, which is short. */
static void
drop_orders(struct ring *queue, const struct mirror *m)
{
	struct ring *next;

	for (struct ring *at = queue->next; at != queue; at = next) {
		struct order *o = RING_OF(at, struct order, link);
		next = at->next;
		if (o->mirror != m)
			continue;
		ring_leave(at);
		free(o);
	}
}

/* The thread is not woken for it: until the next order it can wait. */
static void
forget_mirror(struct mirror *m)
{
	struct handle *h = m->handle;
	struct exchange *x = m->exchange;

	h->open -= m->open;
	if (m->open > 0)
		drop_orders(&h->asked, m);
	pthread_mutex_lock(&x->lock);
	if (m->open > 0)
		drop_orders(&h->answered, m);
	m->forgotten = true;
	ring_join(&x->forgotten, &m->link);
	pthread_mutex_unlock(&x->lock);
}

static void
forget(struct source *source, struct dns *dns)
{
	void **mark = dns_mark(dns);

	(void)source;
	if (*mark)
		forget_mirror(*mark);
	*mark = NULL;
}

/* --- life ------------------------------------------------------------ */

static void
free_handle(struct source *source)
{
	struct handle *h = (struct handle *)source;

	for (struct ring *at; (at = ring_first(&h->mirrors)) != NULL;)
		forget_mirror(RING_OF(at, struct mirror, link));
	pthread_mutex_lock(&h->exchange->lock);
	h->exchange->handles--;
	pthread_mutex_unlock(&h->exchange->lock);
	pthread_cond_destroy(&h->news);
	free(h);
}

/* A condition whose time nobody can set. */
static bool
init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attr;

	if (pthread_condattr_init(&attr) != 0)
		return false;
	bool well = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
		    pthread_cond_init(condition, &attr) == 0;
	pthread_condattr_destroy(&attr);
	return well;
}

struct source *
source_from_exchange(struct exchange *x)
{
	struct handle *h = calloc(1, sizeof(*h));

	if (!h || !init_condition(&h->news)) {
		free(h);
		return NULL;
	}
	h->source = (struct source){ .ask = ask,
		.wait = wait_for_answers,
		.forget = forget,
		.free = free_handle };
	h->exchange = x;
	ring_init(&h->mirrors);
	ring_init(&h->asked);
	ring_init(&h->answered);
	pthread_mutex_lock(&x->lock);
	x->handles++;
	pthread_mutex_unlock(&x->lock);
	return &h->source;
}

/* Signals are for the other threads, but for those that are our own fault. */
static bool
start_thread(struct exchange *x)
{
	static const int fault[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV };
	sigset_t held, before;

	sigfillset(&held);
	for (size_t i = 0; i < sizeof(fault) / sizeof(fault[0]); i++)
		sigdelset(&held, fault[i]);
	pthread_sigmask(SIG_SETMASK, &held, &before);
	bool well = pthread_create(&x->thread, NULL, drive, x) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return well;
}

static bool
open_pipe(struct exchange *x)
{
	int end[2];

	if (pipe(end) != 0)
		return false;
	x->out = end[0];
	x->in = end[1];
	fcntl(x->out, F_SETFL, O_NONBLOCK);
	fcntl(x->out, F_SETFD, FD_CLOEXEC);
	fcntl(x->in, F_SETFD, FD_CLOEXEC);
	return true;
}

static void
close_exchange(struct exchange *x)
{
	close(x->out);
	close(x->in);
	pthread_mutex_destroy(&x->lock);
	free(x);
}

struct exchange *
exchange_new(struct source *inner)
{
	struct exchange *x = inner->watch ? calloc(1, sizeof(*x)) : NULL;

	if (!x || !open_pipe(x)) {
		free(x);
		return NULL;
	}
	x->inner = inner;
	ring_init(&x->news);
	ring_init(&x->asked);
	ring_init(&x->forgotten);
	pthread_mutex_init(&x->lock, NULL);
	if (!inner->watch(inner, x->out) || !start_thread(x)) {
		inner->watch(inner, -1);
		close_exchange(x);
		return NULL;
	}
	return x;
}

void
exchange_free(struct exchange *x)
{
	pthread_mutex_lock(&x->lock);
	assert(x->handles == 0);
	x->ending = true;
	unlock_and_wake(x);
	pthread_join(x->thread, NULL);
	x->inner->free(x->inner);
	close_exchange(x);
}
