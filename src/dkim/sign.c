/*
 * sign.c - making signatures.
 */
#include "mailauth/sign.h"

#include "dkim/headerhash.h"
#include "dkim/signer.h"
#include "dkim/tag_writer.h"
#include "mailauth/base64.h"
#include "mailauth/domain.h"
#include "mailauth/time.h"

/* --- what is signed -------------------------------------------------- */

enum extra { AS_IT_IS, ONE_MORE, ONE_MORE_IF_ANY };

/* RFC 6376 5.4.1, and what later RFCs ask to be signed. */
static const struct {
	str name;
	enum extra extra;
} worth[] = {
	{ STR_INIT("from"), ONE_MORE },
	{ STR_INIT("to"), ONE_MORE },
	{ STR_INIT("subject"), ONE_MORE },
	{ STR_INIT("date"), ONE_MORE },
	{ STR_INIT("sender"), AS_IT_IS },
	{ STR_INIT("reply-to"), AS_IT_IS },
	{ STR_INIT("cc"), AS_IT_IS },
	{ STR_INIT("message-id"), AS_IT_IS },
	{ STR_INIT("in-reply-to"), AS_IT_IS },
	{ STR_INIT("references"), AS_IT_IS },
	{ STR_INIT("mime-version"), AS_IT_IS },
	{ STR_INIT("content-type"), AS_IT_IS },
	{ STR_INIT("content-transfer-encoding"), AS_IT_IS },
	{ STR_INIT("content-id"), AS_IT_IS },
	{ STR_INIT("content-description"), AS_IT_IS },
	{ STR_INIT("resent-date"), AS_IT_IS },
	{ STR_INIT("resent-from"), AS_IT_IS },
	{ STR_INIT("resent-to"), AS_IT_IS },
	{ STR_INIT("resent-cc"), AS_IT_IS },
	{ STR_INIT("list-id"), AS_IT_IS },
	{ STR_INIT("list-help"), AS_IT_IS },
	{ STR_INIT("list-unsubscribe"), ONE_MORE_IF_ANY },
	{ STR_INIT("list-unsubscribe-post"), ONE_MORE_IF_ANY },
	{ STR_INIT("list-subscribe"), AS_IT_IS },
	{ STR_INIT("list-post"), AS_IT_IS },
	{ STR_INIT("list-owner"), AS_IT_IS },
	{ STR_INIT("list-archive"), AS_IT_IS },
	{ STR_INIT("feedback-id"), AS_IT_IS },
	{ STR_INIT("cfbl-address"), AS_IT_IS },
};

str
sign_fields(struct arena *a, const struct message *m)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < sizeof(worth) / sizeof(worth[0]); i++) {
		size_t n = message_count(m, worth[i].name);
		if (worth[i].extra == ONE_MORE ||
			(worth[i].extra == ONE_MORE_IF_ANY && n > 0))
			n++;
		for (; n > 0; n--) {
			if (b.n > 0)
				buf_char(&b, ':');
			buf_add(&b, worth[i].name);
		}
	}
	return buf_str(&b);
}

/* RFC 5322 2.2; a ';' would end the tag. */
static bool
is_field_name(str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == ';' ||
			name.p[i] == ':')
			return false;
	return name.n > 0;
}

static enum sign_error
judge_fields(const struct sign *s)
{
	bool from = false;
	str name;

	if (colon_count(s->headers) > SIGN_MAX_NAMES)
		return SIGN_TOO_MANY;
	for (str rest = s->headers; colon_split(&rest, &name);) {
		if (!is_field_name(name))
			return SIGN_BAD_FIELD;
		/* receivers will see one more of them: ours */
		if (s->instance == 0 && str_ieq(name, STR("DKIM-Signature")))
			return SIGN_ITSELF;
		from |= str_ieq(name, STR("From"));
	}
	return from ? SIGN_OK : SIGN_FROM_UNSIGNED;
}

/* Nothing that could end a tag, in what comes from outside. */
static bool
is_host_name(str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!is_alnum(name.p[i]) && !is_one_of(name.p[i], "-_."))
			return false;
	return dns_name_valid(name);
}

/* i= is of d= or below it. (3.5) */
static bool
is_identity_of(str identity, str domain)
{
	size_t at = str_rfind(identity, '@');

	for (size_t i = 0; i < identity.n; i++)
		if (identity.p[i] <= ' ' || identity.p[i] > '~' ||
			is_one_of(identity.p[i], ";="))
			return false;
	return at < identity.n &&
	       domain_at_or_below(str_skip(identity, at + 1), domain);
}

