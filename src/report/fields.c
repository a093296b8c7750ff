/*
 * fields.c - what the elements of an aggregate report say.
 */
#include "fields.h"

#include "mailauth/time.h"

#include <assert.h>

enum { QUOTED = 60 };

static const uint64_t latest = 253402300799; /* of the year 9999 */

void
fields_note(struct fields *f, const str *pieces, size_t n)
{
	struct aggregate *r = f->report;
	struct arena_mark mark = arena_mark(f->arena);

	if (r->notes == AGGREGATE_MAX_NOTES)
		return;
	str note = str_concat(f->arena, pieces, n);
	for (size_t i = 0; i < r->notes; i++)
		if (str_eq(r->note[i], note)) {
			arena_rewind(f->arena, mark);
			return;
		}
	r->note[r->notes++] = note;
}

static void
note_word(struct fields *f, const char *what, str text)
{
	FIELDS_NOTE(f, str_from(what), STR(" '"), str_sub(text, 0, QUOTED),
		STR("' is not known"));
}

/* --- words ------------------------------------------------------------ */

struct word {
	str word;
	int value;
};

/* Below 0: none of them. */
static int
find_word(const struct word *w, size_t n, str text)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieq(w[i].word, text))
			return w[i].value;
	return -1;
}

#define FIND_WORD(words, text)                                                 \
	find_word((words), sizeof(words) / sizeof((words)[0]), (text))

static const struct word dispositions[] = {
	{ STR_INIT("none"), DISPOSITION_NONE },
	{ STR_INIT("pass"), DISPOSITION_PASS },
	{ STR_INIT("quarantine"), DISPOSITION_QUARANTINE },
	{ STR_INIT("reject"), DISPOSITION_REJECT },
};

static const struct word overrides[] = {
	{ STR_INIT("forwarded"), OVERRIDE_FORWARDED },
	{ STR_INIT("sampled_out"), OVERRIDE_SAMPLED_OUT },
	{ STR_INIT("trusted_forwarder"), OVERRIDE_TRUSTED_FORWARDER },
	{ STR_INIT("mailing_list"), OVERRIDE_MAILING_LIST },
	{ STR_INIT("local_policy"), OVERRIDE_LOCAL_POLICY },
	{ STR_INIT("policy_test_mode"), OVERRIDE_POLICY_TEST_MODE },
	{ STR_INIT("other"), OVERRIDE_OTHER },
};

static str
word_of(const struct word *w, size_t n, int value)
{
	for (size_t i = 0; i < n; i++)
		if (w[i].value == value)
			return w[i].word;
	return STR("");
}

str
disposition_name(enum disposition d)
{
	return word_of(dispositions,
		sizeof(dispositions) / sizeof(dispositions[0]), (int)d);
}

str
override_name(enum override o)
{
	return word_of(
		overrides, sizeof(overrides) / sizeof(overrides[0]), (int)o);
}

static void
set_disposition(struct fields *f, enum disposition *to, str text)
{
	int value = FIND_WORD(dispositions, text);

	if (value < 0)
		note_word(f, "disposition", text);
	else
		*to = (enum disposition)value;
}

static void
set_policy(struct fields *f, enum dmarc_policy *to, str text)
{
	static const struct word words[] = {
		{ STR_INIT("none"), DMARC_NONE },
		{ STR_INIT("quarantine"), DMARC_QUARANTINE },
		{ STR_INIT("reject"), DMARC_REJECT },
	};
	int value = FIND_WORD(words, text);

	if (value < 0)
		note_word(f, "policy", text);
	else
		*to = (enum dmarc_policy)value;
}

/* The last four are of the drafts before RFC 7489, or of nobody. */
static void
set_result(struct fields *f, enum result *to, str text)
{
	static const struct word words[] = {
		{ STR_INIT("pass"), RESULT_PASS },
		{ STR_INIT("fail"), RESULT_FAIL },
		{ STR_INIT("none"), RESULT_NONE },
		{ STR_INIT("neutral"), RESULT_NEUTRAL },
		{ STR_INIT("softfail"), RESULT_SOFTFAIL },
		{ STR_INIT("policy"), RESULT_POLICY },
		{ STR_INIT("temperror"), RESULT_TEMPERROR },
		{ STR_INIT("permerror"), RESULT_PERMERROR },
		{ STR_INIT("hardfail"), RESULT_FAIL },
		{ STR_INIT("error"), RESULT_PERMERROR },
		{ STR_INIT("unknown"), RESULT_TEMPERROR },
		{ STR_INIT("invalid"), RESULT_NEUTRAL },
	};
	int value = FIND_WORD(words, text);

	if (value < 0)
		note_word(f, "result", text);
	else
		*to = (enum result)value;
}

