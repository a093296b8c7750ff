/*
 * from_json.c - what `mailauth -j` has written, added up.
 */
#include "from_json.h"
#include "interrupt.h"
#include "json.h"
#include "say.h"

#include "mailauth/findings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- pieces ---------------------------------------------------------- */

/* Absent when it is no string. */
static str
text(const json_t *v)
{
	return (str){ json_string_value(v), json_string_length(v) };
}

static bool
is_null(const json_t *v)
{
	return v == NULL || json_is_null(v);
}

static bool
text_or_null(const json_t *v)
{
	return is_null(v) || json_is_string(v);
}

/* A later version may know more codes; their form will be the same. */
static bool
is_code(str s)
{
	enum { LONGEST = 48 };

	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !is_digit(s.p[i]) &&
			s.p[i] != '-')
			return false;
	return s.n > 0 && s.n <= LONGEST;
}

/* --- a report -------------------------------------------------------- */

static bool
is_finding(const json_t *x)
{
	return is_code(text(json_object_get(x, "code"))) &&
	       json_is_string(json_object_get(x, "severity")) &&
	       json_is_boolean(json_object_get(x, "minor")) &&
	       text_or_null(json_object_get(x, "cause"));
}

static bool
are_findings(const json_t *findings)
{
	for (size_t i = 0; i < json_array_size(findings); i++)
		if (!is_finding(json_array_get(findings, i)))
			return false;
	return json_is_array(findings);
}

static bool
explains_any(const json_t *findings, str code)
{
	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *x = json_array_get(findings, i);
		if (str_eq(text(json_object_get(x, "cause")), code))
			return true;
	}
	return false;
}

/* The next two are as those of text_line.c. */
static bool
is_reason(const json_t *findings, const json_t *x, bool pass)
{
	if (json_is_true(json_object_get(x, "minor")))
		return false;
	if (!str_eq(text(json_object_get(x, "severity")),
		    severity_word(SEVERITY_NOTE)))
		return true;
	return !pass &&
	       explains_any(findings, text(json_object_get(x, "code")));
}

/* The roots stand in front, and have no cause. */
static str
cause_of(const json_t *findings, bool pass)
{
	str first = { 0 };

	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *x = json_array_get(findings, i);
		str code = text(json_object_get(x, "code"));
		if (!is_null(json_object_get(x, "cause")))
			break;
		if (is_reason(findings, x, pass))
			return code;
		if (!pass && i == 0)
			first = code;
	}
	return first;
}

/* As -1 has it; SPF alone has none. */
static str
file_of(struct arena *a, const json_t *line)
{
	str file = text(json_object_get(line, "file"));
	const json_t *number = json_object_get(line, "message");

	if (file.p == NULL || json_integer_value(number) <= 0)
		return file;
	return STR_CAT(a, file, STR(":"),
		str_number(a, (uint64_t)json_integer_value(number)));
}

static bool
is_pass_by_dkim(const json_t *line)
{
	const json_t *dmarc = json_object_get(line, "dmarc");
	const json_t *alignment = json_object_get(dmarc, "alignment");

	return str_eq(text(json_object_get(line, "verdict")), STR("pass")) &&
	       json_is_true(json_object_get(alignment, "dkim"));
}

static bool
add_report(struct summary *s, struct arena *a, const json_t *line)
{
	str verdict = text(json_object_get(line, "verdict"));
	const json_t *findings = json_object_get(line, "findings");

	if (!summary_has_verdict(verdict) ||
		!text_or_null(json_object_get(line, "file")) ||
		!are_findings(findings))
		return false;
	bool pass = str_eq(verdict, result_word(RESULT_PASS));
	str cause = { 0 };
	if (!is_pass_by_dkim(line))
		cause = cause_of(findings, pass);
	summary_add(s, verdict, cause, file_of(a, line), 1);
	return true;
}

/* --- an input that could not be read --------------------------------- */

static bool
add_unusable(struct summary *s, struct arena *a, const json_t *line)
{
	str code = text(json_object_get(line, "code"));

	if (!json_is_string(json_object_get(line, "file")) || !is_code(code))
		return false;
	summary_add(s, STR("error"), code, file_of(a, line), 1);
	return true;
}

/* --- a summary ------------------------------------------------------- */

static bool
is_row(const json_t *row)
{
	const json_t *cause = json_object_get(row, "cause");
	const json_t *count = json_object_get(row, "count");

	return summary_has_verdict(text(json_object_get(row, "verdict"))) &&
	       (is_null(cause) || is_code(text(cause))) &&
	       json_is_integer(count) && json_integer_value(count) >= 0 &&
	       text_or_null(json_object_get(row, "example"));
}

static void
add_row(struct summary *s, const json_t *row)
{
	str cause = text(json_object_get(row, "cause"));

	summary_add(s, text(json_object_get(row, "verdict")),
		cause.p != NULL ? cause : STR("-"),
		text(json_object_get(row, "example")),
		(uint64_t)json_integer_value(json_object_get(row, "count")));
}

