/*
 * zone_lines.c - records out of a text that a person has at hand.
 */
#include "net/zone_lines.h"

#include "net/zone_data.h"

#include "mailauth/buf.h"

enum {
	HEAD_WORDS = 6,  /* owner, TTL, class, type, and their next */
	TEXT_MAX = 65535 /* octets of one record */
};

/* The first words of a line, and what of them is the type. */
struct head {
	str word[HEAD_WORDS];
	size_t n;
	bool quoted;    /* what follows the words is in quotes or parentheses */
	size_t type;    /* its index; n when there is none */
	size_t skip;    /* octets of the line before the data */
	bool from_tool; /* of host or nslookup: no name there ends in a dot */
	bool from_panel; /* TYPE HOST VALUE, as a panel shows it */
};

struct zone_lines
zone_lines_begin(struct arena *a, str text, str domain)
{
	if (str_starts(text, STR("\xef\xbb\xbf"))) /* a byte order mark */
		text = str_skip(text, 3);
	return (struct zone_lines){
		.arena = a, .text = text, .origin = str_trim_dot(domain)
	};
}

/* --- one line -------------------------------------------------------- */

static str
line_at(const struct zone_lines *z, size_t at)
{
	str rest = str_skip(z->text, at);

	rest.n = str_find(rest, '\n');
	if (rest.n > 0 && rest.p[rest.n - 1] == '\r')
		rest.n--;
	return rest;
}

/* Past the end of the line that is at. */
static void
next_line(struct zone_lines *z)
{
	str rest = str_skip(z->text, z->at);

	z->at += str_find(rest, '\n') + 1;
	if (z->at > z->text.n)
		z->at = z->text.n;
	z->line++;
}

static bool
is_comment(str line)
{
	str s = str_trim_wsp(line);

	return s.n > 0 && (s.p[0] == ';' || s.p[0] == '#');
}

static bool
is_ttl_or_class(str word)
{
	uint32_t ttl;

	return str_ieq(word, STR("IN")) || zone_read_ttl(word, &ttl);
}

static bool
is_type(str word)
{
	return dns_type_from(word) != 0 || zone_is_other_type(word);
}

static void
read_words(struct head *h, str line)
{
	str rest = line;

	while (h->n < HEAD_WORDS) {
		while (rest.n > 0 && is_wsp(rest.p[0]))
			rest = str_skip(rest, 1);
		if (rest.n == 0)
			return;
		h->quoted = is_one_of(rest.p[0], "\"(");
		if (h->quoted)
			return;
		size_t n = 0;
		while (n < rest.n && !is_wsp(rest.p[n]))
			n++;
		h->word[h->n++] = str_sub(rest, 0, n);
		rest = str_skip(rest, n);
	}
}

/* "b.example descriptive text ..", "b.example text = .." */
static bool
is_from_tool(const struct head *h, size_t i)
{
	return i == 1 && i + 1 < h->n &&
	       ((str_ieq(h->word[1], STR("descriptive")) &&
			str_ieq(h->word[2], STR("text"))) ||
		       (str_ieq(h->word[1], STR("text")) &&
			       str_eq(h->word[2], STR("="))));
}

/*
 * Is it the head of a master-file line?  "v=spf1 a -all" and "spf1 mx" are not,
 * though "a" and "mx" are types.
 */
static bool
is_likely(const struct head *h, str line)
{
	str type = h->word[h->type];
	str first = h->word[0];
	bool text = str_ieq(type, STR("TXT")) || str_ieq(type, STR("SPF")) ||
		    str_ieq(type, STR("CNAME"));

	if (h->type == 0)
		return text && (h->quoted || h->n > 1 || is_wsp(line.p[0]));
	if (str_find(first, '=') < first.n || str_find(first, ';') < first.n ||
		str_istarts(first, STR("spf2.0/")))
		return false;
	return text || h->type > 1 || str_find(first, '.') < first.n ||
	       str_eq(first, STR("@")) || is_wsp(line.p[0]);
}

