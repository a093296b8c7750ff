/*
 * key.c - public keys, decoded once and kept ready.
 *
 * The keys of a run lie in a table that is filled in a circle: when it is full
 * the key that was loaded first makes room.
 */
#include "crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>

enum {
	RSA_MIN_BITS = 1024, /* RFC 8301 3.2 */
	RSA_MAX_BITS = 8192,
	RSA_MAX_EXPONENT = 4, /* bytes; a large one is an attack, 6376 8.13 */
	ED25519_BYTES = 32
};

/* --- decoding -------------------------------------------------------- */

static unsigned
count_bits(str n)
{
	unsigned bits = (unsigned)n.n * 8;
	unsigned top = n.n > 0 ? (unsigned char)n.p[0] : 0x80;

	for (; top < 0x80; top <<= 1)
		bits--;
	return bits;
}

static bool
is_odd(str n)
{
	return n.n > 0 && (n.p[n.n - 1] & 1) != 0;
}

enum key_error
rsa_numbers_judge(const struct rsa_numbers *rsa, unsigned *bits)
{
	*bits = count_bits(rsa->n);
	if (*bits < RSA_MIN_BITS)
		return KEY_TOO_SMALL;
	if (*bits > RSA_MAX_BITS)
		return KEY_TOO_LARGE;
	if (!is_odd(rsa->n) || !is_odd(rsa->e) || str_eq(rsa->e, STR("\1")) ||
		rsa->e.n > RSA_MAX_EXPONENT)
		return KEY_BAD_NUMBERS;
	return KEY_OK;
}

/* OpenSSL takes numbers in the order of the machine's bytes. */
static OSSL_PARAM
number_param(const char *name, unsigned char *room, str number)
{
	const uint16_t probe = 1;
	bool little = *(const unsigned char *)&probe == 1;

	for (size_t i = 0; i < number.n; i++)
		room[little ? number.n - 1 - i : i] =
			(unsigned char)number.p[i];
	return OSSL_PARAM_construct_BN(name, room, number.n);
}

static EVP_PKEY *
make_rsa(const struct rsa_numbers *rsa)
{
	unsigned char n[RSA_MAX_BITS / 8], e[RSA_MAX_EXPONENT];
	OSSL_PARAM params[] = {
		number_param(OSSL_PKEY_PARAM_RSA_N, n, rsa->n),
		number_param(OSSL_PKEY_PARAM_RSA_E, e, rsa->e),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;

	if (ctx && EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static enum key_error
decode_rsa(struct public_key *key, str data)
{
	struct rsa_numbers rsa;
	enum key_error error = rsa_numbers_read(data, &rsa);

	if (error == KEY_OK)
		error = rsa_numbers_judge(&rsa, &key->bits);
	if (error != KEY_OK)
		return error;
	key->pkey = make_rsa(&rsa);
	if (key->pkey)
		key->verify = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	return key->verify ? KEY_OK : KEY_REFUSED;
}

static enum key_error
decode_ed25519(struct public_key *key, str data)
{
	key->bits = 8 * ED25519_BYTES;
	if (data.n != ED25519_BYTES)
		return KEY_BAD_LENGTH;
	key->pkey = EVP_PKEY_new_raw_public_key_ex(
		NULL, "ED25519", NULL, (const unsigned char *)data.p, data.n);
	return key->pkey ? KEY_OK : KEY_REFUSED;
}

/* --- the table ------------------------------------------------------- */

static struct public_key *
find(struct crypto *c, enum key_kind kind, str data, uint32_t hash)
{
	uint16_t at = c->slot[hash % KEY_SLOTS];

	while (at != 0) {
		struct public_key *key = &c->key[at - 1];
		if (key->hash == hash && key->kind == kind &&
			str_eq(key->data, data))
			return key;
		at = key->next;
	}
	return NULL;
}

static void
unlink_key(struct crypto *c, const struct public_key *key)
{
	uint16_t *at = &c->slot[key->hash % KEY_SLOTS];

	while (&c->key[*at - 1] != key)
		at = &c->key[*at - 1].next;
	*at = key->next;
}

void
public_key_drop(struct public_key *key)
{
	EVP_PKEY_CTX_free(key->verify);
	EVP_PKEY_CTX_free(key->recover);
	EVP_PKEY_free(key->pkey);
	OPENSSL_free((char *)key->data.p);
	*key = (struct public_key){ .kind = KEY_UNKNOWN };
}

/* Puts the key into the table, which then owns what it holds. */
static struct public_key *
keep(struct crypto *c, struct public_key *made)
{
	if (!c->key)
		c->key = OPENSSL_zalloc(KEYS_KEPT * sizeof(*c->key));
	char *copy = OPENSSL_malloc(made->data.n + 1);
	if (!c->key || !copy) {
		OPENSSL_free(copy);
		made->data = (str){ 0 };
		public_key_drop(made);
		return NULL;
	}
	memcpy(copy, made->data.p, made->data.n);
	made->data.p = copy;

	size_t at = c->keys++ % KEYS_KEPT;
	struct public_key *key = &c->key[at];
	if (key->kind != KEY_UNKNOWN) {
		unlink_key(c, key);
		public_key_drop(key);
	}
	*key = *made;
	key->next = c->slot[key->hash % KEY_SLOTS];
	c->slot[key->hash % KEY_SLOTS] = (uint16_t)(at + 1);
	return key;
}

struct shelf *
crypto_shelf(struct crypto *c)
{
	if (!c->shelf)
		c->shelf = shelf_new();
	return c->shelf;
}

struct key_result
public_key_load(struct crypto *c, enum key_kind kind, str data)
{
	struct public_key made = { .kind = kind, .data = data };

	made.hash = str_hash(data, (uint32_t)kind);
	struct public_key *key = c->key ? find(c, kind, data, made.hash) : NULL;
	if (key)
		return (struct key_result){ KEY_OK, key->bits, key };

	crypto_start(c);
	ERR_set_mark(); /* the queue of errors is not ours to fill */
	enum key_error error = kind == KEY_RSA ? decode_rsa(&made, data)
					       : decode_ed25519(&made, data);
	ERR_pop_to_mark();
	unsigned bits = made.bits;
	if (error == KEY_OK) {
		key = keep(c, &made);
		error = key ? KEY_OK : KEY_REFUSED;
	} else {
		made.data = (str){ 0 };
		public_key_drop(&made);
	}
	return (struct key_result){ error, bits, key };
}
