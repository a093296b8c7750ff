/*
 * recall.c - SPF records that were read before.
 *
 * A message has each record read several times, and the next one may well come
 * from the same domain.
 */
#include "mailauth/spf.h"

#include <string.h>

enum { KEPT_TERMS = 32 }; /* more are not usual */

/* All that points does so into it. */
struct kept_spf {
	struct spf_record record;
	struct spf_term term[];
	/* behind them: the text */
};

static const struct spf_term *
moved_term(const struct spf_term *t, const struct spf_term *from,
	const struct spf_term *to)
{
	return t ? to + (t - from) : NULL;
}

/* The same record over another copy of its text. */
static struct spf_record
move_record(const struct spf_record *r, str text, str copy, struct spf_term *to)
{
	struct spf_record out = *r;

	for (size_t i = 0; i < r->n; i++) {
		to[i] = r->term[i];
		to[i].text = str_moved(to[i].text, text, copy);
		to[i].spec = str_moved(to[i].spec, text, copy);
	}
	out.term = to;
	out.redirect = moved_term(r->redirect, r->term, to);
	out.exp = moved_term(r->exp, r->term, to);
	return out;
}

static str
text_behind(const struct kept_spf *k, size_t terms, size_t n)
{
	return (str){ (const char *)&k->term[terms], n };
}

static void
keep(struct shelf *shelf, const struct spf_record *r, str txt)
{
	struct kept_spf *k = shelf_put(shelf, SHELF_SPF, txt,
		sizeof(*k) + r->n * sizeof(k->term[0]) + txt.n);

	if (!k)
		return;
	memcpy((char *)&k->term[r->n], txt.p, txt.n);
	k->record = move_record(r, txt, text_behind(k, r->n, txt.n), k->term);
}

struct spf_record
spf_record_recall(struct shelf *shelf, struct arena *a, str txt)
{
	const struct kept_spf *k = shelf_find(shelf, SHELF_SPF, txt);

	if (k)
		return move_record(&k->record,
			text_behind(k, k->record.n, txt.n), txt,
			arena_grow(a, NULL, 0,
				k->record.n * sizeof(struct spf_term)));
	struct spf_record r = spf_record_parse(a, txt);
	if (r.valid && r.n <= KEPT_TERMS)
		keep(shelf, &r, txt);
	return r;
}
