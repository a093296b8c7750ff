/*
 * summary.c - the totals of many messages: a row for each verdict and cause.
 */
#include "summary.h"
#include "json.h"

#include "mailauth/buf.h"

#include <assert.h>
#include <stdlib.h>

/* In the order in which they are shown: what is well, then what is worse. */
enum verdict {
	VERDICT_PASS,
	VERDICT_NONE,
	VERDICT_NEUTRAL,
	VERDICT_SOFTFAIL,
	VERDICT_FAIL,
	VERDICT_PERMERROR,
	VERDICT_TEMPERROR,
	VERDICT_ERROR, /* the file could not be read */
	VERDICTS
};

static const struct {
	str word;
	enum result result; /* gives the colour */
} verdicts[VERDICTS] = {
	[VERDICT_PASS] = { STR_INIT("pass"), RESULT_PASS },
	[VERDICT_NONE] = { STR_INIT("none"), RESULT_NONE },
	[VERDICT_NEUTRAL] = { STR_INIT("neutral"), RESULT_NEUTRAL },
	[VERDICT_SOFTFAIL] = { STR_INIT("softfail"), RESULT_SOFTFAIL },
	[VERDICT_FAIL] = { STR_INIT("fail"), RESULT_FAIL },
	[VERDICT_PERMERROR] = { STR_INIT("permerror"), RESULT_PERMERROR },
	[VERDICT_TEMPERROR] = { STR_INIT("temperror"), RESULT_TEMPERROR },
	[VERDICT_ERROR] = { STR_INIT("error"), RESULT_FAIL },
};

struct row {
	enum verdict verdict;
	str cause;
	str example; /* absent: not known */
	uint64_t count;
};

enum { SLOTS = 2 * SUMMARY_ROWS };

struct summary {
	struct arena *arena;
	struct row *row;
	size_t rows, size;
	size_t named;         /* rows of a cause, not of others */
	uint16_t slot[SLOTS]; /* by hash: 1 + index of a row; 0: free */
	uint64_t total, of[VERDICTS];
	bool interrupted;
};

struct summary *
summary_new(struct arena *a)
{
	struct summary *s = arena_new(a, struct summary);

	s->arena = a;
	return s;
}

/* --- adding up ------------------------------------------------------- */

static const str no_cause = STR_INIT("-");
static const str other_cause = STR_INIT("other");

static enum verdict
verdict_from(str word)
{
	enum verdict v = 0;

	while (v < VERDICTS && !str_eq(verdicts[v].word, word))
		v++;
	return v;
}

bool
summary_has_verdict(str word)
{
	return verdict_from(word) < VERDICTS;
}

static struct row *
new_row(struct summary *s, uint16_t *slot, enum verdict v, str cause)
{
	if (s->rows == s->size) {
		size_t size = s->size > 0 ? 2 * s->size : 16;
		s->row = arena_grow(s->arena, s->row, s->size * sizeof(*s->row),
			size * sizeof(*s->row));
		s->size = size;
	}
	struct row *row = &s->row[s->rows++];
	*row = (struct row){ .verdict = v,
		.cause = arena_dup(s->arena, cause) };
	*slot = (uint16_t)s->rows;
	s->named += !str_eq(cause, other_cause);
	return row;
}

/* Each verdict can have its row of others, whatever came before. */
static bool
has_room(const struct summary *s, str cause)
{
	return s->named < SUMMARY_ROWS - VERDICTS || str_eq(cause, other_cause);
}

/* NULL when there is no room for one more. */
static struct row *
row_of(struct summary *s, enum verdict v, str cause)
{
	uint32_t at = str_hash(cause, (uint32_t)v) % SLOTS;

	for (; s->slot[at] != 0; at = (at + 1) % SLOTS) {
		struct row *row = &s->row[s->slot[at] - 1];
		if (row->verdict == v && str_eq(row->cause, cause))
			return row;
	}
	if (!has_room(s, cause))
		return NULL;
	return new_row(s, &s->slot[at], v, cause);
}

static void
count_up(uint64_t *sum, uint64_t n)
{
	*sum = n > INT64_MAX - *sum ? INT64_MAX : *sum + n;
}

void
summary_add(struct summary *s, str verdict, str cause, str file, uint64_t count)
{
	enum verdict v = verdict_from(verdict);

	assert(v < VERDICTS);
	if (count == 0)
		return;
	struct row *row = row_of(s, v, cause.n > 0 ? cause : no_cause);
	if (row == NULL)
		row = row_of(s, v, other_cause);
	if (row->example.p == NULL && file.n <= SUMMARY_EXAMPLE_MAX)
		row->example = arena_dup(s->arena, file);
	count_up(&row->count, count);
	count_up(&s->of[v], count);
	count_up(&s->total, count);
}

