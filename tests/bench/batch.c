/*
 * batch.c - the floor of a batch: what no program of this kind can avoid.
 *
 * Each file is opened, read and hashed with a context that is kept, and one
 * RSA-2048 signature is verified with a key that is kept.  Nothing is parsed.
 */
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <string.h>
#include <unistd.h>

enum { RSA_BYTES = 256, HASH_BYTES = 32 };

struct kit {
	EVP_MD *md;
	EVP_MD_CTX *hash;
	EVP_PKEY *key;
	EVP_PKEY_CTX *verify;
};

/* A public key and a signature need not be genuine to cost the same. */
static EVP_PKEY *
make_key(void)
{
	unsigned char exponent[3] = { 1, 0, 1 }, modulus[RSA_BYTES];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_BN(
			OSSL_PKEY_PARAM_RSA_N, modulus, sizeof(modulus)),
		OSSL_PARAM_construct_BN(
			OSSL_PKEY_PARAM_RSA_E, exponent, sizeof(exponent)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *make = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;

	memset(modulus, 0xc5, sizeof(modulus));
	EVP_PKEY_fromdata_init(make);
	EVP_PKEY_fromdata(make, &key, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(make);
	return key;
}

static int
open_kit(struct kit *k)
{
	k->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	k->hash = EVP_MD_CTX_new();
	k->key = make_key();
	k->verify = EVP_PKEY_CTX_new_from_pkey(NULL, k->key, NULL);
	return k->md && k->hash && k->verify &&
	       EVP_PKEY_verify_init(k->verify) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(k->verify, RSA_PKCS1_PADDING) ==
		       1 &&
	       EVP_PKEY_CTX_set_signature_md(k->verify, k->md) == 1;
}

static void
close_kit(struct kit *k)
{
	EVP_PKEY_CTX_free(k->verify);
	EVP_PKEY_free(k->key);
	EVP_MD_CTX_free(k->hash);
	EVP_MD_free(k->md);
}

static int
hash_file(struct kit *k, const char *name, unsigned char *digest)
{
	char buffer[65536];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return 0;
	EVP_DigestInit_ex2(k->hash, k->md, NULL);
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		EVP_DigestUpdate(k->hash, buffer, (size_t)n);
	close(fd);
	return EVP_DigestFinal_ex(k->hash, digest, NULL) == 1;
}

int
main(int argc, char **argv)
{
	unsigned char signature[RSA_BYTES], digest[HASH_BYTES];
	struct kit k;
	int well;

	memset(signature, 0x3a, sizeof(signature));
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	well = open_kit(&k);
	for (int i = 1; i < argc && well; i++) {
		well = hash_file(&k, argv[i], digest);
		EVP_PKEY_verify(k.verify, signature, sizeof(signature), digest,
			sizeof(digest));
	}
	close_kit(&k);
	return !well;
}
