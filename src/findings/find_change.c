/*
 * find_change.c - tells what change.c has found.
 */
#include "change.h"

static const struct dkim_signature *
signature_of(struct find *f, const struct change *c)
{
	return &f->v->dkim_facts.signature[c->signature];
}

static str
domain(struct find *f, const struct change *c)
{
	return signature_of(f, c)->signer.domain;
}

static struct finding *
about(struct finding *x, const struct change *c, enum basis basis)
{
	x->signature = c->signature + 1;
	x->basis = basis;
	return x;
}

/* --- the body
 * ------------------------------------------------------------------ */

static void
tell_lines(struct find *f, const struct change *c, enum finding_code code)
{
	const struct find_arg args[] = {
		{ "n", find_number(f, c->lines) },
		{ "lines",
			c->lines == 1 ? STR("line was") : STR("lines were") },
		{ "d", domain(f, c) },
		{ NULL, { NULL, 0 } },
	};

	about(find_add(f, code, args), c, BASIS_PROVEN);
}

static void
tell_body(struct find *f, const struct change *c)
{
	const struct find_arg d[] = {
		{ "d", domain(f, c) },
		{ "from", c->from },
		{ "to", c->to },
		{ "kind", STR("CR CRLF, or CR alone, for CRLF") },
		{ "n", find_number(f, c->lines) },
		{ NULL, { NULL, 0 } },
	};
	static const enum finding_code code[] = {
		[BODY_MBOX_FROM] = FINDING_CHANGE_MBOX_FROM,
		[BODY_DOT_STUFFING] = FINDING_CHANGE_DOT_STUFFING,
		[BODY_LINE_ENDINGS] = FINDING_CHANGE_LINE_ENDINGS,
		[BODY_FOOTER] = FINDING_CHANGE_FOOTER,
		[BODY_BANNER] = FINDING_CHANGE_BANNER,
		[BODY_WRAPPED] = FINDING_CHANGE_MIME_WRAPPED,
		[BODY_PART_ADDED] = FINDING_CHANGE_PART_ADDED,
		[BODY_REENCODED] = FINDING_CHANGE_REENCODED,
		[BODY_LINE_WRAP] = FINDING_CHANGE_LINE_WRAP,
		[BODY_SIGDASH] = FINDING_CHANGE_SIGDASH,
		[BODY_LF] = FINDING_DKIM_BODY_LF,
		[BODY_OTHER_CANON] = FINDING_DKIM_CANON_MISMATCH,
		[BODY_EMPTY_HASH] = FINDING_DKIM_BODY_EMPTY_HASH,
		[BODY_CUT] = FINDING_DKIM_LENGTH_BEYOND,
	};

	if (c->body == BODY_FOOTER || c->body == BODY_BANNER)
		tell_lines(f, c, code[c->body]);
	else
		about(find_add(f, code[c->body], d), c,
			c->body == BODY_CUT ? BASIS_SEEN : BASIS_PROVEN);
}

/* --- fingerprints
 * --------------------------------------------------------------- */

static str
gateway_in(str body)
{
	static const struct {
		str host, product;
	} known[] = {
		{ STR_INIT("urldefense.proofpoint.com"),
			STR_INIT("Proofpoint") },
		{ STR_INIT("urldefense.com"), STR_INIT("Proofpoint") },
		{ STR_INIT("safelinks.protection.outlook.com"),
			STR_INIT("Microsoft Safe Links") },
		{ STR_INIT("protect.mimecast.com"), STR_INIT("Mimecast") },
		{ STR_INIT("mimecastprotect.com"), STR_INIT("Mimecast") },
		{ STR_INIT("linkprotect.cudasvc.com"), STR_INIT("Barracuda") },
		{ STR_INIT("secure-web.cisco.com"), STR_INIT("Cisco") },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_ifind(body, known[i].host) < body.n)
			return known[i].product;
	return (str){ 0 };
}

static bool
is_from_exchange(const struct message *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_istarts(m->field[i].name, STR("X-MS-Exchange-")) ||
			str_istarts(m->field[i].name, STR("X-EOP")))
			return true;
	return false;
}