void
summary_interrupt(struct summary *s)
{
	s->interrupted = true;
}

int
summary_exit(const struct summary *s)
{
	if (s->of[VERDICT_ERROR] > 0)
		return EXIT_UNUSABLE;
	if (s->of[VERDICT_TEMPERROR] > 0)
		return EXIT_TEMPORARY;
	for (enum verdict v = VERDICT_PASS + 1; v < VERDICTS; v++)
		if (s->of[v] > 0)
			return EXIT_NOT;
	return EXIT_PASS;
}

/* --- the order of the rows ------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a;
	const struct row *y = *(const struct row *const *)b;

	if (x->verdict != y->verdict)
		return x->verdict < y->verdict ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return str_icmp(x->cause, y->cause);
}

static const struct row **
sorted(const struct summary *s, struct arena *a)
{
	const struct row **row = arena_make(a, s->rows, const struct row *);

	for (size_t i = 0; i < s->rows; i++)
		row[i] = &s->row[i];
	if (s->rows > 0)
		qsort(row, s->rows, sizeof(const struct row *), compare);
	return row;
}

/* --- for a person ---------------------------------------------------- */

/* Where the columns end that are aligned on the right, and others begin. */
struct table {
	struct screen *screen;
	uint64_t total;
	size_t count_end, share_end;
	size_t cause_at, example_at; /* 0: below, on a line of its own */
};

enum { GAP = 2, SHARE_WIDTH = 7, BELOW_AT = 4, EXAMPLE_MIN = 16 };

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* As wide as its widest cell, and where there is no room, below. */
static struct table
lay_out(const struct summary *s, struct screen *screen)
{
	size_t verdict = STR("verdict").n, cause = STR("finding").n;
	struct table t = { .screen = screen, .total = s->total };

	for (size_t i = 0; i < s->rows; i++) {
		verdict = larger(verdict, verdicts[s->row[i].verdict].word.n);
		cause = larger(cause, s->row[i].cause.n);
	}
	t.count_end =
		verdict + GAP +
		larger(STR("messages").n, str_count(screen->arena, s->total).n);
	t.share_end = t.count_end + GAP + SHARE_WIDTH;
	t.cause_at = t.share_end + GAP;
	t.example_at = t.cause_at + cause + GAP;
	if (t.example_at + EXAMPLE_MIN > screen->width)
		t.example_at = 0;
	if (t.cause_at + cause > screen->width)
		t.cause_at = 0;
	return t;
}

static void
put_titles(const struct table *t)
{
	struct screen *s = t->screen;

	screen_put(s, TINT_PLAIN, STR("verdict"));
	screen_right(s, TINT_PLAIN, t->count_end, STR("messages"));
	screen_right(s, TINT_PLAIN, t->share_end, STR("share"));
	if (t->cause_at > 0) {
		screen_pad(s, t->cause_at);
		screen_put(s, TINT_PLAIN, STR("finding"));
	}
	if (t->example_at > 0) {
		screen_pad(s, t->example_at);
		screen_put(s, TINT_PLAIN, STR("example"));
	}
	screen_end(s);
}

static size_t
length_shown(struct arena *a, str name)
{
	return str_escaped(a, name).n;
}

/* As much of a name's begin, or end, as has room. */
static str
begin_of(struct arena *a, str name, size_t room)
{
	name = str_sub(name, 0, room);
	while (length_shown(a, name) > room)
		name.n--;
	return name;
}

static str
end_of(struct arena *a, str name, size_t room)
{
	if (name.n > room)
		name = str_skip(name, name.n - room);
	while (length_shown(a, name) > room)
		name = str_skip(name, 1);
	return name;
}

static str
base_of(str name)
{
	size_t slash = str_rfind(name, '/');

	return slash < name.n ? str_skip(name, slash + 1) : name;
}

/*
 * Of a long name the directories go first.  In a Maildir the name itself is
 * long, and both its begin (the time) and its end (the flags) help.
 */
static void
put_name(struct screen *s, str name)
{
	static const str dots = STR_INIT("...");
	struct arena *a = s->arena;
	size_t room = s->width - s->column;
	str base = base_of(name), head = STR("");

	if (length_shown(a, name) <= room) {
		screen_put(s, TINT_PLAIN, name);
		return;
	}
	room -= dots.n;
	if (length_shown(a, base) > room) {
		head = begin_of(a, base, room * 2 / 3);
		room -= length_shown(a, head);
		name = base;
	}
	screen_put(s, TINT_PLAIN, head);
	screen_put(s, TINT_PLAIN, dots);
	screen_put(s, TINT_PLAIN, end_of(a, name, room));
}

