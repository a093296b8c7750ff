/*
 * spf_run.c FILE... - SPF by data; see case.h.
 *
 * `set scope helo` checks the HELO identity.  What a verdict says:
 *
 *	spf mechanism lookups voids explanation reason domain record error
 *	authentic span (where an error points) tree (all steps)
 *	received (the Received-SPF field)
 */
#include "case.h"
#include "mailauth/spf.h"

static struct spf_query
query_of(const struct test_case *c)
{
	bool helo = str_eq(case_setting(c, STR("scope")), STR("helo"));

	return (struct spf_query){
		.scope = helo ? SPF_HELO : SPF_MFROM,
		.ip = c->ip,
		.local = c->from_local,
		.domain = c->from_domain,
		.helo = c->helo,
		.receiver = c->receiver,
		.now = c->now,
	};
}

static str
error_word(enum spf_error e)
{
	static const str word[] = {
		[SPF_ERROR_NONE] = STR_INIT(""),
		[SPF_ERROR_SYNTAX] = STR_INIT("syntax"),
		[SPF_ERROR_MULTIPLE] = STR_INIT("multiple"),
		[SPF_ERROR_MISSING] = STR_INIT("missing"),
		[SPF_ERROR_LOOKUPS] = STR_INIT("lookups"),
		[SPF_ERROR_VOIDS] = STR_INIT("voids"),
		[SPF_ERROR_MX_NAMES] = STR_INIT("mx"),
		[SPF_ERROR_DNS] = STR_INIT("dns"),
	};

	return word[e];
}

/* "DEPTH:NAME-OR-TERM*RESULT(ANSWER)": * it matched; a final ! not looked at */
static str
tree_of(struct arena *a, const struct spf_verdict *v)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < v->steps; i++) {
		const struct spf_step *s = &v->step[i];
		if (i > 0)
			buf_char(&b, ' ');
		buf_uint(&b, s->depth);
		buf_char(&b, ':');
		buf_add(&b, s->record ? s->domain : s->text);
		if (s->result != RESULT_PENDING) {
			buf_char(&b, s->matched ? '*' : '=');
			buf_add(&b, result_word(s->result));
		}
		if (s->answer.p) {
			buf_char(&b, '(');
			buf_add(&b, s->answer);
			buf_char(&b, ')');
		}
		if (!s->evaluated)
			buf_char(&b, '!');
	}
	return buf_str(&b);
}

static bool
pass(struct arena *a, struct dns *dns, const struct test_case *c,
	struct buf *out)
{
	struct spf_query q = query_of(c);
	struct spf_verdict v = spf_check(a, dns, &q);

	if (!dns_settled(dns))
		return false;
	case_say(out, STR("spf"), result_word(v.result));
	case_say(out, STR("mechanism"), v.mechanism);
	case_say_uint(out, STR("lookups"), v.lookups);
	case_say_uint(out, STR("voids"), v.voids);
	case_say(out, STR("explanation"), v.explanation);
	case_say(out, STR("reason"), v.reason);
	case_say(out, STR("domain"), v.domain);
	case_say(out, STR("record"), v.record);
	case_say(out, STR("error"), error_word(v.error));
	case_say(out, STR("error_name"), v.error_name);
	case_say(out, STR("span"),
		str_sub(v.error_record, v.error_at, v.error_n));
	case_say(out, STR("authentic"), v.authentic ? STR("yes") : STR("no"));
	case_say(out, STR("tree"), tree_of(a, &v));
	case_say(out, STR("received"), spf_received_field(a, &q, &v));
	return true;
}

int
main(int argc, char **argv)
{
	return case_main(argc, argv, NULL, pass);
}
