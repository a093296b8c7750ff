/*
 * tally.c - many aggregate reports, added up.
 */
#include "counter.h"

#include "mailauth/time.h"

#include <stdlib.h>

enum { MEMORY = 1 << 30, FIRST = 16, DAY = 86400 };

struct tally *
tally_new(uint32_t seed, void (*oom)(void *))
{
	struct counter *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		oom(NULL);
		return NULL;
	}
	arena_init(&c->arena, MEMORY, oom, NULL);
	arena_init(&c->texts, MEMORY, oom, NULL);
	c->oom = oom;
	c->seed = seed;
	c->room = c->domain_room = FIRST;
	c->slots = (size_t)FIRST * 2;
	c->report = arena_make(&c->arena, c->room, struct tally_report *);
	c->slot = arena_make(&c->arena, c->slots, uint32_t);
	c->tally.domain =
		arena_make(&c->arena, c->domain_room, struct tally_domain);
	c->intern = intern_new(&c->texts, seed);
	sources_init(&c->source, seed, oom);
	table_init(&c->reporter, seed, oom);
	table_init(&c->day, seed, oom);
	table_init(&c->from, seed, oom);
	table_init(&c->domains, seed, oom);
	return &c->tally;
}

void
tally_free(struct tally *t)
{
	struct counter *c = counter_of(t);

	sources_free(&c->source);
	if (c->has_networks)
		sources_free(&c->network);
	table_free(&c->reporter);
	table_free(&c->day);
	table_free(&c->from);
	table_free(&c->domains);
	arena_free(&c->texts);
	arena_free(&c->arena);
	free(c);
}

/* --- kinds ------------------------------------------------------------ */

/* When there are too many names, none is added to those that are known. */
static bool
is_full(const struct counter *c)
{
	return c->texts.total > TALLY_NAME_MEMORY;
}

static uint32_t
keep_text(struct counter *c, str s)
{
	return is_full(c) ? intern_known(c->intern, s)
			  : intern_put(c->intern, s);
}

static str
keep_name(struct counter *c, str name)
{
	char lower[TALLY_NAME];

	name = str_sub(str_trim_dot(name), 0, TALLY_NAME);
	if (name.n == 0)
		return (str){ 0 };
	bytes_lower(lower, name);
	return intern_get(c->intern, keep_text(c, (str){ lower, name.n }));
}

/*
 * With names that are kept, equal kinds are equal bytes.  When there are too
 * many of them, or no network is large enough, all that differ in no more than
 * names are one.
 */
static uint32_t
keep_kind(struct counter *c, const struct tally_kind *from)
{
	struct tally_kind k;
	str bytes = { (const char *)&k, sizeof(k) };
	bool full = c->source.n > SOURCES_MAX;

	memset(&k, 0, sizeof(k));
	k.spf = from->spf;
	k.dkim = from->dkim;
	k.disposition = from->disposition;
	k.cause = from->cause;
	k.passes = from->passes;
	k.moved = from->moved;
	k.overrides = full ? 0 : from->overrides;
	k.from = keep_name(c, from->from);
	k.other = keep_name(c, from->other);
	k.broken = keep_name(c, from->broken);
	if (full || (is_full(c) && intern_known(c->intern, bytes) == 0))
		k.from = k.other = k.broken = (str){ 0 };
	return intern_put(c->intern, bytes);
}

/* --- reports ---------------------------------------------------------- */

static int64_t
day_of(const struct aggregate *r)
{
	int64_t begin = r->begin, end = r->end;

	if (begin == TIME_UNKNOWN)
		begin = end;
	if (end == TIME_UNKNOWN || end < begin)
		end = begin;
	return begin == TIME_UNKNOWN ? TIME_UNKNOWN
				     : (begin + (end - begin) / 2) / DAY;
}

