/*
 * tally_end.c - what was added up, in an order that does not depend on how.
 */
#include "counter.h"

#include "mailauth/time.h"

#include <stdlib.h>

/* --- orders ----------------------------------------------------------- */

static int
compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_text(str a, str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return d != 0 ? d : compare(a.n, b.n);
}

static int
compare_keys(const struct tally_row *a, const struct tally_row *b)
{
	int d = a->ip.family - b->ip.family;

	if (d == 0)
		d = memcmp(a->ip.b, b->ip.b, sizeof(a->ip.b));
	if (d == 0)
		d = a->day < b->day ? -1 : a->day > b->day;
	return d != 0 ? d : compare_text(a->text, b->text);
}

/* What fails most stands first. */
static int
by_failed(const void *x, const void *y)
{
	const struct tally_row *a = *(struct tally_row *const *)x;
	const struct tally_row *b = *(struct tally_row *const *)y;
	int d = compare(b->count.messages - b->count.pass,
		a->count.messages - a->count.pass);

	if (d == 0)
		d = compare(b->count.messages, a->count.messages);
	return d != 0 ? d : compare_keys(a, b);
}

static int
by_messages(const void *x, const void *y)
{
	const struct tally_row *a = *(struct tally_row *const *)x;
	const struct tally_row *b = *(struct tally_row *const *)y;
	int d = compare(b->count.messages, a->count.messages);

	return d != 0 ? d : compare_keys(a, b);
}

static int
by_key(const void *x, const void *y)
{
	return compare_keys(
		*(struct tally_row *const *)x, *(struct tally_row *const *)y);
}

static int
by_volume(const void *x, const void *y)
{
	const struct tally_domain *a = x, *b = y;
	int d = compare(b->count.messages, a->count.messages);

	return d != 0 ? d : compare_text(a->name, b->name);
}

static int
by_time(const void *x, const void *y)
{
	const struct tally_report *a = *(struct tally_report *const *)x;
	const struct tally_report *b = *(struct tally_report *const *)y;
	int d = a->begin < b->begin ? -1 : a->begin > b->begin;

	if (d == 0)
		d = compare_text(a->org, b->org);
	if (d == 0)
		d = compare_text(a->domain, b->domain);
	return d != 0 ? d : compare_text(a->id, b->id);
}

/* --- rows of a domain ------------------------------------------------- */

/* All rows, those of a domain side by side; begin[i] is where those of i do. */
struct shares {
	struct tally_row **row;
	size_t *begin;
};

static struct shares
share_out(struct counter *c, const struct table *t)
{
	size_t domains = c->tally.domains;
	struct shares s = {
		.row = arena_make(&c->arena, t->n + 1, struct tally_row *),
		.begin = arena_make(&c->arena, domains + 2, size_t),
	};

	for (size_t i = 0; i < t->n; i++)
		s.begin[t->domain[i] + 2]++;
	for (size_t i = 2; i < domains + 2; i++)
		s.begin[i] += s.begin[i - 1];
	/* begin[i + 1] moves from where those of i begin to where they end */
	for (size_t i = 0; i < t->n; i++)
		s.row[s.begin[t->domain[i] + 1]++] = t->row[i];
	return s;
}

static void
give(struct counter *c, struct table *t,
	int (*order)(const void *, const void *), size_t list, size_t count)
{
	struct shares s = share_out(c, t);

	for (size_t i = 0; i < c->tally.domains; i++) {
		char *d = (char *)&c->tally.domain[i];
		struct tally_row **row = s.row + s.begin[i];
		size_t n = s.begin[i + 1] - s.begin[i];

		qsort(row, n, sizeof(struct tally_row *), order);
		*(struct tally_row *const **)(void *)(d + list) = row;
		*(size_t *)(void *)(d + count) = n;
	}
}

#define GIVE(c, table, order, member)                                          \
	give((c), &(c)->table, (order), offsetof(struct tally_domain, member), \
		offsetof(struct tally_domain, member##s))

void
tally_end(struct tally *t)
{
	struct counter *c = counter_of(t);

	GIVE(c, source, by_failed, source);
	GIVE(c, reporter, by_messages, reporter);
	GIVE(c, day, by_key, day);
	GIVE(c, from, by_failed, from);
	qsort(t->domain, t->domains, sizeof(*t->domain), by_volume);
	qsort(c->report, t->reports, sizeof(*c->report), by_time);
	t->report = (const struct tally_report *const *)c->report;
}

/* --- networks --------------------------------------------------------- */

struct tally_row *const *
tally_networks(struct tally *t, const struct tally_domain *d, size_t *n)
{
	struct counter *c = counter_of(t);
	struct table networks;

	table_init(&networks, c->seed, c->oom);
	for (size_t i = 0; i < d->sources; i++) {
		struct tally_row key = counter_network(d->source[i]);
		counter_add_row(table_row(&networks, 0, &key), d->source[i]);
	}
	struct tally_row **row =
		arena_make(&c->arena, networks.n + 1, struct tally_row *);
	for (size_t i = 0; i < networks.n; i++) {
		row[i] = arena_new(&c->arena, struct tally_row);
		*row[i] = *networks.row[i];
		row[i]->text = arena_dup(&c->arena, row[i]->text);
	}
	*n = networks.n;
	table_free(&networks);
	qsort(row, *n, sizeof(struct tally_row *), by_failed);
	return row;
}
