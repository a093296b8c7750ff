/*
 * spf_tree.c - an SPF record with all that it includes, as far as it is known
 * without asking.
 */
#include "find_spf.h"

enum {
	DEPTH_MAX = 12,    /* more cannot be evaluated */
	VISITS_MAX = 60,   /* records read, one as often as it is included */
	RECORD_MAX = 8192, /* octets of one that is worth reading */
	RANGES_MAX = 500
};

struct range {
	uint32_t first, last;
};

struct network {
	struct ip ip;
	unsigned prefix;
};

struct walk {
	struct find *f;
	size_t depth, visits;
	struct spf_count count;
	struct range *range; /* by their first; NULL: not wanted */
	size_t ranges;
	struct network *network; /* of IPv6, none within another */
	size_t networks;
	bool open; /* +all */
};

str
spf_known_record(struct find *f, str name)
{
	const struct dns_answer *txt = find_known(f, DNS_TXT, name);
	str record = { 0 };
	size_t n = 0;

	for (size_t i = 0; txt && i < txt->n; i++)
		if (spf_is_record(txt->rr[i].data) && n++ == 0)
			record = txt->rr[i].data;
	return n == 1 ? record : (str){ 0 };
}

static void walk_record(struct walk *, str record);

static void
walk_name(struct walk *w, str name)
{
	str record = str_find(name, '%') == name.n
			     ? spf_known_record(w->f, name)
			     : (str){ 0 };

	if (!record.p || w->depth == DEPTH_MAX || w->visits == VISITS_MAX) {
		w->count.complete = false;
		return;
	}
	w->depth++;
	w->visits++;
	walk_record(w, record);
	w->depth--;
}

static void
add_range(struct walk *w, const struct spf_term *t)
{
	uint32_t bits = t->prefix4 == 0 ? 0 : UINT32_MAX << (32 - t->prefix4);
	uint32_t first = 0;
	size_t at = w->ranges;

	if (!w->range || t->qualifier != RESULT_PASS)
		return;
	if (w->ranges == RANGES_MAX) {
		w->count.complete = false;
		return;
	}
	for (size_t i = 0; i < 4; i++)
		first = first << 8 | t->net.b[i];
	first &= bits;
	for (; at > 0 && w->range[at - 1].first > first; at--)
		w->range[at] = w->range[at - 1];
	w->range[at] = (struct range){ first, first | ~bits };
	w->ranges++;
}

static void
add_network(struct walk *w, const struct spf_term *t)
{
	size_t kept = 0;

	if (!w->network || t->qualifier != RESULT_PASS)
		return;
	for (size_t i = 0; i < w->networks; i++) {
		struct network *have = &w->network[i];
		if (have->prefix <= t->prefix6 &&
			ip_in(t->net, have->ip, have->prefix))
			return;
	}
	for (size_t i = 0; i < w->networks; i++)
		if (!ip_in(w->network[i].ip, t->net, t->prefix6))
			w->network[kept++] = w->network[i];
	w->networks = kept;
	if (kept == RANGES_MAX)
		w->count.complete = false;
	else
		w->network[w->networks++] =
			(struct network){ t->net, t->prefix6 };
}

static void
walk_term(struct walk *w, const struct spf_term *t)
{
	/* of an include that does not pass no address does */
	bool passes = !w->range || t->qualifier == RESULT_PASS;

	switch (t->kind) {
	case SPF_IP4: add_range(w, t); break;
	case SPF_IP6: add_network(w, t); break;
	case SPF_A:
	case SPF_MX:
	case SPF_PTR:
	case SPF_EXISTS: w->count.lookups++; break;
	case SPF_INCLUDE:
	case SPF_REDIRECT:
		w->count.lookups++;
		if (passes || t->kind == SPF_REDIRECT)
			walk_name(w, t->spec);
		break;
	default: break;
	}
}

static void
walk_terms(struct walk *w, str record)
{
	struct spf_record r = { 0 };

	if (record.n <= RECORD_MAX)
		r = spf_record_recall(
			dns_shelf(w->f->dns), w->f->arena, record);
	if (!r.valid)
		w->count.complete = false;
	for (size_t i = 0; r.valid && i < r.n; i++) {
		if (r.term[i].kind == SPF_ALL) {
			w->open |= r.term[i].qualifier == RESULT_PASS;
			return;
		}
		if (r.term[i].kind != SPF_REDIRECT)
			walk_term(w, &r.term[i]);
	}
	if (r.valid && r.redirect && !r.has_all)
		walk_term(w, r.redirect);
}

/* What is read is not kept: there may be much of it. */
static void
walk_record(struct walk *w, str record)
{
	struct arena_mark mark = arena_mark(w->f->arena);

	walk_terms(w, record);
	arena_rewind(w->f->arena, mark);
}

struct spf_count
spf_count_lookups(struct find *f, str record)
{
	struct walk w = { .f = f, .count = { .complete = true } };

	walk_record(&w, record);
	return w.count;
}

struct spf_count
spf_count_term(struct find *f, const struct spf_term *t)
{
	struct walk w = { .f = f, .count = { .complete = true } };

	walk_term(&w, t);
	return w.count;
}

bool
spf_is_open(struct find *f, const struct spf_term *t)
{
	struct range none;
	struct walk w = { .f = f, .range = &none, .ranges = RANGES_MAX };

	walk_term(&w, t);
	return w.open;
}

static uint64_t
sum_of(const struct walk *w)
{
	uint64_t n = 0, next = 0; /* all below it are counted */

	for (size_t i = 0; i < w->ranges; i++) {
		uint64_t first = w->range[i].first, end = w->range[i].last;
		first = first < next ? next : first;
		end++;
		if (end > first)
			n += end - first;
		next = end > next ? end : next;
	}
	return n;
}

struct spf_reach
spf_count_addresses(struct find *f, str record)
{
	struct walk w = { .f = f, .count = { .complete = true } };

	w.range = arena_grow(f->arena, NULL, 0, RANGES_MAX * sizeof(*w.range));
	w.network =
		arena_grow(f->arena, NULL, 0, RANGES_MAX * sizeof(*w.network));
	walk_record(&w, record);
	return (struct spf_reach){ sum_of(&w), w.networks, w.count.complete };
}
