/*
 * facts.c - all DKIM signatures of a message, and which are to be verified.
 */
#include "mailauth/dkim.h"

#include "mailauth/domain.h"

static void
parse_all(struct arena *a, const struct message *m, struct dkim_facts *f)
{
	uint32_t at = message_lowest(m, STR("DKIM-Signature"));
	size_t i = f->n;

	for (; at != 0; at = m->field[at - 1].above)
		f->signature[--i] = dkim_signature_parse(a, m, at - 1, false);
}

static str
last_two_labels(str name)
{
	size_t n = domain_labels(name);

	return n > 2 ? domain_skip(name, n - 2) : name;
}

/*
 * Could it align?  A guess at the organizational domain will do, as it only
 * decides who comes first among more than 50.
 */
static bool
shares_tree(const struct dkim_signature *sig, str author)
{
	return str_ieq(last_two_labels(sig->signer.domain_ascii),
		last_two_labels(author));
}

/*
 * Wants the body hashes of the first signatures, of the author's tree or of
 * others.  Those over the limit keep hash == SIZE_MAX.
 */
static void
admit(struct dkim_facts *f, str author, bool in_tree, size_t *room,
	struct body_hashes *hashes)
{
	for (size_t i = 0; *room > 0 && i < f->n; i++) {
		struct dkim_signature *sig = &f->signature[i];

		if (sig->signer.result != RESULT_PENDING ||
			shares_tree(sig, author) != in_tree)
			continue;
		sig->hash = body_hashes_want(hashes, sig->body_canon,
			sig->signer.digest, sig->length);
		--*room;
	}
}

static void
refuse_the_rest(struct dkim_facts *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct dkim_signature *sig = &f->signature[i];

		if (sig->signer.result != RESULT_PENDING ||
			sig->hash != SIZE_MAX)
			continue;
		sig->signer.result = RESULT_POLICY; /* RFC 6376 6.1, 8.4 */
		sig->signer.reason =
			STR("more than 50 signatures: not verified");
	}
}

struct dkim_facts
dkim_facts(struct arena *a, const struct message *m, str author,
	struct body_hashes *hashes)
{
	struct dkim_facts f = {
		.n = message_count(m, STR("DKIM-Signature")),
		.dkim2 = message_lowest(m, STR("DKIM2-Signature")) != 0 ||
			 message_lowest(m, STR("Message-Instance")) != 0,
	};
	size_t room = DKIM_MAX_SIGNATURES;

	f.signature = arena_make(a, f.n, struct dkim_signature);
	parse_all(a, m, &f);
	admit(&f, author, true, &room, hashes);
	admit(&f, author, false, &room, hashes);
	refuse_the_rest(&f);
	return f;
}
