/*
 * sign.c - signs by the letter of RFC 6376 and RFC 8617: slow, and plain to
 * see.  Text is copied at every step.
 */
#include "sign.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/pem.h>

#include "../unit/canon_model.h"
#include "../unit/signing.h"

enum { FIELDS = 400, KEYS = 40, INSTANCES = 100 };

/* --- keys ------------------------------------------------------------ */

static struct {
	str name;
	EVP_PKEY *key;
} keys[KEYS];

static EVP_PKEY *
read_key(str name)
{
	str path = STR_CAT(
		&arena, STR("tests/mail/keys/test-only-"), name, STR(".pem"));
	FILE *f = fopen(arena_zstr(&arena, path), "r");
	EVP_PKEY *key;

	if (!f)
		return NULL;
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	return key;
}

static EVP_PKEY *
find_key(str name)
{
	size_t i = 0;

	while (i < KEYS && keys[i].key && !str_eq(keys[i].name, name))
		i++;
	assert(i < KEYS);
	if (!keys[i].key) {
		keys[i].name = arena_dup(&arena, name);
		keys[i].key = read_key(name);
	}
	return keys[i].key;
}

void
sign_end(void)
{
	for (size_t i = 0; i < KEYS; i++)
		EVP_PKEY_free(keys[i].key);
	arena_free(&arena);
}

/* --- text ------------------------------------------------------------ */

static str
concat(str a, str b)
{
	return STR_CAT(&arena, a, b);
}

/* The offset of `needle` as it stands, or s.n. */
static size_t
find_text(str s, str needle)
{
	for (size_t i = 0; i + needle.n <= s.n; i++)
		if (str_eq(str_sub(s, i, needle.n), needle))
			return i;
	return s.n;
}

static str
splice(str s, size_t at, size_t n, str new)
{
	return STR_CAT(&arena, str_sub(s, 0, at), new, str_skip(s, at + n));
}

/* --- placeholders: @KEY/CHANGE/CHANGE --------------------------------- */

struct placeholder {
	size_t at, n; /* in the text */
	str key;
	str changes; /* "", "/fold", ... */
};

static bool
find_placeholder(str s, struct placeholder *p)
{
	p->at = str_find(s, '@');
	if (p->at == s.n)
		return false;
	for (p->n = 1; p->at + p->n < s.n; p->n++) {
		char c = s.p[p->at + p->n];
		if (!is_alnum(c) && c != '-' && c != '/')
			break;
	}
	str word = str_sub(s, p->at + 1, p->n - 1);
	p->key = str_sub(word, 0, str_find(word, '/'));
	p->changes = str_skip(word, p->key.n);
	return true;
}

static bool
wants(const struct placeholder *p, const char *change)
{
	str rest = p->changes, word;

	while (str_split(&rest, '/', &word))
		if (str_eq(word, str_from(change)))
			return true;
	return false;
}

/*
 * The DER of both forms of an RSA key ends with the modulus and then e=65537,
 * in five octets: 02 03 01 00 01.
 */
static void
spoil_numbers(const struct placeholder *p, char *end)
{
	if (wants(p, "e1"))
		end[-3] = 0;
	if (wants(p, "evene"))
		end[-1] = 0;
	if (wants(p, "evenn"))
		end[-6] &= ~1;
}

/* The value for the placeholder: base64, changed as it says. */
static str
encoded(const struct placeholder *p, str bytes)
{
	struct buf b = { .arena = &arena };

	bytes = arena_dup(&arena, bytes);
	spoil_numbers(p, (char *)bytes.p + bytes.n);
	if (wants(p, "flip"))
		((char *)bytes.p)[bytes.n / 2] ^= 1;
	if (wants(p, "short"))
		bytes.n--;
	if (wants(p, "long"))
		bytes = concat(bytes, STR("x"));
	if (wants(p, "none"))
		bytes.n = 0;
	str s = base64_encode(&arena, bytes);
	while (wants(p, "nopad") && s.n > 0 && s.p[s.n - 1] == '=')
		s.n--;
	for (size_t i = 0; i < s.n; i++) {
		if (wants(p, "fold") && i % 15 == 5)
			buf_add(&b, STR(" \r\n\t "));
		if (wants(p, "blank") && i % 7 == 3)
			buf_char(&b, ' ');
		buf_char(&b, s.p[i]);
	}
	return buf_str(&b);
}

/* --- the zone -------------------------------------------------------- */

