/*
 * check.c - mailauth check: each message through all checks.
 *
 * Questions leave for the DNS before the body is read, and what arrives while
 * it flows through is used at once.
 */
#include "annotate.h"
#include "report.h"
#include "say.h"
#include "worker.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Over many files 2 beats 3 beats 1 beats 0. */
static int
worse(int a, int b)
{
	static const int weight[] = {
		[EXIT_PASS] = 0,
		[EXIT_NOT] = 1,
		[EXIT_TEMPORARY] = 2,
		[EXIT_UNUSABLE] = 3,
	};

	return weight[a] > weight[b] ? a : b;
}

static bool
one_line(const struct options *o)
{
	return o->one_line || (o->files > 1 && !o->verbose && !o->header);
}

/* --- one message ----------------------------------------------------- */

static void
trace_pass(struct worker *w, const struct auth *auth, bool settled)
{
	struct arena_mark mark = arena_mark(&w->names);
	struct arena *a = &w->names;

	if (w->options->trace)
		lookup_trace(&w->lookup,
			STR_CAT(a, STR("pass    "),
				str_number(a, auth_verdict(auth)->passes),
				settled ? STR(": settled")
					: STR(": not settled")));
	arena_rewind(&w->names, mark);
}

static bool
step(struct worker *w, struct auth *auth)
{
	bool settled = auth_step(auth);

	trace_pass(w, auth, settled);
	return settled;
}

/* --- the body, to be looked at when it was changed -------------------- */

enum { KEEP_FROM_PIPE = 8 << 20, KEEP_FROM_FILE = 32 << 20 };

static bool
wants_findings(const struct options *o)
{
	return !o->quiet && !o->header && !o->annotate;
}

static void
begin_keeping(struct worker *w, const struct auth *auth)
{
	w->body = (struct buf){ .arena = &w->arena };
	w->body_lost = false;
	w->keeps_body = !w->input.again && wants_findings(w->options) &&
			auth_verdict(auth)->dkim_facts.n > 0;
}

static void
keep(struct worker *w, str chunk)
{
	if (!w->keeps_body)
		return;
	if (chunk.n <= KEEP_FROM_PIPE - w->body.n) {
		buf_add(&w->body, chunk);
		return;
	}
	w->keeps_body = false;
	w->body_lost = true;
}

static bool
has_changed(const struct auth_verdict *v)
{
	for (size_t i = 0; i < v->dkim_facts.n; i++)
		if (v->dkim[i].body_hash == RESULT_FAIL ||
			v->dkim[i].header_hash == RESULT_FAIL)
			return true;
	return false;
}

/* Of a pass nobody asks what else was changed, unless all is to be told. */
static void
take_body(struct worker *w, const struct auth_setup *auth,
	struct findings_setup *out)
{
	const struct options *o = w->options;

	if (!has_changed(out->v) ||
		(out->v->result == RESULT_PASS && !o->verbose && !o->json))
		return;
	if (w->input.again) {
		out->body = input_body_again(&w->input, &w->arena,
			auth->message->end, KEEP_FROM_FILE);
		out->body_lost = out->body.p == NULL;
	} else if (w->keeps_body) {
		out->body = buf_str(&w->body);
	} else {
		out->body_lost = out->from_pipe = w->body_lost;
	}
}

/* The body through the hashes; false when it cannot be read to its end. */
static bool
feed_body(struct worker *w, struct auth *auth)
{
	bool settled = step(w, auth);
	str chunk = STR("");

	begin_keeping(w, auth);
	while (chunk.p != NULL) {
		auth_body(auth, chunk);
		keep(w, chunk);
		if (!settled && lookup_poll(&w->lookup))
			settled = step(w, auth);
		chunk = input_body(&w->input);
	}
	auth_body_end(auth);
	return w->input.error.p == NULL;
}

static bool
examine(struct worker *w, struct auth *auth)
{
	if (!feed_body(w, auth))
		return false;
	while (!step(w, auth))
		lookup_more(&w->lookup);
	return true;
}

/* --at received: the clock of the host that took the message. */
static int64_t
time_of(struct worker *w, const struct client *client)
{
	if (!w->options->at_received)
		return worker_now(w);
	if (client->time != TIME_UNKNOWN)
		return client->time;
	SAY(&w->arena, STR("no time in a Received line of "),
		say_file(&w->arena, w->input.name),
		STR(": judged by the clock"));
	return worker_now(w);
}

