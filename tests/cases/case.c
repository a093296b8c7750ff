/*
 * case.c - reads cases, and runs them three ways.
 */
#include "case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/zone.h"

enum { MEMORY = 1 << 30 };

/* --- reading --------------------------------------------------------- */

struct reader {
	struct arena *arena;
	const char *file;
	size_t line;
	bool bad;
};

static void
complain(struct reader *r, const char *what, str text)
{
	fprintf(stderr, "%s:%zu: %s: %.*s\n", r->file, r->line, what,
		(int)text.n, text.p ? text.p : "");
	r->bad = true;
}

/* The byte that an escape at the start of s stands for; *n its length. */
static char
escaped_byte(str s, size_t *n)
{
	static const char from[] = "rnt0", to[] = "\r\n\t";

	*n = 2;
	if (s.n >= 4 && s.p[1] == 'x' && hex_value(s.p[2]) >= 0 &&
		hex_value(s.p[3]) >= 0) {
		*n = 4;
		return (char)(hex_value(s.p[2]) << 4 | hex_value(s.p[3]));
	}
	const char *at = strchr(from, s.p[1]);
	return at && s.p[1] ? to[at - from] : s.p[1];
}

static str
unescape(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	for (size_t i = 0, n; i < s.n; i += n) {
		n = 1;
		char c = s.p[i];
		if (c == '\\' && i + 1 < s.n)
			c = escaped_byte(str_skip(s, i), &n);
		buf_char(&b, c);
	}
	return buf_str(&b);
}

/* The next word of *rest, without its quotation marks; absent at the end. */
static str
take_word(str *rest, const char *stop)
{
	str s = str_trim_wsp(*rest);
	size_t n = 0;

	*rest = str_sub(s, 0, 0);
	if (s.n == 0)
		return (str){ 0 };
	if (s.p[0] == '"') {
		for (n = 1; n < s.n && s.p[n] != '"'; n++)
			if (s.p[n] == '\\')
				n++;
		*rest = str_skip(s, n + 1);
		return str_sub(s, 1, n - 1);
	}
	while (n < s.n && !strchr(stop, s.p[n]))
		n++;
	*rest = str_skip(s, n);
	return str_sub(s, 0, n);
}

static bool
read_ip(struct reader *r, struct test_case *c, str word)
{
	(void)r;
	return ip_parse(word, &c->ip);
}

static bool
read_from(struct reader *r, struct test_case *c, str word)
{
	str s = unescape(r->arena, word);

	if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		s = str_sub(s, 1, s.n - 2);
	size_t at = str_rfind(s, '@');
	c->has_from = true;
	c->from = s;
	c->from_local = at < s.n ? str_sub(s, 0, at) : STR("");
	c->from_domain = at < s.n ? str_skip(s, at + 1) : s;
	return true;
}

static bool
read_helo(struct reader *r, struct test_case *c, str word)
{
	c->helo = unescape(r->arena, word);
	return true;
}

static bool
read_receiver(struct reader *r, struct test_case *c, str word)
{
	c->receiver = unescape(r->arena, word);
	return true;
}

static bool
read_now(struct reader *r, struct test_case *c, str word)
{
	uint64_t v;

	(void)r;
	if (!str_uint(word, INT64_MAX, &v))
		return false;
	c->now = (int64_t)v;
	return true;
}

static bool
is_answer_word(str s)
{
	static const str word[] = { STR_INIT("SERVFAIL"), STR_INIT("REFUSED"),
		STR_INIT("TIMEOUT"), STR_INIT("BROKEN"), STR_INIT("LIMIT"),
		STR_INIT("NXDOMAIN"), STR_INIT("NODATA"), STR_INIT("AD") };

	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (str_eq(s, word[i]))
			return true;
	return false;
}

static bool
read_dns(struct reader *r, struct test_case *c, str rest)
{
	str line = rest;
	str name = take_word(&rest, " \t"), type = take_word(&rest, " \t");
	bool directive = is_answer_word(str_trim_wsp(rest));

	if (!name.p || !type.p)
		return false;
	c->zone = STR_CAT(r->arena, c->zone, directive ? STR(";!") : STR(""),
		line, STR("\n"));
	return true;
}

static bool
read_header(struct reader *r, struct test_case *c, str rest)
{
	c->headers = STR_CAT(
		r->arena, c->headers, unescape(r->arena, rest), STR("\r\n"));
	c->header_fields++;
	return true;
}

static bool
read_dkim(struct reader *r, struct test_case *c, str rest)
{
	str domain = take_word(&rest, " \t"), word = take_word(&rest, " \t");

	(void)r;
	for (enum result i = RESULT_PENDING; i <= RESULT_PERMERROR; i++) {
		if (!str_eq(result_word(i), word) || c->n_dkim == CASE_MAX)
			continue;
		c->dkim[c->n_dkim++] = (struct case_dkim){ domain, i };
		return true;
	}
	return false;
}