/* Some writers put the raw result there. */
static void
set_aligned(struct fields *f, enum result *to, str text)
{
	bool pass = str_ieq(text, STR("pass"));

	if (!pass && !str_ieq(text, STR("fail")))
		FIELDS_NOTE(f, STR("'"), str_sub(text, 0, QUOTED),
			STR("' in policy_evaluated is read as fail"));
	*to = pass ? RESULT_PASS : RESULT_FAIL;
}

static void
set_mode(struct fields *f, char *to, str text)
{
	if (str_ieq(text, STR("r")) || str_ieq(text, STR("relaxed")))
		*to = 'r';
	else if (str_ieq(text, STR("s")) || str_ieq(text, STR("strict")))
		*to = 's';
	else
		note_word(f, "alignment mode", text);
}

static void
set_override(struct fields *f, struct aggregate_reason *to, str text)
{
	int value = FIND_WORD(overrides, text);

	if (value < 0)
		note_word(f, "reason", text);
	else
		to->type = (enum override)value;
	to->word = records_text(f->records, text);
}

/* --- numbers ---------------------------------------------------------- */

/* With what it lacks: a zone, a time of day. */
static bool
read_date(struct fields *f, str text, int64_t *t)
{
	return time_parse_rfc3339(text, t) ||
	       time_parse_rfc3339(STR_CAT(f->arena, text, STR("Z")), t) ||
	       time_parse_rfc3339(
		       STR_CAT(f->arena, text, STR("T00:00:00Z")), t) ||
	       time_parse_rfc5322(text, t);
}

/* Seconds, or in their thousands, or with a fraction; or a date. */
static void
set_time(struct fields *f, int64_t *to, str text)
{
	uint64_t n;
	int64_t t;

	if (str_uint(str_sub(text, 0, str_find(text, '.')), INT64_MAX, &n)) {
		if (n > latest) {
			FIELDS_NOTE(f, STR("a time is given in milliseconds"));
			n /= 1000;
		}
		*to = n <= latest ? (int64_t)n : TIME_UNKNOWN;
	} else if (read_date(f, text, &t)) {
		FIELDS_NOTE(f, STR("a time is given as a date"));
		*to = t;
	}
	if (*to == TIME_UNKNOWN)
		note_word(f, "time", text);
}

static void
set_count(struct fields *f, uint64_t *to, str text)
{
	f->has_count = str_uint(text, INT64_MAX, to);
	if (!f->has_count)
		note_word(f, "count", text);
}

static void
set_percent(struct fields *f, int *to, str text)
{
	uint64_t n;

	if (text.n > 0 && text.p[text.n - 1] == '%')
		text.n--;
	if (str_uint(text, 100, &n))
		*to = (int)n;
	else
		note_word(f, "pct", text);
}

static void
set_ip(struct fields *f, struct aggregate_record *to, str text)
{
	if (ip_parse_loose(text, &to->ip))
		return;
	note_word(f, "address", text);
	to->source = records_text(f->records, text);
}

/* --- all of them ------------------------------------------------------ */

static void
add_text(struct fields *f, str *to, str text)
{
	if (to->p && to->n < AGGREGATE_MAX_TEXT)
		text = STR_CAT(f->arena, *to, STR("; "), text);
	else if (to->p)
		return;
	*to = arena_dup(f->arena, text);
}

void
field_set(struct fields *f, enum field_kind kind, void *to, str text)
{
	char lower[AGGREGATE_MAX_TEXT];

	assert(text.n <= sizeof(lower));
	switch (kind) {
	case FIELD_NONE: break;
	case FIELD_TEXT: *(str *)to = records_text(f->records, text); break;
	case FIELD_MORE_TEXT: add_text(f, to, text); break;
	case FIELD_WORD:
		bytes_lower(lower, text);
		*(str *)to = records_text(f->records, (str){ lower, text.n });
		break;
	case FIELD_TIME: set_time(f, to, text); break;
	case FIELD_COUNT: set_count(f, to, text); break;
	case FIELD_PERCENT: set_percent(f, to, text); break;
	case FIELD_IP: set_ip(f, &f->record, text); break;
	case FIELD_DISPOSITION: set_disposition(f, to, text); break;
	case FIELD_ALIGNED: set_aligned(f, to, text); break;
	case FIELD_RESULT: set_result(f, to, text); break;
	case FIELD_OVERRIDE: set_override(f, to, text); break;
	case FIELD_POLICY: set_policy(f, to, text); break;
	case FIELD_MODE: set_mode(f, to, text); break;
	case FIELD_YES: *(bool *)to = str_istarts(text, STR("y")); break;
	}
}
