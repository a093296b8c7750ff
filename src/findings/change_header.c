/*
 * change_header.c - what was done to header fields that a signature covers.
 *
 * With RSA the public key gives back the digest that was signed, and a
 * candidate costs one hash; with Ed25519 each candidate is verified.
 */
#include "change.h"

#include "dkim/headerhash.h"

enum { SINGLES = 24, Z_COPIES = 40 };

/* One field of the selection replaced, or left out. */
struct candidate {
	size_t at;               /* index into the selection */
	const struct field *new; /* NULL: left out */
	enum header_change change;
	str name, what;
};

struct headers {
	struct search *s;
	const struct dkim_verdict *v;
	struct header_selection selected;
	const struct public_key *key; /* Ed25519 */
	struct candidate candidate[SINGLES];
	size_t n;
	size_t tried;
};

/* --- is it that?
 * --------------------------------------------------------------- */

static bool
is_signed_digest(struct headers *h, struct digest d)
{
	const struct dkim_signer *signer = &h->s->sig->signer;

	if (h->v->other_digest)
		return d.n > 0 && d.n == h->v->recovered.n &&
		       digest_eq(d, (str){ (const char *)h->v->recovered.b,
					    h->v->recovered.n });
	return h->key && public_key_verify(h->s->crypto, h->key, signer->digest,
				 d, signer->signature, NULL) == VERIFY_OK;
}

/* With one or two candidates put in place; b may be NULL. */
static bool
matches(struct headers *h, const struct candidate *a, const struct candidate *b)
{
	struct search *s = h->s;
	struct arena_mark mark = arena_mark(s->arena);
	struct header_selection with = { .n = 0 };
	size_t octets = 0;

	if (h->tried >= CHANGE_MAX_HEADERS)
		return false;
	with.field = arena_make(s->arena, h->selected.n, const struct field *);
	for (size_t i = 0; i < h->selected.n; i++) {
		const struct field *f = h->selected.field[i];
		if (a && a->at == i)
			f = a->new;
		else if (b && b->at == i)
			f = b->new;
		if (!f)
			continue;
		with.field[with.n++] = f;
		octets += f->raw.n;
	}
	bool match = false;
	if (s->hashed + octets <= CHANGE_MAX_HASHED) {
		h->tried++;
		s->hashed += octets;
		match = is_signed_digest(
			h, header_digest(s->arena, s->crypto, &with, s->sig));
	}
	arena_rewind(s->arena, mark);
	return match;
}

/* --- making candidates
 * ------------------------------------------------------------ */

static void
propose(struct headers *h, size_t at, const struct field *new,
	enum header_change change, str what)
{
	if (h->n < SINGLES)
		h->candidate[h->n++] = (struct candidate){ at, new, change,
			h->selected.field[at]->name, what };
}

/* A field of that name with another value (without its CRLF). */
static const struct field *
make_field(struct headers *h, const struct field *like, str value)
{
	struct arena *a = h->s->arena;
	struct field *f = arena_new(a, struct field);

	f->raw = STR_CAT(a, like->name, STR(":"), value, STR("\r\n"));
	f->name = str_sub(f->raw, 0, like->name.n);
	f->value = str_sub(f->raw, like->name.n + 1, value.n);
	return f;
}

/* "[list] " or "***SPAM*** " at the start, or behind "Re: ". */
static size_t
tag_length(str s)
{
	size_t n = 0;

	if (s.n > 0 && s.p[0] == '[')
		n = str_find(s, ']') + 1;
	else if (s.n > 0 && s.p[0] == '*')
		while (n < s.n && s.p[n] != ' ')
			n++;
	else if (str_istarts(s, STR("EXTERNAL:")) ||
		 str_istarts(s, STR("EXTERN:")) ||
		 str_istarts(s, STR("SPAM:")) || str_istarts(s, STR("{Spam?}")))
		n = str_find(s, s.p[0] == '{' ? '}' : ':') + 1;
	if (n == 0 || n > s.n)
		return 0;
	while (n < s.n && is_fws(s.p[n]))
		n++;
	return n;
}

static void
propose_subject(struct headers *h, size_t at)
{
	const struct field *f = h->selected.field[at];
	struct arena *a = h->s->arena;
	size_t skip = 0;

	/* at the start, and behind up to two "Re:" */
	for (int i = 0; i < 3; i++) {
		while (skip < f->value.n && is_fws(f->value.p[skip]))
			skip++;
		str rest = str_skip(f->value, skip);
		size_t n = tag_length(rest);
		if (n > 0) {
			str tag = str_trim_fws(str_sub(rest, 0, n));
			str old = STR_CAT(a, str_sub(f->value, 0, skip),
				str_skip(rest, n));
			propose(h, at, make_field(h, f, old),
				HEADER_SUBJECT_TAG, tag);
			/* a list may have put its own Re: before it */
			propose(h, at,
				make_field(h, f,
					STR_CAT(a, STR(" "),
						str_skip(rest, n))),
				HEADER_SUBJECT_TAG, tag);
		}
		size_t colon = str_find(rest, ':');
		if (colon == 0 || colon > 3)
			return;
		skip += colon + 1;
	}
}

