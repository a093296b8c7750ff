/*
 * key_file.c - a private key from a file.
 *
 * Words on stderr: a file that cannot be read, what is no usable private key.
 */
#include "key_file.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Far more than a key with anything around it. */
enum { MOST = 1 << 18 };

static void
refuse(struct arena *a, const char *verb, const char *name, str cause)
{
	SAY(a, STR("cannot "), str_from(verb), STR(" "), say_file(a, name),
		STR(": "), cause);
}

static str
cause_of(enum private_error error)
{
	switch (error) {
	case PRIVATE_NONE: return STR("no private key in it");
	case PRIVATE_PUBLIC:
		return STR("a public key or certificate, not the private key");
	case PRIVATE_ENCRYPTED:
		return STR("it has a passphrase (openssl pkey takes it off)");
	case PRIVATE_DAMAGED: return STR("the private key is damaged");
	case PRIVATE_OTHER_KIND: return STR("neither RSA nor Ed25519");
	case PRIVATE_TOO_SMALL: return STR("RSA of less than 1024 bits");
	case PRIVATE_TOO_LARGE: return STR("RSA of more than 8192 bits");
	case PRIVATE_OK:
	case PRIVATE_REFUSED: break;
	}
	return STR("OpenSSL refuses it");
}

/* Octets read into p; 0 with errno when it fails, or there is too much. */
static size_t
fill(int fd, char *p)
{
	size_t n = 0;

	while (n < MOST) {
		ssize_t more = read(fd, p + n, MOST - n);
		if (more == 0)
			return n;
		if (more > 0)
			n += (size_t)more;
		else if (errno != EINTR)
			return 0;
	}
	errno = EFBIG;
	return 0;
}

static struct private_key *
read_key(struct crypto *c, struct arena *a, int fd, const char *name)
{
	str text = { arena_alloc(a, MOST), MOST };

	errno = 0;
	size_t n = fill(fd, (char *)text.p);
	int error = errno;
	struct private_result r = private_key_load(c, a, str_sub(text, 0, n));
	private_wipe(text);
	if (n == 0 && error != 0 && error != EINTR)
		refuse(a, "read", name, say_errno(error));
	else if (r.error != PRIVATE_OK)
		refuse(a, "use", name, cause_of(r.error));
	return r.key;
}

struct private_key *
key_file_read(struct crypto *c, struct arena *a, const char *name)
{
	bool is_stdin = strcmp(name, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		int error = errno;
		if (strncmp(name, "-----", 5) == 0)
			say(STR("the name of the file with the key is wanted, "
				"not the key"));
		else
			refuse(a, "open", name, say_errno(error));
		return NULL;
	}
	struct private_key *key = read_key(c, a, fd, name);
	if (!is_stdin)
		close(fd);
	return key;
}
