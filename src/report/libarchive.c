/*
 * libarchive.c - libarchive, loaded when the first archive is read.
 */
#include "libarchive.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <dlfcn.h>

static struct libarchive library;

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define LIBARCHIVE(type, name, arguments)                                      \
	{ #name, offsetof(struct libarchive, name) },
#include "libarchive.def"
#undef LIBARCHIVE
};

static bool
find_functions(void *handle)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *f = dlsym(handle, functions[i].name);
		if (f == NULL)
			return false;
		/* a pointer to a function is as large, says POSIX */
		memcpy((char *)&library + functions[i].offset, &f, sizeof(f));
	}
	return true;
}

const struct libarchive *
libarchive_load(void)
{
	/* the name of the ABI first, for the other is of the headers' package
	 */
	static const char *const names[] = { "libarchive.so.13",
		"libarchive.so", "libarchive.13.dylib", "libarchive.dylib" };
	static void *handle;

	if (handle != NULL)
		return &library;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
		if (handle != NULL && find_functions(handle))
			return &library;
		if (handle != NULL)
			dlclose(handle);
		handle = NULL;
	}
	return NULL;
}
