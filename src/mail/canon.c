/*
 * canon.c - the canonicalizations of RFC 6376 3.4.
 *
 * Nearly all of a body is left as it is.  So a scanner looks eight bytes at a
 * time for the next place where something must change, and all before it goes
 * out in place; only what stands at such a place is handled byte by byte.
 * Short pieces are gathered in a stage, since a digest is slow on crumbs.
 */
#include "mailauth/canon.h"

#include <string.h>

/* --- fields ---------------------------------------------------------- */

/*
 * Relaxes a value where it stands: unfolds, makes one SP of each run of
 * blanks, and none at the ends. (3.4.2)  Returns what is left.
 */
static size_t
relax_in_place(char *p, size_t n)
{
	size_t kept = 0;
	bool blank = false;

	for (size_t i = 0; i < n;) {
		if (is_wsp(p[i])) {
			blank = kept > 0;
			i++;
		} else if (p[i] == '\r' && i + 1 < n && p[i + 1] == '\n') {
			i += 2;
		} else {
			if (blank)
				p[kept++] = ' ';
			blank = false;
			do
				p[kept++] = p[i++];
			while (i < n && (unsigned char)p[i] > ' ');
		}
	}
	return kept;
}

/* The relaxed field of that value, given in two pieces, without CRLF. */
static void
add_relaxed(struct buf *out, str name, str value, str more)
{
	size_t start = out->n;

	buf_add(out, name);
	for (char *p = out->p + start, *end = p + name.n; p < end; p++)
		*p = to_lower(*p);
	buf_char(out, ':');

	start = out->n;
	buf_add(out, value);
	buf_add(out, more);
	out->n = start + relax_in_place(out->p + start, out->n - start);
}

void
canon_field(struct buf *out, enum canon kind, const struct field *f)
{
	if (kind == CANON_SIMPLE) {
		buf_add(out, f->raw);
		return;
	}
	add_relaxed(out, f->name, f->value, STR(""));
	buf_add(out, STR("\r\n"));
}

void
canon_signature_field(
	struct buf *out, enum canon kind, const struct field *f, str cut)
{
	const char *end = f->value.p + f->value.n;

	if (!cut.p)
		cut = (str){ end, 0 };
	const char *from = kind == CANON_SIMPLE ? f->raw.p : f->value.p;
	str before = { from, (size_t)(cut.p - from) };
	str after = { cut.p + cut.n, (size_t)(end - cut.p) - cut.n };

	if (kind == CANON_SIMPLE) {
		buf_add(out, before);
		buf_add(out, after);
	} else {
		add_relaxed(out, f->name, before, after);
	}
}

/* --- bodies: what goes out ------------------------------------------- */

static void
flush(struct canon_body *c)
{
	if (c->staged > 0)
		c->out(c->arg, (str){ c->stage, c->staged });
	c->staged = 0;
}

static void
emit(struct canon_body *c, str piece)
{
	c->length += piece.n;
	if (piece.n > sizeof(c->stage) - c->staged || piece.n >= CANON_LONG)
		flush(c);
	if (piece.n >= CANON_LONG) {
		c->out(c->arg, piece);
		return;
	}
	memcpy(c->stage + c->staged, piece.p, piece.n);
	c->staged += piece.n;
}

/* Something follows what had to wait: it was not trailing after all. */
static void
emit_pending(struct canon_body *c)
{
	for (; c->pending_lines > 0; c->pending_lines--)
		emit(c, STR("\r\n"));
	if (c->pending_blank)
		emit(c, STR(" "));
	c->pending_blank = false;
}

static void
end_line(struct canon_body *c)
{
	c->pending_blank = false;
	if (c->line_open)
		emit(c, STR("\r\n"));
	else
		c->pending_lines++;
	c->line_open = false;
}

static void
put_text(struct canon_body *c, str text)
{
	emit_pending(c);
	emit(c, text);
	c->line_open = text.p[text.n - 1] != '\n';
}