static bool
read_psl(struct reader *r, struct test_case *c, str rest)
{
	c->psl = STR_CAT(r->arena, c->psl, rest, STR("\n"));
	return true;
}

static bool
read_set(struct reader *r, struct test_case *c, str rest)
{
	str key = take_word(&rest, " \t");
	str value = str_trim_wsp(rest);

	if (c->n_set == CASE_MAX)
		return false;
	if (value.n > 0 && value.p[0] == '"')
		value = take_word(&rest, " \t");
	value = unescape(r->arena, value);
	c->set[c->n_set++] = (struct case_pair){ .key = key, .value = value };
	return true;
}

/* KEY=VALUE, where VALUE is kept with its bars and quotation marks. */
static bool
read_want(struct reader *r, struct test_case *c, str rest)
{
	(void)r;
	for (rest = str_trim_wsp(rest); rest.n > 0; rest = str_trim_wsp(rest)) {
		struct case_pair *w = &c->want[c->n_want];
		if (c->n_want == CASE_MAX)
			return false;
		w->key = take_word(&rest, "=~ ");
		if (rest.n == 0 || rest.p[0] == ' ')
			return false;
		w->contains = rest.p[0] == '~';
		rest = str_skip(rest, 1);
		str value = rest;
		bool quoted = false;
		size_t i = 0;
		for (; i < value.n && (quoted || value.p[i] != ' '); i++) {
			quoted ^= value.p[i] == '"';
			i += value.p[i] == '\\' && i + 1 < value.n;
		}
		w->value = str_sub(value, 0, i);
		rest = str_skip(value, i);
		c->n_want++;
	}
	return true;
}

static const struct directive {
	str name;
	bool (*word)(struct reader *, struct test_case *, str);
	bool (*line)(struct reader *, struct test_case *, str);
} directives[] = {
	{ STR_INIT("ip"), read_ip, NULL },
	{ STR_INIT("from"), read_from, NULL },
	{ STR_INIT("helo"), read_helo, NULL },
	{ STR_INIT("receiver"), read_receiver, NULL },
	{ STR_INIT("now"), read_now, NULL },
	{ STR_INIT("dns"), NULL, read_dns },
	{ STR_INIT("header"), NULL, read_header },
	{ STR_INIT("dkim"), NULL, read_dkim },
	{ STR_INIT("psl"), NULL, read_psl },
	{ STR_INIT("set"), NULL, read_set },
	{ STR_INIT("want"), NULL, read_want },
};

static const struct directive *
find_directive(str name)
{
	for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++)
		if (str_eq(directives[i].name, name))
			return &directives[i];
	return NULL;
}

static void
read_line(struct reader *r, struct test_case *c, str line)
{
	str rest = line;

	while (str_trim_wsp(rest).n > 0) {
		const struct directive *d =
			find_directive(take_word(&rest, " \t"));
		bool ok = false;
		if (d && d->line)
			ok = d->line(r, c, str_trim_wsp(rest));
		else if (d)
			ok = d->word(r, c, take_word(&rest, " \t"));
		if (!ok)
			complain(r, "cannot read this line", line);
		if (!ok || d->line)
			return;
	}
}

/*
 * The next paragraph; false at the end of the file.  What it says is added to
 * *c.  *defaults: it begins with that word.
 */
static bool
read_paragraph(struct reader *r, str *text, struct test_case *c, bool *defaults)
{
	bool begun = false;
	str line;

	*defaults = false;
	c->line = 0;
	c->title = STR("");
	while (str_split(text, '\n', &line)) {
		r->line++;
		if (str_trim_fws(line).n == 0) {
			if (begun)
				return true;
			c->title = STR(""); /* a remark, not a title */
		} else if (line.p[0] == '#' && !begun) {
			c->title =
				STR_CAT(r->arena, c->title, str_skip(line, 1));
		} else if (line.p[0] != '#') {
			if (!begun)
				c->line = r->line;
			if (!begun &&
				str_eq(str_trim_fws(line), STR("defaults")))
				*defaults = true;
			else
				read_line(r, c, line);
			begun = true;
		}
	}
	return begun;
}

str
case_setting(const struct test_case *c, str key)
{
	for (size_t i = c->n_set; i > 0; i--)
		if (str_eq(c->set[i - 1].key, key))
			return c->set[i - 1].value;
	return (str){ 0 };
}

/* --- running --------------------------------------------------------- */

void
case_say(struct buf *out, str key, str value)
{
	buf_add(out, key);
	buf_char(out, '=');
	buf_escaped(out, value);
	buf_char(out, '\n');
}

