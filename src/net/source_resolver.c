/*
 * source_resolver.c - answers from the network.
 *
 * Three things meet here.  A "store" is a message that asks; it has a deadline,
 * and when that has come all it asks is answered DNS_TIMEOUT.  A "query" is a
 * question in flight; all stores that want to know the same wait for the same
 * query.  The memo has what is known already.
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

enum {
	MAX_TRY_MS = 5000,
	MIN_TRY_MS = 40,
	BUCKETS = 256,
	KEEP_MAX_S = 86400,          /* a day, whatever the TTL */
	KEEP_NEGATIVE_MAX_S = 10800, /* RFC 2308 5 */
	KEEP_FAILURE_S = 30          /* at most 5 minutes, RFC 2308 7 */
};

struct store {
	struct store *next;
	struct dns *dns;
	int64_t deadline;
	size_t waiting; /* questions */
};

struct waiter {
	struct waiter *next;
	struct store *store;
	struct dns_question *question;
};

struct query {
	struct query *next; /* of the bucket */
	struct net_source *source;
	struct waiter *waiters;
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
	struct store *stores;
	struct query *bucket[BUCKETS];
	size_t told; /* questions, so that wait() knows */
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

static struct store *
find_store(struct net_source *s, struct dns *dns, int64_t now)
{
	struct store *store = s->stores;

	while (store && store->dns != dns)
		store = store->next;
	if (store)
		return store;
	store = calloc(1, sizeof(*store));
	if (store) {
		store->dns = dns;
		store->deadline = now + s->timeout_ms;
		store->next = s->stores;
		s->stores = store;
	}
	return store;
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

/* The store waits for nothing any more; with a status, it is told so. */
static void
drop_waiters(struct net_source *s, struct store *store, enum dns_status status)
{
	for (size_t i = 0; i < BUCKETS && store->waiting > 0; i++)
		for (struct query *q = s->bucket[i]; q; q = q->next)
			for (struct waiter **w = &q->waiters; *w;) {
				struct waiter *gone = *w;
				if (gone->store != store) {
					w = &gone->next;
					continue;
				}
				*w = gone->next;
				store->waiting--;
				s->told++;
				if (status != DNS_UNKNOWN)
					tell_status(store->dns, gone->question,
						status);
				free(gone);
			}
}

static void
forget(struct source *source, struct dns *dns)
{
	struct net_source *s = (struct net_source *)source;

	for (struct store **at = &s->stores; *at; at = &(*at)->next) {
		struct store *gone = *at;
		if (gone->dns != dns)
			continue;
		drop_waiters(s, gone, DNS_UNKNOWN);
		*at = gone->next;
		free(gone);
		return;
	}
}

static void
expire_stores(struct net_source *s, int64_t now)
{
	for (struct store *store = s->stores; store; store = store->next)
		if (store->waiting > 0 && now >= store->deadline)
			drop_waiters(s, store, DNS_TIMEOUT);
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

static void
free_query(struct query *q)
{
	while (q->waiters) {
		struct waiter *w = q->waiters;
		q->waiters = w->next;
		free(w);
	}
	free(q);
}

static void
end_query(struct query *q)
{
	struct query **at = &q->source->bucket[q->hash % BUCKETS];

	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
	free_query(q);
}

static void
tell_waiters(struct query *q, const struct dns_answer *answer)
{
	for (struct waiter *w = q->waiters; w; w = w->next) {
		w->store->waiting--;
		q->source->told++;
		tell(w->store->dns, w->question, answer);
	}
}

/*
 * A query that was sent for a message in a hurry has timed out, but others
 * wait for it that have more time: how long a try they would give it.
 */
static int
longer_try(const struct query *q, int64_t now)
{
	int longest = 0;

	for (const struct waiter *w = q->waiters; w; w = w->next) {
		int ms = try_ms(q->source, w->store, now);
		if (ms > longest)
			longest = ms;
	}
	return longest > q->try_ms ? longest : 0;
}

static void
query_done(void *arg, const struct dns_answer *answer)
{
	struct query *q = arg;
	struct net_source *s = q->source;
	int64_t now = clock_ms();

	if (answer->status == DNS_TIMEOUT) {
		int ms = longer_try(q, now);
		if (ms > 0) {
			q->try_ms = ms;
			if (resolver_send(s->resolver, ms, q->type,
				    query_name(q), query_done, q))
				return;
		}
	}
	uint32_t keep = keep_seconds(q, answer);
	if (keep > 0)
		remember(s, q, answer, now + (int64_t)keep * 1000);
	tell_waiters(q, answer);
	end_query(q);
}

static struct query *
start_query(struct net_source *s, enum dns_type type, str name, int ms)
{
	if (!s->resolver)
		s->resolver = resolver_new(s->server, s->servers);
	struct query *q = calloc(1, sizeof(*q) + name.n);
	if (!q || !s->resolver) {
		free(q);
		return NULL;
	}
	q->source = s;
	q->type = type;
	q->hash = dns_question_hash(type, name);
	q->try_ms = ms;
	q->name_n = name.n;
	memcpy(q->name, name.p, name.n);
	if (!resolver_send(s->resolver, ms, type, name, query_done, q)) {
		free(q);
		return NULL;
	}
	q->next = s->bucket[q->hash % BUCKETS];
	s->bucket[q->hash % BUCKETS] = q;
	return q;
}

/* --- asking ---------------------------------------------------------- */

/* Waits for the query of this question, which may be on its way already. */
static bool
join_query(struct net_source *s, struct store *store,
	struct dns_question *question, int64_t now)
{
	struct query *q = find_query(s, question->type, question->name);

	if (!q)
		q = start_query(s, question->type, question->name,
			try_ms(s, store, now));
	struct waiter *w = q ? calloc(1, sizeof(*w)) : NULL;
	if (!w)
		return false;
	w->store = store;
	w->question = question;
	w->next = q->waiters;
	q->waiters = w;
	store->waiting++;
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
	if (store && now >= store->deadline)
		tell_status(dns, question, DNS_TIMEOUT);
	else if (!store || !join_query(s, store, question, now))
		tell_status(dns, question, DNS_SERVFAIL); /* no memory */
}

/* --- waiting --------------------------------------------------------- */

/* The nearest deadline of a store that waits; INT64_MAX when none does. */
static int64_t
next_deadline(const struct net_source *s)
{
	int64_t nearest = INT64_MAX;

	for (const struct store *store = s->stores; store; store = store->next)
		if (store->waiting > 0 && store->deadline < nearest)
			nearest = store->deadline;
	return nearest;
}

static void
wait_for_answers(struct source *source, int timeout_ms)
{
	struct net_source *s = (struct net_source *)source;
	int64_t now = clock_ms(), end = now + timeout_ms;
	size_t told = s->told;

	if (!s->resolver)
		return;
	do {
		int64_t until = next_deadline(s);
		if (until == INT64_MAX) /* nobody waits */
			until = s->watched ? now + INT_MAX : now;
		if (timeout_ms >= 0 && end < until)
			until = end;
		resolver_wait(
			s->resolver, until > now ? (int)(until - now) : 0);
		now = clock_ms();
		expire_stores(s, now);
	} while (!s->watched && s->told == told &&
		 next_deadline(s) != INT64_MAX &&
		 (timeout_ms < 0 || now < end));
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

	resolver_free(s->resolver);
	memo_free(s->memo);
	for (size_t i = 0; i < BUCKETS; i++)
		while (s->bucket[i]) {
			struct query *q = s->bucket[i];
			s->bucket[i] = q->next;
			free_query(q);
		}
	while (s->stores) {
		struct store *store = s->stores;
		s->stores = store->next;
		free(store);
	}
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
