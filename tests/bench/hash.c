/*
 * hash.c - the floor of a long body: each FILE read and hashed.
 */
#include <fcntl.h>
#include <unistd.h>

#include <openssl/evp.h>

static char buffer[64 << 10];

static int
hash(const EVP_MD *sha256, EVP_MD_CTX *context, const char *name)
{
	unsigned char sum[32];
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

int
main(int argc, char **argv)
{
	EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int good = sha256 && context;

	for (int i = 1; good && i < argc; i++)
		good = hash(sha256, context, argv[i]);
	EVP_MD_CTX_free(context);
	EVP_MD_free(sha256);
	return !good;
}
