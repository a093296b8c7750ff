/*
 * answers.c - what this examination knows of the DNS, and what it asks.
 *
 * Questions live in an array in the order they were noted, found through an
 * open hash of 1 + index.  There are at most DNS_MAX_QUESTIONS, so the hash
 * never grows; the array does, since few messages ask much.
 */
#include "mailauth/dns.h"

#include <assert.h>
#include <string.h>

enum {
	SLOTS = 512, /* a power of two, twice the questions */
	FEW = 16
};

struct dns {
	struct arena *arena;
	struct shelf *shelf;
	dns_taker *taker; /* may be NULL */
	void *taker_arg;
	dns_hearer *hearer; /* may be NULL */
	void *hearer_arg;
	void *mark;
	struct dns_question **question;
	size_t n, room;
	size_t taken;        /* all before it were sent */
	uint8_t slot[SLOTS]; /* 1 + index */
	size_t ahead;        /* luxuries noted */
	size_t ahead_max;
	size_t answered;
	bool leaned;
	struct dns_missed missed;
	enum dns_status closed; /* UNKNOWN while open */
	struct dns_answer closed_answer;
};

static const struct dns_answer unknown = { .status = DNS_UNKNOWN };
static const struct dns_answer bad_name = { .status = DNS_BADNAME };
static const struct dns_answer over_limit = { .status = DNS_LIMIT };

struct dns *
dns_new(struct arena *a)
{
	struct dns *d = arena_new(a, struct dns);

	_Static_assert(DNS_MAX_QUESTIONS <= UINT8_MAX, "too many for a slot");
	d->arena = a;
	d->ahead_max = DNS_MAX_AHEAD;
	return d;
}

void
dns_allow_ahead(struct dns *d, size_t most)
{
	d->ahead_max = most;
}

void
dns_use_shelf(struct dns *d, struct shelf *shelf)
{
	d->shelf = shelf;
}

struct shelf *
dns_shelf(const struct dns *d)
{
	return d->shelf;
}

void
dns_give(struct dns *d, dns_taker *taker, void *arg)
{
	d->taker = taker;
	d->taker_arg = arg;
}

void
dns_hear(struct dns *d, dns_hearer *hearer, void *arg)
{
	d->hearer = hearer;
	d->hearer_arg = arg;
}

void **
dns_mark(struct dns *d)
{
	return &d->mark;
}

void
dns_begin(struct dns *d)
{
	d->leaned = false;
	d->missed = (struct dns_missed){ .other = false };
}

bool
dns_settled(const struct dns *d)
{
	return !d->leaned;
}

void
dns_lean(struct dns *d)
{
	d->leaned = true;
	d->missed.other = true;
}

enum { WORD = 64 };

/* The question of 1 + index is not answered. */
static void
miss(struct dns *d, uint8_t slot)
{
	size_t i = slot - 1u;

	d->missed.question[i / WORD] |= (uint64_t)1 << i % WORD;
}

struct dns_missed
dns_missed(const struct dns *d)
{
	return d->missed;
}

bool
dns_moved(const struct dns *d, const struct dns_missed *m)
{
	for (size_t i = 0; i < d->n; i++)
		if ((m->question[i / WORD] >> i % WORD & 1) != 0 &&
			d->question[i]->answer != &unknown)
			return true;
	return false;
}

bool
dns_name_valid(str name)
{
	str label;

	name = str_trim_dot(name);
	if (name.n == 0 || name.n > DNS_MAX_NAME)
		return false;
	while (str_split(&name, '.', &label))
		if (label.n == 0 || label.n > DNS_MAX_LABEL)
			return false;
	return true;
}

uint32_t
dns_question_hash(enum dns_type type, str name)
{
	return str_ihash(name) + (uint32_t)type * 2654435761u;
}

/* The slot where the question is, or where it would go. */
static uint8_t *
find_slot(struct dns *d, enum dns_type type, str name)
{
	size_t i = dns_question_hash(type, name) % SLOTS;

	while (d->slot[i] != 0) {
		const struct dns_question *q = d->question[d->slot[i] - 1];
		if (q->type == type && str_ieq(q->name, name))
			break;
		i = (i + 1) % SLOTS;
	}
	return &d->slot[i];
}

static void
grow(struct dns *d)
{
	size_t had = d->room, size = sizeof(struct dns_question *);

	d->room = had ? 2 * had : FEW;
	d->question =
		arena_grow(d->arena, d->question, had * size, d->room * size);
}

static void
note(struct dns *d, uint8_t *slot, enum dns_type type, str name)
{
	struct dns_question *q = arena_new(d->arena, struct dns_question);

	q->type = type;
	q->name = arena_lower(d->arena, name);
	q->answer = &unknown;
	if (d->n == d->room)
		grow(d);
	d->question[d->n++] = q;
	*slot = (uint8_t)d->n;
	if (d->taker) {
		q->sent = true;
		d->taker(d->taker_arg, q);
	}
}

/* The slot has a question, and that an answer. */
static bool
is_answered(const struct dns *d, uint8_t slot)
{
	return slot != 0 && d->question[slot - 1]->answer != &unknown;
}

