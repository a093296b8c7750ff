/*
 * key_files.c - a new key to its two files.
 *
 * A new name is made by open(O_EXCL), so nothing that is there is touched, and
 * links are not followed.  With --force both are written under other names in
 * the same directory.  Then the record takes its place, which can be taken
 * back, and last the key, whose place is never empty.
 *
 * Words on stderr: a file that is there already, one that cannot be created,
 * written or replaced.
 */
#include "key_file.h"
#include "save.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct output {
	const char *name; /* where it is to be */
	char *written;    /* where it is; NULL: nowhere that is ours */
	mode_t mode;      /* in the end; it begins with 0600 */
	str text;
};

static bool
refuse(struct arena *a, const char *verb, const char *name, int error)
{
	SAY(a, STR("cannot "), str_from(verb), STR(" "), say_file(a, name),
		STR(": "), say_errno(error),
		error == EEXIST ? STR(" (another -s makes another; --force "
				      "replaces it)")
				: STR(""));
	return false;
}

/* --- one file -------------------------------------------------------- */

static int
create(struct arena *a, struct output *out, bool force)
{
	char *name = force ? save_name_beside(a, out->name)
			   : arena_zstr(a, str_from(out->name));
	int fd = force ? mkstemp(name)
		       : open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
				 0600);

	out->written = fd >= 0 ? name : NULL;
	return fd;
}

static bool
write_all(int fd, str text)
{
	while (text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);
		if (n < 0 && errno != EINTR)
			return false;
		text = str_skip(text, n > 0 ? (size_t)n : 0);
	}
	return true;
}

static bool
write_file(struct arena *a, struct output *out, bool force)
{
	int fd = create(a, out, force);

	if (fd < 0)
		return refuse(a, "create", out->name, errno);
	/* the mask may have taken away more than it should */
	bool done = fchmod(fd, out->mode) == 0 && write_all(fd, out->text) &&
		    fsync(fd) == 0;
	int error = errno;
	if (close(fd) != 0 && done) {
		done = false;
		error = errno;
	}
	return done || refuse(a, "write", out->name, error);
}

/* --- both ------------------------------------------------------------ */

static void
take_away(struct output *out)
{
	if (out->written != NULL)
		unlink(out->written);
	out->written = NULL;
}

static bool
move(struct arena *a, struct output *out)
{
	if (rename(out->written, out->name) != 0)
		return refuse(a, "replace", out->name, errno);
	out->written = NULL;
	return true;
}

/* Another name for what the file was; NULL when there was none. */
static bool
set_aside(struct arena *a, const char *name, char **aside)
{
	char *other = save_name_beside(a, name);
	int fd = mkstemp(other);

	*aside = other;
	if (fd < 0)
		return refuse(a, "replace", name, errno);
	close(fd);
	if (rename(name, other) == 0)
		return true;
	int error = errno;
	unlink(other);
	*aside = NULL;
	return error == ENOENT || refuse(a, "replace", name, error);
}

static void
put_back(const char *name, const char *aside)
{
	if (aside != NULL)
		rename(aside, name);
	else
		unlink(name);
}

static bool
replace_both(struct arena *a, struct output *key, struct output *record)
{
	char *aside;

	if (!set_aside(a, record->name, &aside))
		return false;
	if (!move(a, record) || !move(a, key)) {
		put_back(record->name, aside);
		return false;
	}
	if (aside != NULL)
		unlink(aside);
	return true;
}

/* What comes between the two files waits until both are there. */
static void
hold_signals(sigset_t *before)
{
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, before);
}

static mode_t
usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

bool
key_files_write(struct arena *a, bool force, struct key_file key,
	struct key_file record)
{
	struct output k = { key.name, NULL, 0600, key.text };
	struct output r = { record.name, NULL, usual_mode(), record.text };
	sigset_t before;

	hold_signals(&before);
	bool done = write_file(a, &k, force) && write_file(a, &r, force) &&
		    (!force || replace_both(a, &k, &r));
	if (!done) {
		take_away(&k);
		take_away(&r);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return done;
}
