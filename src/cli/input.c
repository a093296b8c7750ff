/*
 * input.c - messages from files and from standard input.
 */
#include "input.h"
#include "interrupt.h"
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

int
input_open(struct arena *a, const char *name, struct stat *st, str *error)
{
	int fd = STDIN_FILENO;

	if (strcmp(name, "-") != 0)
		fd = interruptible_open(name, st);
	else if (fstat(fd, st) != 0)
		fd = -1;
	if (fd < 0)
		*error = sentence(a, "open", name, say_errno(errno));
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
	while (n < 0 && errno == EINTR && !interrupted());
	if (n < 0)
		*error = sentence(a, "read", name, say_errno(errno));
	return n > 0 ? (size_t)n : 0;
}

/* --- pieces ---------------------------------------------------------- */

static str
why_not_read(const struct input *in)
{
	return STR_CAT(in->arena, STR("cannot read "),
		say_file(in->arena, in->origin.name), STR(": "),
		say_errno(in->box->error));
}

static struct mbox_piece
read_box(struct input *in)
{
	struct mbox_piece piece = mbox_read(in->box);

	if (in->box->error != 0 && in->error.p == NULL)
		in->error = why_not_read(in);
	in->origin.stop = in->box->at;
	in->origin.last = !in->box->is_mbox || in->box->last;
	if (in->spool != NULL && piece.text.p != NULL)
		spool_add(in->spool, piece.text);
	return piece;
}

/* The next of what was read at once: up to a ">", or that. */
static struct mbox_piece
read_stash(struct input *in)
{
	str left = str_skip(buf_str(&in->stash), in->stash_at);
	size_t quote = SIZE_MAX;

	if (left.n == 0)
		return (struct mbox_piece){ 0 };
	if (in->quote_at < in->quotes.n)
		memcpy(&quote, in->quotes.p + in->quote_at, sizeof(quote));
	struct mbox_piece piece = { .quote = quote == in->stash_at };
	piece.text = str_sub(left, 0, piece.quote ? 1 : quote - in->stash_at);
	if (piece.quote)
		in->quote_at += sizeof(quote);
	in->stash_at += piece.text.n;
	return piece;
}

static struct mbox_piece
next_piece(struct input *in)
{
	struct mbox_piece piece = { 0 };

	if (in->error.p != NULL)
		return piece;
	piece = read_stash(in);
	return piece.text.p != NULL || in->stashed ? piece : read_box(in);
}

bool
input_stash(struct input *in, size_t max)
{
	buf_add(&in->stash, in->rest);
	in->rest = (str){ 0 };
	while (!in->stashed && in->error.p == NULL && in->stash.n < max) {
		struct mbox_piece piece = read_box(in);
		str at = { (const char *)&in->stash.n, sizeof(size_t) };

		in->stashed = piece.text.p == NULL;
		if (piece.quote)
			buf_add(&in->quotes, at);
		buf_add(&in->stash, piece.text);
	}
	return in->stashed;
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
		{ STR_INIT("bzip2"), STR_INIT(" (unpack it first)") },
		{ STR_INIT("xz"), STR_INIT(" (unpack it first)") },
		{ STR_INIT("zstd"), STR_INIT(" (unpack it first)") },
		{ STR_INIT("tar"), STR_INIT(" (unpack it first)") },
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
			str_count(a, head->limit),
			STR(" bytes (--header-limit raises that)"));
	case HEAD_FIELD_TOO_LARGE:
		return STR_CAT(a, STR("a header field over "),
			str_count(a, HEAD_MAX_FIELD), STR(" bytes"));
	case HEAD_TOO_MANY_FIELDS:
		return STR_CAT(a, STR("more than "),
			str_count(a, HEAD_MAX_FIELDS), STR(" header fields"));
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
	struct arena *a = in->arena;

	while (in->box->is_mbox && read_box(in).text.p != NULL)
		; /* to know its number, and that it needs one */
	in->not_mail = true;
	in->error = STR_CAT(a, STR("cannot read "),
		say_file(a, arena_zstr(a, input_name(a, &in->origin))),
		STR(" as mail: "), why);
}

/*
 * What the field says, when there is one.  It tells where the next message
 * begins, and only of an mbox does anybody ask.
 */
static bool
content_length(const struct head_reader *head, uint64_t *length)
{
	static const str name = STR_INIT("Content-Length:");
	str rest = buf_str(&head->text), line;
	unsigned found = 0;

	while (str_split(&rest, '\n', &line)) {
		if (!str_istarts(line, name))
			continue;
		found += str_uint(str_trim_fws(str_skip(line, name.n)),
			INT64_MAX, length);
	}
	return found == 1;
}

