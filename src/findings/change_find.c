/*
 * change_find.c - says what was found out about signatures that are broken.
 */
#include "findings/change_find.h"

#include "mailauth/base64.h"

str
change_domain(const struct find *f, size_t i)
{
	str d = f->v->dkim[i].signature->signer.domain;

	return d.p ? d : STR("an unknown domain");
}

static str
counted(struct find *f, size_t n, const char *one, const char *many)
{
	return STR_CAT(f->arena, str_count(f->arena, n), STR(" "),
		str_from(n == 1 ? one : many));
}

static struct finding *
about(struct finding *x, size_t i, enum basis basis)
{
	x->signature = i + 1;
	x->basis = basis;
	return x;
}

static str
in_one_line(struct find *f, str value)
{
	struct buf b = { .arena = f->arena };

	value = str_sub(str_trim_fws(value), 0, 1000);
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\r' || value.p[i] == '\n')
			continue;
		buf_char(&b, value.p[i] == '\t' ? ' ' : value.p[i]);
	}
	return buf_str(&b);
}

static str
shown(struct find *f, str value)
{
	return str_sub(in_one_line(f, value), 0, 100);
}

static struct finding *
one_row(struct find *f, struct finding *x, str label, str value)
{
	struct finding_row *row = arena_new(f->arena, struct finding_row);

	if (value.n == 0)
		return x;
	*row = (struct finding_row){ .label = label, .value = value };
	x->row = row;
	x->rows = 1;
	return x;
}

/* --- the body --------------------------------------------------------- */

static struct finding *
say_footer(struct find *f, const struct change_step *s, str d)
{
	struct finding *x = FIND(f, CHANGE_FOOTER,
		{ "lines", counted(f, s->n, "line was", "lines were") },
		{ "d", d });

	return one_row(f, x, STR("first text"), shown(f, s->to));
}

static struct finding *
say_banner(struct find *f, const struct change_step *s, str d)
{
	struct finding *x = FIND(f, CHANGE_BANNER,
		{ "lines", counted(f, s->n, "line was", "lines were") },
		{ "d", d });

	return one_row(f, x, STR("first text"), shown(f, s->to));
}

static struct finding *
say_wrapped(struct find *f, const struct change_step *s, str d)
{
	(void)s;
	return FIND(f, CHANGE_MIME_WRAPPED, { "d", d });
}

static struct finding *
say_part(struct find *f, const struct change_step *s, str d)
{
	return FIND(f, CHANGE_PART_ADDED,
		{ "parts", s->n == 1
				   ? STR("a MIME part was")
				   : counted(f, s->n, "", "MIME parts were") },
		{ "d", d });
}

static struct finding *
say_reencoded(struct find *f, const struct change_step *s, str d)
{
	bool downgrade = str_eq(s->from, STR("8bit"));

	return FIND(f, CHANGE_REENCODED, { "a", s->from }, { "b", s->to },
		{ "d", d },
		{ "who", downgrade ? STR("sign 7-bit mail (quoted-printable or "
					 "base64), or let every hop offer "
					 "8BITMIME")
				   : STR("list or relay: leave the encoding as "
					 "it is, or re-sign and rewrite "
					 "From") });
}

static struct finding *
say_line_ends(struct find *f, const struct change_step *s, str d)
{
	(void)d;
	return FIND(f, CHANGE_LINE_ENDINGS, { "kind", s->from });
}

static struct finding *
say_canon(struct find *f, const struct change_step *s, str d)
{
	return FIND(f, DKIM_CANON_MISMATCH, { "d", d }, { "x", s->from },
		{ "y", s->to },
		{ "part", s->kind == CHANGE_HEAD_CANON ? STR("header")
						       : STR("body") });
}

static struct finding *
say_plain(struct find *f, const struct change_step *s, str d)
{
	switch (s->kind) {
	case CHANGE_LINE_WRAP: return FIND(f, CHANGE_LINE_WRAP, { "d", d });
	case CHANGE_DOTS: return FIND(f, CHANGE_DOT_STUFFING, { "d", d });
	case CHANGE_MBOX: return FIND(f, CHANGE_MBOX_FROM, { "d", d });
	case CHANGE_SIGDASH: return FIND(f, CHANGE_SIGDASH, { "d", d });
	case CHANGE_SIGNER_LF: return FIND(f, DKIM_BODY_LF, { "d", d });
	case CHANGE_SIGNER_EMPTY:
		return FIND(f, DKIM_BODY_EMPTY_HASH, { "d", d });
	default:
		return FIND(
			f, CHANGE_EXCHANGE_REWRITE, { "looks", STR("was") });
	}
}

/* --- the header section ----------------------------------------------- */

