/*
 * memo.c - the answers that a run remembers.
 *
 * A hash of chains, and a ring of all entries by last use.  An entry is one
 * block of memory: answer, records, string borders, then all the bytes.
 */
#include "net/memo.h"

#include <stdlib.h>
#include <string.h>

#include "net/ring.h"

enum { CHAINS = 4096 };

struct entry {
	struct entry *next; /* of the chain */
	struct ring link;   /* of all entries, by last use */
	uint32_t hash;
	enum dns_type type;
	int64_t until;
	size_t bytes;
	str name;
	struct dns_answer answer;
};

struct memo {
	struct entry *chain[CHAINS];
	struct ring used; /* the last is what was used last */
	size_t entries, bytes;
};

struct memo *
memo_new(void)
{
	struct memo *m = calloc(1, sizeof(*m));

	if (m)
		ring_init(&m->used);
	return m;
}

/* The link of the chain that points to the entry, or ends the chain. */
static struct entry **
find_link(struct memo *m, enum dns_type type, str name, uint32_t hash)
{
	struct entry **link = &m->chain[hash % CHAINS];

	while (*link && ((*link)->hash != hash || (*link)->type != type ||
				!str_ieq((*link)->name, name)))
		link = &(*link)->next;
	return link;
}

static void
drop(struct memo *m, struct entry **link)
{
	struct entry *e = *link;

	*link = e->next;
	ring_leave(&e->link);
	m->entries--;
	m->bytes -= e->bytes;
	free(e);
}

static void
drop_oldest(struct memo *m)
{
	struct entry *e = RING_OF(m->used.next, struct entry, link);

	drop(m, find_link(m, e->type, e->name, e->hash));
}

void
memo_free(struct memo *m)
{
	if (!m)
		return;
	while (m->entries > 0)
		drop_oldest(m);
	free(m);
}

const struct dns_answer *
memo_find(struct memo *m, enum dns_type type, str name, int64_t now)
{
	struct entry **link =
		find_link(m, type, name, dns_question_hash(type, name));

	if (!*link)
		return NULL;
	if ((*link)->until <= now) {
		drop(m, link);
		return NULL;
	}
	ring_join(&m->used, &(*link)->link);
	return &(*link)->answer;
}

/* --- one block of memory --------------------------------------------- */

static size_t
block_size(str name, const struct dns_answer *a)
{
	size_t n = sizeof(struct entry) + name.n + a->canonical.n;

	for (size_t i = 0; i < a->n; i++)
		n += sizeof(struct dns_rr) + a->rr[i].data.n +
		     a->rr[i].cuts * sizeof(uint32_t);
	return n;
}

static str
move_str(char **at, str s)
{
	if (!s.p)
		return s;
	if (s.n > 0)
		memcpy(*at, s.p, s.n);
	*at += s.n;
	return (str){ *at - s.n, s.n };
}

static uint32_t *
copy_cuts(uint32_t *cut, struct dns_rr *rr)
{
	if (rr->cuts == 0)
		return cut;
	memcpy(cut, rr->cut, rr->cuts * sizeof(*cut));
	rr->cut = cut;
	return cut + rr->cuts;
}

/* Fills a block with copies of the name and the answer. */
static void
fill(struct entry *e, str name, const struct dns_answer *a)
{
	struct dns_rr *rr = (struct dns_rr *)(e + 1);
	uint32_t *cut = (uint32_t *)(rr + a->n);

	e->answer = *a;
	e->answer.rr = a->n > 0 ? rr : NULL;
	for (size_t i = 0; i < a->n; i++) {
		rr[i] = a->rr[i];
		cut = copy_cuts(cut, &rr[i]);
	}
	char *at = (char *)cut;
	for (size_t i = 0; i < a->n; i++)
		rr[i].data = move_str(&at, rr[i].data);
	e->answer.canonical = move_str(&at, a->canonical);
	e->name = move_str(&at, name);
}

void
memo_put(struct memo *m, enum dns_type type, str name,
	const struct dns_answer *answer, int64_t until)
{
	uint32_t hash = dns_question_hash(type, name);
	struct entry **link = find_link(m, type, name, hash);
	size_t bytes = block_size(name, answer);

	if (*link)
		drop(m, link);
	struct entry *e = calloc(1, bytes);
	if (!e)
		return;
	e->hash = hash;
	e->type = type;
	e->until = until;
	e->bytes = bytes;
	fill(e, name, answer);
	e->next = m->chain[hash % CHAINS];
	m->chain[hash % CHAINS] = e;
	ring_join(&m->used, &e->link);
	m->entries++;
	m->bytes += bytes;
	while (m->entries > MEMO_MAX_ENTRIES || m->bytes > MEMO_MAX_BYTES)
		drop_oldest(m);
}
