/*
 * cfws.c - comments and quoted strings of structured fields.
 */
#include "mail/cfws.h"

bool
cfws_is_fold(str s, size_t at)
{
	if (s.p[at] == '\r')
		return at + 1 < s.n && s.p[at + 1] == '\n';
	return is_fws(s.p[at]);
}

size_t
cfws_closed_at(str s, size_t at)
{
	char open = s.p[at];
	size_t depth = 0;

	for (; at < s.n; at++) {
		char c = s.p[at];
		if (c == '\0' || (c == '\r' && !cfws_is_fold(s, at)))
			return 0;
		if (c == '\\' && at + 1 < s.n && s.p[at + 1] != '\0' &&
			s.p[at + 1] != '\r')
			at++;
		else if (c == '"' && open == '"' && depth++ == 1)
			return at + 1;
		else if (c == '(' && open == '(')
			depth++;
		else if (c == ')' && open == '(' && --depth == 0)
			return at + 1;
	}
	return 0;
}

size_t
cfws_word_end(str s, size_t at, char stop, bool *quotes)
{
	while (at < s.n && !is_fws(s.p[at]) &&
		(stop == '\0' || s.p[at] != stop)) {
		size_t end = 0;
		if (s.p[at] == '"' && *quotes) {
			end = cfws_closed_at(s, at);
			*quotes = end != 0;
		}
		at = end ? end : at + 1;
	}
	return at;
}

void
cfws_add_unquoted(struct buf *b, str text)
{
	bool quoted = text.n >= 2 && text.p[0] == '"';

	if (quoted)
		text = str_sub(text, 1, text.n - 2);
	for (size_t i = 0; i < text.n; i++) {
		if (quoted && text.p[i] == '\\' && i + 1 < text.n)
			i++;
		else if (text.p[i] == '\r' || text.p[i] == '\n')
			continue;
		buf_char(b, text.p[i]);
	}
}
