/*
 * job.c - one message through all checks, and to its report.
 */
#include "job.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

/* --- what jobs share ------------------------------------------------- */

enum { READING_MEMORY = 64 << 20, BODY_MEMORY = 256 << 20 };

void
desk_open(struct desk *d, struct worker *w, struct permit *large)
{
	*d = (struct desk){ .worker = w, .large = large };
	arena_init(&d->reading, READING_MEMORY, say_out_of_memory, NULL);
	d->out = open_memstream(&d->text, &d->text_n);
	d->said = open_memstream(&d->words, &d->words_n);
	if (d->out == NULL || d->said == NULL)
		say_out_of_memory(NULL);
	say_to(d->said);
}

void
desk_close(struct desk *d)
{
	say_to(NULL);
	fclose(d->out);
	fclose(d->said);
	free(d->text);
	free(d->words);
	arena_free(&d->reading);
}

/* What was written into a stream since it was taken last. */
static str
taken(FILE *stream, char *const *text, const size_t *n)
{
	if (ftello(stream) == 0)
		return STR("");
	if (fflush(stream) != 0)
		say_out_of_memory(NULL);
	str all = { *text, *n };
	rewind(stream);
	return all;
}

/* Others may speak before this one's turn has come. */
static void
keep_words(struct job *j)
{
	struct desk *d = j->desk;

	buf_add(&j->words, taken(d->said, &d->words, &d->words_n));
}

struct job *
job_new(struct desk *d)
{
	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		say_out_of_memory(NULL);
	j->desk = d;
	session_init(&j->session, d->worker);
	arena_init(&j->bodies, BODY_MEMORY, say_out_of_memory, NULL);
	return j;
}

void
job_free(struct job *j)
{
	session_free(&j->session);
	arena_free(&j->bodies);
	free(j);
}

static void
start_afresh(struct job *j)
{
	*j = (struct job){
		.desk = j->desk,
		.session = j->session,
		.place = j->place,
		.bodies = j->bodies,
	};
	j->words.arena = &j->session.names;
}

static void
let_go(struct job *j)
{
	j->desk->kept -= j->kept_n;
	free(j->kept);
	j->kept = NULL;
	j->kept_n = j->kept_size = 0;
}

void
job_end(struct job *j)
{
	static const struct arena_mark start;

	let_go(j);
	if (j->auth != NULL)
		auth_free(j->auth);
	session_end(&j->session);
	arena_rewind(&j->bodies, start);
	permit_give_back(j->desk->large, j);
}

/* --- reading --------------------------------------------------------- */

void
job_refuse(struct job *j, const char *name, str error)
{
	start_afresh(j);
	j->origin = (struct origin){ .name = name, .number = 1, .last = true };
	j->error = error;
	j->state = JOB_DONE;
}

static void
give_up(struct job *j, const struct input *in)
{
	j->origin = in->origin;
	j->not_mail = in->not_mail;
	j->error = in->error;
	j->state = JOB_DONE;
}

/* --at received: the clock of the host that took the message. */
static int64_t
time_of(struct job *j, const struct client *client)
{
	struct worker *w = j->desk->worker;
	struct arena *a = &j->session.arena;

	if (!w->options->at_received)
		return worker_now(w);
	if (client->time != TIME_UNKNOWN)
		return client->time;
	SAY(a, STR("no time in a Received line of "),
		say_file(a, arena_zstr(a, input_name(a, &j->origin))),
		STR(": judged by the clock"));
	return worker_now(w);
}

bool
job_head(struct job *j, struct input *in)
{
	struct worker *w = j->desk->worker;

	start_afresh(j);
	session_begin(&j->session);
	if (w->options->annotate) {
		spool_begin(&j->desk->spool, &j->session.arena, &w->spill);
		in->spool = &j->desk->spool;
	}
	if (!input_head(in, w->options->header_limit)) {
		give_up(j, in);
		return false;
	}
	j->origin = in->origin;
	j->setup.message = message_parse(&j->session.arena, &in->head);
	return true;
}

static void
trace_pass(struct job *j)
{
	struct arena *a = &j->session.names;
	struct arena_mark mark = arena_mark(a);

	if (j->desk->worker->options->trace)
		lookup_trace(&j->session.asking,
			STR_CAT(a, STR("pass    "),
				str_number(a, auth_verdict(j->auth)->passes),
				j->settled ? STR(": settled")
					   : STR(": not settled")));
	arena_rewind(a, mark);
}

/* Runs the checks as long as that leads to more. */
static bool
run_checks(struct job *j)
{
	while (!j->settled) {
		j->settled = auth_step(j->auth);
		trace_pass(j);
		if (!j->settled && !lookup_has_more(&j->session.asking))
			break;
	}
	return j->settled;
}

