/*
 * find.c - the machine: runs the groups until no probe is open.
 */
#include "find.h"

#include <assert.h>

enum {
	VALUE_MAX = 120, /* octets of one placeholder */
	SAME_MAX = 12    /* of one code; many signatures leave no other room */
};

struct findings {
	struct findings_setup setup;
	struct find find;
	bool done;
};

/* --- adding ---------------------------------------------------------- */

void
find_init(struct find *f, struct arena *a)
{
	*f = (struct find){ .arena = a };
	/* not zeroed: most of it is never used */
	f->finding =
		arena_grow(a, NULL, 0, FINDINGS_MAX * sizeof(struct finding));
}

static str
value_of(struct find *f, const struct find_arg *args, str key)
{
	for (; args && args->key; args++)
		if (str_eq(str_from(args->key), key))
			return args->value.n > VALUE_MAX
				       ? STR_CAT(f->arena,
						 str_sub(args->value, 0,
							 VALUE_MAX),
						 STR(".."))
				       : args->value;
	assert(false && "a placeholder without a value");
	return STR("?");
}

static str
expand(struct find *f, str template, const struct find_arg *args)
{
	struct buf b = { .arena = f->arena };

	while (template.n > 0) {
		size_t open = str_find(template, '{');
		str key = str_skip(template, open + 1);
		key.n = str_find(key, '}');
		buf_add(&b, str_sub(template, 0, open));
		if (open < template.n)
			buf_add(&b, value_of(f, args, key));
		template = str_skip(template, open + key.n + 2);
	}
	return buf_str(&b);
}

static bool
has_room(const struct find *f, enum finding_code code)
{
	size_t same = 0;

	for (size_t i = 0; i < f->n; i++)
		same += f->finding[i].code == code;
	return same < SAME_MAX && f->n < FINDINGS_MAX;
}

static struct finding *
room_for(struct find *f, enum finding_code code)
{
	struct find_extra *extra;

	if (has_room(f, code))
		return &f->finding[f->n++];
	extra = arena_new(f->arena, struct find_extra);
	extra->next = f->extra;
	f->extra = extra;
	return &extra->finding;
}

void
find_begin(struct find *f)
{
	f->n = f->added = 0;
	f->extra = NULL;
}

struct finding *
find_add(struct find *f, enum finding_code code, const struct find_arg *args)
{
	const struct finding_kind *kind = finding_kind(code);
	struct finding *new = room_for(f, code);

	f->added++;
	*new = (struct finding){
		.code = code,
		.severity = kind->severity,
		.message = expand(f, kind->message, args),
		.hint = expand(f, kind->hint, args),
	};
	return new;
}

void
find_in_txt(struct finding *new, str name, str record, size_t at, size_t n,
	str label)
{
	new->name = name;
	new->text = record;
	/* an error may stand at the very end */
	new->at = at < record.n ? at : record.n;
	new->n = str_skip(record, new->at).n < n ? record.n - new->at : n;
	new->label = label;
}

void
find_in_field(struct finding *new, const struct message *m,
	const struct field *field, size_t at, size_t n, str label)
{
	find_in_txt(new, field->name, field->value, at, n, label);
	new->in_header = true;
	for (uint32_t i = (uint32_t)(field - m->field) + 1; i != 0;
		i = m->field[i - 1].above)
		new->instance++;
}

/* --- asking ---------------------------------------------------------- */

const struct dns_answer *
find_known(struct find *f, enum dns_type type, str name)
{
	const struct dns_answer *answer = dns_known(f->dns, type, name);

	return answer->status != DNS_UNKNOWN ? answer : NULL;
}

bool
find_was_probe(const struct find *f, enum dns_type type, str name)
{
	for (size_t i = 0; i < f->probes; i++)
		if (f->probe[i].type == type && str_ieq(f->probe[i].name, name))
			return true;
	return false;
}