/* The offset of a slice in the field's value; its length when not in it. */
static size_t
offset_in(const struct field *field, str slice)
{
	const char *p = field->value.p;

	return slice.p >= p && slice.p + slice.n <= p + field->value.n
		       ? (size_t)(slice.p - p)
		       : field->value.n;
}

static struct finding *
say_subject(struct find *f, const struct change_step *s, str d)
{
	struct finding *x = FIND(f, CHANGE_SUBJECT_TAG,
		{ "tag", shown(f, s->to) }, { "was", STR("was") }, { "d", d });

	size_t at = offset_in(s->field, s->to);
	find_in_field(x, f->message, s->field, at < s->field->value.n ? at : 0,
		at < s->field->value.n ? s->to.n : 0, STR("added"));
	return x;
}

static struct finding *
say_from(struct find *f, const struct change_step *s, str d)
{
	struct finding *x =
		FIND(f, CHANGE_FROM_REWRITTEN, { "old", shown(f, s->from) },
			{ "new", shown(f, s->to) }, { "d", d });

	size_t at = offset_in(s->field, s->to);
	find_in_field(x, f->message, s->field, at < s->field->value.n ? at : 0,
		at < s->field->value.n ? s->to.n : 0, STR("new"));
	return x;
}

static struct finding *
say_quotes(struct find *f, const struct change_step *s, str d)
{
	struct finding *x = FIND(
		f, CHANGE_ADDRESS_QUOTING, { "header", s->name }, { "d", d });

	find_in_field(x, f->message, s->field, 0, 0, STR(""));
	return x;
}

static struct finding *
say_added(struct find *f, const struct change_step *s, str d)
{
	struct finding *x =
		FIND(f, CHANGE_HEADER_ADDED, { "header", s->name }, { "d", d });

	find_in_field(x, f->message, s->field, 0, 0, STR(""));
	return x;
}

static struct finding *
say_missing(struct find *f, const struct change_step *s, str d)
{
	return FIND(f, CHANGE_HEADER_MISSING, { "header", s->name }, { "d", d },
		{ "a", shown(f, s->from) });
}

enum { AROUND = 12, EXCERPT = 44 };

/* What is around the first octet that differs. */
static str
excerpt(struct find *f, str value, size_t differs)
{
	size_t from =
		differs > AROUND && value.n > EXCERPT ? differs - AROUND : 0;
	str part = str_sub(value, from, EXCERPT);

	return STR_CAT(f->arena, from > 0 ? STR("..") : STR(""), part,
		from + part.n < value.n ? STR("..") : STR(""));
}

/* Values that differ in blanks alone are of no use side by side. */
static str
how_changed(struct find *f, const struct change_step *s)
{
	if (s->from.n == 0 || s->to.n == 0)
		return STR(" in its folding");
	str a = in_one_line(f, s->from), b = in_one_line(f, s->to);
	size_t n = 0;
	if (str_eq(a, b))
		return STR(" in its blanks");
	while (n < a.n && n < b.n && a.p[n] == b.p[n])
		n++;
	return STR_CAT(f->arena, STR(" from `"), excerpt(f, a, n),
		STR("` to `"), excerpt(f, b, n), STR("`"));
}

static struct finding *
say_value(struct find *f, const struct change_step *s, str d)
{
	struct finding *x = FIND(f, CHANGE_HEADER_VALUE, { "header", s->name },
		{ "how", how_changed(f, s) }, { "d", d });

	find_in_field(x, f->message, s->field, 0, 0, STR(""));
	return x;
}

/* --- all kinds -------------------------------------------------------- */

static const struct {
	struct finding *(*say)(
		struct find *, const struct change_step *, str d);
} sayings[] = {
	[CHANGE_FOOTER] = { say_footer },
	[CHANGE_BANNER] = { say_banner },
	[CHANGE_WRAPPED] = { say_wrapped },
	[CHANGE_PART] = { say_part },
	[CHANGE_REENCODED] = { say_reencoded },
	[CHANGE_LINE_WRAP] = { say_plain },
	[CHANGE_DOTS] = { say_plain },
	[CHANGE_MBOX] = { say_plain },
	[CHANGE_LINE_ENDS] = { say_line_ends },
	[CHANGE_SIGDASH] = { say_plain },
	[CHANGE_META] = { say_plain },
	[CHANGE_SIGNER_LF] = { say_plain },
	[CHANGE_SIGNER_CANON] = { say_canon },
	[CHANGE_SIGNER_EMPTY] = { say_plain },
	[CHANGE_SUBJECT] = { say_subject },
	[CHANGE_FROM] = { say_from },
	[CHANGE_QUOTES] = { say_quotes },
	[CHANGE_ADDED] = { say_added },
	[CHANGE_MISSING] = { say_missing },
	[CHANGE_VALUE] = { say_value },
	[CHANGE_ENTITY] = { say_value },
	[CHANGE_HEAD_CANON] = { say_canon },
	[CHANGE_HEAD_ENDS] = { say_line_ends },
};

