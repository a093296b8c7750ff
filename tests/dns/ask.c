/*
 * ask.c - asks the DNS through a source, as an examination would.
 *
 *	ask [-z ZONE] [-s SERVER]... [-t MS] [-m N] [-w N] [-p] [-q] [-d MS]
 *	    [-f] [-o FILE] TYPE NAME...
 *
 * Prints a line for each question: type, name, status, then canonical name, AD
 * and records.  TYPE NAME is repeated; `-` reads such pairs from stdin.
 *
 *	-z  from a zone file instead of the network
 *	-t  time for a message		-m  so many messages ask at once
 *	-w  so many threads ask at once, each one message, and share a source
 *	-p  one question at a time	-q  ... each in a message of its own
 *	-d  pause before each question but the first (with -p, -q)
 *	-f  a further message asks first, and is given up at once
 *	-o  saves the first message's answers as a zone file
 *	-T  the milliseconds it took, on stderr
 */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mailauth/buf.h"
#include "mailauth/ip.h"
#include "net/source.h"
#include "net/zone.h"

enum { MAX_QUESTIONS = 400, MAX_STORES = 16, LIMIT = 1 << 28 };

struct want {
	enum dns_type type;
	str name;
};

static struct want want[MAX_QUESTIONS];
static size_t wants;

struct store {
	struct arena arena;
	struct dns *dns;
};

static struct arena arena; /* of the program */

static void
die(const char *what, const char *which)
{
	fprintf(stderr, "ask: %s: %s\n", what, which);
	exit(2);
}

static void
add_want(const char *type, const char *name)
{
	if (wants == MAX_QUESTIONS)
		die("too many questions", name);
	want[wants].type = dns_type_from(str_from(type));
	if (want[wants].type == 0)
		die("unknown type", type);
	want[wants++].name = arena_dup(&arena, str_from(name));
}

static void
read_wants(void)
{
	char type[16], name[300];

	while (scanf("%15s %299s", type, name) == 2)
		add_want(type, name);
}

static str
read_file(const char *path)
{
	struct buf b = { .arena = &arena };
	FILE *f = fopen(path, "rb");
	char part[4096];
	size_t n;

	if (!f)
		die("cannot open", path);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&b, (str){ part, n });
	fclose(f);
	return buf_str(&b);
}

static struct source *
open_zone(const char *path)
{
	struct zone *zone = zone_new(&arena);
	struct zone_error e;

	if (!zone_parse(zone, read_file(path), &e)) {
		fprintf(stderr, "ask: %s:%zu: %.*s\n", path, e.line,
			(int)e.message.n, e.message.p);
		exit(2);
	}
	return source_from_zone(zone);
}

/* --- asking ---------------------------------------------------------- */

static struct store *
new_store(void)
{
	struct store *s = calloc(1, sizeof(*s));

	assert(s);
	arena_init(&s->arena, LIMIT, NULL, NULL);
	s->dns = dns_new(&s->arena);
	return s;
}

static void
free_store(struct source *source, struct store *s)
{
	source->forget(source, s->dns);
	arena_free(&s->arena);
	free(s);
}

static bool
send_questions(struct source *source, struct store *s, size_t from, size_t n)
{
	struct dns_question *q;
	bool all = true;

	for (size_t i = from; i < from + n; i++) {
		dns_begin(s->dns);
		all &= dns_ask(s->dns, want[i].type, want[i].name)->status !=
		       DNS_UNKNOWN;
		while ((q = dns_take(s->dns)))
			source->ask(source, s->dns, q);
	}
	return all;
}

static void
wait_for_all(struct source *source, struct store **s, size_t stores,
	size_t from, size_t n)
{
	for (;;) {
		bool all = true;
		for (size_t i = 0; i < stores; i++)
			all &= send_questions(source, s[i], from, n);
		if (all)
			return;
		source->wait(source, 100);
	}
}

/* --- output ---------------------------------------------------------- */

