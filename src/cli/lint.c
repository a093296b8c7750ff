/*
 * lint.c - mailauth lint: is this record fit to be published?
 *
 * Texts come from the command line, from files and from standard input; the
 * network is not asked.
 */
#include "input.h"
#include "json.h"
#include "report.h"
#include "sandbox.h"
#include "say.h"

#include "net/zone_lines.h"

#include "mailauth/buf.h"
#include "mailauth/domain.h"
#include "mailauth/key_write.h"

#include <unistd.h>

enum {
	MOST_RECORDS = 1000,
	MOST_TEXT = 1 << 20, /* octets of one source */
	SHOWN = 60           /* octets of a text that is not known */
};

struct linter {
	const struct options *options;
	struct arena *arena;
	struct lint_record *record;
	const char **source; /* of each record; NULL: an argument */
	size_t n;
	int code;
};

/* --- what is to be looked at ----------------------------------------- */

static void
fail(struct linter *l, str message)
{
	say(message);
	l->code = EXIT_UNUSABLE;
}

/* A bare text stands where its kind belongs. */
static void
give_name(struct linter *l, struct lint_record *r)
{
	str domain = l->options->domain;

	if (r->name.n > 0 || r->line || domain.n == 0)
		return;
	r->name = lint_kind_of_name(domain) == r->kind
			  ? domain
			  : lint_name(l->arena, r->kind, domain);
}

/* What is none of ours is passed over.  False: there are too many. */
static bool
add_record(struct linter *l, const struct lint_record *read, const char *source)
{
	struct lint_record *r = &l->record[l->n];

	*r = *read;
	r->kind = lint_kind_of(r);
	if (l->options->record_kind != RECORD_UNKNOWN &&
		(!r->line || r->kind == RECORD_UNKNOWN))
		r->kind = l->options->record_kind;
	if (r->kind == RECORD_UNKNOWN)
		return true;
	if (l->n + 1 == MOST_RECORDS) {
		fail(l, STR("too many records, the rest is not looked at"));
		return false;
	}
	give_name(l, r);
	l->source[l->n++] = source;
	return true;
}

/* False when there was nothing in it. */
static bool
add_text(struct linter *l, str text, const char *source)
{
	str domain = l->options->domain;
	struct zone_lines z =
		zone_lines_begin(l->arena, text, domain.p ? domain : STR(""));
	struct lint_record r;
	size_t before = l->n;

	while (zone_lines_next(&z, &r))
		if (!add_record(l, &r, source))
			break;
	return l->n > before;
}

/* What openssl writes, around a key or a certificate. */
static bool
is_pem(str text)
{
	return str_starts(str_trim_fws(text), STR("-----BEGIN "));
}

/* What is in it is not said again: it may be nobody's to read. */
static void
fail_pem(struct linter *l, str text, str where)
{
	bool private = str_ifind(text, STR(" PRIVATE KEY-----")) < text.n;

	fail(l, STR_CAT(l->arena, where,
			private ? STR(" is a private key, which is never "
				      "published; ")
				: STR(" is a key in PEM, and no record; "),
			STR("mailauth keygen --from-key FILE makes a record "
			    "from the private key")));
}

static void
add_file(struct linter *l, const char *name)
{
	str error = { 0 };
	str text = input_whole(l->arena, name, MOST_TEXT, &error);

	if (!text.p)
		fail(l, error);
	else if (is_pem(text))
		fail_pem(l, text, say_file(l->arena, name));
	else if (!add_text(l, text, name))
		fail(l, STR_CAT(l->arena, STR("no record of a known type in "),
				say_file(l->arena, name),
				STR(" (--type says what a text is)")));
}

/*
 * The words from i on that are one text: those that somebody forgot to quote
 * begin no record of their own.
 */
static str
text_of_words(struct linter *l, size_t *i)
{
	const struct options *o = l->options;
	str text = str_from(o->file[(*i)++]);

	while (*i < o->files) {
		str next = str_from(o->file[*i]);
		if (str_eq(next, STR("-")) || str_find(next, ' ') < next.n ||
			lint_kind_of_text(text) == RECORD_UNKNOWN ||
			lint_kind_of_text(next) != RECORD_UNKNOWN)
			break;
		text = STR_CAT(l->arena, text, STR(" "), next);
		++*i;
	}
	return text;
}

