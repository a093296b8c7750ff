/*
 * tls.c - SMTP TLS reports: JSON by the shape of RFC 8460 4.4.
 *
 * Its text and its example do not agree on everything (policy-string and
 * mx-host are arrays here and strings there: erratum 6241), nor do those who
 * write by it.  So a single value stands for an array of one, digits in quotes
 * for a number, and what is unknown is passed over.
 */
#include "report/tls.h"
#include "report/notes.h"
#include "report/tally.h"

#include "mailauth/time.h"

#include <jansson.h>

struct reader {
	struct arena *arena;
	struct notes notes;
	struct buf missing; /* names of fields */
	size_t room;        /* for failures */
};

/* --- values ---------------------------------------------------------- */

static bool
is_null(const json_t *v)
{
	return v == NULL || json_is_null(v);
}

static str
kept(struct reader *r, str s)
{
	if (s.n > TLS_MAX_VALUE)
		notes_add(&r->notes, STR("a value was cut after 4,096 octets"));
	return arena_dup(r->arena, str_sub(s, 0, TLS_MAX_VALUE));
}

/* json_string_value() is NULL for anything else. */
static str
slice_of(const json_t *v)
{
	return (str){ json_string_value(v), json_string_length(v) };
}

static str
text_of(struct reader *r, const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	if (!is_null(v) && !json_is_string(v))
		notes_add(&r->notes,
			STR_CAT(r->arena, str_from(key), STR(" is no string")));
	str s = kept(r, slice_of(v));
	return s.n > 0 ? s : (str){ 0 };
}

static str
needed_text(struct reader *r, const json_t *object, const char *key)
{
	str s = text_of(r, object, key);

	if (!s.p)
		notes_word(&r->missing, str_from(key));
	return s;
}

static bool
number_of(const json_t *v, uint64_t *out)
{
	const double too_large = 18446744073709551616.0; /* 2^64 */
	str digits = str_trim_fws(slice_of(v));

	if (json_is_integer(v) && json_integer_value(v) >= 0)
		*out = (uint64_t)json_integer_value(v);
	else if (json_is_real(v) && json_real_value(v) >= too_large)
		*out = UINT64_MAX;
	else if (json_is_real(v) && json_real_value(v) >= 0)
		*out = (uint64_t)json_real_value(v);
	else
		return str_uint(digits, UINT64_MAX, out);
	return true;
}

/* How many sessions; 0 and false when it is not said. */
static bool
take_count(
	struct reader *r, const json_t *object, const char *key, uint64_t *out)
{
	const json_t *v = json_object_get(object, key);

	*out = 0;
	if (is_null(v))
		return false;
	if (number_of(v, out))
		return true;
	notes_add(&r->notes,
		STR_CAT(r->arena, str_from(key), STR(" is no number")));
	return false;
}

/* Unix seconds are no part of the RFC. */
static int64_t
date_of(struct reader *r, const json_t *range, const char *key)
{
	const uint64_t year_10000 = 253402300800;
	const json_t *v = json_object_get(range, key);
	uint64_t seconds;
	int64_t date;

	if (is_null(v))
		notes_word(&r->missing, str_from(key));
	else if (time_parse_rfc3339(str_trim_fws(slice_of(v)), &date))
		return date;
	else {
		notes_add(&r->notes, STR_CAT(r->arena, str_from(key),
					     STR(" is not as in RFC 3339")));
		if (number_of(v, &seconds) && seconds < year_10000)
			return (int64_t)seconds;
	}
	return TIME_UNKNOWN;
}

/* --- arrays ---------------------------------------------------------- */

static size_t
length_of(const json_t *v)
{
	return json_is_array(v) ? json_array_size(v) : !is_null(v);
}

static const json_t *
item_of(const json_t *v, size_t i)
{
	return json_is_array(v) ? json_array_get(v, i) : v;
}

static void
note_cut(struct reader *r, const char *key, size_t max)
{
	notes_add(&r->notes,
		STR_CAT(r->arena, STR("of "), str_from(key), STR(" only "),
			str_count(r->arena, max), STR(" are read")));
}

/* A string with line ends has that many lines. */
static size_t
take_lines(struct reader *r, const json_t *object, const char *key,
	const str **out)
{
	const json_t *v = json_object_get(object, key);
	str *line = arena_make(r->arena, TLS_MAX_LINES, str);
	size_t n = 0;

	*out = line;
	for (size_t i = 0; i < length_of(v); i++) {
		str rest = slice_of(item_of(v, i)), piece;
		while (str_split(&rest, '\n', &piece)) {
			piece = str_trim_fws(piece);
			if (piece.n == 0)
				continue;
			if (n == TLS_MAX_LINES) {
				note_cut(r, key, n);
				return n;
			}
			line[n++] = kept(r, piece);
		}
	}
	return n;
}

/* --- the report ------------------------------------------------------ */

static struct tls_failure
failure_of(struct reader *r, const json_t *v)
{
	struct tls_failure f = {
		.type = needed_text(r, v, "result-type"),
		.sending_ip = text_of(r, v, "sending-mta-ip"),
		.receiving_host = text_of(r, v, "receiving-mx-hostname"),
		.receiving_helo = text_of(r, v, "receiving-mx-helo"),
		.receiving_ip = text_of(r, v, "receiving-ip"),
		.information = text_of(r, v, "additional-information"),
		.reason = text_of(r, v, "failure-reason-code"),
	};

	if (!take_count(r, v, "failed-session-count", &f.sessions))
		notes_word(&r->missing, STR("failed-session-count"));
	return f;
}