static void
print(str s)
{
	fwrite(s.p, 1, s.n, stdout);
}

static void
print_text(const struct dns_rr *rr)
{
	size_t from = 0;

	for (size_t i = 0; i <= rr->cuts; i++) {
		size_t to = i < rr->cuts ? rr->cut[i] : rr->data.n;
		printf(" \"");
		if (rr->data.n > 400)
			printf("(%zu)", to - from);
		else
			print(str_escaped(
				&arena, str_sub(rr->data, from, to - from)));
		printf("\"");
		from = to;
	}
}

static void
print_rr(enum dns_type type, const struct dns_rr *rr)
{
	struct ip ip = { .family = type == DNS_A ? 4 : 6 };

	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		memcpy(ip.b, rr->data.p, rr->data.n);
		printf(" ");
		print(ip_format(&arena, ip));
		break;
	case DNS_TXT:
	case DNS_SPF: print_text(rr); break;
	case DNS_MX: printf(" %u", rr->preference); /* fall through */
	default:
		printf(" ");
		print(str_escaped(&arena, rr->data));
		printf(".");
	}
}

static int
by_data(const void *a, const void *b)
{
	const struct dns_rr *x = a, *y = b;
	size_t n = x->data.n < y->data.n ? x->data.n : y->data.n;
	int c = n ? memcmp(x->data.p, y->data.p, n) : 0;

	return c ? c : (x->data.n > y->data.n) - (x->data.n < y->data.n);
}

static void
print_answer(enum dns_type type, str name, const struct dns_answer *a)
{
	print(dns_type_word(type));
	printf(" ");
	print(str_escaped(&arena, name));
	printf(": ");
	print(dns_status_word(a->status));
	if (a->canonical.p) {
		printf(" at ");
		print(str_escaped(&arena, arena_lower(&arena, a->canonical)));
	}
	if (a->authentic)
		printf(" AD");
	if (a->n > 0) {
		struct dns_rr *rr = arena_make(&arena, a->n, struct dns_rr);
		memcpy(rr, a->rr, a->n * sizeof(*rr));
		qsort(rr, a->n, sizeof(*rr), by_data);
		printf(" ttl=%u", a->ttl);
		for (size_t i = 0; i < a->n; i++)
			print_rr(type, &rr[i]);
	}
	printf("\n");
}

static void
print_answers(struct store *s, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		print_answer(want[i].type, want[i].name,
			dns_ask(s->dns, want[i].type, want[i].name));
}

static void
save(const char *path, struct store *s)
{
	str text = zone_write(&arena, s->dns);
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(text.p, 1, text.n, f) != text.n || fclose(f) != 0)
		die("cannot write", path);
}

/* --- the ways to ask ------------------------------------------------- */

struct options {
	const char *zone, *out;
	struct resolver_options resolver;
	size_t messages, workers;
	bool one_by_one, new_message, give_up, time;
	long pause_ms;
};

static void
ask_together(struct source *source, const struct options *o)
{
	struct store *s[MAX_STORES];

	for (size_t i = 0; i < o->messages; i++)
		s[i] = new_store();
	for (size_t from = 0; from < wants; from += 200) {
		/* a message has no more than 250 questions */
		size_t n = wants - from < 200 ? wants - from : 200;
		wait_for_all(source, s, o->messages, from, n);
		for (size_t i = 0; i < o->messages; i++)
			print_answers(s[i], from, n);
		if (o->out)
			save(o->out, s[0]);
		for (size_t i = 0; i < o->messages; i++) {
			free_store(source, s[i]);
			s[i] = new_store();
		}
	}
	for (size_t i = 0; i < o->messages; i++)
		free_store(source, s[i]);
}

static void
ask_in_turn(struct source *source, const struct options *o)
{
	struct store *s = new_store();

	for (size_t i = 0; i < wants; i++) {
		if (i > 0 && o->pause_ms > 0) {
			struct timespec t = { o->pause_ms / 1000,
				o->pause_ms % 1000 * 1000000 };
			nanosleep(&t, NULL);
		}
		wait_for_all(source, &s, 1, i, 1);
		print_answers(s, i, 1);
		if (o->new_message) {
			free_store(source, s);
			s = new_store();
		}
	}
	free_store(source, s);
}

