/*
 * spf_eval.c - what came of asking an SPF record. (RFC 7208 2.4, 4.6.4, 8)
 */
#include "find_spf.h"

enum { CHAIN_MAX = 12, NAMES_MAX = 4, VOID_MAX = 3, ROWS_MAX = 12 };

/* --- where ----------------------------------------------------------- */

static void
point_at_error(struct find *f, struct finding *x, str label)
{
	const struct spf_verdict *v = f->spf;

	x->name = v->error_name;
	if (v->error_record.p)
		find_in_txt(x, v->error_name, v->error_record, v->error_at,
			v->error_n, label);
}

/* A term in a record, as a word of it. */
static str
word_in(str record, str term)
{
	str rest = record, word;

	while (term.n > 0 && str_split(&rest, ' ', &word))
		if (str_eq(word, term))
			return word;
	return (str){ 0 };
}

static void
point_at_term(struct finding *x, str name, str record, str term, str label)
{
	str word = record.p ? word_in(record, term) : (str){ 0 };

	x->name = name;
	if (word.p)
		find_in_txt(x, name, record, (size_t)(word.p - record.p),
			word.n, label);
}

/* The record that a step's term stands in. */
static const struct spf_step *
record_of(const struct spf_verdict *v, size_t i)
{
	unsigned depth = v->step[i].depth;

	while (i-- > 0)
		if (v->step[i].record && v->step[i].depth + 1 == depth)
			return &v->step[i];
	return NULL;
}

static void
point_at_step(struct find *f, struct finding *x, size_t i, str label)
{
	const struct spf_step *record = record_of(f->spf, i);

	if (record)
		point_at_term(x, record->domain, record->text,
			f->spf->step[i].text, label);
}

/* The term that the error stands at. */
static str
error_term(const struct spf_verdict *v)
{
	str s = v->error_record;
	size_t at = v->error_at, end = at;

	while (at > 0 && at <= s.n && s.p[at - 1] != ' ')
		at--;
	while (end < s.n && s.p[end] != ' ')
		end++;
	return str_sub(s, at, end - at);
}

/* The step of that term, or steps. */
static size_t
error_step(const struct spf_verdict *v)
{
	str term = error_term(v);

	for (size_t i = v->steps; i-- > 0;)
		if (!v->step[i].record && v->step[i].evaluated &&
			str_eq(v->step[i].text, term))
			return i;
	return v->steps;
}

/* The records from the first to that of step i: "a > b > c" */
static str
chain_to(struct find *f, size_t i)
{
	const struct spf_verdict *v = f->spf;
	str name[CHAIN_MAX];
	size_t n = 0;
	unsigned depth = v->step[i].depth + 1;
	struct buf b = { .arena = f->arena };

	for (i++; i-- > 0 && n < CHAIN_MAX;)
		if (v->step[i].record && v->step[i].depth < depth) {
			depth = v->step[i].depth;
			name[n++] = v->step[i].domain;
		}
	while (n-- > 0) {
		buf_add(&b, name[n]);
		buf_add(&b, n > 0 ? STR(" > ") : STR(""));
	}
	return buf_str(&b);
}

/* --- no record, or more than one -------------------------------------- */

static str
role_of(const struct find *f)
{
	bool helo = f->spf->scope == SPF_HELO || f->client->mail_from.n == 0;

	return helo ? STR("HELO") : STR("MAIL FROM");
}

static void
find_near_records(struct find *f, str name, const struct dns_answer *txt)
{
	bool said = false, senderid = false;

	for (size_t i = 0; i < txt->n; i++) {
		str text = txt->rr[i].data;
		if (!said && f->spf->result == RESULT_NONE &&
			!spf_is_record(text) && spf_looks_meant(text)) {
			find_spf_record(f, name, text);
			said = true;
		}
		if (!senderid && str_istarts(text, STR("spf2.0/"))) {
			struct finding *x =
				FIND(f, SPF_SENDERID, { "domain", name });
			find_in_txt(x, name, text, 0, 0, STR(""));
			senderid = true;
		}
	}
}