static str
der_of(EVP_PKEY *key, int (*encode)(const EVP_PKEY *, unsigned char **))
{
	unsigned char *der = NULL;
	int n = encode(key, &der);

	assert(n > 0);
	str s = arena_dup(&arena, (str){ (const char *)der, (size_t)n });
	OPENSSL_free(der);
	return s;
}

/* Every p=@KEY; no string of a record is longer than 255 octets. */
static str
expand_zone(str zone, str *trouble)
{
	static const str mark = STR_INIT("p=@");
	size_t at;

	while ((at = find_text(zone, mark)) < zone.n) {
		struct placeholder p;
		find_placeholder(str_skip(zone, at), &p);
		EVP_PKEY *key = find_key(p.key);
		if (!key) {
			*trouble = concat(STR("no key "), p.key);
			break;
		}
		str data = wants(&p, "bare")   ? der_of(key, i2d_PublicKey)
			   : wants(&p, "spki") ? der_of(key, i2d_PUBKEY)
					       : public_data(key);
		str value = encoded(&p, data);
		struct buf b = { .arena = &arena };
		for (; value.n > 0; value = str_skip(value, 200)) {
			buf_add(&b, str_sub(value, 0, 200));
			buf_add(&b, STR("\" \""));
		}
		zone = splice(zone, at + 2, p.n, buf_str(&b));
	}
	return zone;
}

/* --- fields ---------------------------------------------------------- */

struct letter {
	str field[FIELDS]; /* from the top, with CRLF */
	size_t n;
	str body;
	str trouble; /* why it cannot be made */
};

static void
give_up(struct letter *l, const char *why, str what)
{
	if (!l->trouble.p)
		l->trouble = STR_CAT(&arena, str_from(why), STR(" "), what);
}

static void
split_fields(struct letter *l, str head)
{
	l->n = 0;
	while (head.n > 0) {
		size_t end = 0;
		do
			end += find_text(str_skip(head, end), STR("\r\n")) + 2;
		while (end < head.n && is_wsp(head.p[end]));
		assert(l->n < FIELDS);
		l->field[l->n++] = str_sub(head, 0, end);
		head = str_skip(head, end);
	}
}

static str
join_fields(const struct letter *l)
{
	return str_concat(&arena, l->field, l->n);
}

static str
name_of(str field)
{
	return str_trim_wsp(str_sub(field, 0, str_find(field, ':')));
}

static bool
is_named(str field, const char *name)
{
	return str_ieq(name_of(field), str_from(name));
}

/*
 * Where the value of a tag begins in the field, and how long it is with all
 * blanks around it; the first of that name.
 */
static bool
find_tag(str field, const char *name, size_t *at, size_t *n)
{
	size_t i = str_find(field, ':') + 1;

	while (i < field.n - 2) {
		str piece = str_sub(field, i, field.n - 2 - i);
		piece.n = str_find(piece, ';');
		size_t equals = str_find(piece, '=');
		if (str_eq(str_trim_fws(str_sub(piece, 0, equals)),
			    str_from(name)) &&
			equals < piece.n) {
			*at = i + equals + 1;
			*n = piece.n - equals - 1;
			return true;
		}
		i += piece.n + 1;
	}
	return false;
}

static str
tag_of(str field, const char *name)
{
	size_t at, n;

	if (!find_tag(field, name, &at, &n))
		return STR("");
	return str_trim_fws(str_sub(field, at, n));
}

/* Comments stand around the instance of ARC-Authentication-Results. */
static str
without_comments(str s)
{
	struct buf b = { .arena = &arena };
	unsigned depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		depth += s.p[i] == '(';
		if (depth == 0)
			buf_char(&b, s.p[i]);
		depth -= s.p[i] == ')' && depth > 0;
	}
	return buf_str(&b);
}

static unsigned
instance_of(str field)
{
	str i = tag_of(without_comments(field), "i");
	uint64_t v;
	size_t digits = 0;

	while (digits < i.n && is_digit(i.p[digits]))
		digits++;
	return str_uint(str_sub(i, 0, digits), INSTANCES, &v) ? (unsigned)v
							      : INSTANCES;
}

/* --- canonical fields (RFC 6376 3.4.1, 3.4.2) -------------------------- */