/* What SPF lacks; of a client that it could not be asked about. */
static str
lacking(const struct client *c)
{
	if (c->ip.family == 0)
		return c->mail_from.p ? STR("no client address (give -i IP)")
				      : STR("no client address (give -i IP -f "
					    "SENDER)");
	return c->mail_from.p ? STR("null sender, and no HELO name (give -e "
				    "NAME)")
			      : STR("no envelope sender (give -f SENDER)");
}

/* What Received-SPF is about; NULL when SPF could not be asked. */
static const struct spf_query *
asked_of_spf(struct worker *w, const struct auth_setup *setup)
{
	const struct client *c = &setup->client;
	enum spf_scope scope = c->mail_from.p ? SPF_MFROM : SPF_HELO;
	struct spf_query *q = arena_new(&w->arena, struct spf_query);

	*q = auth_spf_query(&w->arena, c, scope, setup->receiver, setup->now);
	if (c->ip.family != 0 && (q->domain.n > 0 || q->helo.n > 0))
		return q;
	SAY(&w->arena, STR("no Received-SPF field: "), lacking(c));
	return NULL;
}

/* A field has no place for warnings. */
static void
say_hop_missing(struct worker *w, const struct message *m)
{
	unsigned hop = w->options->client.hop;
	struct arena *a = &w->arena;

	if (hop > message_count(m, STR("Received")))
		SAY(a, STR("there is no Received line "), str_number(a, hop),
			STR(" in "), say_file(a, w->input.name));
}

static bool
print_header(struct worker *w, const struct report *r,
	const struct auth_setup *setup)
{
	const struct options *o = w->options;
	struct annotation n = { .report = r, .authserv_id = w->receiver };

	say_hop_missing(w, r->message);
	if (o->received_spf)
		n.spf = asked_of_spf(w, setup);
	if (o->annotate)
		return print_annotated(&n, &w->spool);
	print_fields(&n);
	return true;
}

/* An empty line between reports, and none where an input had no report. */
static void
separate(struct worker *w)
{
	const struct options *o = w->options;

	if (w->reports++ > 0 && !one_line(o) && !o->json)
		putchar('\n');
}

static bool
print(struct worker *w, struct report *r, const struct auth_setup *setup)
{
	const struct options *o = w->options;

	if (o->quiet)
		return true;
	separate(w);
	if (o->header || o->annotate)
		return print_header(w, r, setup);
	if (o->json)
		json_report(r);
	else if (one_line(o))
		text_line(&w->screen, r);
	else
		text_report(&w->screen, r);
	return true;
}

static void
add_findings(struct worker *w, struct report *r, const struct auth_setup *setup)
{
	struct findings_setup what = {
		.auth = setup,
		.v = r->v,
		.options = &w->options->client,
		.from_zone = w->options->zones > 0,
	};
	take_body(w, setup, &what);
	struct findings *f = worker_findings(w, &what);

	r->finding = findings_list(f, &r->findings);
	r->roots = findings_roots(f);
}

/* A pass by DKIM is a short answer: nothing that could be found is shown. */
static bool
is_short_answer(const struct options *o, const struct report *r)
{
	return !o->json && !o->verbose && !one_line(o) && o->client.hop == 0 &&
	       r->v->result == RESULT_PASS && report_dkim_aligned(r);
}

static bool
report(struct worker *w, const struct auth_setup *setup,
	const struct auth_verdict *v)
{
	struct report r = {
		.options = w->options,
		.arena = &w->arena,
		.file = w->input.name,
		.client = &setup->client,
		.dns = setup->dns,
		.now = setup->now,
		.message = setup->message,
		.v = v,
		.spf = &v->spf,
		.spf_helo = &v->spf_helo,
		.dns_ms = lookup_ms(&w->lookup),
		.questions = w->lookup.asked,
	};

	if (wants_findings(w->options) && !is_short_answer(w->options, &r))
		add_findings(w, &r, setup);
	return print(w, &r, setup);
}

