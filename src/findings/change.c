/*
 * change.c - each signature that fails, and what explains it.
 */
#include "change.h"

static bool
is_broken(const struct dkim_verdict *v)
{
	return v->body_hash == RESULT_FAIL || v->header_hash == RESULT_FAIL;
}

/* The same body hash wanted in the same way has the same explanation. */
static const struct change *
same_body(const struct findings_setup *setup, const struct changes *all,
	const struct dkim_signature *sig)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct change *c = &all->change[i];
		const struct dkim_signature *other =
			&setup->v->dkim_facts.signature[c->signature];
		if (c->body_broken && other->body_canon == sig->body_canon &&
			other->length == sig->length &&
			other->signer.digest == sig->signer.digest &&
			str_eq(other->body_hash, sig->body_hash))
			return c;
	}
	return NULL;
}

static void
explain_body(struct search *s, const struct findings_setup *setup,
	const struct changes *all, struct change *c)
{
	const struct change *same = same_body(setup, all, s->sig);

	if (same) {
		c->body = same->body;
		c->lines = same->lines;
		c->from = same->from;
		c->to = same->to;
		c->part_headers = same->part_headers;
	} else {
		body_explain(s, c);
	}
}

struct changes
changes_find(const struct findings_setup *setup)
{
	const struct auth_verdict *v = setup->v;
	struct search s = {
		.arena = setup->auth->arena,
		.crypto = setup->auth->crypto,
		.message = setup->auth->message,
		.body = setup->body,
	};
	struct changes all = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < v->dkim_facts.n; i++)
		n += is_broken(&v->dkim[i]);
	all.change = arena_make(s.arena, n, struct change);
	for (size_t i = 0; i < v->dkim_facts.n; i++) {
		if (!is_broken(&v->dkim[i]))
			continue;
		struct change *c = &all.change[all.n];
		*c = (struct change){
			.signature = i,
			.body_broken = v->dkim[i].body_hash == RESULT_FAIL,
			.header_broken = v->dkim[i].header_hash == RESULT_FAIL,
		};
		s.sig = &v->dkim_facts.signature[i];
		if (c->body_broken)
			explain_body(&s, setup, &all, c);
		if (c->header_broken)
			header_explain(&s, &v->dkim[i], c);
		all.n++;
	}
	return all;
}
