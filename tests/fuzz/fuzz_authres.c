/*
 * fuzz_authres.c - anybody's Authentication-Results; and what was read,
 * written by us, is read again as the same.
 */
#include "fuzz.h"

#include "mailauth/authres.h"

#include <assert.h>

static void
check_written(struct arena *a, const struct authres_result *r)
{
	struct authres_writer w;
	size_t n = 0; /* the others are left out */

	authres_begin(&w, a, STR("mx.example"));
	authres_add(&w, STR("x"), RESULT_PASS);
	if (r->reason.p)
		authres_add_reason(&w, r->reason);
	for (size_t i = 0; i < r->n; i++) {
		authres_add_property(&w, STR("a.b"), r->property[i].value);
		n += r->property[i].value.n <= AUTHRES_MAX_VALUE;
	}
	str out = authres_end(&w);
	struct authres again = authres_parse(a, str_skip(out, 23));
	assert(again.valid && again.n == 1 && again.result[0].n == n);
	for (size_t i = 0; i + 1 < out.n; i++)
		assert(out.p[i] != '\n' || out.p[i + 1] == ' ');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	str value = { (const char *)data, n };
	struct arena arena;

	if (n == 0)
		return 0;
	arena_init(&arena, (size_t)256 << 20, NULL, NULL);
	struct authres r = authres_parse(&arena, value);
	assert(r.n <= AUTHRES_MAX_RESULTS);
	for (size_t i = 0; i < r.n; i++) {
		assert(r.result[i].method.n > 0 && r.result[i].result.n > 0);
		check_written(&arena, &r.result[i]);
	}
	arena_free(&arena);
	return 0;
}
