/*
 * key_record.c - one key record, without a message. (RFC 6376 3.6.1)
 *
 * The tests stand in the order of what explains most: armour makes the base64
 * wrong, and it is the armour that must go.
 */
#include "key_record.h"

#include "mailauth/base64.h"

#include "dkim/signer.h"

enum { SAMPLE = 40, STANDARD_BITS = 2048, ED25519_BYTES = 32 };

/* --- reading --------------------------------------------------------- */

struct key_record
key_record_of(str name, const struct dkim_key *key)
{
	return (struct key_record){
		.name = name,
		.text = key->record,
		.key = *key,
		.look = public_key_look(key->data),
	};
}

struct key_record
key_record_read(struct arena *a, str name, str text)
{
	struct dkim_key key = dkim_key_parse(a, text);

	return key_record_of(name, &key);
}

static bool
allows_hash(const struct dkim_key *key)
{
	const struct tag *h = taglist_find(&key->tags, STR("h"));

	return !h || colon_contains(h->value, STR("sha256"));
}

bool
key_record_works(const struct key_record *k)
{
	if (!k->key.usable || !allows_hash(&k->key))
		return false;
	if (k->key.kind == KEY_ED25519)
		return k->key.data.n == ED25519_BYTES;
	return k->look.shape == SHAPE_RSA && k->look.error == KEY_OK;
}

static size_t
domainkey_at(str name)
{
	return str_ifind(name, STR("._domainkey."));
}

str
key_selector(str name)
{
	return str_sub(name, 0, domainkey_at(name));
}

str
key_domain(str name)
{
	size_t at = domainkey_at(name);

	return at < name.n ? str_skip(name, at + 12) : name;
}

/* --- pointing -------------------------------------------------------- */

static size_t
offset_of(str whole, str part)
{
	uintptr_t from = (uintptr_t)whole.p, at = (uintptr_t)part.p;

	if (at >= from && at - from <= whole.n)
		return (size_t)(at - from);
	for (size_t i = 0; part.n > 0 && i + part.n <= whole.n; i++)
		if (str_starts(str_skip(whole, i), part))
			return i;
	return whole.n;
}

void
find_in_key(struct finding *x, const struct key_record *k, str part, str label)
{
	size_t at = offset_of(k->text, part);

	if (at == k->text.n && part.n > 0) /* not found: all of it */
		find_in_txt(x, k->name, k->text, 0, 0, label);
	else
		find_in_txt(x, k->name, k->text, at, part.n, label);
}

static str
value_of(const struct key_record *k, str name)
{
	const struct tag *tag = taglist_find(&k->key.tags, name);

	return tag ? tag->value : (str){ 0 };
}

static str
sample(struct find *f, str s)
{
	if (s.n <= SAMPLE)
		return s;
	return STR_CAT(f->arena, str_sub(s, 0, SAMPLE), STR(".."));
}

static void
set_corrected(struct find *f, struct finding *x, const struct key_record *k)
{
	x->corrected = key_record_mended(f->arena, k->text);
}

/* --- things that should not be there --------------------------------- */

/* To be revoked, whatever else is wrong. */
static bool
find_private(struct find *f, const struct key_record *k)
{
	static const str words = STR_INIT("PRIVATE KEY");
	size_t at = str_ifind(k->text, words);
	bool armour = at < k->text.n;

	if (!armour && k->look.shape != SHAPE_PRIVATE)
		return false;
	struct finding *x =
		FIND(f, DKIM_KEY_PRIVATE, { "s", key_selector(k->name) });
	find_in_key(x, k,
		armour ? str_sub(k->text, at, words.n) : value_of(k, STR("p")),
		STR("this must stay secret"));
	return true;
}

static bool
find_armour(struct find *f, const struct key_record *k)
{
	static const str dashes = STR_INIT("-----");
	size_t at = str_ifind(k->text, dashes);
	size_t n = 0;

	if (at == k->text.n) {
		at = str_ifind(k->text, STR("BEGIN "));
		if (at == k->text.n)
			return false;
		n = 5;
	} else {
		str rest = str_skip(k->text, at + dashes.n);
		n = str_ifind(str_sub(rest, 0, SAMPLE), dashes);
		n += n < SAMPLE && n < rest.n ? 2 * dashes.n : dashes.n;
	}
	struct finding *x = find_add(f, FINDING_DKIM_KEY_PEM, NULL);
	find_in_key(x, k, str_sub(k->text, at, n), STR("leave this out"));
	set_corrected(f, x, k);
	return true;
}