/* Worth a question only when TXT has none that can be used. */
static void
find_old_type(struct find *f, str name)
{
	enum result r = f->spf->result;
	bool broken = r == RESULT_NONE || r == RESULT_PERMERROR;
	const struct dns_answer *old = broken ? find_probe(f, DNS_SPF, name)
					      : find_known(f, DNS_SPF, name);
	str record = spf_known_record(f, name);

	if (!old || old->n == 0)
		return;
	bool same = record.p && str_eq(old->rr[0].data, record);
	struct finding *x = FIND(f, SPF_TYPE99, { "domain", name },
		{ "differs", same       ? STR("")
			     : record.p ? STR(", and it differs from the TXT")
					: STR(", and no TXT") },
		{ "advice", record.p ? STR("delete it; only TXT counts")
				     : STR("publish it as a TXT") });
	if (!same)
		x->severity = SEVERITY_WARNING;
	find_in_txt(x, name, old->rr[0].data, 0, 0, STR(""));
}

static void
find_at_domain(struct find *f)
{
	str name = f->spf->domain;
	const struct dns_answer *txt =
		name.n > 0 ? find_known(f, DNS_TXT, name) : NULL;

	if (!txt || dns_failed(txt))
		return;
	if (f->spf->result == RESULT_NONE && f->client->ip.family != 0) {
		struct finding *x = FIND(f, SPF_RECORD_MISSING,
			{ "domain", name }, { "role", role_of(f) });
		x->name = name;
	}
	find_near_records(f, name, txt);
	find_old_type(f, name);
}

static void
find_several(struct find *f)
{
	const struct spf_verdict *v = f->spf;
	const struct dns_answer *txt = find_known(f, DNS_TXT, v->error_name);
	size_t n = 0;

	for (size_t i = 0; txt && i < txt->n; i++)
		n += spf_is_record(txt->rr[i].data);
	struct finding *x = FIND(f, SPF_MULTIPLE_RECORDS,
		{ "n", find_number(f, n) }, { "domain", v->error_name });
	x->name = v->error_name;
}

/* --- errors ----------------------------------------------------------- */

/* What is wrong with the record of another. */
static void
find_broken(struct find *f, str why)
{
	const struct spf_verdict *v = f->spf;
	size_t i = v->steps;
	struct finding *x;

	if (str_ieq(v->error_name, v->domain))
		return;
	while (i > 0 && !(v->step[i - 1].record &&
				str_ieq(v->step[i - 1].domain, v->error_name)))
		i--;
	x = FIND(f, SPF_INCLUDE_BROKEN, { "name", v->error_name },
		{ "why", why },
		{ "chain", i > 0 ? chain_to(f, i - 1) : v->error_name });
	point_at_error(f, x, STR(""));
	if (v->error_record.p)
		find_spf_spoiled(f, v->error_name, v->error_record);
}

static void
find_missing_target(struct find *f)
{
	const struct spf_verdict *v = f->spf;
	size_t i = error_step(v);
	str term = error_term(v);
	str name = i < v->steps ? v->step[i].domain : (str){ 0 };
	bool redirect = str_istarts(term, STR("redirect"));

	if (!name.p)
		name = str_skip(term, str_find(term, redirect ? '=' : ':') + 1);
	struct finding *x =
		redirect ? FIND(f, SPF_REDIRECT_MISSING, { "name", name })
			 : FIND(f, SPF_INCLUDE_MISSING, { "name", name });
	point_at_error(f, x, STR("no record there"));
}

static void
add_rows(struct find *f, struct finding *x)
{
	const struct spf_verdict *v = f->spf;
	struct spf_record r = spf_record_parse(f->arena, v->record);
	struct finding_row *row =
		arena_make(f->arena, ROWS_MAX, struct finding_row);

	x->row = row;
	for (size_t i = 0; r.valid && i < r.n && x->rows < ROWS_MAX; i++) {
		struct spf_count c = spf_count_term(f, &r.term[i]);
		if (c.lookups == 0)
			continue;
		row[x->rows++] = (struct finding_row){ r.term[i].text,
			STR_CAT(f->arena, find_number(f, c.lookups),
				c.complete ? STR("") : STR(" or more")),
			STR("") };
	}
}

