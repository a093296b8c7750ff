/*
 * json_report.c - a report as one JSON object.  Keys are only ever added, and
 * keep their order.
 */
#include "report.h"
#include "json.h"

#include "mailauth/buf.h"

static struct json
begin(struct arena *a, const char *file, uint64_t number)
{
	struct json j = json_begin(a);

	json_put_number(&j, "schema", JSON_SCHEMA);
	if (file != NULL)
		json_put_str(&j, "file", str_from(file));
	if (number > 0)
		json_put_number(&j, "message", number);
	return j;
}

/* --- the client ------------------------------------------------------ */

static str
source_word(const struct report *r, enum client_source source)
{
	switch (source) {
	case SOURCE_OPTION: return STR("option");
	case SOURCE_RECEIVED:
		return STR_CAT(r->arena, STR("received:"),
			str_number(r->arena, r->client->line));
	case SOURCE_RECEIVED_SPF: return STR("received-spf");
	case SOURCE_RETURN_PATH: return STR("return-path");
	case SOURCE_NONE: break;
	}
	return (str){ 0 };
}

static void
put_client(struct json *j, const struct report *r)
{
	const struct client *c = r->client;
	struct json client = json_begin(r->arena);
	struct json source = json_begin(r->arena);

	json_put_str(&client, "ip",
		c->ip.family ? ip_format(r->arena, c->ip) : (str){ 0 });
	json_put_str(&client, "helo", c->helo);
	json_put_str(&client, "mail_from", c->mail_from);
	json_put_str(&source, "ip", source_word(r, c->ip_source));
	json_put_str(&source, "helo", source_word(r, c->helo_source));
	json_put_str(&source, "mail_from", source_word(r, c->mail_from_source));
	json_put_object(&client, "source", &source);
	json_put_object(j, "client", &client);
}

/* --- SPF ------------------------------------------------------------- */

static struct json
spf_step(struct arena *a, const struct spf_step *step)
{
	struct json j = json_begin(a);

	json_put_number(&j, "depth", step->depth);
	json_put_str(&j, "kind", step->record ? STR("record") : STR("term"));
	json_put_str(&j, "domain", step->domain);
	json_put_str(&j, "text", step->text);
	json_put_bool(&j, "evaluated", step->record || step->evaluated);
	json_put_bool(&j, "matched", step->matched);
	json_put_str(&j, "answer", step->answer);
	json_put_number(&j, "cost", step->cost);
	json_put_number(&j, "lookups", step->lookups);
	json_put_number(&j, "void_lookups", step->voids);
	json_put_str(&j, "result",
		step->result == RESULT_PENDING ? (str){ 0 }
					       : result_word(step->result));
	return j;
}

static void
put_tree(struct json *j, const struct spf_verdict *v)
{
	json_t *tree = json_array();

	for (size_t i = 0; i < v->steps; i++) {
		struct json step = spf_step(j->arena, &v->step[i]);
		json_append(j, tree, &step);
	}
	json_put(j, "tree", tree);
}

static void
put_spf(struct json *j, const char *key, const struct spf_verdict *v, bool tree)
{
	struct json spf = json_begin(j->arena);

	json_put_result(&spf, "result", v->result);
	json_put_str(&spf, "scope",
		v->scope == SPF_HELO ? STR("helo") : STR("mfrom"));
	json_put_str(&spf, "domain", v->domain);
	json_put_str(&spf, "mechanism", v->mechanism);
	json_put_str(&spf, "explanation", v->explanation);
	json_put_number(&spf, "lookups", v->lookups);
	json_put_number(&spf, "void_lookups", v->voids);
	json_put_str(&spf, "reason", v->reason);
	if (tree)
		put_tree(&spf, v);
	json_put_object(j, key, &spf);
}

/* --- DKIM ------------------------------------------------------------ */

/* A hash that was not tried is null. */
static str
hash_word(enum result result)
{
	if (result != RESULT_PASS && result != RESULT_FAIL)
		return (str){ 0 };
	return result_word(result);
}

static str
or_raw(str ascii, str raw)
{
	return ascii.p != NULL ? ascii : raw;
}

static str
identity(struct arena *a, const struct dkim_signature *sig)
{
	if (sig->identity.p != NULL || sig->signer.domain.p == NULL)
		return sig->identity;
	return STR_CAT(a, STR("@"), sig->signer.domain); /* RFC 6376 3.5, i= */
}

