/*
 * test_exchange.c - one source shared by several threads.
 */
#include "unit.h"

#include "net/source.h"
#include "net/window.h"
#include "net/zone.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 4, MESSAGES = 40, QUESTIONS = 12, LONG_MS = 20000 };

/* --- a source that answers as the name says -------------------------- */

/*
 * By the first label: "now" within ask(), "known" without being asked, "never",
 * and a number after so many rounds.  The answer is the name itself.
 */
struct pending {
	struct dns *dns;
	struct dns_question *question;
	unsigned due;
};

struct fake {
	struct source source;
	int fd;
	unsigned round;
	struct pending open[THREADS * MESSAGES * QUESTIONS];
	size_t n;
};

/* What has happened; to be read when the exchange is gone. */
static struct {
	unsigned asked, twice, waits, forgotten, freed;
	bool refuse_watch, unwatched, interrupted;
} seen;

static void
fake_tell(struct dns *dns, struct dns_question *q)
{
	struct dns_rr rr = { .data = q->name };

	dns_tell(dns, q,
		&(struct dns_answer){ .status = DNS_OK, .n = 1, .rr = &rr });
}

static bool
fake_known(struct source *source, struct dns *dns, struct dns_question *q)
{
	(void)source;
	if (!str_starts(q->name, STR("known.")))
		return false;
	fake_tell(dns, q);
	return true;
}

static void
fake_ask(struct source *source, struct dns *dns, struct dns_question *q)
{
	struct fake *f = (struct fake *)source;
	unsigned rounds = 0;

	seen.asked++;
	for (size_t i = 0; i < f->n; i++)
		seen.twice += f->open[i].question == q;
	if (str_starts(q->name, STR("now."))) {
		fake_tell(dns, q);
		return;
	}
	for (size_t i = 0; q->name.p[i] >= '0' && q->name.p[i] <= '9'; i++)
		rounds = rounds * 10 + (unsigned)(q->name.p[i] - '0');
	f->open[f->n++] = (struct pending){ dns, q,
		rounds ? f->round + rounds : (unsigned)-1 };
}

static void
fake_wait(struct source *source, int timeout_ms)
{
	struct fake *f = (struct fake *)source;
	struct pollfd p = { .fd = f->fd, .events = POLLIN };
	sigset_t held;

	seen.waits++;
	pthread_sigmask(SIG_BLOCK, NULL, &held);
	seen.interrupted |= !sigismember(&held, SIGINT);
	for (size_t i = 0; i < f->n; i++)
		if (f->open[i].due != (unsigned)-1)
			timeout_ms = 1;
	poll(&p, 1, timeout_ms);
	f->round++;
	for (size_t i = 0; i < f->n;)
		if (f->open[i].due <= f->round) {
			fake_tell(f->open[i].dns, f->open[i].question);
			f->open[i] = f->open[--f->n];
		} else {
			i++;
		}
}

static void
fake_forget(struct source *source, struct dns *dns)
{
	struct fake *f = (struct fake *)source;

	seen.forgotten++;
	for (size_t i = 0; i < f->n;)
		if (f->open[i].dns == dns)
			f->open[i] = f->open[--f->n];
		else
			i++;
}

static bool
fake_watch(struct source *source, int fd)
{
	((struct fake *)source)->fd = fd;
	seen.unwatched = fd < 0;
	return !seen.refuse_watch;
}

static void
fake_free(struct source *source)
{
	seen.freed++;
	free(source);
}

static struct source *
fake_new(void)
{
	struct fake *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->source = (struct source){ fake_ask, fake_wait, fake_forget,
		fake_free, fake_known, fake_watch };
	memset(&seen, 0, sizeof(seen));
	return &f->source;
}

/* --- a message ------------------------------------------------------- */

struct message {
	struct source *source;
	struct arena arena;
	struct dns *dns;
};

static void
message_begin(struct message *m, struct source *source)
{
	m->source = source;
	arena_init(&m->arena, 1 << 20, NULL, NULL);
	m->dns = dns_new(&m->arena);
}

