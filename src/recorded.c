/*
 * recorded.c - what earlier hosts have recorded of the message, and where it
 * differs from what we see.
 */
#include "recorded.h"

/* --- reading --------------------------------------------------------- */

/* The Received lines, newest first. */
struct trace {
	const struct field **line;
	size_t n;
};

static struct trace
read_trace(struct arena *a, const struct message *m)
{
	size_t n = message_count(m, STR("Received"));
	struct trace t = { .line = arena_make(a, n, const struct field *),
		.n = n };
	uint32_t at = message_lowest(m, STR("Received"));

	for (; at != 0; at = m->field[at - 1].above)
		t.line[--n] = &m->field[at - 1];
	return t;
}

/* Did the host of this line write it under that name? */
static bool
has_name(struct arena *a, const struct trace *t, size_t i, str id)
{
	return i < t->n &&
	       str_ieq(str_trim_dot(received_parse(a, t->line[i]).by),
		       str_trim_dot(id));
}

/*
 * A host puts its Received line on top, and this field on top of that.  With
 * some filters the field comes to lie below the line of its own host: then the
 * name tells.
 */
static unsigned
hop_of(struct arena *a, const struct trace *t, size_t above, str id)
{
	bool of_upper = above > 0 && has_name(a, t, above - 1, id) &&
			!has_name(a, t, above, id);

	return (unsigned)(of_upper || above == t->n ? above : above + 1);
}

struct auth_recorded *
recorded_read(struct arena *a, const struct message *m, size_t *n)
{
	struct trace t = read_trace(a, m);
	const struct field *top = message_top(m, STR("Authentication-Results"));
	size_t most = message_count(m, STR("Authentication-Results"));
	size_t above = 0;

	most = most < AUTH_MAX_RECORDED ? most : AUTH_MAX_RECORDED;
	struct auth_recorded *r = arena_make(a, most, struct auth_recorded);
	*n = 0;
	for (size_t i = 0; *n < most; i++) {
		const struct field *f = &m->field[i];
		if (t.n > 0 && f->name_id == t.line[0]->name_id)
			above++;
		if (f->name_id != top->name_id)
			continue;
		struct auth_recorded *one = &r[(*n)++];
		one->field = f;
		one->saw = authres_parse(a, f->value);
		one->hop = hop_of(a, &t, above, one->saw.authserv_id);
	}
	return r;
}

/* --- comparing ------------------------------------------------------- */

/* What follows the '@' of "@example.com"; a domain as it is. */
static str
domain_of(struct arena *a, str value)
{
	size_t at = str_rfind(value, '@');
	str domain;

	if (at < value.n)
		value = str_skip(value, at + 1);
	return domain_to_ascii(a, value, &domain) ? domain : value;
}

bool
recorded_means(struct arena *a, const struct authres_result *claim,
	const struct dkim_signer *s)
{
	str b = authres_value(claim, STR("header.b"));
	str d = authres_value(claim, STR("header.d"));
	str selector = authres_value(claim, STR("header.s"));

	if (!d.p)
		d = authres_value(claim, STR("header.i"));
	if (b.n > 0 && !str_starts(dkim_signature_text(a, s, b.n), b))
		return false;
	if (selector.n > 0 && !str_ieq(selector, s->selector))
		return false;
	return !d.p || str_eq(domain_of(a, d), s->domain_ascii);
}

/* Today's results of what is meant: is one of them a pass? */
static bool
passes_today(struct arena *a, const struct auth_verdict *v,
	const struct authres_result *claim)
{
	for (size_t i = 0; i < v->dkim_facts.n; i++)
		if (v->dkim[i].result == RESULT_PASS &&
			recorded_means(
				a, claim, &v->dkim_facts.signature[i].signer))
			return true;
	return false;
}

static bool
signature_differs(struct arena *a, const struct auth_verdict *v,
	const struct authres_result *claim)
{
	enum result then = authres_result_from(claim->result);

	return then != RESULT_PENDING &&
	       (then == RESULT_PASS) != passes_today(a, v, claim);
}

static bool
dkim_differs(struct arena *a, const struct auth_verdict *v,
	const struct authres *saw)
{
	for (size_t i = 0; i < saw->n; i++)
		if (str_eq(saw->result[i].method, STR("dkim")) &&
			signature_differs(a, v, &saw->result[i]))
			return true;
	return false;
}

/* A word that we do not know, as "bestguesspass", cannot be compared. */
static bool
word_differs(const struct authres *saw, str method, enum result today)
{
	const struct authres_result *r = authres_find(saw, method);
	enum result then = r ? authres_result_from(r->result) : RESULT_PENDING;

	return then != RESULT_PENDING && then != today;
}

/* Only the host that had our client can have asked what we ask. */
static bool
spf_differs(const struct auth_verdict *v, const struct client *c,
	const struct auth_recorded *r)
{
	const struct authres_result *claim = authres_find(&r->saw, STR("spf"));

	if (!claim || c->line == 0 || r->hop != c->line)
		return false;
	bool helo = authres_value(claim, STR("smtp.helo")).p &&
		    !authres_value(claim, STR("smtp.mailfrom")).p;
	return word_differs(
		&r->saw, STR("spf"), helo ? v->spf_helo.result : v->spf.result);
}

void
recorded_compare(struct arena *a, const struct auth_verdict *v,
	const struct client *c, struct auth_recorded *r)
{
	struct arena_mark mark = arena_mark(a);

	r->spf_differs = spf_differs(v, c, r);
	r->dkim_differs = dkim_differs(a, v, &r->saw);
	r->arc_differs = word_differs(&r->saw, STR("arc"), v->arc.result);
	r->dmarc_differs = word_differs(&r->saw, STR("dmarc"), v->dmarc.result);
	arena_rewind(a, mark);
}