static str
expiry(struct arena *a, const struct dkim_signature *sig)
{
	if (sig->expires == TIME_UNKNOWN)
		return (str){ 0 };
	return time_format_rfc3339(a, sig->expires);
}

static struct json
signature(const struct report *r, size_t i)
{
	const struct dkim_verdict *v = &r->v->dkim[i];
	const struct dkim_signature *sig = &r->v->dkim_facts.signature[i];
	struct json j = json_begin(r->arena);

	json_put_result(&j, "result", v->result);
	json_put_str(&j, "domain",
		or_raw(sig->signer.domain_ascii, sig->signer.domain));
	json_put_str(&j, "selector",
		or_raw(sig->signer.selector_ascii, sig->signer.selector));
	json_put_str(&j, "identity", identity(r->arena, sig));
	json_put_str(&j, "algorithm", sig->signer.algorithm);
	if (v->key_bits > 0)
		json_put_number(&j, "key_bits", v->key_bits);
	else
		json_put_str(&j, "key_bits", (str){ 0 }); /* no key read */
	json_put_str(&j, "body_hash", hash_word(v->body_hash));
	json_put_str(&j, "header_hash", hash_word(v->header_hash));
	json_put_bool(&j, "aligned", report_signature_aligned(r, i));
	json_put_bool(&j, "testing", v->testing);
	json_put_str(&j, "expires", expiry(r->arena, sig));
	json_put_number(&j, "unsigned_bytes", v->unsigned_bytes);
	json_put_str(&j, "reason", v->reason);
	return j;
}

static void
put_dkim(struct json *j, const struct report *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->v->dkim_facts.n; i++) {
		struct json element = signature(r, i);
		json_append(j, array, &element);
	}
	json_put(j, "dkim", array);
}

static void
put_dkim2(struct json *j, const struct report *r)
{
	struct json dkim2 = json_begin(r->arena);

	json_put_bool(&dkim2, "present", r->v->dkim_facts.dkim2);
	json_put_bool(&dkim2, "evaluated", false); /* a draft */
	json_put_object(j, "dkim2", &dkim2);
}

/* --- ARC ------------------------------------------------------------- */

static struct json
claimed_result(struct arena *a, const struct authres_result *result)
{
	struct json j = json_begin(a);
	struct json properties = json_begin(a);

	for (size_t i = 0; i < result->n; i++) {
		const struct authres_property *p = &result->property[i];
		str key = p->ptype.n > 0
				  ? STR_CAT(a, p->ptype, STR("."), p->name)
				  : p->name;
		json_put_str(&properties, arena_zstr(a, str_escaped(a, key)),
			p->value);
	}
	json_put_str(&j, "method", result->method);
	json_put_str(&j, "result", result->result);
	json_put_str(&j, "reason", result->reason);
	json_put_object(&j, "properties", &properties);
	return j;
}

/* What somebody else says to have seen. */
static struct json
claims(const struct report *r, const struct authres *saw)
{
	static const char *const method[] = { "spf", "dkim", "dmarc", "arc" };
	struct json j = json_begin(r->arena);
	json_t *all = json_array();

	json_put_str(&j, "authserv_id", saw->authserv_id);
	for (size_t i = 0; i < sizeof(method) / sizeof(method[0]); i++)
		json_put_str(
			&j, method[i], report_claim(saw, str_from(method[i])));
	for (size_t i = 0; i < saw->n; i++) {
		struct json one = claimed_result(r->arena, &saw->result[i]);
		json_append(&j, all, &one);
	}
	json_put(&j, "results", all);
	return j;
}

static struct json
arc_set(const struct report *r, size_t i)
{
	const struct arc_set *set = &r->v->arc_facts.set[i];
	const struct arc_verdict *arc = &r->v->arc;
	struct json j = json_begin(r->arena);
	/* a chain whose structure is broken is not verified */
	enum result seal = arc->set ? arc->set[i].seal : RESULT_NONE;
	enum result ams =
		arc->set ? arc->set[i].message_signature : RESULT_NONE;

	json_put_number(&j, "instance", set->instance);
	json_put_result(&j, "seal", seal);
	json_put_result(&j, "message_signature", ams);
	json_put_str(&j, "domain",
		or_raw(set->seal.signer.domain_ascii, set->seal.signer.domain));
	json_put_str(&j, "selector",
		or_raw(set->seal.signer.selector_ascii,
			set->seal.signer.selector));
	json_put_str(&j, "cv", set->seal.cv);
	json_put_str(&j, "claims", field_unfold(r->arena, set->claims));
	if (set->results) {
		struct json saw = claims(r, &set->saw);
		json_put_object(&j, "saw", &saw);
	}
	return j;
}