static void
put_byte(struct canon_body *c, char byte)
{
	bool after_cr = c->pending_cr;

	c->pending_cr = false;
	if (byte == '\n') {
		end_line(c);
		return;
	}
	if (after_cr)
		put_text(c, STR("\r")); /* no line end, so any byte */
	if (byte == '\r')
		c->pending_cr = true;
	else if (is_wsp(byte) && c->kind == CANON_RELAXED)
		c->pending_blank = true;
	else
		put_text(c, (str){ &byte, 1 });
}

/* --- bodies: the scanner --------------------------------------------- */

typedef uint64_t lanes; /* eight bytes side by side; answers in the top bits */

#define EACH(byte) ((lanes)0x0101010101010101u * (byte))

static lanes
load(const char *p)
{
	lanes x;

	memcpy(&x, p, sizeof(x));
	return x;
}

static lanes
lanes_equal(lanes x, unsigned char c)
{
	x ^= EACH(c);
	return ~(((x & EACH(0x7f)) + EACH(0x7f)) | x | EACH(0x7f));
}

/* Control characters and SP. */
static lanes
lanes_low(lanes x)
{
	return ~(((x & EACH(0x7f)) + EACH(0x7f - 0x20)) | x | EACH(0x7f));
}

/*
 * Where text can no longer go out in place, judged by a byte and the next:
 * before a bare LF, before a line that may be empty, and in relaxed form at a
 * blank that is no single SP within a line.
 */
static bool
is_event(enum canon kind, char c, char next)
{
	if (next == '\n')
		return c != '\r';
	if (c == '\n')
		return next == '\r';
	if (kind == CANON_SIMPLE)
		return false;
	return c == '\t' || (c == ' ' && (is_wsp(next) || next == '\r'));
}

/* Is there an event in the eight bytes at p?  A ninth must be there. */
static bool
has_event(enum canon kind, const char *p)
{
	lanes x = load(p), next = load(p + 1);
	lanes low = lanes_low(next);

	if ((lanes_low(x) | low) == 0)
		return false;
	lanes cr = lanes_equal(x, '\r'), lf = lanes_equal(x, '\n');
	lanes event = (lanes_equal(next, '\n') & ~cr) | (lf & low);
	if (kind == CANON_RELAXED)
		event |= lanes_equal(x, '\t') | (lanes_equal(x, ' ') & low);
	return event != 0;
}

/*
 * How many bytes can go out as they are.  The first one is visible; the last
 * of the chunk waits when what follows decides on it.
 */
static size_t
plain_length(enum canon kind, str s)
{
	size_t i = 0;

	while (i + 1 < s.n) {
		if (s.n - i > sizeof(lanes) && !has_event(kind, s.p + i)) {
			i += sizeof(lanes);
			continue;
		}
		size_t stop =
			s.n - i > sizeof(lanes) ? i + sizeof(lanes) : s.n - 1;
		while (i < stop && !is_event(kind, s.p[i], s.p[i + 1]))
			i++;
		if (i < stop)
			return i + (s.p[i] == '\n' || i == 0);
	}
	char last = s.p[i];
	bool waits = last == '\r' || (is_wsp(last) && kind == CANON_RELAXED);
	return i + !waits;
}

void
canon_body_begin(struct canon_body *c, enum canon kind,
	void (*out)(void *, str), void *arg)
{
	*c = (struct canon_body){ .kind = kind, .out = out, .arg = arg };
}

void
canon_body_feed(struct canon_body *c, str s)
{
	while (s.n > 0) {
		size_t n = 1;

		if (!c->pending_cr && (unsigned char)s.p[0] > ' ') {
			n = plain_length(c->kind, s);
			put_text(c, str_sub(s, 0, n));
		} else {
			put_byte(c, s.p[0]);
		}
		s = str_skip(s, n);
	}
}

void
canon_body_end(struct canon_body *c)
{
	if (c->pending_cr)
		put_text(c, STR("\r"));
	/* a last line without a line end gets one */
	if (c->line_open)
		end_line(c);
	/* simple makes a line of nothing; relaxed does not (3.4.3, 3.4.4) */
	if (c->length == 0 && c->kind == CANON_SIMPLE)
		emit(c, STR("\r\n"));
	flush(c);
}
