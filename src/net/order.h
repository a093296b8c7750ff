/*
 * order.h - questions on their way between threads, and queues of them.
 *
 * An order is in one queue at a time, and belongs to whose queue it is.
 */
#ifndef MAILAUTH_ORDER_H
#define MAILAUTH_ORDER_H

#include "mailauth/dns.h"

struct mirror;

struct order {
	struct order *next;
	struct mirror *mirror;
	struct dns_question *theirs; /* the worker's: for its eyes only */
	struct dns_question *ours;   /* the mirror's, once it was asked */
	enum dns_type type;
	size_t name_n;
	char name[];
};

struct order_queue {
	struct order *first, *last;
};

/* Copies the name.  NULL when out of memory; free() is enough. */
struct order *order_new(struct mirror *, struct dns_question *theirs);

void order_push(struct order_queue *, struct order *);
struct order *order_pop(struct order_queue *); /* NULL when empty */
/* Empties `from`. */
void order_push_all(struct order_queue *to, struct order_queue *from);
struct order_queue order_take_all(struct order_queue *);
/* Frees those of a mirror. */
void order_drop(struct order_queue *, const struct mirror *);

#endif
