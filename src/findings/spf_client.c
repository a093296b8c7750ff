/*
 * spf_client.c - what the client's address, its name and the message tell of
 * an SPF result.
 */
#include "find_spf.h"

/* --- the client ------------------------------------------------------- */

static bool
has_addresses(struct find *f, str name)
{
	const struct dns_answer *answer = find_known(f, DNS_AAAA, name);

	return answer && answer->n > 0;
}

/* Could the term match an IPv6 client? */
static bool
knows_ip6(struct find *f, const struct spf_step *s)
{
	str t = s->text;

	t = str_skip(t, t.n > 0 && is_one_of(t.p[0], "+-~?"));
	if (str_istarts(t, STR("ip6:")) || str_istarts(t, STR("exists:")) ||
		str_istarts(t, STR("ptr")))
		return true;
	if (s->domain.n == 0)
		return false;
	const struct dns_answer *mx = find_known(f, DNS_MX, s->domain);
	for (size_t i = 0; mx && str_istarts(t, STR("mx")) && i < mx->n &&
			   i < SPF_MAX_NAMES;
		i++)
		if (has_addresses(f, mx->rr[i].data))
			return true;
	return (str_ieq(str_sub(t, 0, 2), STR("a:")) || str_ieq(t, STR("a")) ||
		       str_istarts(t, STR("a/"))) &&
	       has_addresses(f, s->domain);
}

static void
find_ip6(struct find *f)
{
	const struct spf_verdict *v = f->spf;
	struct ip ip = ip_unmap(f->client->ip);
	bool lists = false;

	if (ip.family != 6 ||
		(v->result != RESULT_FAIL && v->result != RESULT_SOFTFAIL &&
			v->result != RESULT_NEUTRAL))
		return;
	for (size_t i = 0; i < v->steps; i++) {
		if (v->step[i].record)
			continue;
		if (knows_ip6(f, &v->step[i]))
			return;
		lists |= str_istarts(v->step[i].text, STR("ip4:")) ||
			 v->step[i].domain.n > 0;
	}
	if (!lists)
		return;
	struct finding *x =
		FIND(f, SPF_IP6_MISSING, { "ip", ip_format(f->arena, ip) });
	x->name = v->domain;
}

static void
find_private(struct find *f)
{
	if (ip_is_public(f->client->ip) || f->spf->result == RESULT_PASS)
		return;
	FIND(f, SPF_CLIENT_PRIVATE,
		{ "ip", ip_format(f->arena, f->client->ip) });
}

static void
find_bounce(struct find *f)
{
	const struct client *c = f->client;
	struct ip ip;

	if (!c->mail_from.p || c->mail_from.n > 0 || c->helo.n == 0)
		return;
	const struct dns_answer *txt = find_known(f, DNS_TXT, f->spf->domain);
	str why = { 0 };
	if (c->helo.p[0] == '[' || ip_parse(c->helo, &ip))
		why = STR("it is an address");
	else if (domain_labels(c->helo) < 2)
		why = STR("it is no full name");
	else if (!dns_name_valid(c->helo))
		why = STR("it is no domain name");
	else if (txt && dns_missing(txt))
		why = STR("there is no such name");
	if (why.p)
		FIND(f, SPF_HELO_BAD, { "helo", c->helo }, { "why", why });
	else
		FIND(f, SPF_NULL_SENDER, { "helo", c->helo });
}

/* --- forwarded -------------------------------------------------------- */

static bool
is_related(str a, str b)
{
	return a.n > 0 && b.n > 0 &&
	       (domain_at_or_below(a, b) || domain_at_or_below(b, a));
}

static bool
saw_spf_pass(const struct find *f)
{
	const struct arc_facts *facts = &f->v->arc_facts;

	if (facts->n == 0)
		return false;
	const struct authres_result *spf =
		authres_find(&facts->set[0].saw, STR("spf"));
	if (!spf || !str_ieq(spf->result, STR("pass")))
		return false;
	str from = authres_value(spf, STR("smtp.mailfrom"));
	size_t at = str_rfind(from, '@');
	from = at < from.n ? str_skip(from, at + 1) : from;
	return str_ieq(str_trim_dot(from), f->spf->domain);
}

static str
forwarder_field(const struct find *f)
{
	static const str names[] = {
		STR_INIT("X-Forwarded-To"),
		STR_INIT("X-Forwarded-For"),
		STR_INIT("Resent-From"),
		STR_INIT("Resent-Sender"),
		STR_INIT("Resent-To"),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (message_lowest(f->message, names[i]) != 0)
			return names[i];
	return (str){ 0 };
}

/* Of a list that is not the sender's own. */
static bool
is_of_list(const struct find *f)
{
	const struct field *id = message_top(f->message, STR("List-Id"));

	if (!id)
		return false;
	size_t open = str_rfind(id->value, '<');
	str list = str_skip(id->value, open + 1);
	list.n = str_find(list, '>');
	return list.n > 0 && !is_related(list, f->spf->domain) &&
	       !str_iends(list, f->spf->domain);
}

static bool
any_aligned(const struct find *f)
{
	for (size_t i = 0; i < f->v->dkim_facts.n; i++)
		if (find_is_aligned(f, i))
			return true;
	return false;
}

str
spf_forwarder_sign(struct find *f, enum basis *basis)
{
	str field;

	*basis = BASIS_SEEN;
	if (!f->v)
		return (str){ 0 };
	if (saw_spf_pass(f))
		return STR("ARC i=1 saw SPF pass for the same domain");
	field = forwarder_field(f);
	if (field.p)
		return STR_CAT(f->arena, STR("there is "), field);
	*basis = BASIS_LIKELY;
	/* the sender's own host is none */
	if (is_related(f->client->helo, f->spf->domain))
		return (str){ 0 };
	if (is_of_list(f))
		return STR("there is a List-Id of another domain");
	if (any_aligned(f))
		return STR("the author's signature still passes");
	return (str){ 0 };
}

void
spf_find_client(struct find *f)
{
	find_private(f);
	find_bounce(f);
	if (f->spf->domain.n > 0)
		find_ip6(f);
}
