/*
 * received.c - one Received field. (RFC 5321 4.4)
 *
 * Few programs write the grammar.  What all share is clauses that begin with
 * a keyword, and the client's address in the from-clause, in a comment or as
 * its first word:
 *
 *	from HELO (NAME [IP])                  Postfix, Sendmail, Gmail
 *	from NAME ([IP]:PORT helo=HELO)        Exim
 *	from [IP] (helo=HELO)                  Exim, no reverse name
 *	from NAME (HELO HELO) (IDENT@IP)       qmail
 *	from IP (EHLO HELO)                    Yahoo
 *	from HELO (IP)                         Exchange
 *
 * What follows "helo" is the client's own word and never taken as its address.
 */
#include "mailauth/received.h"
#include "mailauth/time.h"
#include "mail/cfws.h"

#include <string.h>

enum clause { NO_CLAUSE, FROM, BY, WITH, FOR, OTHER };

static enum clause
clause_of(str word)
{
	static const struct {
		str word;
		enum clause clause;
	} clauses[] = {
		{ STR_INIT("from"), FROM },
		{ STR_INIT("by"), BY },
		{ STR_INIT("with"), WITH },
		{ STR_INIT("for"), FOR },
		{ STR_INIT("id"), OTHER },
		{ STR_INIT("via"), OTHER },
	};

	for (size_t i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++)
		if (str_ieq(clauses[i].word, word))
			return clauses[i].clause;
	return NO_CLAUSE;
}

/*
 * The end of the element at `at`: a comment, or a word with quoted parts.  A
 * comment has a blank before it: what is glued to a word is part of it, or a
 * client that says HELO x([192.0.2.1]) would be believed.  Once a quote is not
 * closed, no other is looked for in this field.
 */
static size_t
element_end(str s, size_t at, bool *quotes)
{
	size_t end;

	if (s.p[at] == '(') {
		end = cfws_closed_at(s, at);
		return end ? end : s.n;
	}
	return cfws_word_end(s, at, '\0', quotes);
}

static str
cut_around(str s, char open, char close)
{
	if (s.n >= 2 && s.p[0] == open && s.p[s.n - 1] == close)
		return str_sub(s, 1, s.n - 2);
	return s;
}

/* The next word of a comment; nested comments are opened. */
static bool
comment_word(str *rest, str *word)
{
	size_t n = 0;

	while (rest->n > 0 && (is_fws(rest->p[0]) || rest->p[0] == '(' ||
				      rest->p[0] == ')' || rest->p[0] == ','))
		*rest = str_skip(*rest, 1);
	while (n < rest->n && !is_fws(rest->p[n]) && rest->p[n] != '(' &&
		rest->p[n] != ')' && rest->p[n] != ',')
		n++;
	*word = str_sub(*rest, 0, n);
	*rest = str_skip(*rest, n);
	return n > 0;
}

static bool
is_helo_word(str word)
{
	return str_ieq(word, STR("HELO")) || str_ieq(word, STR("EHLO")) ||
	       str_ieq(word, STR("LHLO"));
}

/* "ident@host" without the ident, which the client may have made up. */
static str
without_ident(str word)
{
	size_t at = str_rfind(word, '@');

	return at < word.n ? str_skip(word, at + 1) : word;
}

/* The name of a host; absent for "unknown", an address or a note. */
static str
as_name(str word)
{
	struct ip ignored;

	word = without_ident(word);
	if (word.n > 0 && word.p[word.n - 1] == '.')
		word.n--;
	if (str_find(word, '.') == word.n || str_find(word, '=') < word.n ||
		ip_parse_loose(word, &ignored))
		return (str){ 0 };
	return word;
}

struct parser {
	struct received r;
	enum clause clause;
	bool begun;    /* a keyword was seen */
	str from_word; /* the first word after "from" */
	bool noted;    /* the helo stands in a comment */
};

/*
 * A comment of the from-clause.  After a HELO the rest is not looked at: it
 * may hold blanks, and then what looks like an address.
 */
static void
read_from_comment(struct parser *p, str comment)
{
	str word, before = { 0 };

	while (comment_word(&comment, &word)) {
		if (str_istarts(word, STR("helo=")) || is_helo_word(before)) {
			p->noted = true;
			p->r.helo =
				is_helo_word(before) ? word : str_skip(word, 5);
			return;
		}
		if (p->r.ip.family == 0 &&
			ip_parse_loose(without_ident(word), &p->r.ip))
			p->r.name = as_name(before);
		before = word;
	}
}

static void
read_comment(struct parser *p, str comment)
{
	str rest = comment, word;

	if (comment_word(&rest, &word) &&
		(str_istarts(word, STR("envelope-from")) ||
			str_istarts(word, STR("envelope-sender")))) {
		if (comment_word(&rest, &word))
			p->r.envelope_from = cut_around(word, '<', '>');
	} else if (p->clause == FROM) {
		read_from_comment(p, comment);
	}
}

static void
take_first(str *out, str word)
{
	if (!out->p)
		*out = word;
}

static void
read_word(struct parser *p, str word)
{
	enum clause clause = clause_of(word);

	/*
	 * "from" is a keyword only as the very first word, and what follows it
	 * is the client's own word, even when it says HELO by.
	 */
	bool value = p->clause == FROM && !p->from_word.p;
	if (clause != NO_CLAUSE && !value && (clause != FROM || !p->begun)) {
		p->begun = true;
		p->clause = clause;
		return;
	}
	if (word.n > 0 && word.p[word.n - 1] == ';')
		word.n--;
	if (word.n == 0)
		return;
	switch (p->clause) {
	case FROM: take_first(&p->from_word, word); break;
	case BY: take_first(&p->r.by, word); break;
	case WITH: take_first(&p->r.with, word); break;
	case FOR: take_first(&p->r.for_, cut_around(word, '<', '>')); break;
	default: break;
	}
}

/*
 * Without a note in a comment the first word is the helo.  With one it is the
 * reverse name, and the address if there was none before.
 */
static void
finish_from(struct parser *p)
{
	struct received *r = &p->r;
	str word = p->from_word;

	if (!word.p)
		return;
	if (p->noted && !r->name.p)
		r->name = as_name(word);
	bool is_address = r->ip.family == 0 && ip_parse_loose(word, &r->ip);
	if (p->noted || str_ieq(word, STR("unknown")))
		return;
	/* an address without brackets is no helo but the program's own word */
	if (!is_address || word.p[0] == '[')
		r->helo = word;
}

int64_t
received_time(const struct field *field)
{
	str s = field->value;
	int64_t time;

	if (!time_parse_rfc5322(str_skip(s, str_rfind(s, ';') + 1), &time))
		return TIME_UNKNOWN;
	return time;
}

struct received
received_parse(struct arena *a, const struct field *field)
{
	struct parser p = { .r = { .field = field } };
	str s = field->value;
	bool quotes = true;
	size_t end;

	(void)a;
	for (size_t at = 0; at < s.n; at = end) {
		end = at + 1;
		if (is_fws(s.p[at]))
			continue;
		end = element_end(s, at, &quotes);
		str element = str_sub(s, at, end - at);
		if (s.p[at] == '(')
			read_comment(&p, cut_around(element, '(', ')'));
		else
			read_word(&p, element);
	}
	finish_from(&p);
	p.r.time = received_time(field);
	return p.r;
}