static void
put_override(struct json *arc, const struct report *r)
{
	const struct auth_override *o = &r->v->override;

	if (!o->asked) {
		json_put(arc, "override", json_null());
		return;
	}
	struct json override = json_begin(r->arena);

	json_put_bool(&override, "justified", o->justified);
	json_put_str(&override, "reason", o->reason);
	json_put_object(arc, "override", &override);
}

static void
put_arc(struct json *j, const struct report *r)
{
	const struct arc_verdict *v = &r->v->arc;
	struct json arc = json_begin(r->arena);
	json_t *sets = json_array();

	json_put_result(&arc, "result", v->result);
	json_put_str(&arc, "reason", v->reason);
	json_put_number(&arc, "oldest_pass", v->oldest_pass);
	for (size_t i = 0; i < r->v->arc_facts.n; i++) {
		struct json set = arc_set(r, i);
		json_append(&arc, sets, &set);
	}
	json_put(&arc, "sets", sets);
	put_override(&arc, r);
	json_put_object(j, "arc", &arc);
}

/* --- recorded -------------------------------------------------------- */

static json_t *
differs(struct json *j, const struct auth_recorded *r)
{
	const struct {
		bool differs;
		const char *method;
	} one[] = {
		{ r->spf_differs, "spf" },
		{ r->dkim_differs, "dkim" },
		{ r->dmarc_differs, "dmarc" },
		{ r->arc_differs, "arc" },
	};
	json_t *array = json_array();

	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++)
		if (one[i].differs && json_array_append_new(array,
					      json_string(one[i].method)) != 0)
			j->failed = true;
	return array;
}

static void
put_recorded(struct json *j, const struct report *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->v->n_recorded; i++) {
		const struct auth_recorded *recorded = &r->v->recorded[i];
		struct json one = claims(r, &recorded->saw);
		json_put_number(&one, "hop", recorded->hop);
		json_put(&one, "differs", differs(&one, recorded));
		json_append(j, array, &one);
	}
	json_put(j, "recorded", array);
}

/* --- DMARC ----------------------------------------------------------- */

static str
policy_word(enum dmarc_policy policy)
{
	if (policy == DMARC_POLICY_UNKNOWN)
		return (str){ 0 };
	return dmarc_policy_word(policy);
}

static str
disposition_word(const struct dmarc_verdict *v)
{
	if (v->result != RESULT_FAIL)
		return STR("none");
	return policy_word(v->disposition);
}

static void
put_rfc7489(struct json *j, const struct report *r)
{
	const struct auth_verdict *v = r->v;
	const struct dmarc_verdict *d =
		v->dmarc.method == DMARC_PSL ? &v->dmarc : &v->dmarc_other;
	struct json old = json_begin(r->arena);

	/* made only with a public suffix list */
	bool made = d->result != RESULT_PENDING;
	json_put_str(
		&old, "result", made ? result_word(d->result) : (str){ 0 });
	json_put_str(&old, "organizational_domain", d->organizational);
	json_put_str(&old, "policy_domain", d->policy_domain);
	json_put_str(&old, "policy", policy_word(d->policy));
	json_put_object(j, "rfc7489", &old);
}

static void
put_dmarc(struct json *j, const struct report *r)
{
	const struct dmarc_verdict *v = &r->v->dmarc;
	struct json dmarc = json_begin(r->arena);
	struct json alignment = json_begin(r->arena);

	json_put_result(&dmarc, "result", v->result);
	json_put_str(&dmarc, "domain", v->domain);
	json_put_str(&dmarc, "policy_domain", v->policy_domain);
	json_put_str(&dmarc, "organizational_domain", v->organizational);
	json_put_str(&dmarc, "policy", policy_word(v->policy));
	json_put_str(&dmarc, "disposition", disposition_word(v));
	json_put_str(&dmarc, "method",
		v->method == DMARC_PSL ? STR("psl") : STR("treewalk"));
	json_put_str(&dmarc, "record", v->record);
	json_put_bool(&alignment, "spf", report_spf_aligned(r));
	json_put_bool(&alignment, "dkim", report_dkim_aligned(r));
	json_put_object(&dmarc, "alignment", &alignment);
	put_rfc7489(&dmarc, r);
	json_put_str(&dmarc, "reason", v->reason);
	json_put_object(j, "dmarc", &dmarc);
}

