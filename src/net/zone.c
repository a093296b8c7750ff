/*
 * zone.c - names and records of master files, and the answers they give.
 *
 * All names, of whatever zone, hang in one hash; the existence of a parent is
 * noted when the child is added, so that the closest encloser (RFC 4592
 * 3.3.1) is found by looking names up from the left.
 */
#include "net/zone_data.h"

#include <assert.h>
#include <string.h>

#include "mailauth/buf.h"
#include "net/name.h"

enum { MAX_CHAIN = 8, FIRST_SLOTS = 64 };

str
zone_parent(str name)
{
	size_t i = 0;

	if (name.n == 0)
		return (str){ 0 };
	while (i < name.n && name.p[i] != '.')
		i += name.p[i] == '\\' ? 2 : 1;
	return i < name.n ? str_skip(name, i + 1) : STR("");
}

static struct zone_node **
node_slot(const struct zone *z, str name, uint32_t hash)
{
	size_t i = hash & (z->node_slots - 1);

	while (z->node[i] &&
		(z->node[i]->hash != hash || !str_ieq(z->node[i]->name, name)))
		i = (i + 1) & (z->node_slots - 1);
	return &z->node[i];
}

static void
grow_nodes(struct zone *z)
{
	struct zone_node **old = z->node;
	size_t n = z->node_slots;

	z->node_slots = n * 2;
	z->node = arena_make(z->arena, z->node_slots, struct zone_node *);
	for (size_t i = 0; i < n; i++)
		if (old[i])
			*node_slot(z, old[i]->name, old[i]->hash) = old[i];
}

/* The node of a name, made when there is none. */
static struct zone_node *
make_node(struct zone *z, str name)
{
	uint32_t hash = str_ihash(name);
	struct zone_node **slot = node_slot(z, name, hash);

	if (*slot)
		return *slot;
	if (z->nodes >= z->node_slots / 2) {
		grow_nodes(z);
		slot = node_slot(z, name, hash);
	}
	*slot = arena_new(z->arena, struct zone_node);
	(*slot)->name = name;
	(*slot)->hash = hash;
	z->nodes++;
	return *slot;
}

struct zone *
zone_new(struct arena *a)
{
	struct zone *z = arena_new(a, struct zone);

	z->arena = a;
	z->node_slots = z->seen_slots = FIRST_SLOTS;
	z->node = arena_make(a, z->node_slots, struct zone_node *);
	z->seen = arena_make(a, z->seen_slots, struct zone_seen);
	make_node(z, STR(""))->exists = true;
	return z;
}

/* --- records --------------------------------------------------------- */

void
zone_set_add(struct arena *a, struct zone_set *set, uint32_t ttl,
	const struct dns_rr *rr)
{
	if (set->n == set->size) {
		size_t size = set->size ? set->size * 2 : 1;
		set->rr = arena_grow(a, set->rr, set->size * sizeof(*rr),
			size * sizeof(*rr));
		set->size = size;
	}
	if (set->n == 0 || ttl < set->ttl)
		set->ttl = ttl;
	set->rr[set->n++] = *rr;
}

/* The seed keeps two runs from hashing alike. */
static uint32_t
rr_hash(const struct zone_set *set, const struct dns_rr *rr)
{
	return str_hash(
		rr->data, (uint32_t)((uintptr_t)set >> 4) ^ rr->preference);
}

bool
zone_rr_eq(const struct dns_rr *a, const struct dns_rr *b)
{
	return a->preference == b->preference && a->cuts == b->cuts &&
	       str_eq(a->data, b->data) &&
	       (a->cuts == 0 ||
		       memcmp(a->cut, b->cut, a->cuts * sizeof(*a->cut)) == 0);
}

/* Where this record is among those seen, or where it would go. */
static struct zone_seen *
seen_slot(const struct zone *z, const struct zone_set *set,
	const struct dns_rr *rr, uint32_t hash)
{
	size_t i = hash & (z->seen_slots - 1);

	for (;; i = (i + 1) & (z->seen_slots - 1)) {
		const struct zone_seen *s = &z->seen[i];
		if (!s->set)
			break;
		if (s->set == set && s->hash == hash &&
			zone_rr_eq(&set->rr[s->index], rr))
			break;
	}
	return &z->seen[i];
}

static void
grow_seen(struct zone *z)
{
	struct zone_seen *old = z->seen;
	size_t n = z->seen_slots;

	z->seen_slots = n * 2;
	z->seen = arena_make(z->arena, z->seen_slots, struct zone_seen);
	for (size_t i = 0; i < n; i++)
		if (old[i].set)
			*seen_slot(z, old[i].set, &old[i].set->rr[old[i].index],
				old[i].hash) = old[i];
}

static struct zone_set *
find_set(const struct zone_node *node, enum dns_type type)
{
	struct zone_set *set = node->sets;

	while (set && set->type != type)
		set = set->next;
	return set;
}

static struct zone_set *
make_set(struct zone *z, struct zone_node *node, enum dns_type type)
{
	struct zone_set *set = find_set(node, type);

	if (!set) {
		set = arena_new(z->arena, struct zone_set);
		set->type = type;
		set->next = node->sets;
		node->sets = set;
	}
	return set;
}

/* The name exists, and with it all names above it. (RFC 4592 2.2.2) */
static struct zone_node *
make_exist(struct zone *z, str name)
{
	struct zone_node *node = make_node(z, name);

	for (struct zone_node *up = node; !up->exists;) {
		up->exists = true;
		name = zone_parent(name);
		up = make_node(z, name);
	}
	return node;
}

