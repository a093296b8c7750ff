/*
 * dmarc_run.c FILE... - DMARC by data.
 *
 * A case is a paragraph; a line that begins with '#' is a comment, the first
 * one of a case its title:
 *
 *	header From: a@shop.example       a header field
 *	dns NAME TYPE RDATA               a record; or SERVFAIL, TIMEOUT, ...
 *	spf DOMAIN RESULT                 what SPF said of the MAIL FROM
 *	dkim DOMAIN RESULT                what DKIM said, once a signature
 *	want KEY=VALUE ...                a key "rfc7489.KEY" is of RFC 7489
 *
 * Each case runs three times: with all answers at once, one at a time, and in
 * reverse.  In the last two the identifiers, too, arrive one by one.
 */
#include "mailauth/dmarc.h"
#include "net/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum order { ALL, ONE_BY_ONE, REVERSE, ORDERS };
enum { MAX_IDS = 32, MAX_PASSES = 500 };

struct test {
	const char *file;
	size_t line; /* of its first directive */
	str title;
	struct buf head, zone;
	struct dmarc_identifier spf, dkim[MAX_IDS];
	size_t n_dkim;
	str want[MAX_IDS];
	size_t wants;
};

static struct arena arena; /* of one case */
static struct suffix_list *suffixes;
static unsigned passed, failed;

static void
complain(const struct test *t, const char *what, str got, str want)
{
	printf("%s:%zu: %.*s\n    %s: got %.*s, want %.*s\n", t->file, t->line,
		(int)t->title.n, t->title.p, what, (int)got.n, got.p,
		(int)want.n, want.p);
}

static _Noreturn void
bad_line(const char *file, size_t line, const char *why)
{
	fprintf(stderr, "%s:%zu: %s\n", file, line, why);
	exit(2);
}

/* --- reading --------------------------------------------------------- */

static str
next_word(str *rest)
{
	*rest = str_trim_wsp(*rest);
	str word = str_sub(*rest, 0, str_find(*rest, ' '));
	*rest = str_trim_wsp(str_skip(*rest, word.n));
	return word;
}

static bool
is_failure(str word)
{
	static const str words[] = { STR_INIT("SERVFAIL"), STR_INIT("REFUSED"),
		STR_INIT("TIMEOUT"), STR_INIT("BROKEN"), STR_INIT("NXDOMAIN"),
		STR_INIT("NODATA"), STR_INIT("AD") };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq(words[i], word))
			return true;
	return false;
}

/* As a line of a master file, with our additions (zone.h) for failures. */
static void
read_dns(struct test *t, str rest)
{
	str whole = rest;

	next_word(&rest);
	next_word(&rest);
	if (is_failure(rest))
		buf_add(&t->zone, STR(";!"));
	buf_add(&t->zone, whole);
	buf_char(&t->zone, '\n');
}

static enum result
result_from(str word)
{
	for (int r = RESULT_NONE; r <= RESULT_PERMERROR; r++)
		if (str_eq(result_word((enum result)r), word))
			return (enum result)r;
	return RESULT_PENDING;
}

static struct dmarc_identifier
read_identifier(str rest)
{
	str domain = next_word(&rest);

	return (struct dmarc_identifier){ domain, result_from(rest) };
}

static bool
read_directive(struct test *t, str word, str rest)
{
	if (str_eq(word, STR("header"))) {
		buf_add(&t->head, rest);
		buf_char(&t->head, '\n');
	} else if (str_eq(word, STR("dns"))) {
		read_dns(t, rest);
	} else if (str_eq(word, STR("spf"))) {
		t->spf = read_identifier(rest);
		return t->spf.result != RESULT_PENDING;
	} else if (str_eq(word, STR("dkim")) && t->n_dkim < MAX_IDS) {
		t->dkim[t->n_dkim++] = read_identifier(rest);
		return t->dkim[t->n_dkim - 1].result != RESULT_PENDING;
	} else if (str_eq(word, STR("want"))) {
		while (rest.n > 0 && t->wants < MAX_IDS)
			t->want[t->wants++] = next_word(&rest);
	} else {
		return false;
	}
	return true;
}

/* --- running --------------------------------------------------------- */

struct both {
	struct dmarc_verdict now, old;
};

/* The identifiers known in this pass: the first `n` of SPF and DKIM. */
static struct dmarc_input
input_of(const struct test *t, const struct dmarc_author *author, size_t n)
{
	struct dmarc_identifier *dkim =
		arena_make(&arena, t->n_dkim, struct dmarc_identifier);
	struct dmarc_input in = { .author = author,
		.spf = t->spf,
		.dkim = dkim,
		.n_dkim = t->n_dkim,
		.suffixes = suffixes };

	if (n == 0)
		in.spf = (struct dmarc_identifier){ 0 };
	for (size_t i = 0; i < t->n_dkim; i++) {
		dkim[i] = t->dkim[i];
		if (i + 1 >= n)
			dkim[i].result = RESULT_PENDING;
	}
	return in;
}

/* Answers what was asked, in this order; true when there was something. */
static bool
answer(struct dns *dns, const struct zone *zone, enum order order)
{
	size_t n;
	struct dns_question *const *q = dns_questions(dns, &n);
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		struct dns_question *at = q[order == REVERSE ? n - 1 - i : i];
		struct dns_answer a = { 0 };
		if (at->answer->status != DNS_UNKNOWN)
			continue;
		zone_answer(zone, &arena, at->type, at->name, &a);
		dns_tell(dns, at, &a);
		any = true;
		if (order != ALL)
			break;
	}
	return any;
}

