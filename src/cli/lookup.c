/*
 * lookup.c - gets the answers that checks ask for.
 */
#include "lookup.h"
#include "input.h"
#include "say.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	ZONE_MAX = 64 << 20,
	MEMORY_MAX = 512 << 20,
	PATIENCE_MS = 500 /* before the waiting is shown */
};

/* --- once a run ------------------------------------------------------ */

static bool
read_zone(struct lookup *l, const char *name)
{
	struct arena *a = &l->arena;
	struct zone_error bad;
	str error = { 0 };
	str text = input_whole(a, name, ZONE_MAX, &error);

	if (error.p != NULL) {
		say(error);
		return false;
	}
	if (zone_parse(l->zone, text, &bad))
		return true;
	SAY(a, STR("bad zone "), say_file(a, name), STR(", line "),
		str_number(a, bad.line), STR(": "), bad.message);
	return false;
}

static void
begin(struct lookup *l, const struct options *o)
{
	*l = (struct lookup){ .options = o };
	arena_init(&l->arena, MEMORY_MAX, say_out_of_memory, NULL);
	arena_init(&l->saving, MEMORY_MAX, say_out_of_memory, NULL);
	ring_init(&l->news);
}

bool
lookup_open(struct lookup *l, const struct options *o)
{
	begin(l, o);
	l->first = true;
	if (!save_open(&l->save, o))
		return false;
	if (l->save.file != NULL)
		l->saved = zone_new(&l->saving);
	return true;
}

bool
lookup_read_zones(struct lookup *l)
{
	const struct options *o = l->options;

	if (o->zones > 0)
		l->zone = zone_new(&l->arena);
	for (size_t i = 0; i < o->zones; i++)
		if (!read_zone(l, o->zone[i]))
			return false;
	return true;
}

bool
lookup_close(struct lookup *l)
{
	bool well = save_close(&l->save, &l->arena);

	if (l->source != NULL)
		l->source->free(l->source);
	if (l->first && l->exchange != NULL)
		exchange_free(l->exchange);
	arena_free(&l->saving);
	arena_free(&l->arena);
	return well;
}

void
lookup_join(struct lookup *l, struct lookup *first)
{
	begin(l, first->options);
	l->zone = first->zone;
	l->exchange = first->exchange;
}

static struct source *
source_from_network(
	const struct options *o, const char **error, const char **bad)
{
	struct resolver_options resolver = {
		.server = o->server,
		.servers = o->servers,
		.timeout_ms = o->timeout_ms,
	};

	return source_from_resolver(&resolver, error, bad);
}

/* NULL, and said so. */
static void
make_source(struct lookup *l)
{
	const char *error = "out of memory", *bad = NULL;

	if (l->zone != NULL)
		l->source = source_from_zone(l->zone);
	else if (l->exchange != NULL)
		l->source = source_from_exchange(l->exchange);
	else
		l->source = source_from_network(l->options, &error, &bad);
	if (l->source != NULL)
		return;
	l->broken = true;
	if (bad != NULL)
		SAY(&l->arena, STR("cannot ask the DNS server '"),
			str_from(bad), STR("': "), str_from(error));
	else
		SAY(&l->arena, STR("cannot ask the DNS: "), str_from(error));
}

bool
lookup_share(struct lookup *l)
{
	const char *error = NULL, *bad = NULL;

	if (l->zone != NULL)
		return true; /* read by all */
	struct source *inner = source_from_network(l->options, &error, &bad);
	if (inner == NULL)
		return false; /* the first question says why */
	l->exchange = exchange_new(inner);
	if (l->exchange == NULL)
		inner->free(inner);
	return l->exchange != NULL;
}

/* --- the trace ------------------------------------------------------- */

void
lookup_trace(const struct asking *k, str event)
{
	if (!k->lookup->options->trace)
		return;
	int64_t ms = clock_ms() - k->begun;
	fprintf(stderr, "%5d.%03d  %.*s\n", (int)(ms / 1000), (int)(ms % 1000),
		(int)event.n, event.p);
}

static void
trace_question(const struct asking *k, const struct dns_question *q)
{
	struct arena *a = &k->lookup->arena;
	struct arena_mark mark = arena_mark(a);

	if (k->lookup->options->trace)
		lookup_trace(
			k, STR_CAT(a, STR("ask     "), dns_type_word(q->type),
				   STR(" "), str_escaped(a, q->name)));
	arena_rewind(a, mark);
}

/* One record for a person: addresses, names, text in quotes. */
static void
add_record(struct buf *b, enum dns_type type, const struct dns_rr *rr)
{
	struct ip ip = { .family = type == DNS_A ? 4 : 6 };

	buf_char(b, ' ');
	if (type == DNS_A || type == DNS_AAAA) {
		for (size_t i = 0; i < rr->data.n && i < sizeof(ip.b); i++)
			ip.b[i] = (unsigned char)rr->data.p[i];
		buf_add(b, ip_format(b->arena, ip));
	} else if (type == DNS_TXT || type == DNS_SPF) {
		buf_char(b, '"');
		buf_escaped(b, rr->data);
		buf_char(b, '"');
	} else {
		buf_escaped(b, rr->data);
	}
}

