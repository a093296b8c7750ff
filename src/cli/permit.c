/*
 * permit.c - what only one job of a run may have at a time.
 */
#include "permit.h"
#include "moment.h"
#include "say.h"

#include <pthread.h>
#include <stdlib.h>

struct permit {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	const void *holder; /* NULL: nobody */
};

struct permit *
permit_new(void)
{
	struct permit *p = calloc(1, sizeof(*p));

	if (p == NULL || pthread_mutex_init(&p->lock, NULL) != 0 ||
		pthread_cond_init(&p->freed, NULL) != 0)
		say_out_of_memory(NULL);
	return p;
}

void
permit_free(struct permit *p)
{
	pthread_cond_destroy(&p->freed);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

bool
permit_take(struct permit *p, const void *who)
{
	pthread_mutex_lock(&p->lock);
	if (p->holder == NULL)
		p->holder = who;
	bool has = p->holder == who;
	pthread_mutex_unlock(&p->lock);
	return has;
}

void
permit_give_back(struct permit *p, const void *who)
{
	pthread_mutex_lock(&p->lock);
	if (p->holder == who) {
		p->holder = NULL;
		pthread_cond_signal(&p->freed);
	}
	pthread_mutex_unlock(&p->lock);
}

void
permit_wait(struct permit *p)
{
	struct timespec until = a_moment_from_now();

	pthread_mutex_lock(&p->lock);
	if (p->holder != NULL)
		pthread_cond_timedwait(&p->freed, &p->lock, &until);
	pthread_mutex_unlock(&p->lock);
}
