/*
 * change_head.c - header sections are tried against a signature that is wrong.
 *
 * An RSA signature gives back the digest that was signed; so a candidate costs
 * a digest and no more.  Ed25519 does not, and each one must be verified.
 */
#include "findings/change.h"

#include "dkim/headerhash.h"
#include "dkim/signer.h"

/* --- slots ------------------------------------------------------------ */

static str
canonical(struct arena *a, enum canon kind, const struct field *f)
{
	struct buf b = { .arena = a };

	canon_field(&b, kind, f);
	return buf_str(&b);
}

/* The fields are in the order of h=, without the names that have none. */
static void
fill_slots(struct change_head *h)
{
	struct arena *a = h->search->arena;
	const struct dkim_signature *sig = h->v->signature;
	struct header_selection s =
		header_select(a, h->search->message, sig->headers, sig->index);
	size_t k = 0;
	str name;

	h->slot = arena_make(a, colon_count(sig->headers), struct change_slot);
	for (str rest = sig->headers; colon_split(&rest, &name);) {
		struct change_slot *slot = &h->slot[h->slots++];
		slot->name = name;
		if (k == s.n || !str_ieq(s.field[k]->name, name))
			continue;
		slot->field = s.field[k++];
		slot->canon = canonical(a, h->canon, slot->field);
		h->octets += slot->canon.n;
	}
}

static void
fill_own(struct change_head *h)
{
	const struct dkim_signature *sig = h->v->signature;
	struct buf b = { .arena = h->search->arena };

	canon_signature_field(&b, h->canon, sig->field, sig->signer.b_area);
	h->own = buf_str(&b);
	h->octets += h->own.n;
}

/* --- trying ----------------------------------------------------------- */

/* What the edits make of a slot. */
static str
text_of(const struct change_head *h, size_t slot,
	const struct change_edit *const *edit, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < edit[i]->n; k++)
			if (edit[i]->slot[k].slot == slot)
				return edit[i]->slot[k].canon;
	return h->slot[slot].canon;
}

static struct digest
digest_with(const struct change_head *h, const struct change_edit *const *edit,
	size_t n)
{
	struct hasher *hasher =
		hasher_new(h->search->crypto, h->v->signature->signer.digest);

	for (size_t i = 0; i < h->slots; i++)
		hasher_add(hasher, text_of(h, i, edit, n));
	hasher_add(hasher, h->own);
	struct digest d = hasher_end(hasher);
	hasher_free(hasher);
	return d;
}

static bool
is_signed(struct change_head *h, struct digest d)
{
	const struct dkim_signer *signer = &h->v->signature->signer;
	struct change_search *s = h->search;

	if (h->v->other_digest)
		return digest_eq(d, (str){ (const char *)h->v->recovered.b,
					    h->v->recovered.n });
	if (!h->key || s->verifications == CHANGE_VERIFICATIONS)
		return false;
	s->verifications++;
	return public_key_verify(s->crypto, h->key, signer->digest, d,
		       signer->signature, NULL) == VERIFY_OK;
}

static bool
can_go_on(struct change_head *h)
{
	struct change_search *s = h->search;

	if (s->head_octets + h->octets > CHANGE_HEAD_OCTETS ||
		(h->key && s->verifications == CHANGE_VERIFICATIONS))
		s->exhausted = true;
	return !s->exhausted;
}

static bool
try_edits(
	struct change_head *h, const struct change_edit *const *edit, size_t n)
{
	h->search->head_octets += h->octets;
	return is_signed(h, digest_with(h, edit, n));
}

static bool
touches(const struct change_edit *e, size_t slot)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->slot[i].slot == slot)
			return true;
	return false;
}

static bool
conflict(const struct change_edit *a, const struct change_edit *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (touches(b, a->slot[i].slot))
			return true;
	return false;
}

/*
 * Sets of `n` edits, each later in the list than the one before.  Of three and
 * more all must be such as come together.
 */