void
zone_add_name(struct zone *z, str name)
{
	make_exist(z, name);
}

void
zone_add(struct zone *z, str owner, enum dns_type type, uint32_t ttl,
	const struct dns_rr *rr)
{
	struct zone_set *set = make_set(z, make_exist(z, owner), type);
	uint32_t hash = rr_hash(set, rr);

	/* a set has no record twice (RFC 2181 5.5); dig pasted twice has */
	if (seen_slot(z, set, rr, hash)->set)
		return;
	if (z->n_seen >= z->seen_slots / 2)
		grow_seen(z);
	*seen_slot(z, set, rr, hash) =
		(struct zone_seen){ .set = set, .index = set->n, .hash = hash };
	z->n_seen++;
	zone_set_add(z->arena, set, ttl, rr);
}

static struct zone_pin *
find_pin(const struct zone_node *node, enum dns_type type)
{
	struct zone_pin *pin = node ? node->pins : NULL;

	while (pin && pin->type != type)
		pin = pin->next;
	return pin;
}

struct zone_pin *
zone_pin(struct zone *z, str name, enum dns_type type)
{
	struct zone_node *node = make_node(z, name);
	struct zone_pin *pin = find_pin(node, type);

	if (!pin) {
		pin = arena_new(z->arena, struct zone_pin);
		pin->type = type;
		pin->next = node->pins;
		node->pins = pin;
		z->pins++;
	}
	return pin;
}

/* --- answers --------------------------------------------------------- */

static struct zone_node *
find_node(const struct zone *z, str name)
{
	return *node_slot(z, name, str_ihash(name));
}

bool
zone_is_used(const struct zone *z, str name)
{
	const struct zone_node *node = find_node(z, name);

	return node && (node->sets || node->pins);
}

bool
zone_has_name(const struct zone *z, str name)
{
	const struct zone_node *node = find_node(z, name);

	return node && node->exists;
}

bool
zone_has(const struct zone *z, str name, enum dns_type type)
{
	const struct zone_node *node = find_node(z, name);

	return node && find_set(node, type);
}

bool
zone_has_pin(const struct zone *z, str name, enum dns_type type)
{
	return find_pin(find_node(z, name), type);
}

/* Most zones have no pins: then no name is looked up. */
static const struct zone_pin *
pin_at(const struct zone *z, str name, enum dns_type type)
{
	return z->pins > 0 ? find_pin(find_node(z, name), type) : NULL;
}

/* The node that answers for a name: itself or a wildcard. (RFC 4592 3.3) */
static const struct zone_node *
answering_node(const struct zone *z, struct arena *a, str name)
{
	const struct zone_node *node = find_node(z, name);

	if (node && node->exists)
		return node;
	do {
		name = zone_parent(name);
		node = find_node(z, name);
	} while (!node || !node->exists);
	str wildcard = name.n == 0 ? STR("*") : STR_CAT(a, STR("*."), name);
	node = find_node(z, wildcard);
	return node && node->exists ? node : NULL;
}

static void
answer_set(struct dns_answer *out, const struct zone_set *set)
{
	out->status = DNS_OK;
	out->n = set->n;
	out->rr = set->rr;
	if (set->ttl < out->ttl)
		out->ttl = set->ttl;
}

static void
answer_pin(struct dns_answer *out, const struct zone_pin *pin)
{
	if (pin->set.n > 0)
		answer_set(out, &pin->set);
	else
		out->status = pin->status;
	if (pin->canonical.p)
		out->canonical = pin->canonical;
}

/* What one name has to say; the target when that is to look elsewhere. */
static str
answer_step(const struct zone *z, struct arena *a, enum dns_type type, str name,
	struct dns_answer *out)
{
	const struct zone_pin *pin = pin_at(z, name, type);
	if (pin && (pin->status != DNS_UNKNOWN || pin->set.n > 0)) {
		answer_pin(out, pin);
		return (str){ 0 };
	}

	const struct zone_node *node = answering_node(z, a, name);
	const struct zone_set *set = node ? find_set(node, type) : NULL;
	const struct zone_set *alias = node ? find_set(node, DNS_CNAME) : NULL;
	if (set) {
		answer_set(out, set);
	} else if (alias) {
		if (alias->ttl < out->ttl)
			out->ttl = alias->ttl;
		return alias->rr[0].data;
	} else {
		out->status = node ? DNS_NODATA : DNS_NXDOMAIN;
	}
	return (str){ 0 };
}

static void
follow(const struct zone *z, struct arena *a, enum dns_type type, str name,
	struct dns_answer *out)
{
	for (int hops = 0;; hops++) {
		str target = answer_step(z, a, type, name, out);
		if (!target.p)
			return;
		if (hops == MAX_CHAIN)
			break;
		out->canonical = name = target;
	}
	*out = (struct dns_answer){ .status = DNS_BROKEN };
}

void
zone_answer(const struct zone *z, struct arena *a, enum dns_type type, str name,
	struct dns_answer *out)
{
	*out = (struct dns_answer){ .ttl = UINT32_MAX };
	if (!dns_name_valid(name)) {
		*out = (struct dns_answer){ .status = DNS_BADNAME };
		return;
	}
	name = name_escaped(a, name);
	follow(z, a, type, name, out);
	if (out->status != DNS_OK)
		out->ttl = 0;

	const struct zone_pin *pin = pin_at(z, name, type);
	out->authentic = pin && pin->authentic;
	if (pin && pin->canonical.p)
		out->canonical = pin->canonical;
}
