/*
 * change_mime.c - parts of a multipart body, and transfer encodings. (RFC 2045,
 * RFC 2046 5.1)
 */
#include "change.h"

#include <string.h>

/* --- fields ----------------------------------------------------------------
 */

str
mime_parameter(struct arena *a, str value, str name)
{
	str piece;

	str_split(&value, ';', &piece); /* the type */
	while (str_split(&value, ';', &piece)) {
		size_t equals = str_find(piece, '=');
		str found = str_trim_fws(str_sub(piece, 0, equals));
		if (equals == piece.n || !str_ieq(found, name))
			continue;
		str v = str_trim_fws(str_skip(piece, equals + 1));
		if (v.n == 0 || v.p[0] != '"')
			return str_sub(v, 0, str_find(v, ' '));
		v = str_skip(v, 1);
		return arena_dup(a, str_sub(v, 0, str_find(v, '"')));
	}
	return (str){ 0 };
}

str
mime_field(str headers, str name)
{
	str line;

	while (headers.n > 0) {
		size_t n = str_find(headers, '\n') + 1;
		while (n < headers.n && is_wsp(headers.p[n]))
			n += str_find(str_skip(headers, n), '\n') + 1;
		line = str_sub(headers, 0, n);
		headers = str_skip(headers, n);
		size_t colon = str_find(line, ':');
		if (str_ieq(str_trim_wsp(str_sub(line, 0, colon)), name))
			return str_trim_fws(str_skip(line, colon + 1));
	}
	return (str){ 0 };
}

/* --- parts ------------------------------------------------------------------
 */

/* "--boundary" at the start of the line, and "--" after it for the last. */
static bool
is_delimiter(str line, str boundary, bool *last)
{
	if (!str_starts(line, STR("--")) ||
		!str_starts(str_skip(line, 2), boundary))
		return false;
	str rest = str_skip(line, 2 + boundary.n);
	*last = str_starts(rest, STR("--"));
	return str_trim_fws(*last ? str_skip(rest, 2) : rest).n == 0;
}

static size_t
line_length(str s)
{
	size_t n = str_find(s, '\n');

	return n < s.n ? n + 1 : n;
}

/* The end of a part: without the line end that belongs to the delimiter. */
static str
without_end(str s)
{
	if (s.n > 0 && s.p[s.n - 1] == '\n')
		s.n--;
	if (s.n > 0 && s.p[s.n - 1] == '\r')
		s.n--;
	return s;
}

static void
split_part(struct mime_part *part, str text)
{
	size_t n = 0;

	while (n < text.n) {
		str line = str_skip(text, n);
		size_t length = line_length(line);
		if (str_trim_fws(str_sub(line, 0, length)).n == 0) {
			part->headers = str_sub(text, 0, n);
			part->body = str_skip(text, n + length);
			return;
		}
		n += length;
	}
	part->headers = text;
	part->body = STR("");
}

size_t
mime_split(str body, str boundary, struct mime_part *part, size_t most)
{
	size_t n = 0, begin = 0;
	bool open = false, last = false;

	if (boundary.n == 0)
		return 0;
	for (size_t at = 0; at < body.n && !last;) {
		str line = str_skip(body, at);
		size_t length = line_length(line);
		if (is_delimiter(str_sub(line, 0, length), boundary, &last)) {
			if (open)
				split_part(&part[n - 1],
					without_end(str_sub(
						body, begin, at - begin)));
			open = !last && n < most;
			begin = at + length;
			if (open)
				part[n++] = (struct mime_part){ .at = at };
			else if (!last)
				return n;
		}
		at += length;
	}
	if (open)
		split_part(&part[n - 1], str_skip(body, begin));
	return n;
}

/* --- line ends
 * ---------------------------------------------------------------- */

static str
with_line_end(struct arena *a, str s, str end)
{
	struct buf b = { .arena = a };
	str line;

	while (s.n > 0) {
		size_t n = str_find(s, '\n');
		line = str_sub(s, 0, n);
		bool ended = n < s.n;
		s = str_skip(s, n + 1);
		if (ended && line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		buf_add(&b, line);
		if (ended)
			buf_add(&b, end);
	}
	return buf_str(&b);
}

str
with_crlf(struct arena *a, str s)
{
	return with_line_end(a, s, STR("\r\n"));
}

str
with_lf(struct arena *a, str s)
{
	return with_line_end(a, s, STR("\n"));
}

/* --- quoted-printable (RFC 2045 6.7)
 * -------------------------------------------- */

static void
decode_line(struct buf *b, str line, bool ended)
{
	while (line.n > 0 && is_fws(line.p[line.n - 1]))
		line.n--;
	bool soft = line.n > 0 && line.p[line.n - 1] == '=';
	line.n -= soft;
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '=' && i + 2 < line.n &&
			hex_value(line.p[i + 1]) >= 0 &&
			hex_value(line.p[i + 2]) >= 0) {
			buf_char(b, (char)(hex_value(line.p[i + 1]) << 4 |
					    hex_value(line.p[i + 2])));
			i += 2;
		} else if (line.p[i] == '=' && i + 3 == line.n &&
			   hex_value(line.p[i + 1]) >= 0 &&
			   hex_value(line.p[i + 2]) >= 0) {
			buf_char(b, (char)(hex_value(line.p[i + 1]) << 4 |
					    hex_value(line.p[i + 2])));
			i += 2;
		} else {
			buf_char(b, line.p[i]);
		}
	}
	if (!soft && ended)
		buf_add(b, STR("\r\n"));
}

str
qp_decode(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	while (s.n > 0) {
		size_t n = str_find(s, '\n');
		decode_line(&b, str_sub(s, 0, n), n < s.n);
		s = str_skip(s, n + 1);
	}
	return buf_str(&b);
}

static void
encode_line(struct buf *b, str line)
{
	enum { MOST = 75 }; /* and the soft break */
	static const char hex[] = "0123456789ABCDEF";
	size_t column = 0;

	for (size_t i = 0; i < line.n; i++) {
		char c = line.p[i];
		bool last = i + 1 == line.n;
		bool plain = (c > ' ' && c < 0x7f && c != '=') ||
			     (is_wsp(c) && !last);
		size_t need = plain ? 1 : 3;
		if (column + need > MOST + (last ? 1u : 0u)) {
			buf_add(b, STR("=\r\n"));
			column = 0;
		}
		if (plain) {
			buf_char(b, c);
		} else {
			buf_char(b, '=');
			buf_char(b, hex[(unsigned char)c >> 4]);
			buf_char(b, hex[c & 15]);
		}
		column += need;
	}
}

str
qp_encode(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	while (s.n > 0) {
		size_t n = str_find(s, '\n');
		str line = str_sub(s, 0, n);
		bool ended = n < s.n;
		if (ended && line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		encode_line(&b, line);
		if (ended)
			buf_add(&b, STR("\r\n"));
		s = str_skip(s, n + 1);
	}
	return buf_str(&b);
}
