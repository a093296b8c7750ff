/*
 * spf_run.c - the cases of RFC 7208.
 *
 * `set scope helo` checks the HELO identity instead of MAIL FROM.
 */
#include "case.h"

#include "mailauth/spf.h"

static bool
pass(struct arena *a, struct dns *dns, const struct test_case *c,
	struct buf *out)
{
	struct spf_query q = {
		.scope = str_eq(case_setting(c, STR("scope")), STR("helo"))
				 ? SPF_HELO
				 : SPF_MFROM,
		.ip = c->ip,
		.local = c->from_local,
		.domain = c->from_domain,
		.helo = c->helo,
		.receiver = c->receiver,
		.now = c->now,
	};

	dns_begin(dns);
	struct spf_verdict v = spf_check(a, dns, &q);
	if (!dns_settled(dns))
		return false;
	case_say(out, STR("spf"), result_word(v.result));
	case_say(out, STR("domain"), v.domain);
	case_say(out, STR("mechanism"), v.mechanism);
	case_say(out, STR("explanation"), v.explanation);
	case_say(out, STR("reason"), v.reason);
	case_say_uint(out, STR("lookups"), v.lookups);
	case_say_uint(out, STR("voids"), v.voids);
	case_say(out, STR("span"),
		str_sub(v.error_record, v.error_at, v.error_n));
	return true;
}

int
main(int argc, char **argv)
{
	return case_main(argc, argv, pass);
}