void
case_say_uint(struct buf *out, str key, uint64_t value)
{
	buf_add(out, key);
	buf_char(out, '=');
	buf_uint(out, value);
	buf_char(out, '\n');
}

enum way { ALL_KNOWN, IN_ORDER, REVERSED };

struct run {
	const struct test_case *c;
	case_pass pass;
	const struct zone *zone;
	struct arena kept; /* the store and the texts */
	struct arena passing;
	struct dns *dns;
};

static void
answer(struct run *r, struct dns_question *q)
{
	struct arena_mark mark = arena_mark(&r->passing);
	struct dns_answer a;

	zone_answer(r->zone, &r->passing, q->type, q->name, &a);
	dns_tell(r->dns, q, &a);
	arena_rewind(&r->passing, mark);
}

/* The oldest or newest question that is open, or NULL. */
static struct dns_question *
open_question(struct run *r, enum way way)
{
	size_t n;
	struct dns_question *const *q = dns_questions(r->dns, &n);

	for (size_t i = 0; i < n; i++) {
		struct dns_question *at = q[way == REVERSED ? n - 1 - i : i];
		if (at->answer->status == DNS_UNKNOWN)
			return at;
	}
	return NULL;
}

static bool
one_pass(struct run *r, struct buf *out)
{
	struct arena_mark mark = arena_mark(&r->passing);
	struct buf said = { .arena = &r->passing };
	bool done;

	dns_begin(r->dns);
	done = r->pass(&r->passing, r->dns, r->c, &said);
	*out = (struct buf){ .arena = &r->kept };
	buf_add(out, buf_str(&said));
	arena_rewind(&r->passing, mark);
	return done;
}

/* Passes with one more answer each; what it said at last. */
static bool
drip(struct run *r, enum way way, str *said)
{
	struct buf out;

	while (!one_pass(r, &out)) {
		struct dns_question *q = open_question(r, way);
		if (!q) {
			*said = STR("unsettled, and nothing was asked\n");
			return false;
		}
		answer(r, q);
	}
	*said = buf_str(&out);
	return true;
}

/* A new store that knows all that the last one was asked, before a pass. */
static bool
all_at_once(struct run *r, str *said)
{
	struct dns *old = r->dns;
	size_t n;
	struct dns_question *const *q = dns_questions(old, &n);
	struct buf out;
	bool done;

	r->dns = dns_new(&r->kept);
	for (size_t i = 0; i < n; i++) {
		dns_begin(r->dns); /* so that each is the first */
		dns_ask(r->dns, q[i]->type, q[i]->name);
		struct dns_question *mine = open_question(r, IN_ORDER);
		if (mine)
			answer(r, mine);
	}
	done = one_pass(r, &out);
	*said = done ? buf_str(&out) : STR("unsettled, with all answers\n");
	return done;
}

/* The value that was said for key, or "". */
static str
value_of(str said, str key)
{
	str line;

	while (str_split(&said, '\n', &line)) {
		size_t equals = str_find(line, '=');
		if (str_eq(str_sub(line, 0, equals), key))
			return str_skip(line, equals + 1);
	}
	return STR("");
}

static bool
satisfied(struct arena *a, const struct case_pair *want, str got)
{
	str rest = want->value;

	for (;;) {
		str one = unescape(a, take_word(&rest, "|"));
		one = str_escaped(a, one);
		if (want->contains
				? str_ifind(got, one) + one.n <= got.n &&
					  (one.n == 0 ||
						  str_ifind(got, one) < got.n)
				: str_eq(one, got))
			return true;
		if (rest.n == 0 || rest.p[0] != '|')
			return false;
		rest = str_skip(rest, 1);
	}
}

static void
print_text(const char *head, str text)
{
	str line;

	printf("#   %s\n", head);
	while (str_split(&text, '\n', &line))
		if (line.n > 0 && line.p[line.n - 1] != '=')
			printf("#     %.*s\n", (int)line.n, line.p);
}

static void
print_failed(const struct test_case *c, bool *ok)
{
	if (*ok)
		printf("not ok %s:%zu:%.*s\n", c->file, c->line,
			(int)c->title.n, c->title.p ? c->title.p : "");
	*ok = false;
}

static bool
compare(struct run *r, str said)
{
	const struct test_case *c = r->c;
	bool ok = true;

	if (c->n_want == 0) {
		print_failed(c, &ok);
		printf("#   it wants nothing\n");
	}
	for (size_t i = 0; i < c->n_want; i++) {
		const struct case_pair *w = &c->want[i];
		str got = value_of(said, w->key);
		if (satisfied(&r->kept, w, got))
			continue;
		print_failed(c, &ok);
		printf("#   want %.*s%c%.*s, got %.*s\n", (int)w->key.n,
			w->key.p, w->contains ? '~' : '=', (int)w->value.n,
			w->value.p, (int)got.n, got.p);
	}
	if (!ok)
		print_text("it said:", said);
	return ok;
}