static void
say_step(struct find *f, size_t i, const struct change_step *s)
{
	about(sayings[s->kind].say(f, s, change_domain(f, i)), i, BASIS_PROVEN);
}

static bool
same_step(const struct change_step *a, const struct change_step *b)
{
	return a->kind == b->kind && a->n == b->n && str_eq(a->from, b->from) &&
	       str_eq(a->name, b->name);
}

/* What explains one signature explains all that it breaks: it is told once. */
static bool
was_told(const struct find *f, const struct change_told *told,
	const struct change_step *s)
{
	for (size_t k = 0; k < told->n; k++) {
		const struct change *c = &f->changes->of[told->signature[k]];
		for (size_t i = 0; i < c->body_steps; i++)
			if (same_step(&c->body[i], s))
				return true;
		for (size_t i = 0; i < c->head_steps; i++)
			if (same_step(&c->head[i], s))
				return true;
	}
	return false;
}

/* --- one signature ---------------------------------------------------- */

/* Taken apart and put together: the encoding changed along with the parts. */
static bool
body_explains(const struct change *c, const struct change_step *s)
{
	for (size_t i = 0; i < c->body_steps; i++)
		if (c->body[i].kind == CHANGE_WRAPPED ||
			c->body[i].kind == CHANGE_REENCODED ||
			c->body[i].kind == CHANGE_FOOTER)
			return s->kind == CHANGE_ENTITY ||
			       (s->kind == CHANGE_MISSING &&
				       str_istarts(s->name, STR("Content-")));
	return false;
}

/* base64 to base64 is what a list does to put its footer below the text. */
static bool
is_idle(const struct change_step *s)
{
	return s->kind == CHANGE_REENCODED && str_eq(s->from, s->to);
}

static void
say_steps(struct find *f, const struct change_told *told, size_t i)
{
	const struct change *c = &f->changes->of[i];

	for (size_t k = 0; k < c->body_steps; k++)
		if (!was_told(f, told, &c->body[k]) &&
			(c->body_steps == 1 || !is_idle(&c->body[k])))
			say_step(f, i, &c->body[k]);
	for (size_t k = 0; k < c->head_steps; k++)
		if (!was_told(f, told, &c->head[k]) &&
			!body_explains(c, &c->head[k]))
			say_step(f, i, &c->head[k]);
}

/* What can be done when the text was not there to be looked at. */
static str
advice_on_body(const struct find *f)
{
	const struct findings_setup *s = f->setup;

	if (s->from_pipe)
		return STR("give the message as a file by name, and it is "
			   "looked at more closely");
	if (f->changes->marks.cut)
		return STR("the last MIME boundary is missing: find where the "
			   "message was cut");
	return STR("compare with the copy in the sender's Sent folder");
}

static str
why_unexplained(const struct find *f)
{
	if (f->setup->body_lost)
		return STR(" (the body was too large to look at)");
	return f->changes->exhausted ? STR(" (not all were tried)") : STR("");
}

static void
say_body_changed(struct find *f, size_t i)
{
	const struct dkim_verdict *v = &f->v->dkim[i];
	uint64_t length = v->signature->length;
	str d = change_domain(f, i);

	if (length != BODY_WHOLE && length > v->body_octets) {
		about(FIND(f, DKIM_LENGTH_BEYOND,
			      { "n", str_count(f->arena,
					     length - v->body_octets) },
			      { "d", d }, { "l", find_number(f, length) }),
			i, BASIS_SEEN);
		return;
	}
	about(FIND(f, DKIM_BODY_CHANGED, { "d", d },
		      { "advice", advice_on_body(f) }),
		i, BASIS_SEEN);
	if (f->setup->body.p || f->setup->body_lost)
		about(FIND(f, CHANGE_UNEXPLAINED,
			      { "why", why_unexplained(f) }),
			i, BASIS_SEEN);
}

static bool
is_named_before(str h, str name)
{
	for (str rest = str_sub(h, 0, (size_t)(name.p - h.p)), one;
		rest.n > 0 && str_split(&rest, ':', &one);)
		if (str_ieq(str_trim_fws(one), name))
			return true;
	return false;
}

/* from:to:subject:from as a sentence has it. */
static str
listed(struct find *f, str h)
{
	struct buf b = { .arena = f->arena };

	for (str rest = h, name; b.n < 200 && str_split(&rest, ':', &name);) {
		name = str_trim_fws(name);
		if (is_named_before(h, name))
			continue;
		buf_add(&b, b.n > 0 ? STR(", ") : STR(""));
		buf_add(&b, name);
	}
	return buf_str(&b);
}

