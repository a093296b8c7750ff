/*
 * json_tls.c - an SMTP TLS report: one JSON object for each policy.
 */
#include "reports_print.h"
#include "json.h"

static void
put_report(struct json *j, const struct tls_report *t)
{
	struct json one = json_begin(j->arena);

	json_put_str(&one, "org", t->org);
	json_put_str(&one, "contact", t->contact);
	json_put_str(&one, "id", t->id);
	json_put_time(&one, "begin", t->begin);
	json_put_time(&one, "end", t->end);
	json_put_object(j, "report", &one);
}

static void
put_policy(struct json *j, const struct tls_policy *p)
{
	struct json one = json_begin(j->arena);

	json_put_str(&one, "type", p->type);
	json_put_str(&one, "domain", p->domain);
	json_put_strs(&one, "strings", p->line, p->lines);
	json_put_strs(&one, "mx", p->mx, p->mxs);
	json_put_object(j, "policy", &one);
}

static struct json
failure(struct arena *a, const struct tls_failure *f)
{
	struct json j = json_begin(a);

	json_put_str(&j, "type", f->type);
	json_put_number(&j, "sessions", f->sessions);
	json_put_str(&j, "sending_ip", f->sending_ip);
	json_put_str(&j, "receiving_host", f->receiving_host);
	json_put_str(&j, "receiving_helo", f->receiving_helo);
	json_put_str(&j, "receiving_ip", f->receiving_ip);
	json_put_str(&j, "reason", f->reason);
	json_put_str(&j, "information", f->information);
	return j;
}

static void
put_sessions(struct json *j, const struct tls_policy *p)
{
	json_t *all = json_array();

	json_put_number(j, "successful", p->successful);
	json_put_number(j, "failed", p->failed);
	for (size_t i = 0; i < p->failures; i++) {
		struct json one = failure(j->arena, &p->failure[i]);
		json_append(j, all, &one);
	}
	json_put(j, "failures", all);
}

static void
write_policy(FILE *out, struct arena *a, const char *file,
	const struct tls_report *t, const struct tls_policy *p)
{
	struct json j = json_begin(a);

	json_put_number(&j, "schema", JSON_SCHEMA);
	json_put_str(&j, "kind", STR("tls"));
	json_put_str(&j, "file", str_from(file));
	put_report(&j, t);
	if (p != NULL) {
		put_policy(&j, p);
		put_sessions(&j, p);
	} else {
		json_put(&j, "policy", json_null());
	}
	json_put_strs(&j, "notes", t->note, t->notes);
	json_write(&j, out);
}

void
json_tls(FILE *out, struct arena *a, const char *file,
	const struct tls_report *t)
{
	if (t->policies == 0)
		write_policy(out, a, file, t, NULL);
	for (size_t i = 0; i < t->policies; i++)
		write_policy(out, a, file, t, &t->policy[i]);
}
