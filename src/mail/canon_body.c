/*
 * canon_body.c - the canonicalizations of bodies. (RFC 6376 3.4.3, 3.4.4)
 *
 * Only at the end of a body do empty lines and blanks go because of where they
 * are.  So those at the end of a chunk wait.  Before them a byte is judged by
 * its neighbours and by nothing else, 64 of them at a time.
 *
 * Text in which nothing changes goes out in place.  Other is gathered in a
 * stage, since a digest is slow on crumbs and a copy costs next to nothing.
 */
#include "block.h"

#include "mailauth/canon.h"

#include <stddef.h>
#include <string.h>

/* --- what goes out --------------------------------------------------- */

static void
flush(struct canon_body *c)
{
	if (c->staged > 0)
		c->out(c->arg, (str){ c->stage, c->staged });
	c->length += c->staged;
	c->staged = 0;
}

static void
emit(struct canon_body *c, str piece)
{
	if (piece.n > sizeof(c->stage) - c->staged || piece.n >= CANON_LONG)
		flush(c);
	if (piece.n >= CANON_LONG) {
		c->out(c->arg, piece);
		c->length += piece.n;
		return;
	}
	memcpy(c->stage + c->staged, piece.p, piece.n);
	c->staged += piece.n;
}

static void
emit_lines(struct canon_body *c)
{
	static const char lines[] = "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
	enum { MOST = sizeof(lines) / 2 };

	while (c->pending_lines > 0) {
		size_t n = c->pending_lines < MOST ? (size_t)c->pending_lines
						   : MOST;
		emit(c, (str){ lines, 2 * n });
		c->pending_lines -= n;
	}
}

/* Something visible follows what had to wait: it was not trailing after all. */
static void
emit_pending(struct canon_body *c)
{
	emit_lines(c);
	if (c->pending_blank)
		emit(c, STR(" "));
	if (c->pending_cr)
		emit(c, STR("\r"));
	c->pending_blank = c->pending_cr = false;
	c->line_open = true;
}

/* --- text that is followed by something visible ---------------------- */

/*
 * What changes in a block, a bit for each byte: a blank that goes; a SP that
 * comes in its place, unless no blank may stay; a CR that comes before a LF.
 */
struct edits {
	uint64_t go, come;
};

/*
 * A byte is judged by one before it and two behind it, so blocks overlap: the
 * first byte of each and the last two are judged by its neighbours.
 */
enum { STEP = BLOCK - 3 };
#define JUDGED ((((uint64_t)1 << STEP) - 1) << 1)

static struct edits
find_edits(enum canon kind, const char *p)
{
	uint64_t lf = block_find(p, '\n'), cr = block_find(p, '\r');
	uint64_t bare = lf & ~(cr << 1) & JUDGED, tab;

	if (kind != CANON_RELAXED)
		return (struct edits){ .come = bare };
	uint64_t blank = block_find_blanks(p, &tab);
	uint64_t line_end = lf | (cr & lf >> 1);
	uint64_t drop = blank & (blank | line_end) >> 1;
	return (struct edits){
		.go = (tab | drop) & JUDGED,
		.come = bare | (tab & ~drop & JUDGED),
	};
}

/* A block on its way to the stage. */
struct copy {
	char *to;
	const char *from;
	const char *block;
	uint64_t left; /* of the edits */
};

/*
 * Copies up to the next edit and makes it: a CR comes, or a run of blanks goes
 * and perhaps a SP comes.  No branch depends on where and what, for no
 * processor could foresee it; so a whole block is copied each time, and what
 * is too much of it is overwritten.
 */
static inline void
copy_to_edit(struct copy *c, struct edits e)
{
	uint64_t first = c->left & (0 - c->left);
	/* a carry runs through the blanks that go, to what follows them */
	uint64_t carry = e.go + first, next = carry & ~e.go;
	uint64_t edit = (e.go & ~carry) | first;
	bool goes = (e.go & first) != 0, comes = (e.come & edit) != 0;
	const char *at = c->block + block_first(first);

	memcpy(c->to, c->from, BLOCK);
	c->to += at - c->from;
	*c->to = goes ? ' ' : '\r';
	c->to += comes;
	c->from = c->block + block_first(next);
	c->left &= ~edit;
}

/* The same where nothing goes: a CR comes before each LF. */
static inline void
copy_to_crs(struct copy *c)
{
	for (; c->left != 0; c->left &= c->left - 1) {
		const char *at = c->block + block_first(c->left);

		memcpy(c->to, c->from, BLOCK);
		c->to += at - c->from;
		*c->to++ = '\r';
		c->from = at;
	}
}

static inline void
copy_block(struct canon_body *c, const char *p, struct edits e)
{
	if (sizeof(c->stage) - c->staged < 3 * BLOCK)
		flush(c);
	struct copy copy = {
		.to = c->stage + c->staged,
		.from = p + 1,
		.block = p,
		.left = e.go | e.come,
	};
	if (e.go == 0)
		copy_to_crs(&copy);
	while (copy.left != 0)
		copy_to_edit(&copy, e);
	memcpy(copy.to, copy.from, BLOCK);
	copy.to += p + 1 + STEP - copy.from;
	c->staged = (size_t)(copy.to - c->stage);
}

