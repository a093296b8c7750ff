/*
 * lookup.c - gets the answers that checks ask for.
 */
#include "lookup.h"
#include "input.h"
#include "say.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
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

bool
lookup_open(struct lookup *l, const struct options *o)
{
	*l = (struct lookup){ .options = o };
	arena_init(&l->arena, MEMORY_MAX, say_out_of_memory, NULL);
	if (o->zones > 0)
		l->zone = zone_new(&l->arena);
	for (size_t i = 0; i < o->zones; i++)
		if (!read_zone(l, o->zone[i]))
			return false;
	if (!save_open(&l->save, o))
		return false;
	if (l->save.file != NULL && (l->kept = memo_new()) == NULL)
		say_out_of_memory(NULL);
	return true;
}

bool
lookup_close(struct lookup *l)
{
	bool well = save_close(&l->save, &l->arena);

	if (l->source != NULL)
		l->source->free(l->source);
	memo_free(l->kept);
	arena_free(&l->arena);
	return well;
}

static void
make_source(struct lookup *l)
{
	const struct options *o = l->options;
	struct resolver_options resolver = {
		.server = o->server,
		.servers = o->servers,
		.timeout_ms = o->timeout_ms,
	};
	const char *error = "out of memory", *bad = NULL;

	if (l->zone != NULL)
		l->source = source_from_zone(l->zone);
	else
		l->source = source_from_resolver(&resolver, &error, &bad);
	if (l->source != NULL)
		return;
	l->broken = true;
	if (bad != NULL)
		SAY(&l->arena, STR("cannot ask the DNS server '"),
			str_from(bad), STR("': "), str_from(error));
	else
		SAY(&l->arena, STR("cannot ask the DNS: "), str_from(error));
}

/* --- the trace ------------------------------------------------------- */

void
lookup_trace(const struct lookup *l, str event)
{
	if (!l->options->trace)
		return;
	int64_t ms = clock_ms() - l->begun;
	fprintf(stderr, "%5d.%03d  %.*s\n", (int)(ms / 1000), (int)(ms % 1000),
		(int)event.n, event.p);
}

static void
trace_question(struct lookup *l, const struct dns_question *q)
{
	struct arena_mark mark = arena_mark(&l->arena);

	if (l->options->trace)
		lookup_trace(l, STR_CAT(&l->arena, STR("ask     "),
					dns_type_word(q->type), STR(" "),
					str_escaped(&l->arena, q->name)));
	arena_rewind(&l->arena, mark);
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
trace_answer(struct lookup *l, const struct dns_question *q)
{
	struct arena_mark mark = arena_mark(&l->arena);
	struct buf b = { .arena = &l->arena };

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
	lookup_trace(l, buf_str(&b));
	arena_rewind(&l->arena, mark);
}

/* --- for each message ------------------------------------------------ */

void
lookup_begin(struct lookup *l, struct dns *dns)
{
	l->dns = dns;
	l->begun = clock_ms();
	l->deadline = l->begun + l->options->timeout_ms;
	l->first_asked = 0;
	l->asked = l->answered = 0;
	l->closed = false;
	for (size_t i = 0; i < DNS_MAX_QUESTIONS; i++)
		l->traced[i] = false;
}

static void
close_questions(struct lookup *l, enum dns_status status)
{
	/* a check that is not settled by closed questions never will be */
	assert(!l->closed);
	l->closed = true;
	dns_close(l->dns, status);
}

/*
 * A file can hold one answer to a question.  So what an earlier message has
 * saved is what a later one is told, were it not true any more by now.
 */
static bool
answer_from_saved(struct lookup *l, struct dns_question *q)
{
	const struct dns_answer *a =
		l->kept ? memo_find(l->kept, q->type, q->name, 0) : NULL;

	if (a == NULL)
		return false;
	dns_tell(l->dns, q, a);
	return true;
}

static void
send_questions(struct lookup *l)
{
	struct dns_question *q;

	while (!l->closed && (q = dns_take(l->dns)) != NULL) {
		if (answer_from_saved(l, q))
			continue;
		if (l->first_asked == 0)
			l->first_asked = clock_ms();
		if (l->source == NULL && !l->broken)
			make_source(l);
		if (l->source == NULL) {
			close_questions(l, DNS_REFUSED);
			return;
		}
		l->asked++;
		trace_question(l, q);
		l->source->ask(l->source, l->dns, q);
	}
}

/* Is anything known that was not known before? */
static bool
count_answers(struct lookup *l)
{
	size_t n, answered = 0;
	struct dns_question *const *question = dns_questions(l->dns, &n);

	for (size_t i = 0; i < n; i++) {
		if (question[i]->answer->status == DNS_UNKNOWN)
			continue;
		answered++;
		if (l->options->trace && !l->traced[i])
			trace_answer(l, question[i]);
		l->traced[i] = true;
	}
	bool more = answered > l->answered;
	l->answered = answered;
	return more;
}

bool
lookup_poll(struct lookup *l)
{
	send_questions(l);
	if (l->source != NULL)
		l->source->wait(l->source, 0);
	return count_answers(l);
}

/* On a terminal, when it takes long: what we are waiting for. */
static bool
show_waiting(const struct lookup *l)
{
	const struct options *o = l->options;

	if (o->quiet || o->trace || clock_ms() - l->begun < PATIENCE_MS ||
		!isatty(STDERR_FILENO))
		return false;
	fprintf(stderr, "\rwaiting for %zu of %zu DNS answers ",
		l->asked - l->answered, l->asked);
	return true;
}

void
lookup_more(struct lookup *l)
{
	bool shown = false;

	send_questions(l);
	while (!count_answers(l)) {
		int64_t left = l->deadline - clock_ms();
		if (l->closed)
			break;
		if (left <= 0) {
			lookup_trace(l, STR("deadline"));
			close_questions(l, DNS_TIMEOUT);
			continue;
		}
		/* a check that is not settled has a question open */
		assert(l->source != NULL && l->asked > 0);
		shown |= show_waiting(l);
		l->source->wait(l->source,
			left > PATIENCE_MS ? PATIENCE_MS : (int)left);
	}
	if (shown)
		fprintf(stderr, "\r%44s\r", "");
}

void
lookup_save(struct lookup *l)
{
	struct arena_mark mark = arena_mark(&l->arena);
	struct dns_question *const *q;
	size_t n;

	if (l->save.file == NULL)
		return;
	save_add(&l->save, zone_write(&l->arena, l->dns));
	arena_rewind(&l->arena, mark);
	q = dns_questions(l->dns, &n);
	for (size_t i = 0; i < n; i++)
		if (q[i]->answer->status != DNS_UNKNOWN)
			memo_put(l->kept, q[i]->type, q[i]->name, q[i]->answer,
				INT64_MAX);
}

void
lookup_end(struct lookup *l)
{
	if (l->dns == NULL)
		return; /* it never came to that */
	if (l->source != NULL)
		l->source->forget(l->source, l->dns);
	l->dns = NULL;
}

double
lookup_ms(const struct lookup *l)
{
	return l->first_asked ? (double)(clock_ms() - l->first_asked) : 0;
}