static void
go_to(struct screen *s, size_t column)
{
	if (column == 0)
		screen_end(s);
	screen_pad(s, column > 0 ? column : BELOW_AT);
}

static void
put_cause(const struct table *t, const struct row *row)
{
	struct screen *s = t->screen;

	go_to(s, t->cause_at);
	screen_put(s, TINT_PLAIN, row->cause);
	if (row->example.n > 0) {
		go_to(s, t->example_at);
		put_name(s, row->example);
	}
}

static void
put_count(const struct table *t, enum tint tint, uint64_t count)
{
	struct screen *s = t->screen;

	screen_right(s, tint, t->count_end, str_count(s->arena, count));
	screen_right(
		s, tint, t->share_end, str_share(s->arena, count, t->total));
}

static void
put_verdict(const struct table *t, enum verdict v, uint64_t count)
{
	enum tint tint = screen_tint(verdicts[v].result);

	screen_put(t->screen, tint == TINT_PLAIN ? TINT_STRONG : tint,
		verdicts[v].word);
	put_count(t, TINT_STRONG, count);
}

/* Several causes stand below their sum. */
static void
put_group(const struct table *t, uint64_t sum, const struct row **row, size_t n)
{
	put_verdict(t, row[0]->verdict, sum);
	for (size_t i = 0; i < n; i++) {
		if (n > 1) {
			screen_end(t->screen);
			put_count(t, TINT_PLAIN, row[i]->count);
		}
		put_cause(t, row[i]);
	}
	screen_end(t->screen);
}

static void
put_groups(const struct table *t, const struct summary *s)
{
	const struct row **row = sorted(s, t->screen->arena);

	for (size_t from = 0, to = 0; from < s->rows; from = to) {
		while (to < s->rows && row[to]->verdict == row[from]->verdict)
			to++;
		put_group(t, s->of[row[from]->verdict], row + from, to - from);
	}
}

void
summary_print(const struct summary *s, struct screen *screen)
{
	struct arena_mark mark = arena_mark(screen->arena);
	struct arena *a = screen->arena;

	screen_put(screen, TINT_STRONG,
		s->total == 0 ? STR("no") : str_count(a, s->total));
	screen_put(screen, TINT_PLAIN,
		s->total == 1 ? STR(" message") : STR(" messages"));
	if (s->interrupted)
		screen_put(screen, TINT_PLAIN,
			STR(" (interrupted: there may be more)"));
	screen_end(screen);
	if (s->total > 0) {
		struct table t = lay_out(s, screen);
		screen_end(screen);
		put_titles(&t);
		put_groups(&t, s);
	}
	arena_rewind(a, mark);
}

/* --- for a program --------------------------------------------------- */

static struct json
json_verdicts(const struct summary *s)
{
	struct json j = json_begin(s->arena);

	for (enum verdict v = 0; v < VERDICTS; v++)
		if (s->of[v] > 0)
			json_put_number(&j, verdicts[v].word.p, s->of[v]);
	return j;
}

static struct json
json_row(const struct summary *s, const struct row *row)
{
	struct json j = json_begin(s->arena);

	json_put_str(&j, "verdict", verdicts[row->verdict].word);
	json_put_str(&j, "cause",
		str_eq(row->cause, no_cause) ? (str){ 0 } : row->cause);
	json_put_number(&j, "count", row->count);
	json_put_str(&j, "example", row->example);
	return j;
}

void
summary_json(const struct summary *s, FILE *out)
{
	struct arena_mark mark = arena_mark(s->arena);
	const struct row **row = sorted(s, s->arena);
	struct json j = json_begin(s->arena), inner = json_begin(s->arena);
	struct json counts = json_verdicts(s);
	json_t *rows = json_array();

	for (size_t i = 0; i < s->rows; i++) {
		struct json one = json_row(s, row[i]);
		json_append(&inner, rows, &one);
	}
	json_put_number(&inner, "messages", s->total);
	json_put_bool(&inner, "interrupted", s->interrupted);
	json_put_object(&inner, "verdicts", &counts);
	json_put(&inner, "rows", rows);
	json_put_number(&j, "schema", JSON_SCHEMA);
	json_put_object(&j, "summary", &inner);
	json_write(&j, out);
	arena_rewind(s->arena, mark);
}
