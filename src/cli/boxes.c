/*
 * boxes.c - the files that are being read.
 */
#include "boxes.h"
#include "interrupt.h"
#include "moment.h"
#include "say.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct boxes {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct box *list;  /* in the order of their places */
	struct box *spare; /* closed ones */
	size_t opening;    /* names taken, of files not yet open */
};

struct boxes *
boxes_new(void)
{
	struct boxes *b = calloc(1, sizeof(*b));

	if (b == NULL || pthread_mutex_init(&b->lock, NULL) != 0 ||
		pthread_cond_init(&b->changed, NULL) != 0)
		say_out_of_memory(NULL);
	return b;
}

static void
free_list(struct box *box)
{
	while (box != NULL) {
		struct box *next = box->next;
		if (box->mbox.fd > STDIN_FILENO)
			close(box->mbox.fd);
		free((char *)box->name);
		free(box);
		box = next;
	}
}

void
boxes_free(struct boxes *b)
{
	free_list(b->list);
	free_list(b->spare);
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

/* --- opening --------------------------------------------------------- */

enum feed_state
boxes_feed(struct boxes *b, struct feed *f, struct arena *a, struct item *item,
	bool may_wait)
{
	pthread_mutex_lock(&b->lock);
	b->opening++;
	pthread_mutex_unlock(&b->lock);
	enum feed_state state = feed_take(f, a, item, may_wait);
	if (state != FEED_ITEM)
		boxes_call_off(b);
	return state;
}

void
boxes_call_off(struct boxes *b)
{
	pthread_mutex_lock(&b->lock);
	b->opening--;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

static struct box *
make_box(void)
{
	struct box *box = malloc(sizeof(*box));

	if (box == NULL)
		say_out_of_memory(NULL);
	box->name = NULL;
	return box;
}

static void
set_name(struct box *box, const char *name)
{
	free((char *)box->name);
	box->name = strdup(name);
	if (box->name == NULL)
		say_out_of_memory(NULL);
}

static void
insert(struct boxes *b, struct box *box)
{
	struct box **at = &b->list;

	while (*at != NULL && (*at)->place < box->place)
		at = &(*at)->next;
	box->next = *at;
	*at = box;
}

struct box *
boxes_open(struct boxes *b, int fd, const struct stat *st, size_t place,
	const char *name)
{
	pthread_mutex_lock(&b->lock);
	struct box *box = b->spare;
	if (box != NULL)
		b->spare = box->next;
	pthread_mutex_unlock(&b->lock);

	if (box == NULL)
		box = make_box();
	set_name(box, name);
	box->place = place;
	box->busy = true;
	box->next = NULL;
	mbox_open(&box->mbox, fd, st);
	mbox_next(&box->mbox);
	if (box->mbox.is_mbox)
		interrupt_catch(); /* there may be many */

	pthread_mutex_lock(&b->lock);
	if (box->mbox.is_mbox)
		insert(b, box);
	b->opening--;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
	return box;
}

/* --- taking ---------------------------------------------------------- */

struct box *
boxes_take(struct boxes *b)
{
	pthread_mutex_lock(&b->lock);
	struct box *box = b->list;
	while (box != NULL && box->busy)
		box = box->next;
	if (box != NULL)
		box->busy = true;
	pthread_mutex_unlock(&b->lock);
	/* it was given back, so it has another */
	if (box != NULL)
		mbox_next(&box->mbox);
	return box;
}

static void
close_box(struct boxes *b, struct box *box)
{
	struct box **at = &b->list;

	while (*at != NULL && *at != box)
		at = &(*at)->next;
	if (*at != NULL)
		*at = box->next;
	if (box->mbox.fd > STDIN_FILENO)
		close(box->mbox.fd);
	box->mbox.fd = -1;
	box->next = b->spare;
	b->spare = box;
}

void
boxes_give_back(struct boxes *b, struct box *box)
{
	/* a message that was refused may not have been read to its end */
	while (box->mbox.is_mbox && mbox_read(&box->mbox).text.p != NULL)
		;
	pthread_mutex_lock(&b->lock);
	box->busy = false;
	if (!box->mbox.is_mbox || box->mbox.last)
		close_box(b, box);
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

bool
boxes_are_done(struct boxes *b)
{
	pthread_mutex_lock(&b->lock);
	bool done = b->list == NULL && b->opening == 0;
	pthread_mutex_unlock(&b->lock);
	return done;
}

void
boxes_wait(struct boxes *b)
{
	struct timespec until = a_moment_from_now();

	pthread_mutex_lock(&b->lock);
	struct box *box = b->list;
	while (box != NULL && box->busy)
		box = box->next;
	if (box == NULL)
		pthread_cond_timedwait(&b->changed, &b->lock, &until);
	pthread_mutex_unlock(&b->lock);
}
