/*
 * seal_make.c - one more set.
 */
#include "mailauth/seal.h"

#include "arc/chain.h"
#include "dkim/tag_writer.h"
#include "mailauth/base64.h"
#include "mailauth/time.h"

/* The usual fields, and the signatures that are there. (4.1.2) */
static str
fields_of(struct arena *a, const struct message *m)
{
	str signature = STR("dkim-signature");
	struct buf b = { .arena = a };

	buf_add(&b, sign_fields(a, m));
	for (size_t n = message_count(m, signature); n > 0; n--) {
		buf_char(&b, ':');
		buf_add(&b, signature);
	}
	return buf_str(&b);
}

enum seal_error
seal_begin(struct seal *s, struct body_hashes *hashes)
{
	struct sign *sig = &s->signature;

	if (s->facts->cv_fail)
		return SEAL_ENDED;
	if (s->facts->n >= ARC_MAX_SETS)
		return SEAL_FULL;
	sig->instance = (unsigned)s->facts->n + 1;
	if (!sig->fields.p)
		sig->fields = fields_of(sig->arena, sig->message);
	s->sign = sign_begin(sig, hashes);
	return s->sign == SIGN_OK ? SEAL_OK : SEAL_SIGN;
}

/* --- the fields ------------------------------------------------------ */

/* Folded where the results are. */
static str
results_field(const struct seal *s)
{
	struct arena *a = s->signature.arena;
	struct buf b = { .arena = a };
	str rest = s->results, line, fold = STR(" ");

	buf_add(&b, STR_CAT(a, STR("ARC-Authentication-Results: i="),
			    str_number(a, s->signature.instance), STR(";")));
	while (str_split(&rest, '\n', &line)) {
		line = str_trim_fws(line);
		if (line.n == 0)
			continue;
		buf_add(&b, fold);
		buf_add(&b, line);
		fold = STR("\r\n\t");
	}
	buf_add(&b, STR("\r\n"));
	return buf_str(&b);
}

static str
cv_word(const struct seal *s)
{
	if (s->facts->present)
		return s->chain == RESULT_PASS ? STR("pass") : STR("fail");
	return STR("none");
}

/* Up to "b=". */
static void
write_seal(struct tag_writer *w, const struct seal *s)
{
	const struct sign *sig = &s->signature;

	tags_begin(w, sig->arena, STR("ARC-Seal"));
	tags_add_number(w, STR("i"), sig->instance);
	tags_add(w, STR("a"), sign_algorithm(sig->key));
	tags_add(w, STR("cv"), cv_word(s));
	tags_add(w, STR("d"), sig->domain);
	tags_add(w, STR("s"), sig->selector);
	if (sig->time != TIME_UNKNOWN)
		tags_add_number(w, STR("t"), (uint64_t)sig->time);
	tags_end(w, STR("b"));
}

/* Of a chain that has failed only the new set is covered. (5.1.2) */
static struct digest
digest_sets(const struct seal *s, str seal)
{
	struct arena *a = s->signature.arena;
	const struct message *own =
		message_from(a, STR_CAT(a, s->field[2], s->field[1], seal));
	struct arc_set set = {
		.results = &own->field[0],
		.message_signature = { .field = &own->field[1] },
		.seal = { .field = &own->field[2] },
	};
	struct seal_hasher h;

	seal_hasher_begin(&h, a, s->signature.crypto);
	for (size_t i = 0; s->chain == RESULT_PASS && i < s->facts->n; i++)
		seal_hasher_next(&h, &s->facts->set[i]);
	struct digest d = seal_hasher_next(&h, &set);
	seal_hasher_end(&h);
	return d;
}

bool
seal_end(struct seal *s, const struct body_hashes *hashes)
{
	const struct sign *sig = &s->signature;
	struct tag_writer w;

	s->field[2] = results_field(s);
	s->field[1] = sign_end(sig, hashes);
	if (!s->field[1].p)
		return false;
	write_seal(&w, s);
	str signature = private_key_sign(sig->key, sig->arena, DIGEST_SHA256,
		digest_sets(s, buf_str(&w.out)));
	if (!signature.p)
		return false;
	tags_fill(&w, base64_encode(sig->arena, signature));
	s->field[0] = buf_str(&w.out);
	return true;
}
