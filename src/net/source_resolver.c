/*
 * source_resolver.c - answers from the network.
 *
 * Three things meet here.  A "store" is a message that asks; it has a deadline,
 * and when that has come all it asks is answered DNS_TIMEOUT.  A "query" is a
 * question in flight, or queues for that (window.h); all stores that want to
 * know the same wait for the same query.  The memo has what is known already.
 *
 * A store may be forgotten while its questions are in flight: its waiters go,
 * the query stays until its answer is in the memo.
 *
 * The first try of a query lasts a quarter of the time that is left, 5 s at
 * most, and the second try twice that, so even a question that comes late gets
 * both.  c-ares fixes the time by channel, so it is halved in steps.
 *
 * All is done by one thread, but for known(): so the memo has a lock.
 */
#include "net/source.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "net/memo.h"
#include "net/resolver.h"
#include "net/store.h"
#include "net/window.h"

enum {
	MAX_TRY_MS = 5000,
	MIN_TRY_MS = 40,
	BUCKETS = 4096,
	KEEP_MAX_S = 86400,          /* a day, whatever the TTL */
	KEEP_NEGATIVE_MAX_S = 10800, /* RFC 2308 5 */
	KEEP_FAILURE_S = 30          /* at most 5 minutes, RFC 2308 7 */
};

struct waiter {
	struct ring of_query, of_store;
	struct query *query;
	struct store *store;
	struct dns_question *question;
};

struct query {
	struct query *next; /* of the bucket */
	struct net_source *source;
	struct ring waiters;
	struct seat seat;
	uint32_t hash;
	enum dns_type type;
	int try_ms;
	size_t name_n;
	char name[];
};

struct net_source {
	struct source source; /* first, so that one is the other */
	struct server server[RESOLVER_MAX_SERVERS];
	size_t servers;
	int timeout_ms;
	struct resolver *resolver; /* NULL before the first question */
	bool watched;              /* a descriptor, too */
	pthread_mutex_t lock;      /* of the memo */
	struct memo *memo;
	struct ring stores;
	size_t waiting;   /* questions of all stores */
	size_t told;      /* questions, so that wait() knows */
	int64_t deadline; /* no store that waits has an earlier one */
	struct window window;
	struct query *bucket[BUCKETS];
};

static str
query_name(const struct query *q)
{
	return (str){ q->name, q->name_n };
}

/* --- time ------------------------------------------------------------ */

/* How long the first try of the store's questions may last. */
static int
try_ms(const struct net_source *s, const struct store *store, int64_t now)
{
	int64_t quarter = (store->deadline - now) / 4;
	int ms = s->timeout_ms / 4;

	if (ms > MAX_TRY_MS)
		ms = MAX_TRY_MS;
	while (ms > quarter && ms / 2 >= MIN_TRY_MS)
		ms /= 2;
	return ms > MIN_TRY_MS ? ms : MIN_TRY_MS;
}

/* The longest there is: what timed out then is dead for everybody. */
static bool
is_full_try(const struct net_source *s, int ms)
{
	return ms >= MAX_TRY_MS || ms >= s->timeout_ms / 4;
}

/* How long an answer may be remembered, in seconds; 0 for not at all. */
static uint32_t
keep_seconds(const struct query *q, const struct dns_answer *a)
{
	switch (a->status) {
	case DNS_OK: return a->ttl < KEEP_MAX_S ? a->ttl : KEEP_MAX_S;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		return a->ttl < KEEP_NEGATIVE_MAX_S ? a->ttl
						    : KEEP_NEGATIVE_MAX_S;
	case DNS_TIMEOUT:
		return is_full_try(q->source, q->try_ms) ? KEEP_FAILURE_S : 0;
	default: return KEEP_FAILURE_S;
	}
}

/* --- stores ---------------------------------------------------------- */

/* The store of this message, which is its mark.  NULL when out of memory. */
static struct store *
find_store(struct net_source *s, struct dns *dns, int64_t now)
{
	void **mark = dns_mark(dns);

	if (!*mark) {
		struct store *store = store_new(dns, now + s->timeout_ms);
		if (store)
			ring_join(&s->stores, &store->link);
		*mark = store;
	}
	return *mark;
}

