/*
 * spf.c - mailauth spf: may this client send for this address?
 */
#include "report.h"
#include "say.h"
#include "worker.h"

#include "mailauth/address.h"

#include <stdio.h>

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

static struct spf_query
query_for(struct worker *w, enum spf_scope scope)
{
	const struct client *c = &w->options->client.given;
	struct address sender = { 0 };

	if (scope == SPF_MFROM && c->mail_from.n > 0)
		address_cut_path(w->options->arena, c->mail_from, &sender);
	return (struct spf_query){
		.scope = scope,
		.ip = c->ip,
		.local = sender.local,
		.domain = sender.domain,
		.helo = c->helo,
		.receiver = w->receiver,
		.now = worker_now(w),
	};
}

/* Runs one identity until it is settled. */
static struct spf_verdict
settle(struct worker *w, const struct spf_query *query)
{
	for (;;) {
		struct arena_mark mark = arena_mark(&w->arena);
		dns_begin(w->dns);
		struct spf_verdict v = spf_check(&w->arena, w->dns, query);
		if (dns_settled(w->dns))
			return v;
		arena_rewind(&w->arena, mark);
		lookup_more(&w->lookup);
	}
}

/* The field for a file on this system: lines end in LF. */
static void
print_field(struct arena *a, str field)
{
	for (str rest = field, line; str_split(&rest, '\n', &line);) {
		bool folded = line.n > 0 && is_wsp(line.p[0]);
		line = str_escaped(a, str_trim_fws(line));
		if (line.n > 0)
			printf("%s%.*s\n", folded ? "\t" : "", (int)line.n,
				line.p);
	}
}

static void
print(struct worker *w, struct report *r, const struct spf_query *query)
{
	const struct options *o = w->options;

	report_notes(r);
	if (o->quiet)
		return;
	if (o->received_spf)
		print_field(&w->arena,
			spf_received_field(&w->arena, query, r->spf));
	else if (o->json)
		json_report_spf(r);
	else
		text_spf(&w->screen, r);
}

static int
exit_for(const struct options *o, enum result result)
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

	if (o->spfquery_exit)
		return mail_spf[result];
	if (result == RESULT_PASS)
		return EXIT_PASS;
	return result == RESULT_TEMPERROR ? EXIT_TEMPORARY : EXIT_NOT;
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
check(struct worker *w)
{
	const struct client *c = &w->options->client.given;
	struct spf_query helo = query_for(w, SPF_HELO);
	struct spf_query mfrom = query_for(w, SPF_MFROM);
	bool by_helo = !c->mail_from.p;
	struct spf_verdict spf = settle(w, by_helo ? &helo : &mfrom);
	struct spf_verdict other = by_helo     ? spf
				   : c->helo.p ? settle(w, &helo)
					       : no_helo();
	struct report r = {
		.options = w->options,
		.arena = &w->arena,
		.client = c,
		.dns = w->dns,
		.now = mfrom.now,
		.spf = &spf,
		.spf_helo = by_helo ? &spf : &other,
	};

	if (worker_failed(w))
		return EXIT_UNUSABLE;
	lookup_save(&w->lookup);
	print(w, &r, by_helo ? &helo : &mfrom);
	return exit_for(w->options, spf.result);
}

int
run_spf(const struct options *o)
{
	if (!complete(o))
		return EXIT_UNUSABLE;
	struct worker *w = worker_new(o);
	if (w == NULL)
		return EXIT_UNUSABLE;
	worker_begin_message(w);
	lookup_begin(&w->lookup, w->dns);
	int code = check(w);
	worker_end_message(w);
	return worker_end(w, code);
}
