/*
 * fuzz_key_record.c - what is said of a key record, and the record that is
 * offered in its place.
 */
#include <assert.h>

#include "findings/key_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	str text = { (const char *)data, size };

	arena_init(&arena, (size_t)1 << 28, NULL, NULL);
	struct find *f = arena_new(&arena, struct find);
	find_init(f, &arena);
	struct key_record k =
		key_record_read(&arena, STR("s._domainkey.b.example"), text);
	bool faults = find_key_faults(f, &k);
	assert(faults == !key_record_works(&k));
	assert(f->n == faults);
	find_key_advice(f, &k);
	for (size_t i = 0; i < f->n; i++) {
		const struct finding *x = &f->finding[i];
		assert(x->at <= x->text.n && x->n <= x->text.n - x->at);
	}
	if (faults && f->finding[0].corrected.p) {
		struct key_record mended = key_record_read(
			&arena, STR(""), f->finding[0].corrected);
		assert(key_record_works(&mended));
	}
	arena_free(&arena);
	return 0;
}
