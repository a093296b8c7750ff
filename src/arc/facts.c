/*
 * facts.c - the ARC sets of a message, and whether they make a chain.
 * (RFC 8617 5.2, steps 1 to 3)
 */
#include "arc/chain.h"

static const str results_name = STR_INIT("ARC-Authentication-Results");
static const str signature_name = STR_INIT("ARC-Message-Signature");
static const str seal_name = STR_INIT("ARC-Seal");

struct results {
	unsigned instance;
	const struct field *field;
	str claims;
};

/* All ARC fields, from the bottom up, not yet put together. */
struct fragments {
	struct arena *arena;
	const struct message *message;
	size_t n_results, n_signatures, n_seals;
	struct results *results;
	struct dkim_signature *signature;
	struct arc_seal *seal;
	unsigned highest;
	str broken; /* the first rule that is violated */
	enum arc_fault fault;
	unsigned fault_set;
};

static void
break_chain(struct fragments *f, enum arc_fault fault, unsigned set, str reason)
{
	if (f->broken.p)
		return;
	f->broken = reason;
	f->fault = fault;
	f->fault_set = set;
}

static str
in_set(struct arena *a, size_t instance, str what)
{
	return STR_CAT(
		a, STR("set "), str_number(a, instance), STR(": "), what);
}

/* --- step 1: collecting ---------------------------------------------- */

static void
note_instance(struct fragments *f, unsigned instance, str name)
{
	if (instance == 0)
		break_chain(f, ARC_FAULT_TAGS, 0,
			STR_CAT(f->arena, name,
				STR(" without a valid instance (i=1 to 50)")));
	if (instance > f->highest)
		f->highest = instance;
}

static void
read_results(struct fragments *f)
{
	const struct message *m = f->message;
	struct results *r = f->results =
		arena_make(f->arena, f->n_results, struct results);
	uint32_t at = message_lowest(m, results_name);

	for (; at != 0; at = m->field[at - 1].above, r++) {
		r->field = &m->field[at - 1];
		r->instance = instance_of_results(r->field->value, &r->claims);
		note_instance(f, r->instance, results_name);
	}
}

static void
read_signatures(struct fragments *f)
{
	const struct message *m = f->message;
	struct dkim_signature *s = f->signature =
		arena_make(f->arena, f->n_signatures, struct dkim_signature);
	uint32_t at = message_lowest(m, signature_name);

	for (; at != 0; at = m->field[at - 1].above, s++) {
		*s = dkim_signature_parse(f->arena, m, at - 1, true);
		note_instance(f, instance_of_tags(&s->tags), signature_name);
	}
}

static void
read_seals(struct fragments *f)
{
	const struct message *m = f->message;
	struct arc_seal *s = f->seal =
		arena_make(f->arena, f->n_seals, struct arc_seal);
	uint32_t at = message_lowest(m, seal_name);

	for (; at != 0; at = m->field[at - 1].above, s++) {
		*s = arc_seal_parse(f->arena, &m->field[at - 1]);
		note_instance(f, instance_of_tags(&s->tags), seal_name);
	}
}

/* --- putting the sets together --------------------------------------- */

static struct arc_set *
find_set(struct fragments *f, struct arc_set *set, unsigned instance,
	const struct field *there, str name)
{
	if (there) /* step 3 A */
		break_chain(f, ARC_FAULT_SETS, instance,
			in_set(f->arena, instance,
				STR_CAT(f->arena, STR("more than one "),
					name)));
	return &set[instance - 1];
}

static void
place_results(struct fragments *f, struct arc_set *set)
{
	for (size_t i = 0; i < f->n_results; i++) {
		const struct results *r = &f->results[i];

		if (r->instance == 0)
			continue;
		struct arc_set *at = find_set(f, set, r->instance,
			set[r->instance - 1].results, results_name);
		at->results = r->field;
		at->claims = r->claims;
		at->saw = authres_parse(f->arena, r->field->value);
	}
}

static void
place_signatures(struct fragments *f, struct arc_set *set)
{
	for (size_t i = 0; i < f->n_signatures; i++) {
		unsigned n = instance_of_tags(&f->signature[i].tags);

		if (n == 0)
			continue;
		find_set(f, set, n, set[n - 1].message_signature.field,
			signature_name)
			->message_signature = f->signature[i];
	}
}

static void
place_seals(struct fragments *f, struct arc_set *set)
{
	for (size_t i = 0; i < f->n_seals; i++) {
		unsigned n = instance_of_tags(&f->seal[i].tags);

		if (n == 0)
			continue;
		find_set(f, set, n, set[n - 1].seal.field, seal_name)->seal =
			f->seal[i];
	}
}

static struct arc_set *
make_sets(struct fragments *f)
{
	struct arc_set *set = arena_make(f->arena, f->highest, struct arc_set);

	for (unsigned i = 0; i < f->highest; i++)
		set[i].instance = i + 1;
	place_results(f, set);
	place_signatures(f, set);
	place_seals(f, set);
	return set;
}

/* --- step 3: structure ----------------------------------------------- */

/* The first tag of those that is not there, as a reason; or absent. */
static str
missing_tag(struct arena *a, const struct taglist *tags, str names)
{
	for (str name; colon_split(&names, &name);)
		if (!taglist_find(tags, name))
			return STR_CAT(a, name, STR("= is missing"));
	return (str){ 0 };
}