static void
take_failures(struct reader *r, const json_t *details, struct tls_policy *p)
{
	size_t n = length_of(details);
	size_t room = n < r->room ? n : r->room;
	struct tls_failure *f = arena_make(r->arena, room, struct tls_failure);

	for (size_t i = 0; i < room; i++) {
		const json_t *v = item_of(details, i);
		if (json_is_object(v))
			f[p->failures++] = failure_of(r, v);
		else
			notes_add(&r->notes,
				STR("an entry of failure-details is no "
				    "object"));
	}
	if (n > room)
		note_cut(r, "failure-details", TLS_MAX_FAILURES);
	p->failure = f;
	r->room -= room;
}

static uint64_t
failed_in_all(const struct tls_policy *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->failures; i++)
		sum = tally_sum(sum, p->failure[i].sessions);
	return sum;
}

static void
take_summary(struct reader *r, const json_t *summary, struct tls_policy *p)
{
	uint64_t sum = failed_in_all(p);

	if (!json_is_object(summary))
		notes_word(&r->missing, STR("summary"));
	take_count(
		r, summary, "total-successful-session-count", &p->successful);
	if (!take_count(r, summary, "total-failure-session-count", &p->failed))
		p->failed = sum;
	if (sum > p->failed)
		notes_add(&r->notes,
			STR("the failures are more than the summary has"));
}

static struct tls_policy
policy_of(struct reader *r, const json_t *v)
{
	const json_t *policy = json_object_get(v, "policy");
	struct tls_policy p = {
		.type = needed_text(r, policy, "policy-type"),
		.domain = needed_text(r, policy, "policy-domain"),
	};

	p.lines = take_lines(r, policy, "policy-string", &p.line);
	p.mxs = take_lines(r, policy, "mx-host", &p.mx);
	if (p.mxs == 0) /* the word of the grammar, taken for the key */
		p.mxs = take_lines(r, policy, "mx-host-pattern", &p.mx);
	take_failures(r, json_object_get(v, "failure-details"), &p);
	take_summary(r, json_object_get(v, "summary"), &p);
	return p;
}

static void
take_policies(struct reader *r, const json_t *policies, struct tls_report *t)
{
	size_t n = length_of(policies);
	size_t room = n < TLS_MAX_POLICIES ? n : TLS_MAX_POLICIES;
	struct tls_policy *p = arena_make(r->arena, room, struct tls_policy);

	for (size_t i = 0; i < room; i++) {
		const json_t *v = item_of(policies, i);
		if (json_is_object(v))
			p[t->policies++] = policy_of(r, v);
		else
			notes_add(&r->notes,
				STR("an entry of policies is no object"));
	}
	if (n > room)
		note_cut(r, "policies", TLS_MAX_POLICIES);
	if (t->policies == 0)
		notes_add(&r->notes, STR("it is about no policy"));
	t->policy = p;
}

static void
take_report(
	struct arena *a, const json_t *root, str behind, struct tls_report *t)
{
	const json_t *range = json_object_get(root, "date-range");
	struct reader r = { .arena = a, .room = TLS_MAX_FAILURES };

	r.missing.arena = a;
	r.notes = (struct notes){ t->note, &t->notes, TLS_MAX_NOTES };
	t->org = needed_text(&r, root, "organization-name");
	t->contact = needed_text(&r, root, "contact-info");
	t->id = needed_text(&r, root, "report-id");
	t->begin = date_of(&r, range, "start-datetime");
	t->end = date_of(&r, range, "end-datetime");
	if (t->begin > t->end && t->end != TIME_UNKNOWN)
		notes_add(&r.notes, STR("it ends before it begins"));
	take_policies(&r, json_object_get(root, "policies"), t);
	if (str_trim_fws(behind).n > 0)
		notes_add(&r.notes, STR("what follows the object is not read"));
	notes_words(&r.notes, STR("no "), &r.missing);
}

/* --- JSON ------------------------------------------------------------ */

static str
error_words(struct arena *a, const json_error_t *error)
{
	enum json_error_code code = json_error_code(error);

	if (error->text[0] == '\0' || code == json_error_out_of_memory)
		return STR("it cannot be read: out of memory");
	return STR_CAT(a, STR("it is no JSON: line "),
		str_number(a, error->line > 0 ? (uint64_t)error->line : 1),
		STR(": "), arena_dup(a, str_from(error->text)));
}

/* A number that is too large for an integer is read once more, as a real. */
static json_t *
load(str json, json_error_t *error)
{
	size_t flags = JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK;
	json_t *root = json_loadb(json.p, json.n, flags, error);

	if (!root && json_error_code(error) == json_error_numeric_overflow)
		root = json_loadb(
			json.p, json.n, flags | JSON_DECODE_INT_AS_REAL, error);
	return root;
}

bool
tls_read(struct arena *a, str json, struct tls_report *t, str *why)
{
	json_error_t error;

	*t = (struct tls_report){ .begin = TIME_UNKNOWN, .end = TIME_UNKNOWN };
	if (json.n > TLS_MAX_TEXT) {
		*why = STR("it is no TLS report: longer than 4 MiB");
		return false;
	}
	if (!json.p) /* which jansson would not take */
		json = STR("");
	if (str_starts(json, STR("\xef\xbb\xbf")))
		json = str_skip(json, 3);
	json_t *root = load(json, &error);
	if (!root) {
		*why = error_words(a, &error);
		return false;
	}
	const json_t *policies = json_object_get(root, "policies");
	bool ours = json_is_array(policies) || json_is_object(policies);
	if (ours)
		take_report(a, root, str_skip(json, (size_t)error.position), t);
	else
		*why = json_is_object(root)
			       ? STR("it is no TLS report: no \"policies\"")
			       : STR("it is no TLS report: no object");
	json_decref(root);
	return ours;
}
