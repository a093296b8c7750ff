/*
 * batch.c - the floor of a batch: batch [-n VERIFICATIONS] KEY FILE...
 *
 * Each FILE is opened, read, hashed and closed, and a signature is verified
 * once or n times with a key that is ready.  The signature is genuine, since a
 * failure costs more, and made once from KEY, the PEM file of an RSA key.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

static char buffer[64 << 10];
static unsigned char signature[512], sum[32];
static const unsigned char signed_hash[32];
static size_t signature_size = sizeof(signature);

/* A context that verifies `signature`. */
static EVP_PKEY_CTX *
key_open(const char *name, const EVP_MD *sha256)
{
	FILE *f = fopen(name, "r");
	EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	int good = EVP_PKEY_sign_init(context) == 1 &&
		   EVP_PKEY_CTX_set_signature_md(context, sha256) == 1 &&
		   EVP_PKEY_sign(context, signature, &signature_size,
			   signed_hash, sizeof(signed_hash)) == 1 &&
		   EVP_PKEY_verify_init(context) == 1 &&
		   EVP_PKEY_CTX_set_signature_md(context, sha256) == 1;

	EVP_PKEY_free(key);
	if (f)
		fclose(f);
	if (good)
		return context;
	EVP_PKEY_CTX_free(context);
	return NULL;
}

static int
hash(const EVP_MD *sha256, EVP_MD_CTX *context, const char *name)
{
	int fd = open(name, O_RDONLY);
	ssize_t n = -1;

	EVP_DigestInit_ex2(context, sha256, NULL);
	while (fd >= 0 && (n = read(fd, buffer, sizeof(buffer))) > 0)
		EVP_DigestUpdate(context, buffer, (size_t)n);
	EVP_DigestFinal_ex(context, sum, NULL);
	if (fd >= 0)
		close(fd);
	return n == 0;
}

static int
verify(EVP_PKEY_CTX *key, int times)
{
	int good = 1;

	while (good && times-- > 0)
		good = EVP_PKEY_verify(key, signature, signature_size,
			       signed_hash, sizeof(signed_hash)) == 1;
	return good;
}

int
main(int argc, char **argv)
{
	EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int times = 1, option, good;
	EVP_PKEY_CTX *key;

	while ((option = getopt(argc, argv, "n:")) == 'n')
		times = atoi(optarg);
	key = optind < argc ? key_open(argv[optind], sha256) : NULL;
	good = option == -1 && sha256 && context && key;
	for (int i = optind + 1; good && i < argc; i++)
		good = hash(sha256, context, argv[i]) && verify(key, times);
	EVP_PKEY_CTX_free(key);
	EVP_MD_CTX_free(context);
	EVP_MD_free(sha256);
	return !good;
}
