/*
 * json_domain.c - what a domain publishes as one JSON object.
 */
#include "domain_report.h"
#include "json.h"

#include "mailauth/buf.h"

static void
put_state(struct json *j, const char *key, enum published_state state)
{
	json_put_str(j, key,
		state == PUBLISHED_UNASKED ? (str){ 0 }
					   : published_state_word(state));
}

/* Not asked, or not answered, is null. */
static void
put_yes_no(struct json *j, const char *key, enum published_state state)
{
	if (state == PUBLISHED_UNASKED || state == PUBLISHED_UNKNOWN)
		json_put(j, key, json_null());
	else
		json_put_bool(j, key, state == PUBLISHED_OK);
}

/* --- MX -------------------------------------------------------------- */

static struct json
address(struct arena *a, const struct published_address *at)
{
	struct json j = json_begin(a);

	json_put_str(&j, "ip", ip_format(a, at->ip));
	json_put_str(&j, "ptr", at->name.n > 0 ? at->name : (str){ 0 });
	put_yes_no(&j, "confirmed", at->ptr);
	return j;
}

static struct json
host(struct arena *a, const struct published_host *h)
{
	struct json j = json_begin(a);
	json_t *all = json_array();

	put_state(&j, "state", h->state);
	json_put_number(&j, "preference", h->preference);
	json_put_str(&j, "name", h->name);
	json_put_str(&j, "alias", h->alias.n > 0 ? h->alias : (str){ 0 });
	for (size_t i = 0; i < h->addresses; i++) {
		struct json one = address(a, &h->address[i]);
		json_append(&j, all, &one);
	}
	json_put(&j, "addresses", all);
	json_put_number(&j, "left_out", h->left_out);
	return j;
}

static void
put_mx(struct json *j, const struct published_mx *mx)
{
	struct json one = json_begin(j->arena);
	json_t *hosts = json_array();

	put_state(&one, "state", mx->state);
	json_put_bool(&one, "null", mx->null);
	json_put_bool(&one, "implicit", mx->implicit);
	for (size_t i = 0; i < mx->hosts; i++) {
		struct json h = host(j->arena, &mx->host[i]);
		json_append(&one, hosts, &h);
	}
	json_put(&one, "hosts", hosts);
	json_put_number(&one, "left_out", mx->left_out);
	json_put_object(j, "mx", &one);
}

/* --- records --------------------------------------------------------- */

static void
put_spf(struct json *j, const struct published_spf *spf)
{
	struct json one = json_begin(j->arena);

	put_state(&one, "state", spf->state);
	json_put_str(&one, "record", spf->record);
	json_put_number(&one, "lookups", spf->lookups);
	json_put_bool(&one, "complete", spf->complete);
	json_put_number(&one, "void_lookups", spf->voids);
	json_put_number(&one, "addresses", spf->addresses);
	json_put_number(&one, "ip6_networks", spf->networks);
	json_put_str(&one, "all", spf->end);
	json_put_str(&one, "reason", spf->reason);
	json_put_object(j, "spf", &one);
}

static struct json
key(struct arena *a, const struct published_key *k)
{
	struct json j = json_begin(a);

	put_state(&j, "state", k->state);
	json_put_str(&j, "selector", k->selector);
	json_put_str(&j, "domain", k->domain);
	json_put_str(&j, "name", k->name);
	json_put_str(&j, "alias", k->alias.n > 0 ? k->alias : (str){ 0 });
	json_put_number(&j, "records", k->records);
	json_put_str(&j, "record", k->record);
	json_put_str(&j, "key_type",
		!k->works                ? (str){ 0 }
		: k->kind == KEY_ED25519 ? STR("ed25519")
					 : STR("rsa"));
	if (k->works)
		json_put_number(
			&j, "key_bits", k->kind == KEY_ED25519 ? 256 : k->bits);
	else
		json_put(&j, "key_bits", json_null());
	json_put_bool(&j, "revoked", k->revoked);
	json_put_bool(&j, "testing", k->testing);
	return j;
}

