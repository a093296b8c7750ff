/*
 * fuzz_failure.c - the fields of a feedback report, and behind a line
 * "--MESSAGE" the message it is about.
 */
#include "fuzz.h"

#include "cli/reports_print.h"

#include <jansson.h>
#include <stdlib.h>

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

/* What a person sees is a table, and what a program sees JSON. */
static void
print(struct arena *a, const struct failure *x)
{
	struct screen s = { .arena = a, .width = 80 };
	char *p;
	size_t n;

	for (int verbose = 0; verbose < 2; verbose++) {
		s.out = open_memstream(&p, &n);
		assert(s.out != NULL);
		text_failure(&s, a, "f", x, verbose);
		assert(s.column == 0);
		fclose(s.out);
		check_printed((str){ p, n }, s.width);
		free(p);
	}
	FILE *out = open_memstream(&p, &n);
	assert(out != NULL);
	json_failure(out, a, "f", x);
	fclose(out);
	for (str rest = { p, n }, line; str_split(&rest, '\n', &line);) {
		json_t *j = json_loadb(line.p, line.n, 0, NULL);
		assert((j != NULL) == (line.n > 0));
		json_decref(j);
	}
	free(p);
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
	if (failure_read(&a, str_sub(text, 0, at), message, &f, &why)) {
		check_failure(&f);
		print(&a, &f);
	} else {
		assert(why.n > 0);
	}
	arena_free(&a);
	return 0;
}
