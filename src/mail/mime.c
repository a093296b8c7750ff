/*
 * mime.c - the parts of a message, one after the other, as it flows through.
 *
 * Three floors: what the source gives is cut at the boundaries (scan), a header
 * section is taken from the start of a part, and the rest is decoded.  A line
 * is looked at only if it begins like a boundary; then it is held back, with
 * the line end before it, until it is clear what it is.  All other text goes
 * through in the chunks it came in.
 */
#include "mailauth/mime.h"

#include "mail/mime_decode.h"
#include "mail/mime_params.h"

#include <assert.h>

static const str none; /* absent */

/* --- the source ------------------------------------------------------ */

/* More in m->in; false at the end. */
static bool
refill(struct mime *m)
{
	m->in = m->next;
	m->next = none;
	while (m->in.n == 0 && !m->dry) {
		m->in = m->pull(m->arg);
		m->dry = !m->in.p;
	}
	return m->in.n > 0;
}

static str
take(str *s, size_t n)
{
	str taken = str_sub(*s, 0, n);

	*s = str_skip(*s, n);
	return taken;
}

/* --- boundaries (RFC 2046 5.1.1) ------------------------------------- */

enum {
	TEXT,      /* within a line that is no boundary */
	SEEN_CR,   /* perhaps the line end before */
	DELIMITER, /* "--" and the boundary */
	TAIL,
	SEEN_DASH, /* behind it: of "--", which closes */
	BLANKS,
	SEEN_TAIL_CR,
	BOUNDARY /* it is one */
};

static void
begin_line(struct mime_suspect *s)
{
	s->step = DELIMITER;
	s->matched = 0;
	s->closes = false;
}

static void
hold(struct mime_suspect *s, str piece)
{
	assert(piece.n <= MIME_HELD - s->n);
	memcpy(s->held + s->n, piece.p, piece.n);
	s->n += piece.n;
}

/* Behind the boundary: blanks, as many as can be held, and the line end. */
static bool
fits_tail(struct mime_suspect *s, char c)
{
	enum { LINE_END = 2 };

	s->step = c == '\n' ? BOUNDARY : c == '\r' ? SEEN_TAIL_CR : BLANKS;
	return s->step != BLANKS || (is_wsp(c) && s->n < MIME_HELD - LINE_END);
}

/* May this be the next of a boundary line? */
static bool
fits(struct mime_suspect *s, str delimiter, char c)
{
	switch (s->step) {
	case SEEN_CR: begin_line(s); return c == '\n';
	case DELIMITER:
		if (c != delimiter.p[s->matched])
			return false;
		if (++s->matched == delimiter.n)
			s->step = TAIL;
		return true;
	case TAIL:
		if (c != '-')
			return fits_tail(s, c);
		s->step = SEEN_DASH;
		return true;
	case SEEN_DASH:
		s->step = BLANKS;
		s->closes = true;
		return c == '-';
	case BLANKS: return fits_tail(s, c);
	case SEEN_TAIL_CR: s->step = BOUNDARY; return c == '\n';
	default: return false;
	}
}

/* What the source ended in: a boundary needs no line end. */
static bool
is_boundary_at_end(const struct mime_suspect *s)
{
	return s->step == TAIL || s->step == BLANKS || s->step == SEEN_TAIL_CR;
}

static void
reach_boundary(struct mime *m)
{
	m->within = false;
	m->ended |= m->suspect.closes;
	m->suspect.n = 0;
	begin_line(&m->suspect);
}

/* It was no boundary. */
static str
let_go(struct mime_suspect *s)
{
	str held = { s->held, s->n };

	s->step = TEXT;
	s->n = 0;
	return held;
}

/* The line end at offset `lf`, of which the CR may come before, is held. */
static str
text_before(struct mime *m, size_t lf)
{
	bool cr = lf > 0 && m->in.p[lf - 1] == '\r';
	str text = take(&m->in, cr ? lf - 1 : lf);

	hold(&m->suspect, take(&m->in, cr ? 2 : 1));
	begin_line(&m->suspect);
	return text;
}

/* All of the chunk but a final CR, which may be of a line end. */
static str
text_to_end(struct mime *m)
{
	bool cr = m->in.p[m->in.n - 1] == '\r';
	str text = take(&m->in, m->in.n - cr);

	if (cr) {
		hold(&m->suspect, take(&m->in, 1));
		m->suspect.step = SEEN_CR;
	}
	return text;
}

/* Up to a line that may be a boundary: it begins with "-", or is not here. */
static str
scan_text(struct mime *m)
{
	size_t at = 0;

	for (;;) {
		size_t lf = at + str_find(str_skip(m->in, at), '\n');
		if (lf == m->in.n)
			return text_to_end(m);
		if (lf + 1 == m->in.n || m->in.p[lf + 1] == '-')
			return text_before(m, lf);
		at = lf + 1;
	}
}