static bool
tell_fingerprint(struct find *f, const struct change *c)
{
	enum { FAR_ENOUGH = 1 << 20 };
	static const str filters[] = { STR_INIT("X-Content-Filtered-By"),
		STR_INIT("X-MimeDefang") };
	str body = str_sub(f->setup->body, 0, FAR_ENOUGH);
	str product = gateway_in(body);
	struct finding *x = NULL;

	for (size_t i = 0; !x && i < 2; i++) {
		const struct field *by = message_top(f->message, filters[i]);
		if (by && str_ifind(body, STR("text/html")) == body.n)
			x = FIND(f, CHANGE_HTML_FLATTENED,
				{ "program", str_trim_fws(by->value) });
	}
	if (!x && product.p)
		x = FIND(f, CHANGE_LINKS_REWRITTEN, { "product", product });
	if (!x && is_from_exchange(f->message) &&
		str_ifind(body, STR("<meta http-equiv")) < body.n)
		x = find_add(f, FINDING_CHANGE_EXCHANGE_REWRITE, NULL);
	if (x)
		about(x, c, BASIS_LIKELY);
	return x != NULL;
}

static void
tell_unexplained(struct find *f, const struct change *c)
{
	bool kept = f->setup->body.p != NULL;

	about(FIND(f, DKIM_BODY_CHANGED, { "d", domain(f, c) }), c, BASIS_SEEN);
	if (tell_fingerprint(f, c))
		return;
	about(FIND(f, CHANGE_UNEXPLAINED,
		      { "why", kept ? STR("no known change explains the "
					  "difference")
				    : STR("the body was too large to be kept, "
					  "so it is not known what was done") },
		      { "advice", kept ? STR("send the same mail to two "
					     "receivers and compare")
				       : STR("give the file by name, or a "
					     "smaller one") }),
		c, BASIS_SEEN);
}

/* --- the header
 * ------------------------------------------------------------------- */

static void
tell_field(struct find *f, const struct change *c, size_t i)
{
	const struct find_arg args[] = {
		{ "d", domain(f, c) },
		{ "header", c->name[i] },
		{ "tag", c->what[i] },
		{ "old", c->what[i].p ? c->what[i] : STR("missing") },
		{ NULL, { NULL, 0 } },
	};
	static const enum finding_code code[] = {
		[HEADER_SUBJECT_TAG] = FINDING_CHANGE_SUBJECT_TAG,
		[HEADER_FROM] = FINDING_CHANGE_FROM_REWRITTEN,
		[HEADER_QUOTING] = FINDING_CHANGE_ADDRESS_QUOTING,
		[HEADER_ADDED] = FINDING_CHANGE_HEADER_ADDED,
		[HEADER_VALUE] = FINDING_CHANGE_HEADER_VALUE,
		[HEADER_CONTENT] = FINDING_CHANGE_HEADER_VALUE,
	};

	about(find_add(f, code[c->header[i]], args), c, BASIS_PROVEN);
}

static str
signed_names(struct find *f, const struct change *c)
{
	str h = signature_of(f, c)->headers, name;
	struct buf b = { .arena = f->arena };

	for (size_t n = 0; h.p && n < 6 && str_split(&h, ':', &name); n++) {
		buf_add(&b, n > 0 ? STR(", ") : STR(""));
		buf_add(&b, str_trim_fws(name));
	}
	return buf_str(&b);
}

static void
tell_header(struct find *f, const struct change *c)
{
	const struct dkim_verdict *v = &f->v->dkim[c->signature];
	const struct dkim_signer *s = &signature_of(f, c)->signer;
	bool rsa = s->key_kind == KEY_RSA;
	size_t octets = (v->key_bits + 7) / 8;

	for (size_t i = 0; i < c->headers; i++)
		tell_field(f, c, i);
	if (c->headers > 0)
		return;
	if (rsa && !v->other_digest && s->signature.n != octets)
		about(FIND(f, DKIM_SIGNATURE_CORRUPT,
			      { "n", find_number(f, s->signature.n) },
			      { "m", find_number(f, octets) }),
			c, BASIS_SEEN);
	else if (rsa && !v->other_digest)
		about(FIND(f, DKIM_KEY_MISMATCH, { "name", v->key_name }), c,
			BASIS_SEEN);
	else
		about(FIND(f, DKIM_HEADERS_CHANGED, { "d", s->domain },
			      { "proof", rsa ? STR("; the key is right")
					     : STR(", or with another key") },
			      { "headers", signed_names(f, c) }),
			c, rsa ? BASIS_PROVEN : BASIS_SEEN);
}

