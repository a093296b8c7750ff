/*
 * dkim_run.c FILE... - DKIM by data; see case.h and sign.h.
 *
 *	set author DOMAIN	whose signatures come first
 *	want dkim=RESULT ...	of the topmost signature; "2.KEY" is said of
 *				the next, and so on
 *
 * What a verdict says:
 *
 *	dkim reason body headers (the hashes) digest (other: right key, other
 *	bytes) bits testing weak expired authentic unsigned (octets) key
 *	records identity open (names that more fields have than are signed)
 *	signatures (their number)
 */
#include "case.h"
#include "sign.h"

#include "mailauth/dkim.h"
#include "mailauth/time.h"

static struct crypto *crypto;

static str
yes_or_no(bool b)
{
	return b ? STR("yes") : STR("no");
}

static str
open_names(struct arena *a, const struct dkim_verdict *v)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < v->n_unsigned_copies; i++) {
		if (i > 0)
			buf_char(&b, ':');
		buf_add(&b, v->unsigned_copies[i]);
	}
	return buf_str(&b);
}

static str
number_unless_0(struct arena *a, uint64_t n)
{
	return n == 0 ? STR("") : str_number(a, n);
}

static void
say(struct arena *a, struct buf *out, const struct dkim_verdict *v, str prefix)
{
	bool sound = (v->result == RESULT_PASS) == !v->reason.p;
	const struct {
		str key, value;
	} table[] = {
		{ STR("dkim"), result_word(v->result) },
		{ STR("reason"), sound ? v->reason : STR("?") },
		{ STR("body"), result_word(v->body_hash) },
		{ STR("headers"), result_word(v->header_hash) },
		{ STR("digest"), v->other_digest ? STR("other") : STR("") },
		{ STR("bits"), number_unless_0(a, v->key_bits) },
		{ STR("testing"), yes_or_no(v->testing) },
		{ STR("weak"), yes_or_no(v->weak_key) },
		{ STR("expired"), yes_or_no(v->expired) },
		{ STR("authentic"), yes_or_no(v->authentic) },
		{ STR("unsigned"), number_unless_0(a, v->unsigned_bytes) },
		{ STR("key"), v->key_name },
		{ STR("records"), number_unless_0(a, v->key_records) },
		{ STR("identity"), v->signature->identity },
		{ STR("open"), open_names(a, v) },
		{ STR("open_from"), yes_or_no(v->from_unsigned) },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		case_say(out, STR_CAT(a, prefix, table[i].key), table[i].value);
}

static bool
pass(struct arena *a, struct dns *dns, const struct test_case *c,
	struct buf *out)
{
	const struct message *m = message_from(a, c->headers);
	struct body_hashes *hashes = body_hashes_new(a, crypto);
	struct dkim_facts facts =
		dkim_facts(a, m, case_setting(c, STR("author")), hashes);
	int64_t now = c->now == 0 ? TIME_UNKNOWN : c->now;

	body_hashes_feed(hashes, c->body);
	body_hashes_end(hashes);
	case_say_uint(out, STR("signatures"), facts.n);
	if (facts.n == 0)
		case_say(out, STR("dkim"), STR("none"));
	for (size_t i = 0; i < facts.n; i++) {
		struct dkim_verdict v = dkim_check(
			a, dns, crypto, m, &facts.signature[i], hashes, now);
		say(a, out, &v,
			i == 0 ? STR("")
			       : STR_CAT(a, str_number(a, i + 1), STR(".")));
	}
	return dns_settled(dns);
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
