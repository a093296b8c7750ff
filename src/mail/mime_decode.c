/*
 * mime_decode.c - content out of its transfer encoding, in pieces of any size.
 */
#include "mail/mime_decode.h"

#include "mailauth/base64.h"

#include <string.h>

/* --- base64 ---------------------------------------------------------- */

/* Of four digits two make one octet, and three make two. */
static size_t
end_quantum(struct mime_decoder *d, char *to)
{
	size_t digits = d->n;

	d->n = 0;
	if (digits < 2)
		return 0;
	uint32_t bits = d->bits << 6 * (4 - digits);
	for (size_t i = 0; i + 1 < digits; i++)
		to[i] = (char)(bits >> (16 - 8 * i));
	return digits - 1;
}

static size_t
decode_base64(struct mime_decoder *d, str piece, char *to)
{
	size_t n = 0;

	for (size_t i = 0; i < piece.n; i++) {
		uint32_t value = base64_value(piece.p[i]);
		if (value < 64) {
			d->bits = d->bits << 6 | value;
			if (++d->n == 4)
				n += end_quantum(d, to + n);
		} else if (piece.p[i] == '=') {
			n += end_quantum(d, to + n);
		}
	}
	return n;
}

/* --- quoted-printable ------------------------------------------------ */

/*
 * Held back is what a line end would take away: blanks, or "=" and blanks,
 * perhaps with the CR of the line end; or the first digit of an escape.
 */
static size_t
release(struct mime_decoder *d, char *to)
{
	size_t n = d->n;

	memcpy(to, d->held, n);
	d->n = 0;
	return n;
}

static bool
is_escape(const struct mime_decoder *d)
{
	return d->n > 0 && d->held[0] == '=';
}

static bool
has_digit(const struct mime_decoder *d)
{
	return d->n == 2 && is_escape(d) && hex_value(d->held[1]) >= 0;
}

static bool
has_cr(const struct mime_decoder *d)
{
	return d->n > 0 && d->held[d->n - 1] == '\r';
}

static bool
is_held(const struct mime_decoder *d, char c)
{
	if (has_digit(d) || has_cr(d) || d->n == MIME_HELD)
		return false;
	if (is_wsp(c) || c == '\r')
		return true;
	return d->n == 0 ? c == '='
			 : is_escape(d) && d->n == 1 && hex_value(c) >= 0;
}

/* A line end: the blanks before it were added on the way. (6.7 rule 3) */
static size_t
end_line(struct mime_decoder *d, char *to)
{
	size_t n = 0;

	if (!is_escape(d)) {
		if (has_cr(d))
			to[n++] = '\r';
		to[n++] = '\n';
	}
	d->n = 0;
	return n;
}

static size_t
decode_octet(struct mime_decoder *d, char c, char *to)
{
	if (has_digit(d) && hex_value(c) >= 0) {
		*to = (char)(hex_value(d->held[1]) << 4 | hex_value(c));
		d->n = 0;
		return 1;
	}
	if (c == '\n' && !has_digit(d))
		return end_line(d, to);
	if (is_held(d, c)) {
		d->held[d->n++] = c;
		return 0;
	}
	size_t n = release(d, to);
	if (n > 0) /* it was text, and c is looked at afresh */
		return n + decode_octet(d, c, to + n);
	*to = c;
	return 1;
}

/* --- both ------------------------------------------------------------ */

void
mime_decode_begin(struct mime_decoder *d, enum mime_encoding encoding)
{
	d->encoding = encoding;
	d->n = 0;
}

size_t
mime_decode(struct mime_decoder *d, str piece, char *to)
{
	size_t n = 0;

	if (d->encoding == MIME_BASE64)
		return decode_base64(d, piece, to);
	for (size_t i = 0; i < piece.n; i++)
		n += decode_octet(d, piece.p[i], to + n);
	return n;
}

size_t
mime_decode_end(struct mime_decoder *d, char *to)
{
	if (d->encoding == MIME_BASE64)
		return end_quantum(d, to);
	/* the end is one of a line too: blanks go, and "=" before them */
	if (has_digit(d) || (has_cr(d) && !is_escape(d)))
		return release(d, to);
	d->n = 0;
	return 0;
}