static void
expect_length(struct input *in)
{
	uint64_t length;

	if (!in->box->is_mbox || in->head.notes.broken ||
		!content_length(&in->head, &length))
		return;
	if (mbox_expect(in->box, in->rest.n, length))
		in->rest = (str){ 0 };
}

bool
input_head(struct input *in, size_t limit)
{
	struct head_reader *head = &in->head;

	head_begin(head, in->arena, limit);
	while (head->state == HEAD_MORE) {
		str chunk = next_piece(in).text;
		if (chunk.p == NULL)
			break;
		in->rest = str_skip(chunk, head_feed(head, chunk));
	}
	if (in->error.p != NULL)
		return false;
	if (head->state == HEAD_MORE)
		head_end(head);
	if (head->state != HEAD_DONE)
		refuse(in, why_no_head(in->arena, head));
	else
		expect_length(in);
	return in->error.p == NULL;
}

/* A file can be read once more, a pipe cannot. */
static void
look_at_file(struct input *in)
{
	struct origin *from = &in->origin;
	const struct stat *st = &in->box->stat;

	from->again = in->box->seekable;
	from->device = st->st_dev;
	from->inode = st->st_ino;
	from->changed = st->st_mtim;
}

void
input_begin(
	struct input *in, struct arena *a, struct mbox *box, const char *name)
{
	struct arena *reading = in->reading;

	*in = (struct input){
		.arena = a,
		.box = box,
		.origin = { .name = name,
			.number = box->message,
			.last = !box->is_mbox,
			.start = box->start },
		.reading = reading,
		.stash = { .arena = reading },
		.quotes = { .arena = reading },
	};
	look_at_file(in);
}

struct mbox_piece
input_body(struct input *in)
{
	/* first the line that ended the header section by being no field */
	struct mbox_piece piece = { .text = in->head.rest };

	in->head.rest = (str){ 0 };
	if (piece.text.n > 0)
		return piece;
	piece.text = in->rest;
	in->rest = (str){ 0 };
	return piece.text.n > 0 ? piece : next_piece(in);
}

str
input_name(struct arena *a, const struct origin *from)
{
	str name = str_from(from->name);

	if (from->number <= 1 && from->last)
		return name;
	return STR_CAT(a, name, STR(":"), str_number(a, from->number));
}

/* --- once more ------------------------------------------------------- */

/* The empty line is no part of the body. */
static str
without_separator(const struct head_notes *notes, str body)
{
	if (notes->broken)
		return body;
	if (str_starts(body, STR("\r\n")))
		return str_skip(body, 2);
	return str_skip(body, str_starts(body, STR("\n")));
}

/* The file of that name, if it still is the one that was read. */
static int
open_again(const struct origin *from)
{
	struct stat st;
	int fd = STDIN_FILENO;

	if (strcmp(from->name, "-") != 0)
		fd = open(from->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == from->device &&
		st.st_ino == from->inode &&
		st.st_mtim.tv_sec == from->changed.tv_sec &&
		st.st_mtim.tv_nsec == from->changed.tv_nsec)
		return fd;
	if (fd > STDIN_FILENO)
		close(fd);
	return -1;
}

/* n bytes, all of them. */
static bool
read_at(int fd, char *p, size_t n, uint64_t at)
{
	while (n > 0) {
		ssize_t got = pread(fd, p, n, (off_t)at);
		if (got < 0 && errno == EINTR && !interrupted())
			continue;
		if (got <= 0)
			return false; /* another program is at it */
		p += got;
		n -= (size_t)got;
		at += (size_t)got;
	}
	return true;
}

str
input_body_again(const struct origin *from, const struct head_notes *notes,
	struct arena *a, uint64_t at, size_t max)
{
	str none = { 0 };

	at += from->start;
	if (!from->again || at > from->stop || from->stop - at > max)
		return none;
	size_t n = (size_t)(from->stop - at);
	int fd = open_again(from);
	if (fd < 0)
		return none;
	char *p = arena_alloc(a, n + 1);
	bool well = read_at(fd, p, n, at);
	if (fd != STDIN_FILENO)
		close(fd);
	return well ? without_separator(notes, (str){ p, n }) : none;
}

str
input_whole(struct arena *a, const char *name, size_t max, str *error)
{
	struct buf b = { .arena = a };
	char chunk[4096];
	size_t n;
	struct stat st;
	int fd = input_open(a, name, &st, error);

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