/* Its memory is gone at once, which AddressSanitizer watches. */
static void
message_end(struct message *m)
{
	m->source->forget(m->source, m->dns);
	arena_free(&m->arena);
}

static const struct dns_answer *
message_ask(struct message *m, const char *name)
{
	struct dns_question *q;

	dns_begin(m->dns);
	dns_ask(m->dns, DNS_TXT, str_from(name));
	while ((q = dns_take(m->dns)) != NULL)
		m->source->ask(m->source, m->dns, q);
	return dns_known(m->dns, DNS_TXT, str_from(name));
}

static size_t
message_open(const struct message *m)
{
	size_t n, open = 0;
	struct dns_question *const *q = dns_questions(m->dns, &n);

	for (size_t i = 0; i < n; i++)
		open += q[i]->answer->status == DNS_UNKNOWN;
	return open;
}

/* Waits until all is answered; false when it takes too long. */
static bool
message_wait(struct message *m)
{
	int64_t end = clock_ms() + LONG_MS;

	while (message_open(m) > 0 && clock_ms() < end)
		m->source->wait(m->source, 1000);
	return message_open(m) == 0;
}

static bool
message_right(const struct message *m)
{
	size_t n;
	struct dns_question *const *q = dns_questions(m->dns, &n);

	for (size_t i = 0; i < n; i++)
		if (q[i]->answer->status != DNS_OK ||
			!str_eq(q[i]->answer->rr[0].data, q[i]->name))
			return false;
	return true;
}

/* --- one worker ------------------------------------------------------ */

static void
at_once(void **state)
{
	struct exchange *x = exchange_new(fake_new());
	struct source *s = source_from_exchange(x);
	struct message m;

	(void)state;
	message_begin(&m, s);
	assert_int_equal(message_ask(&m, "known.a")->status, DNS_OK);
	assert_int_equal(message_ask(&m, "now.a")->status, DNS_UNKNOWN);
	assert_true(message_wait(&m));
	assert_true(message_right(&m));
	message_end(&m);
	s->free(s);
	exchange_free(x);
	assert_int_equal(seen.asked, 1);
	assert_int_equal(seen.forgotten, 1);
	assert_int_equal(seen.freed, 1);
	assert_false(seen.interrupted);
}

/* Once to look, once for all that was asked, once for the end. */
static void
one_wake(void **state)
{
	struct exchange *x = exchange_new(fake_new());
	struct source *s = source_from_exchange(x);
	struct message m;
	char name[32];

	(void)state;
	message_begin(&m, s);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "now.%d", i);
		message_ask(&m, name);
	}
	assert_true(message_wait(&m));
	message_end(&m);
	s->free(s);
	exchange_free(x);
	assert_int_equal(seen.asked, 100);
	assert_in_range(seen.waits, 1, 3);
}

static void
timeout(void **state)
{
	struct exchange *x = exchange_new(fake_new());
	struct source *s = source_from_exchange(x);
	struct message m;
	int64_t start = clock_ms();

	(void)state;
	message_begin(&m, s);
	s->wait(s, LONG_MS); /* for nothing */
	message_ask(&m, "never.a");
	s->wait(s, 0);
	assert_in_range(clock_ms() - start, 0, LONG_MS / 2);
	start = clock_ms();
	s->wait(s, 40);
	assert_in_range(clock_ms() - start, 40, LONG_MS / 2);
	assert_int_equal(message_open(&m), 1);
	message_end(&m);
	s->free(s);
	exchange_free(x);
}

/* The first is given up in flight, the second before it was sent. */
static void
forget(void **state)
{
	struct exchange *x = exchange_new(fake_new());
	struct source *s = source_from_exchange(x);
	struct message m, other;

	(void)state;
	message_begin(&other, s);
	message_ask(&other, "60.other");
	for (int i = 0; i < 2; i++) {
		message_begin(&m, s);
		message_ask(&m, "5.a");
		message_ask(&m, "now.a");
		message_ask(&m, "never.a");
		if (i == 0)
			s->wait(s, 0);
		message_end(&m);
	}
	message_begin(&m, s);
	message_end(&m); /* of which nobody has heard */
	assert_true(message_wait(&other));
	assert_true(message_right(&other));
	message_end(&other);
	s->free(s);
	exchange_free(x);
	assert_int_equal(seen.asked, 4);
	assert_int_equal(seen.forgotten, 3);
}