/* "TXT @ v=spf1 -all": the value is not quoted there. */
static void
look_for_panel(struct head *h, str line)
{
	if (h->type > 0 || h->n < 2 || !is_one_of(h->word[1].p[0], "@_") ||
		str_find(h->word[1], '=') < h->word[1].n)
		return;
	h->from_panel = true;
	h->skip = (size_t)(h->word[1].p + h->word[1].n - line.p);
}

static bool
read_head(struct head *h, str line)
{
	*h = (struct head){ .n = 0 };
	read_words(h, line);
	for (size_t i = 0; i < h->n; i++) {
		h->from_tool = is_from_tool(h, i);
		if (h->from_tool || is_type(h->word[i])) {
			h->type = i;
			str last = h->word[h->from_tool ? i + 1 : i];
			h->skip = (size_t)(last.p + last.n - line.p);
			look_for_panel(h, line);
			return is_likely(h, line);
		}
		if (i > 0 && !is_ttl_or_class(h->word[i]))
			return false;
	}
	return false;
}

/* --- the owner ------------------------------------------------------- */

/* The name as zone_read_name() has it, or as it stands there. */
static str
read_name(struct zone_lines *z, str word)
{
	struct zone_error ignored;
	struct zone_lexer x = { .arena = z->arena, .error = &ignored };
	struct zone_token token = { .text = word };
	str name;

	if (zone_read_name(&x, &token, z->origin, &name))
		return name;
	return z->origin.n > DNS_MAX_NAME
		       ? z->origin
		       : arena_dup(z->arena, str_trim_dot(word));
}

static bool
is_absolute(str word)
{
	return word.n > 0 && word.p[word.n - 1] == '.';
}

static void
read_owner(struct zone_lines *z, const struct head *h)
{
	str word = h->word[h->from_panel ? 1 : 0];

	/* with a blank before it a name may stand there all the same */
	if (!h->from_panel && (h->type == 0 || is_ttl_or_class(word)))
		return;
	z->owner_text = word;
	z->owner = read_name(z, word);
	z->relative = !is_absolute(word) && z->origin.n == 0 && !h->from_tool &&
		      !h->from_panel && !str_eq(word, STR("@"));
}

/* --- the data -------------------------------------------------------- */

static void
set_line(const struct zone_lines *z, struct lint_record *r,
	struct lint_line *line)
{
	line->owner = str_sub(z->owner_text, 0, DNS_MAX_NAME + 1);
	line->relative = z->relative;
	line->number = z->line + 1;
	if (z->owner.n > DNS_MAX_NAME && !line->fault.p)
		line->fault = STR("a name has 253 octets at most");
	r->line = line;
	/* what is too long stays so, but for what it costs */
	r->name = z->owner.p ? str_sub(z->owner, 0, DNS_MAX_NAME + 1) : STR("");
}

/* All tokens as one text, and the borders between them. */
static void
join_strings(struct zone_lines *z, struct zone_lexer *x,
	const struct zone_entry *e, struct lint_record *r,
	struct lint_line *line)
{
	struct buf b = { .arena = z->arena };
	uint32_t *cut = arena_make(z->arena, e->n, uint32_t);

	for (size_t i = 0; i < e->n && b.n <= TEXT_MAX; i++) {
		str s;
		if (!zone_read_string(x, &e->token[i], &s)) {
			line->fault = x->error->message;
			s = e->token[i].text;
		}
		if (i > 0)
			cut[r->cuts++] = (uint32_t)b.n;
		line->longest = s.n > line->longest ? s.n : line->longest;
		buf_add(&b, s);
	}
	line->strings = e->n;
	r->cut = cut;
	r->text = str_sub(buf_str(&b), 0, TEXT_MAX);
	while (r->cuts > 0 && cut[r->cuts - 1] > r->text.n)
		r->cuts--;
}