/* The first backslash or quotation mark, with the ';' that it was for. */
static str
first_escape(str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			return str_sub(s, i, 1);
		if (s.p[i] == '\\')
			return str_sub(
				s, i, i + 1 < s.n && s.p[i + 1] == ';' ? 2 : 1);
		if (str_starts(str_skip(s, i), STR("\xE2\x80\x9C")) ||
			str_starts(str_skip(s, i), STR("\xE2\x80\x9D")))
			return str_sub(s, i, 3);
	}
	return (str){ 0 };
}

static bool
find_escape(struct find *f, const struct key_record *k)
{
	str bad = first_escape(k->text);

	if (!bad.p)
		return false;
	struct finding *x = FIND(f, DKIM_KEY_ESCAPED, { "text", bad });
	find_in_key(x, k, bad, STR("leave this out"));
	set_corrected(f, x, k);
	return true;
}

/* --- another kind of record ------------------------------------------ */

static bool
is_host_name(str s)
{
	size_t dots = 0;

	s = str_trim_dot(s);
	for (size_t i = 0; i < s.n; i++) {
		if (!is_alnum(s.p[i]) && !is_one_of(s.p[i], "-_."))
			return false;
		dots += s.p[i] == '.';
	}
	return dots > 0 && dns_name_valid(s) &&
	       is_alpha(s.p[str_rfind(s, '.') + 1]);
}

static bool
has_long_number(str s)
{
	size_t run = 0;

	for (size_t i = 0; i < s.n && run < 60; i++)
		run = is_alnum(s.p[i]) || s.p[i] == '+' || s.p[i] == '/'
			      ? run + 1
			      : 0;
	return run >= 60;
}

/* Was it meant to be a key? */
static bool
is_key_like(const struct key_record *k)
{
	str s = str_trim_fws(k->text);
	bool version = str_istarts(s, STR("v=")) || str_istarts(s, STR("v ="));

	if (version)
		return str_ifind(str_sub(s, 0, 12), STR("dkim")) <
		       str_sub(s, 0, 12).n;
	return taglist_find(&k->key.tags, STR("p")) ||
	       str_ifind(s, STR("dkim1")) < s.n ||
	       str_ifind(s, STR("k=rsa")) < s.n ||
	       str_ifind(s, STR("k=ed25519")) < s.n || has_long_number(s);
}

static bool
find_stranger(struct find *f, const struct key_record *k)
{
	str s = str_trim_fws(k->text);
	struct finding *x;

	if (is_host_name(s))
		x = FIND(f, DKIM_KEY_CNAME_AS_TXT, { "name", k->name },
			{ "target", s });
	else if (!is_key_like(k))
		x = FIND(f, DKIM_KEY_OTHER_TEXT, { "name", k->name },
			{ "text", sample(f, k->text) });
	else
		return false;
	find_in_txt(x, k->name, k->text, 0, 0, (str){ 0 });
	return true;
}

/* --- the list -------------------------------------------------------- */

static void
add_syntax(struct find *f, const struct key_record *k, str why, str part,
	str label)
{
	struct finding *x = FIND(f, DKIM_KEY_SYNTAX, { "why", why });

	find_in_key(x, k, part, label);
	set_corrected(f, x, k);
}

/* A blank in a value, and then another tag; absent. */
static str
next_tag(str value)
{
	for (size_t i = 0; i + 2 < value.n; i++)
		if (is_fws(value.p[i]) &&
			is_one_of(value.p[i + 1], "vkpthsgn") &&
			value.p[i + 2] == '=')
			return str_sub(value, i, 3);
	return (str){ 0 };
}

static bool
find_run_together(struct find *f, const struct key_record *k)
{
	const struct taglist *tags = &k->key.tags;

	for (size_t i = 0; i < tags->n; i++) {
		str next = next_tag(tags->tag[i].value);
		if (!next.p || str_eq(tags->tag[i].name, STR("n")))
			continue;
		add_syntax(f, k,
			STR_CAT(f->arena, STR("no `;` before "),
				str_skip(next, 1)),
			str_sub(next, 0, 1), STR("put a `;` here"));
		return true;
	}
	return false;
}

static bool
find_version(struct find *f, const struct key_record *k)
{
	const struct tag *v = taglist_find(&k->key.tags, STR("v"));

	if (!v)
		return false;
	if (!str_eq(v->value, STR("DKIM1")))
		add_syntax(f, k,
			STR_CAT(f->arena, STR("`v="), sample(f, v->value),
				STR("` is not `v=DKIM1`")),
			v->value, STR("write DKIM1"));
	else if (v != k->key.tags.tag)
		add_syntax(f, k, STR("v= is not first"), v->value,
			STR("must stand first"));
	else
		return false;
	return true;
}