/* Nobody has waited for what was asked, nor forgotten it. */
static void
free_in_flight(void **state)
{
	struct exchange *x = exchange_new(fake_new());
	struct source *s = source_from_exchange(x);
	struct source *t = source_from_exchange(x);
	struct message m, n;

	(void)state;
	message_begin(&m, s);
	message_begin(&n, t);
	message_ask(&m, "1.m");
	message_ask(&n, "1.n");
	s->wait(s, 0);
	s->free(s);
	t->free(t);
	arena_free(&m.arena);
	arena_free(&n.arena);
	exchange_free(x);
	assert_int_equal(seen.forgotten, 2);
	assert_int_equal(seen.freed, 1);
}

/* --- no exchange ----------------------------------------------------- */

static void
none(void **state)
{
	struct source *s = source_from_zone(zone_new(&arena));

	(void)state;
	assert_null(exchange_new(s)); /* a zone answers at once anyway */
	s->free(s);
	s = fake_new();
	seen.refuse_watch = true;
	assert_null(exchange_new(s));
	assert_int_equal(seen.freed, 0);
	assert_true(seen.unwatched);
	s->free(s);
}

/* --- many workers ---------------------------------------------------- */

struct work {
	struct exchange *exchange;
	unsigned seed, wrong, sent;
};

/* Overlapping names; every third message is given up in flight. */
static bool
do_message(struct work *w, struct source *s, unsigned number)
{
	static const char *const first[] = { "now", "known", "1", "2", "5" };
	struct message m;
	char name[48];
	bool well = true;

	message_begin(&m, s);
	for (unsigned i = 0; i < QUESTIONS; i++) {
		unsigned kind = (w->seed + number + i) % 5;
		snprintf(name, sizeof(name), "%s.q%u", first[kind], i);
		message_ask(&m, name);
		w->sent += kind != 1;
		if (i == QUESTIONS / 2)
			s->wait(s, 0);
	}
	s->wait(s, number % 3 == 2 ? 0 : 1);
	if (number % 3 != 2)
		well = message_wait(&m) && message_right(&m);
	message_end(&m);
	return well;
}

static void *
work(void *arg)
{
	struct work *w = arg;
	struct source *s = source_from_exchange(w->exchange);

	for (unsigned i = 0; s && i < MESSAGES; i++)
		w->wrong += !do_message(w, s, i);
	if (s)
		s->free(s);
	else
		w->wrong = MESSAGES;
	return NULL;
}

