/*
 * unit.h - what the unit tests share: cmocka, an arena for each test, and
 * slices that are compared.
 *
 *	TEST(name)	a test with an arena of its own
 */
#ifndef MAILAUTH_UNIT_H
#define MAILAUTH_UNIT_H

#include "mailauth/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static inline int
begin_test(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)1 << 28, NULL, NULL);
	return 0;
}

static inline int
end_test(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin_test, end_test)

/* Both escaped, so that a failure can be read; the line is the caller's. */
static inline void
assert_slices(str got, str want, const char *file, int line)
{
	if (got.p && str_eq(got, want))
		return;
	print_error("got  %s\nwant %s\n",
		got.p ? arena_zstr(&arena, str_escaped(&arena, got))
		      : "nothing",
		arena_zstr(&arena, str_escaped(&arena, want)));
	_fail(file, line);
}

#define assert_str(got, z) assert_slices((got), str_from(z), __FILE__, __LINE__)
#define assert_same(got, want) assert_slices((got), (want), __FILE__, __LINE__)

#endif