static uint32_t
domain_number(struct counter *c, str name)
{
	struct tally *t = &c->tally;
	struct table_key key = { .text = name };
	uint32_t number = table_number(&c->domains, key);

	if (number < t->domains)
		return number;
	if (t->domains == c->domain_room) {
		t->domain = arena_grow(&c->arena, t->domain,
			c->domain_room * sizeof(*t->domain),
			c->domain_room * 2 * sizeof(*t->domain));
		c->domain_room *= 2;
	}
	t->domain[t->domains++] = (struct tally_domain){
		.name = c->domains.row[number]->key.text,
		.begin = TIME_UNKNOWN,
		.end = TIME_UNKNOWN,
		.policy_of = TIME_UNKNOWN,
	};
	return number;
}

static uint64_t
record_digest(const struct aggregate_record *r)
{
	uint64_t parts[] = { r->count, r->disposition, r->dkim, r->spf,
		r->reasons, r->signatures, r->senders, r->ip.family };
	uint32_t h = str_hash((str){ (const char *)parts, sizeof(parts) }, 1);

	h = str_hash((str){ (const char *)r->ip.b, sizeof(r->ip.b) }, h);
	h = str_hash(r->header_from, h);
	return (uint64_t)str_hash(r->source, h) << 32 | h;
}

static uint32_t
report_hash(const struct counter *c, const struct tally_report *x)
{
	const int64_t rest[] = { x->begin, x->end, (int64_t)x->digest };
	str key = x->id;

	if (key.n == 0)
		key = (str){ (const char *)rest, sizeof(rest) };
	return str_hash(key, str_hash(x->org, str_hash(x->domain, c->seed)));
}

/* Without a number it is the same when all of it is. */
static bool
is_same_report(const struct tally_report *a, const struct tally_report *b)
{
	if (!str_eq(a->id, b->id) || !str_eq(a->org, b->org) ||
		!str_eq(a->domain, b->domain))
		return false;
	return a->id.n > 0 || (a->begin == b->begin && a->end == b->end &&
				      a->digest == b->digest);
}

static void
put_report(struct counter *c, size_t i)
{
	size_t at = report_hash(c, c->report[i]) & (c->slots - 1);

	while (c->slot[at] != 0)
		at = (at + 1) & (c->slots - 1);
	c->slot[at] = (uint32_t)i + 1;
}

static const struct tally_report *
find_report(const struct counter *c, const struct tally_report *x)
{
	size_t at = report_hash(c, x) & (c->slots - 1);

	for (; c->slot[at] != 0; at = (at + 1) & (c->slots - 1))
		if (is_same_report(c->report[c->slot[at] - 1], x))
			return c->report[c->slot[at] - 1];
	return NULL;
}

static void
keep_report(struct counter *c, const struct tally_report *x)
{
	size_t n = c->tally.reports;

	if (n == c->room) {
		c->report = arena_grow(&c->arena, c->report,
			c->room * sizeof(*c->report),
			c->room * 2 * sizeof(*c->report));
		c->room *= 2;
		c->slots *= 2;
		c->slot = arena_make(&c->arena, c->slots, uint32_t);
		for (size_t i = 0; i < n; i++)
			put_report(c, i);
	}
	struct tally_report *new = arena_new(&c->arena, struct tally_report);
	*new = *x;
	new->file = arena_dup(&c->arena, x->file);
	new->org = arena_dup(&c->arena, x->org);
	new->id = arena_dup(&c->arena, x->id);
	c->report[n] = new;
	c->tally.reports++;
	put_report(c, n);
}

/* --- adding ----------------------------------------------------------- */

static void
count(struct table *t, struct table_key key, const struct tally_kind *k,
	uint64_t n)
{
	tally_count_kind(&table_row(t, key)->count, k, n);
}

static void
add_record(struct counter *c, uint32_t number, const struct aggregate *report,
	const struct aggregate_record *r)
{
	struct tally_domain *d = &c->tally.domain[number];
	struct tally_kind k =
		tally_kind_of(r, d->name.n > 0 ? d->name : r->header_from);
	struct table_key key = { .domain = number };
	uint32_t text = 0;

	if (r->ip.family == 0)
		text = keep_text(c, str_sub(r->source, 0, TALLY_NAME));
	sources_add(
		&c->source, number, r->ip, text, keep_kind(c, &k), r->count);
	key.day = day_of(report);
	count(&c->day, key, &k, r->count);
	key.day = 0;
	key.text = str_sub(report->org, 0, TALLY_NAME);
	count(&c->reporter, key, &k, r->count);
	key.text = keep_name(c, r->header_from);
	if (c->from.n >= TALLY_MAX_FROM && !table_has(&c->from, key))
		key.text = (str){ 0 };
	count(&c->from, key, &k, r->count);
	tally_count_kind(&d->count, &k, r->count);
	tally_count_kind(&c->tally.count, &k, r->count);
	c->tally.coarse = c->source.level > 0;
}

