/*
 * canon_model.h - the body canonicalizations once more, slow and obvious:
 * whole passes over the whole body, in the order of RFC 6376 3.4.
 */
#ifndef MAILAUTH_CANON_MODEL_H
#define MAILAUTH_CANON_MODEL_H

#include "mailauth/canon.h"

static inline str
model_crlf(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
			buf_char(&b, '\r');
		buf_char(&b, s.p[i]);
	}
	return buf_str(&b);
}

static inline bool
model_line_end(str s, size_t i)
{
	return i == s.n || str_starts(str_skip(s, i), STR("\r\n"));
}

static inline str
model_blanks(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < s.n;) {
		if (!is_wsp(s.p[i])) {
			buf_char(&b, s.p[i++]);
			continue;
		}
		while (i < s.n && is_wsp(s.p[i]))
			i++;
		if (!model_line_end(s, i))
			buf_char(&b, ' ');
	}
	return buf_str(&b);
}

static inline str
model_canon(struct arena *a, enum canon kind, str body)
{
	str s = model_crlf(a, body);

	if (kind == CANON_RELAXED)
		s = model_blanks(a, s);
	if (s.n > 0 &&
		!(s.n >= 2 && s.p[s.n - 2] == '\r' && s.p[s.n - 1] == '\n'))
		s = STR_CAT(a, s, STR("\r\n"));
	/* a CRLF right after another, or alone, is an empty line */
	while (s.n >= 4 && str_eq(str_skip(s, s.n - 4), STR("\r\n\r\n")))
		s.n -= 2;
	if (str_eq(s, STR("\r\n")))
		s.n = 0;
	if (s.n == 0 && kind == CANON_SIMPLE)
		return STR("\r\n");
	return s;
}

static inline void
model_collect(void *arg, str piece)
{
	buf_add(arg, piece);
}

/*
 * What canon_body.c makes of it, fed in pieces that end at those places.  Each
 * piece is a copy, so that a read beyond it is seen by AddressSanitizer.
 */
static inline str
fed_in_pieces(struct arena *a, enum canon kind, str body, const size_t *cut,
	size_t cuts)
{
	struct buf out = { .arena = a };
	struct canon_body c;
	size_t at = 0;

	canon_body_begin(&c, kind, model_collect, &out);
	for (size_t i = 0; i < cuts; i++) {
		str piece = str_sub(body, at, cut[i] - at);
		canon_body_feed(&c, arena_dup(a, piece));
		at = cut[i];
	}
	canon_body_feed(&c, arena_dup(a, str_skip(body, at)));
	canon_body_end(&c);
	return c.length == out.n ? buf_str(&out) : STR("wrong length");
}

#endif