static void
find_lookups(struct find *f)
{
	const struct spf_verdict *v = f->spf;
	struct spf_count c = v->record.p ? spf_count_lookups(f, v->record)
					 : (struct spf_count){ 0 };

	if (c.lookups <= SPF_MAX_LOOKUPS)
		c = (struct spf_count){ v->lookups, false };
	struct finding *x = FIND(f, SPF_TOO_MANY_LOOKUPS,
		{ "n", STR_CAT(f->arena,
			       c.complete ? STR("") : STR("at least "),
			       find_number(f, c.lookups)) },
		{ "term", error_term(v) });
	point_at_error(f, x, STR("the 11th"));
	if (v->record.p)
		add_rows(f, x);
}

static bool
is_void(str answer)
{
	return str_eq(answer, dns_status_word(DNS_NXDOMAIN)) ||
	       str_eq(answer, dns_status_word(DNS_NODATA));
}

static void
find_voids(struct find *f)
{
	const struct spf_verdict *v = f->spf;
	struct buf names = { .arena = f->arena };
	size_t n = 0;

	for (size_t i = 0; i < v->steps && n < NAMES_MAX; i++) {
		const struct spf_step *s = &v->step[i];
		if (s->record || !s->evaluated || !is_void(s->answer))
			continue;
		buf_add(&names, n++ > 0 ? STR(", ") : STR(""));
		buf_add(&names, s->domain);
	}
	if (n == 0)
		buf_add(&names, error_term(v));
	struct finding *x =
		FIND(f, SPF_VOID_LOOKUPS, { "n", find_number(f, v->voids) },
			{ "names", buf_str(&names) });
	point_at_error(f, x, STR("one too many"));
	find_add(f, FINDING_SPF_ONLY_VOID_LIMIT, NULL);
}

static void
find_exchangers(struct find *f)
{
	const struct spf_verdict *v = f->spf;
	size_t i = error_step(v);
	str name = i < v->steps ? v->step[i].domain : v->error_name;
	const struct dns_answer *mx = find_known(f, DNS_MX, name);
	struct finding *x = FIND(f, SPF_MX_LIMIT, { "name", name },
		{ "n", mx ? find_number(f, mx->n) : STR("more than 10") });

	point_at_error(f, x, STR("too many hosts"));
}

static void
find_error(struct find *f)
{
	const struct spf_verdict *v = f->spf;

	switch (v->error) {
	case SPF_ERROR_SYNTAX:
		find_broken(
			f, spf_record_parse(f->arena, v->error_record).reason);
		break;
	case SPF_ERROR_MULTIPLE:
		find_broken(f, STR("it is not the only one there"));
		find_several(f);
		break;
	case SPF_ERROR_MISSING: find_missing_target(f); break;
	case SPF_ERROR_LOOKUPS: find_lookups(f); break;
	case SPF_ERROR_VOIDS: find_voids(f); break;
	case SPF_ERROR_MX_NAMES: find_exchangers(f); break;
	case SPF_ERROR_NONE:
	case SPF_ERROR_DNS: break; /* told by the DNS group */
	}
}

/* --- the tree --------------------------------------------------------- */

/* A record that is one of those above it. */
static void
find_loop(struct find *f)
{
	const struct spf_verdict *v = f->spf;
	const struct spf_step *above[CHAIN_MAX] = { NULL };

	for (size_t i = 0; i < v->steps; i++) {
		const struct spf_step *s = &v->step[i];
		unsigned level = s->depth / 2;
		if (!s->record || level >= CHAIN_MAX)
			continue;
		above[level] = s;
		for (unsigned k = 0; k < level; k++) {
			if (!above[k] || !str_ieq(above[k]->domain, s->domain))
				continue;
			struct finding *x =
				FIND(f, SPF_LOOP, { "chain", chain_to(f, i) });
			if (i > 0)
				point_at_step(f, x, i - 1, STR("points back"));
			return;
		}
	}
}