static bool
run_three_ways(struct run *r, bool verbose)
{
	str said[3];
	bool ok = true, done;

	r->dns = dns_new(&r->kept);
	done = drip(r, REVERSED, &said[REVERSED]);
	r->dns = dns_new(&r->kept);
	done &= drip(r, IN_ORDER, &said[IN_ORDER]);
	done &= all_at_once(r, &said[ALL_KNOWN]);
	if (!done || !str_eq(said[0], said[1]) || !str_eq(said[0], said[2])) {
		print_failed(r->c, &ok);
		print_text("all answers known:", said[ALL_KNOWN]);
		print_text("one at a time:", said[IN_ORDER]);
		print_text("in reverse:", said[REVERSED]);
		return false;
	}
	ok = compare(r, said[0]);
	if (ok && verbose) {
		printf("ok %s:%zu:%.*s\n", r->c->file, r->c->line,
			(int)r->c->title.n, r->c->title.p);
		print_text("it said:", said[0]);
	}
	return ok;
}

static bool
run_case(const struct test_case *c, case_pass pass, bool verbose)
{
	struct run r = { .c = c, .pass = pass };
	struct zone_error error = { 0 };
	struct zone *zone;
	bool ok = true;

	arena_init(&r.kept, MEMORY, NULL, NULL);
	arena_init(&r.passing, MEMORY, NULL, NULL);
	r.zone = zone = zone_new(&r.kept);
	if (!zone_parse(zone, c->zone, &error)) {
		print_failed(c, &ok);
		printf("#   dns line %zu: %.*s\n", error.line,
			(int)error.message.n, error.message.p);
	} else {
		ok = run_three_ways(&r, verbose);
	}
	arena_free(&r.passing);
	arena_free(&r.kept);
	return ok;
}

/* --- the program ----------------------------------------------------- */

struct program {
	case_prepare prepare;
	case_pass pass;
	size_t passed, failed;
	bool verbose;
};

static bool
prepare_and_run(struct arena *a, struct test_case *c, const struct program *p)
{
	str trouble = p->prepare ? p->prepare(a, c) : (str){ 0 };
	bool ok = true;

	if (!trouble.p)
		return run_case(c, p->pass, p->verbose);
	print_failed(c, &ok);
	printf("#   %.*s\n", (int)trouble.n, trouble.p);
	return false;
}

static void
run_text(const char *file, str text, struct program *t)
{
	struct arena arena;
	struct reader r = { .arena = &arena, .file = file };
	bool is_defaults;

	arena_init(&arena, MEMORY, NULL, NULL);
	struct test_case *plain = arena_new(&arena, struct test_case);
	struct test_case *defaults = arena_new(&arena, struct test_case);
	struct test_case *c = arena_new(&arena, struct test_case);
	plain->file = file;
	plain->zone = plain->headers = plain->psl = STR("");
	plain->body = STR("");
	*defaults = *plain;
	for (;;) {
		str rest = text;
		*c = *defaults;
		r.bad = false;
		if (!read_paragraph(&r, &text, c, &is_defaults))
			break;
		if (is_defaults) {
			/* read again, on a clean sheet */
			size_t line = r.line;
			*c = *plain;
			read_paragraph(&r, &rest, c, &is_defaults);
			r.line = line;
			*defaults = *c;
			t->failed += r.bad;
		} else if (!r.bad && prepare_and_run(&arena, c, t)) {
			t->passed++;
		} else {
			t->failed++;
		}
	}
	arena_free(&arena);
}

static bool
read_file(const char *name, char **p, size_t *n)
{
	FILE *f = fopen(name, "rb");
	size_t got;

	*p = NULL;
	*n = 0;
	if (!f)
		return false;
	do {
		char *more = realloc(*p, *n + 65536);
		if (!more)
			abort();
		*p = more;
		got = fread(*p + *n, 1, 65536, f);
		*n += got;
	} while (got > 0);
	bool ok = !ferror(f);
	fclose(f);
	return ok;
}

int
case_main(int argc, char **argv, case_prepare prepare, case_pass pass)
{
	struct program t = { .prepare = prepare, .pass = pass };

	for (int i = 1; i < argc; i++) {
		char *p;
		size_t n;
		if (strcmp(argv[i], "-v") == 0) {
			t.verbose = true;
			continue;
		}
		if (read_file(argv[i], &p, &n)) {
			run_text(argv[i], (str){ p, n }, &t);
		} else {
			perror(argv[i]);
			t.failed++;
		}
		free(p);
	}
	printf("%zu passed, %zu failed\n", t.passed, t.failed);
	return t.failed > 0 || t.passed == 0;
}