static bool
find_list_error(struct find *f, const struct key_record *k)
{
	const struct taglist *tags = &k->key.tags;
	str bad = str_trim_fws(tags->bad);
	str name = str_trim_fws(str_sub(bad, 0, str_find(bad, '=')));

	switch (tags->error) {
	case TAGLIST_OK: return false;
	case TAGLIST_DUPLICATE:
		add_syntax(f, k,
			STR_CAT(f->arena, sample(f, name),
				STR("= occurs twice")),
			bad, STR("keep one"));
		break;
	case TAGLIST_TOO_LONG:
		add_syntax(f, k, STR("more than 100 tags"), tags->bad,
			STR("shorten it"));
		break;
	case TAGLIST_SYNTAX:
		if (has_long_number(bad) && str_find(bad, '=') + 3 > bad.n) {
			add_syntax(f, k, STR("the key has no p= before it"),
				str_sub(bad, 0, 4), STR("put p= here"));
			break;
		}
		add_syntax(f, k,
			STR_CAT(f->arena, STR("`"), sample(f, bad),
				STR("` is not `tag=value`")),
			bad, STR("no tag and value"));
		break;
	}
	return true;
}

static bool
find_no_data(struct find *f, const struct key_record *k)
{
	if (k->key.revoked) {
		struct finding *x = FIND(f, DKIM_KEY_REVOKED,
			{ "s", key_selector(k->name) },
			{ "d", key_domain(k->name) });
		find_in_txt(x, k->name, k->text, 0, 0, (str){ 0 });
		return true;
	}
	if (taglist_find(&k->key.tags, STR("p")))
		return false;
	add_syntax(f, k, STR("p= is missing"), str_skip(k->text, k->text.n),
		(str){ 0 });
	return true;
}

/* --- the key itself -------------------------------------------------- */

/* The wrong characters in a row, from the first one. */
static str
wrong_digits(str s, size_t at)
{
	size_t n = 0;

	while (at + n < s.n && n < SAMPLE && !is_alnum(s.p[at + n]) &&
		!is_one_of(s.p[at + n], "+/ \t"))
		n++;
	return str_sub(s, at, n > 0 ? n : 1);
}

static bool
find_bad_digit(struct find *f, const struct key_record *k)
{
	str value = value_of(k, STR("p")), data;
	size_t bad;

	if (base64_decode(f->arena, value, &data, &bad) || bad == value.n)
		return false;
	str wrong = wrong_digits(value, bad);
	struct finding *x = FIND(f, DKIM_KEY_BAD_BASE64, { "char", wrong });
	find_in_key(x, k, wrong, STR("is no base64"));
	set_corrected(f, x, k);
	return true;
}

static bool
find_cut(struct find *f, const struct key_record *k)
{
	const struct key_look *look = &k->look;

	if (look->whole <= k->key.data.n)
		return false;
	str value = value_of(k, STR("p"));
	bool at_255 = k->text.n >= 250 && k->text.n <= 256;
	struct finding *x = FIND(f, DKIM_KEY_TRUNCATED,
		{ "n", find_number(f, k->key.data.n) },
		{ "m", find_number(f, look->whole) },
		{ "k", find_number(f, k->text.n) },
		{ "advice",
			at_255 ? STR("split the value in strings of at most "
				     "255 characters")
			       : STR("publish all of it, in strings of at "
				     "most 255 characters") });
	find_in_key(x, k, str_skip(value, value.n > 4 ? value.n - 4 : 0),
		STR("cut here, or before"));
	return true;
}

static str
shape_words(enum key_shape shape)
{
	switch (shape) {
	case SHAPE_RSA: return STR("an RSA key");
	case SHAPE_RAW:
	case SHAPE_ED25519: return STR("an Ed25519 key");
	case SHAPE_CERTIFICATE: return STR("a certificate");
	case SHAPE_PRIVATE: return STR("a private key");
	case SHAPE_OTHER: return STR("a key of another kind");
	case SHAPE_UNKNOWN: break;
	}
	return STR("something else");
}

/* k= says one thing, the octets another; or it is a word of nobody. */
static bool
find_kind(struct find *f, const struct key_record *k)
{
	enum key_shape shape = k->look.shape;
	str kind = value_of(k, STR("k"));
	enum key_kind is = shape == SHAPE_RSA ? KEY_RSA
			   : shape == SHAPE_RAW || shape == SHAPE_ED25519
				   ? KEY_ED25519
				   : KEY_UNKNOWN;

	if (k->key.kind != KEY_UNKNOWN &&
		(k->key.kind == is || shape == SHAPE_UNKNOWN))
		return false;
	struct finding *x = FIND(f, DKIM_KEY_TYPE,
		{ "k", kind.n > 0 ? sample(f, kind)
			: kind.p  ? STR("(nothing)")
				  : STR("rsa") },
		{ "other", k->key.kind == KEY_UNKNOWN
				   ? STR("which is no kind of key")
				   : STR_CAT(f->arena, STR("but p= holds "),
					     shape_words(shape)) },
		{ "advice", is == KEY_RSA ? STR("write k=rsa")
			    : is == KEY_ED25519
				    ? STR("write k=ed25519")
				    : STR("publish an RSA key, with "
					  "k=rsa") });
	find_in_key(
		x, k, kind.n > 0 ? kind : value_of(k, STR("p")), (str){ 0 });
	set_corrected(f, x, k);
	return true;
}

