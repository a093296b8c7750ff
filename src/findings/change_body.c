/*
 * change_body.c - what was done to a body whose hash is wrong.
 */
#include "change.h"

#include "mailauth/base64.h"

enum { HEAD_LINES = 40, PARTS = 50 };

/* --- one candidate ---------------------------------------------------------
 */

static void
add_piece(void *arg, str piece)
{
	buf_add(arg, piece);
}

static str
canonical(struct search *s, enum canon canon, str text)
{
	struct buf b = { .arena = s->arena };
	struct canon_body c;

	canon_body_begin(&c, canon, add_piece, &b);
	canon_body_feed(&c, text);
	canon_body_end(&c);
	return buf_str(&b);
}

static bool
has_left(const struct search *s, size_t octets)
{
	return s->bodies < CHANGE_MAX_BODIES &&
	       s->hashed + octets <= CHANGE_MAX_HASHED;
}

static bool
may_try(struct search *s, size_t octets)
{
	if (!has_left(s, octets))
		return false;
	s->bodies++;
	s->hashed += octets;
	return true;
}

static bool
is_goal(struct search *s, struct digest d)
{
	return d.n > 0 && digest_eq(d, s->sig->body_hash);
}

static bool
ends_here(struct search *s, struct hasher *h, str more)
{
	enum { COST = 64 }; /* a fork takes as long as so many octets */

	if (s->hashed + COST > CHANGE_MAX_HASHED)
		return false;
	s->hashed += COST;
	struct hasher *fork = hasher_fork(h);
	if (!fork)
		return false;
	hasher_add(fork, more);
	bool match = is_goal(s, hasher_end(fork));
	hasher_free(fork);
	return match;
}

static size_t
count_lines(str s)
{
	size_t n = 0;

	for (size_t at; s.n > 0; n++) {
		at = str_find(s, '\n');
		s = str_skip(s, at + 1);
	}
	return n;
}

/* Line by line; after each that is not empty the rest may be what was added. */
static bool
prefix_matches(struct search *s, str text, size_t *cut)
{
	struct hasher *h = hasher_new(s->crypto, s->sig->signer.digest);
	bool match = false;

	while (h && text.n > 0 && !match) {
		size_t n = str_find(text, '\n') + 1;
		str line = str_sub(text, 0, n);
		hasher_add(h, line);
		text = str_skip(text, n);
		match = line.n > 2 && ends_here(s, h, STR(""));
	}
	if (match)
		*cut = count_lines(text);
	hasher_free(h);
	return match;
}

bool
body_matches(struct search *s, str text, size_t *cut)
{
	struct arena_mark mark = arena_mark(s->arena);
	bool match = false;

	*cut = 0;
	if (!may_try(s, text.n))
		return false;
	str c = canonical(s, s->sig->body_canon, text);
	if (s->sig->length == BODY_WHOLE)
		match = prefix_matches(s, c, cut);
	else if (s->sig->length <= c.n)
		match = is_goal(s, digest_of(s->crypto, s->sig->signer.digest,
					   str_sub(c, 0, s->sig->length)));
	arena_rewind(s->arena, mark);
	return match;
}

static str
row_of(struct arena *a, str bytes)
{
	return STR_CAT(a, base64_encode(a, bytes), STR("\r\n"));
}

/*
 * Rows of 57 octets are hashed as they fill; where a line of the text ends,
 * so might what was encoded.
 */
bool
base64_matches(struct search *s, str text, size_t *cut)
{
	enum { ROW = 57 };
	struct hasher *h = NULL;
	size_t rowed = 0, at = 0;
	bool match = false;

	if (s->sig->length != BODY_WHOLE || !may_try(s, 2 * text.n))
		return false;
	h = hasher_new(s->crypto, s->sig->signer.digest);
	while (h && at < text.n && !match) {
		struct arena_mark mark = arena_mark(s->arena);
		at += str_find(str_skip(text, at), '\n') + 1;
		at = at < text.n ? at : text.n;
		for (; rowed + ROW <= at; rowed += ROW) {
			hasher_add(
				h, row_of(s->arena, str_sub(text, rowed, ROW)));
			arena_rewind(s->arena, mark);
		}
		str rest = str_sub(text, rowed, at - rowed);
		match = ends_here(
			s, h, rest.n > 0 ? row_of(s->arena, rest) : STR(""));
		arena_rewind(s->arena, mark);
	}
	hasher_free(h);
	*cut = match ? count_lines(str_skip(text, at)) : 0;
	return match;
}