/* What stands there, when quotes are missing. */
static str
plain_text(struct zone_lexer *x, str raw)
{
	struct zone_token token = { .text = str_sub(raw, 0, TEXT_MAX) };
	str s;

	return zone_read_string(x, &token, &s) ? s : token.text;
}

/*
 * A text pasted between brackets as it came, in lines: each `;` hides the rest
 * of its line.  From the first word to the last they are put together again,
 * unless nothing was hidden, or only what says that it is a comment.
 */
static void
look_in_brackets(struct zone_lexer *x, const struct zone_entry *e,
	struct lint_record *r, struct lint_line *line)
{
	const struct zone_token *last = &e->token[e->n - 1];
	str first = e->token[0].text;
	str all = { first.p, (size_t)(last->text.p - first.p) + last->text.n };
	size_t cut = str_find(all, ';');
	struct buf b = { .arena = x->arena };

	if (cut == all.n || cut == 0 || is_wsp(all.p[cut - 1]))
		return;
	for (size_t i = 0; i < all.n; i++)
		if (!is_one_of(all.p[i], "\r\n"))
			buf_char(&b, all.p[i]);
	line->unquoted = true;
	r->text = plain_text(x, buf_str(&b));
	r->cuts = 0;
}

/* A text without quotation marks that is cut off, or falls apart. */
static void
look_for_quotes(struct zone_lexer *x, const struct zone_entry *e, str data,
	struct lint_record *r, struct lint_line *line)
{
	str raw = str_trim_wsp(data);

	for (size_t i = 0; i < e->n; i++)
		if (e->token[i].quoted)
			return;
	if (e->n > 1 && raw.n > 0 && raw.p[0] == '(') {
		look_in_brackets(x, e, r, line);
		return;
	}
	for (size_t i = 0; i < e->n; i++)
		if (e->token[i].line != 1)
			return;
	if (e->n == 0 || str_find(raw, '(') < raw.n)
		return;
	size_t end = (size_t)(e->token[e->n - 1].text.p - raw.p) +
		     e->token[e->n - 1].text.n;
	str behind = str_trim_wsp(str_skip(raw, end));
	/* "; a comment" behind a blank is one, unless a tag is in it */
	bool cut = behind.n > 0 && str_find(behind, '=') < behind.n;
	if (!cut && e->n == 1)
		return;
	line->unquoted = true;
	r->text = plain_text(x, cut ? raw : str_sub(raw, 0, end));
	r->cuts = 0;
}

/* Not to be read as one: the rest of the line, without its outer quotes. */
static void
take_raw(struct lint_record *r, str data)
{
	str raw = str_trim_wsp(data);

	if (raw.n > 0 && is_one_of(raw.p[0], "(")) /* opened, never closed */
		raw = str_trim_wsp(str_skip(raw, 1));
	if (raw.n > 0 && raw.p[0] == '"')
		raw = str_skip(raw, 1);
	if (raw.n > 0 && raw.p[raw.n - 1] == '"')
		raw.n--;
	r->text = str_sub(raw, 0, TEXT_MAX);
}

static void
read_data(struct zone_lines *z, size_t skip, struct lint_record *r,
	struct lint_line *line)
{
	struct zone_error error = { .line = 0 };
	struct zone_lexer x = { .arena = z->arena,
		.text = str_skip(z->text, z->at + skip),
		.line = 1,
		.error = &error };
	struct zone_entry e = { .n = 0 };
	str first = line_at(z, z->at);

	r->text = STR("");
	str data = str_sub(first, skip, first.n);
	bool empty = str_trim_wsp(data).n == 0 || is_comment(data);
	if (empty || !zone_next_entry(&x, &e)) {
		line->fault = empty ? STR("nothing follows the type")
			      : error.message.p ? error.message
						: STR("no text");
		take_raw(r, data);
		next_line(z);
		return;
	}
	join_strings(z, &x, &e, r, line);
	look_for_quotes(&x, &e, data, r, line);
	if (e.n > 0)
		line->target = e.token[0].text;
	z->line += x.line - 1;
	z->at += skip + x.at;
}

