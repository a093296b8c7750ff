/*
 * change_encode.c - a body that was carried in another transfer encoding.
 *
 * What stands there now is decoded, and encoded again as the signer may have
 * had it.  A list decodes the text before it puts a footer below it; so tails
 * are cut off the text, and not off the code.
 */
#include "findings/change.h"

#include "mailauth/base64.h"

enum encoding { ENCODING_NONE, ENCODING_BASE64, ENCODING_QP };

static const str words[] = {
	[ENCODING_NONE] = STR_INIT("8bit"),
	[ENCODING_BASE64] = STR_INIT("base64"),
	[ENCODING_QP] = STR_INIT("quoted-printable"),
};

static enum encoding
encoding_from(str word)
{
	for (size_t i = ENCODING_BASE64; i <= ENCODING_QP; i++)
		if (str_ieq(word, words[i]))
			return (enum encoding)i;
	return ENCODING_NONE;
}

/* --- decoding --------------------------------------------------------- */

static str
qp_line_end(str line)
{
	while (line.n > 0 && is_wsp(line.p[line.n - 1]))
		line.n--;
	return line;
}

static str
qp_decode(struct arena *a, str s)
{
	struct buf b = { .arena = a };
	str line, whole;

	while (change_line(&s, &line, &whole)) {
		str end = str_skip(whole, line.n);
		line = qp_line_end(line);
		for (size_t i = 0; i < line.n; i++) {
			char c = line.p[i];
			if (c != '=') {
				buf_char(&b, c);
			} else if (i + 1 == line.n) {
				end = STR("");
			} else if (i + 2 < line.n &&
				   hex_value(line.p[i + 1]) >= 0 &&
				   hex_value(line.p[i + 2]) >= 0) {
				buf_char(&b,
					(char)(hex_value(line.p[i + 1]) << 4 |
						hex_value(line.p[i + 2])));
				i += 2;
			} else {
				buf_char(&b, c);
			}
		}
		buf_add(&b, end);
	}
	return buf_str(&b);
}

static str
decode(struct arena *a, str s, enum encoding encoding)
{
	str out = s;

	if (encoding == ENCODING_BASE64)
		base64_decode(a, s, &out, NULL); /* up to what is no base64 */
	else if (encoding == ENCODING_QP)
		out = qp_decode(a, s);
	return out;
}

str
change_decode(struct arena *a, str s, str word)
{
	return decode(a, s, encoding_from(word));
}

/* --- quoted-printable ------------------------------------------------- */

/* Encoders differ in where they break, and in what they need not encode. */
struct qp_style {
	size_t most; /* octets of a line without the "=" that breaks it */
	bool full;   /* the last token of a line may take that one's place */
	bool dots;   /* "." at the start of a line is encoded */
};

static const struct qp_style styles[] = {
	{ 75, true, false },
	{ 75, false, false },
	{ 72, true, false },
	{ 75, true, true },
	{ 73, false, false },
};

static size_t
qp_token(str line, size_t i, const struct qp_style *style, char token[3])
{
	static const char digit[] = "0123456789ABCDEF";
	unsigned char c = (unsigned char)line.p[i];
	bool last = i + 1 == line.n;
	bool plain = c > ' ' && c < 127 && c != '=';

	if (is_wsp((char)c))
		plain = !last;
	if (c == '.' && i == 0 && style->dots)
		plain = false;
	token[0] = plain ? (char)c : '=';
	token[1] = digit[c >> 4];
	token[2] = digit[c & 15];
	return plain ? 1 : 3;
}

static void
qp_line(struct buf *b, str line, const struct qp_style *style)
{
	size_t column = 0;

	for (size_t i = 0; i < line.n; i++) {
		char token[3];
		size_t n = qp_token(line, i, style, token);
		size_t most = style->most;
		if (i + 1 == line.n && style->full)
			most++;
		if (column + n > most) {
			buf_add(b, STR("=\r\n"));
			column = 0;
		}
		buf_add(b, (str){ token, n });
		column += n;
	}
}

static str
qp_encode(struct arena *a, str text, const struct qp_style *style)
{
	struct buf b = { .arena = a };
	str line, whole;

	while (change_line(&text, &line, &whole)) {
		qp_line(&b, line, style);
		if (line.n < whole.n)
			buf_add(&b, STR("\r\n"));
	}
	return buf_str(&b);
}

static void
try_qp(struct change_search *s, str text, str now)
{
	str tried = now;

	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
		if (s->open == 0 || s->exhausted)
			return;
		str code = qp_encode(s->arena, text, &styles[i]);
		/* short lines look the same in all of them */
		if (!str_eq(code, tried) && !str_eq(code, now))
			change_try(s, code, true);
		tried = code;
	}
}