/* A report of a pass, or none at all, needs no body. */
static bool
wants_findings(const struct options *o)
{
	return !o->quiet && !o->header && !o->annotate;
}

/* The field has header.oldest-pass; what is saved is for any report. */
static bool
tells_all(const struct options *o)
{
	return o->json || o->verbose || o->header || o->annotate || o->save_dns;
}

void
job_begin(struct job *j)
{
	struct worker *w = j->desk->worker;
	const struct options *o = w->options;
	struct auth_setup *s = &j->setup;

	s->arena = &j->session.arena;
	s->dns = j->session.dns;
	s->crypto = w->crypto;
	s->suffixes = w->suffixes;
	s->method = o->method;
	s->client = client_find(s->arena, s->message, &o->client);
	s->sealer = o->sealer;
	s->sealers = o->sealers;
	s->receiver = w->receiver;
	s->now = time_of(j, &s->client);
	s->newest_only = !tells_all(o);
	j->auth = auth_new(s);
	j->keeps_body = !j->origin.again && wants_findings(o) &&
			auth_verdict(j->auth)->dkim_facts.n > 0;
	run_checks(j);
	keep_words(j); /* while it is read others may be done */
}

enum { KEEP_FROM_PIPE = 8 << 20, KEEP_FROM_FILE = 32 << 20 };

/* Room for another chunk: not in an arena, where old sizes stay. */
static void
grow(struct job *j, size_t n)
{
	size_t size = j->kept_size ? j->kept_size : 4096;

	if (n <= j->kept_size - j->kept_n)
		return;
	while (n > size - j->kept_n)
		size *= 2;
	j->kept = realloc(j->kept, size);
	if (j->kept == NULL)
		say_out_of_memory(NULL);
	j->kept_size = size;
}

static void
keep(struct job *j, str chunk)
{
	if (!j->keeps_body)
		return;
	if (chunk.n > KEEP_FROM_PIPE - j->kept_n) {
		let_go(j);
		j->keeps_body = false;
		j->body_lost = true;
		return;
	}
	grow(j, chunk.n);
	memcpy(j->kept + j->kept_n, chunk.p, chunk.n);
	j->kept_n += chunk.n;
	j->desk->kept += chunk.n;
}

bool
job_is_crowded(const struct job *j)
{
	size_t others = j->desk->kept - j->kept_n;

	return j->keeps_body && others > 0 && j->desk->kept > KEEP_FROM_PIPE;
}

/* While a long body flows through, or a slow pipe, answers come in. */
static void
use_answers(struct job *j)
{
	enum { SEVERAL_CHUNKS = 4 * MBOX_BUFFER };
	bool takes_long = j->fed > SEVERAL_CHUNKS || !j->origin.again;

	if (!j->settled && takes_long && lookup_poll(&j->session.asking))
		run_checks(j);
}

bool
job_feed(struct job *j, struct input *in)
{
	struct mbox_piece piece = input_body(in);

	if (piece.text.p != NULL) {
		if (piece.quote)
			auth_body_maybe(j->auth, piece.text);
		else
			auth_body(j->auth, piece.text);
		keep(j, piece.text);
		j->fed += piece.text.n;
		use_answers(j);
		return true;
	}
	j->origin = in->origin;
	if (in->error.p != NULL)
		give_up(j, in);
	else
		auth_body_end(j->auth);
	return false;
}

/* --- findings -------------------------------------------------------- */

/* Of a pass nobody asks what else was changed, unless all is to be told. */
static bool
wants_body(const struct job *j)
{
	const struct options *o = j->desk->worker->options;
	const struct auth_verdict *v = j->what.v;

	return auth_has_broken(v) &&
	       (v->result != RESULT_PASS || o->verbose || o->json);
}

/* Is it so large that there may be only one of its kind in memory? */
static bool
has_large_body(const struct job *j)
{
	enum { SMALL = 64 << 10 };

	return j->origin.again && j->origin.stop - j->origin.start > SMALL;
}

static void
take_body(struct job *j)
{
	const struct message *m = j->setup.message;

	if (j->origin.again) {
		j->what.body = input_body_again(&j->origin, &m->notes,
			&j->bodies, m->end, KEEP_FROM_FILE);
		j->what.body_lost = j->what.body.p == NULL;
	} else if (j->keeps_body) {
		j->what.body = (str){ j->kept ? j->kept : "", j->kept_n };
	} else {
		j->what.body_lost = j->what.from_pipe = j->body_lost;
	}
}

