/*
 * mbox_model.h - where the messages of an mbox are, once more, slow and
 * obvious: the whole text is there, and every line is asked the same.
 *
 * Beside it the reader of mbox.c, on a file or on a pipe that is written in
 * small chunks, and what both say.
 */
#ifndef MAILAUTH_MBOX_MODEL_H
#define MAILAUTH_MBOX_MODEL_H

#include "mailauth/buf.h"

#include "cli/mbox.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* --- the model ------------------------------------------------------- */

struct model_mbox {
	str text;
	bool look_ahead; /* Content-Length may be asked whether it is right */
	size_t at;       /* of the message at hand */
};

struct model_message {
	size_t start, stop;
};

/* What is farther from its line than a buffer does not count. */
static inline str
model_window(str text, size_t i)
{
	return str_sub(text, i, MBOX_BUFFER);
}

/* "From ", but no field "From : a@b". */
static inline bool
model_from_word(str s)
{
	if (!str_starts(s, STR("From ")))
		return false;
	s = str_skip(s, 4);
	while (s.n > 0 && is_wsp(s.p[0]))
		s = str_skip(s, 1);
	return !str_starts(s, STR(":"));
}

static inline bool
model_from_line(str s)
{
	size_t line = str_find(s, '\n');

	if (!model_from_word(s) || line == s.n)
		return false;
	s = str_skip(s, line + 1);
	size_t name = 0;
	while (name < s.n && s.p[name] > ' ' && s.p[name] < 0x7f &&
		s.p[name] != ':')
		name++;
	return name > 0 && name < s.n && s.p[name] == ':';
}

static inline size_t
model_empty_line(str s)
{
	return str_starts(s, STR("\n"))     ? 1
	       : str_starts(s, STR("\r\n")) ? 2
					    : 0;
}

static inline bool
model_ends_at(const struct model_mbox *m, size_t i, size_t sure)
{
	str s = model_window(m->text, i);
	size_t n = model_empty_line(s);

	if (n == 0)
		return sure > 0 && i == sure && model_from_line(s);
	return i >= sure && model_from_line(str_skip(s, n));
}

static inline size_t
model_next_line(str text, size_t i)
{
	size_t n = str_find(str_skip(text, i), '\n');

	return i + n < text.n ? i + n + 1 : text.n;
}

/* Where the message ends of which this is the first line that may tell. */
static inline size_t
model_stop(const struct model_mbox *m, size_t i, size_t sure)
{
	while (i < m->text.n && !model_ends_at(m, i, sure))
		i = model_next_line(m->text, i);
	return i;
}

static inline bool
model_is_mbox(str text)
{
	str s = model_window(text, 0);

	while (s.n > 0 && (s.p[0] == '\r' || s.p[0] == '\n'))
		s = str_skip(s, 1);
	return model_from_word(s);
}

/* To behind the empty line; SIZE_MAX without one. */
static inline size_t
model_head(str message)
{
	for (size_t i = 0; i < message.n; i = model_next_line(message, i)) {
		size_t n = model_empty_line(str_skip(message, i));
		if (n > 0 && i > 0)
			return i + n;
	}
	return SIZE_MAX;
}

/* Of a header section; 0 without one. */
static inline uint64_t
model_length(str head)
{
	static const str name = STR_INIT("\nContent-Length:");
	size_t i = str_ifind(head, name);
	uint64_t n = 0;

	str rest = str_skip(head, i + name.n);
	str_uint(str_trim_fws(str_sub(rest, 0, str_find(rest, '\n'))),
		INT64_MAX, &n);
	return i < head.n ? n : 0;
}

static inline bool
model_border(str text, size_t body, uint64_t length)
{
	if (length == 0 || length > text.n - body)
		return false;
	str s = str_skip(text, body + (size_t)length);
	if (str_starts(s, STR("\r")))
		s = str_skip(s, 1);
	if (str_starts(s, STR("\n")))
		s = str_skip(s, 1);
	return s.n == 0 || str_starts(s, STR("From "));
}