/* --- base64 ----------------------------------------------------------- */

/*
 * A digest of the code of all text so far; at the end of each line of the text
 * also what it is when the text ends there, with or without the line end.
 */
enum { OCTETS_A_LINE = 57 /* 76 characters */ };

struct code {
	struct change_search *search;
	struct hasher *hasher;
	char waiting[OCTETS_A_LINE];
	size_t n;
	enum digest_kind digest;
};

static void
add_code(struct code *c, struct hasher *h, str octets)
{
	struct arena *a = c->search->arena;
	struct arena_mark mark = arena_mark(a);

	hasher_add(h, base64_encode(a, octets));
	hasher_add(h, STR("\r\n"));
	arena_rewind(a, mark);
}

static void
add_octets(struct code *c, str text)
{
	for (size_t i = 0; i < text.n; i++) {
		c->waiting[c->n++] = text.p[i];
		if (c->n < OCTETS_A_LINE)
			continue;
		add_code(c, c->hasher, (str){ c->waiting, c->n });
		c->n = 0;
	}
}

/* Base64 looks the same in both forms of a body. */
static void
probe_code(struct code *c, size_t line)
{
	struct hasher *fork = hasher_fork(c->hasher);

	if (c->n > 0)
		add_code(c, fork, (str){ c->waiting, c->n });
	struct digest d = hasher_end(fork);
	hasher_free(fork);
	c->search->octets += 512;
	for (size_t i = 0; i < c->search->views; i++)
		if (c->search->view[i].length == BODY_WHOLE)
			change_settle(c->search, i, d, line);
}

static size_t
count_lines(str text)
{
	size_t n = 0;
	str line, whole;

	while (change_line(&text, &line, &whole))
		n++;
	return n;
}

/* Empty lines at the end are no footer. */
static str
without_empty_lines(str text)
{
	while (text.n > 0 && is_fws(text.p[text.n - 1]))
		text.n--;
	return text;
}

static void
add_footers(struct change_search *s, const bool *before, size_t lines)
{
	for (size_t i = 0; i < s->targets; i++) {
		struct change_target *t = &s->target[i];
		if (!t->found || before[i] || t->line >= lines ||
			t->steps == CHANGE_STEPS)
			continue;
		t->step[t->steps++] = (struct change_step){
			.kind = CHANGE_FOOTER,
			.n = lines - t->line,
		};
	}
}

static void
try_base64(struct change_search *s, str text, str line_end)
{
	struct code c = { .search = s, .digest = DIGEST_SHA256 };
	str rest = text, line, whole;
	size_t lines = 0;

	if (s->open == 0 || !change_afford(s, text.n / 3 * 4))
		return;
	bool *before = arena_make(s->arena, s->targets, bool);
	for (size_t i = 0; i < s->targets; i++)
		before[i] = s->target[i].found;
	s->octets += text.n / 3 * 4;
	c.hasher = hasher_new(s->crypto, c.digest);
	while (change_line(&rest, &line, &whole)) {
		bool probes = rest.n <= CHANGE_TAIL / 2 &&
			      s->octets + 1024 <= CHANGE_BODY_OCTETS;
		lines++;
		add_octets(&c, line);
		if (probes)
			probe_code(&c, lines);
		if (line.n < whole.n)
			add_octets(&c, line_end);
		if (probes && line.n < whole.n)
			probe_code(&c, lines);
	}
	hasher_free(c.hasher);
	add_footers(s, before, count_lines(without_empty_lines(text)));
}

/* --- all ways --------------------------------------------------------- */

static struct change_step
step_of(enum encoding from, enum encoding to)
{
	return (struct change_step){
		.kind = CHANGE_REENCODED,
		.from = words[from],
		.to = words[to],
	};
}

void
change_try_encodings(struct change_search *s, str body, str word)
{
	struct arena_mark mark = arena_mark(s->arena);
	enum encoding now = encoding_from(word);

	if (s->open == 0 || body.n == 0 || body.n > CHANGE_BODY_OCTETS / 8)
		return;
	str text = decode(s->arena, body, now);
	if (now != ENCODING_NONE) {
		change_begin(s, step_of(ENCODING_NONE, now));
		change_try(s, text, true);
		change_end(s);
	}
	change_begin(s, step_of(ENCODING_BASE64, now));
	try_base64(s, text, STR("\r\n"));
	try_base64(s, text, STR("\n"));
	change_end(s);
	change_begin(s, step_of(ENCODING_QP, now));
	try_qp(s, text, body);
	change_end(s);
	arena_rewind(s->arena, mark);
}
