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
#include <time.h>
#include <unistd.h>

#include "net/order.h"

enum { MIRROR_LIMIT = 256 << 20 }; /* memory for the answers of a message */

struct mirror {
	struct mirror *next; /* of the handle, or of those forgotten */
	struct handle *handle;
	struct dns *dns; /* the worker's store */
	size_t open;     /* questions that the worker waits for */
	bool forgotten;  /* the handle may be gone; under the lock */
	struct arena arena;
	struct dns *copy; /* the store that the inner source knows */
};

struct handle {
	struct source source; /* first, so that one is the other */
	struct exchange *exchange;
	struct mirror *mirrors;
	struct order_queue asked; /* since the last wait() */
	size_t open;              /* questions of all mirrors */
	/* under the lock */
	struct order_queue answered;
	bool woken;
	pthread_cond_t news;
};

struct exchange {
	struct source *inner;
	pthread_t thread;
	int out, in;             /* a pipe: what is written wakes the thread */
	struct order_queue open; /* the thread's: asked, not answered */
	pthread_mutex_t lock;
	/* under the lock */
	struct order_queue asked;
	struct mirror *forgotten;
	bool woken; /* a byte is on its way */
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
take_orders(struct exchange *x, struct order_queue *asked,
	struct mirror **forgotten)
{
	pthread_mutex_lock(&x->lock);
	x->woken = false;
	*asked = order_take_all(&x->asked);
	*forgotten = x->forgotten;
	x->forgotten = NULL;
	bool ending = x->ending;
	pthread_mutex_unlock(&x->lock);
	return !ending;
}

/* A new run for each: so the store never takes a question for a luxury. */
static void
ask_inner(struct exchange *x, struct order_queue *asked)
{
	for (struct order *o; (o = order_pop(asked)) != NULL;) {
		struct dns *copy = o->mirror->copy;
		dns_begin(copy);
		dns_ask(copy, o->type, (str){ o->name, o->name_n });
		o->ours = dns_take(copy);
		assert(o->ours); /* nobody asks twice */
		order_push(&x->open, o);
		x->inner->ask(x->inner, copy, o->ours);
	}
}

static void
free_mirror(struct mirror *m)
{
	arena_free(&m->arena);
	free(m);
}

static void
forget_inner(struct exchange *x, struct mirror *forgotten)
{
	while (forgotten) {
		struct mirror *m = forgotten;
		forgotten = m->next;
		x->inner->forget(x->inner, m->copy);
		if (m->open > 0) /* the queue may be long */
			order_drop(&x->open, m);
		free_mirror(m);
	}
}

/* The orders that are answered go to their workers. */
static void
hand_over(struct exchange *x)
{
	struct order_queue open = order_take_all(&x->open);

	pthread_mutex_lock(&x->lock);
	for (struct order *o; (o = order_pop(&open)) != NULL;) {
		struct mirror *m = o->mirror;
		if (o->ours->answer->status == DNS_UNKNOWN) {
			order_push(&x->open, o);
		} else if (m->forgotten) {
			free(o);
		} else {
			order_push(&m->handle->answered, o);
			pthread_cond_signal(&m->handle->news);
		}
	}
	pthread_mutex_unlock(&x->lock);
}

static void *
drive(void *exchange)
{
	struct exchange *x = exchange;
	struct order_queue asked;
	struct mirror *forgotten;

	while (take_orders(x, &asked, &forgotten)) {
		ask_inner(x, &asked);
		forget_inner(x, forgotten);
		hand_over(x);
		sleep_until_woken(x);
	}
	order_push_all(&x->open, &asked);
	forget_inner(x, forgotten);
	return NULL;
}

/* --- the worker ------------------------------------------------------ */

static struct mirror *
find_mirror(struct handle *h, struct dns *dns)
{
	struct mirror *m = h->mirrors;

	while (m && m->dns != dns)
		m = m->next;
	if (m)
		return m;
	m = calloc(1, sizeof(*m));
	if (m) {
		m->handle = h;
		m->dns = dns;
		arena_init(&m->arena, MIRROR_LIMIT, NULL, NULL);
		m->copy = dns_new(&m->arena);
		m->next = h->mirrors;
		h->mirrors = m;
	}
	return m;
}

static void
ask(struct source *source, struct dns *dns, struct dns_question *question)
{
	struct handle *h = (struct handle *)source;
	struct source *inner = h->exchange->inner;

	if (inner->known(inner, dns, question))
		return;
	struct mirror *m = find_mirror(h, dns);
	struct order *o = m ? order_new(m, question) : NULL;
	if (!o) { /* no memory */
		dns_tell(dns, question,
			&(struct dns_answer){ .status = DNS_SERVFAIL });
		return;
	}
	order_push(&h->asked, o);
	m->open++;
	h->open++;
}

/* All questions since the last time, for one wake. */
static void
send_orders(struct handle *h)
{
	struct exchange *x = h->exchange;

	if (!h->asked.first)
		return;
	pthread_mutex_lock(&x->lock);
	order_push_all(&x->asked, &h->asked);
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

static struct order_queue
wait_for_news(struct handle *h, int timeout_ms)
{
	pthread_mutex_t *lock = &h->exchange->lock;
	struct timespec end = time_in(timeout_ms > 0 ? timeout_ms : 0);
	int late = timeout_ms == 0;

	pthread_mutex_lock(lock);
	while (!h->answered.first && !h->woken && h->open > 0 && !late)
		if (timeout_ms < 0)
			pthread_cond_wait(&h->news, lock);
		else
			late = pthread_cond_timedwait(&h->news, lock, &end);
	h->woken = false;
	struct order_queue answered = order_take_all(&h->answered);
	pthread_mutex_unlock(lock);
	return answered;
}

static void
wait_for_answers(struct source *source, int timeout_ms)
{
	struct handle *h = (struct handle *)source;

	send_orders(h);
	struct order_queue answered = wait_for_news(h, timeout_ms);
	for (struct order *o; (o = order_pop(&answered)) != NULL;) {
		struct mirror *m = o->mirror;
		dns_tell(m->dns, o->theirs, o->ours->answer);
		m->open--;
		h->open--;
		free(o);
	}
}

void
exchange_wake(struct source *source)
{
	struct handle *h = (struct handle *)source;

	pthread_mutex_lock(&h->exchange->lock);
	h->woken = true;
	pthread_cond_signal(&h->news);
	pthread_mutex_unlock(&h->exchange->lock);
}

/* The thread is not woken for it: until the next order it can wait. */
static void
forget(struct source *source, struct dns *dns)
{
	struct handle *h = (struct handle *)source;
	struct exchange *x = h->exchange;
	struct mirror **at = &h->mirrors;

	while (*at && (*at)->dns != dns)
		at = &(*at)->next;
	struct mirror *m = *at;
	if (!m)
		return;
	*at = m->next;
	h->open -= m->open;
	if (m->open > 0)
		order_drop(&h->asked, m);

	pthread_mutex_lock(&x->lock);
	if (m->open > 0)
		order_drop(&h->answered, m);
	m->forgotten = true;
	m->next = x->forgotten;
	x->forgotten = m;
	pthread_mutex_unlock(&x->lock);
}

/* --- life ------------------------------------------------------------ */

static void
free_handle(struct source *source)
{
	struct handle *h = (struct handle *)source;

	while (h->mirrors)
		forget(source, h->mirrors->dns);
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