static void
put_keys(struct json *j, const struct published *d)
{
	json_t *all = json_array();

	for (size_t i = 0; i < d->keys; i++) {
		struct json one = key(j->arena, &d->key[i]);
		json_append(j, all, &one);
	}
	json_put(j, "dkim", all);
	json_put_number(j, "selectors_tried", d->tried);
}

static struct json
report_address(struct arena *a, const struct published_report *r)
{
	struct json j = json_begin(a);

	json_put_str(&j, "tag", r->to.failure ? STR("ruf") : STR("rua"));
	json_put_str(&j, "uri", r->to.uri);
	json_put_str(&j, "domain", r->to.domain);
	json_put_bool(&j, "external", r->external);
	put_yes_no(&j, "authorized", r->authorized);
	json_put_str(&j, "elsewhere", r->elsewhere);
	put_yes_no(&j, "takes_mail", r->mail);
	return j;
}

static str
policy_word(enum dmarc_policy policy)
{
	return policy == DMARC_POLICY_UNKNOWN ? (str){ 0 }
					      : dmarc_policy_word(policy);
}

static void
put_dmarc(struct json *j, const struct published_dmarc *d)
{
	struct json one = json_begin(j->arena);
	const struct dmarc_verdict *v = &d->verdict;
	json_t *reports = json_array();

	put_state(&one, "state", d->state);
	json_put_str(&one, "policy_domain", v->policy_domain);
	json_put_str(&one, "organizational_domain", v->organizational);
	json_put_str(&one, "record", v->record);
	json_put_str(&one, "policy", policy_word(v->policy));
	json_put_str(&one, "policy_tag", v->policy_tag);
	json_put_str(&one, "p", policy_word(d->record.p));
	json_put_str(&one, "sp", policy_word(d->record.sp));
	json_put_str(&one, "np", policy_word(d->record.np));
	json_put_bool(&one, "testing", d->record.testing);
	for (size_t i = 0; i < d->reports; i++) {
		struct json r = report_address(j->arena, &d->report[i]);
		json_append(&one, reports, &r);
	}
	json_put(&one, "reports", reports);
	json_put_number(&one, "left_out", d->left_out);
	json_put_object(j, "dmarc", &one);
}

static void
put_text(struct json *j, const char *name, const struct published_text *t)
{
	struct json one = json_begin(j->arena);

	put_state(&one, "state", t->state);
	json_put_str(&one, "name", t->name);
	json_put_number(&one, "records", t->records);
	json_put_str(&one, "record", t->record);
	json_put_object(j, name, &one);
}

/* --- the object ------------------------------------------------------ */

void
json_domain(const struct report *r, const struct published *d)
{
	struct json j = json_begin(r->arena);
	json_t *findings = json_array();

	json_put_number(&j, "schema", JSON_SCHEMA);
	json_put_str(&j, "domain", d->domain);
	json_put_bool(&j, "exists", !d->missing);
	put_state(&j, "state", d->state);
	json_put_number(&j, "errors", d->errors);
	json_put_number(&j, "warnings", d->warnings);
	put_mx(&j, &d->mx);
	put_spf(&j, &d->spf);
	put_keys(&j, d);
	put_dmarc(&j, &d->dmarc);
	put_text(&j, "mta_sts", &d->sts);
	put_text(&j, "tls_rpt", &d->tlsrpt);
	put_text(&j, "bimi", &d->bimi);
	for (size_t i = 0; i < d->findings; i++) {
		struct json one = json_finding(r->arena, &d->finding[i]);
		json_append(&j, findings, &one);
	}
	json_put(&j, "findings", findings);
	json_put_number(&j, "findings_left_out", d->left_out);
	json_write(&j, r->out);
}

void
json_domain_unusable(
	FILE *out, struct arena *a, const char *argument, str error)
{
	struct json j = json_begin(a);

	json_put_number(&j, "schema", JSON_SCHEMA);
	json_put_str(&j, "domain", str_from(argument));
	json_put_str(&j, "error", error);
	json_write(&j, out);
}
