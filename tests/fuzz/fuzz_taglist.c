/*
 * fuzz_taglist.c - tag lists: slices stay inside, names are not repeated.
 */
#include <assert.h>

#include "mailauth/buf.h"
#include "mailauth/taglist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
inside(str outer, str s)
{
	return s.p >= outer.p && s.p + s.n <= outer.p + outer.n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct buf again = { .arena = &arena };
	str text = { (const char *)data, size };

	arena_init(&arena, (size_t)1 << 26, NULL, NULL);
	struct taglist list = taglist_parse(&arena, text);
	assert(list.n <= TAGLIST_MAX);
	assert((list.error == TAGLIST_OK) == !list.bad.p);
	assert(list.error != TAGLIST_OK || list.n > 0);
	for (size_t i = 0; i < list.n; i++) {
		const struct tag *tag = &list.tag[i];
		assert(taglist_find(&list, tag->name) == tag);
		assert(inside(text, tag->name) && inside(text, tag->area));
		assert(inside(tag->area, tag->value));
		buf_add(&again, tag->name);
		buf_char(&again, '=');
		buf_add(&again, tag->value);
		buf_char(&again, ';');
	}
	/* what was read is a list again */
	struct taglist second = taglist_parse(&arena, buf_str(&again));
	assert(second.n == list.n);
	assert(list.n == 0 || second.error == TAGLIST_OK);
	arena_free(&arena);
	return 0;
}
