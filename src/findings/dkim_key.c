/*
 * dkim_key.c - the key of a signature: whether it is there, and whether it may
 * make this signature. (RFC 6376 6.1.2)
 */
#include "key_record.h"

#include "dkim.h"

#include "mailauth/domain.h"
#include "mailauth/time.h"

#include "dkim/signer.h"

enum { MONTH = 30 * 86400, START = 10, SHOWN = 30 };

/* --- not there ------------------------------------------------------- */

static str
organizational(const struct find *f)
{
	const struct auth_verdict *v = f->v;

	if (v->dmarc.organizational.n > 0)
		return v->dmarc.organizational;
	if (!f->setup->auth->suffixes || v->dmarc.domain.n == 0)
		return (str){ 0 };
	return suffix_list_organizational(
		f->setup->auth->suffixes, f->arena, v->dmarc.domain);
}

static bool
holds_key(const struct find *f, const struct dns_answer *answer)
{
	bool found = false;

	for (size_t i = 0; i < answer->n && i < DKIM_MAX_KEYS && !found; i++) {
		struct dkim_key key =
			dkim_key_parse(f->arena, answer->rr[i].data);
		found = dkim_key_is_record(&key) && key.data.n > 0;
	}
	return found;
}

/* Where panels put what should be at <s>._domainkey.<d>. */
static str
find_elsewhere(struct find *f, const struct dkim_signer *s)
{
	str d = s->domain_ascii, org = organizational(f);
	str selector = s->selector_ascii;
	str names[] = {
		STR_CAT(f->arena, selector, STR("."), d),
		STR_CAT(f->arena, STR("_domainkey."), d),
		org.n > 0 && !str_ieq(org, d)
			? STR_CAT(f->arena, selector, STR("._domainkey."), org)
			: (str){ 0 },
	};
	str found = { 0 };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct dns_answer *answer =
			names[i].p ? find_probe(f, DNS_TXT, names[i]) : NULL;
		if (answer && !found.p && holds_key(f, answer))
			found = names[i];
	}
	return found;
}

/* A target that got the name of the zone at its end: vendor.com.example.com */
static bool
has_zone_added(str target, str d)
{
	if (!domain_at_or_below(target, d) || target.n < d.n + 2)
		return false;
	target.n -= d.n + 1;
	return domain_labels(target) > 2 && str_ifind(target, d) == target.n;
}

static void
find_dangling(struct find *f, const struct dkim_subject *s, str target)
{
	str name = s->verdict->key_name;
	bool added = has_zone_added(target, s->signature->signer.domain_ascii);

	FIND(f, DKIM_KEY_CNAME_DANGLING, { "name", name }, { "target", target },
		{ "advice",
			added ? STR("the zone name was added to the target: "
				    "end it with a dot")
			      : STR("turn DKIM on at the service that the "
				    "target belongs to, or correct it") })
		->name = name;
}

static void
find_missing(struct find *f, const struct dkim_subject *s)
{
	const struct dkim_signer *signer = &s->signature->signer;
	str name = s->verdict->key_name;
	const struct dns_answer *answer = find_known(f, DNS_TXT, name);
	str found = { 0 };

	if (answer && answer->canonical.n > 0) {
		find_dangling(f, s, answer->canonical);
		return;
	}
	if (s->author)
		found = find_elsewhere(f, signer);
	if (found.p)
		FIND(f, DKIM_KEY_WRONG_NAME, { "found", found },
			{ "name", name })
			->name = name;
	else
		FIND(f, DKIM_KEY_MISSING, { "name", name },
			{ "s", signer->selector })
			->name = name;
}

/* --- more than one --------------------------------------------------- */

str
key_records_joined(struct find *f, const struct dns_answer *answer, str name)
{
	if (answer->n != 2)
		return (str){ 0 };
	for (size_t i = 0; i < 2; i++) {
		str text = STR_CAT(
			f->arena, answer->rr[i].data, answer->rr[1 - i].data);
		struct key_record k = key_record_read(f->arena, name, text);
		if (key_record_works(&k) && k.look.whole == k.key.data.n)
			return text;
	}
	return (str){ 0 };
}