/* What was held and is text after all; nothing while that is not known. */
static str
scan_suspect(struct mime *m)
{
	struct mime_suspect *s = &m->suspect;

	while (m->in.n > 0) {
		if (!fits(s, m->delimiter, m->in.p[0]))
			return let_go(s);
		hold(s, take(&m->in, 1));
		if (s->step == BOUNDARY) {
			reach_boundary(m);
			return none;
		}
	}
	return none;
}

static str
scan_end(struct mime *m)
{
	if (m->delimiter.p && is_boundary_at_end(&m->suspect))
		reach_boundary(m);
	else if (m->suspect.n > 0)
		return let_go(&m->suspect);
	m->cut = m->delimiter.p && !m->ended;
	m->ended = true;
	m->within = false;
	return none;
}

/* The next of what is before a boundary; absent when there is no more. */
static str
scan(struct mime *m)
{
	str text = none;

	while (m->within && text.n == 0) {
		if (m->in.n == 0 && !refill(m))
			text = scan_end(m);
		else if (!m->delimiter.p)
			text = take(&m->in, m->in.n);
		else if (m->suspect.step == TEXT)
			text = scan_text(m);
		else
			text = scan_suspect(m);
	}
	return text.n > 0 ? text : none;
}

/* --- header sections ------------------------------------------------- */

/* "text/xml", lower case; "" when it is no such thing. */
static str
type_of(struct arena *a, str word)
{
	size_t slash = str_find(word, '/');
	str subtype = str_skip(word, slash + 1);

	if (slash == 0 || subtype.n == 0 || str_find(subtype, '/') < subtype.n)
		return STR("");
	return arena_lower(a, word);
}

static void
read_type(struct mime_part *p, struct arena *a, const struct message *head)
{
	const struct field *f = message_top(head, STR("Content-Type"));
	struct mime_params params;

	if (!f)
		return;
	mime_params_read(&params, a, f->value);
	str type = type_of(a, params.word);
	p->type = type.n > 0 ? type : STR("text/plain"); /* RFC 2045 5.2 */
	p->report_type = mime_params_get(&params, a, STR("report-type"));
	p->name = mime_params_get(&params, a, STR("name"));
	if (!str_starts(p->type, STR("multipart/")))
		return;
	str boundary = mime_params_get(&params, a, STR("boundary"));
	while (boundary.n > 0 && is_fws(boundary.p[boundary.n - 1]))
		boundary.n--; /* it cannot end in a blank */
	if (boundary.n > 0 && boundary.n <= MIME_MAX_BOUNDARY)
		p->boundary = boundary;
}

static void
read_encoding(struct mime_part *p, struct arena *a, const struct message *head)
{
	const struct field *f =
		message_top(head, STR("Content-Transfer-Encoding"));
	struct mime_params params;

	/* RFC 2045 6.4: not of a multipart, though it is said of some */
	if (!f || p->boundary.p)
		return;
	mime_params_read(&params, a, f->value);
	if (str_ieq(params.word, STR("base64")))
		p->encoding = MIME_BASE64;
	else if (str_ieq(params.word, STR("quoted-printable")))
		p->encoding = MIME_QUOTED_PRINTABLE;
}

static void
read_name(struct mime_part *p, struct arena *a, const struct message *head)
{
	const struct field *f = message_top(head, STR("Content-Disposition"));
	struct mime_params params;

	if (f) {
		mime_params_read(&params, a, f->value);
		str name = mime_params_get(&params, a, STR("filename"));
		p->name = name.p ? name : p->name;
	}
	p->name = mime_words(a, p->name);
}

static struct mime_part
describe(struct arena *a, const struct message *head, str type)
{
	struct mime_part p = { .type = type };

	read_type(&p, a, head);
	read_encoding(&p, a, head);
	read_name(&p, a, head);
	return p;
}

/* From the start of what scan() gives; NULL when it cannot be used. */
static const struct message *
read_head(struct mime *m, struct head_reader *r)
{
	str chunk = none;

	while (r->state == HEAD_MORE && (chunk = scan(m)).p)
		chunk = str_skip(chunk, head_feed(r, chunk));
	bool last = r->state == HEAD_MORE; /* of which its line is */
	head_end(r);
	m->line = r->rest;
	if (last && m->line.n >= 2)
		m->line.n -= 2; /* the line end is not its own */
	m->raw = chunk;
	return r->state == HEAD_DONE ? message_parse(m->arena, r) : NULL;
}

/* --- entities -------------------------------------------------------- */