static str
relaxed_field(str field)
{
	size_t colon = str_find(field, ':');
	str value = str_skip(field, colon + 1), flat, line;
	struct buf b = { .arena = &arena }, one = { .arena = &arena };

	/* unfold */
	for (size_t i = 0; i < value.n; i++)
		if (!str_starts(str_skip(value, i), STR("\r\n")))
			buf_char(&b, value.p[i]);
		else
			i++;
	/* one blank for each run */
	flat = buf_str(&b);
	for (size_t i = 0; i < flat.n; i++)
		if (!is_wsp(flat.p[i]))
			buf_char(&one, flat.p[i]);
		else if (i == 0 || !is_wsp(flat.p[i - 1]))
			buf_char(&one, ' ');
	/* none at the ends */
	line = str_trim_wsp(buf_str(&one));
	return STR_CAT(&arena, arena_lower(&arena, name_of(field)), STR(":"),
		line, STR("\r\n"));
}

static str
canonical_field(bool relaxed, str field)
{
	return relaxed ? relaxed_field(field) : field;
}

/* The field that is being signed: b= emptied, no CRLF. (3.7) */
static str
canonical_own(bool relaxed, str field)
{
	size_t at, n;

	if (find_tag(field, "b", &at, &n))
		field = splice(field, at, n, STR(""));
	field = canonical_field(relaxed, field);
	return str_sub(field, 0, field.n - 2);
}

/* --- what is signed -------------------------------------------------- */

/* The fields of h=, each the lowest that is not used yet. (5.4.2) */
static str
covered_fields(const struct letter *l, size_t own, bool relaxed)
{
	bool used[FIELDS] = { false };
	struct buf b = { .arena = &arena };
	str rest = tag_of(l->field[own], "h"), name;

	used[own] = true;
	while (str_split(&rest, ':', &name)) {
		for (size_t i = l->n; i-- > 0;) {
			if (used[i] || !str_ieq(name_of(l->field[i]),
					       str_trim_fws(name)))
				continue;
			used[i] = true;
			buf_add(&b, canonical_field(relaxed, l->field[i]));
			break;
		}
	}
	return buf_str(&b);
}

/* The field of that set, or an absent slice; the topmost of several. */
static str
field_of_set(const struct letter *l, const char *name, unsigned instance)
{
	for (size_t i = 0; i < l->n; i++)
		if (is_named(l->field[i], name) &&
			instance_of(l->field[i]) == instance)
			return l->field[i];
	return (str){ 0 };
}

/* All sets up to this one's, relaxed, in the order of RFC 8617 5.1.1. */
static str
sealed_fields(const struct letter *l, unsigned instance)
{
	static const char *const names[] = { "ARC-Authentication-Results",
		"ARC-Message-Signature", "ARC-Seal" };
	struct buf b = { .arena = &arena };

	for (unsigned i = 1; i <= instance; i++)
		for (size_t k = 0; k < 3; k++) {
			str field = field_of_set(l, names[k], i);
			if (field.p && (i < instance || k < 2))
				buf_add(&b, relaxed_field(field));
		}
	return buf_str(&b);
}

static const EVP_MD *
digest_for(str field)
{
	return str_ieq(tag_of(field, "a"), STR("rsa-sha1")) ? EVP_sha1()
							    : EVP_sha256();
}

static str
body_hash(const struct letter *l, str field)
{
	str c = tag_of(field, "c");
	size_t slash = str_find(c, '/');
	bool relaxed = str_ieq(str_skip(c, slash + 1), STR("relaxed"));
	str body = model_canon(
		&arena, relaxed ? CANON_RELAXED : CANON_SIMPLE, l->body);
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n;
	uint64_t length;

	if (str_uint(tag_of(field, "l"), UINT64_MAX, &length))
		body = str_sub(body, 0, (size_t)length);
	EVP_Digest(body.p, body.n, md, &n, digest_for(field), NULL);
	return arena_dup(&arena, (str){ (const char *)md, n });
}

/* --- signing --------------------------------------------------------- */

static str
signature(struct letter *l, size_t own, str name)
{
	str field = l->field[own];
	bool seal = is_named(field, "ARC-Seal");
	bool relaxed = seal || str_istarts(tag_of(field, "c"), STR("relaxed"));
	EVP_PKEY *key = find_key(name);

	if (!key) {
		give_up(l, "no key", name);
		return STR("");
	}
	str above = seal ? sealed_fields(l, instance_of(field))
			 : covered_fields(l, own, relaxed);
	return sign_bytes(key, digest_for(field),
		concat(above, canonical_own(relaxed, field)));
}

/* Fills in bh=, then b=, where there are placeholders. */
static void
sign_field(struct letter *l, size_t own)
{
	str *field = &l->field[own];
	struct placeholder p;
	size_t at, n;

	if (find_tag(*field, "bh", &at, &n) &&
		find_placeholder(str_sub(*field, at, n), &p))
		*field = splice(*field, at + p.at, p.n,
			encoded(&p, body_hash(l, *field)));
	if (find_tag(*field, "b", &at, &n) &&
		find_placeholder(str_sub(*field, at, n), &p))
		*field = splice(*field, at + p.at, p.n,
			encoded(&p, signature(l, own, p.key)));
}

