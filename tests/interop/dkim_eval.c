/*
 * dkim_eval.c - the DKIM and ARC verdicts of messages, for comparisons.
 *
 *	dkim_eval ZONE TIME FILE...
 *
 * One line a file, in fields separated by tabs: the file; the results of its
 * signatures from the top, with body and header hash, joined by commas; the
 * result of ARC and its oldest pass; the reasons.
 */
#include <stdio.h>
#include <stdlib.h>

#include "mailauth/arc.h"
#include "net/zone.h"

enum { MEMORY = 1 << 28 };

static str
read_file(struct arena *a, const char *name)
{
	struct buf b = { .arena = a };
	char chunk[65536];
	size_t n;
	FILE *f = fopen(name, "rb");

	if (!f) {
		perror(name);
		exit(2);
	}
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, (str){ chunk, n });
	fclose(f);
	return buf_str(&b);
}

/* In chunks of changing sizes, so that borders fall everywhere. */
static void
feed_body(struct body_hashes *hashes, str body)
{
	size_t n = 1;

	while (body.n > 0) {
		body_hashes_feed(hashes, str_sub(body, 0, n));
		body = str_skip(body, n);
		n = n * 7 % 61 + 1;
	}
}

static void
answer_all(struct dns *dns, const struct zone *zone, struct arena *a)
{
	struct dns_question *q;
	struct dns_answer answer;

	while ((q = dns_take(dns))) {
		zone_answer(zone, a, q->type, q->name, &answer);
		dns_tell(dns, q, &answer);
	}
}

struct eval {
	struct arena arena;
	const struct zone *zone;
	struct crypto *crypto;
	struct dns *dns;
	const struct message *message;
	struct body_hashes *hashes;
	int64_t now;
};

static void
print(str s)
{
	fwrite(s.p, 1, s.n, stdout);
}

static struct dkim_verdict
check_signature(struct eval *e, const struct dkim_signature *sig)
{
	struct dkim_verdict v;

	do {
		dns_begin(e->dns);
		v = dkim_check(&e->arena, e->dns, e->crypto, e->message, sig,
			e->hashes, e->now);
		answer_all(e->dns, e->zone, &e->arena);
	} while (!dns_settled(e->dns));
	return v;
}

static struct arc_verdict
check_arc(struct eval *e, const struct arc_facts *facts)
{
	struct arc_verdict v;

	do {
		dns_begin(e->dns);
		v = arc_check(&e->arena, e->dns, e->crypto, e->message, facts,
			e->hashes, e->now);
		answer_all(e->dns, e->zone, &e->arena);
	} while (!dns_settled(e->dns));
	return v;
}

static void
evaluate(struct eval *e, str text)
{
	struct head_reader r;
	struct buf reasons = { .arena = &e->arena };

	head_begin(&r, &e->arena, 0);
	size_t used = head_feed(&r, text);
	head_end(&r);
	if (r.state != HEAD_DONE) {
		printf("\tunreadable\tnone 0\t\n");
		return;
	}
	e->message = message_parse(&e->arena, &r);
	e->hashes = body_hashes_new(&e->arena, e->crypto);
	struct dkim_facts dkim =
		dkim_facts(&e->arena, e->message, (str){ 0 }, e->hashes);
	struct arc_facts arc = arc_facts(&e->arena, e->message, e->hashes);
	feed_body(e->hashes, r.rest);
	feed_body(e->hashes, str_skip(text, used));
	body_hashes_end(e->hashes);

	putchar('\t');
	for (size_t i = 0; i < dkim.n; i++) {
		struct dkim_verdict v = check_signature(e, &dkim.signature[i]);
		printf("%s%s/%s/%s", i > 0 ? "," : "", result_word(v.result).p,
			result_word(v.body_hash).p,
			result_word(v.header_hash).p);
		buf_add(&reasons, v.reason);
		buf_char(&reasons, '|');
	}
	struct arc_verdict v = check_arc(e, &arc);
	printf("\t%s %u\t", result_word(v.result).p, v.oldest_pass);
	print(buf_str(&reasons));
	print(v.reason);
	putchar('\n');
	body_hashes_free(e->hashes);
}

int
main(int argc, char **argv)
{
	struct arena lasting;
	struct zone_error error;

	if (argc < 4) {
		fputs("usage: dkim_eval ZONE TIME FILE...\n", stderr);
		return 2;
	}
	arena_init(&lasting, MEMORY, NULL, NULL);
	struct zone *zone = zone_new(&lasting);
	if (!zone_parse(zone, read_file(&lasting, argv[1]), &error)) {
		fprintf(stderr, "%s:%zu: ", argv[1], error.line);
		print(error.message);
		return 2;
	}
	struct crypto *crypto = crypto_new();
	for (int i = 3; i < argc; i++) {
		struct eval e = { .zone = zone,
			.crypto = crypto,
			.now = strtoll(argv[2], NULL, 10) };
		arena_init(&e.arena, MEMORY, NULL, NULL);
		e.dns = dns_new(&e.arena);
		fputs(argv[i], stdout);
		evaluate(&e, read_file(&e.arena, argv[i]));
		arena_free(&e.arena);
	}
	crypto_free(crypto);
	arena_free(&lasting);
	return 0;
}
