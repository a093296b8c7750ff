/*
 * input.c - messages from files and from standard input.
 */
#include "input.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* cannot VERB 'FILE': CAUSE */
static str
sentence(struct arena *a, const char *verb, const char *name, str cause)
{
	return STR_CAT(a, STR("cannot "), str_from(verb), STR(" "),
		say_file(a, name), STR(": "), cause);
}

static int
open_file(struct arena *a, const char *name, str *error)
{
	struct stat st;
	int fd = STDIN_FILENO;

	if (strcmp(name, "-") != 0)
		do
			fd = open(name, O_RDONLY | O_CLOEXEC);
		while (fd < 0 && errno == EINTR);
	if (fd < 0) {
		*error = sentence(a, "open", name, say_errno(errno));
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		*error = sentence(a, "read", name,
			STR("a directory (name the files in it)"));
		if (fd != STDIN_FILENO)
			close(fd);
		return -1;
	}
	return fd;
}

/* Bytes read into p; 0 at the end, or with *error. */
static size_t
read_some(struct arena *a, int fd, const char *name, char *p, size_t size,
	str *error)
{
	ssize_t n;

	do
		n = read(fd, p, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		*error = sentence(a, "read", name, say_errno(errno));
	return n > 0 ? (size_t)n : 0;
}

static str
next_chunk(struct input *in)
{
	if (in->error.p != NULL)
		return (str){ 0 };
	size_t n = read_some(in->arena, in->fd, in->name, in->buffer,
		sizeof(in->buffer), &in->error);
	str chunk = { n > 0 ? in->buffer : NULL, n };
	if (in->spool != NULL)
		spool_add(in->spool, chunk);
	return chunk;
}

/* What to do about a file that is no mail. */
static str
advice(str kind)
{
	static const struct {
		str word, advice;
	} known[] = {
		{ STR_INIT("Outlook"), STR_INIT(" (save it as .eml)") },
		{ STR_INIT("ZIP"), STR_INIT(" (unpack it first)") },
		{ STR_INIT("gzip"), STR_INIT(" (unpack it first)") },
		{ STR_INIT("HTML"), STR_INIT(" (save the source of the mail, "
					     "not the page)") },
		{ STR_INIT("UTF-16"), STR_INIT(" (save the source of the "
					       "message as it is)") },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_ifind(kind, known[i].word) < kind.n)
			return known[i].advice;
	return STR("");
}

static str
why_no_head(struct arena *a, const struct head_reader *head)
{
	str kind;

	switch (head->state) {
	case HEAD_EMPTY: return STR("it is empty");
	case HEAD_TOO_LARGE:
		return STR_CAT(a, STR("header section over "),
			str_number(a, head->limit),
			STR(" bytes (--header-limit raises that)"));
	case HEAD_FIELD_TOO_LARGE:
		return STR_CAT(a, STR("a header field over "),
			str_number(a, HEAD_MAX_FIELD), STR(" bytes"));
	case HEAD_TOO_MANY_FIELDS:
		return STR_CAT(a, STR("more than "),
			str_number(a, HEAD_MAX_FIELDS), STR(" header fields"));
	case HEAD_MORE:
	case HEAD_DONE:
	case HEAD_NOT_MAIL: break;
	}
	kind = head_kind(head);
	if (kind.p == NULL)
		return STR("no header field at its start");
	return STR_CAT(a, kind, advice(kind));
}

static void
refuse(struct input *in, str why)
{
	in->not_mail = true;
	in->error = STR_CAT(in->arena, STR("cannot read "),
		say_file(in->arena, in->name), STR(" as mail: "), why);
}

static void
read_head(struct input *in, size_t limit)
{
	struct head_reader *head = &in->head;

	head_begin(head, in->arena, limit);
	while (head->state == HEAD_MORE) {
		str chunk = next_chunk(in);
		if (chunk.p == NULL)
			break;
		in->rest = str_skip(chunk, head_feed(head, chunk));
	}
	if (in->error.p != NULL)
		return;
	if (head->state == HEAD_MORE)
		head_end(head);
	if (head->state != HEAD_DONE)
		refuse(in, why_no_head(in->arena, head));
	in->mbox = mbox_begin(!head->notes.broken);
}

/* A file can be read once more, a pipe cannot. */
static void
look_at_file(struct input *in)
{
	struct stat st;
	off_t at = lseek(in->fd, 0, SEEK_CUR);

	in->again = at >= 0 && fstat(in->fd, &st) == 0 && S_ISREG(st.st_mode);
	in->start = at;
}

bool
input_begin(struct input *in, struct arena *a, const char *name, size_t limit)
{
	in->arena = a;
	in->name = name;
	in->not_mail = false;
	in->error = in->rest = (str){ 0 };
	in->fd = open_file(a, name, &in->error);
	if (in->fd < 0)
		return false;
	look_at_file(in);
	read_head(in, limit);
	if (in->error.p != NULL)
		input_end(in);
	return in->error.p == NULL;
}

static str
next_piece(struct input *in)
{
	/* first the line that ended the header section by being no field */
	str piece = in->head.rest;

	in->head.rest = (str){ 0 };
	if (piece.n > 0)
		return piece;
	piece = in->rest;
	in->rest = (str){ 0 };
	return piece.n > 0 ? piece : next_chunk(in);
}

str
input_body(struct input *in)
{
	str piece = next_piece(in);

	if (in->head.notes.mbox && piece.p != NULL)
		mbox_feed(&in->mbox, piece);
	if (!in->mbox.followed)
		return piece;
	if (in->error.p == NULL)
		refuse(in, STR("an mbox with several messages (split it "
			       "first)"));
	return (str){ 0 };
}

/* The empty line is no part of the body. */
static str
without_separator(const struct input *in, str body)
{
	if (in->head.notes.broken)
		return body;
	if (str_starts(body, STR("\r\n")))
		return str_skip(body, 2);
	return str_skip(body, str_starts(body, STR("\n")));
}

str
input_body_again(struct input *in, struct arena *a, uint64_t at, size_t max)
{
	struct stat st;
	str none = { 0 };

	if (!in->again || fstat(in->fd, &st) != 0 ||
		st.st_size - in->start < (int64_t)at)
		return none;
	uint64_t n = (uint64_t)(st.st_size - in->start) - at;
	if (n > max)
		return none;
	char *p = arena_alloc(a, (size_t)n + 1);
	size_t have = 0;
	while (have < n) {
		ssize_t got = pread(in->fd, p + have, (size_t)n - have,
			(off_t)in->start + (off_t)at + (off_t)have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return none; /* another program is at it */
		have += (size_t)got;
	}
	return without_separator(in, (str){ p, have });
}

void
input_end(struct input *in)
{
	if (in->fd != STDIN_FILENO)
		close(in->fd);
	in->fd = STDIN_FILENO;
}

str
input_whole(struct arena *a, const char *name, size_t max, str *error)
{
	struct buf b = { .arena = a };
	char chunk[4096];
	size_t n;
	int fd = open_file(a, name, error);

	if (fd < 0)
		return (str){ 0 };
	while ((n = read_some(a, fd, name, chunk, sizeof(chunk), error)) > 0) {
		if (n > max - b.n) {
			*error = sentence(a, "read", name, STR("too large"));
			break;
		}
		buf_add(&b, (str){ chunk, n });
	}
	if (fd != STDIN_FILENO)
		close(fd);
	return error->p ? (str){ 0 } : buf_str(&b);
}
