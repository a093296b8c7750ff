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
compare_rows(const struct table_row *a, const struct table_row *b)
{
	if (a->key.day != b->key.day)
		return a->key.day < b->key.day ? -1 : 1;
	return compare_text(a->key.text, b->key.text);
}

static int
by_failed(const void *x, const void *y)
{
	const struct table_row *a = *(struct table_row *const *)x;
	const struct table_row *b = *(struct table_row *const *)y;
	int d = compare(b->count.messages - b->count.pass,
		a->count.messages - a->count.pass);

	if (d == 0)
		d = compare(b->count.messages, a->count.messages);
	return d != 0 ? d : compare_rows(a, b);
}

static int
by_messages(const void *x, const void *y)
{
	const struct table_row *a = *(struct table_row *const *)x;
	const struct table_row *b = *(struct table_row *const *)y;
	int d = compare(b->count.messages, a->count.messages);

	return d != 0 ? d : compare_rows(a, b);
}

static int
by_key(const void *x, const void *y)
{
	return compare_rows(
		*(struct table_row *const *)x, *(struct table_row *const *)y);
}

/* Entries are in the order of their sources: so are equal ones. */
static int
by_source(const void *x, const void *y)
{
	const struct source_ref *a = x, *b = y;
	int d = compare(b->failed, a->failed);

	if (d == 0)
		d = compare(b->messages, a->messages);
	return d != 0 ? d : compare(a->first, b->first);
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

/* --- tables ----------------------------------------------------------- */

/* Rows of a domain side by side; begin[i] is where those of number i do. */
struct shares {
	struct table_row **row;
	size_t *begin;
};

static struct shares
share_out(struct counter *c, const struct table *t)
{
	size_t domains = c->tally.domains;
	struct shares s = {
		.row = arena_make(&c->arena, t->n + 1, struct table_row *),
		.begin = arena_make(&c->arena, domains + 2, size_t),
	};

	for (size_t i = 0; i < t->n; i++)
		s.begin[t->row[i]->key.domain + 2]++;
	for (size_t i = 2; i < domains + 2; i++)
		s.begin[i] += s.begin[i - 1];
	/* begin[i + 1] moves from where those of i begin to where they end */
	for (size_t i = 0; i < t->n; i++)
		s.row[s.begin[t->row[i]->key.domain + 1]++] = t->row[i];
	return s;
}

static void
end_table(struct counter *c, struct table *t, enum tally_by by,
	int (*order)(const void *, const void *))
{
	struct shares s = share_out(c, t);

	for (size_t i = 0; i < c->tally.domains; i++) {
		struct tally_view *v = &c->tally.domain[i].view[by];
		struct table_row **row = s.row + s.begin[i];

		v->n = s.begin[i + 1] - s.begin[i];
		v->row = row;
		qsort(row, v->n, sizeof(*row), order);
	}
}

/* --- sources ---------------------------------------------------------- */

static const struct tally_kind *
kind_of(const struct counter *c, const struct source_entry *e)
{
	return (const void *)intern_get(c->intern, e->kind).p;
}

static struct source_ref
refer_to(const struct counter *c, const struct sources *s, size_t first)
{
	struct source_ref ref = { .first = (uint32_t)first };

	for (size_t i = first; i < s->n && source_is_same(&s->entry[i].key,
						   &s->entry[first].key);
		i++) {
		const struct source_entry *e = &s->entry[i];
		ref.n++;
		ref.messages = tally_sum(ref.messages, e->messages);
		if (!kind_of(c, e)->passes)
			ref.failed = tally_sum(ref.failed, e->messages);
	}
	return ref;
}

static void
end_sources(struct counter *c, struct sources *s, enum tally_by by)
{
	struct source_ref *ref =
		arena_make(&c->arena, s->n + 1, struct source_ref);
	size_t n = 0;

	sources_sort(s);
	for (size_t i = 0; i < s->n; i += ref[n++].n) {
		uint32_t domain = s->entry[i].key.domain;
		struct tally_view *v = &c->tally.domain[domain].view[by];
		ref[n] = refer_to(c, s, i);
		v->ref = v->n++ == 0 ? &ref[n] : v->ref;
		v->entry = s->entry;
	}
	for (size_t i = 0; i < c->tally.domains; i++) {
		struct tally_view *v = &c->tally.domain[i].view[by];
		if (v->n > 0)
			qsort(ref + (v->ref - ref), v->n, sizeof(*ref),
				by_source);
	}
}

static struct tally_row
source_row(const struct counter *c, const struct tally_view *v, size_t i)
{
	const struct source_entry *e = &v->entry[v->ref[i].first];
	struct tally_row row = { .ip = e->key.ip,
		.prefix = e->key.prefix,
		.text = intern_get(c->intern, e->key.text) };

	for (size_t k = 0; k < v->ref[i].n; k++, e++) {
		const struct tally_kind *kind = kind_of(c, e);
		tally_count_kind(&row.count, kind, e->messages);
		tally_add_name(&row.from, kind->from, e->messages);
		tally_add_name(&row.other, kind->other, e->messages);
		tally_add_name(&row.broken, kind->broken, e->messages);
	}
	return row;
}

/* --- all of it -------------------------------------------------------- */

/* Of larger networks there are no finer ones. */
static void
end_networks(struct counter *c)
{
	size_t level = c->source.level > SOURCES_NETWORK ? c->source.level
							 : SOURCES_NETWORK;

	sources_init(&c->network, c->seed, c->oom);
	c->has_networks = true;
	sources_copy(&c->network, c->source.entry, c->source.n, level);
	end_sources(c, &c->network, TALLY_BY_NETWORK);
}

void
tally_end(struct tally *t, bool networks)
{
	struct counter *c = counter_of(t);

	end_sources(c, &c->source, TALLY_BY_SOURCE);
	if (networks)
		end_networks(c);
	end_table(c, &c->reporter, TALLY_BY_REPORTER, by_messages);
	end_table(c, &c->day, TALLY_BY_DAY, by_key);
	end_table(c, &c->from, TALLY_BY_FROM, by_failed);
	qsort(t->domain, t->domains, sizeof(*t->domain), by_volume);
	qsort(c->report, t->reports, sizeof(*c->report), by_time);
	t->report = (const struct tally_report *const *)c->report;
}

struct tally_row
tally_row(const struct tally *t, const struct tally_view *v, size_t i)
{
	const struct counter *c = (const struct counter *)(const void *)t;

	if (v->ref != NULL)
		return source_row(c, v, i);
	return (struct tally_row){ .text = v->row[i]->key.text,
		.day = v->row[i]->key.day,
		.count = v->row[i]->count };
}
