/*
 * mbox.c - does a second message follow?
 */
#include "mbox.h"

struct mbox_watch
mbox_begin(bool after_empty_line)
{
	return (struct mbox_watch){ .state = MBOX_START,
		.empty = after_empty_line };
}

static void
start_line(struct mbox_watch *w, bool after_empty_line)
{
	w->state = MBOX_START;
	w->empty = after_empty_line;
}

static void
at_start(struct mbox_watch *w, char c)
{
	if (c == '\n') {
		w->empty = true;
	} else if (c != '\r') {
		w->state = c == 'F' && w->empty ? MBOX_FROM : MBOX_LINE;
		w->n = 1;
	}
}

static void
in_from(struct mbox_watch *w, char c)
{
	static const str from = STR_INIT("From ");

	if (c == '\n')
		start_line(w, false);
	else if (c != from.p[w->n])
		w->state = MBOX_LINE;
	else if (++w->n == from.n)
		w->state = MBOX_AFTER;
}

/* In the text of a mail "From " may begin a sentence, but not such a line. */
static void
in_name(struct mbox_watch *w, char c)
{
	if (c == '\n')
		start_line(w, w->n == 0);
	else if (c == ':' && w->n > 0)
		w->followed = true;
	else if (c > ' ' && c < 0x7f)
		w->n++;
	else if (c != '\r')
		w->state = MBOX_LINE;
}

static void
next_byte(struct mbox_watch *w, char c)
{
	switch (w->state) {
	case MBOX_START: at_start(w, c); break;
	case MBOX_FROM: in_from(w, c); break;
	case MBOX_NAME: in_name(w, c); break;
	case MBOX_LINE:
		if (c == '\n')
			start_line(w, false);
		break;
	case MBOX_AFTER:
		if (c == '\n') {
			w->state = MBOX_NAME;
			w->n = 0;
		}
		break;
	}
}

void
mbox_feed(struct mbox_watch *w, str chunk)
{
	while (chunk.n > 0 && !w->followed) {
		if (w->state == MBOX_LINE) /* most of a body */
			chunk = str_skip(chunk, str_find(chunk, '\n'));
		if (chunk.n > 0)
			next_byte(w, chunk.p[0]);
		chunk = str_skip(chunk, 1);
	}
}
