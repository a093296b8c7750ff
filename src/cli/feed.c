/*
 * feed.c - what is to be checked, in the order of the command line.
 */
#include "feed.h"
#include "folder.h"
#include "interrupt.h"
#include "mbox.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_NAME = 64 << 10, TOP_MEMORY = 1 << 20 };

/* Names ended by NUL, from a file or a pipe. */
struct list {
	const char *name; /* as given; NULL: there is none, or no more */
	int fd;
	bool found; /* a name */
	size_t from, to;
	char buffer[LONGEST_NAME];
};

struct feed {
	pthread_mutex_t lock;
	const struct options *options;
	size_t place, argument;
	struct folder *folder; /* where we are */
	struct arena arena;    /* of top */
	str top;               /* the argument that led there */
	bool found;            /* a file below it */
	struct list list;
};

static bool
is_folder(const char *name)
{
	struct stat st;

	return strcmp(name, "-") != 0 && stat(name, &st) == 0 &&
	       S_ISDIR(st.st_mode);
}

struct feed *
feed_new(const struct options *o)
{
	struct feed *f = calloc(1, sizeof(*f));

	if (f == NULL || pthread_mutex_init(&f->lock, NULL) != 0)
		say_out_of_memory(NULL);
	f->options = o;
	arena_init(&f->arena, TOP_MEMORY, say_out_of_memory, NULL);
	f->list.name = o->names_from;
	f->list.fd = -1;
	return f;
}

static void
close_list(struct list *l)
{
	if (l->fd > STDIN_FILENO)
		close(l->fd);
	l->fd = -1;
	l->name = NULL;
}

