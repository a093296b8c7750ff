/*
 * look.c - what the bytes of a p= are, key or not.
 *
 * Only the heads of the elements are read, so that a key that was cut is
 * known too.
 */
#include "crypto/crypto.h"

enum {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OBJECT = 0x06,
	DER_SEQUENCE = 0x30,
	RAW_BYTES = 32,   /* Ed25519 */
	SECRET_BYTES = 64 /* seed and public key, as some libraries keep it */
};

/* Goes into the element of that tag; *n is how long it says it is. */
static bool
enter(str *rest, unsigned tag, size_t *n)
{
	if (rest->n < 2 || (unsigned char)rest->p[0] != tag)
		return false;
	unsigned first = (unsigned char)rest->p[1];
	*rest = str_skip(*rest, 2);
	*n = first;
	if (first < 0x80)
		return true;
	if (first == 0x80 || first > 0x84 || rest->n < (first & 0x7f))
		return false;
	*n = 0;
	for (unsigned i = 0; i < (first & 0x7f); i++)
		*n = *n << 8 | (unsigned char)rest->p[i];
	*rest = str_skip(*rest, first & 0x7f);
	return true;
}

/* The rest of a SubjectPublicKeyInfo or a certificate, after its SEQUENCE. */
static enum key_shape
look_inside(str rest, struct key_look *look)
{
	static const str rsa = STR_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");
	static const str ed25519 = STR_INIT("\x2b\x65\x70");
	size_t algorithm, n;

	if (!enter(&rest, DER_SEQUENCE, &algorithm))
		return SHAPE_UNKNOWN;
	str object = str_sub(rest, 0, algorithm);
	rest = str_skip(rest, algorithm);
	if (!enter(&object, DER_OBJECT, &n))
		return SHAPE_CERTIFICATE;
	object = str_sub(object, 0, n);
	if (str_eq(object, rsa))
		return SHAPE_RSA;
	if (!str_eq(object, ed25519))
		return SHAPE_OTHER;
	if (enter(&rest, DER_BIT_STRING, &n) && rest.n == RAW_BYTES + 1)
		look->raw = str_skip(rest, 1);
	return SHAPE_ED25519;
}

/* The bits of the modulus, by the length that it says it has. */
static unsigned
bits_by_head(str rest)
{
	size_t n;

	if (!enter(&rest, DER_SEQUENCE, &n))
		return 0;
	if (rest.n > 0 && (unsigned char)rest.p[0] == DER_SEQUENCE) {
		enter(&rest, DER_SEQUENCE, &n);
		rest = str_skip(rest, n);
		if (!enter(&rest, DER_BIT_STRING, &n))
			return 0;
		rest = str_skip(rest, 1);
		if (!enter(&rest, DER_SEQUENCE, &n))
			return 0;
	}
	if (!enter(&rest, DER_INTEGER, &n) || n > UINT16_MAX)
		return 0;
	return 8 * (unsigned)(n - (n % 2)); /* a zero stands before it */
}

static void
look_at_rsa(str data, struct key_look *look)
{
	struct rsa_numbers numbers;

	look->error = rsa_numbers_read(data, &numbers);
	if (look->error == KEY_OK)
		look->error = rsa_numbers_judge(&numbers, &look->bits);
	else
		look->bits = bits_by_head(data);
}

struct key_look
public_key_look(str data)
{
	struct key_look look = { .error = KEY_NOT_DER };
	str inside = data;
	size_t n;

	if (data.n == RAW_BYTES)
		look.shape = SHAPE_RAW;
	else if (data.n == SECRET_BYTES ||
		 str_starts(data, STR("openssh-key-v1")))
		look.shape = SHAPE_PRIVATE;
	if (!enter(&inside, DER_SEQUENCE, &n) || inside.n == 0)
		return look;
	if ((unsigned char)inside.p[0] == DER_SEQUENCE)
		look.shape = look_inside(inside, &look);
	else if (str_starts(inside, STR("\x02\x01"))) /* a version number */
		look.shape = SHAPE_PRIVATE;
	else if ((unsigned char)inside.p[0] == DER_INTEGER)
		look.shape = SHAPE_RSA;
	if (look.shape != SHAPE_UNKNOWN && look.shape != SHAPE_RAW)
		look.whole = data.n - inside.n + n;
	if (look.shape == SHAPE_RSA)
		look_at_rsa(data, &look);
	return look;
}