struct worker {
	struct source *source;
	struct store *store;
	size_t from, n;
	pthread_t thread;
};

static void *
work(void *worker)
{
	struct worker *w = worker;

	wait_for_all(w->source, &w->store, 1, w->from, w->n);
	return NULL;
}

static void
ask_part_by_workers(struct exchange *x, size_t workers, size_t from, size_t n)
{
	struct worker w[MAX_STORES];

	for (size_t i = 0; i < workers; i++) {
		w[i] = (struct worker){ source_from_exchange(x), new_store(),
			from, n, 0 };
		assert(w[i].source);
		if (pthread_create(&w[i].thread, NULL, work, &w[i]) != 0)
			die("cannot start", "thread");
	}
	for (size_t i = 0; i < workers; i++) {
		pthread_join(w[i].thread, NULL);
		print_answers(w[i].store, from, n);
		free_store(w[i].source, w[i].store);
		w[i].source->free(w[i].source);
	}
}

static void
ask_by_workers(struct exchange *x, const struct options *o)
{
	if (!x)
		die("cannot share", "source");
	for (size_t from = 0; from < wants; from += 200)
		ask_part_by_workers(x, o->workers, from,
			wants - from < 200 ? wants - from : 200);
	exchange_free(x);
}

/* Asks, and goes away while the questions are in flight. */
static void
give_up(struct source *source)
{
	struct store *s = new_store();

	send_questions(source, s, 0, wants < 200 ? wants : 200);
	free_store(source, s);
}

static void
read_options(int argc, char **argv, struct options *o)
{
	static const char *server[16];

	o->resolver.server = server;
	for (int c; (c = getopt(argc, argv, "z:s:t:m:w:pqd:fo:T")) != -1;)
		switch (c) {
		case 'z': o->zone = optarg; break;
		case 's':
			if (o->resolver.servers < 16)
				server[o->resolver.servers++] = optarg;
			break;
		case 't': o->resolver.timeout_ms = atoi(optarg); break;
		case 'm': o->messages = (size_t)atoi(optarg); break;
		case 'w': o->workers = (size_t)atoi(optarg); break;
		case 'p': o->one_by_one = true; break;
		case 'q': o->one_by_one = o->new_message = true; break;
		case 'd': o->pause_ms = atol(optarg); break;
		case 'f': o->give_up = true; break;
		case 'o': o->out = optarg; break;
		case 'T': o->time = true; break;
		default: exit(2);
		}
	if (o->messages < 1 || o->messages > MAX_STORES ||
		o->workers > MAX_STORES)
		die("bad number", "-m or -w");
	if (optind < argc && strcmp(argv[optind], "-") == 0)
		read_wants();
	else
		for (; optind + 1 < argc; optind += 2)
			add_want(argv[optind], argv[optind + 1]);
}

int
main(int argc, char **argv)
{
	struct options o = { .messages = 1, .resolver.timeout_ms = 20000 };
	const char *error, *bad;
	struct source *source;

	arena_init(&arena, LIMIT, NULL, NULL);
	read_options(argc, argv, &o);
	source = o.zone ? open_zone(o.zone)
			: source_from_resolver(&o.resolver, &error, &bad);
	if (!source)
		die(error, bad);
	int64_t start = clock_ms();
	if (o.give_up)
		give_up(source);
	if (o.workers > 0)
		ask_by_workers(exchange_new(source), &o);
	else if (o.one_by_one)
		ask_in_turn(source, &o);
	else
		ask_together(source, &o);
	if (o.time)
		fprintf(stderr, "%d\n", (int)(clock_ms() - start));
	if (o.workers == 0) /* else it is gone with the exchange */
		source->free(source);
	arena_free(&arena);
	return 0;
}