/* Numbers without a sign. (3.5) */
static bool
has_good_times(const struct sign *s)
{
	bool begins = s->time != TIME_UNKNOWN;
	bool ends = s->expires != TIME_UNKNOWN;

	return (!begins || s->time >= 0) && (!ends || s->expires >= 0) &&
	       (!begins || !ends || s->expires > s->time);
}

static enum sign_error
judge_setup(const struct sign *s)
{
	size_t from = message_count(s->message, STR("From"));

	if (from != 1)
		return from == 0 ? SIGN_NO_FROM : SIGN_MANY_FROM;
	if (!is_host_name(s->domain) || !is_host_name(s->selector))
		return SIGN_BAD_NAME;
	if (s->identity.p && !is_identity_of(s->identity, s->domain))
		return SIGN_BAD_IDENTITY;
	return has_good_times(s) ? SIGN_OK : SIGN_BAD_TIME;
}

enum sign_error
sign_begin(struct sign *s, struct body_hashes *hashes)
{
	enum sign_error error = judge_setup(s);

	if (error != SIGN_OK)
		return error;
	s->headers =
		s->fields.p ? s->fields : sign_fields(s->arena, s->message);
	error = judge_fields(s);
	s->hash = body_hashes_want(
		hashes, s->body_canon, DIGEST_SHA256, s->length);
	return error;
}

/* --- the field ------------------------------------------------------- */

static str
canon_word(enum canon c)
{
	return c == CANON_SIMPLE ? STR("simple") : STR("relaxed");
}

str
sign_algorithm(const struct private_key *key)
{
	return private_key_kind(key) == KEY_ED25519 ? STR("ed25519-sha256")
						    : STR("rsa-sha256");
}

static void
add_times(struct tag_writer *w, const struct sign *s)
{
	if (s->time != TIME_UNKNOWN)
		tags_add_number(w, STR("t"), (uint64_t)s->time);
	if (s->expires != TIME_UNKNOWN)
		tags_add_number(w, STR("x"), (uint64_t)s->expires);
}

/* Up to "b=". */
static void
write_tags(
	struct tag_writer *w, const struct sign *s, const struct body_hash *h)
{
	struct arena *a = s->arena;

	tags_begin(w, a,
		s->instance > 0 ? STR("ARC-Message-Signature")
				: STR("DKIM-Signature"));
	if (s->instance > 0)
		tags_add_number(w, STR("i"), s->instance);
	else
		tags_add(w, STR("v"), STR("1"));
	tags_add(w, STR("a"), sign_algorithm(s->key));
	tags_add(w, STR("c"),
		STR_CAT(a, canon_word(s->header_canon), STR("/"),
			canon_word(s->body_canon)));
	tags_add(w, STR("d"), s->domain);
	tags_add(w, STR("s"), s->selector);
	if (s->identity.p)
		tags_add(w, STR("i"), s->identity);
	add_times(w, s);
	if (s->length != BODY_WHOLE)
		tags_add_number(w, STR("l"), h->hashed);
	tags_add_long(w, STR("h"), s->headers, ':');
	tags_add(w, STR("bh"),
		base64_encode(
			a, (str){ (const char *)h->digest.b, h->digest.n }));
	tags_end(w, STR("b"));
}

/* Of the chosen fields, and of our own as far as it is written. (3.7) */
static struct digest
digest_fields(const struct sign *s, str own)
{
	const struct message *alone = message_from(s->arena, own);
	struct dkim_signature sig = {
		.field = &alone->field[0],
		.header_canon = s->header_canon,
		.signer = { .digest = DIGEST_SHA256 },
	};
	/* our field is none of the message yet */
	struct header_selection selected =
		header_select(s->arena, s->message, s->headers, s->message->n);

	return header_digest(s->arena, s->crypto, &selected, &sig);
}

str
sign_end(const struct sign *s, const struct body_hashes *hashes)
{
	const struct body_hash *h = body_hashes_get(hashes, s->hash);
	struct tag_writer w;

	if (!h || h->digest.n == 0)
		return (str){ 0 };
	write_tags(&w, s, h);
	str signature = private_key_sign(s->key, s->arena, DIGEST_SHA256,
		digest_fields(s, buf_str(&w.out)));
	if (!signature.p)
		return (str){ 0 };
	tags_fill(&w, base64_encode(s->arena, signature));
	return buf_str(&w.out);
}
