/*
 * sign.c - signs for the corpus: sign KEY FILE...
 *
 * Prints an rsa-sha256 signature of each FILE in base64, a line each.  The
 * openssl command signs one file a run, which takes ten times as long.
 */
#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

static EVP_PKEY *
read_key(const char *name)
{
	FILE *f = fopen(name, "r");
	EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	if (f)
		fclose(f);
	return key;
}

/* The whole of it, or as much as fits: header sections are short. */
static size_t
read_file(const char *name, unsigned char *text, size_t size)
{
	FILE *f = fopen(name, "rb");
	size_t n = f ? fread(text, 1, size, f) : 0;

	if (f)
		fclose(f);
	return n;
}

static int
sign(EVP_PKEY *key, const char *name)
{
	static unsigned char text[64 << 10], line[1024];
	unsigned char signature[512];
	size_t n = read_file(name, text, sizeof(text));
	size_t size = sizeof(signature);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int good = n > 0 && n < sizeof(text) &&
		   EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) ==
			   1 &&
		   EVP_DigestSign(context, signature, &size, text, n) == 1;

	EVP_MD_CTX_free(context);
	if (good) {
		EVP_EncodeBlock(line, signature, (int)size);
		puts((char *)line);
	}
	return good;
}

int
main(int argc, char **argv)
{
	EVP_PKEY *key = argc > 1 ? read_key(argv[1]) : NULL;
	int good = key != NULL;

	for (int i = 2; good && i < argc; i++)
		good = sign(key, argv[i]);
	EVP_PKEY_free(key);
	return !good;
}