/* --- text that is changed line by line
 * ---------------------------------------- */

typedef void (*change_line)(struct buf *, str line);

static bool
each_line(struct search *s, change_line change, str *out)
{
	struct buf b = { .arena = s->arena };
	str rest = s->body;

	while (rest.n > 0) {
		size_t n = str_find(rest, '\n');
		n = n < rest.n ? n + 1 : n;
		change(&b, str_sub(rest, 0, n));
		rest = str_skip(rest, n);
	}
	*out = buf_str(&b);
	return !str_eq(*out, s->body);
}

static void
unquote_from(struct buf *b, str line)
{
	buf_add(b, str_starts(line, STR(">From ")) ? str_skip(line, 1) : line);
}

static void
quote_from(struct buf *b, str line)
{
	if (str_starts(line, STR("From ")))
		buf_char(b, '>');
	buf_add(b, line);
}

static void
unstuff(struct buf *b, str line)
{
	buf_add(b, str_starts(line, STR("..")) ? str_skip(line, 1) : line);
}

static void
stuff(struct buf *b, str line)
{
	if (str_starts(line, STR(".")))
		buf_char(b, '.');
	buf_add(b, line);
}

/* The dot that ends SMTP DATA was kept. */
static void
drop_dot(struct buf *b, str line)
{
	if (!str_eq(str_trim_fws(line), STR(".")))
		buf_add(b, line);
}

static void
single_cr(struct buf *b, str line)
{
	size_t n = line.n;

	while (n > 0 && (line.p[n - 1] == '\n' || line.p[n - 1] == '\r'))
		n--;
	buf_add(b, str_sub(line, 0, n));
	if (n < line.n)
		buf_add(b, STR("\r\n"));
}

/* A lone CR was a line end. */
static void
cr_is_end(struct buf *b, str line)
{
	for (size_t i = 0; i < line.n; i++) {
		buf_char(b, line.p[i]);
		if (line.p[i] == '\r' &&
			(i + 1 == line.n || line.p[i + 1] != '\n'))
			buf_char(b, '\n');
	}
}

/* "--" of a signature had a blank after it. */
static void
sigdash(struct buf *b, str line)
{
	bool bare = str_eq(str_trim_fws(line), STR("--"));

	buf_add(b, bare ? STR("-- \r\n") : line);
}

struct repair {
	enum body_change change;
	change_line line;
};

static bool
try_repairs(
	struct search *s, struct change *c, const struct repair *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct arena_mark mark = arena_mark(s->arena);
		str text;
		size_t cut;
		/* with lines left over it was not this that broke it */
		bool match = each_line(s, r[i].line, &text) &&
			     body_matches(s, text, &cut) && cut == 0;
		arena_rewind(s->arena, mark);
		if (!match)
			continue;
		c->body = r[i].change;
		return true;
	}
	return false;
}

static bool
try_damage(struct search *s, struct change *c)
{
	static const struct repair repairs[] = {
		{ BODY_MBOX_FROM, unquote_from },
		{ BODY_MBOX_FROM, quote_from },
		{ BODY_DOT_STUFFING, unstuff },
		{ BODY_DOT_STUFFING, stuff },
		{ BODY_LINE_ENDINGS, single_cr },
		{ BODY_LINE_ENDINGS, cr_is_end },
		{ BODY_SIGDASH, sigdash },
		{ BODY_DOT_STUFFING, drop_dot },
	};

	return try_repairs(s, c, repairs, sizeof(repairs) / sizeof(repairs[0]));
}

/* --- lines that were added
 * ------------------------------------------------------ */

