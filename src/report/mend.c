/*
 * mend.c - XML as writers of reports make it, into XML that a parser takes.
 */
#include "mend.h"
#include "utf8.h"

enum { MAX_ENTITY = 12 /* octets between "&" and ";" */ };

void
mend_begin(struct mend *m, struct arena *a)
{
	*m = (struct mend){ .held = { .arena = a } };
}

static void
refuse(struct mend *m, const char *why)
{
	m->state = MEND_REFUSED;
	m->refused = why;
}

static bool
is_inside(const struct mend *m)
{
	return m->depth > 0;
}

/* --- text ------------------------------------------------------------- */

/* Text around the document is nobody's. */
static void
put(struct mend *m, str text, struct buf *out)
{
	if (is_inside(m))
		buf_add(out, text);
	else if (str_trim_fws(text).n > 0)
		*(m->begun ? &m->after : &m->before) += 1;
}

/* A character that may be one of XML's own. */
static void
put_escaped(struct mend *m, char c, struct buf *out)
{
	switch (c) {
	case '<': put(m, STR("&lt;"), out); break;
	case '>': put(m, STR("&gt;"), out); break;
	case '&': put(m, STR("&amp;"), out); break;
	default: put(m, (str){ &c, 1 }, out); break;
	}
}

/* --- elements --------------------------------------------------------- */

static void
write_tag(const char *start, const char *name, struct buf *out)
{
	buf_add(out, str_from(start));
	buf_add(out, str_from(name));
	buf_char(out, '>');
}

static void
close_top(struct mend *m, struct buf *out)
{
	write_tag("</", m->open[--m->depth], out);
}

/* The name without prefix, in characters that any parser takes. */
static void
clean_name(str name, char *to)
{
	size_t n = 0;

	name = str_skip(name,
		str_rfind(name, ':') == name.n ? 0 : str_rfind(name, ':') + 1);
	for (size_t i = 0; i < name.n && n < MEND_MAX_NAME; i++) {
		char c = name.p[i];
		bool fits = is_alpha(c) || (n > 0 && (is_digit(c) || c == '-'));
		to[n++] = fits ? to_lower(c) : '_';
	}
	if (n == 0)
		to[n++] = '_';
	to[n] = '\0';
}

static void
open_element(struct mend *m, str name, struct buf *out)
{
	if (m->depth == 0 && m->begun) {
		m->after++;
		return;
	}
	if (m->depth == MEND_MAX_DEPTH) {
		refuse(m, "its elements are nested more than 32 deep");
		return;
	}
	m->begun = true;
	clean_name(name, m->open[m->depth]);
	write_tag("<", m->open[m->depth++], out);
}

static void
close_element(struct mend *m, str name, struct buf *out)
{
	char clean[MEND_MAX_NAME + 1];
	size_t at = m->depth;

	clean_name(name, clean);
	while (at > 0 && strcmp(m->open[at - 1], clean) != 0)
		at--;
	if (at == 0) {
		m->stray_end++;
		return;
	}
	m->unclosed += m->depth - at;
	while (m->depth >= at)
		close_top(m, out);
}

/* What stands between "<" and ">". */
static void
take_tag(struct mend *m, str tag, struct buf *out)
{
	bool closes = str_starts(tag, STR("/"));
	bool empty = tag.n > 1 && tag.p[tag.n - 1] == '/';
	size_t n = 0, depth = m->depth;

	tag = str_skip(tag, closes);
	while (n < tag.n && !is_fws(tag.p[n]) && tag.p[n] != '/')
		n++;
	str name = str_sub(tag, 0, n);
	if (str_istarts(name, STR("xs:")) || str_istarts(name, STR("xsd:")))
		m->schema++;
	else if (closes)
		close_element(m, name, out);
	else
		open_element(m, name, out);
	if (empty && m->depth > depth)
		close_top(m, out);
}

/* --- what is not whole ------------------------------------------------ */

