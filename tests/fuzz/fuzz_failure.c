/*
 * fuzz_failure.c - the fields of a feedback report, and behind a line
 * "--MESSAGE" the message it is about.
 */
#include "fuzz.h"

#include "report/failure.h"

#include <assert.h>

static void
check_value(str s)
{
	assert(s.n == 0 || s.p != NULL);
	assert(s.n <= FAILURE_MAX_VALUE);
}

static void
check_values(struct failure_values v)
{
	assert(v.n <= FAILURE_MAX_VALUES);
	for (size_t i = 0; i < v.n; i++)
		check_value(v.value[i]);
}

static void
check_failure(const struct failure *f)
{
	const str all[] = { f->type, f->failed, f->aligned, f->result,
		f->reporter, f->user_agent, f->version, f->source, f->mail_from,
		f->envelope_id, f->domain, f->dkim_domain, f->dkim_identity,
		f->dkim_selector, f->from, f->subject, f->message_id, f->date,
		f->header_from };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check_value(all[i]);
	check_values(f->rcpt_to);
	check_values(f->authentication);
	check_values(f->spf_dns);
	assert(f->notes <= FAILURE_MAX_NOTES);
	for (size_t i = 0; i < f->notes; i++)
		assert(f->note[i].n > 0 && f->note[i].n < 300);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const str border = STR_INIT("\n--MESSAGE\n");
	str text = { (const char *)data, n }, why = { 0 };
	struct failure f;
	struct arena a;

	if (n == 0)
		return 0;
	arena_init(&a, (size_t)256 << 20, NULL, NULL);
	size_t at = str_ifind(text, border);
	str message = at < n ? str_skip(text, at + border.n) : (str){ 0 };
	if (failure_read(&a, str_sub(text, 0, at), message, &f, &why))
		check_failure(&f);
	else
		assert(why.n > 0);
	arena_free(&a);
	return 0;
}