static inline size_t
model_skip_blanks(str text)
{
	size_t i = 0;

	while (i < text.n && (text.p[i] == '\r' || text.p[i] == '\n'))
		i++;
	return i;
}

static inline struct model_message
model_take(struct model_mbox *m)
{
	struct model_message got = { .start = m->at, .stop = m->text.n };
	size_t i = m->at == 0 ? model_skip_blanks(m->text) : m->at;

	if (model_is_mbox(m->text)) {
		got.stop = model_stop(m, model_next_line(m->text, i), 0);
		str message = str_sub(m->text, got.start, got.stop - got.start);
		size_t head = model_head(str_skip(message, i - m->at));
		size_t body = i + head;
		uint64_t length = 0;
		if (head != SIZE_MAX && m->look_ahead)
			length = model_length(str_sub(m->text, i, head));
		if (length > 0 && model_border(m->text, body, length))
			got.stop = model_stop(m, body, body + (size_t)length);
	}
	m->at = got.stop + model_empty_line(str_skip(m->text, got.stop));
	return got;
}

/* Is that ">", which begins a line, before "From "? */
static inline bool
model_quote(str text, size_t i)
{
	str s = model_window(text, i);

	while (str_starts(s, STR(">")))
		s = str_skip(s, 1);
	return text.p[i] == '>' && str_starts(s, STR("From "));
}

/* --- the reader ------------------------------------------------------ */

/* A text, written in chunks: the next when the last was read. */
struct model_pipe {
	str text;
	size_t chunk;
	int out, in;
	pthread_t thread;
};

static inline void
model_wait_until_read(int fd)
{
	int n;

	while (ioctl(fd, FIONREAD, &n) == 0 && n > 0)
		sched_yield();
}

static inline void *
model_write(void *arg)
{
	struct model_pipe *p = arg;

	while (p->text.n > 0) {
		str chunk = str_sub(p->text, 0, p->chunk);
		ssize_t n = write(p->in, chunk.p, chunk.n);
		assert(n > 0);
		p->text = str_skip(p->text, (size_t)n);
		model_wait_until_read(p->in);
	}
	close(p->in);
	return NULL;
}

static inline int
model_open_pipe(struct model_pipe *p)
{
	int fd[2];

	if (pipe(fd) != 0)
		return -1;
	p->out = fd[0];
	p->in = fd[1];
	if (pthread_create(&p->thread, NULL, model_write, p) == 0)
		return p->out;
	close(p->in);
	close(p->out);
	return -1;
}

/* The text behind `before` octets that were read by somebody else. */
static inline FILE *
model_file(str text, size_t before)
{
	FILE *file = tmpfile();

	for (size_t i = 0; file && i < before; i++)
		putc('\n', file);
	if (file && (fwrite(text.p, 1, text.n, file) != text.n ||
			    fflush(file) != 0 ||
			    lseek(fileno(file), (off_t)before, SEEK_SET) < 0)) {
		fclose(file);
		file = NULL;
	}
	return file;
}

/* --- both ------------------------------------------------------------ */

/* NULL when all is well. */
struct model_check {
	struct model_mbox model;
	struct mbox *mbox;
	str text;      /* of the file, from where the reader began */
	size_t before; /* octets in front of it */
	bool skips;    /* every other message is not read */
};

/* As input.c does: it looks when the header section is complete. */
static inline void
model_expect(struct model_check *c, size_t start, size_t at, str piece)
{
	size_t blanks = start == 0 ? model_skip_blanks(c->text) : 0;
	str message = str_sub(c->text, start + blanks, at - start - blanks);
	size_t head = model_head(message);

	if (head == SIZE_MAX || message.n - head >= piece.n)
		return; /* before, or to come */
	uint64_t length = model_length(str_sub(message, 0, head));
	mbox_expect(c->mbox, message.n - head, length);
}

