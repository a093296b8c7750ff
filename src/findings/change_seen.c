/*
 * change_seen.c - where a change was made, and the marks that some programs
 * leave in what they change.
 */
#include "findings/change_find.h"

#include "recorded.h"

#include "mailauth/domain.h"

static struct finding *
about(struct finding *x, size_t i, enum basis basis)
{
	x->signature = i + 1;
	x->basis = basis;
	return x;
}

static const struct dkim_signature *
signature_of(const struct find *f, size_t i)
{
	return f->v->dkim[i].signature;
}

static bool
is_same_side(str a, str b)
{
	return domain_at_or_below(a, b) || domain_at_or_below(b, a);
}

/* --- the sender's own side -------------------------------------------- */

static void
say_origin(struct find *f, size_t i, str proof)
{
	about(FIND(f, DKIM_BROKEN_AT_ORIGIN, { "d", change_domain(f, i) },
		      { "proof", proof }),
		i, BASIS_PROVEN);
}

/* A list of the sender's own is a list all the same. */
static bool
is_own(const struct find *f, str d, size_t i)
{
	str own = signature_of(f, i)->signer.domain_ascii;

	return is_same_side(d, own) &&
	       (str_ieq(d, own) ||
		       message_count(f->message, STR("List-Id")) == 0);
}

/*
 * Does a signature that holds now say that nothing has changed since, in the
 * eyes of another one?  Not when it looks at less of the body.
 */
static bool
sees_as_much(const struct dkim_signature *later, const struct dkim_signature *s)
{
	return later->length == BODY_WHOLE &&
	       (later->body_canon == CANON_SIMPLE ||
		       later->body_canon == s->body_canon);
}

/* A later signature of the same side that passes. */
static bool
look_at_later(struct find *f, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		const struct dkim_verdict *v = &f->v->dkim[k];
		if (v->result != RESULT_PASS ||
			!sees_as_much(v->signature, signature_of(f, i)) ||
			!is_own(f, v->signature->signer.domain_ascii, i))
			continue;
		say_origin(f, i,
			STR_CAT(f->arena, STR("its later signature s="),
				v->signature->signer.selector, STR(" fits")));
		return true;
	}
	return false;
}

static bool
has_sets(const struct find *f)
{
	return !f->v->arc_facts.broken.p && f->v->arc.set;
}

static bool
look_at_own_set(struct find *f, size_t i)
{
	const struct arc_facts *arc = &f->v->arc_facts;

	for (size_t k = 0; has_sets(f) && k < arc->n; k++) {
		const struct dkim_signature *ams =
			&arc->set[k].message_signature;
		if (f->v->arc.set[k].message_signature != RESULT_PASS ||
			!sees_as_much(ams, signature_of(f, i)) ||
			!is_own(f, ams->signer.domain_ascii, i))
			continue;
		say_origin(f, i,
			STR_CAT(f->arena, STR("its ARC set "),
				find_number(f, k + 1), STR(" fits")));
		return true;
	}
	return false;
}

/* --- the last hop where the body was whole ---------------------------- */

static void
say_hop(struct find *f, size_t i, str host, str proof, str next, bool proven)
{
	about(FIND(f, CHANGE_AFTER_HOP, { "host", host }, { "proof", proof },
		      { "next", next }),
		i, proven ? BASIS_PROVEN : BASIS_SEEN);
}

static bool
has_same_hash(const struct dkim_signature *a, const struct dkim_signature *b)
{
	return a->body_hash.n > 0 && str_eq(a->body_hash, b->body_hash);
}

/* The newest set with that body hash; a seal that passes makes it a proof. */
static bool
look_at_sets(struct find *f, size_t i)
{
	const struct arc_facts *arc = &f->v->arc_facts;

	for (size_t k = has_sets(f) ? arc->n : 0; k-- > 0;) {
		const struct arc_set *set = &arc->set[k];
		const struct arc_set_verdict *v = &f->v->arc.set[k];
		if (!has_same_hash(&set->message_signature, signature_of(f, i)))
			continue;
		str next = k + 1 < arc->n ? arc->set[k + 1].seal.signer.domain
					  : STR("whoever took it from there");
		say_hop(f, i, set->message_signature.signer.domain,
			STR_CAT(f->arena, STR("ARC i="), find_number(f, k + 1)),
			next,
			v->seal == RESULT_PASS ||
				v->ams.header_hash == RESULT_PASS);
		return true;
	}
	return false;
}

static bool
look_at_signatures(struct find *f, size_t i)
{
	const struct dkim_signature *broken = signature_of(f, i);

	for (size_t k = 0; k < i; k++) {
		const struct dkim_verdict *v = &f->v->dkim[k];
		str d = v->signature->signer.domain_ascii;
		/* the sender's own signatures are made in one place */
		if (!has_same_hash(v->signature, broken) ||
			find_may_align(f, d) ||
			is_same_side(d, broken->signer.domain_ascii))
			continue;
		say_hop(f, i, v->signature->signer.domain,
			STR("same bh= in its DKIM signature"),
			STR("whoever took it from there"),
			v->header_hash == RESULT_PASS);
		return true;
	}
	return false;
}

/* --- what the receiving host saw -------------------------------------- */

static bool
saw_pass(struct find *f, const struct auth_recorded *r, size_t i)
{
	for (size_t k = 0; k < r->saw.n; k++) {
		const struct authres_result *claim = &r->saw.result[k];
		bool named = authres_value(claim, STR("header.d")).p ||
			     authres_value(claim, STR("header.i")).p ||
			     authres_value(claim, STR("header.b")).p;
		if (named && str_eq(claim->method, STR("dkim")) &&
			str_eq(claim->result, STR("pass")) &&
			recorded_is_about(
				f->arena, claim, &signature_of(f, i)->signer))
			return true;
	}
	return false;
}

