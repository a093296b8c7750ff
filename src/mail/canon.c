/*
 * canon.c - the canonicalizations of fields. (RFC 6376 3.4.1, 3.4.2)
 */
#include "mailauth/canon.h"

#include <string.h>

/* Is one of eight bytes a SP or a control? */
static bool
has_low(uint64_t bytes)
{
	const uint64_t ones = 0x0101010101010101u;

	return ((bytes - ones * (' ' + 1)) & ~bytes & ones << 7) != 0;
}

/* Moves from p[i] to p[to], which is not behind, what is visible at once. */
static size_t
move_visible(char *p, size_t n, size_t to, size_t i)
{
	size_t from = i;
	uint64_t bytes;

	for (; n - i >= sizeof(bytes); i += sizeof(bytes)) {
		memcpy(&bytes, p + i, sizeof(bytes));
		if (has_low(bytes))
			break;
		memcpy(p + to + (i - from), &bytes, sizeof(bytes));
	}
	for (; i < n && (unsigned char)p[i] > ' '; i++)
		p[to + (i - from)] = p[i];
	return i - from;
}

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
			p[kept++] = p[i++];
			size_t moved = move_visible(p, n, kept, i);
			kept += moved;
			i += moved;
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