static inline const char *
model_check_piece(struct model_check *c, struct mbox_piece piece, size_t at,
	bool starts_line)
{
	if (!str_eq(piece.text, str_sub(c->text, at, piece.text.n)))
		return "a piece is something else";
	if (!c->mbox->is_mbox)
		return piece.quote ? "a quote in no mbox" : NULL;
	if (piece.quote != (starts_line && model_quote(c->text, at)))
		return "quoted or not";
	if (piece.quote && piece.text.n != 1)
		return "a quote is one octet";
	for (size_t i = model_next_line(c->text, at); i < at + piece.text.n;
		i = model_next_line(c->text, i))
		if (model_quote(c->text, i))
			return "a quote within a piece";
	return NULL;
}

static inline const char *
model_check_message(struct model_check *c)
{
	struct model_message want = model_take(&c->model);
	size_t at = want.start;
	const char *why = NULL;

	if (c->mbox->start != c->before + want.start)
		return "a message begins elsewhere";
	if (c->skips && c->mbox->message % 2 == 0 &&
		want.stop == model_take(&(struct model_mbox){ .text = c->text,
						.at = want.start })
				     .stop)
		return NULL;
	for (;;) {
		struct mbox_piece piece = mbox_read(c->mbox);
		if (piece.text.p == NULL)
			break;
		if (piece.text.n == 0)
			return "an empty piece";
		bool starts_line = at > want.start && c->text.p[at - 1] == '\n';
		why = model_check_piece(c, piece, at, starts_line);
		if (why != NULL)
			return why;
		at += piece.text.n;
		if (c->mbox->is_mbox && c->model.look_ahead) {
			uint64_t was = c->mbox->at;
			model_expect(c, want.start, at, piece.text);
			at -= (size_t)(was - c->mbox->at);
		}
		/* what is read before the length is known may go too far */
		if (at > want.stop)
			return "a message is too long";
	}
	if (at != want.stop)
		return "a message is too short";
	if (c->mbox->at != c->before + at)
		return "a message stops elsewhere";
	if (mbox_read(c->mbox).text.p != NULL)
		return "there is more behind the end";
	return c->mbox->last == (want.stop == c->text.n) ? NULL
							 : "the last or not";
}

static inline const char *
model_check(struct model_check *c, int fd)
{
	c->model = (struct model_mbox){ .text = c->text };
	mbox_open(c->mbox, fd, NULL);
	c->model.look_ahead = c->mbox->seekable;
	for (uint64_t n = 1; mbox_next(c->mbox); n++) {
		if (c->mbox->is_mbox != model_is_mbox(c->text))
			return "an mbox or not";
		if (c->mbox->message != n)
			return "counted wrongly";
		const char *why = model_check_message(c);
		if (why != NULL)
			return why;
	}
	if (c->mbox->error != 0)
		return "not read";
	return c->model.at == c->text.n ? NULL : "a message is missing";
}

static inline const char *
model_check_file(struct mbox *m, str text, size_t before, bool skips)
{
	struct model_check c = {
		.mbox = m, .text = text, .before = before, .skips = skips
	};
	FILE *file = model_file(text, before);

	assert(file);
	const char *why = model_check(&c, fileno(file));
	fclose(file);
	return why;
}

static inline const char *
model_check_pipe(struct mbox *m, str text, size_t chunk, bool skips)
{
	struct model_check c = { .mbox = m, .text = text, .skips = skips };
	struct model_pipe p = { .text = text, .chunk = chunk };
	int fd = model_open_pipe(&p);

	assert(fd >= 0);
	const char *why = model_check(&c, fd);
	char rest[4096];
	while (read(fd, rest, sizeof(rest)) > 0)
		; /* or the writer would wait */
	pthread_join(p.thread, NULL);
	close(fd);
	return why;
}

#endif
