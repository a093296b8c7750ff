/*
 * keys.c - private keys in files.
 */
#include "keys.h"
#include "input.h"
#include "say.h"

#include <errno.h>
#include <unistd.h>

enum { KEY_FILE_MAX = 64 << 10 };

static str
word_of(enum private_error error)
{
	switch (error) {
	case PRIVATE_OK: break;
	case PRIVATE_NONE: return STR("no private key in it (PEM)");
	case PRIVATE_PUBLIC: return STR("that is the public half");
	case PRIVATE_ENCRYPTED:
		return STR("it is locked by a passphrase (openssl pkey -in "
			   "FILE -out NEW takes it away)");
	case PRIVATE_DAMAGED: return STR("its PEM is damaged");
	case PRIVATE_OTHER_KIND: return STR("neither RSA nor Ed25519");
	case PRIVATE_TOO_SMALL: return STR("RSA under 1024 bits (RFC 8301)");
	case PRIVATE_TOO_LARGE: return STR("RSA over 8192 bits");
	case PRIVATE_REFUSED: return STR("OpenSSL refuses it");
	}
	return STR("");
}

/* Into p, with room for one octet more than may be; -1 with errno. */
static ssize_t
read_all(int fd, char *p)
{
	size_t n = 0;
	ssize_t got;

	while (n <= KEY_FILE_MAX &&
		(got = read(fd, p + n, KEY_FILE_MAX + 1 - n)) != 0) {
		if (got < 0 && errno != EINTR)
			return -1;
		n += got > 0 ? (size_t)got : 0;
	}
	return (ssize_t)n;
}

static struct private_key *
load(struct crypto *c, struct arena *a, const char *name, int fd)
{
	static char text[KEY_FILE_MAX + 1];
	ssize_t n = read_all(fd, text);

	if (n < 0 || n > KEY_FILE_MAX) {
		SAY(a, STR("cannot read "), say_file(a, name), STR(": "),
			n < 0 ? say_errno(errno) : STR("too large for a key"));
		return NULL;
	}
	struct private_result r =
		private_key_load(c, a, (str){ text, (size_t)n });
	secret_wipe(text, sizeof(text));
	if (r.error != PRIVATE_OK)
		SAY(a, STR("cannot use "), say_file(a, name),
			STR(" as a key: "), word_of(r.error));
	return r.key;
}

struct private_key *
key_file_load(struct crypto *c, struct arena *a, const char *name)
{
	struct stat st;
	str error = { 0 };
	int fd = input_open(a, name, &st, &error);

	if (fd < 0) {
		say(error);
		return NULL;
	}
	struct private_key *key = load(c, a, name, fd);
	if (fd != STDIN_FILENO)
		close(fd);
	return key;
}
