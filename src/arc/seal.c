/*
 * seal.c - ARC-Seal fields, and what they sign. (RFC 8617 4.1.3, 5.1.1)
 */
#include "arc/chain.h"

struct arc_seal
arc_seal_parse(struct arena *a, const struct field *field)
{
	struct arc_seal seal = {
		.field = field,
		.tags = taglist_parse(a, field->value),
		.signer = { .result = RESULT_PENDING },
	};

	signer_check_list(&seal.signer, a, &seal.tags);
	signer_read(&seal.signer, a, &seal.tags);
	seal.cv = arena_lower(
		a, signer_require(&seal.signer, a, &seal.tags, STR("cv")));
	return seal;
}

void
seal_hasher_begin(struct seal_hasher *h, struct arena *a, struct crypto *crypto)
{
	h->arena = a;
	h->below = hasher_new(crypto, DIGEST_SHA256);
}

struct digest
seal_hasher_next(struct seal_hasher *h, const struct arc_set *set)
{
	struct arena_mark mark = arena_mark(h->arena);
	struct buf b = { .arena = h->arena };

	canon_field(&b, CANON_RELAXED, set->results);
	canon_field(&b, CANON_RELAXED, set->message_signature.field);
	hasher_add(h->below, buf_str(&b));

	struct hasher *fork = hasher_fork(h->below);
	b.n = 0;
	canon_signature_field(
		&b, CANON_RELAXED, set->seal.field, set->seal.signer.b_area);
	hasher_add(fork, buf_str(&b));
	struct digest d = hasher_end(fork);
	hasher_free(fork);

	b.n = 0;
	canon_field(&b, CANON_RELAXED, set->seal.field);
	hasher_add(h->below, buf_str(&b));
	arena_rewind(h->arena, mark);
	return d;
}

void
seal_hasher_end(struct seal_hasher *h)
{
	hasher_free(h->below);
	h->below = NULL;
}
