/*
 * spf.c - mailauth spf: may this client send for this address?
 */
#include "annotate.h"
#include "report.h"
#include "say.h"
#include "worker.h"

/* Each of these has standard output for itself. */
static bool
one_form(const struct options *o)
{
	if (!o->received_spf || (!o->json && !o->verbose))
		return true;
	SAY(o->arena, STR("choose one of --received-spf and "),
		o->json ? STR("-j") : STR("-v"));
	return false;
}

static bool
complete(const struct options *o)
{
	const struct client *c = &o->client.given;

	if (c->ip.family == 0) {
		say(STR("spf needs the client's address: -i IP"));
		return false;
	}
	if (!c->mail_from.p && !c->helo.p) {
		say(STR("spf needs a sender or a HELO name: -f ADDR or "
			"-e NAME"));
		return false;
	}
	if (c->mail_from.p && c->mail_from.n == 0 && !c->helo.p) {
		say(STR("the null sender is checked by its HELO name: -e "
			"NAME"));
		return false;
	}
	return true;
}

/* One identity, and what is known of it. */
struct identity {
	struct spf_query query;
	struct spf_verdict verdict; /* PENDING until it is settled */
};

static void
step(struct session *s, struct identity *id)
{
	struct arena_mark mark = arena_mark(&s->arena);

	if (id->verdict.result != RESULT_PENDING)
		return;
	dns_begin(s->dns);
	id->verdict = spf_check(&s->arena, s->dns, &id->query);
	if (dns_settled(s->dns))
		return;
	arena_rewind(&s->arena, mark);
	id->verdict = (struct spf_verdict){ .result = RESULT_PENDING };
}

/* Both side by side, so that they wait for the DNS together. */
static void
settle(struct session *s, struct identity *a, struct identity *b)
{
	for (;;) {
		step(s, a);
		step(s, b);
		if (a->verdict.result != RESULT_PENDING &&
			b->verdict.result != RESULT_PENDING)
			return;
		lookup_more(&s->asking);
	}
}

static void
print(struct session *s, struct report *r, const struct spf_query *query)
{
	const struct options *o = s->worker->options;

	if (o->quiet)
		return;
	struct screen screen = s->worker->screen;
	screen.arena = &s->arena;
	if (o->received_spf)
		print_field(stdout,
			spf_received_field(&s->arena, query, r->spf),
			STR("\n"));
	else if (o->json)
		json_report_spf(r);
	else
		text_spf(&screen, r);
}

static void
add_findings(struct session *s, struct report *r)
{
	struct auth_setup auth = {
		.arena = &s->arena,
		.dns = s->dns,
		.client = *r->client,
		.now = r->now,
	};
	struct findings_setup what = {
		.auth = &auth,
		.spf = r->spf,
		.spf_helo = r->spf_helo,
	};
	struct findings *f = session_findings(s, &what);

	r->finding = findings_list(f, &r->findings);
	r->roots = findings_roots(f);
}

static int
exit_code(const struct options *o, enum result result)
{
	/* as its manual page spfquery(1) has them */
	static const int mail_spf[] = {
		[RESULT_PASS] = 0,
		[RESULT_FAIL] = 1,
		[RESULT_SOFTFAIL] = 2,
		[RESULT_NEUTRAL] = 3,
		[RESULT_PERMERROR] = 4,
		[RESULT_TEMPERROR] = 5,
		[RESULT_NONE] = 6,
	};

	return o->spfquery_exit ? mail_spf[result] : report_exit(result);
}

static struct spf_verdict
no_helo(void)
{
	return (struct spf_verdict){
		.result = RESULT_NONE,
		.scope = SPF_HELO,
		.reason = STR("no HELO name"),
	};
}

static int
check(struct session *s)
{
	const struct client *c = &s->worker->options->client.given;
	struct arena *a = s->worker->options->arena;
	int64_t now = worker_now(s->worker);
	bool by_helo = !c->mail_from.p;
	struct identity helo = {
		.query = auth_spf_query(
			a, c, SPF_HELO, s->worker->receiver, now),
	};
	struct identity mfrom = {
		.query = auth_spf_query(
			a, c, SPF_MFROM, s->worker->receiver, now),
	};
	struct identity *asked = by_helo ? &helo : &mfrom;

	if (!c->helo.p)
		helo.verdict = no_helo();
	settle(s, asked, &helo);
	struct report r = {
		.options = s->worker->options,
		.out = stdout,
		.arena = &s->arena,
		.client = c,
		.dns = s->dns,
		.now = now,
		.spf = &asked->verdict,
		.spf_helo = &helo.verdict,
	};

	if (worker_failed(s->worker))
		return EXIT_UNUSABLE;
	add_findings(s, &r);
	lookup_save(&s->asking);
	print(s, &r, &asked->query);
	return exit_code(s->worker->options, asked->verdict.result);
}

int
run_spf(const struct options *o)
{
	if (!one_form(o) || !complete(o))
		return EXIT_UNUSABLE;
	struct worker *w = worker_new(o);
	if (w == NULL)
		return EXIT_UNUSABLE;
	struct session s;
	session_init(&s, w);
	session_begin(&s);
	int code = check(&s);
	session_end(&s);
	session_free(&s);
	return worker_end(w, code);
}
