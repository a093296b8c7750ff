/*
 * fuzz_received.c - the trace fields of anybody: one line by itself, and the
 * whole input as a header section.
 */
#include "fuzz.h"

#include "mailauth/received.h"

#include <assert.h>

static void
check_within(str part, str whole)
{
	if (!part.p)
		return;
	assert(part.p >= whole.p);
	assert(part.p + part.n <= whole.p + whole.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct relay relay = { .name = STR_INIT("r.example") };
	struct client_options o = { .relay = &relay, .relays = 1 };
	struct field field = { .value = { (const char *)data, n } };
	struct arena arena;

	if (n == 0)
		return 0;
	arena_init(&arena, (size_t)256 << 20, NULL, NULL);
	struct received r = received_parse(&arena, &field);
	check_within(r.helo, field.value);
	check_within(r.name, field.value);
	check_within(r.by, field.value);
	check_within(r.with, field.value);
	check_within(r.envelope_from, field.value);
	check_within(r.for_, field.value);

	const struct message *m = message_from(&arena, field.value);
	struct client c = client_find(&arena, m, &o);
	assert((c.ip_source == SOURCE_NONE) == (c.ip.family == 0));
	assert((c.helo_source == SOURCE_NONE) == (c.helo.p == NULL));
	assert((c.mail_from_source == SOURCE_NONE) == (c.mail_from.p == NULL));
	arena_free(&arena);
	return 0;
}
