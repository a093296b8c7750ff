/*
 * hash.c - the floor of a large message: it is read and hashed, no more.
 *
 * Linked like the program itself, so that the loader has as much to do.
 */
#include <openssl/evp.h>

#include <fcntl.h>
#include <unistd.h>

/* False when the file cannot be read to its end. */
static int
hash_file(const char *name, EVP_MD_CTX *ctx)
{
	static char buffer[64 << 10];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return 0;
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		EVP_DigestUpdate(ctx, buffer, (size_t)n);
	close(fd);
	return n == 0;
}

int
main(int argc, char **argv)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int good = argc > 1 && md && ctx &&
		   EVP_DigestInit_ex2(ctx, md, NULL) == 1 &&
		   hash_file(argv[1], ctx) &&
		   EVP_DigestFinal_ex(ctx, hash, NULL) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
	return !good;
}