static void
say_head_changed(struct find *f, size_t i)
{
	const struct dkim_verdict *v = &f->v->dkim[i];

	about(FIND(f, DKIM_HEADERS_CHANGED, { "d", change_domain(f, i) },
		      { "headers", listed(f, v->signature->headers) },
		      { "key", v->other_digest ? STR("the key is right")
					       : STR("or it is another key") }),
		i, v->other_digest ? BASIS_PROVEN : BASIS_SEEN);
}

/* --- b= that fits no text --------------------------------------------- */

static void
say_corrupt(struct find *f, size_t i, str what)
{
	struct finding *x = FIND(f, DKIM_SIGNATURE_CORRUPT,
		{ "d", change_domain(f, i) }, { "what", what });

	about(x, i, BASIS_SEEN);
}

static void
look_at_base64(struct find *f, size_t i)
{
	const struct dkim_signature *sig = f->v->dkim[i].signature;
	const struct tag *b = taglist_find(&sig->tags, STR("b"));
	size_t bad;
	str out;

	if (sig->signer.result == RESULT_PENDING || !b || b->value.n == 0 ||
		base64_decode(f->arena, b->value, &out, &bad))
		return;
	struct finding *x =
		FIND(f, DKIM_SIGNATURE_CORRUPT, { "d", change_domain(f, i) },
			{ "what", bad < b->value.n ? STR("b= is no base64")
						   : STR("b= is cut short") });
	about(x, i, BASIS_SEEN);
	size_t at = offset_in(sig->field, b->value) + bad;
	find_in_field(x, f->message, sig->field,
		at < sig->field->value.n ? at : sig->field->value.n - 1, 1,
		bad < b->value.n ? STR("no base64") : STR("ends too early"));
}

static void
say_mismatch(struct find *f, size_t i)
{
	const struct dkim_verdict *v = &f->v->dkim[i];
	size_t want = v->signature->signer.key_kind == KEY_RSA
			      ? (v->key_bits + 7) / 8
			      : 64;
	size_t n = v->signature->signer.signature.n;

	if (n != want) {
		say_corrupt(f, i,
			STR_CAT(f->arena, str_count(f->arena, n), STR(" of "),
				str_count(f->arena, want), STR(" bytes")));
		return;
	}
	if (v->signature->signer.key_kind != KEY_RSA) {
		say_head_changed(f, i);
		return;
	}
	struct finding *x = FIND(f, DKIM_KEY_MISMATCH, { "name", v->key_name });
	about(x, i, BASIS_SEEN)->name = v->key_name;
}

static void
look_at_signature(struct find *f, const struct change_told *told, size_t i)
{
	const struct dkim_verdict *v = &f->v->dkim[i];
	const struct change *c = &f->changes->of[i];

	if (v->body_hash != RESULT_FAIL && v->header_hash != RESULT_FAIL)
		return;
	say_steps(f, told, i);
	if (v->body_hash == RESULT_FAIL && c->body_steps == 0)
		say_body_changed(f, i);
	if (v->header_hash == RESULT_FAIL && c->head_steps == 0) {
		if (v->other_digest)
			say_head_changed(f, i);
		else
			say_mismatch(f, i);
	}
	change_look_where(f, i);
	change_look_for_marks(f, told, i);
}

/* Most fields end in CR CR LF: then no tag list can be read. */
static void
look_at_line_ends(struct find *f)
{
	const struct message *m = f->message;
	size_t n = 0;

	if (m->notes.bare_cr == 0 || !find_failed(f))
		return;
	for (size_t i = 0; i < m->n; i++)
		n += str_iends(m->field[i].raw, STR("\r\r\n"));
	if (n > 1 && 2 * n > m->n)
		FIND(f, CHANGE_LINE_ENDINGS,
			{ "kind", STR("CRLF became CR CR LF") });
}

/* Those that may count for the Author Domain first. */
void
find_change(struct find *f)
{
	struct change_told told = { .n = 0 };

	if (!f->v)
		return;
	for (size_t i = 0; i < f->v->dkim_facts.n; i++)
		if (f->v->dkim[i].signature)
			look_at_base64(f, i);
	look_at_line_ends(f);
	if (!f->changes)
		return;
	told.signature = arena_make(f->arena, f->v->dkim_facts.n, size_t);
	for (int aligned = 1; aligned >= 0; aligned--)
		for (size_t i = 0; i < f->v->dkim_facts.n; i++) {
			str d = f->v->dkim_facts.signature[i]
					.signer.domain_ascii;
			if (find_may_align(f, d) != aligned)
				continue;
			look_at_signature(f, &told, i);
			told.signature[told.n++] = i;
		}
}
