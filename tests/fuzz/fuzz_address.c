/*
 * fuzz_address.c - the From field of anybody.
 *
 * Besides not crashing: an address has all its parts, its text lies in the
 * field, and nothing is both valid and doubtful.
 */
#include "fuzz.h"

#include "mailauth/address.h"
#include "mailauth/domain.h"

#include <assert.h>
#include <string.h>

static void
check_address(const struct address *a, str value)
{
	assert(a->local.p && a->domain.n > 0);
	assert(a->text.p >= value.p);
	assert(a->text.p + a->text.n <= value.p + value.n);
	assert(a->literal == (a->ascii.n == 0));
	assert(a->ascii.n <= 253);
	assert(!a->ascii.n || !memchr(a->ascii.p, '\0', a->ascii.n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	str value = { (const char *)data, n };
	struct address_list l;
	struct address path;
	struct arena arena;

	if (n == 0)
		return 0;
	arena_init(&arena, (size_t)256 << 20, NULL, NULL);
	l = address_list_parse(&arena, value);
	assert(l.n <= ADDRESS_MAX);
	assert(!l.valid || !l.doubtful);
	assert(l.valid || l.bad_at <= n);
	for (size_t i = 0; i < l.n; i++)
		check_address(&l.address[i], value);
	if (address_parse_path(&arena, value, &path) && path.domain.n > 0)
		check_address(&path, value);
	arena_free(&arena);
	return 0;
}