static bool
try_sets(struct change_head *h, const struct change_edit **picked, size_t have,
	size_t n, size_t from)
{
	if (have == n)
		return can_go_on(h) && try_edits(h, picked, n);
	for (size_t i = from; i < h->edits; i++) {
		const struct change_edit *e = &h->edit[i];
		bool fits = n <= CHANGE_ANY_TOGETHER || e->common;
		for (size_t k = 0; k < have; k++)
			fits &= !conflict(picked[k], e);
		if (!fits)
			continue;
		picked[have] = e;
		if (try_sets(h, picked, have + 1, n, i + 1))
			return true;
		if (h->search->exhausted)
			return false;
	}
	return false;
}

/* --- forms of the whole section --------------------------------------- */

static bool
try_other_canon(struct change_search *s, const struct dkim_verdict *v,
	const struct public_key *key)
{
	struct change_head *h = arena_new(s->arena, struct change_head);

	h->search = s;
	h->v = v;
	h->key = key;
	h->canon = v->signature->header_canon == CANON_SIMPLE ? CANON_RELAXED
							      : CANON_SIMPLE;
	fill_slots(h);
	fill_own(h);
	return can_go_on(h) && try_edits(h, NULL, 0);
}

/* CRLF became CR CR LF: a CR that is no part of the line end. */
static str
without_cr(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\r' || (i + 1 < s.n && s.p[i + 1] == '\n'))
			buf_char(&b, s.p[i]);
	return buf_str(&b);
}

static bool
try_without_cr(struct change_head *h)
{
	struct arena *a = h->search->arena;
	const struct message *m = h->search->message;
	struct change_head *clean = arena_new(a, struct change_head);

	if (m->notes.bare_cr == 0)
		return false;
	*clean = *h;
	clean->slot = arena_make(a, h->slots, struct change_slot);
	for (size_t i = 0; i < h->slots; i++) {
		clean->slot[i] = h->slot[i];
		clean->slot[i].canon = without_cr(a, h->slot[i].canon);
	}
	clean->own = without_cr(a, h->own);
	return can_go_on(clean) && try_edits(clean, NULL, 0);
}

/* --- all of it -------------------------------------------------------- */

static void
tell(struct change *out, const struct change_edit *const *edit, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out->head[out->head_steps++] = edit[i]->step;
}

static void
tell_whole(struct change *out, enum change_kind kind, str from, str to)
{
	out->head[out->head_steps++] = (struct change_step){
		.kind = kind,
		.from = from,
		.to = to,
	};
}

static const struct public_key *
load_key(struct change_search *s, const struct dkim_verdict *v)
{
	struct dkim_key key = dkim_key_parse(s->arena, v->key_record);

	if (key.kind != KEY_ED25519)
		return NULL;
	return public_key_load(s->crypto, key.kind, key.data).key;
}

static bool
try_all(struct change_head *h, struct change *out)
{
	const struct change_edit *picked[CHANGE_TOGETHER];
	bool relaxed = h->canon == CANON_RELAXED;

	if (try_without_cr(h)) {
		tell_whole(out, CHANGE_HEAD_ENDS, STR("CRLF became CR CR LF"),
			STR(""));
		return true;
	}
	if (try_other_canon(h->search, h->v, h->key)) {
		tell_whole(out, CHANGE_HEAD_CANON,
			relaxed ? STR("simple") : STR("relaxed"),
			relaxed ? STR("relaxed") : STR("simple"));
		return true;
	}
	change_add_edits(h);
	for (size_t n = 1; n <= CHANGE_TOGETHER; n++) {
		if (!try_sets(h, picked, 0, n, 0))
			continue;
		tell(out, picked, n);
		return true;
	}
	return false;
}

void
change_try_head(struct change_search *s, const struct dkim_verdict *v,
	struct change *out)
{
	struct arena_mark mark = arena_mark(s->arena);
	struct change_head *h = arena_new(s->arena, struct change_head);
	bool spent = s->exhausted;

	s->exhausted = false; /* bodies have a bound of their own */
	h->search = s;
	h->v = v;
	h->canon = v->signature->header_canon;
	if (!v->other_digest && v->key_record.p)
		h->key = load_key(s, v);
	if (v->other_digest || h->key) {
		fill_slots(h);
		fill_own(h);
		/* what was found is kept, with its strings */
		if (try_all(h, out))
			mark = arena_mark(s->arena);
	}
	arena_rewind(s->arena, mark);
	s->exhausted |= spent;
}