/* --- where, and when
 * ------------------------------------------------------------------ */

/* An ARC set whose message signature holds, and has the same body hash. */
static void
tell_hop(struct find *f, const struct change *c)
{
	const struct arc_facts *facts = &f->v->arc_facts;
	const struct dkim_signature *sig = signature_of(f, c);

	for (size_t i = facts->n; f->v->arc.set && i-- > 0;) {
		const struct dkim_signature *ams =
			&facts->set[i].message_signature;
		if (f->v->arc.set[i].ams.header_hash != RESULT_PASS ||
			ams->body_canon != sig->body_canon ||
			ams->length != sig->length ||
			!str_eq(ams->body_hash, sig->body_hash))
			continue;
		about(FIND(f, CHANGE_AFTER_HOP,
			      { "host", facts->set[i].seal.signer.domain },
			      { "k", find_number(f, facts->set[i].instance) }),
			c, BASIS_PROVEN);
		return;
	}
}

/* One that holds has seen all of the body that this one should hold for. */
static bool
sees_as_much(const struct dkim_signature *s, const struct dkim_signature *other)
{
	return (s->body_canon == CANON_SIMPLE ||
		       s->body_canon == other->body_canon) &&
	       (s->length == BODY_WHOLE || (other->length != BODY_WHOLE &&
						   s->length >= other->length));
}

/* A signature of the same organization that holds for the body as it is. */
static void
tell_origin(struct find *f, const struct change *c)
{
	const struct suffix_list *suffixes = f->setup->auth->suffixes;
	const struct dkim_facts *facts = &f->v->dkim_facts;
	str d = signature_of(f, c)->signer.domain_ascii;

	if (!suffixes || d.n == 0)
		return;
	str org = suffix_list_organizational(suffixes, f->arena, d);
	for (size_t i = 0; i < c->signature && i < facts->n; i++) {
		const struct dkim_signer *s = &facts->signature[i].signer;
		if (f->v->dkim[i].result != RESULT_PASS ||
			!sees_as_much(
				&facts->signature[i], signature_of(f, c)) ||
			!domain_at_or_below(s->domain_ascii, org))
			continue;
		about(FIND(f, DKIM_BROKEN_AT_ORIGIN, { "org", org },
			      { "proof",
				      STR_CAT(f->arena,
					      STR("the later signature s="),
					      s->selector, STR(" verifies")) }),
			c, BASIS_PROVEN);
		return;
	}
}

/* The host that took the message, or one of ours above it, saw it pass. */
static void
tell_delivery(struct find *f, const struct change *c)
{
	unsigned border = f->client->line > 0 ? f->client->line : 1;
	str d = signature_of(f, c)->signer.domain_ascii;

	for (size_t i = 0; i < f->v->n_recorded; i++) {
		const struct auth_recorded *r = &f->v->recorded[i];
		if (r->hop > border || r->saw.authserv_id.n == 0)
			continue;
		for (size_t k = 0; k < r->saw.n; k++) {
			const struct authres_result *one = &r->saw.result[k];
			str claim = authres_value(one, STR("header.d"));
			if (!claim.p)
				claim = authres_value(one, STR("header.i"));
			claim = str_skip(
				claim, str_rfind(claim, '@') < claim.n
					       ? str_rfind(claim, '@') + 1
					       : 0);
			if (!str_eq(one->method, STR("dkim")) ||
				!str_eq(one->result, STR("pass")) ||
				!str_ieq(claim, d))
				continue;
			about(FIND(f, CHANGE_AFTER_DELIVERY,
				      { "authserv", r->saw.authserv_id }),
				c, BASIS_SEEN);
			return;
		}
	}
}

void
find_changes(struct find *f)
{
	for (size_t i = 0; i < f->changes->n; i++) {
		const struct change *c = &f->changes->change[i];

		tell_delivery(f, c);
		if (c->body_broken && c->body != BODY_UNEXPLAINED)
			tell_body(f, c);
		if (c->body_broken) {
			if (c->body == BODY_UNEXPLAINED)
				tell_unexplained(f, c);
			tell_hop(f, c);
			tell_origin(f, c);
		}
		if (c->header_broken)
			tell_header(f, c);
	}
}
