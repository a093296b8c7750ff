/*
 * json_aggregate.c - the records of aggregate reports, one object each.
 */
#include "json.h"
#include "reports.h"

#include "mailauth/time.h"

static void
put_time(struct json *j, const char *key, int64_t t)
{
	json_put(j, key, t == TIME_UNKNOWN ? json_null() : json_integer(t));
}

/* Absent where nothing was said. */
static str
said(enum result r)
{
	return r == RESULT_PENDING ? (str){ 0 } : result_word(r);
}

static str
some(str s)
{
	return s.n > 0 ? s : (str){ 0 };
}

static struct json
report_of(struct arena *a, const struct aggregate *r)
{
	struct json j = json_begin(a);

	json_put_str(&j, "org", r->org);
	json_put_str(&j, "email", r->email);
	json_put_str(&j, "contact", r->contact);
	json_put_str(&j, "id", r->id);
	put_time(&j, "begin", r->begin);
	put_time(&j, "end", r->end);
	json_put_str(&j, "version", r->version);
	json_put_str(&j, "generator", r->generator);
	json_put_str(&j, "error", r->error);
	return j;
}

static void
put_mode(struct json *j, const char *key, char mode)
{
	json_put_str(j, key, mode ? (str){ &mode, 1 } : (str){ 0 });
}

static struct json
policy_of(struct arena *a, const struct aggregate_policy *p)
{
	struct json j = json_begin(a);

	json_put_str(&j, "domain", p->domain);
	json_put_str(&j, "p", some(dmarc_policy_word(p->p)));
	json_put_str(&j, "sp", some(dmarc_policy_word(p->sp)));
	json_put_str(&j, "np", some(dmarc_policy_word(p->np)));
	put_mode(&j, "adkim", p->adkim);
	put_mode(&j, "aspf", p->aspf);
	json_put(&j, "pct", p->pct < 0 ? json_null() : json_integer(p->pct));
	json_put_str(&j, "fo", p->fo);
	json_put_bool(&j, "testing", p->testing);
	json_put_str(&j, "discovery_method", p->discovery_method);
	return j;
}

static struct json
source_of(struct arena *a, const struct aggregate_record *r)
{
	struct json j = json_begin(a);

	json_put_str(&j, "ip", r->ip.family ? ip_format(a, r->ip) : r->source);
	return j;
}

static json_t *
reasons_of(struct json *outer, const struct aggregate_record *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->reasons; i++) {
		const struct aggregate_reason *x = &r->reason[i];
		struct json j = json_begin(outer->arena);
		json_put_str(
			&j, "type", x->type ? override_name(x->type) : x->word);
		json_put_str(&j, "comment", x->comment);
		json_append(outer, list, &j);
	}
	return list;
}

static json_t *
checks_of(struct json *outer, const struct aggregate_check *x, size_t n,
	bool dkim)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		struct json j = json_begin(outer->arena);
		json_put_str(&j, "domain", x[i].domain);
		if (dkim)
			json_put_str(&j, "selector", x[i].selector);
		else
			json_put_str(&j, "scope", x[i].scope);
		json_put_str(&j, "result", said(x[i].result));
		json_put_str(&j, "human", x[i].human);
		json_append(outer, list, &j);
	}
	return list;
}

static struct json
auth_of(struct arena *a, const struct aggregate_record *r)
{
	struct json j = json_begin(a);

	json_put(&j, "dkim", checks_of(&j, r->signature, r->signatures, true));
	json_put(&j, "spf", checks_of(&j, r->sender, r->senders, false));
	return j;
}

static struct json
begin(struct arena *a, const char *kind, str file, const struct aggregate *r)
{
	struct json j = json_begin(a), report = report_of(a, r);

	json_put_number(&j, "schema", JSON_SCHEMA);
	json_put_str(&j, "kind", str_from(kind));
	json_put_str(&j, "file", file);
	json_put_object(&j, "report", &report);
	return j;
}

static void
put_record(FILE *f, struct arena *a, str file, const struct aggregate *report,
	const struct aggregate_record *r)
{
	struct json j = begin(a, "aggregate", file, report);
	struct json policy = policy_of(a, &report->policy);
	struct json source = source_of(a, r), auth = auth_of(a, r);

	json_put_object(&j, "policy", &policy);
	json_put_object(&j, "source", &source);
	json_put_number(&j, "count", r->count);
	json_put_str(&j, "dmarc",
		result_word(aggregate_passes(r) ? RESULT_PASS : RESULT_FAIL));
	json_put_str(&j, "disposition", some(disposition_name(r->disposition)));
	json_put_str(&j, "dkim", said(r->dkim));
	json_put_str(&j, "spf", said(r->spf));
	json_put(&j, "reasons", reasons_of(&j, r));
	json_put_str(&j, "header_from", r->header_from);
	json_put_str(&j, "envelope_from", r->envelope_from);
	json_put_str(&j, "envelope_to", r->envelope_to);
	json_put_object(&j, "auth", &auth);
	json_write(&j, f);
}

void
json_aggregate(FILE *f, struct arena *a, str file, const struct aggregate *r)
{
	for (size_t i = 0; i < r->records; i++) {
		struct arena_mark mark = arena_mark(a);
		struct aggregate_record record = aggregate_get(r, i);
		put_record(f, a, file, r, &record);
		arena_rewind(a, mark);
	}
}

void
json_duplicate(FILE *f, struct arena *a, str file, const struct aggregate *r,
	const struct tally_report *first, bool same)
{
	struct json j = begin(a, "duplicate", file, r);

	json_put_str(&j, "first", first->file);
	json_put_bool(&j, "same", same);
	json_write(&j, f);
}