static bool
try_tail(struct search *s, struct change *c)
{
	size_t cut;

	if (!body_matches(s, s->body, &cut))
		return false;
	c->body = BODY_FOOTER;
	c->lines = cut;
	return true;
}

static bool
try_head(struct search *s, struct change *c)
{
	str rest = s->body;

	for (size_t lines = 1; lines <= HEAD_LINES; lines++) {
		size_t n = str_find(rest, '\n');
		size_t cut;
		if (n + 1 >= rest.n)
			return false;
		rest = str_skip(rest, n + 1);
		if (!body_matches(s, rest, &cut))
			continue;
		c->body = cut > 0 ? BODY_FOOTER : BODY_BANNER;
		c->lines = cut > 0 ? cut : lines;
		return true;
	}
	return false;
}

/* --- transfer encodings
 * ----------------------------------------------------------- */

enum encoding { PLAIN, BASE64, QUOTED_PRINTABLE };

static enum encoding
encoding_of(str value)
{
	value = str_trim_fws(value);
	if (str_ieq(value, STR("base64")))
		return BASE64;
	return str_ieq(value, STR("quoted-printable")) ? QUOTED_PRINTABLE
						       : PLAIN;
}

static str
encoding_word(enum encoding e)
{
	return e == BASE64             ? STR("base64")
	       : e == QUOTED_PRINTABLE ? STR("quoted-printable")
				       : STR("8bit");
}

static str
decode(struct search *s, enum encoding e, str text)
{
	str out = text;

	if (e == BASE64)
		base64_decode(s->arena, text, &out, NULL);
	return e == QUOTED_PRINTABLE ? qp_decode(s->arena, text) : out;
}

static bool
matches_as(struct search *s, enum encoding was, str text)
{
	size_t cut;

	if (was == QUOTED_PRINTABLE)
		return body_matches(s, qp_encode(s->arena, text), &cut);
	if (was == PLAIN)
		return body_matches(s, text, &cut);
	return base64_matches(s, with_crlf(s->arena, text), &cut) ||
	       base64_matches(s, with_lf(s->arena, text), &cut);
}

/* Was the text of this body in another encoding when it was signed? */
static bool
try_encodings(struct search *s, struct change *c, str body, enum encoding now)
{
	struct arena_mark mark = arena_mark(s->arena);
	str text = decode(s, now, body);
	bool match = false;

	for (enum encoding was = PLAIN; was <= QUOTED_PRINTABLE && !match;
		was++) {
		if (was == now)
			continue;
		match = matches_as(s, was, text);
		if (!match)
			continue;
		c->body = BODY_REENCODED;
		c->from = encoding_word(was);
		c->to = encoding_word(now);
	}
	arena_rewind(s->arena, mark);
	return match;
}

static str
field_value(const struct message *m, str name)
{
	const struct field *f = message_top(m, name);

	return f ? f->value : (str){ 0 };
}

/* --- parts
 * ---------------------------------------------------------------------------
 */

static bool
try_first_part(struct search *s, struct change *c, const struct mime_part *part)
{
	size_t cut;

	c->part_headers = part->headers;
	if (body_matches(s, part->body, &cut)) {
		c->body = BODY_WRAPPED;
		return true;
	}
	if (try_encodings(s, c, part->body,
		    encoding_of(mime_field(
			    part->headers, STR("Content-Transfer-Encoding")))))
		return true;
	c->part_headers = (str){ 0 };
	return false;
}

/* Without the last parts, and closed again. */
static bool
try_without_last(struct search *s, struct change *c, str boundary,
	const struct mime_part *part, size_t n)
{
	for (size_t drop = 1; drop <= 2 && drop < n; drop++) {
		struct arena_mark mark = arena_mark(s->arena);
		str text = STR_CAT(s->arena,
			str_sub(s->body, 0, part[n - drop].at), STR("--"),
			boundary, STR("--\r\n"));
		size_t cut;
		bool match = body_matches(s, text, &cut);
		arena_rewind(s->arena, mark);
		if (match) {
			c->body = BODY_PART_ADDED;
			return true;
		}
	}
	return false;
}

