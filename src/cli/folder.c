/*
 * folder.c - the files of a directory tree, in the order of their names.
 *
 * The names of a directory are read at once, to be sorted; what they are is
 * looked at when their turn comes.
 */
#define _DEFAULT_SOURCE /* for d_type, where there is one */
#include "folder.h"
#include "say.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	DEEPEST = 64,             /* directories */
	NAMES_MEMORY = 512 << 20, /* of one directory */
};

enum kind { PLAIN, MAILDIR, MAILDIR_CUR };

struct entry {
	const char *name;
	bool regular; /* for certain, without looking at it */
};

struct folder {
	struct folder *outer;
	unsigned depth;
	enum kind kind;
	struct arena arena;
	str path;
	struct entry *entry;
	size_t n, size, next;
};

static bool
is_directory(const char *path, bool follow)
{
	struct stat st;

	return (follow ? stat(path, &st) : lstat(path, &st)) == 0 &&
	       S_ISDIR(st.st_mode);
}

static str
join(struct arena *a, str path, const char *name)
{
	bool slash = path.n > 0 && path.p[path.n - 1] == '/';

	return STR_CAT(a, path, slash ? STR("") : STR("/"), str_from(name));
}

static bool
has_directory(struct folder *f, const char *name)
{
	struct arena_mark mark = arena_mark(&f->arena);
	bool has = is_directory(
		arena_zstr(&f->arena, join(&f->arena, f->path, name)), true);

	arena_rewind(&f->arena, mark);
	return has;
}

static enum kind
kind_of(struct folder *f)
{
	str path = f->path;

	if (has_directory(f, "cur") && has_directory(f, "new"))
		return MAILDIR;
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	path = str_skip(path, str_rfind(path, '/') + 1);
	if (f->outer != NULL && f->outer->kind == MAILDIR &&
		(str_eq(path, STR("cur")) || str_eq(path, STR("new"))))
		return MAILDIR_CUR;
	return PLAIN;
}

static bool
is_regular(const struct dirent *entry)
{
#ifdef DT_REG
	return entry->d_type == DT_REG;
#else
	(void)entry;
	return false;
#endif
}

static void
add_entry(struct folder *f, const struct dirent *from)
{
	if (f->n == f->size) {
		size_t size = f->size ? 2 * f->size : 64;
		f->entry = realloc(f->entry, size * sizeof(*f->entry));
		if (f->entry == NULL)
			say_out_of_memory(NULL);
		f->size = size;
	}
	f->entry[f->n++] = (struct entry){
		.name = arena_zstr(&f->arena, str_from(from->d_name)),
		.regular = is_regular(from),
	};
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name,
		((const struct entry *)b)->name);
}

/* False with errno. */
static bool
read_names(struct folder *f)
{
	DIR *dir = opendir(arena_zstr(&f->arena, f->path));
	struct dirent *entry;

	if (dir == NULL)
		return false;
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			break;
		if (strcmp(entry->d_name, ".") != 0 &&
			strcmp(entry->d_name, "..") != 0)
			add_entry(f, entry);
	}
	int error = errno;
	closedir(dir);
	errno = error;
	if (f->n > 0)
		qsort(f->entry, f->n, sizeof(*f->entry), by_name);
	return error == 0;
}

static struct folder *
leave(struct folder *f)
{
	struct folder *outer = f->outer;

	arena_free(&f->arena);
	free(f->entry);
	free(f);
	return outer;
}

void
folder_free(struct folder *f)
{
	while (f != NULL)
		f = leave(f);
}

struct folder *
folder_enter(struct folder *outer, str path, str *error, struct arena *a)
{
	struct folder *f = calloc(1, sizeof(*f));
	str cause = STR("too many directories in each other");

	if (f == NULL)
		say_out_of_memory(NULL);
	arena_init(&f->arena, NAMES_MEMORY, say_out_of_memory, NULL);
	f->outer = outer;
	f->depth = outer ? outer->depth + 1 : 1;
	f->path = arena_dup(&f->arena, path);
	f->kind = kind_of(f);
	if (f->depth <= DEEPEST && read_names(f))
		return f;
	if (f->depth <= DEEPEST)
		cause = say_errno(errno);
	*error = STR_CAT(a, STR("cannot read the directory "),
		say_file(a, arena_zstr(a, path)), STR(": "), cause);
	leave(f);
	return NULL;
}

/* --- walking --------------------------------------------------------- */

enum wanted { SKIP, FILE_OF_IT, DIRECTORY };

/* Dot files are no mail, and in a Maildir neither are files beside cur. */
static enum wanted
look_at(const struct folder *f, const struct entry *entry, const char *path)
{
	const char *name = entry->name;
	bool hidden = name[0] == '.';
	struct stat st;

	if (hidden && f->kind != MAILDIR)
		return SKIP;
	if (entry->regular)
		return f->kind != MAILDIR ? FILE_OF_IT : SKIP;
	if (lstat(path, &st) != 0)
		return FILE_OF_IT; /* who opens it says why not */
	if (S_ISDIR(st.st_mode)) {
		bool tmp = f->kind == MAILDIR && strcmp(name, "tmp") == 0;
		return f->kind == MAILDIR_CUR || tmp ? SKIP : DIRECTORY;
	}
	if (S_ISLNK(st.st_mode) && stat(path, &st) != 0)
		return f->kind != MAILDIR ? FILE_OF_IT : SKIP; /* likewise */
	return S_ISREG(st.st_mode) && f->kind != MAILDIR ? FILE_OF_IT : SKIP;
}

str
folder_next(struct folder **at, struct arena *a, str *error)
{
	while (*at != NULL) {
		struct folder *f = *at;
		if (f->next == f->n) {
			*at = leave(f);
			continue;
		}
		struct arena_mark mark = arena_mark(a);
		const struct entry *entry = &f->entry[f->next++];
		char *path = arena_zstr(a, join(a, f->path, entry->name));
		switch (look_at(f, entry, path)) {
		case SKIP: arena_rewind(a, mark); continue;
		case FILE_OF_IT: return str_from(path);
		case DIRECTORY: break;
		}
		struct folder *inner =
			folder_enter(f, str_from(path), error, a);
		if (inner == NULL)
			return str_from(path);
		*at = inner;
		arena_rewind(a, mark); /* there may be many without a file */
	}
	return (str){ 0 };
}