/* Rules A and B: all three fields. */
static str
missing_field(struct arena *a, const struct arc_set *set)
{
	bool results = set->results, seal = set->seal.field,
	     signature = set->message_signature.field;

	if (!results && !signature && !seal)
		return STR("missing, and later sets are there");
	if (results && signature && seal)
		return (str){ 0 };
	return STR_CAT(a, STR("no "),
		!seal        ? seal_name
		: !signature ? signature_name
			     : results_name);
}

static str
bad_signature(struct arena *a, const struct dkim_signature *sig)
{
	str missing = missing_tag(a, &sig->tags, STR("a:b:bh:d:h:s"));

	if (sig->tags.error == TAGLIST_OK && !missing.p)
		return missing;
	return STR_CAT(a, signature_name, STR(": "),
		sig->tags.error != TAGLIST_OK ? sig->signer.reason : missing);
}

static str
bad_seal(struct arena *a, const struct arc_seal *seal)
{
	str missing = missing_tag(a, &seal->tags, STR("a:b:d:s:cv"));

	if (taglist_find(&seal->tags, STR("h"))) /* 4.1.3 */
		missing = STR("h= is not allowed");
	if (seal->tags.error != TAGLIST_OK)
		missing = seal->signer.reason;
	return missing.p ? STR_CAT(a, seal_name, STR(": "), missing) : missing;
}

/* Rule C. */
static str
bad_cv(struct arena *a, const struct arc_set *set)
{
	str cv = set->seal.cv;

	if (str_eq(cv, set->instance == 1 ? STR("none") : STR("pass")))
		return (str){ 0 };
	if (str_eq(cv, STR("fail")))
		return STR("cv=fail: its sealer found the chain broken");
	if (str_eq(cv, STR("none")))
		return STR("cv=none is only allowed in set 1");
	if (str_eq(cv, STR("pass")))
		return STR("cv=pass is only allowed after set 1");
	return STR_CAT(
		a, STR("cv=`"), str_sub(cv, 0, 20), STR("` is not known"));
}

static void
check_set(struct fragments *f, const struct arc_set *set)
{
	enum arc_fault fault = ARC_FAULT_SETS;
	str reason = missing_field(f->arena, set);

	if (!reason.p) {
		fault = ARC_FAULT_TAGS;
		reason = bad_signature(f->arena, &set->message_signature);
	}
	if (!reason.p)
		reason = bad_seal(f->arena, &set->seal);
	if (!reason.p) {
		fault = str_eq(set->seal.cv, STR("fail")) ? ARC_FAULT_CV_FAIL
							  : ARC_FAULT_CV;
		reason = bad_cv(f->arena, set);
	}
	if (reason.p)
		break_chain(f, fault, set->instance,
			in_set(f->arena, set->instance, reason));
}

/* --- all together ---------------------------------------------------- */

/* More of a kind than sets are allowed: not worth reading. (4.2.1) */
static bool
too_many(const struct fragments *f)
{
	return f->n_results > ARC_MAX_SETS || f->n_signatures > ARC_MAX_SETS ||
	       f->n_seals > ARC_MAX_SETS;
}

static void
want_bodies(struct arc_facts *facts, struct body_hashes *hashes)
{
	for (size_t i = 0; i < facts->n; i++) {
		struct dkim_signature *s = &facts->set[i].message_signature;

		if (s->signer.result != RESULT_PENDING)
			continue;
		s->hash = body_hashes_want(
			hashes, s->body_canon, s->signer.digest, s->length);
		if (s->hash != SIZE_MAX)
			continue;
		s->signer.result = RESULT_POLICY;
		s->signer.reason = STR("too many different body hashes");
	}
}

static struct arc_facts
put_together(struct fragments *f)
{
	struct arc_facts facts = { .present = true };

	read_results(f);
	read_signatures(f);
	read_seals(f);
	facts.set = make_sets(f);
	facts.n = f->highest;
	for (size_t i = 0; i < facts.n; i++)
		check_set(f, &facts.set[i]);
	facts.broken = f->broken;
	facts.fault = f->fault;
	facts.fault_set = f->fault_set;

	/* step 2 comes before the structure */
	const struct arc_set *newest =
		facts.n > 0 ? &facts.set[facts.n - 1] : NULL;
	facts.cv_fail = newest && str_eq(newest->seal.cv, STR("fail"));
	if (facts.cv_fail) {
		facts.broken =
			in_set(f->arena, facts.n, bad_cv(f->arena, newest));
		facts.fault = ARC_FAULT_CV_FAIL;
		facts.fault_set = newest->instance;
	}
	return facts;
}

struct arc_facts
arc_facts(struct arena *a, const struct message *m, struct body_hashes *hashes)
{
	struct fragments f = {
		.arena = a,
		.message = m,
		.n_results = message_count(m, results_name),
		.n_signatures = message_count(m, signature_name),
		.n_seals = message_count(m, seal_name),
	};
	struct arc_facts facts = { .present = true };

	if (f.n_results + f.n_signatures + f.n_seals == 0)
		return (struct arc_facts){ .present = false };
	if (too_many(&f))
		facts = (struct arc_facts){ .present = true,
			.broken = STR("more than 50 sets"),
			.fault = ARC_FAULT_MANY };
	else
		facts = put_together(&f);
	if (!facts.broken.p)
		want_bodies(&facts, hashes);
	return facts;
}