static bool
is_domain(str text)
{
	str name = str_trim_dot(text);

	return domain_labels(name) >= 2 && dns_name_valid(name) &&
	       key_is_selector(name) && is_alpha(name.p[name.n - 1]);
}

/* "s1._domainkey.shop.example": its domain, and the selector. */
static void
fail_domain(struct linter *l, str text)
{
	str name = str_trim_dot(text), domain = lint_domain(name);
	size_t end = str_ifind(name, STR("._domainkey."));
	str selector = str_sub(name, 0, end < name.n ? end : 0);

	fail(l, STR_CAT(l->arena, STR("'"), text,
			STR("' is a name, and no record; what is published "
			    "there: mailauth domain "),
			selector.n > 0 ? STR("-S ") : STR(""), selector,
			selector.n > 0 ? STR(" ") : STR(""),
			domain.n > 0 ? domain : name));
}

static void
fail_word(struct linter *l, str text)
{
	bool file = access(arena_zstr(l->arena, text), F_OK) == 0;

	if (!file && is_domain(text)) {
		fail_domain(l, text);
		return;
	}
	fail(l, STR_CAT(l->arena, STR("'"), str_sub(text, 0, SHOWN),
			text.n > SHOWN ? STR("...'") : STR("'"),
			STR(" is no record of a known type "),
			file ? STR("(a file is given by -f)")
			     : STR("(--type says what it is)")));
}

static void
add_words(struct linter *l)
{
	const struct options *o = l->options;

	for (size_t i = 0; i < o->files;) {
		if (str_eq(str_from(o->file[i]), STR("-"))) {
			add_file(l, o->file[i++]);
			continue;
		}
		str text = text_of_words(l, &i);
		if (is_pem(text))
			fail_pem(l, text, STR("this"));
		else if (!add_text(l, str_sub(text, 0, MOST_TEXT), NULL))
			fail_word(l, text);
	}
}

/* --- for a person ---------------------------------------------------- */

static str
count_of(struct arena *a, size_t n, const char *word)
{
	return STR_CAT(a, str_number(a, n), STR(" "), str_from(word),
		n == 1 ? STR("") : STR("s"));
}

/* "2 errors, 1 note"; what has a cause is not counted. */
static str
counts(struct arena *a, const struct lint *r)
{
	struct buf b = { .arena = a };
	size_t notes = 0;

	for (size_t i = 0; i < r->n; i++)
		notes += !r->finding[i].cause &&
			 r->finding[i].severity == SEVERITY_NOTE;
	const struct {
		size_t n;
		const char *word;
	} all[] = { { r->errors, "error" }, { r->warnings, "warning" },
		{ notes, "note" } };
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].n == 0)
			continue;
		buf_add(&b, b.n > 0 ? STR(", ") : STR(""));
		buf_add(&b, count_of(a, all[i].n, all[i].word));
	}
	return b.n > 0 ? buf_str(&b) : STR("nothing to be said against it");
}

static void
put_verdict(struct screen *s, const struct lint *r)
{
	if (r->errors > 0)
		screen_put(s, TINT_BAD, STR("ERROR"));
	else if (r->warnings > 0)
		screen_put(s, TINT_DOUBT, STR("WARN"));
	else
		screen_put(s, TINT_GOOD, STR("FINE"));
	screen_pad(s, 7);
}

static str
place_of(const struct linter *l, size_t i)
{
	const struct lint_line *line = l->record[i].line;
	struct arena *a = l->arena;

	if (!line || !l->source[i] || l->n == 1)
		return STR("");
	return STR_CAT(
		a, STR(" (line "), str_number(a, line->number), STR(")"));
}

static void
put_heading(struct screen *s, const struct linter *l, size_t i,
	const struct lint *r)
{
	const struct lint_record *of = &l->record[i];
	bool alias = of->line && str_ieq(of->line->type, STR("CNAME")) &&
		     lint_kind_of_text(of->text) == RECORD_UNKNOWN;
	struct arena *a = l->arena;

	put_verdict(s, r);
	screen_wrap(s, 7,
		STR_CAT(a, record_kind_title(of->kind),
			of->name.n > 0 ? STR(" at ") : STR(""), of->name,
			place_of(l, i), STR(": "),
			alias ? STR_CAT(a, STR("an alias, the record is at "),
					str_trim_dot(of->text), STR("; "))
			      : STR(""),
			counts(a, r)));
	screen_end(s);
}