static str
key_text(struct find *f, str record)
{
	struct dkim_key key = dkim_key_parse(f->arena, record);
	const struct tag *p = taglist_find(&key.tags, STR("p"));

	return p ? p->value : (str){ 0 };
}

/*
 * All keys of a size begin alike: the first characters that tell this one from
 * the others.
 */
static str
telling_part(struct find *f, const struct dns_answer *answer, str record)
{
	str p = key_text(f, record);
	size_t from = 0;

	for (size_t i = 0; i < answer->n && i < DKIM_MAX_KEYS; i++) {
		str other = key_text(f, answer->rr[i].data);
		size_t same = 0;
		while (same < p.n && same < other.n &&
			p.p[same] == other.p[same])
			same++;
		if (same > from && same < p.n)
			from = same;
	}
	return str_sub(p, from, START);
}

static bool
is_right(const struct dkim_verdict *v, str record)
{
	return (v->header_hash == RESULT_PASS || v->other_digest) &&
	       str_eq(v->key_record, record);
}

/* What is there, so that one can see which to take away. */
static void
list_records(struct find *f, struct finding *x, const struct dkim_verdict *v,
	const struct dns_answer *answer)
{
	size_t n = answer->n < DKIM_MAX_KEYS ? answer->n : DKIM_MAX_KEYS;
	struct finding_row *row = arena_make(f->arena, n, struct finding_row);

	for (size_t i = 0; i < n; i++) {
		str record = answer->rr[i].data;
		str part = telling_part(f, answer, record);
		row[i].label =
			STR_CAT(f->arena, STR("TXT "), find_number(f, i + 1));
		row[i].value = part.n > 0 ? STR_CAT(f->arena, STR("p=.."), part,
						    STR(".."))
					  : str_sub(record, 0, SHOWN);
		if (is_right(v, record))
			row[i].remark = STR("made this signature");
	}
	x->row = row;
	x->rows = n;
}

static str
which_to_keep(struct find *f, const struct dkim_verdict *v,
	const struct dns_answer *answer)
{
	size_t keys = 0;

	for (size_t i = 0; i < answer->n && i < DKIM_MAX_KEYS; i++)
		keys += key_text(f, answer->rr[i].data).n > 0;
	if (keys == 1)
		return STR("keep the key alone at this name");
	if (!v->key_record.p || !is_right(v, v->key_record))
		return STR("keep the one that your signer uses");
	return STR_CAT(f->arena, STR("keep the one with `"),
		telling_part(f, answer, v->key_record), STR("` in p="));
}

static void
find_several(struct find *f, const struct dkim_subject *s,
	const struct dns_answer *answer)
{
	const struct dkim_verdict *v = s->verdict;
	str whole = key_records_joined(f, answer, v->key_name);
	struct finding *x = FIND(f, DKIM_MULTIPLE_KEYS,
		{ "n", find_number(f, answer->n) }, { "name", v->key_name },
		{ "advice",
			whole.p ? STR("join them: they are one record, to be "
				      "entered as two strings")
				: which_to_keep(f, v, answer) });

	x->name = v->key_name;
	x->corrected = whole;
	list_records(f, x, v, answer);
}

/* --- a key that works, and not for this ------------------------------ */

static bool
is_below(const struct find *f, const struct dkim_signature *sig)
{
	str id = sig->identity, domain;

	if (!id.p)
		return false;
	id = str_skip(id, str_rfind(id, '@') + 1);
	return domain_to_ascii(f->arena, id, &domain) &&
	       !str_eq(domain, sig->signer.domain_ascii);
}

static bool
find_misuse(struct find *f, const struct dkim_subject *s,
	const struct key_record *k)
{
	const struct dkim_signature *sig = s->signature;
	const struct tag *kind = taglist_find(&k->key.tags, STR("k"));
	const struct tag *t = taglist_find(&k->key.tags, STR("t"));
	struct finding *x;

	if (k->key.kind != sig->signer.key_kind) {
		x = FIND(f, DKIM_KEY_TYPE,
			{ "k", kind ? kind->value : STR("rsa") },
			{ "other",
				STR_CAT(f->arena, STR("but the signature is "),
					sig->signer.algorithm) },
			{ "advice", STR("publish the key of each algorithm "
					"under a selector of its own") });
		find_in_key(x, k, kind ? kind->value : (str){ 0 }, (str){ 0 });
		return true;
	}
	if (!k->key.strict || !is_below(f, sig))
		return false;
	x = FIND(f, DKIM_KEY_RESTRICTED, { "tag", STR("t") },
		{ "value", t->value },
		{ "advice", STR_CAT(f->arena,
				    STR("drop s from t=, or sign with "
					"i=@"),
				    sig->signer.domain) });
	find_in_key(x, k, t->value,
		STR_CAT(f->arena, STR("forbids i="), sig->identity));
	return true;
}

