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

/* The term of the domain's own record that led to step i. */
static str
own_term(const struct spf_verdict *v, size_t i)
{
	while (i-- > 0)
		if (!v->step[i].record &&
			v->step[i].depth == v->step[0].depth + 1)
			return v->step[i].text;
	return STR("what leads there");
}

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
		{ "why", why }, { "term", own_term(v, i) });
	point_at_error(f, x, STR(""));
	if (i > 0) {
		struct finding_row *row =
			arena_new(f->arena, struct finding_row);
		*row = (struct finding_row){ STR("reached by"),
			chain_to(f, i - 1), STR("") };
		x->row = row;
		x->rows = 1;
	}
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
				c.complete ? STR("") : STR(" or more"),
				c.lookups == 1 && c.complete ? STR(" lookup")
							     : STR(" lookups")),
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

/* --- the result ------------------------------------------------------- */

/* The step of the term that decided, or steps. */
static size_t
deciding_step(const struct spf_verdict *v)
{
	size_t i = v->steps;

	while (i > 0 && !(!v->step[i - 1].record && v->step[i - 1].matched &&
				v->step[i - 1].result == v->result &&
				str_eq(v->step[i - 1].text, v->mechanism)))
		i--;
	return i > 0 ? i - 1 : v->steps;
}

static void
point_at_match(struct find *f, struct finding *x)
{
	size_t i = deciding_step(f->spf);

	x->name = f->spf->domain;
	if (i < f->spf->steps)
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
	str why = spf_forwarder_sign(f, &basis);
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
	size_t i = deciding_step(v);
	const struct spf_step *at = i < v->steps ? record_of(v, i) : NULL;

	if (v->explanation.p || !at)
		return;
	struct spf_record r = spf_record_parse(f->arena, at->text);
	if (!r.exp)
		return;
	str spec = r.exp->spec;
	bool plain = str_find(spec, '%') == spec.n;
	const struct dns_answer *txt =
		plain ? find_known(f, DNS_TXT, spec) : NULL;
	str what = !txt          ? STR("nothing that can be used at ")
		   : txt->n == 0 ? STR("no TXT at ")
		   : txt->n > 1  ? STR("several TXT at ")
				 : STR("bad macros or bytes in the TXT at ");
	struct finding *x = FIND(f, SPF_EXP_FAILED,
		{ "why", STR_CAT(f->arena, what, spec) },
		{ "term", r.exp->text });
	point_at_term(x, at->domain, at->text, r.exp->text, STR(""));
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
	if (v->result == RESULT_FAIL)
		find_explanation(f);
}

/* Whoever asked. */
static void
find_tree(struct find *f)
{
	const struct spf_verdict *v = f->spf;

	find_loop(f);
	find_void_terms(f);
	if (!v->record.p)
		return;
	find_spf_record(f, v->domain, v->record);
	find_many_lookups(f);
	find_reached_twice(f);
}

void
find_spf(struct find *f)
{
	if (f->client->ip.family == 0)
		return; /* nothing was asked */
	spf_find_client(f);
	if (f->spf->domain.n == 0)
		return;
	find_at_domain(f);
	find_error(f);
	find_result(f);
	find_tree(f);
}

void
find_spf_published(struct find *f)
{
	find_at_domain(f);
	find_error(f);
	if (f->spf->result == RESULT_FAIL)
		find_explanation(f);
	find_tree(f);
}