const struct dns_answer *
find_probe(struct find *f, enum dns_type type, str name)
{
	const struct dns_answer *answer = find_known(f, type, name);

	if (answer || !find_failed(f))
		return answer;
	if (!find_was_probe(f, type, name)) {
		if (f->probes == FINDINGS_MAX_PROBES)
			return NULL;
		/* the store keeps it, whatever becomes of this run */
		f->probe[f->probes++] =
			(struct find_probe){ type, dns_keep(f->dns, name) };
	}
	answer = dns_ask(f->dns, type, name);
	return answer->status != DNS_UNKNOWN ? answer : NULL;
}

/* --- what many ask --------------------------------------------------- */

bool
find_failed(const struct find *f)
{
	return f->v ? f->v->result != RESULT_PASS
		    : f->spf->result != RESULT_PASS;
}

bool
find_may_align(const struct find *f, str domain)
{
	const struct dmarc_verdict *d = &f->v->dmarc;

	if (domain.n == 0 || d->domain.n == 0)
		return false;
	if (d->organizational.n > 0)
		return domain_at_or_below(domain, d->organizational);
	return domain_at_or_below(domain, d->domain) ||
	       domain_at_or_below(d->domain, domain);
}

bool
find_is_aligned(const struct find *f, size_t signature)
{
	const struct auth_verdict *v = f->v;

	return v->dmarc.dkim_aligned && v->dmarc.dkim_aligned[signature] &&
	       v->dkim[signature].result == RESULT_PASS;
}

str
find_number(struct find *f, uint64_t n)
{
	return str_number(f->arena, n);
}

bool
find_is_mailto(str uri)
{
	str rest = str_skip(uri, 7), host;
	size_t at = str_find(rest, '@'), dot;

	if (!str_istarts(uri, STR("mailto:")) || at == 0 ||
		str_find(rest, ':') < at)
		return false;
	host = str_skip(rest, at + 1);
	host.n = str_find(host, '?');
	dot = str_find(host, '.');
	return dot > 0 && dot + 1 < host.n;
}

str
find_skip(str s, const char *set)
{
	while (s.n > 0 && is_one_of(s.p[0], set))
		s = str_skip(s, 1);
	return s;
}

str
find_organization(struct find *f, str domain)
{
	const struct suffix_list *suffixes = f->setup->auth->suffixes;

	return suffixes ? suffix_list_organizational(suffixes, f->arena, domain)
			: domain;
}

/* --- running --------------------------------------------------------- */

struct findings *
findings_new(const struct findings_setup *setup)
{
	struct findings *all = arena_new(setup->auth->arena, struct findings);
	struct find *f = &all->find;

	all->setup = *setup;
	find_init(f, setup->auth->arena);
	f->dns = setup->auth->dns;
	f->setup = &all->setup;
	f->message = setup->v ? setup->auth->message : NULL;
	f->v = setup->v;
	f->client = &setup->auth->client;
	f->spf = setup->v ? &setup->v->spf : setup->spf;
	f->spf_helo = setup->v ? &setup->v->spf_helo : setup->spf_helo;
	/* once, since it is work; where all is well nobody asks */
	if (f->v && (f->v->result != RESULT_PASS || setup->body.p ||
			    setup->body_lost))
		f->changes = changes_find(f->arena, setup->auth->crypto,
			f->message, f->v, setup->body);
	return all;
}

bool
findings_step(struct findings *all)
{
	static void (*const group[])(struct find *) = {
		find_client,
		find_change,
		find_spf,
		find_dmarc,
		find_alignment,
		find_arc,
		find_message,
		find_dns,
		find_bulk,
		find_dkim_signature,
		find_dkim_key,
		find_dkim_time,
		find_dkim_cover,
	};
	struct find *f = &all->find;
	struct arena_mark mark = arena_mark(f->arena);

	if (all->done)
		return true;
	find_begin(f);
	dns_begin(f->dns);
	for (size_t i = 0; i < sizeof(group) / sizeof(group[0]); i++)
		group[i](f);
	all->done = dns_settled(f->dns);
	if (all->done)
		find_order(f);
	else
		arena_rewind(f->arena, mark);
	return all->done;
}

const struct finding *
findings_list(const struct findings *all, size_t *n)
{
	*n = all->find.n;
	return all->find.finding;
}

size_t
findings_roots(const struct findings *all)
{
	size_t n = 0;

	while (n < all->find.n && !all->find.finding[n].cause)
		n++;
	return n;
}