static void
hold(struct mend *m, char c)
{
	if (m->held.n == MEND_MAX_TAG)
		refuse(m, "a tag in it has more than 65,536 octets");
	else
		buf_char(&m->held, c);
}

static str
take_held(struct mend *m)
{
	str held = buf_str(&m->held);

	m->held.n = 0;
	return held;
}

static void step(struct mend *, char, struct buf *);

/* It was none: what was held is text, and its "<" or "&" as well. */
static void
is_text(struct mend *m, char sign, char c, struct buf *out)
{
	str held = take_held(m);

	m->state = MEND_TEXT;
	m->characters += is_inside(m);
	put_escaped(m, sign, out);
	put(m, held, out);
	step(m, c, out);
}

/* Behind "<!". */
static void
step_declaration(struct mend *m, char c, struct buf *out)
{
	static const str comment = STR_INIT("!--"),
			 cdata = STR_INIT("![CDATA[");

	if (m->held.n == 1 && is_alpha(c)) {
		refuse(m, "it has a document type declaration (DTD)");
		return;
	}
	buf_char(&m->held, c);
	str held = buf_str(&m->held);
	m->run = 0;
	if (str_eq(held, comment)) {
		m->state = MEND_COMMENT;
		take_held(m);
	} else if (str_eq(held, cdata)) {
		m->state = MEND_CDATA;
		take_held(m);
	} else if (!str_starts(comment, held) && !str_starts(cdata, held)) {
		m->held.n--;
		is_text(m, '<', c, out);
	}
}

/* Behind "<": what is it? */
static void
step_markup(struct mend *m, char c, struct buf *out)
{
	if (m->held.n > 0) {
		step_declaration(m, c, out);
	} else if (c == '!') {
		hold(m, c);
	} else if (c == '?') {
		m->state = MEND_INSTRUCTION;
		m->run = 0;
	} else if (is_alpha(c) || c == '/' || c == '_') {
		m->state = MEND_TAG;
		m->quote = 0;
		hold(m, c);
	} else {
		is_text(m, '<', c, out);
	}
}

static void
step_tag(struct mend *m, char c, struct buf *out)
{
	if (c == '<') { /* no value has one: the tag was not ended */
		m->unfinished++;
		take_tag(m, take_held(m), out);
		if (m->state != MEND_REFUSED)
			m->state = MEND_MARKUP;
		return;
	}
	if (m->quote == 0 && c == '>') {
		m->state = MEND_TEXT;
		take_tag(m, take_held(m), out);
		return;
	}
	if (m->quote == c)
		m->quote = 0;
	else if (m->quote == 0 && (c == '"' || c == '\''))
		m->quote = c;
	hold(m, c);
}

/* The number of "#38" or "#x26"; one that no text may have for others. */
static uint32_t
number_of(str name)
{
	bool hex = str_istarts(name, STR("#x"));
	str digits = str_skip(name, hex ? 2 : 1);
	uint32_t c = 0;

	if (digits.n == 0 || digits.n > 7)
		return 0;
	for (size_t i = 0; i < digits.n; i++) {
		int value = hex_value(digits.p[i]);
		if (value < 0 || (!hex && value > 9))
			return 0;
		c = c * (hex ? 16 : 10) + (uint32_t)value;
	}
	return c;
}

/* Between "&" and ";". */
static bool
put_entity(struct mend *m, str name, struct buf *out)
{
	static const str known[] = { STR_INIT("amp"), STR_INIT("lt"),
		STR_INIT("gt"), STR_INIT("quot"), STR_INIT("apos") };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eq(name, known[i])) {
			put(m, STR("&"), out);
			put(m, name, out);
			put(m, STR(";"), out);
			return true;
		}
	if (!str_starts(name, STR("#")))
		return false;
	uint32_t c = number_of(name);
	m->entities += !utf8_is_allowed(c);
	if (!utf8_is_allowed(c))
		c = 0xfffd;
	if (c < 0x80)
		put_escaped(m, (char)c, out);
	else if (is_inside(m))
		utf8_put(out, c);
	return true;
}