static void
sign_all(struct letter *l)
{
	for (size_t i = l->n; i-- > 0;)
		if (is_named(l->field[i], "DKIM-Signature"))
			sign_field(l, i);
	for (unsigned k = 0; k <= INSTANCES; k++) {
		for (size_t i = l->n; i-- > 0;)
			if (is_named(l->field[i], "ARC-Message-Signature") &&
				instance_of(l->field[i]) == k)
				sign_field(l, i);
		for (size_t i = l->n; i-- > 0;)
			if (is_named(l->field[i], "ARC-Seal") &&
				instance_of(l->field[i]) == k)
				sign_field(l, i);
	}
}

/* --- settings -------------------------------------------------------- */

static uint64_t
number_of(struct letter *l, str s)
{
	uint64_t v = 0;

	if (!str_uint(s, FIELDS / 4, &v))
		give_up(l, "not a number:", s);
	return v;
}

static void
change(struct letter *l, str *text, str setting)
{
	size_t arrow = find_text(setting, STR("->"));
	str old = str_trim_wsp(str_sub(setting, 0, arrow));
	str new = str_trim_wsp(str_skip(setting, arrow + 2));
	size_t at = find_text(*text, old);

	if (arrow == setting.n)
		give_up(l, "no arrow in", setting);
	else if (at == text->n)
		give_up(l, "not found:", old);
	else
		*text = splice(*text, at, old.n, new);
}

static str
copies(struct letter *l, str head, str n)
{
	str out = head;

	split_fields(l, head);
	for (uint64_t i = number_of(l, n); i > 1; i--)
		out = concat(out, l->field[l->n - 1]);
	return out;
}

static str
chain(struct letter *l, str head, str n)
{
	uint64_t sets = number_of(l, n);

	for (uint64_t k = 1; k <= sets; k++) {
		str i = STR_CAT(&arena, STR("i="), str_number(&arena, k));
		str tags = STR("; a=rsa-sha256; d=list.example; s=a; ");
		head = STR_CAT(&arena, STR("ARC-Seal: "), i, tags,
			k == 1 ? STR("cv=none") : STR("cv=pass"),
			STR("; b=@list\r\nARC-Message-Signature: "), i, tags,
			STR("c=relaxed/relaxed; h=from:subject; bh=@; b=@list"
			    "\r\nARC-Authentication-Results: "),
			i, STR("; mx.list.example; none\r\n"), head);
	}
	return head;
}

static void
settings_before(struct letter *l, const struct test_case *c, str *head)
{
	for (size_t i = 0; i < c->n_set; i++) {
		str key = c->set[i].key, value = c->set[i].value;

		if (str_eq(key, STR("copies")))
			*head = copies(l, *head, value);
		else if (str_eq(key, STR("chain")))
			*head = chain(l, *head, value);
		else if (str_eq(key, STR("before")))
			change(l, head, value);
		else if (str_eq(key, STR("body")))
			l->body = value;
	}
}

static void
settings_after(struct letter *l, const struct test_case *c, str *text)
{
	for (size_t i = 0; i < c->n_set; i++) {
		str key = c->set[i].key, value = c->set[i].value;

		if (str_eq(key, STR("change")))
			change(l, text, value);
		else if (str_eq(key, STR("append")))
			*text = concat(*text, value);
		else if (str_eq(key, STR("insert")))
			*text = STR_CAT(&arena, value, STR("\r\n"), *text);
	}
}

str
sign_case(struct arena *a, struct test_case *c)
{
	static struct letter l;

	(void)a; /* what signing.h makes lies in an arena of its own */
	if (arena.limit == 0)
		arena_init(&arena, (size_t)1 << 30, NULL, NULL);
	l = (struct letter){ .body = STR("Hello.\r\n") };
	str head = c->headers;
	settings_before(&l, c, &head);
	split_fields(&l, head);
	sign_all(&l);

	str text = STR_CAT(&arena, join_fields(&l), STR("\r\n"), l.body);
	settings_after(&l, c, &text);
	size_t end = find_text(text, STR("\r\n\r\n"));
	c->headers = str_sub(text, 0, end + 2);
	c->body = str_skip(text, end + 4);
	c->zone = expand_zone(c->zone, &l.trouble);
	return l.trouble;
}