static struct both
run(const struct test *t, const struct zone *zone, enum order order)
{
	struct dmarc_author author =
		dmarc_author(&arena, message_from(&arena, buf_str(&t->head)));
	struct dns *dns = dns_new(&arena);
	size_t known = order == ALL ? t->n_dkim + 1 : 0;
	struct both v = { 0 };

	for (int pass = 0; pass < MAX_PASSES; pass++) {
		struct dmarc_input in = input_of(t, &author, known);
		dns_begin(dns);
		v.now = dmarc_check(&arena, dns, &in, DMARC_TREEWALK);
		dns_begin(dns);
		v.old = dmarc_check(&arena, dns, &in, DMARC_PSL);
		if (v.now.result != RESULT_PENDING &&
			v.old.result != RESULT_PENDING)
			break;
		if (!answer(dns, zone, order) || pass % 2)
			known++;
	}
	return v;
}

static str
yes_or_no(bool b)
{
	return b ? STR("yes") : STR("no");
}

static bool
any_of(const bool *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (b[i])
			return true;
	return false;
}

static str
value_of(const struct test *t, const struct dmarc_verdict *v, str key)
{
	const struct {
		str key, value;
	} table[] = {
		{ STR("dmarc"), result_word(v->result) },
		{ STR("domain"), v->domain },
		{ STR("org"), v->organizational },
		{ STR("policy_domain"), v->policy_domain },
		{ STR("policy"), dmarc_policy_word(v->policy) },
		{ STR("tag"), v->policy_tag },
		{ STR("disposition"), dmarc_policy_word(v->disposition) },
		{ STR("discarded"), v->discarded_name },
		{ STR("testing"), yes_or_no(v->testing) },
		{ STR("missing"), yes_or_no(v->author_missing) },
		{ STR("authentic"), yes_or_no(v->authentic) },
		{ STR("spf_aligned"), yes_or_no(v->spf_aligned) },
		{ STR("dkim_aligned"),
			yes_or_no(any_of(v->dkim_aligned, t->n_dkim)) },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (str_eq(table[i].key, key))
			return table[i].value;
	bad_line(t->file, t->line, "want has an unknown key");
}

static bool
holds(const struct test *t, const struct both *v, str want, enum order order)
{
	static const char *const names[] = { "all at once", "one by one",
		"in reverse" };
	size_t equals = str_find(want, '=');
	str key = str_sub(want, 0, equals);
	const struct dmarc_verdict *verdict = &v->now;

	if (str_eq(key, STR("rfc7489")))
		key = STR("rfc7489.dmarc");
	if (str_starts(key, STR("rfc7489."))) {
		key = str_skip(key, 8);
		verdict = &v->old;
	}
	str got = value_of(t, verdict, key);
	if (str_eq(got, str_skip(want, equals + 1)))
		return true;
	complain(t, names[order], got, want);
	return false;
}

static void
run_test(struct test *t)
{
	struct zone *zone = zone_new(&arena);
	struct zone_error error;
	bool ok = true;

	if (t->spf.result == RESULT_PENDING)
		t->spf.result = RESULT_NONE;
	if (!zone_parse(zone, buf_str(&t->zone), &error))
		bad_line(t->file, t->line, "a dns line is wrong");
	if (t->wants == 0)
		bad_line(t->file, t->line, "the case wants nothing");
	for (int order = ALL; order < ORDERS; order++) {
		struct both v = run(t, zone, (enum order)order);
		for (size_t i = 0; i < t->wants; i++)
			ok = ok && holds(t, &v, t->want[i], (enum order)order);
	}
	passed += ok;
	failed += !ok;
}

/* --- files ----------------------------------------------------------- */

static void
begin_test(struct test *t, const char *file)
{
	arena_free(&arena);
	*t = (struct test){ .file = file,
		.title = STR(""),
		.head = { .arena = &arena },
		.zone = { .arena = &arena } };
}

static void
end_test(struct test *t)
{
	if (t->line > 0)
		run_test(t);
	begin_test(t, t->file);
}

static void
run_file(const char *file)
{
	FILE *f = fopen(file, "r");
	char text[4096];
	struct test t;

	if (!f)
		bad_line(file, 0, "cannot open");
	begin_test(&t, file);
	for (size_t line = 1; fgets(text, sizeof(text), f); line++) {
		str rest = arena_dup(&arena, str_trim_fws(str_from(text)));
		if (rest.n == 0) {
			end_test(&t);
			continue;
		}
		if (rest.p[0] == '#') {
			if (t.title.n == 0)
				t.title = str_trim_wsp(str_skip(rest, 1));
			continue;
		}
		if (t.line == 0)
			t.line = line;
		if (!read_directive(&t, next_word(&rest), rest))
			bad_line(file, line, "no such directive, or a bad one");
	}
	end_test(&t);
	fclose(f);
}

int
main(int argc, char **argv)
{
	arena_init(&arena, (size_t)64 << 20, NULL, NULL);
	suffixes = suffix_list_new(NULL);
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	printf("%u passed, %u failed\n", passed, failed);
	suffix_list_free(suffixes);
	arena_free(&arena);
	return failed > 0;
}
