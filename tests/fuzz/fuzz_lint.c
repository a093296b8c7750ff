/*
 * fuzz_lint.c - texts that are pasted in: what is read of them, what is said of
 * it, and the record that is offered in its place.
 *
 * The first line is the domain, as after -d.
 */
#include "fuzz.h"

#include <assert.h>

#include "mailauth/lint.h"
#include "net/zone_lines.h"

enum { MOST = 50 };

static void
check_record(const struct lint_record *r)
{
	for (size_t i = 0; i < r->cuts; i++)
		assert(r->cut[i] <= r->text.n);
	assert(r->text.p != NULL && r->name.p != NULL);
	assert(!r->line || r->line->number > 0);
}

/* The line that is offered says just that. */
static void
check_zone(struct arena *a, str zone, str text)
{
	struct zone_lines z = zone_lines_begin(a, zone, STR(""));
	struct lint_record r;

	assert(zone_lines_next(&z, &r));
	assert(str_eq(r.text, text));
	assert(!r.line || (!r.line->unquoted && !r.line->fault.p));
	assert(!zone_lines_next(&z, &r));
}

static void
check_corrected(
	struct arena *a, const struct lint_record *r, const struct lint *l)
{
	struct lint_record better = {
		.kind = r->kind, .name = r->name, .text = l->corrected
	};

	assert(!str_eq(r->text, l->corrected));
	struct lint again = lint_record(a, &better);
	for (size_t i = 0; i < again.n; i++)
		assert(again.finding[i].severity < SEVERITY_ERROR ||
			!again.finding[i].text.p);
}

static void
check_lint(struct arena *a, const struct lint_record *r, const struct lint *l)
{
	size_t errors = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct finding *x = &l->finding[i];
		assert(x->at <= x->text.n && x->n <= x->text.n - x->at);
		assert(!x->cause || (x->cause >= l->finding &&
					    x->cause < l->finding + l->n));
		errors += !x->cause && x->severity == SEVERITY_ERROR;
	}
	assert(errors == l->errors);
	if (l->corrected.p)
		check_corrected(a, r, l);
	if (l->zone.p)
		check_zone(a, l->zone, l->corrected.p ? l->corrected : r->text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	str text = { (const char *)data, n };
	struct arena a;
	struct lint_record r[MOST];
	struct lint l[MOST];
	size_t found = 0;

	arena_init(&a, (size_t)1 << 30, NULL, NULL);
	str domain = next_line(&text);
	struct zone_lines z = zone_lines_begin(
		&a, text, dns_name_valid(domain) ? domain : STR(""));
	while (found < MOST && zone_lines_next(&z, &r[found])) {
		check_record(&r[found]);
		r[found].kind = lint_kind_of(&r[found]);
		found += r[found].kind != RECORD_UNKNOWN;
	}
	lint_records(&a, r, found, l);
	for (size_t i = 0; i < found; i++)
		check_lint(&a, &r[i], &l[i]);
	arena_free(&a);
	return 0;
}