static bool
try_parts(struct search *s, struct change *c)
{
	str type = field_value(s->message, STR("Content-Type"));
	str boundary = mime_parameter(s->arena, type, STR("boundary"));
	struct mime_part part[PARTS];

	if (!str_istarts(str_trim_fws(type), STR("multipart/")))
		return false;
	size_t n = mime_split(s->body, boundary, part, PARTS);
	return n > 0 && (try_first_part(s, c, &part[0]) ||
				try_without_last(s, c, boundary, part, n));
}

/* --- long lines
 * -------------------------------------------------------------------------- */

/* CRLF SP where the line before is as long as a relay leaves it. */
static bool
try_unwrapping(struct search *s, struct change *c)
{
	struct arena_mark mark = arena_mark(s->arena);
	struct buf b = { .arena = s->arena };
	str text = with_crlf(s->arena, s->body);
	size_t column = 0, cut;
	bool changed = false;

	for (size_t i = 0; i < text.n; i++, column++) {
		bool broken = text.p[i] == '\r' && column >= 900 &&
			      column <= 1000 &&
			      str_starts(str_skip(text, i), STR("\r\n "));
		if (broken) {
			i += 2;
			changed = true;
			continue;
		}
		buf_char(&b, text.p[i]);
		if (text.p[i] == '\n')
			column = SIZE_MAX;
	}
	bool match = changed && body_matches(s, buf_str(&b), &cut);
	arena_rewind(s->arena, mark);
	if (match)
		c->body = BODY_LINE_WRAP;
	return match;
}

/* --- faults of the signer
 * ------------------------------------------------------------------ */

static bool
hash_is_goal(struct search *s, enum digest_kind kind, str text)
{
	return may_try(s, text.n) &&
	       is_goal(s, digest_of(s->crypto, kind, text));
}

static bool
try_signer(struct search *s, struct change *c)
{
	struct arena_mark mark = arena_mark(s->arena);
	enum digest_kind kind = s->sig->signer.digest;
	enum canon canon = s->sig->body_canon;
	enum canon other = canon == CANON_SIMPLE ? CANON_RELAXED : CANON_SIMPLE;
	str text = canonical(s, canon, s->body);

	if (hash_is_goal(s, kind, STR("")) ||
		hash_is_goal(s, kind, STR("\r\n")))
		c->body = BODY_EMPTY_HASH;
	else if (hash_is_goal(s, kind, canonical(s, other, s->body)) ||
		 hash_is_goal(s,
			 kind == DIGEST_SHA1 ? DIGEST_SHA256 : DIGEST_SHA1,
			 text))
		c->body = BODY_OTHER_CANON;
	else if (hash_is_goal(s, kind, with_lf(s->arena, text)) ||
		 hash_is_goal(s, kind, with_lf(s->arena, s->body)))
		c->body = BODY_LF;
	arena_rewind(s->arena, mark);
	return c->body != BODY_UNEXPLAINED;
}

/* Shorter than what l= says was signed. */
static bool
was_cut(struct search *s, struct change *c)
{
	struct arena_mark mark = arena_mark(s->arena);

	if (s->sig->length == BODY_WHOLE)
		return false;
	size_t there = canonical(s, s->sig->body_canon, s->body).n;
	arena_rewind(s->arena, mark);
	if (there >= s->sig->length)
		return false;
	c->body = BODY_CUT;
	c->lines = (size_t)(s->sig->length - there);
	return true;
}

void
body_explain(struct search *s, struct change *c)
{
	enum encoding now = encoding_of(
		field_value(s->message, STR("Content-Transfer-Encoding")));

	if (s->body.n == 0 || was_cut(s, c))
		return;
	if (s->bodies > 0 && !has_left(s, s->body.n))
		return;
	(void)(try_damage(s, c) || try_tail(s, c) || try_parts(s, c) ||
		try_encodings(s, c, s->body, now) || try_unwrapping(s, c) ||
		try_signer(s, c) || try_head(s, c));
}