/* All of it or nothing. */
static bool
add_summary(struct summary *s, const json_t *summary)
{
	const json_t *rows = json_object_get(summary, "rows");

	for (size_t i = 0; i < json_array_size(rows); i++)
		if (!is_row(json_array_get(rows, i)))
			return false;
	for (size_t i = 0; i < json_array_size(rows); i++)
		add_row(s, json_array_get(rows, i));
	if (json_is_true(json_object_get(summary, "interrupted")))
		summary_interrupt(s);
	return json_is_array(rows);
}

/* --- a line ---------------------------------------------------------- */

/*
 * jansson needs up to some hundred bytes of memory for two of the line, so
 * what has far more values than ours is not given to it.
 */
static bool
has_too_many_values(str line)
{
	enum { VALUES_MAX = 1 << 18 };
	bool quoted = false;
	size_t n = 0;

	if (line.n <= VALUES_MAX)
		return false; /* most are that short */
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '"')
			quoted = !quoted;
		else if (line.p[i] == '\\')
			i++;
		else if (!quoted && is_one_of(line.p[i], ",:[{"))
			n++;
	}
	return n > VALUES_MAX;
}

static bool
add_object(struct summary *s, struct arena *a, const json_t *line)
{
	const json_t *schema = json_object_get(line, "schema");
	const json_t *summary = json_object_get(line, "summary");

	if (!json_is_integer(schema) ||
		json_integer_value(schema) != JSON_SCHEMA)
		return false;
	if (summary != NULL)
		return add_summary(s, summary);
	if (json_object_get(line, "error") != NULL)
		return add_unusable(s, a, line);
	return add_report(s, a, line);
}

bool
from_json_line(struct summary *s, struct arena *a, str line)
{
	json_error_t error;

	if (has_too_many_values(line))
		return false;
	json_t *object = json_loadb(line.p, line.n, 0, &error);
	bool ours = object != NULL && add_object(s, a, object);
	json_decref(object);
	return ours;
}

/* --- a file ---------------------------------------------------------- */

struct reader {
	int fd;
	char *p;
	size_t n, size;
	size_t line;   /* the number of the one at p */
	bool too_long; /* and cut */
	int error;     /* errno; 0 while all is well */
	size_t from, to;
	char chunk[64 << 10]; /* read, and not yet part of a line */
};

static void
keep(struct reader *r, str piece)
{
	if (piece.n > FROM_JSON_LINE_MAX - r->n) {
		r->too_long = true;
		return;
	}
	while (piece.n > r->size - r->n) {
		r->size = r->size > 0 ? 2 * r->size : 8192;
		r->p = realloc(r->p, r->size);
		if (r->p == NULL)
			say_out_of_memory(NULL);
	}
	if (piece.n > 0) /* else there may be no memory yet */
		memcpy(r->p + r->n, piece.p, piece.n);
	r->n += piece.n;
}

/* False at the end, and when reading fails. */
static bool
read_chunk(struct reader *r)
{
	ssize_t n;

	do
		n = interruptible_wait(r->fd)
			    ? read(r->fd, r->chunk, sizeof(r->chunk))
			    : -1;
	while (n < 0 && errno == EINTR && !interrupted());
	if (n < 0)
		r->error = errno;
	r->from = 0;
	r->to = n > 0 ? (size_t)n : 0;
	return n > 0;
}

/* False at the end, and when reading fails, which loses a line begun. */
static bool
read_line(struct reader *r)
{
	bool begun = false;

	r->n = 0;
	r->line++;
	r->too_long = false;
	while (r->from < r->to || read_chunk(r)) {
		str rest = { r->chunk + r->from, r->to - r->from };
		size_t n = str_find(rest, '\n');
		begun = true;
		keep(r, str_sub(rest, 0, n));
		r->from += n < rest.n ? n + 1 : n;
		if (n < rest.n)
			return true;
	}
	return begun && r->error == 0;
}

static void
report_bad(struct arena *a, const char *name, size_t line, size_t bad)
{
	struct arena_mark mark = arena_mark(a);

	SAY(a, say_file(a, name), STR(", line "), str_number(a, line),
		STR(": not a line of mailauth -j"),
		bad > 1 ? STR_CAT(a, STR(" (and "), str_count(a, bad - 1),
				  STR(" more)"))
			: STR(""));
	arena_rewind(a, mark);
}

bool
from_json_read(struct summary *s, int fd, const char *name, struct arena *a,
	size_t *bad)
{
	struct reader r;
	size_t first = 0;

	/* the chunk is left as it is */
	memset(&r, 0, offsetof(struct reader, chunk));
	r.fd = fd;
	*bad = 0;
	while (!interrupted() && read_line(&r)) {
		str line = { r.p, r.n };
		if (!r.too_long && str_trim_fws(line).n == 0)
			continue;
		if (!r.too_long && from_json_line(s, a, line))
			continue;
		if ((*bad)++ == 0)
			first = r.line;
	}
	free(r.p);
	if (*bad > 0)
		report_bad(a, name, first, *bad);
	if (interrupted())
		return true;
	if (r.error != 0)
		SAY(a, STR("cannot read "), say_file(a, name), STR(": "),
			say_errno(r.error));
	return r.error == 0;
}