const struct dns_answer *
dns_ask(struct dns *d, enum dns_type type, str name)
{
	name = str_trim_dot(name);
	uint8_t *slot = find_slot(d, type, name);
	if (is_answered(d, *slot))
		return d->question[*slot - 1]->answer;
	if (*slot == 0 && !dns_name_valid(name))
		return &bad_name;
	if (d->closed != DNS_UNKNOWN)
		return &d->closed_answer;
	if (*slot == 0 && d->n == DNS_MAX_QUESTIONS)
		return &over_limit;

	/* the first that a run misses is needed, the others may wait */
	bool needed = !d->leaned;
	if (*slot == 0 && (needed || d->ahead < d->ahead_max)) {
		d->ahead += !needed;
		note(d, slot, type, name);
	}
	if (is_answered(d, *slot))
		return d->question[*slot - 1]->answer;
	d->leaned = true;
	if (*slot != 0)
		miss(d, *slot);
	return &unknown;
}

void
dns_ask_ahead(struct dns *d, enum dns_type type, str name)
{
	name = str_trim_dot(name);
	if (d->closed != DNS_UNKNOWN)
		return;
	uint8_t *slot = find_slot(d, type, name);
	if (*slot == 0 && d->ahead < d->ahead_max && d->n < DNS_MAX_QUESTIONS &&
		dns_name_valid(name)) {
		d->ahead++;
		note(d, slot, type, name);
	}
	if (*slot != 0 && !is_answered(d, *slot))
		miss(d, *slot);
}

const struct dns_answer *
dns_known(struct dns *d, enum dns_type type, str name)
{
	name = str_trim_dot(name);
	uint8_t slot = *find_slot(d, type, name);
	if (slot != 0)
		return d->question[slot - 1]->answer;
	return dns_name_valid(name) ? &unknown : &bad_name;
}

str
dns_keep(struct dns *d, str name)
{
	return arena_dup(d->arena, name);
}

bool
dns_failed(const struct dns_answer *a)
{
	return a->status >= DNS_SERVFAIL;
}

bool
dns_void(const struct dns_answer *a)
{
	return a->status == DNS_NODATA || dns_missing(a);
}

bool
dns_missing(const struct dns_answer *a)
{
	return a->status == DNS_NXDOMAIN || a->status == DNS_BADNAME;
}

static const struct {
	enum dns_type type;
	str word;
} types[] = {
	{ DNS_A, STR_INIT("A") },
	{ DNS_NS, STR_INIT("NS") },
	{ DNS_CNAME, STR_INIT("CNAME") },
	{ DNS_SOA, STR_INIT("SOA") },
	{ DNS_PTR, STR_INIT("PTR") },
	{ DNS_MX, STR_INIT("MX") },
	{ DNS_TXT, STR_INIT("TXT") },
	{ DNS_AAAA, STR_INIT("AAAA") },
	{ DNS_SPF, STR_INIT("SPF") },
};

str
dns_type_word(enum dns_type type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return types[i].word;
	return STR("?");
}

enum dns_type
dns_type_from(str word)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_ieq(types[i].word, word))
			return types[i].type;
	return 0;
}

str
dns_status_word(enum dns_status status)
{
	static const str word[] = {
		[DNS_UNKNOWN] = STR_INIT("not asked"),
		[DNS_OK] = STR_INIT("found"),
		[DNS_NODATA] = STR_INIT("no data"),
		[DNS_NXDOMAIN] = STR_INIT("NXDOMAIN"),
		[DNS_BADNAME] = STR_INIT("no valid name"),
		[DNS_SERVFAIL] = STR_INIT("SERVFAIL"),
		[DNS_REFUSED] = STR_INIT("refused or no server reachable"),
		[DNS_TIMEOUT] = STR_INIT("timeout"),
		[DNS_BROKEN] = STR_INIT("broken answer"),
		[DNS_LIMIT] = STR_INIT("too many questions"),
	};

	return word[status];
}

struct dns_question *
dns_take(struct dns *d)
{
	while (d->taken < d->n) {
		struct dns_question *q = d->question[d->taken++];
		if (q->answer == &unknown && !q->sent) {
			q->sent = true;
			return q;
		}
	}
	return NULL;
}

static struct dns_rr *
copy_records(struct arena *a, const struct dns_answer *from)
{
	struct dns_rr *rr = arena_make(a, from->n, struct dns_rr);

	for (size_t i = 0; i < from->n; i++) {
		const struct dns_rr *r = &from->rr[i];
		rr[i] = *r;
		rr[i].data = arena_dup(a, r->data);
		if (r->cuts > 0) {
			uint32_t *cut = arena_make(a, r->cuts, uint32_t);
			memcpy(cut, r->cut, r->cuts * sizeof(*cut));
			rr[i].cut = cut;
		}
	}
	return rr;
}

void
dns_tell(struct dns *d, struct dns_question *q, const struct dns_answer *from)
{
	if (q->answer != &unknown)
		return;
	assert(from->status != DNS_UNKNOWN);
	assert((from->status == DNS_OK) == (from->n > 0));
	struct dns_answer *a = arena_new(d->arena, struct dns_answer);
	*a = *from;
	a->rr = from->n > 0 ? copy_records(d->arena, from) : NULL;
	a->canonical = arena_dup(d->arena, from->canonical);
	q->answer = a;
	d->answered++;
	if (d->hearer)
		d->hearer(d->hearer_arg);
}

void
dns_close(struct dns *d, enum dns_status status)
{
	assert(status >= DNS_SERVFAIL);
	d->closed = status;
	d->closed_answer.status = status;
	for (size_t i = 0; i < d->n; i++)
		dns_tell(d, d->question[i], &d->closed_answer);
}

size_t
dns_answered(const struct dns *d)
{
	return d->answered;
}

struct dns_question *const *
dns_questions(const struct dns *d, size_t *n)
{
	*n = d->n;
	return d->question;
}
