/*
 * spf_eval.c FILE... - the SPF verdict on each scenario, a line each.
 *
 * A scenario is three lines (client, sender, HELO name), then a master file,
 * then a line "end".  A verdict is the result, the explanation, and the reason,
 * with tabs between.
 */
#include "mailauth/buf.h"
#include "mailauth/spf.h"
#include "net/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 1 << 28 };

static str
next_line(str *rest)
{
	str line = { "", 0 };

	str_split(rest, '\n', &line);
	return line;
}

static struct spf_verdict
settle(struct arena *a, const struct zone *zone, const struct spf_query *q)
{
	struct dns *dns = dns_new(a);

	for (;;) {
		struct dns_question *ask;
		struct dns_answer answer;

		dns_begin(dns);
		struct spf_verdict v = spf_check(a, dns, q);
		if (dns_settled(dns))
			return v;
		while ((ask = dns_take(dns)) != NULL) {
			zone_answer(zone, a, ask->type, ask->name, &answer);
			dns_tell(dns, ask, &answer);
		}
	}
}

static void
evaluate(struct arena *a, str *rest)
{
	struct spf_query q = { .scope = SPF_MFROM, .now = 1700000000 };
	struct buf zone_text = { .arena = a };
	struct zone *zone = zone_new(a);
	struct zone_error error;

	ip_parse(next_line(rest), &q.ip);
	str sender = next_line(rest);
	size_t at = str_rfind(sender, '@');
	q.local = str_sub(sender, 0, at);
	q.domain = str_skip(sender, at + 1);
	q.helo = next_line(rest);
	for (str line; !str_eq(line = next_line(rest), STR("end"));) {
		buf_add(&zone_text, line);
		buf_char(&zone_text, '\n');
		if (rest->n == 0)
			break;
	}
	if (!zone_parse(zone, buf_str(&zone_text), &error)) {
		fprintf(stderr, "zone: %.*s\n", (int)error.message.n,
			error.message.p);
		exit(2);
	}
	struct spf_verdict v = settle(a, zone, &q);
	str result = result_word(v.result);
	str text = str_escaped(a, v.explanation);
	str reason = str_escaped(a, v.reason);
	printf("%.*s\t%.*s\t%.*s\n", (int)result.n, result.p, (int)text.n,
		text.p, (int)reason.n, reason.p);
}

static char *
read_file(const char *name, size_t *n)
{
	FILE *f = fopen(name, "rb");
	char *p = malloc(MAX_TEXT);

	if (!f || !p) {
		perror(name);
		exit(2);
	}
	*n = fread(p, 1, MAX_TEXT, f);
	fclose(f);
	return p;
}

int
main(int argc, char **argv)
{
	struct arena arena;

	for (int i = 1; i < argc; i++) {
		size_t n;
		char *p = read_file(argv[i], &n);
		for (str rest = { p, n }; rest.n > 0;) {
			arena_init(&arena, (size_t)1 << 28, NULL, NULL);
			evaluate(&arena, &rest);
			arena_free(&arena);
		}
		free(p);
	}
	return 0;
}