static void
look_at_recorded(struct find *f, size_t i)
{
	unsigned border = f->client->line > 0 ? f->client->line : 1;

	for (size_t k = 0; k < f->v->n_recorded; k++) {
		const struct auth_recorded *r = &f->v->recorded[k];
		str id = r->saw.authserv_id;
		if (r->hop > border || !saw_pass(f, r, i))
			continue;
		struct finding *x = FIND(f, CHANGE_AFTER_DELIVERY,
			{ "authserv",
				id.n > 0 ? id : STR("the receiving host") },
			{ "d", change_domain(f, i) });
		about(x, i, BASIS_SEEN);
		find_in_field(x, f->message, r->field, 0, 0, STR(""));
		return;
	}
}

void
change_look_where(struct find *f, size_t i)
{
	if (f->v->dkim[i].body_hash == RESULT_FAIL) {
		if (!look_at_later(f, i) && !look_at_own_set(f, i) &&
			!look_at_sets(f, i))
			look_at_signatures(f, i);
	}
	look_at_recorded(f, i);
}

/* --- From ------------------------------------------------------------- */

static const struct address *
author_of(const struct find *f)
{
	const struct address_list *list = &f->v->author.list;

	return list->n == 1 ? &list->address[0] : NULL;
}

/* From the list itself, or "X via List"? */
static bool
is_rewritten(const struct find *f, const struct address *author)
{
	const struct field *post = message_top(f->message, STR("List-Post"));

	if (str_ifind(author->display, STR(" via ")) < author->display.n)
		return true;
	return post && str_ifind(post->value, author->text) < post->value.n;
}

static str
address_below(struct find *f, const struct field *field, str d)
{
	struct address_list list = address_list_parse(f->arena, field->value);

	for (size_t i = 0; i < list.n; i++)
		if (domain_at_or_below(list.address[i].ascii, d) ||
			str_ieq(list.address[i].ascii, d))
			return list.address[i].text;
	return (str){ 0 };
}

static void
look_at_from(struct find *f, size_t i)
{
	static const str sources[] = { STR_INIT("X-Original-From"),
		STR_INIT("Author"), STR_INIT("Reply-To"), STR_INIT("Cc") };
	const struct address *author = author_of(f);
	str d = signature_of(f, i)->signer.domain_ascii;

	for (size_t k = 0; k < f->changes->of[i].head_steps; k++)
		if (f->changes->of[i].head[k].kind == CHANGE_FROM)
			return; /* proven */
	if (!author || !d.p || find_may_align(f, d) || !is_rewritten(f, author))
		return;
	for (size_t k = 0; k < sizeof(sources) / sizeof(sources[0]); k++) {
		const struct field *field = message_top(f->message, sources[k]);
		str old = field ? address_below(f, field, d) : (str){ 0 };
		if (!old.p)
			continue;
		about(FIND(f, CHANGE_FROM_REWRITTEN, { "old", old },
			      { "new", author->text }),
			i, BASIS_SEEN);
		return;
	}
}

/* --- marks ------------------------------------------------------------ */

static void
say_marks(struct find *f, size_t i)
{
	const struct change_marks *m = &f->changes->marks;

	if (m->links.p)
		about(FIND(f, CHANGE_LINKS_REWRITTEN, { "product", m->links }),
			i, BASIS_LIKELY);
	if (m->exchange)
		about(FIND(f, CHANGE_EXCHANGE_REWRITE,
			      { "looks", STR("looks") }),
			i, BASIS_LIKELY);
	if (m->filter.p)
		about(FIND(f, CHANGE_HTML_FLATTENED, { "program", m->filter }),
			i, BASIS_LIKELY);
}

static bool
is_unexplained(const struct find *f, size_t i)
{
	return f->v->dkim[i].body_hash == RESULT_FAIL &&
	       f->changes->of[i].body_steps == 0;
}

/* "[tag] " where no signature can prove that it was not there. */
static void
look_at_subject(struct find *f, size_t i)
{
	const struct field *subject = message_top(f->message, STR("Subject"));
	str text = subject ? str_trim_fws(subject->value) : STR("");
	size_t end = str_find(text, ']');

	if (f->v->dkim[i].other_digest || text.n == 0 || text.p[0] != '[' ||
		end == text.n || end > 60 ||
		message_count(f->message, STR("List-Id")) == 0 ||
		str_ifind(signature_of(f, i)->headers, STR("subject")) ==
			signature_of(f, i)->headers.n)
		return;
	struct finding *x = FIND(f, CHANGE_SUBJECT_TAG,
		{ "tag", str_sub(text, 0, end + 1) },
		{ "was", STR("looks as if it was") },
		{ "d", change_domain(f, i) });
	about(x, i, BASIS_LIKELY);
	find_in_field(x, f->message, subject,
		(size_t)(text.p - subject->value.p), end + 1, STR("added?"));
}

void
change_look_for_marks(struct find *f, const struct change_told *told, size_t i)
{
	const struct dkim_verdict *v = &f->v->dkim[i];
	bool first = is_unexplained(f, i);

	look_at_from(f, i);
	for (size_t k = 0; first && k < told->n; k++)
		first = !is_unexplained(f, told->signature[k]);
	if (first)
		say_marks(f, i);
	if (v->header_hash == RESULT_FAIL &&
		f->changes->of[i].head_steps == 0 &&
		v->signature->signer.key_kind == KEY_ED25519)
		look_at_subject(f, i);
}