/* Where there is one edit there will be more: so many blocks are copied. */
enum { COPIES = 32 };

/*
 * On to a block in which there could be an edit, or to the end of blocks.  What
 * stands between p[at] and p[at + 64] was looked at, so the next one begins
 * there.
 */
#ifdef BLOCK_AVX2
__attribute__((target("avx2"))) static size_t
skip_clean_avx2(str s, size_t at)
{
	while (s.n - at >= 2 * BLOCK && !block_may_change_avx2(s.p + at))
		at += BLOCK - 1;
	return at;
}
#endif

/* Of its own, or its constants would not stay in registers. */
static __attribute__((noinline)) size_t
skip_clean(str s, size_t at)
{
#ifdef BLOCK_AVX2
	if (block_has_avx2())
		return skip_clean_avx2(s, at);
#endif
	while (s.n - at >= 2 * BLOCK && !block_may_change(s.p + at))
		at += BLOCK - 1;
	return at;
}

/*
 * Puts what is behind the first byte of s, in blocks, as long as there is
 * another one behind, since a copy reads so far.  Returns how much that was.
 */
static size_t
put_blocks(struct canon_body *c, str s)
{
	size_t at = 0, from = 0, copies = 0;

	for (; s.n - at >= 2 * BLOCK; at += STEP) {
		if (copies == 0) {
			at = skip_clean(s, at);
			if (s.n - at < 2 * BLOCK)
				break;
		}
		struct edits e = find_edits(c->kind, s.p + at);
		if (copies == 0) {
			if ((e.go | e.come) == 0)
				continue;
			emit(c, str_sub(s, from + 1, at - from));
			copies = COPIES;
		}
		copy_block(c, s.p + at, e);
		from = at + STEP;
		copies--;
	}
	emit(c, str_sub(s, from + 1, at - from));
	return at;
}

/* The same with what is missing behind s; it is taken back afterwards. */
static void
put_rest(struct canon_body *c, str s)
{
	char longer[4 * BLOCK];
	size_t n = s.n - 1;

	memset(longer, 'x', sizeof(longer));
	memcpy(longer, s.p, s.n);
	size_t put = put_blocks(c, (str){ longer, n + 2 * BLOCK - 1 });
	c->staged -= put - n;
}

/* The first and the last byte do not wait. */
static void
put_text(struct canon_body *c, str s)
{
	emit_pending(c);
	emit(c, str_sub(s, 0, 1));
	s = str_skip(s, put_blocks(c, s));
	if (s.n > 1)
		put_rest(c, s);
}

/* --- what may turn out to be trailing -------------------------------- */

/* Is the byte a blank or of a line end?  A last CR could be of one. */
static bool
waits(enum canon kind, str s, size_t i)
{
	switch (s.p[i]) {
	case '\n': return true;
	case '\r': return i + 1 == s.n || s.p[i + 1] == '\n';
	case ' ':
	case '\t': return kind == CANON_RELAXED;
	default: return false;
	}
}

static void
end_lines(struct canon_body *c, str s)
{
	for (size_t i = 0; i < s.n; i++)
		c->pending_lines += s.p[i] == '\n';
	c->pending_blank = false;
	if (!c->line_open)
		return;
	emit(c, STR("\r\n"));
	c->pending_lines--;
	c->line_open = false;
}

/* Blanks and line ends; they say what becomes of a CR before them. */
static void
put_waiting(struct canon_body *c, str s)
{
	if (s.n == 0)
		return;
	if (c->pending_cr && s.p[0] != '\n')
		emit_pending(c);
	size_t line_end = str_rfind(s, '\n');
	if (line_end < s.n) {
		end_lines(c, s);
		s = str_skip(s, line_end + 1);
	}
	c->pending_cr = s.n > 0 && s.p[s.n - 1] == '\r';
	if (s.n > c->pending_cr)
		c->pending_blank = true;
}

void
canon_body_begin(struct canon_body *c, enum canon kind,
	void (*out)(void *, str), void *arg)
{
	memset(c, 0, offsetof(struct canon_body, stage));
	c->kind = kind;
	c->out = out;
	c->arg = arg;
}

void
canon_body_feed(struct canon_body *c, str s)
{
	size_t at = 0, end = s.n;

	while (end > 0 && waits(c->kind, s, end - 1))
		end--;
	while (at < end && waits(c->kind, s, at))
		at++;
	put_waiting(c, str_sub(s, 0, at));
	if (at < end)
		put_text(c, str_sub(s, at, end - at));
	put_waiting(c, str_skip(s, end));
}

void
canon_body_end(struct canon_body *c)
{
	if (c->pending_cr)
		emit_pending(c);
	/* a last line without a line end gets one */
	if (c->line_open)
		emit(c, STR("\r\n"));
	/* simple makes a line of nothing; relaxed does not (3.4.3, 3.4.4) */
	if (c->length + c->staged == 0 && c->kind == CANON_SIMPLE)
		emit(c, STR("\r\n"));
	flush(c);
}
