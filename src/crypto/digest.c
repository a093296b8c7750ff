/*
 * digest.c - digests, and the life of a struct crypto.
 *
 * EVP_sha256() looks the algorithm up at each use, which costs more than the
 * hash of a short text; here it is fetched once, and contexts are reused.
 */
#include "crypto/crypto.h"

#include <string.h>

#include <openssl/crypto.h>

struct hasher {
	struct crypto *crypto;
	struct hasher *next; /* while idle */
	EVP_MD_CTX *ctx;
	enum digest_kind kind;
};

struct crypto *
crypto_new(void)
{
	return OPENSSL_zalloc(sizeof(struct crypto));
}

void
crypto_free(struct crypto *c)
{
	if (!c)
		return;
	hashers_free(c);
	for (size_t i = 0; c->key && i < KEYS_KEPT; i++)
		public_key_drop(&c->key[i]);
	OPENSSL_free(c->key);
	shelf_free(c->shelf);
	for (size_t i = 0; i < DIGEST_KINDS; i++)
		EVP_MD_free(c->md[i]);
	OPENSSL_free(c);
}

bool
crypto_use_memory(void *(*get)(size_t, const char *, int),
	void *(*resize)(void *, size_t, const char *, int),
	void (*give_back)(void *, const char *, int))
{
	return CRYPTO_set_mem_functions(get, resize, give_back) == 1;
}

/* A configuration file could change what a signature means. */
void
crypto_start(struct crypto *c)
{
	if (!c->started)
		OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	c->started = true;
}

static const EVP_MD *
fetched(struct crypto *c, enum digest_kind kind)
{
	const char *name = kind == DIGEST_SHA1 ? "SHA1" : "SHA256";

	crypto_start(c);
	if (!c->md[kind])
		c->md[kind] = EVP_MD_fetch(NULL, name, NULL);
	return c->md[kind];
}

static struct hasher *
hasher_make(struct crypto *c)
{
	struct hasher *h = OPENSSL_malloc(sizeof(*h));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!h || !ctx) {
		OPENSSL_free(h);
		EVP_MD_CTX_free(ctx);
		return NULL;
	}
	*h = (struct hasher){ .crypto = c, .ctx = ctx };
	return h;
}

/* An idle one, or a new one; not begun. */
static struct hasher *
hasher_take(struct crypto *c)
{
	struct hasher *h = c->idle;

	if (!h)
		return hasher_make(c);
	c->idle = h->next;
	return h;
}

struct hasher *
hasher_new(struct crypto *c, enum digest_kind kind)
{
	const EVP_MD *md = fetched(c, kind);
	struct hasher *h = md ? hasher_take(c) : NULL;

	if (!h)
		return NULL;
	h->kind = kind;
	if (EVP_DigestInit_ex2(h->ctx, md, NULL) != 1) {
		hasher_free(h);
		return NULL;
	}
	return h;
}

void
hasher_free(struct hasher *h)
{
	if (!h)
		return;
	h->next = h->crypto->idle;
	h->crypto->idle = h;
}

void
hashers_free(struct crypto *c)
{
	while (c->idle) {
		struct hasher *h = c->idle;
		c->idle = h->next;
		EVP_MD_CTX_free(h->ctx);
		OPENSSL_free(h);
	}
}

void
hasher_add(struct hasher *h, str s)
{
	if (h && s.n > 0)
		EVP_DigestUpdate(h->ctx, s.p, s.n);
}

struct hasher *
hasher_fork(struct hasher *h)
{
	struct hasher *copy = h ? hasher_take(h->crypto) : NULL;

	if (!copy)
		return NULL;
	copy->kind = h->kind;
	if (EVP_MD_CTX_copy_ex(copy->ctx, h->ctx) != 1) {
		hasher_free(copy);
		return NULL;
	}
	return copy;
}

struct digest
hasher_end(struct hasher *h)
{
	struct digest d = { .n = 0 };
	unsigned n = 0;

	if (h && EVP_DigestFinal_ex(h->ctx, d.b, &n) == 1)
		d.n = n;
	return d;
}

struct digest
digest_of(struct crypto *c, enum digest_kind kind, str s)
{
	struct hasher *h = hasher_new(c, kind);

	hasher_add(h, s);
	struct digest d = hasher_end(h);
	hasher_free(h);
	return d;
}

bool
digest_eq(struct digest d, str s)
{
	return d.n > 0 && d.n == s.n && memcmp(d.b, s.p, d.n) == 0;
}