/* An include that was followed twice, not within itself. */
static void
find_reached_twice(struct find *f)
{
	const struct spf_verdict *v = f->spf;
	size_t looked = 0;

	for (size_t i = 1; i < v->steps && looked < 2 * SPF_MAX_LOOKUPS; i++) {
		const struct spf_step *s = &v->step[i], *term = s - 1;
		if (!s->record || !s->text.p)
			continue;
		looked++;
		for (size_t k = 1; k < i; k++) {
			/* the same word twice in a record was told there */
			if (!v->step[k].record ||
				!str_ieq(v->step[k].domain, s->domain) ||
				record_of(v, k - 1) == record_of(v, i - 1))
				continue;
			struct spf_count c = spf_count_lookups(f, s->text);
			struct finding *x = FIND(f, SPF_DUPLICATE_TERM,
				{ "term", term->text },
				{ "cost", STR_CAT(f->arena, STR(" and costs "),
						  find_number(f, c.lookups + 1),
						  c.lookups == 0
							  ? STR(" lookup more")
							  : STR(" lookups "
								"more")) });
			point_at_step(f, x, i - 1, STR("reached before"));
			return;
		}
	}
}

static void
find_void_terms(struct find *f)
{
	const struct spf_verdict *v = f->spf;
	size_t n = 0;

	if (v->error == SPF_ERROR_VOIDS)
		return;
	for (size_t i = 0; i < v->steps && n < VOID_MAX; i++) {
		const struct spf_step *s = &v->step[i];
		/* a macro asks for names that may well not be there */
		if (s->record || !s->evaluated || !is_void(s->answer) ||
			str_find(s->text, '%') < s->text.n ||
			str_ifind(s->text, STR("ptr")) < 2)
			continue;
		struct finding *x = FIND(f, SPF_VOID_TERM, { "term", s->text });
		point_at_step(f, x, i,
			str_eq(s->answer, dns_status_word(DNS_NXDOMAIN))
				? STR("no such name")
				: STR("no such records"));
		n++;
	}
}

static void
find_many_lookups(struct find *f)
{
	const struct spf_verdict *v = f->spf;
	struct spf_count c = v->record.p ? spf_count_lookups(f, v->record)
					 : (struct spf_count){ 0 };
	size_t n = c.lookups > v->lookups ? c.lookups : v->lookups;

	if (n < SPF_MAX_LOOKUPS - 1 || v->error == SPF_ERROR_LOOKUPS)
		return;
	bool over = n > SPF_MAX_LOOKUPS;
	struct finding *x = FIND(f, SPF_LOOKUPS_HIGH,
		{ "n", find_number(f, n) },
		{ "used", over ? STR("needed by clients that match late")
			       : STR("used") },
		{ "advice",
			over ? STR("remove unused includes: to those the "
				   "record is an error")
			     : STR("make room: one vendor more breaks it") });
	x->name = v->domain;
	add_rows(f, x);
}

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

/* Why the client looks like a forwarder; absent when it does not. */
static str
forwarder_sign(struct find *f, enum basis *basis)
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

/* --- the result ------------------------------------------------------- */

/* Where the term that decided stands. */
static void
point_at_match(struct find *f, struct finding *x)
{
	const struct spf_verdict *v = f->spf;

	x->name = v->domain;
	for (size_t i = 0; i < v->steps; i++)
		if (!v->step[i].record && v->step[i].matched &&
			str_eq(v->step[i].text, v->mechanism) &&
			v->step[i].result == v->result)
			point_at_step(f, x, i, STR("this matched"));
}

