/*
 * present.c - a message's report in the form that was asked for.
 */
#include "annotate.h"
#include "job.h"
#include "say.h"

#include <string.h>

/* Others are reported on, too. */
static bool
is_one_of_many(const struct origin *from)
{
	return !from->alone && (from->number > 1 || !from->last);
}

bool
job_is_one_line(const struct job *j)
{
	const struct options *o = j->desk->worker->options;
	bool many = j->desk->many || is_one_of_many(&j->origin);

	return o->one_line || (many && !o->verbose && !o->header);
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
asked_of_spf(struct job *j)
{
	struct arena *a = &j->session.arena;
	const struct auth_setup *s = &j->setup;
	const struct client *c = &s->client;
	enum spf_scope scope = c->mail_from.p ? SPF_MFROM : SPF_HELO;
	struct spf_query *q = arena_new(a, struct spf_query);

	*q = auth_spf_query(a, c, scope, s->receiver, s->now);
	if (c->ip.family != 0 && (q->domain.n > 0 || q->helo.n > 0))
		return q;
	SAY(a, STR("no Received-SPF field: "), lacking(c));
	return NULL;
}

/* A field has no place for warnings. */
static void
say_hop_missing(const struct report *r)
{
	unsigned hop = r->options->client.hop;
	struct arena *a = r->arena;

	if (hop > message_count(r->message, STR("Received")))
		SAY(a, STR("there is no Received line "), str_number(a, hop),
			STR(" in "),
			say_file(a, arena_zstr(a, report_file(r))));
}

/* It goes straight to where it belongs: it may be long. */
static bool
annotate(struct job *j, struct report *r, struct annotation *n)
{
	struct arena *a = r->arena;

	r->out = stdout;
	if (!is_one_of_many(&j->origin))
		return print_annotated(n, &j->desk->spool);
	if (j->origin.number == 1)
		SAY(a, STR("cannot read "), say_file(a, j->origin.name),
			STR(" as mail: an mbox with several messages (split "
			    "it first)"));
	return false;
}

static bool
print_header(struct job *j, struct report *r)
{
	const struct options *o = r->options;
	struct annotation n = {
		.report = r,
		.authserv_id = j->desk->worker->receiver,
	};

	say_hop_missing(r);
	if (o->received_spf)
		n.spf = asked_of_spf(j);
	if (o->annotate)
		return annotate(j, r, &n);
	print_fields(&n);
	return true;
}

/* --summary alone stands for all the reports. */
static bool
is_silent(const struct options *o)
{
	bool lines = (o->one_line && !o->json) || o->verbose;

	return o->quiet || (o->summary && !lines);
}

bool
present(struct job *j, const struct report *of)
{
	const struct options *o = of->options;
	struct report r = *of;
	struct screen screen = j->desk->worker->screen;

	screen.arena = r.arena;
	screen.out = r.out;
	if (is_silent(o))
		return true;
	if (o->header || o->annotate)
		return print_header(j, &r);
	if (o->json)
		json_report(&r);
	else if (job_is_one_line(j))
		text_line(&screen, &r);
	else
		text_report(&screen, &r);
	return true;
}

void
present_unusable(struct job *j, str code)
{
	const struct options *o = j->desk->worker->options;
	struct arena *a = &j->session.arena;
	struct screen screen = j->desk->worker->screen;
	bool numbered = j->origin.number > 1 || !j->origin.last;

	screen.arena = a;
	screen.out = j->desk->out;
	if (is_silent(o))
		;
	else if (o->json)
		json_unusable(screen.out, a, j->origin.name,
			numbered ? j->origin.number : 0, code, j->error);
	else if (job_is_one_line(j))
		text_line_unusable(&screen, input_name(a, &j->origin), code);
	say(j->error);
}