static void
widen(struct tally_domain *d, const struct aggregate *r)
{
	if (r->begin != TIME_UNKNOWN &&
		(d->begin == TIME_UNKNOWN || r->begin < d->begin))
		d->begin = r->begin;
	if (r->end != TIME_UNKNOWN &&
		(d->end == TIME_UNKNOWN || r->end > d->end))
		d->end = r->end;
}

/* Below, at or above 0: an order in which no two that differ are equal. */
static int
compare_policies(
	const struct aggregate_policy *a, const struct aggregate_policy *b)
{
	const int rank[][2] = { { (int)a->p, (int)b->p },
		{ (int)a->sp, (int)b->sp }, { (int)a->np, (int)b->np },
		{ a->pct, b->pct }, { a->adkim, b->adkim },
		{ a->aspf, b->aspf }, { a->testing, b->testing } };
	int fo = str_icmp(a->fo, b->fo);

	for (size_t i = 0; i < sizeof(rank) / sizeof(rank[0]); i++)
		if (rank[i][0] != rank[i][1])
			return rank[i][0] - rank[i][1];
	return fo ? fo : str_icmp(a->discovery_method, b->discovery_method);
}

/* Of reports of the same time the strictest policy: it may be changing. */
static bool
is_newer(const struct tally_domain *d, const struct aggregate *r)
{
	if (d->reports == 0 || r->end != d->policy_of)
		return d->reports == 0 || r->end > d->policy_of;
	return compare_policies(&r->policy, &d->policy) > 0;
}

static void
take_policy(
	struct counter *c, struct tally_domain *d, const struct aggregate *r)
{
	struct aggregate_policy *p = &d->policy;

	widen(d, r);
	if (is_newer(d, r)) {
		d->policy_of = r->end;
		*p = r->policy;
		p->domain = d->name;
		p->fo = arena_dup(&c->arena, p->fo);
		p->discovery_method = arena_dup(&c->arena, p->discovery_method);
	}
	d->reports++;
}

static struct tally_report
summary_of(
	struct counter *c, const struct aggregate *r, uint32_t number, str file)
{
	struct tally_report x = { .file = file,
		.org = str_sub(r->org, 0, TALLY_NAME),
		.id = r->id,
		.domain = c->tally.domain[number].name,
		.begin = r->begin,
		.end = r->end,
		.cut = r->cut };

	for (size_t i = 0; i < r->records; i++) {
		struct aggregate_record record = aggregate_get(r, i);
		x.messages = tally_sum(x.messages, record.count);
		if (aggregate_passes(&record))
			x.pass = tally_sum(x.pass, record.count);
		x.digest += record_digest(&record);
	}
	return x;
}

enum tally_added
tally_add(struct tally *t, const struct aggregate *r, str file,
	const struct tally_report **first)
{
	struct counter *c = counter_of(t);
	char lower[TALLY_NAME];
	str name = str_sub(str_trim_dot(r->policy.domain), 0, TALLY_NAME);

	bytes_lower(lower, name);
	uint32_t number = domain_number(c, (str){ lower, name.n });
	struct tally_report x = summary_of(c, r, number, file);
	*first = find_report(c, &x);
	if (*first != NULL) {
		bool same = (*first)->digest == x.digest;
		*(same ? &t->duplicates : &t->conflicts) += 1;
		return same ? TALLY_DUPLICATE : TALLY_CONFLICT;
	}
	keep_report(c, &x);
	take_policy(c, &t->domain[number], r);
	for (size_t i = 0; i < r->records; i++) {
		struct aggregate_record record = aggregate_get(r, i);
		add_record(c, number, r, &record);
	}
	return TALLY_COUNTED;
}
