/*
 * spool.c - a message as it was read.
 */
#include "spool.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* tmpfile() knows nothing of TMPDIR. */
static FILE *
open_nameless(struct arena *a)
{
	const char *dir = getenv("TMPDIR");

	if (dir == NULL || dir[0] == '\0')
		return tmpfile();
	char *name = arena_zstr(
		a, STR_CAT(a, str_from(dir), STR("/mailauth.XXXXXX")));
	int fd = mkstemp(name);
	if (fd < 0)
		return NULL;
	unlink(name);
	FILE *file = fdopen(fd, "w+");
	if (file == NULL)
		close(fd);
	return file;
}

struct spill
spill_open(struct arena *a)
{
	struct spill s = { .file = open_nameless(a) };

	s.error = s.file == NULL ? errno : 0;
	return s;
}

void
spill_close(struct spill *s)
{
	if (s->file != NULL)
		fclose(s->file);
	s->file = NULL;
}

/* --- a message ------------------------------------------------------- */

void
spool_begin(struct spool *s, struct arena *a, const struct spill *spill)
{
	*s = (struct spool){ .memory = { .arena = a }, .spill = spill };
	if (spill->file != NULL)
		rewind(spill->file);
}

static void
fail(struct spool *s, int error)
{
	if (s->error == 0)
		s->error = error != 0 ? error : EIO;
}

static void
add_to_file(struct spool *s, str rest)
{
	FILE *file = s->spill->file;

	if (rest.n == 0 || s->error != 0)
		return;
	errno = 0;
	if (file == NULL)
		fail(s, s->spill->error);
	else if (fwrite(rest.p, 1, rest.n, file) < rest.n)
		fail(s, errno);
}

void
spool_add(struct spool *s, str chunk)
{
	str first = str_sub(chunk, 0, SPOOL_MEMORY - s->memory.n);

	s->n += chunk.n;
	buf_add(&s->memory, first);
	add_to_file(s, str_skip(chunk, first.n));
}

bool
spool_flush(struct spool *s)
{
	errno = 0;
	if (s->n > s->memory.n && s->error == 0 && fflush(s->spill->file) != 0)
		fail(s, errno);
	return s->error == 0;
}

static void
print_from_file(struct spool *s, uint64_t from, uint64_t to)
{
	char chunk[16 << 10];
	uint64_t at = from - s->memory.n;
	FILE *file = s->spill->file;

	errno = 0;
	if (file == NULL || fseeko(file, (off_t)at, SEEK_SET) != 0) {
		fail(s, errno);
		return;
	}
	while (from < to) {
		size_t want = to - from < sizeof(chunk) ? (size_t)(to - from)
							: sizeof(chunk);
		size_t n = fread(chunk, 1, want, file);
		if (n == 0) {
			fail(s, errno);
			return;
		}
		fwrite(chunk, 1, n, stdout);
		from += n;
	}
}

void
spool_print(struct spool *s, uint64_t from, uint64_t to)
{
	uint64_t kept = s->memory.n, cut = to < kept ? to : kept;

	if (from < cut) {
		fwrite(s->memory.p + from, 1, (size_t)(cut - from), stdout);
		from = cut;
	}
	if (from < to)
		print_from_file(s, from, to);
}
