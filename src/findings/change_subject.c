/*
 * change_subject.c - a Subject without the tags of lists and the marks of
 * filters.
 */
#include "findings/change_edit.h"

#include "mailauth/base64.h"

/* --- tags ------------------------------------------------------------- */

/* Brackets, stars, or a word in capitals before a colon; with its blanks. */
static size_t
tag_length(str s)
{
	static const char open[] = "[{(<*", close[] = "]})>*";
	size_t n = 0;

	if (s.n == 0)
		return 0;
	for (size_t k = 0; open[k]; k++) {
		if (s.p[0] != open[k])
			continue;
		while (n < s.n && s.p[n] == open[k])
			n++;
		n += str_find(str_skip(s, n), close[k]);
		while (n < s.n && s.p[n] == close[k])
			n++;
		break;
	}
	if (n == 0) {
		while (n < s.n && ((s.p[n] >= 'A' && s.p[n] <= 'Z') ||
					  s.p[n] == '_' || s.p[n] == '-'))
			n++;
		n = n >= 3 && n < s.n && s.p[n] == ':' ? n + 1 : 0;
	}
	while (n > 0 && n < s.n && is_fws(s.p[n]))
		n++;
	return n <= 80 ? n : 0;
}

/* "Re: ", "Fwd: ", "AW: ", also "Re[2]: " */
static size_t
reply_length(str s)
{
	size_t n = 0;

	while (n < s.n && n < 4 && is_alpha(s.p[n]))
		n++;
	if (n < 2 || n == s.n || s.p[n] != ':')
		return 0;
	n++;
	while (n < s.n && is_fws(s.p[n]))
		n++;
	return n;
}

static void
add_subject(struct change_head *h, size_t slot, str value, size_t at, size_t n)
{
	struct arena *a = h->search->arena;
	str tag = str_trim_fws(str_sub(value, at, n));
	struct change_step step = { .kind = CHANGE_SUBJECT, .to = tag };

	if (n > 0)
		change_add_value(h, slot, step,
			STR_CAT(a, str_sub(value, 0, at),
				str_skip(value, at + n)),
			true);
}

static void
add_subject_end(struct change_head *h, size_t slot, str value)
{
	static const char open[] = "[({", close[] = "])}";

	for (size_t k = 0; open[k]; k++) {
		if (value.n == 0 || value.p[value.n - 1] != close[k])
			continue;
		size_t at = str_rfind(value, open[k]), end = at;
		while (end > 0 && is_fws(value.p[end - 1]))
			end--;
		if (at < value.n && end < at)
			add_subject(h, slot, value, end, value.n - end);
	}
}

/* "[list] Re: x" was "Re: [list] x". */
static void
add_subject_moved(struct change_head *h, size_t slot, str value, size_t tag)
{
	struct arena *a = h->search->arena;
	size_t reply = reply_length(str_skip(value, tag));
	struct change_step step = { .kind = CHANGE_SUBJECT,
		.to = str_trim_fws(str_sub(value, 0, tag)) };

	if (reply > 0)
		change_add_value(h, slot, step,
			STR_CAT(a, str_sub(value, tag, reply),
				str_sub(value, 0, tag),
				str_skip(value, tag + reply)),
			true);
}

/* --- encoded words (RFC 2047) ------------------------------------------ */

/* The text between "=?charset?Q?" and "?="; its offset in the value. */
struct word {
	char encoding; /* 'q' or 'b' */
	size_t at, n;
};

static bool
first_word(str value, struct word *w)
{
	if (!str_starts(value, STR("=?")))
		return false;
	size_t set = 2 + str_find(str_skip(value, 2), '?');
	if (set + 3 > value.n || value.p[set + 2] != '?')
		return false;
	w->encoding = to_lower(value.p[set + 1]);
	w->at = set + 3;
	w->n = str_find(str_skip(value, w->at), '?');
	return w->encoding == 'q' || w->encoding == 'b';
}

/* How much of a text in Q a tag of n octets takes. */
static size_t
encoded_length(str text, size_t n)
{
	size_t i = 0;

	for (; n > 0 && i < text.n; n--)
		i += text.p[i] == '=' ? 3 : 1;
	return i;
}

static str
decoded_q(struct arena *a, str text)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == '=' && i + 2 < text.n) {
			c = (char)((hex_value(text.p[i + 1]) & 15) << 4 |
				   (hex_value(text.p[i + 2]) & 15));
			i += 2;
		}
		buf_char(&b, c == '_' ? ' ' : c);
	}
	return buf_str(&b);
}

/* The whole Subject was put into one word, though it needs none. */
static void
add_subject_plain(
	struct change_head *h, size_t slot, struct change_step step, str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] > '~')
			return;
	change_add_value(h, slot, step, text, true);
}

/* A tag within the first encoded word. */
static void
add_subject_word(struct change_head *h, size_t slot, str value, size_t at)
{
	struct arena *a = h->search->arena;
	struct word w;
	str text, rest;

	if (!first_word(str_skip(value, at), &w))
		return;
	w.at += at;
	str code = str_sub(value, w.at, w.n);
	if (w.encoding == 'q')
		text = decoded_q(a, code);
	else if (!base64_decode(a, code, &text, NULL))
		return;
	size_t n = tag_length(text);
	struct change_step step = { .kind = CHANGE_SUBJECT,
		.to = str_trim_wsp(str_sub(text, 0, n)) };
	if (n == 0)
		return;
	text = str_skip(text, n);
	if (w.encoding == 'q')
		rest = str_skip(code, encoded_length(code, n));
	else
		rest = base64_encode(a, text);
	change_add_value(h, slot, step,
		STR_CAT(a, str_sub(value, 0, w.at), rest,
			str_skip(value, w.at + w.n)),
		true);
	if (at == 0 && w.at + w.n + 2 == value.n)
		add_subject_plain(h, slot, step, text);
}

/* --- all of them ------------------------------------------------------- */

void
change_add_subjects(struct change_head *h)
{
	size_t slot = change_find_slot(h, STR("Subject"));

	if (slot == h->slots || !change_is_usable(h, slot))
		return;
	str value = change_value_of(h, slot);
	size_t at = 0;
	for (size_t replies = 0; replies < 3; replies++) {
		size_t one = tag_length(str_skip(value, at));
		size_t two = tag_length(str_skip(value, at + one));
		add_subject(h, slot, value, at, one);
		if (one > 0 && two > 0) {
			add_subject(h, slot, value, at, one + two);
			add_subject(h, slot, value, at + one, two);
		}
		add_subject_word(h, slot, value, at);
		if (at == 0 && one > 0)
			add_subject_moved(h, slot, value, one);
		size_t reply = reply_length(str_skip(value, at));
		if (reply == 0)
			break;
		at += reply;
	}
	add_subject_end(h, slot, value);
}
