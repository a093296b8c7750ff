/*
 * save.c - the file of --save-dns.
 *
 * Words on stderr: an output that is an input as well, one that is not ours,
 * one that cannot be created or written.
 */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "save.h"
#include "say.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As zone_write() begins; what it has written may be written anew. */
static const char first_words[] = "; DNS answers saved by mailauth";

static bool
refuse(const struct options *o, const char *verb, str cause)
{
	SAY(o->arena, STR("cannot "), str_from(verb), STR(" "),
		say_file(o->arena, o->save_dns), STR(": "), cause);
	return false;
}

/* --- what is there already ------------------------------------------- */

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool
is_named(const struct stat *st, const char *name)
{
	struct stat other;

	if (strcmp(name, "-") == 0)
		return fstat(STDIN_FILENO, &other) == 0 &&
		       same_file(st, &other);
	return stat(name, &other) == 0 && same_file(st, &other);
}

/* Does this run read it? */
static bool
is_input(const struct options *o, const struct stat *st)
{
	if (o->files == 0 && is_named(st, "-"))
		return true;
	for (size_t i = 0; i < o->files; i++)
		if (is_named(st, o->file[i]))
			return true;
	for (size_t i = 0; i < o->zones; i++)
		if (is_named(st, o->zone[i]))
			return true;
	return o->psl != NULL && is_named(st, o->psl);
}

/* Empty, or saved by us. */
static bool
is_ours(const char *name)
{
	char start[sizeof(first_words) - 1];
	FILE *f = fopen(name, "r");

	if (f == NULL)
		return false;
	size_t n = fread(start, 1, sizeof(start), f);
	bool ours = !ferror(f) &&
		    (n == 0 || (n == sizeof(start) &&
				       memcmp(start, first_words, n) == 0));
	fclose(f);
	return ours;
}

static bool
may_replace(const struct options *o, const struct stat *st)
{
	if (is_input(o, st))
		return refuse(o, "save to", STR("it is read as well"));
	if (access(o->save_dns, W_OK) != 0)
		return refuse(o, "save to", say_errno(errno));
	if (!is_ours(o->save_dns))
		return refuse(o, "save to",
			STR("it exists, and holds no saved answers"));
	return true;
}

/* --- the temporary file ---------------------------------------------- */

/* Who waits for a word; NULL: nobody. */
static struct keeper *volatile waiting;

static void
clean_and_end(int number)
{
	if (waiting != NULL)
		keeper_end(waiting, false);
	raise(number); /* its default action is back: SA_RESETHAND */
	_exit(128 + number);
}

static void
clean_on_signals(void)
{
	static const int fatal[] = { SIGHUP, SIGINT, SIGPIPE, SIGTERM };
	struct sigaction clean = { .sa_handler = clean_and_end,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER) };
	struct sigaction before;

	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		if (sigaction(fatal[i], NULL, &before) == 0 &&
			before.sa_handler == SIG_DFL)
			sigaction(fatal[i], &clean, NULL);
}

/* As wide as a file that open() makes, or as the one that is replaced. */
static mode_t
mode_for(const struct stat *old)
{
	if (old != NULL)
		return old->st_mode & 0777;
	mode_t mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

char *
save_name_beside(struct arena *a, const char *target)
{
	str name = str_from(target);
	size_t slash = str_rfind(name, '/');

	name.n = slash < name.n ? slash + 1 : 0;
	return arena_zstr(a, STR_CAT(a, name, STR(".mailauth-XXXXXX")));
}

static bool
open_temporary(struct save *s, const struct options *o, const char *target,
	const struct stat *old)
{
	char *name = save_name_beside(o->arena, target);
	int fd = mkstemp(name);

	if (fd < 0)
		return refuse(o, "create", say_errno(errno));
	s->file = fdopen(fd, "w");
	if (s->file == NULL || fchmod(fd, mode_for(old)) != 0 ||
		!keeper_start(&s->keeper, name, target)) {
		int error = errno;
		unlink(name);
		return refuse(o, "create", say_errno(error));
	}
	s->kept = true;
	waiting = &s->keeper;
	clean_on_signals();
	return true;
}

/* --- opening and closing --------------------------------------------- */

/* Links are followed, and stay. */
static bool
open_beside(struct save *s, const struct options *o, const struct stat *old)
{
	struct stat link;

	if (lstat(o->save_dns, &link) != 0 || !S_ISLNK(link.st_mode))
		return open_temporary(s, o, o->save_dns, old);
	char *target = realpath(o->save_dns, NULL);
	if (target == NULL)
		return refuse(o, "create", say_errno(errno));
	bool well = open_temporary(s, o, target, old);
	free(target); /* the keeper has his own */
	return well;
}

static bool
open_in_place(struct save *s, const struct options *o)
{
	s->file = fopen(o->save_dns, "w");
	return s->file != NULL || refuse(o, "create", say_errno(errno));
}

/* Standard output, when no report goes there. */
static bool
open_stdout(struct save *s, const struct options *o)
{
	if (!o->quiet) {
		say(STR("the DNS answers can go to standard output only with "
			"-q: the result goes there"));
		return false;
	}
	s->file = stdout;
	return true;
}

bool
save_open(struct save *s, const struct options *o)
{
	struct stat st, out;

	*s = (struct save){ .name = o->save_dns };
	if (o->save_dns == NULL)
		return true;
	if (strcmp(o->save_dns, "-") == 0)
		return open_stdout(s, o);
	if (stat(o->save_dns, &st) != 0)
		return open_beside(s, o, NULL);
	if (S_ISDIR(st.st_mode))
		return refuse(o, "create", say_errno(EISDIR));
	if (!S_ISREG(st.st_mode))
		return open_in_place(s, o);
	if (fstat(STDOUT_FILENO, &out) == 0 && same_file(&st, &out))
		return open_stdout(s, o); /* as /dev/stdout */
	return may_replace(o, &st) && open_beside(s, o, &st);
}

void
save_add(struct save *s, str text)
{
	if (s->file == NULL)
		return;
	/* a pipe's reader waits for it */
	if ((fwrite(text.p, 1, text.n, s->file) < text.n ||
		    fflush(s->file) != 0) &&
		s->error == 0)
		s->error = errno;
	s->answers++;
}

/* Puts the file in its place, unless there is nothing to keep. */
static void
finish(struct save *s)
{
	if (!s->kept)
		return;
	int error = keeper_end(&s->keeper, s->error == 0 && s->answers > 0);
	waiting = NULL;
	if (s->error == 0)
		s->error = error;
}

bool
save_close(struct save *s, struct arena *a)
{
	if (s->file == NULL || s->file == stdout)
		return true; /* main() looks at stdout */
	if (fclose(s->file) != 0 && s->error == 0)
		s->error = errno;
	finish(s);
	if (s->error != 0)
		SAY(a, STR("cannot write "), say_file(a, s->name), STR(": "),
			say_errno(s->error));
	return s->error == 0;
}
