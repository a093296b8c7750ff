/*
 * key.c - key records. (RFC 6376 3.6.1, RFC 8463 4)
 */
#include "dkim/signer.h"

#include "mailauth/base64.h"

#include <string.h>

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

/* --- records seen before --------------------------------------------- */

enum { KEPT_TAGS = 16 }; /* more are not usual */

/* A record on the shelf: all that points does so into it. */
struct kept_key {
	struct dkim_key key;
	struct tag tag[KEPT_TAGS];
	char bytes[]; /* the record, and p= decoded */
};

/* The same key over another copy of its record. */
static struct dkim_key
move_key(const struct dkim_key *key, str record, struct tag *tag, char *data)
{
	struct dkim_key out = *key;

	for (size_t i = 0; i < key->tags.n; i++) {
		const struct tag *t = &key->tags.tag[i];
		tag[i].name = str_moved(t->name, key->record, record);
		tag[i].value = str_moved(t->value, key->record, record);
		tag[i].area = str_moved(t->area, key->record, record);
	}
	out.record = record;
	out.tags.tag = tag;
	if (key->data.n > 0)
		memcpy(data, key->data.p, key->data.n);
	if (key->data.p)
		out.data.p = data;
	return out;
}

/* One that had to be mended first has its tags elsewhere. */
static bool
is_fit_to_keep(const struct dkim_key *key)
{
	if (!key->usable || key->tags.n > KEPT_TAGS)
		return false;
	uintptr_t from = (uintptr_t)key->record.p;
	uintptr_t at = (uintptr_t)key->tags.tag[0].name.p;
	return at >= from && at - from < key->record.n;
}

static void
keep(struct crypto *crypto, const struct dkim_key *key)
{
	size_t n = key->record.n;
	struct kept_key *k = shelf_put(crypto_shelf(crypto), SHELF_KEY,
		key->record, sizeof(*k) + n + key->data.n);

	if (!k)
		return;
	memcpy(k->bytes, key->record.p, n);
	k->key = move_key(key, (str){ k->bytes, n }, k->tag, k->bytes + n);
}

struct dkim_key
dkim_key_recall(struct crypto *crypto, struct arena *a, str record)
{
	const struct kept_key *k =
		shelf_find(crypto_shelf(crypto), SHELF_KEY, record);

	if (k)
		return move_key(&k->key, record,
			arena_grow(
				a, NULL, 0, k->key.tags.n * sizeof(struct tag)),
			arena_grow(a, NULL, 0, k->key.data.n));
	struct dkim_key key = dkim_key_parse(a, record);
	if (is_fit_to_keep(&key))
		keep(crypto, &key);
	return key;
}
