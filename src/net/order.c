/*
 * order.c - questions on their way between threads, and queues of them.
 */
#include "net/order.h"

#include <stdlib.h>
#include <string.h>

struct order *
order_new(struct mirror *m, struct dns_question *theirs)
{
	struct order *o = calloc(1, sizeof(*o) + theirs->name.n);

	if (o) {
		o->mirror = m;
		o->theirs = theirs;
		o->type = theirs->type;
		o->name_n = theirs->name.n;
		memcpy(o->name, theirs->name.p, theirs->name.n);
	}
	return o;
}

void
order_push(struct order_queue *q, struct order *o)
{
	o->next = NULL;
	if (q->last)
		q->last->next = o;
	else
		q->first = o;
	q->last = o;
}

struct order *
order_pop(struct order_queue *q)
{
	struct order *o = q->first;

	if (o)
		q->first = o->next;
	if (!q->first)
		q->last = NULL;
	return o;
}

void
order_push_all(struct order_queue *to, struct order_queue *from)
{
	if (!from->first)
		return;
	if (to->last)
		to->last->next = from->first;
	else
		to->first = from->first;
	to->last = from->last;
	*from = (struct order_queue){ 0 };
}

struct order_queue
order_take_all(struct order_queue *q)
{
	struct order_queue all = *q;

	*q = (struct order_queue){ 0 };
	return all;
}

void
order_drop(struct order_queue *q, const struct mirror *of)
{
	struct order_queue all = order_take_all(q);

	for (struct order *o; (o = order_pop(&all)) != NULL;)
		if (o->mirror == of)
			free(o);
		else
			order_push(q, o);
}
