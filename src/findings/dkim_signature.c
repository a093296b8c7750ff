/*
 * dkim_signature.c - signatures that cannot be used as they stand, or are not
 * there. (RFC 6376 3.5, 6.1.1)
 */
#include "dkim.h"

#include "dkim/signer.h"

enum { SAMPLE = 40 };

/* --- what the tests of DKIM share ------------------------------------ */

static struct dkim_subject
subject_of(const struct find *f, size_t i)
{
	const struct dkim_signature *sig = &f->v->dkim_facts.signature[i];
	bool author = find_may_align(f, sig->signer.domain_ascii);

	return (struct dkim_subject){
		.index = i,
		.signature = sig,
		.verdict = &f->v->dkim[i],
		.author = author,
		.counts = author && f->v->dkim[i].result == RESULT_PASS,
	};
}

void
dkim_each(struct find *f,
	void (*look)(struct find *, const struct dkim_subject *))
{
	size_t room = DKIM_MAX_SIGNATURES;

	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < f->v->dkim_facts.n && room > 0; i++) {
			struct dkim_subject s = subject_of(f, i);
			size_t before = f->n;
			if (s.author != (turn == 0))
				continue;
			room--;
			look(f, &s);
			for (; before < f->n; before++)
				f->finding[before].signature = i + 1;
		}
}

void
dkim_point_at(struct find *f, struct finding *x, const struct dkim_subject *s,
	str part, str label)
{
	const struct field *field = s->signature->field;

	find_in_field(x, f->message, field,
		part.p ? (size_t)(part.p - field->value.p) : 0, part.n, label);
}

void
dkim_point(struct find *f, struct finding *x, const struct dkim_subject *s,
	str name, str label)
{
	const struct tag *tag = taglist_find(&s->signature->tags, name);

	dkim_point_at(f, x, s, tag ? tag->value : (str){ 0 }, label);
}

size_t
dkim_listed(const struct dkim_signature *sig, str name)
{
	size_t n = 0;
	str item;

	for (str rest = sig->headers; colon_split(&rest, &item);)
		n += str_ieq(item, name);
	return n;
}

/* --- the list -------------------------------------------------------- */

static str
sample(struct find *f, str s)
{
	if (s.n <= SAMPLE)
		return s;
	return STR_CAT(f->arena, str_sub(s, 0, SAMPLE), STR(".."));
}

static bool
find_encoded(struct find *f, const struct dkim_subject *s)
{
	str value = str_trim_fws(s->signature->field->value);

	if (!str_starts(value, STR("=?")))
		return false;
	struct finding *x = find_add(f, FINDING_DKIM_ENCODED_HEADER, NULL);
	dkim_point_at(f, x, s, str_sub(value, 0, 2), (str){ 0 });
	return true;
}

static void
find_bad_piece(struct find *f, const struct dkim_subject *s, str piece)
{
	str bad = str_trim_fws(piece);
	struct finding *x;

	if (bad.n == 0) { /* the ';' before it is one too many */
		size_t at = (size_t)(piece.p - s->signature->field->value.p);
		bad = str_sub(s->signature->field->value, at > 0 ? at - 1 : 0,
			piece.n + 2);
	}
	x = FIND(f, DKIM_SYNTAX, { "text", sample(f, bad) });
	dkim_point_at(f, x, s, bad, STR("no tag=value"));
}

static bool
find_list(struct find *f, const struct dkim_subject *s)
{
	const struct taglist *tags = &s->signature->tags;
	str bad = str_trim_fws(tags->bad);

	if (tags->error == TAGLIST_DUPLICATE) {
		str name = str_trim_fws(str_sub(bad, 0, str_find(bad, '=')));
		struct finding *x =
			FIND(f, DKIM_DUPLICATE_TAG, { "tag", sample(f, name) });
		dkim_point_at(f, x, s, bad, STR("the second"));
	} else if (tags->error != TAGLIST_OK) {
		find_bad_piece(f, s, tags->bad);
	}
	return tags->error != TAGLIST_OK;
}

/* Did the header section end in the middle of this field? */
static bool
is_cut_off(const struct find *f, const struct dkim_signature *sig)
{
	return f->message->notes.broken && sig->index + 1 == f->message->n;
}