static void
tell(struct dns *dns, struct dns_question *question,
	const struct dns_answer *from)
{
	struct dns_answer answer = *from;

	if (answer.status != DNS_OK)
		answer.ttl = 0; /* it was for the memo only */
	dns_tell(dns, question, &answer);
}

static void
tell_status(
	struct dns *dns, struct dns_question *question, enum dns_status status)
{
	tell(dns, question, &(struct dns_answer){ .status = status });
}

static void
set_clock(struct net_source *s, struct store *store, int64_t now)
{
	store_clock(store, now);
	if (store->stopped == 0 && store->deadline < s->deadline)
		s->deadline = store->deadline;
}

static void
add_waiter(struct net_source *s, struct waiter *w, int64_t now)
{
	struct store *store = w->store;

	ring_join(&w->query->waiters, &w->of_query);
	ring_join(&store->waiters, &w->of_store);
	store->waiting++;
	store->sent += w->query->seat.sent != 0;
	set_clock(s, store, now);
	s->waiting++;
}

static void
end_waiter(struct net_source *s, struct waiter *w, int64_t now)
{
	struct store *store = w->store;

	ring_leave(&w->of_query);
	ring_leave(&w->of_store);
	store->waiting--;
	store->sent -= w->query->seat.sent != 0;
	store_clock(store, now);
	s->waiting--;
	s->told++;
	free(w);
}

/* The store waits for nothing any more; with a status, it is told so. */
static void
drop_waiters(struct net_source *s, struct store *store, enum dns_status status,
	int64_t now)
{
	for (struct ring *at; (at = ring_first(&store->waiters)) != NULL;) {
		struct waiter *w = RING_OF(at, struct waiter, of_store);
		if (status != DNS_UNKNOWN)
			tell_status(store->dns, w->question, status);
		end_waiter(s, w, now);
	}
}

static void
free_store(struct net_source *s, struct store *store)
{
	drop_waiters(s, store, DNS_UNKNOWN, 0);
	ring_leave(&store->link);
	free(store);
}

static void
forget(struct source *source, struct dns *dns)
{
	void **mark = dns_mark(dns);

	if (*mark)
		free_store((struct net_source *)source, *mark);
	*mark = NULL;
}

/* Looks at all, but not before the deadline of one that waited. */
static void
expire_stores(struct net_source *s, int64_t now)
{
	int64_t next = INT64_MAX;

	if (now < s->deadline)
		return;
	for (struct ring *at = s->stores.next; at != &s->stores;
		at = at->next) {
		struct store *store = RING_OF(at, struct store, link);
		if (store->waiting == 0 || store->stopped != 0)
			continue;
		if (store_is_late(store, now))
			drop_waiters(s, store, DNS_TIMEOUT, now);
		else if (store->deadline < next)
			next = store->deadline;
	}
	s->deadline = next;
}

/* --- what is known --------------------------------------------------- */

static bool
is_onion(str name)
{
	return str_ieq(name, STR("onion")) || str_iends(name, STR(".onion"));
}

static bool
known(struct source *source, struct dns *dns, struct dns_question *question)
{
	struct net_source *s = (struct net_source *)source;

	if (is_onion(question->name)) { /* must not be sent (RFC 7686 2) */
		tell_status(dns, question, DNS_NXDOMAIN);
		return true;
	}
	/* what is found lives no longer than the lock is held */
	pthread_mutex_lock(&s->lock);
	const struct dns_answer *answer =
		memo_find(s->memo, question->type, question->name, clock_ms());
	if (answer)
		tell(dns, question, answer);
	pthread_mutex_unlock(&s->lock);
	return answer != NULL;
}

static void
remember(struct net_source *s, const struct query *q,
	const struct dns_answer *answer, int64_t until)
{
	pthread_mutex_lock(&s->lock);
	memo_put(s->memo, q->type, query_name(q), answer, until);
	pthread_mutex_unlock(&s->lock);
}