static void
fill_report(struct job *j, struct report *r)
{
	const struct auth_verdict *v = auth_verdict(j->auth);
	bool one_of_many = !(j->origin.number == 1 && j->origin.last);

	*r = (struct report){
		.options = j->desk->worker->options,
		.out = j->desk->out,
		.arena = &j->session.arena,
		.file = j->origin.name,
		.number = one_of_many ? j->origin.number : 0,
		.client = &j->setup.client,
		.dns = j->setup.dns,
		.now = j->setup.now,
		.message = j->setup.message,
		.v = v,
		.spf = &v->spf,
		.spf_helo = &v->spf_helo,
		.dns_ms = lookup_ms(&j->session.asking),
		.questions = j->session.asking.asked,
	};
	if (j->findings == NULL)
		return;
	r->finding = findings_list(j->findings, &r->findings);
	r->roots = findings_roots(j->findings);
}

/* A pass by DKIM is a short answer: nothing that could be found is shown. */
static bool
is_short_answer(struct job *j)
{
	const struct options *o = j->desk->worker->options;
	struct report r;

	if (o->json || o->verbose || (o->client.hop > 0 && !job_is_one_line(j)))
		return false;
	fill_report(j, &r);
	return report_is_pass_by_dkim(&r);
}

static void
begin_findings(struct job *j)
{
	j->findings = findings_new(&j->what);
	j->state = JOB_FINDINGS;
}

/* The checks are settled: what is behind them? */
static void
conclude(struct job *j)
{
	const struct options *o = j->desk->worker->options;

	j->what = (struct findings_setup){
		.auth = &j->setup,
		.v = auth_verdict(j->auth),
		.options = &o->client,
		.from_zone = o->zones > 0,
	};
	j->state = JOB_DONE;
	if ((!wants_findings(o) && !o->summary) || is_short_answer(j))
		return;
	if (auth_check_older(j->auth)) {
		j->settled = false;
		j->state = JOB_CHECKS;
		return;
	}
	bool wants = wants_body(j);
	j->needs_large = wants && has_large_body(j);
	if (wants && !j->needs_large)
		take_body(j);
	begin_findings(j);
}

/* Twice when the findings want to know more. */
static void
check_and_conclude(struct job *j)
{
	while (j->state == JOB_CHECKS && run_checks(j))
		conclude(j);
}

static void
run_findings(struct job *j)
{
	while (!findings_step(j->findings))
		if (!lookup_has_more(&j->session.asking))
			return;
	j->state = j->needs_large ? JOB_BODY : JOB_DONE;
}

/*
 * Large bodies one at a time, or memory would grow with messages and workers.
 * All that findings ask was asked without the body, so that nobody waits for
 * the DNS with one in memory.
 */
static void
look_at_large_body(struct job *j)
{
	if (!permit_take(j->desk->large, j))
		return;
	j->needs_large = false;
	take_body(j);
	begin_findings(j);
	run_findings(j);
}

bool
job_step(struct job *j)
{
	if (j->state != JOB_DONE)
		lookup_has_more(&j->session.asking);
	check_and_conclude(j);
	if (j->state == JOB_FINDINGS)
		run_findings(j);
	if (j->state == JOB_BODY)
		look_at_large_body(j);
	keep_words(j);
	return j->state == JOB_DONE;
}

void
job_trim(struct job *j)
{
	session_trim(&j->session);
	arena_trim(&j->bodies);
}

/* --- the end --------------------------------------------------------- */

/* For the summary. */
static void
name_outcome(struct outcome *o, const struct report *r)
{
	o->verdict = result_word(r->v->result);
	o->cause = report_cause(r);
	o->exit = report_exit(r->v->result);
}

static void
report_mail(struct job *j, struct outcome *o)
{
	struct report r;

	fill_report(j, &r);
	name_outcome(o, &r);
	if (present(j, &r))
		lookup_save(&j->session.asking);
	else
		o->exit = EXIT_UNUSABLE;
}

static void
report_unusable(struct job *j, struct outcome *o)
{
	o->verdict = STR("error");
	o->cause =
		j->not_mail ? STR("input-not-mail") : STR("input-unreadable");
	o->exit = EXIT_UNUSABLE;
	/* without a word it was said already, and is not the file's fault */
	if (j->error.p != NULL)
		present_unusable(j, o->cause);
}

void
job_hand_in(struct job *j, struct turn *turn)
{
	struct desk *d = j->desk;
	const struct options *options = d->worker->options;
	struct outcome o = {
		.place = j->place,
		.message = j->origin.alone ? 1 : j->origin.number,
		.last = j->origin.alone || j->origin.last,
	};

	if (j->auth == NULL || j->error.p != NULL || worker_failed(d->worker))
		report_unusable(j, &o);
	else
		report_mail(j, &o);
	keep_words(j);
	o.text = taken(d->out, &d->text, &d->text_n);
	o.said = buf_str(&j->words);
	o.report = o.text.n > 0 && !job_is_one_line(j) && !options->json;
	o.file = input_name(&j->session.arena, &j->origin);
	turn_put(turn, &o);
}