static bool
find_missing(struct find *f, const struct dkim_subject *s)
{
	static const str needed[] = { STR_INIT("v"), STR_INIT("a"),
		STR_INIT("d"), STR_INIT("s"), STR_INIT("h"), STR_INIT("bh"),
		STR_INIT("b") };
	struct buf b = { .arena = f->arena };

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const struct tag *tag =
			taglist_find(&s->signature->tags, needed[i]);
		if (tag && tag->value.n > 0)
			continue;
		buf_add(&b, b.n > 0 ? STR(", ") : STR(""));
		buf_add(&b, needed[i]);
		buf_char(&b, '=');
	}
	if (b.n == 0)
		return false;
	struct finding *x = FIND(f, DKIM_MISSING_TAG, { "tags", buf_str(&b) },
		{ "advice",
			is_cut_off(f, s->signature)
				? STR("find what broke the line after it: the "
				      "field ends there")
				: STR("mend the signer, or what cuts the "
				      "field on the way") });
	dkim_point_at(f, x, s, (str){ 0 }, (str){ 0 });
	return true;
}

/* --- one value ------------------------------------------------------- */

static str
allowed(str tag)
{
	static const struct {
		str tag, words;
	} table[] = {
		{ STR_INIT("v"), STR_INIT("must be 1") },
		{ STR_INIT("c"), STR_INIT("simple or relaxed, twice") },
		{ STR_INIT("q"), STR_INIT("must be dns/txt") },
		{ STR_INIT("l"), STR_INIT("must be a number") },
		{ STR_INIT("t"), STR_INIT("must be seconds since 1970") },
		{ STR_INIT("x"), STR_INIT("must be seconds, later than t=") },
		{ STR_INIT("d"), STR_INIT("must be a domain name") },
		{ STR_INIT("s"), STR_INIT("must be a selector") },
		{ STR_INIT("bh"), STR_INIT("must be 32 octets in base64") },
		{ STR_INIT("h"), STR_INIT("must be names of fields") },
		{ STR_INIT("i"), STR_INIT("must be [user]@domain") },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (str_eq(table[i].tag, tag))
			return table[i].words;
	return (str){ 0 };
}

static struct finding *
add_value(struct find *f, const struct dkim_subject *s, str tag, str value)
{
	const struct dkim_signature *sig = s->signature;

	if (str_eq(tag, STR("a")))
		return FIND(f, DKIM_ALGORITHM, { "a", sample(f, value) });
	if (str_eq(tag, STR("h")) && dkim_listed(sig, STR("from")) == 0)
		return find_add(f, FINDING_DKIM_FROM_UNSIGNED, NULL);
	if (str_eq(tag, STR("i")) && sig->signer.result == RESULT_PERMERROR)
		return FIND(f, DKIM_IDENTITY, { "i", sample(f, value) },
			{ "d", sig->signer.domain });
	return FIND(f, DKIM_BAD_VALUE, { "tag", tag },
		{ "value", sample(f, value) });
}

static void
find_value(struct find *f, const struct dkim_subject *s)
{
	str tag = s->signature->signer.bad_tag;
	const struct tag *found =
		tag.p ? taglist_find(&s->signature->tags, tag) : NULL;

	/* b= that cannot be read has a finding of its own */
	if (!found || str_eq(tag, STR("b")))
		return;
	struct finding *x = add_value(f, s, tag, found->value);
	dkim_point(f, x, s, tag,
		x->code == FINDING_DKIM_BAD_VALUE ? allowed(tag) : (str){ 0 });
}

static void
find_malformed(struct find *f, const struct dkim_subject *s)
{
	if (s->signature->signer.result == RESULT_PENDING)
		return;
	if (!find_encoded(f, s) && !find_list(f, s) && !find_missing(f, s))
		find_value(f, s);
}

/* --- all of them ----------------------------------------------------- */

static void
find_many(struct find *f)
{
	const struct dkim_facts *facts = &f->v->dkim_facts;
	size_t left = 0;

	for (size_t i = 0; i < facts->n; i++)
		left += facts->signature[i].signer.result == RESULT_POLICY &&
			!facts->signature[i].signer.bad_tag.p;
	if (left > 0)
		FIND(f, DKIM_MANY_SIGNATURES, { "n", find_number(f, facts->n) },
			{ "m", find_number(f, left) });
}

void
find_dkim_signature(struct find *f)
{
	if (!f->message)
		return;
	if (f->v->dkim_facts.n == 0)
		FIND(f, DKIM_UNSIGNED,
			{ "from", f->v->author.domain.n > 0
					  ? f->v->author.domain
					  : STR("the From domain") });
	dkim_each(f, find_malformed);
	find_many(f);
	if (f->v->dkim_facts.dkim2)
		find_add(f, FINDING_DKIM2_PRESENT, NULL);
}