/* --- queries --------------------------------------------------------- */

static struct query *
find_query(struct net_source *s, enum dns_type type, str name)
{
	uint32_t hash = dns_question_hash(type, name);
	struct query *q = s->bucket[hash % BUCKETS];

	while (q && (q->hash != hash || q->type != type ||
			    !str_ieq(query_name(q), name)))
		q = q->next;
	return q;
}

/* Nobody waits for it any more. */
static void
end_query(struct query *q)
{
	struct query **at = &q->source->bucket[q->hash % BUCKETS];

	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
	window_leave(&q->source->window, &q->seat);
	free(q);
}

static void
tell_waiters(struct query *q, const struct dns_answer *answer, int64_t now)
{
	for (struct ring *at; (at = ring_first(&q->waiters)) != NULL;) {
		struct waiter *w = RING_OF(at, struct waiter, of_query);
		tell(w->store->dns, w->question, answer);
		end_waiter(q->source, w, now);
	}
}

/* The longest first try that those who wait for it would give it. */
static int
longest_try(const struct query *q, int64_t now)
{
	int longest = 0;

	for (struct ring *at = q->waiters.next; at != &q->waiters;
		at = at->next) {
		struct waiter *w = RING_OF(at, struct waiter, of_query);
		int ms = try_ms(q->source, w->store, now);
		if (ms > longest)
			longest = ms;
	}
	return longest;
}

static void
query_done(void *arg, const struct dns_answer *answer)
{
	struct query *q = arg;
	struct net_source *s = q->source;
	int64_t now = clock_ms();

	window_leave(&s->window, &q->seat);
	if (answer->status == DNS_TIMEOUT) {
		/* sent for a message in a hurry, but others have more time */
		int ms = longest_try(q, now);
		if (ms > q->try_ms) {
			q->try_ms = ms;
			if (resolver_send(s->resolver, ms, q->type,
				    query_name(q), query_done, q))
				return;
		}
	}
	uint32_t keep = keep_seconds(q, answer);
	if (keep > 0)
		remember(s, q, answer, now + (int64_t)keep * 1000);
	tell_waiters(q, answer, now);
	end_query(q);
}

static void
send_query(struct query *q, int64_t now)
{
	struct net_source *s = q->source;
	static const struct dns_answer failed = { .status = DNS_SERVFAIL };

	for (struct ring *at = q->waiters.next; at != &q->waiters;
		at = at->next) {
		struct waiter *w = RING_OF(at, struct waiter, of_query);
		w->store->sent++;
		set_clock(s, w->store, now);
	}
	q->try_ms = longest_try(q, now);
	if (resolver_send(s->resolver, q->try_ms, q->type, query_name(q),
		    query_done, q))
		return;
	tell_waiters(q, &failed, now); /* no memory */
	end_query(q);
}

/* What has room in the window, and is wanted still. */
static void
send_queued(struct net_source *s, int64_t now)
{
	for (struct seat *at; (at = window_next(&s->window, now)) != NULL;) {
		struct query *q = RING_OF(at, struct query, seat);
		if (ring_first(&q->waiters))
			send_query(q, now);
		else
			end_query(q);
	}
}

static struct query *
new_query(struct net_source *s, enum dns_type type, str name)
{
	if (!s->resolver)
		s->resolver = resolver_new(s->server, s->servers);
	struct query *q = calloc(1, sizeof(*q) + name.n);
	if (!q || !s->resolver) {
		free(q);
		return NULL;
	}
	q->source = s;
	ring_init(&q->waiters);
	q->type = type;
	q->hash = dns_question_hash(type, name);
	q->name_n = name.n;
	memcpy(q->name, name.p, name.n);
	q->next = s->bucket[q->hash % BUCKETS];
	s->bucket[q->hash % BUCKETS] = q;
	window_queue(&s->window, &q->seat);
	return q;
}

/* --- asking ---------------------------------------------------------- */

