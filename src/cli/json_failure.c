/*
 * json_failure.c - a failure report as one JSON object.
 */
#include "reports_print.h"
#include "json.h"

#include "mailauth/time.h"

static void
put_values(struct json *j, const char *key, struct failure_values v)
{
	json_put_strs(j, key, v.value, v.n);
}

static void
put_source(struct json *j, const struct failure *f)
{
	struct json one = json_begin(j->arena);

	json_put_str(&one, "ip",
		f->ip.family ? ip_format(j->arena, f->ip) : (str){ 0 });
	json_put_object(j, "source", &one);
}

static void
put_dkim(struct json *j, const struct failure *f)
{
	struct json one = json_begin(j->arena);

	json_put_str(&one, "domain", f->dkim_domain);
	json_put_str(&one, "identity", f->dkim_identity);
	json_put_str(&one, "selector", f->dkim_selector);
	json_put_object(j, "dkim", &one);
}

static void
put_message(struct json *j, const struct failure *f)
{
	struct json one = json_begin(j->arena);

	json_put_str(&one, "from", f->from);
	json_put_str(&one, "header_from", f->header_from);
	json_put_str(&one, "subject", f->subject);
	json_put_str(&one, "message_id", f->message_id);
	json_put_str(&one, "date", f->date);
	json_put_object(j, "message", &one);
}

void
json_failure(
	FILE *out, struct arena *a, const char *file, const struct failure *f)
{
	struct json j = json_begin(a);

	json_put_number(&j, "schema", JSON_SCHEMA);
	json_put_str(&j, "kind", STR("failure"));
	json_put_str(&j, "file", str_from(file));
	json_put_str(&j, "feedback_type", f->type);
	json_put_str(&j, "auth_failure", f->failed);
	json_put_str(&j, "identity_alignment", f->aligned);
	json_put_str(&j, "delivery_result", f->result);
	json_put_str(&j, "reporter", f->reporter);
	json_put_str(&j, "user_agent", f->user_agent);
	json_put_time(&j, "arrival", f->arrival);
	put_source(&j, f);
	json_put_number(&j, "incidents", f->incidents);
	json_put_str(&j, "mail_from", f->mail_from);
	put_values(&j, "rcpt_to", f->rcpt_to);
	json_put_str(&j, "envelope_id", f->envelope_id);
	json_put_str(&j, "reported_domain", f->domain);
	put_values(&j, "authentication_results", f->authentication);
	put_dkim(&j, f);
	put_values(&j, "spf_dns", f->spf_dns);
	put_message(&j, f);
	json_put_strs(&j, "notes", f->note, f->notes);
	json_write(&j, out);
}
