/*
 * der.c - n and e out of an RSA key.
 *
 * OpenSSL's own decoder costs as much as six verifications, and what we need
 * of DER is little: SEQUENCE, INTEGER, BIT STRING and one OBJECT IDENTIFIER.
 * Bytes after the key are passed over, as all verifiers do.
 */
#include "crypto/crypto.h"

enum {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OBJECT = 0x06,
	DER_SEQUENCE = 0x30
};

/* A reader that remembers its first error: read on, and test once. */
struct der {
	str rest;
	bool outermost; /* what is missing here was cut off the record */
	enum key_error error;
};

static unsigned
next_byte(struct der *d)
{
	if (d->rest.n == 0) {
		if (d->error == KEY_OK)
			d->error = d->outermost ? KEY_TRUNCATED : KEY_NOT_DER;
		return 0;
	}
	unsigned char c = (unsigned char)d->rest.p[0];
	d->rest = str_skip(d->rest, 1);
	return c;
}

/* A definite length of at most four bytes. (X.690 8.1.3) */
static size_t
read_length(struct der *d)
{
	unsigned first = next_byte(d);
	size_t n = 0;

	if (first < 0x80)
		return first;
	if (first == 0x80 || first > 0x84) {
		d->error = KEY_NOT_DER;
		return 0;
	}
	for (unsigned i = 0; i < (first & 0x7f); i++)
		n = n << 8 | next_byte(d);
	return n;
}

static bool
at_tag(const struct der *d, unsigned tag)
{
	return d->rest.n > 0 && (unsigned char)d->rest.p[0] == tag;
}

/* The contents of the next element, which must have that tag. */
static struct der
read_element(struct der *d, unsigned tag)
{
	struct der inner = { .error = KEY_NOT_DER };

	if (d->rest.n > 0 && !at_tag(d, tag))
		d->error = KEY_NOT_DER;
	next_byte(d);
	size_t n = read_length(d);
	if (d->error == KEY_OK && n > d->rest.n)
		d->error = d->outermost ? KEY_TRUNCATED : KEY_NOT_DER;
	inner.error = d->error;
	inner.rest = str_sub(d->rest, 0, n);
	d->rest = str_skip(d->rest, n);
	return inner;
}

/* A positive number without the zeros before it. */
static str
read_number(struct der *d)
{
	str s = read_element(d, DER_INTEGER).rest;

	if (d->error == KEY_OK && (s.n == 0 || (s.p[0] & 0x80) != 0))
		d->error = KEY_BAD_NUMBERS;
	while (s.n > 0 && s.p[0] == '\0')
		s = str_skip(s, 1);
	return s;
}

/* RSAPublicKey ::= SEQUENCE { n INTEGER, e INTEGER } (RFC 8017 A.1.1) */
static enum key_error
read_numbers(struct der *sequence, struct rsa_numbers *out)
{
	out->n = read_number(sequence);
	out->e = read_number(sequence);
	return sequence->error;
}

/* The rest of a SubjectPublicKeyInfo, after its SEQUENCE. (RFC 5280 4.1) */
static enum key_error
read_key_info(struct der *info, struct rsa_numbers *out)
{
	static const str rsa = STR_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");
	struct der algorithm = read_element(info, DER_SEQUENCE);
	struct der object = read_element(&algorithm, DER_OBJECT);

	if (algorithm.error != KEY_OK)
		return algorithm.error;
	if (!str_eq(object.rest, rsa))
		return KEY_OTHER_KIND;
	struct der bits = read_element(info, DER_BIT_STRING);
	if (next_byte(&bits) != 0 && bits.error == KEY_OK)
		return KEY_NOT_DER; /* a count of unused bits */
	struct der key = read_element(&bits, DER_SEQUENCE);
	return read_numbers(&key, out);
}

enum key_error
rsa_numbers_read(str der, struct rsa_numbers *out)
{
	struct der d = { .rest = der, .outermost = true };
	struct der outer = read_element(&d, DER_SEQUENCE);

	if (outer.error != KEY_OK)
		return outer.error;
	return at_tag(&outer, DER_SEQUENCE) ? read_key_info(&outer, out)
					    : read_numbers(&outer, out);
}
