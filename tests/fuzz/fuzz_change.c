/*
 * fuzz_change.c - a message, and a signature that it is tried against.
 *
 * One octet for the form of the body, the body as it was signed, the line
 * "--CHANGED", and the message as it is now.  It is given a signature with the
 * hash of that body, and a digest that no header section has.
 */
#include "fuzz.h"

#include "mailauth/auth.h"
#include "mailauth/base64.h"
#include "mailauth/buf.h"
#include "mailauth/findings.h"

#include <assert.h>

enum { MEMORY = 512 << 20, NOW = 1760700000 };

static struct crypto *crypto;

static str
digest_text(struct arena *a, struct digest d)
{
	return base64_encode(a, arena_dup(a, (str){ (const char *)d.b, d.n }));
}

static void
collect(void *arg, str piece)
{
	buf_add(arg, piece);
}

static str
body_hash(struct arena *a, enum canon canon, str body)
{
	struct canon_body *c = arena_new(a, struct canon_body);
	struct buf b = { .arena = a };

	canon_body_begin(c, canon, collect, &b);
	canon_body_feed(c, body);
	canon_body_end(c);
	return digest_text(a, digest_of(crypto, DIGEST_SHA256, buf_str(&b)));
}

/* The message with a signature whose body hash is that of another body. */
static str
signed_head(struct arena *a, str head, enum canon canon, str hash)
{
	return STR_CAT(a,
		STR("DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; c="
		    "relaxed/"),
		canon == CANON_SIMPLE ? STR("simple") : STR("relaxed"),
		STR("; h=from:subject:to:content-type; bh="), hash,
		STR("; b=AAAA\r\n"), head);
}

/* The verdict that a key which fits no digest would give. */
static void
verify(struct arena *a, const struct message *m, str body, str digest)
{
	struct arena names;

	arena_init(&names, MEMORY, NULL, NULL);
	struct auth_setup setup = {
		.arena = a,
		.dns = dns_new(&names),
		.crypto = crypto,
		.message = m,
		.client = client_find(a, m, &(struct client_options){ 0 }),
		.method = DMARC_TREEWALK,
		.now = NOW,
	};
	struct auth *auth = auth_new(&setup);
	auth_body(auth, body);
	auth_body_end(auth);
	while (!auth_step(auth)) {
		struct dns_answer none = { .status = DNS_NXDOMAIN };
		struct dns_question *q = open_question(setup.dns, false);
		assert(q);
		dns_tell(setup.dns, q, &none);
	}
	struct auth_verdict v = *auth_verdict(auth);
	struct dkim_verdict *dkim =
		arena_make(a, v.dkim_facts.n, struct dkim_verdict);
	for (size_t i = 0; i < v.dkim_facts.n; i++) {
		dkim[i] = v.dkim[i];
		if (dkim[i].body_hash == RESULT_NONE)
			continue;
		/* as if an RSA key had given this digest back */
		dkim[i].header_hash = RESULT_FAIL;
		dkim[i].other_digest = true;
		dkim[i].recovered = digest_of(crypto, DIGEST_SHA256, digest);
	}
	v.dkim = dkim;
	struct findings_setup what = {
		.auth = &setup,
		.v = &v,
		.body = body,
	};
	struct findings *f = findings_new(&what);
	while (!findings_step(f)) {
		struct dns_answer none = { .status = DNS_NXDOMAIN };
		struct dns_question *q = open_question(setup.dns, false);
		assert(q);
		dns_tell(setup.dns, q, &none);
	}
	size_t n;
	const struct finding *x = findings_list(f, &n);
	for (size_t i = 0; i < n; i++) {
		assert(x[i].at + x[i].n <= x[i].text.n);
		assert(x[i].signature <= v.dkim_facts.n);
	}
	auth_free(auth);
	arena_free(&names);
}

static const str mark = STR_INIT("\n--CHANGED\n");

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a;

	if (n < 2)
		return 0;
	if (!crypto)
		crypto = crypto_new();
	arena_init(&a, MEMORY, NULL, NULL);
	str input = { (const char *)data + 1, n - 1 };
	enum canon canon = data[0] & 1 ? CANON_SIMPLE : CANON_RELAXED;
	size_t at = str_ifind(input, mark);
	str before = str_sub(input, 0, at);
	str mail = str_skip(input, at + mark.n);
	struct head_reader r;
	head_begin(&r, &a, 0);
	size_t used = head_feed(&r, mail);
	head_end(&r);
	if (r.state == HEAD_DONE) {
		str body = STR_CAT(&a, r.rest, str_skip(mail, used));
		str head = signed_head(&a, buf_str(&r.text), canon,
			body_hash(&a, canon, before));
		verify(&a, message_from(&a, head), body, before);
	}
	arena_free(&a);
	return 0;
}
