/*
 * arc_run.c FILE... - ARC by data; see case.h and sign.h.
 *
 * What a verdict says:
 *
 *	arc reason oldest_pass by_dns (yes: only a key is missing) sets, and
 *	of each set N: N.seal N.ams N.reason N.claims
 */
#include "case.h"
#include "sign.h"

#include "mailauth/arc.h"
#include "mailauth/time.h"

static struct crypto *crypto;

static void
say_set(struct arena *a, struct buf *out, const struct arc_set *set,
	const struct arc_set_verdict *v)
{
	const struct {
		str key, value;
	} table[] = {
		{ STR(".seal"), result_word(v->seal) },
		{ STR(".ams"), result_word(v->message_signature) },
		{ STR(".reason"), v->reason },
		{ STR(".claims"), set->claims },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		case_say(out,
			STR_CAT(a, str_number(a, set->instance), table[i].key),
			table[i].value);
}

static bool
pass(struct arena *a, struct dns *dns, const struct test_case *c,
	struct buf *out)
{
	const struct message *m = message_from(a, c->headers);
	struct body_hashes *hashes = body_hashes_new(a, crypto);
	struct arc_facts facts = arc_facts(a, m, hashes);
	int64_t now = c->now == 0 ? TIME_UNKNOWN : c->now;

	body_hashes_feed(hashes, c->body);
	body_hashes_end(hashes);
	struct arc_verdict v =
		arc_check(a, dns, crypto, m, &facts, hashes, now);
	if (!dns_settled(dns))
		return false;
	case_say(out, STR("arc"), result_word(v.result));
	case_say(out, STR("reason"),
		(v.result == RESULT_FAIL) == (v.reason.p != NULL) ? v.reason
								  : STR("?"));
	case_say_uint(out, STR("oldest_pass"), v.oldest_pass);
	case_say(out, STR("by_dns"), v.by_dns ? STR("yes") : STR("no"));
	case_say_uint(out, STR("sets"), facts.n);
	for (size_t i = 0; i < facts.n; i++)
		say_set(a, out, &facts.set[i], &v.set[i]);
	return true;
}

int
main(int argc, char **argv)
{
	crypto = crypto_new();
	int status = case_main(argc, argv, sign_case, pass);
	crypto_free(crypto);
	sign_end();
	return status;
}
