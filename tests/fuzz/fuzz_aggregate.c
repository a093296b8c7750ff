/*
 * fuzz_aggregate.c - aggregate reports: in pieces as whole, and added up in
 * either order.
 */
#include <assert.h>
#include <stdlib.h>

#include "report/aggregate.h"
#include "report/judge.h"
#include "report/tally.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct aggregate
read_pieces(struct arena *a, str text, size_t piece, str *why)
{
	struct aggregate report;
	struct aggregate_reader *r = aggregate_begin(a, &report);

	while (text.n > 0 && aggregate_feed(r, str_sub(text, 0, piece)))
		text = str_skip(text, piece);
	aggregate_end(r, why);
	return report;
}

static void
compare(const struct aggregate *a, const struct aggregate *b)
{
	assert(a->records == b->records && a->cut == b->cut);
	assert(str_eq(a->org, b->org) && str_eq(a->id, b->id));
	assert(a->begin == b->begin && a->end == b->end);
	for (size_t i = 0; i < a->records; i++) {
		struct aggregate_record x = aggregate_get(a, i);
		struct aggregate_record y = aggregate_get(b, i);
		assert(ip_eq(x.ip, y.ip) && x.count == y.count);
		assert(x.dkim == y.dkim && x.spf == y.spf);
		assert(x.signatures == y.signatures);
		assert(str_eq(x.header_from, y.header_from));
	}
}

static struct tally *
sum(const struct aggregate *a, const struct aggregate *b)
{
	struct tally *t = tally_new(1, NULL);
	const struct tally_report *first;

	tally_add(t, a, STR("a"), &first);
	tally_add(t, b, STR("b"), &first);
	tally_end(t, true);
	return t;
}

static uint64_t
sum_of(const struct tally *t, const struct tally_view *v)
{
	uint64_t messages = 0;

	for (size_t i = 0; i < v->n; i++)
		messages =
			tally_sum(messages, tally_row(t, v, i).count.messages);
	return messages;
}

static void
check_sums(struct arena *a, const struct tally *t)
{
	uint64_t messages = 0;

	for (size_t i = 0; i < t->domains; i++) {
		const struct tally_domain *d = &t->domain[i];
		struct judgement v = judge(a, t, d);
		assert(judge_words(a, d, &v).n > 0);
		for (int by = 0; by <= TALLY_BY_FROM; by++)
			assert(sum_of(t, &d->view[by]) == d->count.messages);
		messages = tally_sum(messages, d->count.messages);
	}
	assert(messages == t->count.messages);
}

/* Two reports, where a NUL stands between them. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	str text = { (const char *)data, size }, why[3] = { { 0 } };
	size_t border = str_find(text, '\0');
	str one = str_sub(text, 0, border), two = str_skip(text, border + 1);

	arena_init(&arena, (size_t)1 << 28, NULL, NULL);
	struct aggregate a = read_pieces(&arena, one, one.n, &why[0]);
	struct aggregate pieces = read_pieces(&arena, one, 1, &why[1]);
	struct aggregate b = read_pieces(&arena, two, two.n, &why[2]);
	assert((why[0].p == NULL) == (why[1].p == NULL));
	if (!why[0].p) {
		compare(&a, &pieces);
		struct tally *t = sum(&a, &b), *u = sum(&b, &a);
		check_sums(&arena, t);
		check_sums(&arena, u);
		if (t->conflicts == 0)
			assert(t->count.messages == u->count.messages);
		tally_free(t);
		tally_free(u);
	}
	arena_free(&arena);
	return 0;
}
