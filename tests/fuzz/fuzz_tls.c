/*
 * fuzz_tls.c - SMTP TLS reports from anybody.
 */
#include "fuzz.h"

#include "cli/reports_print.h"

#include <jansson.h>
#include <stdlib.h>

static void
check_value(str s)
{
	assert(s.n == 0 || s.p != NULL);
	assert(s.n <= TLS_MAX_VALUE);
}

static void
check_policy(const struct tls_policy *p)
{
	check_value(p->type);
	check_value(p->domain);
	assert(p->lines <= TLS_MAX_LINES && p->mxs <= TLS_MAX_LINES);
	for (size_t i = 0; i < p->lines; i++)
		check_value(p->line[i]);
	for (size_t i = 0; i < p->mxs; i++)
		check_value(p->mx[i]);
	for (size_t i = 0; i < p->failures; i++) {
		const struct tls_failure *f = &p->failure[i];
		check_value(f->type);
		check_value(f->sending_ip);
		check_value(f->receiving_host);
		check_value(f->receiving_helo);
		check_value(f->receiving_ip);
		check_value(f->information);
		check_value(f->reason);
	}
}

static void
check_report(const struct tls_report *t)
{
	size_t failures = 0;

	check_value(t->org);
	check_value(t->contact);
	check_value(t->id);
	assert(t->policies <= TLS_MAX_POLICIES);
	for (size_t i = 0; i < t->policies; i++) {
		check_policy(&t->policy[i]);
		failures += t->policy[i].failures;
	}
	assert(failures <= TLS_MAX_FAILURES);
	assert(t->notes <= TLS_MAX_NOTES);
	for (size_t i = 0; i < t->notes; i++)
		assert(t->note[i].n > 0 && t->note[i].n < 300);
}

/* What a person sees is a table, and what a program sees JSON. */
static void
print(struct arena *a, const struct tls_report *x)
{
	struct screen s = { .arena = a, .width = 80 };
	char *p;
	size_t n;

	for (int verbose = 0; verbose < 2; verbose++) {
		s.out = open_memstream(&p, &n);
		assert(s.out != NULL);
		text_tls(&s, a, "f", x, verbose);
		assert(s.column == 0);
		fclose(s.out);
		check_printed((str){ p, n }, s.width);
		free(p);
	}
	FILE *out = open_memstream(&p, &n);
	assert(out != NULL);
	json_tls(out, a, "f", x);
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
	struct tls_report t;
	struct arena a;
	str why = { 0 };

	arena_init(&a, (size_t)256 << 20, NULL, NULL);
	if (tls_read(&a, (str){ (const char *)data, n }, &t, &why)) {
		check_report(&t);
		print(&a, &t);
	} else {
		assert(why.n > 0);
	}
	arena_free(&a);
	return 0;
}
