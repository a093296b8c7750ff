/*
 * dmarc_interop.c LIST - our side of dmarc_interop.py.
 *
 * Reads questions from stdin, a line each with fields parted by tabs:
 *
 *	org NAME                        the organizational domain by LIST
 *	dmarc AUTHOR SPF DKIM [NAME RECORD]...   by RFC 7489; both SPF and DKIM
 *	                                pass, "-" is none
 *
 * and prints a line for each: the domain; or result and policy.
 */
#include "mailauth/dmarc.h"

#include <stdio.h>
#include <string.h>

static struct arena arena;
static struct suffix_list *suffixes;

/* The record of that name; absent when there is none. */
static str
record_of(str records, str wanted)
{
	str name, record;

	while (str_split(&records, '\t', &name) &&
		str_split(&records, '\t', &record))
		if (str_ieq(name, wanted))
			return record;
	return (str){ 0 };
}

static void
answer(struct dns *dns, str records)
{
	for (struct dns_question *q; (q = dns_take(dns));) {
		struct dns_rr rr = { .data = record_of(records, q->name) };
		struct dns_answer none = { .status = DNS_NXDOMAIN };
		struct dns_answer one = { .status = DNS_OK, .n = 1, .rr = &rr };
		dns_tell(dns, q, rr.data.p ? &one : &none);
	}
}

static struct dmarc_identifier
identifier(str domain)
{
	return (struct dmarc_identifier){ domain,
		str_eq(domain, STR("-")) ? RESULT_NONE : RESULT_PASS };
}

static void
check(str rest)
{
	struct dmarc_author author = { .fields = 1 };
	struct dmarc_identifier dkim;
	struct dmarc_input in = { .author = &author,
		.dkim = &dkim,
		.n_dkim = 1,
		.suffixes = suffixes };
	struct dns *dns = dns_new(&arena);
	struct dmarc_verdict v;
	str spf = { 0 }, signer = { 0 };

	str_split(&rest, '\t', &author.domain);
	str_split(&rest, '\t', &spf);
	str_split(&rest, '\t', &signer);
	in.spf = identifier(spf);
	dkim = identifier(signer);
	do {
		answer(dns, rest);
		dns_begin(dns);
		v = dmarc_check(&arena, dns, &in, DMARC_PSL);
	} while (v.result == RESULT_PENDING);
	str result = result_word(v.result),
	    policy = dmarc_policy_word(v.policy);
	printf("%.*s %.*s\n", (int)result.n, result.p, (int)policy.n, policy.p);
}

int
main(int argc, char **argv)
{
	char line[65536];

	FILE *list = argc > 1 ? fopen(argv[1], "r") : NULL;
	if (argc > 1 && !list)
		return 2;
	suffixes = suffix_list_new(list);
	if (!suffixes)
		return 2;
	arena_init(&arena, (size_t)64 << 20, NULL, NULL);
	while (fgets(line, sizeof(line), stdin)) {
		str rest = str_from(line), kind = { 0 };
		rest.n = str_find(rest, '\n');
		str_split(&rest, '\t', &kind);
		if (str_eq(kind, STR("org"))) {
			str org = suffix_list_organizational(
				suffixes, &arena, rest);
			printf("%.*s\n", (int)org.n, org.p);
		} else {
			check(rest);
		}
		arena_free(&arena);
	}
	suffix_list_free(suffixes);
	return 0;
}
