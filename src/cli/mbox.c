/*
 * mbox.c - a file with one message or, as an mbox, with many.
 */
#include "mbox.h"
#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const str from_word = STR_INIT("From ");

/* Could be, if we had read on. */
enum answer { NO, YES, READ_ON };

/* --- reading --------------------------------------------------------- */

void
mbox_open(struct mbox *m, int fd, const struct stat *st)
{
	off_t at = 0;

	/* the buffer is left as it is */
	memset(m, 0, offsetof(struct mbox, buffer));
	m->fd = fd;
	if (st != NULL)
		m->stat = *st;
	else if (fstat(fd, &m->stat) != 0)
		m->stat.st_mode = 0;
	m->seekable = S_ISREG(m->stat.st_mode);
	/* half of it may be read, unless we have opened it ourselves */
	if ((st == NULL || fd == STDIN_FILENO) && m->seekable)
		at = lseek(fd, 0, SEEK_CUR);
	m->seekable &= at >= 0;
	m->at = at > 0 ? (uint64_t)at : 0;
}

/* A file that was read as far as it goes need not be asked for more. */
static bool
is_at_end(const struct mbox *m)
{
	uint64_t read = m->at + (m->to - m->from);

	/* of some files the kernel makes up it says no size */
	return m->seekable && read > 0 && read == (uint64_t)m->stat.st_size;
}

/* What is no file may have nothing to read for long. */
static ssize_t
read_more(const struct mbox *m, char *p, size_t size)
{
	ssize_t n;

	do
		n = m->seekable || interruptible_wait(m->fd)
			    ? read(m->fd, p, size)
			    : -1;
	while (n < 0 && errno == EINTR && !interrupted());
	return n;
}

/* More bytes behind those that are there; false at the end. */
static bool
fill(struct mbox *m)
{
	m->eof |= is_at_end(m);
	if (m->eof || m->error != 0)
		return false;
	if (m->from > 0)
		memmove(m->buffer, m->buffer + m->from, m->to - m->from);
	m->to -= m->from;
	m->from = 0;
	ssize_t n = read_more(m, m->buffer + m->to, MBOX_BUFFER - m->to);
	if (n < 0)
		m->error = errno;
	m->eof = n == 0;
	m->to += n > 0 ? (size_t)n : 0;
	return n > 0;
}

static str
from_to(const struct mbox *m, size_t from, size_t to)
{
	return (str){ m->buffer + from, to - from };
}

static uint64_t
offset_of(const struct mbox *m, size_t i)
{
	return m->at + (i - m->from);
}

/*
 * What is not decided yet is decided when no more can be read: at the end, or
 * when the line in question fills the buffer.
 */
static enum answer
unless_full(const struct mbox *m)
{
	bool full = m->line == m->from && m->to - m->from == MBOX_BUFFER;

	return m->eof || m->error != 0 || full ? NO : READ_ON;
}

static enum answer
begins_with(const struct mbox *m, size_t i, str word)
{
	str there = str_sub(from_to(m, i, m->to), 0, word.n);

	if (!str_starts(word, there))
		return NO;
	return there.n == word.n ? YES : unless_full(m);
}

/* --- where a message begins ------------------------------------------ */

/* "From " begins a line; but "From : a@b" is a field. (RFC 5322 4.5) */
static enum answer
is_from_word(const struct mbox *m, size_t i)
{
	enum answer answer = begins_with(m, i, from_word);

	if (answer != YES)
		return answer;
	i += from_word.n;
	while (i < m->to && is_wsp(m->buffer[i]))
		i++;
	if (i == m->to)
		return unless_full(m) == READ_ON ? READ_ON : YES;
	return m->buffer[i] == ':' ? NO : YES;
}

/* A field name and its colon, at the start of a line. */
static enum answer
is_field(const struct mbox *m, size_t i)
{
	size_t n = 0;

	while (i + n < m->to && m->buffer[i + n] > ' ' &&
		m->buffer[i + n] < 0x7f && m->buffer[i + n] != ':')
		n++;
	if (i + n == m->to)
		return unless_full(m);
	return n > 0 && m->buffer[i + n] == ':' ? YES : NO;
}

/* In the text of a mail "From " may begin a sentence, but not such a line. */
static enum answer
is_from_line(const struct mbox *m, size_t i)
{
	enum answer answer = is_from_word(m, i);

	if (answer != YES)
		return answer;
	str rest = from_to(m, i, m->to);
	size_t n = str_find(rest, '\n');
	if (n == rest.n)
		return unless_full(m);
	return is_field(m, i + n + 1);
}

/* The octets of an empty line, 0 for another. */
static size_t
empty_line(const struct mbox *m, size_t i)
{
	if (m->buffer[i] == '\n')
		return 1;
	return i + 1 < m->to && m->buffer[i] == '\r' && m->buffer[i + 1] == '\n'
		       ? 2
		       : 0;
}

/* Does the message end before the line at i? */
static enum answer
ends_at(const struct mbox *m, size_t i)
{
	size_t n = empty_line(m, i);

	if (n > 0)
		return offset_of(m, i) < m->sure ? NO : is_from_line(m, i + n);
	if (m->buffer[i] == '\r' && i + 1 == m->to)
		return unless_full(m);
	if (m->sure > 0 && offset_of(m, i) == m->sure)
		return is_from_line(m, i);
	return NO;
}

/* ">From ", ">>From " and so on. */
static enum answer
is_quoted(const struct mbox *m, size_t i)
{
	size_t start = i;

	while (i < m->to && m->buffer[i] == '>')
		i++;
	return i > start ? begins_with(m, i, from_word) : NO;
}

