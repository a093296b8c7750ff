/*
 * fuzz_spf_record.c - any TXT record may be at a domain.
 */
#include "fuzz.h"

#include "mailauth/spf.h"

#include <assert.h>

static void
check_term(str text, const struct spf_term *t)
{
	assert(t->kind != SPF_UNKNOWN);
	assert(t->text.n > 0 && str_find(t->text, ' ') == t->text.n);
	assert(t->text.p >= text.p && t->text.p + t->text.n <= text.p + text.n);
	assert(t->prefix4 <= 32 && t->prefix6 <= 128);
	assert(t->qualifier == RESULT_PASS || t->qualifier == RESULT_FAIL ||
		t->qualifier == RESULT_SOFTFAIL ||
		t->qualifier == RESULT_NEUTRAL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	str text = { (const char *)data, n };
	struct arena arena;

	arena_init(&arena, (size_t)64 << 20, NULL, NULL);
	struct spf_record r = spf_record_parse(&arena, text);
	assert(!r.valid || spf_is_record(text));
	assert(r.valid == !r.reason.p);
	if (r.valid)
		for (size_t i = 0; i < r.n; i++)
			check_term(text, &r.term[i]);
	else
		assert(r.error_at <= n && r.error_n <= n - r.error_at);
	assert(r.valid || r.error_n > 0 || n == 0 || data[0] == ' ');
	arena_free(&arena);
	return 0;
}