static void
many(void **state)
{
	struct exchange *x = exchange_new(fake_new());
	struct work w[THREADS] = { { 0 } };
	pthread_t thread[THREADS];
	unsigned sent = 0;

	(void)state;
	for (unsigned i = 0; i < THREADS; i++) {
		w[i].exchange = x;
		w[i].seed = i;
		assert_int_equal(
			pthread_create(&thread[i], NULL, work, &w[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(w[i].wrong, 0);
		sent += w[i].sent;
	}
	exchange_free(x);
	assert_int_equal(seen.asked, sent);
	assert_int_equal(seen.twice, 0);
	assert_int_equal(seen.forgotten, THREADS * MESSAGES);
}

/* --- over the network ------------------------------------------------ */

/* A server on the loopback: silent, or says "ok" to all. */
struct server_thread {
	int fd;
	char address[32];
	atomic_uint questions;
	pthread_t thread;
};

static void
server_open(struct server_thread *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &n), 0);
	snprintf(s->address, sizeof(s->address), "127.0.0.1:%u",
		(unsigned)ntohs(at.sin_port));
}

/* The question, and a TXT record for a minute. */
static size_t
make_reply(unsigned char *p, size_t n)
{
	static const unsigned char record[] = { 0xc0, 12, 0, 16, 0, 1, 0, 0, 0,
		60, 0, 3, 2, 'o', 'k' };
	size_t at = 12;

	while (at < n && p[at] != 0)
		at += 1u + p[at];
	at += 5;
	if (at > n)
		return 0;
	p[2] |= 0x80; /* QR */
	p[3] = 0;
	p[7] = 1;  /* answers */
	p[11] = 0; /* no EDNS */
	memcpy(p + at, record, sizeof(record));
	return at + sizeof(record);
}

/* Slowly, so that equal questions meet; an empty packet is the end. */
static void *
serve(void *server)
{
	struct server_thread *s = server;
	unsigned char p[1024];
	struct sockaddr_in from;

	for (;;) {
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(
			s->fd, p, 512, 0, (struct sockaddr *)&from, &size);
		if (n <= 0)
			return NULL;
		s->questions++;
		poll(NULL, 0, 2);
		size_t reply = make_reply(p, (size_t)n);
		sendto(s->fd, p, reply, 0, (struct sockaddr *)&from, size);
	}
}

static void
server_end(struct server_thread *s)
{
	struct sockaddr_in at;
	socklen_t n = sizeof(at);

	getsockname(s->fd, (struct sockaddr *)&at, &n);
	sendto(s->fd, "", 0, 0, (struct sockaddr *)&at, n);
	pthread_join(s->thread, NULL);
	close(s->fd);
}

/* Was a question with that label sent to the server that never reads? */
static bool
server_was_asked(const struct server_thread *s, char label)
{
	unsigned char p[512];
	bool found = false;

	while (recv(s->fd, p, sizeof(p), MSG_DONTWAIT) > 13)
		found |= p[13] == label;
	return found;
}

static struct exchange *
exchange_to(const char *server, int timeout_ms)
{
	struct resolver_options o = {
		.server = &server, .servers = 1, .timeout_ms = timeout_ms
	};
	const char *error, *bad;
	struct source *s = source_from_resolver(&o, &error, &bad);

	assert_non_null(s);
	return exchange_new(s);
}

static void *
ask_network(void *arg)
{
	struct work *w = arg;
	struct source *s = source_from_exchange(w->exchange);
	struct message m;
	char name[32];

	message_begin(&m, s);
	for (unsigned i = 0; i < QUESTIONS; i++) {
		snprintf(name, sizeof(name), "q%u.example",
			(i + w->seed) % QUESTIONS);
		message_ask(&m, name);
	}
	w->wrong = !message_wait(&m);
	for (unsigned i = 0; i < QUESTIONS; i++) {
		snprintf(name, sizeof(name), "Q%u.example.", i);
		w->wrong += message_ask(&m, name)->status != DNS_OK;
	}
	message_end(&m);
	s->free(s);
	return NULL;
}

/* What is known then, is known at once. */
static void
ask_again(struct exchange *x)
{
	struct source *s = source_from_exchange(x);
	struct message m;

	message_begin(&m, s);
	const struct dns_answer *a = message_ask(&m, "q1.example");
	assert_int_equal(a->status, DNS_OK);
	assert_str(a->rr[0].data, "ok");
	assert_int_equal(message_ask(&m, "a.onion")->status, DNS_NXDOMAIN);
	message_end(&m);
	s->free(s);
}

static void
network(void **state)
{
	struct server_thread server = { 0 };
	struct work w[THREADS] = { { 0 } };
	pthread_t thread[THREADS];

	(void)state;
	server_open(&server);
	assert_int_equal(
		pthread_create(&server.thread, NULL, serve, &server), 0);
	struct exchange *x = exchange_to(server.address, LONG_MS);
	for (unsigned i = 0; i < THREADS; i++) {
		w[i].exchange = x;
		w[i].seed = i * 3;
		assert_int_equal(
			pthread_create(&thread[i], NULL, ask_network, &w[i]),
			0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(w[i].wrong, 0);
	}
	ask_again(x);
	exchange_free(x);
	server_end(&server);
	assert_int_equal(server.questions, QUESTIONS);
}

static void
deadline(void **state)
{
	struct server_thread silent = { 0 };
	struct message m;

	(void)state;
	server_open(&silent);
	struct exchange *x = exchange_to(silent.address, 300);
	struct source *s = source_from_exchange(x);
	message_begin(&m, s);
	int64_t start = clock_ms();
	message_ask(&m, "a.example");
	poll(NULL, 0, 20);
	message_ask(&m, "b.example");
	assert_true(message_wait(&m));
	assert_in_range(clock_ms() - start, 200, LONG_MS / 2);
	assert_true(server_was_asked(&silent, 'a'));
	poll(NULL, 0, 350);
	message_ask(&m, "c.example"); /* is late */
	assert_true(message_wait(&m));
	assert_false(server_was_asked(&silent, 'c'));
	for (char name[] = "a.example"; name[0] <= 'c'; name[0]++)
		assert_int_equal(message_ask(&m, name)->status, DNS_TIMEOUT);
	message_end(&m);
	s->free(s);
	exchange_free(x);
	close(silent.fd);
}

/* Reads at times only, so that its buffer holds what has come meanwhile. */
static void *
serve_at_times(void *server)
{
	struct server_thread *s = server;
	unsigned char p[1024];
	struct sockaddr_in from;

	for (;;) {
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(s->fd, p, 512, MSG_DONTWAIT,
			(struct sockaddr *)&from, &size);
		if (n == 0)
			return NULL;
		if (n < 0) {
			poll(NULL, 0, 20);
			continue;
		}
		s->questions++;
		size_t reply = make_reply(p, (size_t)n);
		sendto(s->fd, p, reply, 0, (struct sockaddr *)&from, size);
	}
}

static void
ask_numbers(struct message *m, int first, int n)
{
	char name[32];

	for (int i = first; i < first + n; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		message_ask(m, name);
	}
}

/* A thousand questions at once, of which the server loses none. */
static void
crowd(void **state)
{
	enum { CROWD = 8, EACH = 125 };
	struct server_thread server = { 0 };
	struct message m[CROWD];
	int buffer = 96 << 10, sum = 0;

	(void)state;
	server_open(&server);
	setsockopt(server.fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	pthread_create(&server.thread, NULL, serve_at_times, &server);
	struct exchange *x = exchange_to(server.address, LONG_MS);
	struct source *s = source_from_exchange(x);
	for (int i = 0; i < CROWD; i++) {
		message_begin(&m[i], s);
		ask_numbers(&m[i], i * EACH, EACH);
	}
	for (int i = 0; i < CROWD; i++)
		assert_true(message_wait(&m[i]));
	for (int i = 0; i < CROWD * EACH; i++) {
		char name[32];
		snprintf(name, sizeof(name), "n%d.example", i);
		sum += dns_known(m[i / EACH].dns, DNS_TXT, str_from(name))
			       ->status == DNS_OK;
	}
	for (int i = 0; i < CROWD; i++)
		message_end(&m[i]);
	s->free(s);
	exchange_free(x);
	server_end(&server);
	assert_int_equal(sum, CROWD * EACH);
	assert_int_equal(server.questions, CROWD * EACH);
}

/* Silence: who queues behind others has all its time when its turn comes. */
static void
queued(void **state)
{
	enum { TIMEOUT_MS = 300 };
	struct server_thread silent = { 0 };
	struct message first, second;
	int64_t start = clock_ms();

	(void)state;
	server_open(&silent);
	struct exchange *x = exchange_to(silent.address, TIMEOUT_MS);
	struct source *s = source_from_exchange(x);
	message_begin(&first, s);
	message_begin(&second, s);
	ask_numbers(&first, 0, WINDOW_SIZE);
	message_ask(&second, "z.example");
	assert_true(message_wait(&second));
	assert_in_range(clock_ms() - start, WINDOW_MS + TIMEOUT_MS * 3 / 4 - 10,
		LONG_MS / 2);
	assert_int_equal(message_open(&first), 0);
	message_end(&first);
	message_end(&second);
	s->free(s);
	exchange_free(x);
	close(silent.fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(at_once),
		TEST(one_wake),
		TEST(timeout),
		TEST(forget),
		TEST(free_in_flight),
		TEST(none),
		TEST(many),
		TEST(network),
		TEST(deadline),
		TEST(crowd),
		TEST(queued),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