static void
find_record(struct find *f, const struct dkim_subject *s, str record)
{
	struct dkim_key key =
		dkim_key_recall(f->setup->auth->crypto, f->arena, record);
	struct key_record k = key_record_of(s->verdict->key_name, &key);

	if (!find_key_faults(f, &k) && !find_misuse(f, s, &k) && s->counts)
		find_key_advice(f, &k);
}

/* --- then and now ---------------------------------------------------- */

/* The signature is not by the key that is there. (RSA only can tell) */
static bool
is_mismatch(const struct dkim_subject *s)
{
	const struct dkim_signer *signer = &s->signature->signer;

	return signer->key_kind == KEY_RSA &&
	       8 * signer->signature.n == s->verdict->key_bits &&
	       s->verdict->header_hash == RESULT_FAIL &&
	       !s->verdict->other_digest;
}

static bool
is_revoked(const struct find *f, const struct dkim_verdict *v)
{
	/* one that was tried was not revoked */
	return v->key_record.p && v->header_hash == RESULT_NONE &&
	       dkim_key_parse(f->arena, v->key_record).revoked;
}

/*
 * A key that is gone.  What the receiver recorded is evidence; age alone is a
 * guess, and explains nothing away.
 */
static void
find_rotated(struct find *f, const struct dkim_subject *s, bool missing)
{
	bool gone = missing || is_revoked(f, s->verdict);
	str by;

	if (!gone && !is_mismatch(s))
		return;
	int64_t received = find_received(f), now = f->setup->auth->now;
	int64_t age =
		received != TIME_UNKNOWN && now > received ? now - received : 0;
	if (!gone && age <= MONTH)
		return;
	by = find_recorded_pass(f, s->index);
	if (!by.p && age <= MONTH)
		return;
	struct finding *x = FIND(f, DKIM_KEY_MAYBE_ROTATED,
		{ "age", find_age(f, age) },
		{ "advice",
			by.p ? STR_CAT(f->arena,
				       STR("trust the receiver's result: "), by,
				       STR(" recorded dkim=pass"))
			     : STR("judge by a fresh message, or by what the "
				   "receiver recorded") });
	x->basis = by.p ? BASIS_SEEN : BASIS_LIKELY;
}

/* --- one signature --------------------------------------------------- */

/* What was said of the key need not be said again. */
static bool
is_first_with(const struct find *f, const struct dkim_subject *s)
{
	for (size_t i = 0; i < s->index; i++)
		if (str_eq(f->v->dkim[i].key_name, s->verdict->key_name) &&
			f->v->dkim[i].key_status != DNS_UNKNOWN)
			return i >= DKIM_MAX_SIGNATURES;
	return true;
}

static void
find_key(struct find *f, const struct dkim_subject *s)
{
	const struct dkim_verdict *v = s->verdict;
	bool missing = v->key_status == DNS_NODATA ||
		       v->key_status == DNS_NXDOMAIN ||
		       v->key_status == DNS_BADNAME;

	if (!v->key_name.p || !is_first_with(f, s))
		return;
	const struct dns_answer *answer = find_known(f, DNS_TXT, v->key_name);
	if (missing)
		find_missing(f, s);
	else if (v->key_status != DNS_OK || !answer || answer->n == 0)
		return;
	else if (answer->n > 1)
		find_several(f, s, answer);
	else
		find_record(f, s, answer->rr[0].data);
	find_rotated(f, s, missing);
}

void
find_dkim_key(struct find *f)
{
	if (f->message)
		dkim_each(f, find_key);
}