/* --- the rest -------------------------------------------------------- */

static void
put_from(struct json *j, const struct report *r)
{
	struct json from = json_begin(r->arena);

	json_put_str(&from, "address", r->v->author.display_address);
	json_put_str(&from, "domain", r->v->author.domain);
	json_put_object(j, "from", &from);
}

static void
put_dnssec(struct json *j, const struct report *r)
{
	struct json dnssec = json_begin(r->arena);
	json_t *dkim = json_array();

	json_put_bool(&dnssec, "spf", r->v->spf.authentic);
	for (size_t i = 0; i < r->v->dkim_facts.n; i++)
		if (json_array_append_new(
			    dkim, json_boolean(r->v->dkim[i].authentic)) != 0)
			dnssec.failed = true;
	json_put(&dnssec, "dkim", dkim);
	json_put_bool(&dnssec, "dmarc", r->v->dmarc.authentic);
	json_put_object(j, "dnssec", &dnssec);
}

struct json
json_finding(struct arena *a, const struct finding *x)
{
	struct json j = json_begin(a);

	json_put_str(&j, "code", finding_kind(x->code)->code);
	json_put_str(&j, "severity", severity_word(x->severity));
	json_put_str(&j, "basis", basis_word(x->basis));
	json_put_str(&j, "subject",
		!x->name.p     ? (str){ 0 }
		: x->in_header ? STR("header")
			       : STR("txt"));
	json_put_str(&j, "name", x->name);
	json_put_number(&j, "offset", x->at);
	json_put_number(&j, "length", x->n);
	json_put_str(&j, "message", x->message);
	json_put_str(&j, "hint", x->hint.n > 0 ? x->hint : (str){ 0 });
	json_put_str(&j, "text", x->text);
	json_put_str(&j, "corrected", x->corrected);
	json_put_bool(&j, "minor", x->minor);
	json_put_str(&j, "cause",
		x->cause ? finding_kind(x->cause->code)->code : (str){ 0 });
	return j;
}

static void
put_findings(struct json *j, const struct report *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->findings; i++) {
		struct json one = json_finding(r->arena, &r->finding[i]);
		json_append(j, array, &one);
	}
	json_put(j, "findings", array);
}

static void
put_time(struct json *j, const struct report *r)
{
	struct json time = json_begin(r->arena);

	json_put(&time, "dns_ms", json_real(r->dns_ms));
	json_put_number(&time, "dns_queries", r->questions);
	json_put_number(&time, "passes", r->v->passes);
	json_put_object(j, "time", &time);
}

void
json_report(const struct report *r)
{
	struct json j = begin(r->arena, r->file, r->number);

	json_put_result(&j, "verdict", r->v->result);
	put_client(&j, r);
	put_from(&j, r);
	put_spf(&j, "spf", r->spf, false);
	put_spf(&j, "spf_helo", r->spf_helo, false);
	put_dkim(&j, r);
	put_arc(&j, r);
	put_dmarc(&j, r);
	put_dnssec(&j, r);
	put_recorded(&j, r);
	put_dkim2(&j, r);
	put_findings(&j, r);
	put_time(&j, r);
	json_write(&j, r->out);
}

void
json_report_spf(const struct report *r)
{
	struct json j = begin(r->arena, NULL, 0);

	json_put_result(&j, "verdict", r->spf->result);
	put_client(&j, r);
	put_spf(&j, "spf", r->spf, true);
	put_spf(&j, "spf_helo", r->spf_helo, true);
	put_findings(&j, r);
	json_write(&j, r->out);
}

void
json_unusable(FILE *out, struct arena *a, const char *file, uint64_t number,
	str code, str error)
{
	struct json j = begin(a, file, number);

	json_put_str(&j, "code", code);
	json_put_str(&j, "error", error);
	json_write(&j, out);
}
