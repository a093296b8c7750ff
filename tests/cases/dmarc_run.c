/*
 * dmarc_run.c - the cases of RFC 9989, and of RFC 7489 beside it.
 *
 *	set spf "DOMAIN RESULT"		what SPF said of the MAIL FROM
 *	dkim DOMAIN RESULT		what DKIM said, once a signature
 *	want rfc7489=RESULT ...		a key "rfc7489.KEY" is of RFC 7489
 *
 * The identifiers arrive, one with each answer, so that DMARC is seen to wait
 * for what it needs.
 */
#include "case.h"

#include "mailauth/dmarc.h"

static struct suffix_list *suffixes;

static enum result
result_from(str word)
{
	for (int r = RESULT_NONE; r <= RESULT_PERMERROR; r++)
		if (str_eq(result_word((enum result)r), word))
			return (enum result)r;
	return RESULT_PENDING;
}

static struct dmarc_identifier
spf_of(const struct test_case *c)
{
	str s = case_setting(c, STR("spf"));
	size_t blank = str_find(s, ' ');

	if (!s.p)
		return (struct dmarc_identifier){ .result = RESULT_NONE };
	return (struct dmarc_identifier){ str_sub(s, 0, blank),
		result_from(str_skip(s, blank + 1)) };
}

/* SPF is the first to be known, then the signatures from the top. */
static struct dmarc_input
input_of(struct arena *a, const struct test_case *c,
	const struct dmarc_author *author, size_t known)
{
	struct dmarc_identifier *dkim =
		arena_make(a, c->n_dkim, struct dmarc_identifier);

	for (size_t i = 0; i < c->n_dkim; i++) {
		dkim[i].domain = c->dkim[i].domain;
		if (i + 1 < known)
			dkim[i].result = c->dkim[i].result;
	}
	struct dmarc_input in = { .author = author,
		.dkim = dkim,
		.n_dkim = c->n_dkim,
		.suffixes = suffixes };
	if (known > 0)
		in.spf = spf_of(c);
	return in;
}

static void
count(const struct dns *dns, size_t *answered, size_t *open)
{
	size_t n;
	struct dns_question *const *q = dns_questions(dns, &n);

	*answered = *open = 0;
	for (size_t i = 0; i < n; i++)
		++*(q[i]->answer->status == DNS_UNKNOWN ? open : answered);
}

struct both {
	struct dmarc_verdict now, old;
};

static bool
check(struct arena *a, struct dns *dns, const struct dmarc_input *in,
	struct both *v)
{
	dns_begin(dns);
	v->now = dmarc_check(a, dns, in, DMARC_TREEWALK);
	bool settled = dns_settled(dns);
	dns_begin(dns);
	v->old = dmarc_check(a, dns, in, DMARC_PSL);
	return settled && dns_settled(dns);
}

static bool
same(const struct both *a, const struct both *b)
{
	return a->now.result == b->now.result &&
	       a->old.result == b->old.result &&
	       str_eq(a->now.reason, b->now.reason) &&
	       str_eq(a->old.reason, b->old.reason);
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

static void
say(struct arena *a, struct buf *out, const struct test_case *c,
	const struct dmarc_verdict *v, str prefix)
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
			yes_or_no(any_of(v->dkim_aligned, c->n_dkim)) },
		{ STR("reason"), v->reason },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		case_say(out, STR_CAT(a, prefix, table[i].key), table[i].value);
}

static bool
pass(struct arena *a, struct dns *dns, const struct test_case *c,
	struct buf *out)
{
	struct dmarc_author author =
		dmarc_author(a, message_from(a, c->headers));
	size_t all = c->n_dkim + 1, known, open;
	struct dmarc_input in;
	struct both v, later;

	count(dns, &known, &open);
	in = input_of(a, c, &author, known);
	bool settled = check(a, dns, &in, &v);
	count(dns, &known, &open);
	if (!settled && open == 0) { /* only identifiers are waited for */
		in = input_of(a, c, &author, all);
		settled = check(a, dns, &in, &v);
	}
	if (!settled)
		return false;
	/* what is settled stays, whatever else may arrive */
	in = input_of(a, c, &author, all);
	if (check(a, dns, &in, &later) && !same(&v, &later)) {
		case_say(out, STR("dmarc"), STR("settled too early"));
		return true;
	}
	say(a, out, c, &v.now, STR(""));
	say(a, out, c, &v.old, STR("rfc7489."));
	case_say(out, STR("rfc7489"), result_word(v.old.result));
	return true;
}

int
main(int argc, char **argv)
{
	suffixes = suffix_list_new(NULL);
	int status = case_main(argc, argv, NULL, pass);
	suffix_list_free(suffixes);
	return status;
}