static void
begin(struct mime *m, struct arena *a, str (*pull)(void *), void *arg)
{
	*m = (struct mime){ .arena = a, .pull = pull, .arg = arg };
	m->within = true;
}

/* The body is cut at its boundaries from here on. */
static void
begin_parts(struct mime *m)
{
	m->entity = describe(m->arena, m->head, STR("text/plain"));
	if (m->entity.boundary.p) {
		m->delimiter = STR_CAT(m->arena, STR("--"), m->entity.boundary);
		m->in = m->line.n > 0 ? m->line : m->raw;
		m->next = m->line.n > 0 ? m->raw : none;
		m->line = m->raw = none;
		m->within = true;
		m->ended = false;
		begin_line(&m->suspect);
	}
	m->mark = arena_mark(m->arena);
}

bool
mime_begin(struct mime *m, struct arena *a, str (*pull)(void *), void *arg)
{
	struct head_reader r;

	begin(m, a, pull, arg);
	head_begin(&r, a, MIME_MAX_HEAD);
	m->head = read_head(m, &r);
	if (m->head)
		begin_parts(m);
	return m->head != NULL;
}

void
mime_begin_body(struct mime *m, struct arena *a, const struct message *head,
	str (*pull)(void *), void *arg)
{
	begin(m, a, pull, arg);
	m->head = head;
	begin_parts(m);
}

str
mime_pull(void *m)
{
	return mime_read(m);
}

bool
mime_enter(struct mime *m, struct mime *outer)
{
	struct mime_part *p = &outer->part;

	if (p->boundary.p) {
		mime_begin_body(
			m, outer->arena, outer->part_head, mime_pull, outer);
		return true;
	}
	if (!str_eq(p->type, STR("message/rfc822")) &&
		!str_eq(p->type, STR("message/global")))
		return false;
	mime_begin(m, outer->arena, mime_pull, outer);
	return true;
}

/* --- parts ----------------------------------------------------------- */

/* Past what is left before the boundary; true if a part begins behind it. */
static bool
find_part(struct mime *m)
{
	while (scan(m).p)
		;
	m->line = m->raw = none;
	m->part_head = NULL;
	m->part = (struct mime_part){ 0 };
	arena_rewind(m->arena, m->mark);
	if (!m->ended && m->in.n == 0 && !refill(m))
		m->cut = m->ended = true;
	if (!m->ended && m->parts == MIME_MAX_PARTS)
		m->left_out = m->ended = true;
	return !m->ended;
}

static bool
begin_part(struct mime *m)
{
	struct head_reader r;
	bool digest = str_eq(m->entity.type, STR("multipart/digest"));

	m->parts++;
	m->within = true;
	head_begin_part(&r, m->arena, MIME_MAX_HEAD);
	m->part_head = read_head(m, &r);
	if (!m->part_head) {
		m->left_out = true;
		return false;
	}
	m->part = describe(m->arena, m->part_head, /* RFC 2046 5.1.5 */
		digest ? STR("message/rfc822") : STR("text/plain"));
	mime_decode_begin(&m->decoder, m->part.encoding);
	return true;
}

/* An entity that is no multipart; what was read of it stays. */
static bool
begin_whole(struct mime *m)
{
	if (m->parts > 0 || !m->head) {
		m->part_head = NULL;
		m->part = (struct mime_part){ 0 };
		m->line = m->raw = none;
		m->within = false;
		return false;
	}
	m->parts = 1;
	m->part_head = m->head;
	m->part = m->entity;
	m->part.whole = true;
	mime_decode_begin(&m->decoder, m->part.encoding);
	return true;
}

bool
mime_next(struct mime *m)
{
	if (!m->delimiter.p)
		return begin_whole(m);
	while (find_part(m))
		if (begin_part(m))
			return true;
	return false;
}

/* --- content --------------------------------------------------------- */

/* The next before decoding: the line that ended the header section first. */
static str
next_raw(struct mime *m)
{
	bool coded = m->decoder.encoding != MIME_IDENTITY;
	size_t most = coded ? MIME_BUFFER - MIME_HELD : SIZE_MAX;

	if (m->line.n > 0)
		return take(&m->line, most);
	if (m->raw.n == 0)
		m->raw = scan(m);
	return take(&m->raw, most);
}

str
mime_read(struct mime *m)
{
	struct mime_decoder *d = &m->decoder;
	str raw;

	if (!m->part_head)
		return none;
	while ((raw = next_raw(m)).n > 0) {
		if (d->encoding == MIME_IDENTITY)
			return raw;
		size_t n = mime_decode(d, raw, m->buffer);
		if (n > 0)
			return (str){ m->buffer, n };
	}
	size_t n = mime_decode_end(d, m->buffer);
	return n > 0 ? (str){ m->buffer, n } : none;
}