void
feed_free(struct feed *f)
{
	folder_free(f->folder);
	close_list(&f->list);
	arena_free(&f->arena);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

bool
feed_is_many(const struct feed *f)
{
	const struct options *o = f->options;

	return o->files > 1 || o->names_from != NULL ||
	       (o->files == 1 && is_folder(o->file[0]));
}

/* --- lists ----------------------------------------------------------- */

static bool
open_list(struct list *l)
{
	struct stat st;

	if (strcmp(l->name, "-") == 0) {
		l->fd = STDIN_FILENO;
		return true;
	}
	l->fd = interruptible_open(l->name, &st);
	return l->fd >= 0;
}

static bool
is_ready(const struct list *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

/* More of the list; -1 with errno, 0 at its end. */
static ssize_t
read_list(struct list *l)
{
	ssize_t n;

	memmove(l->buffer, l->buffer + l->from, l->to - l->from);
	l->to -= l->from;
	l->from = 0;
	if (l->to == sizeof(l->buffer)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	do
		n = interruptible_wait(l->fd)
			    ? read(l->fd, l->buffer + l->to,
				      sizeof(l->buffer) - l->to)
			    : -1;
	while (n < 0 && errno == EINTR && !interrupted());
	l->to += n > 0 ? (size_t)n : 0;
	return n;
}

/* The name that is complete in the buffer; the last may lack its NUL. */
static bool
cut_name(struct list *l, bool ended, str *name)
{
	str rest = { l->buffer + l->from, l->to - l->from };
	size_t n = str_find(rest, '\0');

	if (n == rest.n && (!ended || n == 0))
		return false;
	*name = str_sub(rest, 0, n);
	l->from += n < rest.n ? n + 1 : n;
	return true;
}

/* Names that are ended by line ends look like one long name. */
static bool
are_lines(str name)
{
	return str_find(name, '\n') < name.n;
}

static str
not_ended(struct arena *a, const struct list *l)
{
	return STR_CAT(a, STR("cannot read the names in "),
		say_file(a, l->name),
		STR(": names must end in NUL (try find -print0)"));
}

static str
list_error(struct arena *a, const struct list *l)
{
	str all = { l->buffer, l->to };
	str cause = say_errno(errno);

	if (errno == ENAMETOOLONG && are_lines(all))
		return not_ended(a, l);
	return STR_CAT(a, STR("cannot read the names in "),
		say_file(a, l->name), STR(": "), cause);
}

static enum feed_state
refuse_list(struct list *l, struct item *item, str error)
{
	*item = (struct item){ .name = str_from(l->name), .error = error };
	close_list(l);
	return FEED_ITEM;
}

/* What should have made the list may have failed: no name is no pass. */
static enum feed_state
end_of_list(struct list *l, struct arena *a, struct item *item)
{
	*item = (struct item){ .name = str_from(l->name) };
	item->error = STR_CAT(a, STR("no names in "), say_file(a, l->name));
	close_list(l);
	return l->found ? FEED_END : FEED_ITEM;
}

static enum feed_state
next_of_list(struct list *l, struct arena *a, struct item *item, bool may_wait)
{
	str name;
	ssize_t n = 1;

	if (l->fd < 0 && !open_list(l))
		n = -1;
	while (n > 0 && !cut_name(l, false, &name)) {
		if (!may_wait && !is_ready(l))
			return FEED_WAIT;
		n = read_list(l);
	}
	if (interrupted())
		return FEED_END;
	if (n < 0)
		return refuse_list(l, item, list_error(a, l));
	if (n == 0 && !cut_name(l, true, &name))
		return end_of_list(l, a, item);
	if (n == 0 && are_lines(name) && access(arena_zstr(a, name), F_OK) != 0)
		return refuse_list(l, item, not_ended(a, l));
	l->found = true;
	/* standard input is no name to find in a list */
	if (str_eq(name, STR("-")))
		name = STR("./-");
	*item = (struct item){ .name = arena_dup(a, name) };
	if (name.n == 0)
		item->error = STR_CAT(
			a, STR("an empty name in "), say_file(a, l->name));
	return FEED_ITEM;
}

/* --- messages of an mbox --------------------------------------------- */

/* As the output names them. */
static void
find_number(struct arena *a, struct item *item)
{
	size_t colon = str_rfind(item->name, ':');
	str box = str_sub(item->name, 0, colon);
	struct stat st;
	uint64_t n;

	if (item->error.p != NULL || colon == item->name.n ||
		!str_uint(str_skip(item->name, colon + 1), INT64_MAX, &n) ||
		n == 0 || lstat(arena_zstr(a, item->name), &st) == 0 ||
		!mbox_is_file(arena_zstr(a, box)))
		return;
	item->name = box;
	item->only = n;
}

/* --- arguments ------------------------------------------------------- */

/* A list may name any number of directories: only the last is kept. */
static void
set_top(struct feed *f, str name)
{
	static const struct arena_mark start;

	arena_rewind(&f->arena, start);
	f->top = arena_dup(&f->arena, name);
}

/* A directory is not given out, but what is in it. */
static bool
is_entered(struct feed *f, struct arena *a, struct item *item)
{
	char *name = arena_zstr(a, item->name);

	if (item->error.p != NULL || !is_folder(name))
		return false;
	f->found = false;
	set_top(f, item->name);
	f->folder = folder_enter(NULL, item->name, &item->error, a);
	return f->folder != NULL;
}

static bool
next_of_folder(struct feed *f, struct arena *a, struct item *item)
{
	*item = (struct item){ 0 };
	item->name = folder_next(&f->folder, a, &item->error);
	if (item->name.p != NULL) {
		f->found = true;
		return true;
	}
	if (f->found)
		return false;
	item->name = arena_dup(a, f->top);
	item->error = STR_CAT(
		a, STR("no messages in "), say_file(a, arena_zstr(a, f->top)));
	return true;
}

static enum feed_state
next_argument(struct feed *f, struct arena *a, struct item *item, bool may_wait)
{
	const struct options *o = f->options;

	if (f->argument < o->files) {
		*item = (struct item){
			.name = str_from(o->file[f->argument++]),
		};
		return FEED_ITEM;
	}
	if (f->list.name != NULL)
		return next_of_list(&f->list, a, item, may_wait);
	if (f->argument == 0 && o->names_from == NULL) {
		f->argument++;
		*item = (struct item){ .name = STR("-") };
		return FEED_ITEM;
	}
	return FEED_END;
}

static enum feed_state
take(struct feed *f, struct arena *a, struct item *item, bool may_wait)
{
	for (;;) {
		enum feed_state state;

		if (f->folder != NULL) {
			if (next_of_folder(f, a, item))
				return FEED_ITEM;
			continue;
		}
		state = next_argument(f, a, item, may_wait);
		if (state == FEED_ITEM && is_entered(f, a, item))
			continue;
		if (state == FEED_ITEM)
			find_number(a, item);
		return state;
	}
}

enum feed_state
feed_take(struct feed *f, struct arena *a, struct item *item, bool may_wait)
{
	pthread_mutex_lock(&f->lock);
	enum feed_state state = take(f, a, item, may_wait);
	if (state == FEED_ITEM)
		item->place = f->place++;
	pthread_mutex_unlock(&f->lock);
	return state;
}