static bool
says_never(const struct spf_verdict *v)
{
	str text = str_trim_wsp(str_skip(v->record, 6));

	return v->record.p && str_ieq(text, STR("-all"));
}

static void
find_refused(struct find *f, str ip)
{
	const struct spf_verdict *v = f->spf;
	enum basis basis;
	str why = forwarder_sign(f, &basis);
	struct finding *x;

	if (says_never(v) && f->client->mail_from.n > 0) {
		x = FIND(f, SPF_SENDS_BUT_DENIES, { "domain", v->domain });
		find_in_txt(x, v->domain, v->record, 0, 0, STR(""));
	}
	if (why.p) {
		x = FIND(f, SPF_FORWARDED, { "result", result_word(v->result) },
			{ "ip", ip }, { "why", why }, { "domain", v->domain });
		x->basis = basis;
	} else if (v->result == RESULT_FAIL) {
		x = FIND(f, SPF_NOT_AUTHORIZED, { "ip", ip },
			{ "domain", v->domain }, { "mech", v->mechanism });
		point_at_match(f, x);
	} else {
		x = FIND(f, SPF_NOT_LISTED, { "ip", ip },
			{ "domain", v->domain }, { "mech", v->mechanism });
		point_at_match(f, x);
	}
}

static void
find_neutral(struct find *f, str ip)
{
	const struct spf_verdict *v = f->spf;
	bool nothing = str_eq(v->mechanism, STR("default"));
	struct finding *x =
		FIND(f, SPF_NO_POSITION, { "domain", v->domain }, { "ip", ip },
			{ "why", nothing ? STR("nothing matched")
					 : STR_CAT(f->arena, STR("`"),
						   v->mechanism, STR("`")) });

	point_at_match(f, x);
}

/* exp= of the record that decided, when it gave nothing. */
static void
find_explanation(struct find *f)
{
	const struct spf_verdict *v = f->spf;
	str record = v->record, name = v->domain, why;

	for (size_t i = 0; i < v->steps; i++) {
		const struct spf_step *s = record_of(v, i);
		if (v->step[i].matched && v->step[i].result == v->result && s &&
			str_eq(v->step[i].text, v->mechanism)) {
			record = s->text;
			name = s->domain;
		}
	}
	struct spf_record r = spf_record_parse(f->arena, record);
	if (v->result != RESULT_FAIL || v->explanation.p || !r.exp)
		return;
	const struct dns_answer *txt =
		str_find(r.exp->spec, '%') == r.exp->spec.n
			? find_known(f, DNS_TXT, r.exp->spec)
			: NULL;
	if (txt && txt->n == 0)
		why = STR_CAT(f->arena, STR("no TXT at "), r.exp->spec);
	else if (txt && txt->n > 1)
		why = STR_CAT(f->arena, STR("several TXT at "), r.exp->spec);
	else
		why = STR("its text is not one");
	struct finding *x = FIND(
		f, SPF_EXP_FAILED, { "why", why }, { "term", r.exp->text });
	point_at_term(x, name, record, r.exp->text, STR(""));
}

static void
find_result(struct find *f)
{
	const struct spf_verdict *v = f->spf;
	str ip = ip_format(f->arena, f->client->ip);

	if (v->result == RESULT_FAIL || v->result == RESULT_SOFTFAIL)
		find_refused(f, ip);
	else if (v->result == RESULT_NEUTRAL)
		find_neutral(f, ip);
	if (v->record.p)
		find_explanation(f);
}

void
find_spf(struct find *f)
{
	const struct spf_verdict *v = f->spf;

	if (f->client->ip.family == 0)
		return; /* nothing was asked */
	find_private(f);
	find_bounce(f);
	if (v->domain.n == 0)
		return;
	find_at_domain(f);
	find_error(f);
	find_result(f);
	find_loop(f);
	find_void_terms(f);
	find_ip6(f);
	if (!v->record.p)
		return;
	find_spf_record(f, v->domain, v->record);
	find_many_lookups(f);
	find_reached_twice(f);
}