static int
check_open_message(struct worker *w)
{
	struct arena *a = &w->arena;
	const struct message *message = message_parse(a, &w->input.head);
	struct client client = client_find(a, message, &w->options->client);
	struct auth_setup setup = {
		.arena = a,
		.dns = w->dns,
		.crypto = w->crypto,
		.message = message,
		.suffixes = w->suffixes,
		.method = w->options->method,
		.client = client,
		.sealer = w->options->sealer,
		.sealers = w->options->sealers,
		.receiver = w->receiver,
		.now = time_of(w, &client),
	};
	lookup_begin(&w->lookup, w->dns);
	struct auth *auth = auth_new(&setup);
	const struct auth_verdict *v = auth_verdict(auth);
	int code = EXIT_UNUSABLE;

	if (examine(w, auth) && !worker_failed(w) && report(w, &setup, v)) {
		lookup_save(&w->lookup);
		code = report_exit(v->result);
	}
	auth_free(auth);
	return code;
}

static void
report_unusable(struct worker *w, const char *file)
{
	const struct options *o = w->options;

	if (w->input.error.p == NULL)
		return; /* said already, and not the file's fault */
	if (o->json && !o->quiet)
		json_unusable(&w->arena, file, w->input.error);
	else if (!o->quiet && one_line(o))
		text_line_unusable(&w->screen, file,
			w->input.not_mail ? STR("input-not-mail")
					  : STR("input-unreadable"));
	say(w->input.error);
}

static int
check_file(struct worker *w, const char *file)
{
	int code = EXIT_UNUSABLE;

	worker_begin_message(w);
	w->input.spool = NULL;
	if (w->options->annotate) {
		spool_begin(&w->spool, &w->arena);
		w->input.spool = &w->spool;
	}
	if (input_begin(&w->input, &w->arena, file, w->options->header_limit)) {
		code = check_open_message(w);
		input_end(&w->input);
	}
	if (code == EXIT_UNUSABLE)
		report_unusable(w, file);
	spool_end(&w->spool);
	worker_end_message(w);
	say_flush(); /* before the next, which may take its time */
	return code;
}

/* --- the command ----------------------------------------------------- */

static int
check_files(struct worker *w)
{
	const struct options *o = w->options;
	int code = EXIT_PASS;

	if (o->files == 0)
		return check_file(w, "-");
	for (size_t i = 0; i < o->files && !worker_failed(w); i++) {
		if (!say_flush())
			return EXIT_UNUSABLE; /* nobody would see the rest */
		code = worse(code, check_file(w, o->file[i]));
	}
	return code;
}

/* Each of these has standard output for itself. */
static bool
one_form(const struct options *o)
{
	const struct {
		bool given;
		str name;
	} form[] = {
		{ o->header, STR("--header") },
		{ o->annotate, STR("--annotate") },
		{ o->json, STR("-j") },
		{ o->one_line, STR("-1") },
		{ o->verbose, STR("-v") },
		{ o->quiet, STR("-q") },
	};
	str first = { 0 };

	if (!o->header && !o->annotate)
		return true;
	for (size_t i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
		if (form[i].given && first.p != NULL) {
			SAY(o->arena, STR("choose one of "), first,
				STR(" and "), form[i].name);
			return false;
		}
		first = form[i].given ? form[i].name : first;
	}
	return true;
}

static bool
sensible(const struct options *o)
{
	if (!one_form(o))
		return false;
	if (o->received_spf && !o->header && !o->annotate) {
		say(STR("--received-spf goes with --header or --annotate, or "
			"with 'mailauth spf'"));
		return false;
	}
	if (o->annotate && o->files > 1) {
		say(STR("--annotate writes one message: name one file"));
		return false;
	}
	return true;
}

static bool
is_stdin(const char *name)
{
	return strcmp(name, "-") == 0;
}

/* What is read from standard input once is gone for all who come later. */
static bool
stdin_serves_one(const struct options *o)
{
	size_t uses = o->files == 0;

	uses += o->psl != NULL && is_stdin(o->psl);
	for (size_t i = 0; i < o->files; i++)
		uses += is_stdin(o->file[i]);
	for (size_t i = 0; i < o->zones; i++)
		uses += is_stdin(o->zone[i]);
	if (uses > 1)
		say(STR("standard input is asked for twice, and can be "
			"read only once"));
	return uses <= 1;
}

int
run_check(const struct options *o)
{
	if (!sensible(o))
		return EXIT_UNUSABLE;
	/* nobody pipes a mail in, and nobody types one */
	if (o->files == 0 && isatty(STDIN_FILENO)) {
		usage_print(o->command);
		return EXIT_UNUSABLE;
	}
	if (!stdin_serves_one(o))
		return EXIT_UNUSABLE;
	struct worker *w = worker_new(o);
	if (w == NULL)
		return EXIT_UNUSABLE;
	return worker_end(w, check_files(w));
}