/* --- pieces ---------------------------------------------------------- */

static struct mbox_piece
hand_out(struct mbox *m, size_t n)
{
	str text = from_to(m, m->from, m->from + n);

	m->from += n;
	m->at += n;
	return (struct mbox_piece){ .text = text };
}

/* To the end of the line at i, or of what there is of it. */
static size_t
skip_line(struct mbox *m, size_t i)
{
	const char *end = memchr(m->buffer + i, '\n', m->to - i);

	m->in_line = end == NULL;
	return end != NULL ? (size_t)(end - m->buffer) + 1 : m->to;
}

/* What can be said of the line at i. */
struct line {
	enum answer ends, quoted;
};

static struct line
look_at_line(struct mbox *m, size_t i)
{
	struct line line = { NO, NO };

	m->line = i;
	if (m->buffer[i] == '>')
		line.quoted = is_quoted(m, i);
	else if (m->buffer[i] <= '\r' || m->buffer[i] == 'F')
		line.ends = ends_at(m, i);
	return line;
}

/* The next empty line, and the From line below it, begin another message. */
static void
end_message(struct mbox *m)
{
	m->over = true;
	m->in_line = false;
}

/*
 * The longest piece that needs no decision; what does comes first in the next
 * call.  Absent when more must be read.
 */
static struct mbox_piece
next_piece(struct mbox *m)
{
	size_t i = m->from + m->blanks;

	m->blanks = 0;
	while (i < m->to) {
		struct line line = { NO, NO };

		if (!m->in_line)
			line = look_at_line(m, i);
		if (line.ends == READ_ON || line.quoted == READ_ON)
			break;
		if (line.ends == YES || line.quoted == YES) {
			if (i > m->from)
				break;
			m->in_line = line.quoted == YES;
			if (line.ends == YES) {
				end_message(m);
				return (struct mbox_piece){ 0 };
			}
			struct mbox_piece quote = hand_out(m, 1);
			quote.quote = true;
			return quote;
		}
		i = skip_line(m, i);
	}
	return i > m->from ? hand_out(m, i - m->from)
			   : (struct mbox_piece){ 0 };
}

struct mbox_piece
mbox_read(struct mbox *m)
{
	struct mbox_piece piece = { 0 };

	while (!m->over && piece.text.p == NULL) {
		if (m->is_mbox)
			piece = next_piece(m);
		else if (m->from < m->to)
			piece = hand_out(m, m->to - m->from);
		if (piece.text.p != NULL || m->over || fill(m))
			continue;
		/* what was not decided is now, and there may be more of it */
		if (m->error != 0 || m->from == m->to)
			m->over = m->last = true;
	}
	return piece;
}

/* --- files ----------------------------------------------------------- */

bool
mbox_is_file(const char *name)
{
	char start[512];
	struct stat st;
	ssize_t n = -1;

	/* what is read from a pipe is lost */
	if (strcmp(name, "-") == 0 || stat(name, &st) != 0 ||
		!S_ISREG(st.st_mode))
		return false;
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0) {
		n = read(fd, start, sizeof(start));
		close(fd);
	}
	str s = { start, n > 0 ? (size_t)n : 0 };
	while (s.n > 0 && is_one_of(s.p[0], "\r\n"))
		s = str_skip(s, 1);
	return str_starts(s, from_word);
}

/* --- messages -------------------------------------------------------- */

/* Empty lines may stand before the first. */
static bool
starts_as_mbox(struct mbox *m)
{
	size_t i = m->from;
	enum answer answer = READ_ON;

	m->line = i;
	while (answer == READ_ON) {
		while (i < m->to &&
			(m->buffer[i] == '\r' || m->buffer[i] == '\n'))
			i++;
		answer = i < m->to ? is_from_word(m, i) : unless_full(m);
		if (answer == READ_ON)
			fill(m);
	}
	m->blanks = i - m->from;
	return answer == YES;
}

bool
mbox_next(struct mbox *m)
{
	if (m->message == 0) {
		m->is_mbox = starts_as_mbox(m);
	} else {
		while (mbox_read(m).text.p != NULL)
			; /* what nobody wanted to read */
		if (m->last)
			return false;
		size_t n = empty_line(m, m->from);
		hand_out(m, n);
	}
	m->message++;
	m->start = m->at;
	m->sure = 0;
	m->over = false;
	/* its own From line is no beginning of another */
	m->in_line = true;
	return true;
}

/* Does a message, or the file, end at that offset? */
static bool
is_border(const struct mbox *m, uint64_t at)
{
	char there[8]; /* CR LF "From " */
	ssize_t n;
	str s;

	if (at > INT64_MAX)
		return false;
	do
		n = pread(m->fd, there, sizeof(there), (off_t)at);
	while (n < 0 && errno == EINTR && !interrupted());
	if (n < 0 || (uint64_t)m->stat.st_size < at)
		return false;
	s = (str){ there, (size_t)n };
	if (str_starts(s, STR("\r")))
		s = str_skip(s, 1);
	if (str_starts(s, STR("\n")))
		s = str_skip(s, 1);
	return s.n == 0 || str_starts(s, from_word);
}

bool
mbox_expect(struct mbox *m, size_t unused, uint64_t length)
{
	uint64_t body = m->at - unused;

	if (!m->is_mbox || !m->seekable || length == 0 ||
		length > INT64_MAX - body || !is_border(m, body + length))
		return false;
	m->from -= unused;
	m->at = body;
	m->sure = body + length;
	m->in_line = m->over = m->last = false;
	return true;
}