/* Waits for the query of this question, which there may be already. */
static bool
join_query(struct net_source *s, struct store *store,
	struct dns_question *question, int64_t now)
{
	struct waiter *w = calloc(1, sizeof(*w));
	struct query *q = find_query(s, question->type, question->name);

	if (w && !q)
		q = new_query(s, question->type, question->name);
	if (!w || !q) {
		free(w);
		return false;
	}
	w->query = q;
	w->store = store;
	w->question = question;
	add_waiter(s, w, now);
	send_queued(s, now);
	return true;
}

static void
ask(struct source *source, struct dns *dns, struct dns_question *question)
{
	struct net_source *s = (struct net_source *)source;
	int64_t now = clock_ms();
	struct store *store = find_store(s, dns, now);

	if (known(source, dns, question))
		return;
	if (store && store_is_late(store, now))
		tell_status(dns, question, DNS_TIMEOUT);
	else if (!store || !join_query(s, store, question, now))
		tell_status(dns, question, DNS_SERVFAIL); /* no memory */
}

/* --- waiting --------------------------------------------------------- */

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When to look at the clock again, were nothing to happen. */
static int64_t
next_look(const struct net_source *s, int64_t now)
{
	if (s->waiting == 0)
		return s->watched ? now + INT_MAX : now;
	return smaller(
		now + INT_MAX, smaller(s->deadline, window_due(&s->window)));
}

static void
wait_for_answers(struct source *source, int timeout_ms)
{
	struct net_source *s = (struct net_source *)source;
	int64_t now = clock_ms();
	int64_t end = timeout_ms >= 0 ? now + timeout_ms : INT64_MAX;
	size_t told = s->told;

	if (!s->resolver)
		return;
	do {
		int64_t until = smaller(end, next_look(s, now));
		resolver_wait(
			s->resolver, until > now ? (int)(until - now) : 0);
		now = clock_ms();
		expire_stores(s, now);
		send_queued(s, now);
	} while (!s->watched && s->told == told && s->waiting > 0 && now < end);
}

static bool
watch(struct source *source, int fd)
{
	struct net_source *s = (struct net_source *)source;

	if (!s->resolver)
		s->resolver = resolver_new(s->server, s->servers);
	if (!s->resolver)
		return false;
	resolver_watch(s->resolver, fd);
	s->watched = fd >= 0;
	return true;
}

/* --- life ------------------------------------------------------------ */

static void
free_source(struct source *source)
{
	struct net_source *s = (struct net_source *)source;

	for (struct ring *at; (at = ring_first(&s->stores)) != NULL;)
		free_store(s, RING_OF(at, struct store, link));
	resolver_free(s->resolver);
	memo_free(s->memo);
	for (size_t i = 0; i < BUCKETS; i++)
		while (s->bucket[i])
			end_query(s->bucket[i]);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static const char *
read_servers(struct net_source *s, const struct resolver_options *o,
	const char **bad)
{
	for (size_t i = 0; i < o->servers; i++) {
		*bad = o->server[i];
		if (i == RESOLVER_MAX_SERVERS)
			return "too many servers";
		const char *wrong =
			server_parse(str_from(o->server[i]), &s->server[i]);
		if (wrong)
			return wrong;
		s->servers++;
	}
	return NULL;
}

struct source *
source_from_resolver(
	const struct resolver_options *o, const char **error, const char **bad)
{
	struct net_source *s = calloc(1, sizeof(*s));

	*error = "out of memory";
	*bad = "";
	if (!s)
		return NULL;
	s->source = (struct source){ ask, wait_for_answers, forget, free_source,
		known, watch };
	pthread_mutex_init(&s->lock, NULL);
	ring_init(&s->stores);
	window_init(&s->window);
	s->deadline = INT64_MAX;
	s->timeout_ms = o->timeout_ms;
	s->memo = memo_new();
	const char *wrong = read_servers(s, o, bad);
	if (wrong || !s->memo) {
		*error = wrong ? wrong : *error;
		free_source(&s->source);
		return NULL;
	}
	*error = NULL;
	return &s->source;
}