static void
put_whole(struct screen *s, const struct lint *r)
{
	str whole = r->zone.p ? r->zone : r->corrected;

	if (!whole.p)
		return;
	screen_pad(s, 3);
	screen_put(s, TINT_PLAIN, STR("= whole: "));
	screen_put(s, TINT_PLAIN, whole);
	screen_end(s);
}

/* The record is shown whole once, with all that can be mended. */
static void
put_record(struct screen *s, const struct linter *l, size_t i,
	const struct lint *r)
{
	struct finding *list = arena_make(l->arena, r->n, struct finding);
	struct report report = { .options = l->options,
		.out = s->out,
		.arena = l->arena,
		.finding = list,
		.findings = r->n };

	if (i > 0)
		screen_end(s);
	put_heading(s, l, i, r);
	if (l->options->verbose)
		screen_item(s, 2, STR("text"), l->record[i].text);
	for (size_t k = 0; k < r->n; k++) {
		list[k] = r->finding[k];
		list[k].corrected = (str){ 0 };
	}
	text_findings(s, &report);
	put_whole(s, r);
}

/* --- for a program --------------------------------------------------- */

static void
put_json(const struct linter *l, size_t i, const struct lint *r)
{
	const struct lint_record *of = &l->record[i];
	struct json j = json_begin(l->arena);
	json_t *findings = json_array();
	const char *source = l->source[i];

	json_put_number(&j, "schema", JSON_SCHEMA);
	json_put_str(&j, "file", source ? str_from(source) : (str){ 0 });
	if (of->line)
		json_put_number(&j, "line", of->line->number);
	else
		json_put(&j, "line", json_null());
	json_put_str(&j, "type", record_kind_word(of->kind));
	json_put_str(&j, "name", of->name.n > 0 ? of->name : (str){ 0 });
	json_put_str(&j, "text", of->text);
	json_put_number(&j, "errors", r->errors);
	json_put_number(&j, "warnings", r->warnings);
	for (size_t k = 0; k < r->n; k++) {
		struct json one = json_finding(l->arena, &r->finding[k]);
		json_append(&j, findings, &one);
	}
	json_put(&j, "findings", findings);
	json_put_str(&j, "corrected", r->corrected);
	json_put_str(&j, "zone", r->zone);
	json_write(&j, stdout);
}

/* --- the command ----------------------------------------------------- */

static void
look(struct linter *l)
{
	const struct options *o = l->options;
	struct lint *result = arena_make(l->arena, l->n, struct lint);
	struct screen s = screen_open(l->arena, o);

	lint_records(l->arena, l->record, l->n, result);
	for (size_t i = 0; i < l->n; i++) {
		bool bad = result[i].errors > 0 ||
			   (o->strict && result[i].warnings > 0);
		if (bad && l->code == EXIT_PASS)
			l->code = EXIT_NOT;
		if (o->quiet)
			continue;
		if (o->json)
			put_json(l, i, &result[i]);
		else
			put_record(&s, l, i, &result[i]);
	}
}

static bool
has_input(const struct options *o)
{
	if (o->files > 0 || o->text_files > 0 || !isatty(STDIN_FILENO))
		return true;
	say(STR("lint needs the text of a record, or -f FILE"));
	usage_print(COMMAND_LINT);
	return false;
}

int
run_lint(const struct options *o)
{
	struct arena arena;
	struct linter l = { .options = o, .arena = &arena };

	if (!has_input(o))
		return EXIT_UNUSABLE;
	sandbox_enter(o);
	arena_init(&arena, (size_t)1 << 30, say_out_of_memory, NULL);
	l.record = arena_make(&arena, MOST_RECORDS, struct lint_record);
	l.source = arena_make(&arena, MOST_RECORDS, const char *);
	add_words(&l);
	for (size_t i = 0; i < o->text_files; i++)
		add_file(&l, o->text_file[i]);
	if (o->files == 0 && o->text_files == 0)
		add_file(&l, "-");
	look(&l);
	arena_free(&arena);
	return l.code;
}
