/*
 * tally.c - many aggregate reports, added up.
 */
#include "counter.h"
#include "tally_record.h"

#include "mailauth/time.h"

#include <assert.h>
#include <stdlib.h>

enum { MEMORY = 1 << 30, FIRST = 16, DAY = 86400 };

/* How finely sources are kept apart: prefixes of IPv4 and IPv6. */
static const unsigned prefixes[][2] = { { 32, 128 }, { 24, 64 }, { 16, 48 },
	{ 8, 32 }, { 0, 16 }, { 0, 0 } };
enum { LEVELS = sizeof(prefixes) / sizeof(prefixes[0]) };

struct counter *
counter_of(struct tally *t)
{
	return (struct counter *)(void *)t;
}

struct tally *
tally_new(uint32_t seed, void (*oom)(void *))
{
	struct counter *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		oom(NULL);
		return NULL;
	}
	arena_init(&c->arena, MEMORY, oom, NULL);
	c->oom = oom;
	c->seed = seed;
	c->room = c->domain_room = FIRST;
	c->slots = (size_t)FIRST * 2;
	c->report = arena_make(&c->arena, c->room, struct tally_report *);
	c->slot = arena_make(&c->arena, c->slots, uint32_t);
	c->tally.domain =
		arena_make(&c->arena, c->domain_room, struct tally_domain);
	table_init(&c->source, seed, oom);
	table_init(&c->reporter, seed, oom);
	table_init(&c->day, seed, oom);
	table_init(&c->from, seed, oom);
	table_init(&c->names, seed, oom);
	table_init(&c->domains, seed, oom);
	return &c->tally;
}

void
tally_free(struct tally *t)
{
	struct counter *c = counter_of(t);

	table_free(&c->source);
	table_free(&c->reporter);
	table_free(&c->day);
	table_free(&c->from);
	table_free(&c->names);
	table_free(&c->domains);
	arena_free(&c->arena);
	free(c);
}

/* --- names ----------------------------------------------------------- */

/* Each text once; when there are too many of them, none. */
static str
keep_name(struct counter *c, str name)
{
	char lower[TALLY_NAME];

	name = str_sub(str_trim_dot(name), 0, TALLY_NAME);
	bytes_lower(lower, name);
	if (c->names.arena.total > TALLY_NAME_MEMORY)
		return (str){ 0 };
	struct tally_row like = { .text = { lower, name.n } };
	return table_row(&c->names, 0, &like)->text;
}

static void
name_record(struct counter *c, struct tally_row *row,
	const struct aggregate_record *r, str domain)
{
	const struct aggregate_check *broken;

	tally_add_name(&row->from, keep_name(c, r->header_from), r->count);
	if (tally_dkim_state(r) != TALLY_ALIGNED &&
		tally_spf_state(r) != TALLY_ALIGNED)
		tally_add_name(
			&row->other, keep_name(c, tally_vouching(r)), r->count);
	broken = tally_failing(r->signature, r->signatures, domain);
	if (broken && tally_dkim_state(r) != TALLY_ALIGNED)
		tally_add_name(&row->broken,
			keep_name(c, broken->selector.n > 0 ? broken->selector
							    : STR("?")),
			r->count);
}

/* --- sources ---------------------------------------------------------- */

static struct ip
network_of(struct ip ip, unsigned prefix)
{
	for (unsigned i = 0; i < sizeof(ip.b); i++) {
		unsigned keep = prefix > i * 8 ? prefix - i * 8 : 0;
		if (keep < 8)
			ip.b[i] &= (unsigned char)(0xff00 >> keep);
	}
	return ip;
}

static struct tally_row
source_key(struct ip ip, str text, size_t level)
{
	struct tally_row key = { .text = text };

	if (ip.family == 0)
		return key;
	key.prefix = prefixes[level][ip.family == 6];
	key.ip = network_of(ip, key.prefix);
	return key;
}

static void
add_counts(struct tally_count *to, const struct tally_count *from)
{
	/* it has nothing but counts */
	uint64_t *a = (uint64_t *)(void *)to;
	const uint64_t *b = (const uint64_t *)(const void *)from;

	for (size_t i = 0; i < sizeof(*to) / sizeof(*a); i++)
		tally_add_to(&a[i], b[i]);
}

void
counter_add_row(struct tally_row *to, const struct tally_row *from)
{
	add_counts(&to->count, &from->count);
	tally_add_names(&to->from, &from->from);
	tally_add_names(&to->other, &from->other);
	tally_add_names(&to->broken, &from->broken);
}

struct tally_row
counter_network(const struct tally_row *x)
{
	unsigned level = x->ip.family == 6 ? 2 : 1;

	/* it may be a larger one already */
	if (x->prefix < prefixes[level][x->ip.family == 6])
		return (struct tally_row){
			.ip = x->ip, .prefix = x->prefix, .text = x->text
		};
	return source_key(x->ip, x->text, level);
}

static void
merge_sources(const struct table *from, struct table *to, size_t level)
{
	for (size_t i = 0; i < from->n; i++) {
		struct tally_row *x = from->row[i];
		struct tally_row key = source_key(
			x->ip, level == LEVELS - 1 ? STR("") : x->text, level);
		counter_add_row(table_row(to, from->domain[i], &key), x);
	}
}

/* What is left depends on what was added, not on when. */
static void
make_coarser(struct counter *c)
{
	while (c->source.n > TALLY_MAX_ROWS && c->level < LEVELS - 1) {
		struct table coarse;
		c->level++;
		table_init(&coarse, c->seed, c->oom);
		merge_sources(&c->source, &coarse, c->level);
		table_free(&c->source);
		c->source = coarse;
	}
	c->tally.coarse = c->level > 0;
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
	struct tally_row like = { .text = name };
	uint32_t number = table_number(&c->domains, 0, &like);

	if (number < t->domains)
		return number;
	if (t->domains == c->domain_room) {
		t->domain = arena_grow(&c->arena, t->domain,
			c->domain_room * sizeof(*t->domain),
			c->domain_room * 2 * sizeof(*t->domain));
		c->domain_room *= 2;
	}
	t->domain[t->domains++] = (struct tally_domain){
		.name = c->domains.row[number]->text,
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
	return str_hash(x->id, str_hash(x->org, str_hash(x->domain, c->seed)));
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
add_record(struct counter *c, uint32_t number, const struct aggregate *report,
	const struct aggregate_record *r)
{
	struct tally_domain *d = &c->tally.domain[number];
	str domain = d->name.n > 0 ? d->name : r->header_from;
	struct tally_row key = source_key(r->ip, r->source, c->level);
	struct tally_row *row = table_row(&c->source, number, &key);

	tally_count_record(&row->count, r, domain);
	name_record(c, row, r, domain);
	key = (struct tally_row){ .day = day_of(report) };
	tally_count_record(&table_row(&c->day, number, &key)->count, r, domain);
	key = (struct tally_row){ .text = str_sub(report->org, 0, TALLY_NAME) };
	tally_count_record(
		&table_row(&c->reporter, number, &key)->count, r, domain);
	key = (struct tally_row){ .text = keep_name(c, r->header_from) };
	tally_count_record(
		&table_row(&c->from, number, &key)->count, r, domain);
	tally_count_record(&d->count, r, domain);
	tally_count_record(&c->tally.count, r, domain);
	make_coarser(c);
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
		tally_add_to(&x.messages, record.count);
		if (aggregate_passes(&record))
			tally_add_to(&x.pass, record.count);
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
