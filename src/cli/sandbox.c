/*
 * sandbox.c - what a program that reads hostile mail may still do.
 */
#include "sandbox.h"
#include "options.h"
#include "say.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* They look into processes and write files of their own. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZER
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||     \
	__has_feature(memory_sanitizer)
#define SANITIZER
#endif
#endif

#if defined SANITIZER

static const char *
confine(void)
{
	return "a sanitizer needs more";
}

#elif defined SANDBOX_OFF /* for gcov and the like */

static const char *
confine(void)
{
	return "left out of this build";
}

#elif defined __OpenBSD__

/* prot_exec: libarchive is loaded when an archive is read. */
static const char *
confine(void)
{
	return pledge("stdio rpath inet dns tty prot_exec", NULL) == 0
		       ? NULL
		       : strerror(errno);
}

#else

static const char *
confine(void)
{
	return sandbox_filter();
}

#endif

void
sandbox_enter(const struct options *o)
{
	static bool entered;

	if (entered || o->no_sandbox)
		return;
	entered = true;
	const char *why = confine();
	if (why != NULL && o->verbose)
		SAY(o->arena, STR("not confined: "), str_from(why));
}