/* Beside TXT, SPF and CNAME only what is a text in the wrong place matters. */
static void
read_zone_line(
	struct zone_lines *z, const struct head *h, struct lint_record *r)
{
	struct lint_line *form = arena_new(z->arena, struct lint_line);

	read_owner(z, h);
	form->type = h->from_tool ? STR("TXT") : h->word[h->type];
	set_line(z, r, form);
	if (h->from_panel) {
		take_raw(r, str_skip(line_at(z, z->at), h->skip));
		next_line(z);
		return;
	}
	read_data(z, h->skip, r, form);
}

/* --- without a head -------------------------------------------------- */

/* What dig +short prints: strings, and nothing before them. */
static bool
read_quoted(struct zone_lines *z, str line, struct lint_record *r)
{
	str s = str_trim_wsp(line);
	struct zone_error error = { .line = 0 };
	struct zone_lexer x = { .arena = z->arena,
		.text = str_skip(z->text, z->at),
		.line = 1,
		.error = &error };
	struct zone_entry e = { .n = 0 };
	struct lint_line ignored = { .number = 0 };

	if (s.n == 0 || !is_one_of(s.p[0], "\"(") || !zone_next_entry(&x, &e))
		return false;
	for (size_t i = 0; i < e.n; i++)
		if (!e.token[i].quoted)
			return false;
	join_strings(z, &x, &e, r, &ignored);
	z->line += x.line - 1;
	z->at += x.at;
	return true;
}

/* Does a line go on with the text before it? */
static bool
goes_on(str line)
{
	struct head h;
	str s = str_trim_wsp(line);

	return s.n > 0 && !is_comment(line) && !read_head(&h, line) &&
	       s.p[0] != '"' && s.p[0] != '$' &&
	       lint_kind_of_text(s) == RECORD_UNKNOWN;
}

/* A text may have been broken into lines on its way. */
static void
read_bare(struct zone_lines *z, struct lint_record *r)
{
	struct buf b = { .arena = z->arena };
	str line = line_at(z, z->at);

	/* as it is: a blank before it is a mistake worth showing */
	buf_add(&b, line);
	next_line(z);
	while (z->at < z->text.n && b.n <= TEXT_MAX &&
		goes_on(line = line_at(z, z->at))) {
		buf_char(&b, ' ');
		buf_add(&b, str_trim_wsp(line));
		next_line(z);
	}
	r->text = str_sub(buf_str(&b), 0, TEXT_MAX);
}

/* --- the next -------------------------------------------------------- */

static void
read_control(struct zone_lines *z, str line)
{
	struct head h = { .n = 0 };

	read_words(&h, line);
	if (h.n > 1 && str_ieq(h.word[0], STR("$ORIGIN")))
		z->origin =
			str_sub(read_name(z, h.word[1]), 0, DNS_MAX_NAME + 1);
}

/* Comments, blank lines and $ORIGIN. */
static bool
pass_over(struct zone_lines *z, str line)
{
	if (str_trim_wsp(line).n > 0 && !is_comment(line) &&
		!str_istarts(line, STR("$ORIGIN")) &&
		!str_istarts(line, STR("$TTL")) &&
		!str_istarts(line, STR("$INCLUDE")))
		return false;
	if (str_starts(line, STR("$")))
		read_control(z, line);
	next_line(z);
	return true;
}

bool
zone_lines_next(struct zone_lines *z, struct lint_record *r)
{
	struct head h;

	*r = (struct lint_record){ .name = STR("") };
	while (z->at < z->text.n) {
		str line = line_at(z, z->at);
		if (pass_over(z, line))
			continue;
		if (read_head(&h, line))
			read_zone_line(z, &h, r);
		else if (!read_quoted(z, line, r))
			read_bare(z, r);
		return true;
	}
	return false;
}
