/*
 * key.c - key records. (RFC 6376 3.6.1, RFC 8463 4)
 */
#include "dkim/signer.h"

#include "mailauth/base64.h"

static void
refuse(struct dkim_key *key, str reason)
{
	if (key->result != RESULT_PENDING)
		return;
	key->result = RESULT_PERMERROR;
	key->reason = reason;
}

/*
 * The grammar knows no ";;", but such records are published and work: they
 * are read without it.  taglist_parse() of the record shows the fault.
 */
static str
without_empty_pieces(struct arena *a, str record)
{
	struct buf b = { .arena = a };
	str piece;

	for (str rest = record; str_split(&rest, ';', &piece);) {
		if (str_trim_fws(piece).n == 0)
			continue;
		if (b.n > 0)
			buf_char(&b, ';');
		buf_add(&b, piece);
	}
	return buf_str(&b);
}

static struct taglist
parse_tags(struct arena *a, str record)
{
	struct taglist tags = taglist_parse(a, record);

	if (tags.error == TAGLIST_SYNTAX && str_trim_fws(tags.bad).n == 0)
		tags = taglist_parse(a, without_empty_pieces(a, record));
	return tags;
}

static void
check_version(struct dkim_key *key)
{
	const struct tag *v = taglist_find(&key->tags, STR("v"));

	if (v && !str_eq(v->value, STR("DKIM1")))
		refuse(key, STR("key record malformed: v= is not DKIM1"));
	else if (v && v != key->tags.tag)
		refuse(key, STR("key record malformed: v= is not first"));
}

static void
read_kind(struct dkim_key *key)
{
	const struct tag *k = taglist_find(&key->tags, STR("k"));

	if (!k || str_ieq(k->value, STR("rsa")))
		key->kind = KEY_RSA;
	else if (str_ieq(k->value, STR("ed25519")))
		key->kind = KEY_ED25519;
	else
		refuse(key, STR("key record has an unknown k="));
}

static void
read_data(struct dkim_key *key, struct arena *a)
{
	const struct tag *p = taglist_find(&key->tags, STR("p"));

	if (!p) {
		refuse(key, STR("key record malformed: no p="));
	} else if (p->value.n == 0) {
		key->revoked = true;
		refuse(key, STR("key revoked (p= is empty)"));
	} else if (!base64_decode(a, p->value, &key->data, NULL)) {
		refuse(key, STR("key record malformed: p= is not base64"));
	}
}

static void
read_flags(struct dkim_key *key)
{
	const struct tag *t = taglist_find(&key->tags, STR("t"));

	key->testing = t && colon_contains(t->value, STR("y"));
	key->strict = t && colon_contains(t->value, STR("s"));
}

static void
check_service(struct dkim_key *key)
{
	const struct tag *s = taglist_find(&key->tags, STR("s"));

	if (s && !colon_contains(s->value, STR("*")) &&
		!colon_contains(s->value, STR("email")))
		refuse(key, STR("key is not for mail (s=)"));
}

static str
syntax_reason(enum taglist_error error)
{
	if (error == TAGLIST_DUPLICATE)
		return STR("key record malformed: a tag occurs twice");
	if (error == TAGLIST_TOO_LONG)
		return STR("key record malformed: more than 100 tags");
	return STR("key record malformed: no tag list");
}

bool
dkim_key_is_record(const struct dkim_key *key)
{
	const struct tag *v = taglist_find(&key->tags, STR("v"));
	bool version =
		!v || (v == key->tags.tag && str_eq(v->value, STR("DKIM1")));

	return version && key->tags.error == TAGLIST_OK &&
	       taglist_find(&key->tags, STR("p"));
}

struct dkim_key
dkim_key_parse(struct arena *a, str record)
{
	struct dkim_key key = { .record = record };

	key.tags = parse_tags(a, record);
	check_version(&key); /* says more of an SPF record than "no tag list" */
	if (key.tags.error != TAGLIST_OK)
		refuse(&key, syntax_reason(key.tags.error));
	read_flags(&key);
	read_kind(&key);
	read_data(&key, a);
	check_service(&key);
	key.usable = key.result == RESULT_PENDING;
	return key;
}