static void
step_entity(struct mend *m, char c, struct buf *out)
{
	if (c == ';') {
		str name = buf_str(&m->held);
		m->state = MEND_TEXT;
		if (put_entity(m, name, out)) {
			take_held(m);
			return;
		}
	} else if ((is_alnum(c) || c == '#') && m->held.n < MAX_ENTITY) {
		hold(m, c);
		return;
	}
	is_text(m, '&', c, out);
}

/* Octets of a CDATA section that go on as they are. */
static size_t
plain_cdata(const struct mend *m, str s)
{
	size_t n = 0;

	while (m->run == 0 && n < s.n && !is_one_of(s.p[n], "]<>&"))
		n++;
	return n;
}

/* Two "]" that may belong to the end are held back. */
static void
step_cdata(struct mend *m, char c, struct buf *out)
{
	if (c == ']' && m->run < 2) {
		m->run++;
		return;
	}
	if (c == '>' && m->run == 2) {
		m->state = MEND_TEXT;
		return;
	}
	if (c == ']') {
		put(m, STR("]"), out);
		return;
	}
	for (; m->run > 0; m->run--)
		put(m, STR("]"), out);
	put_escaped(m, c, out);
}

/* One that is not ended goes no further than the next "<". */
static void
step_instruction(struct mend *m, char c)
{
	m->unfinished += c == '<';
	if (c == '<')
		m->state = MEND_MARKUP;
	else if (c == '>' && m->run > 0)
		m->state = MEND_TEXT;
	m->run = c == '?';
}

static void
step(struct mend *m, char c, struct buf *out)
{
	switch (m->state) {
	case MEND_TEXT:
		if (c == '<')
			m->state = MEND_MARKUP;
		else if (c == '&')
			m->state = MEND_ENTITY;
		else
			put_escaped(m, c, out);
		break;
	case MEND_MARKUP: step_markup(m, c, out); break;
	case MEND_TAG: step_tag(m, c, out); break;
	case MEND_ENTITY: step_entity(m, c, out); break;
	case MEND_COMMENT:
		if (c == '>' && m->run >= 2)
			m->state = MEND_TEXT;
		m->run = c == '-' ? m->run + 1 : 0;
		break;
	case MEND_INSTRUCTION: step_instruction(m, c); break;
	case MEND_CDATA: step_cdata(m, c, out); break;
	case MEND_REFUSED: break;
	}
}

/* --- the usual -------------------------------------------------------- */

/* A tag without attributes at the start of a text: its octets; or 0. */
static size_t
plain_tag(str s)
{
	size_t n = 1;

	if (s.n < 3 || s.p[0] != '<' || !(is_alpha(s.p[1]) || s.p[1] == '/'))
		return 0;
	for (n = 2; n < s.n; n++) {
		char c = s.p[n];
		if (c == '>')
			return n + 1;
		if (!is_alnum(c) && c != '_')
			return 0;
	}
	return 0;
}

static size_t
plain_text(str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != '<' && s.p[n] != '&' && s.p[n] != '>')
		n++;
	return n;
}

void
mend_feed(struct mend *m, str s, struct buf *out)
{
	while (s.n > 0 && m->state != MEND_REFUSED) {
		size_t n = 0;
		if (m->state == MEND_TEXT && (n = plain_text(s)) > 0) {
			put(m, str_sub(s, 0, n), out);
		} else if (m->state == MEND_CDATA &&
			   (n = plain_cdata(m, s)) > 0) {
			put(m, str_sub(s, 0, n), out);
		} else if (m->state == MEND_TEXT && (n = plain_tag(s)) > 0) {
			take_tag(m, str_sub(s, 1, n - 2), out);
		} else {
			n = 1;
			step(m, s.p[0], out);
		}
		s = str_skip(s, n);
	}
}

void
mend_end(struct mend *m, struct buf *out)
{
	if (m->state == MEND_REFUSED)
		return;
	m->cut = m->depth > 0;
	while (m->depth > 0)
		close_top(m, out);
}
