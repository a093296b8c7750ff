/*
 * fuzz_spf_macro.c - macro strings and what they are filled with.
 *
 * The input's lines: the string, the local part, the domain, the HELO name.
 */
#include "fuzz.h"

#include "mailauth/spf.h"

#include <assert.h>

static void
check(struct arena *a, str s, enum spf_macro_use use,
	const struct spf_macros *m)
{
	struct spf_fault f;
	bool valid = spf_macro_valid(s, use, &f);
	str out = spf_macro_expand(a, s, use, m);

	assert(out.p);
	assert(valid == !f.why.p);
	if (!valid && s.n > 0)
		assert(f.what.p >= s.p && f.what.p + f.what.n <= s.p + s.n);
	if (use == SPF_MACRO_DOMAIN)
		assert(out.n <= DNS_MAX_NAME || str_find(out, '.') == out.n);
	else
		assert(out.n <= SPF_MAX_EXPLANATION);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	str rest = { (const char *)data, n };
	struct spf_query q = { .scope = SPF_MFROM, .now = 1700000000 };
	struct spf_macros m = { .query = &q };
	struct arena arena;

	arena_init(&arena, (size_t)64 << 20, NULL, NULL);
	str s = next_line(&rest);
	m.sender_local = next_line(&rest);
	m.sender_domain = m.domain = next_line(&rest);
	q.helo = next_line(&rest);
	ip_parse(n % 2 ? STR("192.0.2.1") : STR("2001:db8::1"), &q.ip);
	check(&arena, s, SPF_MACRO_DOMAIN, &m);
	check(&arena, s, SPF_MACRO_STRING, &m);
	check(&arena, s, SPF_MACRO_EXP, &m);
	arena_free(&arena);
	return 0;
}