static bool
find_ed25519_form(struct find *f, const struct key_record *k)
{
	if (k->key.kind != KEY_ED25519 || k->key.data.n == ED25519_BYTES)
		return false;
	struct finding *x = FIND(f, DKIM_KEY_ED25519_FORM,
		{ "n", find_number(f, k->key.data.n) });
	find_in_key(x, k, value_of(k, STR("p")), STR("32 octets in base64"));
	set_corrected(f, x, k);
	return true;
}

static bool
find_size(struct find *f, const struct key_record *k)
{
	str bits = find_number(f, k->look.bits);
	struct finding *x;

	if (k->look.shape != SHAPE_RSA)
		return false;
	if (k->look.error == KEY_TOO_SMALL)
		x = FIND(f, DKIM_WEAK_KEY, { "n", bits },
			{ "why", STR("must not be accepted") });
	else if (k->look.error == KEY_TOO_LARGE)
		x = FIND(f, DKIM_KEY_LARGE, { "n", bits });
	else
		return false;
	x->severity = SEVERITY_ERROR;
	find_in_key(x, k, value_of(k, STR("p")), (str){ 0 });
	return true;
}

static bool
find_no_key(struct find *f, const struct key_record *k)
{
	str value = value_of(k, STR("p"));

	if (k->look.shape == SHAPE_RSA && k->look.error == KEY_OK)
		return false;
	if (k->key.kind == KEY_ED25519 && k->key.data.n == ED25519_BYTES)
		return false;
	add_syntax(f, k,
		k->look.shape == SHAPE_RSA ? STR("p= is a damaged RSA key")
					   : STR("p= is no RSA key"),
		value, STR("copy it again"));
	return true;
}

/* --- what it may be used for ----------------------------------------- */

static bool
find_restriction(struct find *f, const struct key_record *k)
{
	str tag = STR("s"), value = value_of(k, tag);

	if (!allows_hash(&k->key)) {
		tag = STR("h");
		value = value_of(k, tag);
	} else if (k->key.usable) {
		return false;
	}
	struct finding *x = FIND(f, DKIM_KEY_RESTRICTED, { "tag", tag },
		{ "value", sample(f, value) },
		{ "advice", str_eq(tag, STR("h"))
				    ? STR("widen h= to sha256, or drop it")
				    : STR("widen s= to email, or drop it") });
	find_in_key(x, k, value, (str){ 0 });
	return true;
}

bool
find_key_faults(struct find *f, const struct key_record *k)
{
	static bool (*const test[])(
		struct find *, const struct key_record *) = {
		find_private,
		find_armour,
		find_escape,
		find_stranger,
		find_run_together,
		find_version,
		find_list_error,
		find_no_data,
		find_bad_digit,
		find_cut,
		find_kind,
		find_ed25519_form,
		find_size,
		find_no_key,
		find_restriction,
	};

	if (key_record_works(k))
		return false;
	for (size_t i = 0; i < sizeof(test) / sizeof(test[0]); i++)
		if (test[i](f, k))
			return true;
	return false;
}

/* --- what could be better -------------------------------------------- */

void
find_key_advice(struct find *f, const struct key_record *k)
{
	const struct tag *g = taglist_find(&k->key.tags, STR("g"));
	const struct tag *t = taglist_find(&k->key.tags, STR("t"));
	bool rsa = k->look.shape == SHAPE_RSA && k->key.kind == KEY_RSA;
	str bits = find_number(f, k->look.bits);
	str p = value_of(k, STR("p"));

	if (k->key.testing)
		find_in_key(
			FIND(f, DKIM_KEY_TESTING, { "d", key_domain(k->name) }),
			k, t->value, (str){ 0 });
	if (rsa && k->look.bits < STANDARD_BITS)
		find_in_key(FIND(f, DKIM_WEAK_KEY, { "n", bits },
				    { "why", STR("2048 is the standard") }),
			k, p, (str){ 0 });
	if (rsa && k->look.bits > STANDARD_BITS)
		find_in_key(FIND(f, DKIM_KEY_LARGE, { "n", bits }), k, p,
			(str){ 0 });
	if (g)
		find_in_key(FIND(f, DKIM_KEY_G_TAG, { "value", g->value }), k,
			g->value, (str){ 0 });
}
