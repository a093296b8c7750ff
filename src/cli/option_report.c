/*
 * option_report.c - reads the values of what `report` is told.
 */
#include "options.h"

static bool
set_by(struct report_options *r, const char *value, const char **why,
	const char **instead)
{
	static const char *const word[] = { [TALLY_BY_SOURCE] = "source",
		[TALLY_BY_NETWORK] = "network",
		[TALLY_BY_REPORTER] = "reporter",
		[TALLY_BY_DAY] = "day",
		[TALLY_BY_FROM] = "from" };
	size_t i = option_choose(
		value, word, sizeof(word) / sizeof(word[0]), instead);

	if (i == SIZE_MAX) {
		*why = "not source, network, reporter, day or from";
		return false;
	}
	r->by = (enum tally_by)i;
	return true;
}

bool
option_set_report(struct options *o, enum option_id id, const char *value,
	const char **why, const char **instead)
{
	struct report_options *r = &o->reports;

	switch (id) {
	case OPT_REPORT_BY: return set_by(r, value, why, instead);
	case OPT_REPORT_CSV: return r->csv = true;
	case OPT_REPORT_PTR: return r->ptr = true;
	default: break;
	}
	r->html = value;
	*why = "empty";
	return *value != '\0';
}
