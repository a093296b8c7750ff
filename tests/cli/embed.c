/*
 * embed.c - the library in another program: a message on standard input, DNS
 * answers from a table.  What auth.h shows in short, in full.
 */
#include <mailauth/auth.h>
#include <mailauth/version.h>

#include <stdio.h>

static const struct {
	const char *name, *txt;
} table[] = {
	{ "rosewood.example", "v=spf1 ip4:192.0.2.0/28 -all" },
	{ "_dmarc.rosewood.example", "v=DMARC1; p=reject" },
};

/* Any other name does not exist. */
static void
answer(struct dns *dns, struct dns_question *q)
{
	struct dns_rr rr = { 0 };
	struct dns_answer a = { .status = DNS_NXDOMAIN };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (q->type == DNS_TXT &&
			str_eq(q->name, str_from(table[i].name))) {
			rr.data = str_from(table[i].txt);
			a = (struct dns_answer){ DNS_OK, .n = 1, .rr = &rr };
		}
	dns_tell(dns, q, &a);
}

static str
next_chunk(char *buffer, size_t size)
{
	return (str){ buffer, fread(buffer, 1, size, stdin) };
}

static str
read_head(struct head_reader *reader, struct arena *arena, char *buffer,
	size_t size)
{
	str chunk = { buffer, 0 };

	head_begin(reader, arena, 0);
	while (reader->state == HEAD_MORE) {
		chunk = next_chunk(buffer, size);
		if (chunk.n == 0)
			break;
		chunk = str_skip(chunk, head_feed(reader, chunk));
	}
	head_end(reader);
	return chunk;
}

static void
examine(struct auth *auth, struct dns *dns, str line, str chunk, char *buffer,
	size_t size)
{
	struct dns_question *q;

	auth_step(auth);
	auth_body(auth, line);
	for (; chunk.n > 0; chunk = next_chunk(buffer, size))
		auth_body(auth, chunk);
	auth_body_end(auth);
	while (!auth_step(auth))
		while ((q = dns_take(dns)) != NULL)
			answer(dns, q);
}

int
main(void)
{
	struct arena arena, names;
	struct head_reader reader;
	struct client_options options = { 0 };
	char buffer[4096];

	arena_init(&arena, 64 << 20, NULL, NULL);
	arena_init(&names, 64 << 20, NULL, NULL);
	str chunk = read_head(&reader, &arena, buffer, sizeof(buffer));
	if (reader.state != HEAD_DONE)
		return 2;
	struct auth_setup setup = {
		.arena = &arena,
		.dns = dns_new(&names),
		.crypto = crypto_new(),
		.message = message_parse(&arena, &reader),
		.method = DMARC_TREEWALK,
		.now = 1760436720,
	};
	setup.client = client_find(&arena, setup.message, &options);
	struct auth *auth = auth_new(&setup);
	examine(auth, setup.dns, reader.rest, chunk, buffer, sizeof(buffer));
	const struct auth_verdict *v = auth_verdict(auth);
	printf("%s: dmarc=%.*s spf=%.*s %.*s\n", MAILAUTH_VERSION,
		(int)result_word(v->result).n, result_word(v->result).p,
		(int)result_word(v->spf.result).n, result_word(v->spf.result).p,
		(int)v->author.domain.n, v->author.domain.p);
	auth_free(auth);
	crypto_free(setup.crypto);
	arena_free(&arena);
	arena_free(&names);
	return 0;
}