static void
propose_from(struct headers *h, size_t at)
{
	static const str keeps[] = {
		STR_INIT("X-Original-From"),
		STR_INIT("Original-From"),
		STR_INIT("Author"),
		STR_INIT("X-Original-Sender"),
		STR_INIT("Reply-To"),
		STR_INIT("Cc"),
	};
	const struct field *f = h->selected.field[at];

	for (size_t i = 0; i < sizeof(keeps) / sizeof(keeps[0]); i++) {
		const struct field *kept = message_top(h->s->message, keeps[i]);
		if (kept)
			propose(h, at, make_field(h, f, kept->value),
				HEADER_FROM, str_trim_fws(kept->value));
	}
}

/* "Ann B. <a@b>" against "\"Ann B.\" <a@b>" */
static void
propose_quoting(struct headers *h, size_t at)
{
	const struct field *f = h->selected.field[at];
	struct arena *a = h->s->arena;
	size_t open = str_rfind(f->value, '<');
	str name = str_trim_fws(str_sub(f->value, 0, open));
	str rest = str_skip(f->value, open);

	if (open == f->value.n || name.n == 0)
		return;
	bool quoted =
		name.n > 1 && name.p[0] == '"' && name.p[name.n - 1] == '"';
	str other = quoted ? str_sub(name, 1, name.n - 2)
			   : STR_CAT(a, STR("\""), name, STR("\""));
	propose(h, at,
		make_field(h, f, STR_CAT(a, STR(" "), other, STR(" "), rest)),
		HEADER_QUOTING, name);
}

/* As the part that was the whole body has them; or as an encoding has it. */
static void
propose_content(struct headers *h, size_t at, const struct change *c)
{
	const struct field *f = h->selected.field[at];
	struct arena *a = h->s->arena;
	bool encoding = str_ieq(f->name, STR("Content-Transfer-Encoding"));

	if (c->part_headers.p) {
		str old = mime_field(c->part_headers, f->name);
		propose(h, at,
			old.p ? make_field(h, f, STR_CAT(a, STR(" "), old))
			      : NULL,
			HEADER_CONTENT, old);
	}
	if (encoding && c->from.p) {
		propose(h, at, make_field(h, f, STR_CAT(a, STR(" "), c->from)),
			HEADER_CONTENT, c->from);
		propose(h, at, NULL, HEADER_CONTENT, c->from);
		propose(h, at, make_field(h, f, STR(" 7bit")), HEADER_CONTENT,
			STR("7bit"));
	}
}

/* "Name:value|Name:value" (RFC 6376 3.5, z=), with its own quoted-printable. */
static void
propose_copies(struct headers *h)
{
	const struct tag *z = taglist_find(&h->s->sig->tags, STR("z"));
	str rest = z ? z->value : (str){ 0 }, one;
	size_t copies = 0;

	while (rest.p && str_split(&rest, '|', &one) && copies++ < Z_COPIES) {
		size_t colon = str_find(one, ':');
		str name = str_trim_fws(str_sub(one, 0, colon));
		str value = qp_decode(h->s->arena, str_skip(one, colon + 1));
		for (size_t i = 0; i < h->selected.n; i++) {
			const struct field *f = h->selected.field[i];
			if (!str_ieq(f->name, name))
				continue;
			if (!str_eq(str_trim_fws(f->value),
				    str_trim_fws(value)))
				propose(h, i, make_field(h, f, value),
					HEADER_VALUE, str_trim_fws(value));
			break;
		}
	}
}

static void
propose_all(struct headers *h, const struct change *c)
{
	propose_copies(h);
	for (size_t i = 0; i < h->selected.n && h->n < SINGLES; i++) {
		str name = h->selected.field[i]->name;

		if (str_ieq(name, STR("Subject")))
			propose_subject(h, i);
		else if (str_ieq(name, STR("From")))
			propose_from(h, i);
		else if (str_istarts(name, STR("Content-T")))
			propose_content(h, i, c);
		if (str_ieq(name, STR("From")) || str_ieq(name, STR("To")) ||
			str_ieq(name, STR("Cc")) ||
			str_ieq(name, STR("Reply-To")))
			propose_quoting(h, i);
	}
	/* each that may have been added; the usual ones first */
	for (size_t i = h->selected.n; i-- > 0;)
		propose(h, i, NULL, HEADER_ADDED, STR(""));
}

/* --- the search
 * ---------------------------------------------------------------------- */

static void
keep(struct change *c, const struct candidate *x)
{
	c->header[c->headers] = x->change;
	c->name[c->headers] = x->name;
	c->what[c->headers++] = x->what;
}

static void
search(struct headers *h, struct change *c)
{
	for (size_t i = 0; i < h->n; i++)
		if (matches(h, &h->candidate[i], NULL)) {
			keep(c, &h->candidate[i]);
			return;
		}
	for (size_t i = 0; i < h->n; i++)
		for (size_t k = i + 1; k < h->n; k++) {
			const struct candidate *a = &h->candidate[i];
			const struct candidate *b = &h->candidate[k];
			if (a->at == b->at || !matches(h, a, b))
				continue;
			keep(c, a);
			keep(c, b);
			return;
		}
}

void
header_explain(struct search *s, const struct dkim_verdict *v, struct change *c)
{
	struct headers h = { .s = s, .v = v };

	if (s->sig->signer.key_kind == KEY_ED25519 && v->key_record.n > 0) {
		struct dkim_key key = dkim_key_parse(s->arena, v->key_record);
		h.key = public_key_load(s->crypto, key.kind, key.data).key;
	}
	if (!v->other_digest && !h.key)
		return;
	h.selected = header_select(
		s->arena, s->message, s->sig->headers, s->sig->index);
	propose_all(&h, c);
	search(&h, c);
}