static void
trace_answer(const struct asking *k, const struct dns_question *q)
{
	struct arena *a = &k->lookup->arena;
	struct arena_mark mark = arena_mark(a);
	struct buf b = { .arena = a };

	buf_add(&b, STR("answer  "));
	buf_add(&b, dns_type_word(q->type));
	buf_char(&b, ' ');
	buf_escaped(&b, q->name);
	buf_add(&b, STR(": "));
	buf_add(&b, dns_status_word(q->answer->status));
	for (size_t i = 0; i < q->answer->n; i++)
		add_record(&b, q->type, &q->answer->rr[i]);
	if (q->answer->authentic)
		buf_add(&b, STR(" (DNSSEC)"));
	lookup_trace(k, buf_str(&b));
	arena_rewind(a, mark);
}

/* --- for each message ------------------------------------------------ */

/*
 * A file can hold one answer to a question.  So what an earlier message has
 * saved is what a later one is told, were it not true any more by now.
 */
static bool
answer_from_saved(struct asking *k, struct dns_question *q)
{
	struct lookup *l = k->lookup;
	struct arena_mark mark = arena_mark(&l->arena);
	struct dns_answer a;

	if (l->saved == NULL)
		return false;
	bool told = zone_is_told(l->saved, &l->arena, q->type, q->name);
	if (told) {
		zone_answer(l->saved, &l->arena, q->type, q->name, &a);
		dns_tell(k->dns, q, &a);
	}
	arena_rewind(&l->arena, mark);
	return told;
}

static void
trace_answers(struct asking *k)
{
	size_t n;
	struct dns_question *const *question = dns_questions(k->dns, &n);

	for (size_t i = 0; i < n; i++) {
		if (question[i]->answer->status == DNS_UNKNOWN)
			continue;
		if (!k->traced[i])
			trace_answer(k, question[i]);
		k->traced[i] = true;
	}
}

/* The source sends it; a zone and what is cached answer at once. */
static void
take_question(void *asking, struct dns_question *q)
{
	struct asking *k = asking;
	struct lookup *l = k->lookup;

	if (answer_from_saved(k, q))
		return;
	if (k->first_asked == 0)
		k->first_asked = clock_ms();
	if (l->source == NULL && !l->broken)
		make_source(l);
	if (l->source == NULL) {
		dns_close(k->dns, DNS_REFUSED);
		return;
	}
	k->asked++;
	trace_question(k, q);
	l->source->ask(l->source, k->dns, q);
	if (q->answer->status == DNS_UNKNOWN)
		return;
	/* the check at hand has it: no news */
	k->answered++;
	if (dns_answered(k->dns) == k->answered)
		ring_leave(&k->news);
	if (k->traced != NULL)
		trace_answers(k);
}

/* What its store calls. */
static void
note_news(void *asking)
{
	struct asking *k = asking;

	ring_join(&k->lookup->news, &k->news);
}

void
lookup_begin(struct lookup *l, struct asking *k, struct dns *dns)
{
	*k = (struct asking){ .lookup = l, .dns = dns, .begun = clock_ms() };
	dns_give(dns, take_question, k);
	dns_hear(dns, note_news, k);
	if (l->options->trace)
		k->traced = calloc(DNS_MAX_QUESTIONS, sizeof(*k->traced));
	if (l->options->trace && k->traced == NULL)
		say_out_of_memory(NULL);
}

bool
lookup_has_more(struct asking *k)
{
	size_t answered = dns_answered(k->dns);
	bool more = answered > k->answered;

	if (more && k->traced != NULL)
		trace_answers(k);
	k->answered = answered;
	ring_leave(&k->news);
	return more;
}

void
lookup_wait(struct lookup *l, int ms)
{
	if (l->source != NULL)
		l->source->wait(l->source, ms);
}

struct asking *
lookup_take_news(struct lookup *l)
{
	struct ring *first = ring_take(&l->news);

	return first != NULL ? RING_OF(first, struct asking, news) : NULL;
}

bool
lookup_poll(struct asking *k)
{
	lookup_wait(k->lookup, 0);
	return lookup_has_more(k);
}

/* On a terminal, when it takes long: what we are waiting for. */
static bool
show_waiting(const struct asking *k)
{
	const struct options *o = k->lookup->options;

	if (o->quiet || o->trace || clock_ms() - k->begun < PATIENCE_MS ||
		!isatty(STDERR_FILENO))
		return false;
	fprintf(stderr, "\rwaiting for %zu of %zu DNS answers ",
		k->asked - k->answered, k->asked);
	return true;
}

void
lookup_more(struct asking *k)
{
	bool shown = false;

	while (!lookup_has_more(k)) {
		/* a check that is not settled has a question open */
		assert(k->lookup->source != NULL && k->asked > 0);
		shown |= show_waiting(k);
		lookup_wait(k->lookup, PATIENCE_MS);
	}
	if (shown)
		fprintf(stderr, "\r%44s\r", "");
}

void
lookup_save(struct asking *k)
{
	struct lookup *l = k->lookup;
	struct arena_mark mark = arena_mark(&l->arena);

	if (l->save.file == NULL)
		return;
	if (l->save.answers == 0)
		save_add(&l->save, zone_first_line());
	save_add(&l->save, zone_write_more(&l->arena, l->saved, k->dns));
	arena_rewind(&l->arena, mark);
}

void
lookup_end(struct asking *k)
{
	if (k->dns == NULL)
		return; /* it never came to that */
	if (k->lookup->source != NULL)
		k->lookup->source->forget(k->lookup->source, k->dns);
	ring_leave(&k->news);
	free(k->traced);
	*k = (struct asking){ 0 };
}

double
lookup_ms(const struct asking *k)
{
	return k->first_asked ? (double)(clock_ms() - k->first_asked) : 0;
}
