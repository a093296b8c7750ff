/*
 * key_mend.c - the key record that was meant.
 *
 * What is left of a record after a panel, a shell and an editor: the tags are
 * looked for wherever they stand, and the record is written anew.  That it is
 * the right one shows in the key, which must be as long as it says.
 */
#include "key_record.h"

#include "mailauth/base64.h"

enum {
	ARMOUR = 40,    /* octets between the dashes, at most */
	BARE_KEY = 100, /* digits of a key that has no p= before it */
	VALUE = 60      /* octets of another tag */
};

/* --- what is no part of any record ----------------------------------- */

/* The octets at i that nobody meant; 0 when they may stand. */
static size_t
junk_at(str s, size_t i, bool *blank)
{
	static const struct {
		str text;
		bool blank;
	} junk[] = {
		{ STR_INIT("\""), true },
		{ STR_INIT("\\"), false },
		{ STR_INIT("("), true },
		{ STR_INIT(")"), true },
		{ STR_INIT("\xE2\x80\x98"), true }, /* quotes of a typist */
		{ STR_INIT("\xE2\x80\x99"), true },
		{ STR_INIT("\xE2\x80\x9C"), true },
		{ STR_INIT("\xE2\x80\x9D"), true },
		{ STR_INIT("\xE2\x80\x8B"), false }, /* of no width */
		{ STR_INIT("\xEF\xBB\xBF"), false },
		{ STR_INIT("\xC2\xA0"), true },
		{ STR_INIT("\r"), true },
		{ STR_INIT("\n"), true },
	};

	for (size_t k = 0; k < sizeof(junk) / sizeof(junk[0]); k++)
		if (str_starts(str_skip(s, i), junk[k].text)) {
			*blank = junk[k].blank;
			return junk[k].text.n;
		}
	return 0;
}

/* "-----BEGIN PUBLIC KEY-----" */
static size_t
armour_at(str s, size_t i)
{
	static const str dashes = STR_INIT("-----");
	str rest = str_skip(s, i);

	if (!str_starts(rest, dashes))
		return 0;
	rest = str_sub(rest, dashes.n, ARMOUR);
	size_t n = str_ifind(rest, dashes);
	return n < rest.n ? 2 * dashes.n + n : 0;
}

static str
cleaned(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < s.n;) {
		bool blank = true;
		size_t n = junk_at(s, i, &blank);
		if (n == 0)
			n = armour_at(s, i);
		if (n == 0)
			buf_char(&b, s.p[i++]);
		else if (blank)
			buf_char(&b, ' ');
		i += n;
	}
	return buf_str(&b);
}

/* --- the tags -------------------------------------------------------- */

static const char names[] = "vkhstp"; /* as they are written */
enum { TAGS = sizeof(names) - 1, TAG_P = TAGS - 1 };

struct pieces {
	str value[TAGS]; /* absent: not there */
	bool twice;      /* with different values */
};

/* A tag of ours begins at i: its name and, after blanks, "=". */
static bool
tag_at(str s, size_t i, size_t *which, size_t *value)
{
	if (i > 0 && !is_one_of(s.p[i - 1], " \t;,:="))
		return false;
	for (*which = 0; *which < TAGS; ++*which)
		if (to_lower(s.p[i]) == names[*which])
			break;
	if (*which == TAGS)
		return false;
	for (i++; i < s.n && is_wsp(s.p[i]);)
		i++;
	*value = i + 1;
	return i < s.n && s.p[i] == '=';
}

static str
without_end(str s)
{
	s = str_trim_wsp(s);
	while (s.n > 0 && is_one_of(s.p[s.n - 1], ";,:. \t"))
		s.n--;
	return s;
}

static void
take(struct pieces *p, size_t which, str value)
{
	value = without_end(value);
	if (p->value[which].n == 0)
		p->value[which] = value;
	else
		p->twice |= !str_eq(p->value[which], value);
}

static struct pieces
read_pieces(str s)
{
	struct pieces p = { .twice = false };
	size_t which, value;

	for (size_t i = 0; i < s.n;) {
		if (!tag_at(s, i, &which, &value)) {
			i++;
			continue;
		}
		size_t end = value, w, v;
		while (end < s.n && s.p[end] != ';' && !tag_at(s, end, &w, &v))
			end++;
		take(&p, which, str_sub(s, value, end - value));
		i = end;
	}
	return p;
}

/* --- the key --------------------------------------------------------- */

static bool
is_base64(char c)
{
	return is_alnum(c) || c == '+' || c == '/';
}

static str
digits_only(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < s.n; i++)
		if (is_base64(s.p[i]))
			buf_char(&b, s.p[i]);
	return buf_str(&b);
}

/* A long run of digits, where p= was forgotten. */
static str
bare_key(str s)
{
	for (size_t i = 0, n; i < s.n; i += n + 1) {
		for (n = 0; i + n < s.n && is_base64(s.p[i + n]);)
			n++;
		if (n >= BARE_KEY)
			return str_skip(s, i);
	}
	return (str){ 0 };
}

/* The octets of the key when it is whole, and its kind. */
static str
key_bytes(struct arena *a, str value, str *kind)
{
	str data = { 0 };
	bool read = base64_decode(a, digits_only(a, value), &data, NULL);
	struct key_look look = public_key_look(data);

	*kind = look.shape == SHAPE_RSA ? STR("rsa") : STR("ed25519");
	if (!read)
		return (str){ 0 };
	if (look.shape == SHAPE_ED25519)
		return look.raw;
	if (look.shape == SHAPE_RSA && look.error == KEY_OK &&
		look.whole == data.n)
		return data;
	return look.shape == SHAPE_RAW ? data : (str){ 0 };
}

static void
add_tag(struct buf *b, char name, str value)
{
	if (b->n > 0)
		buf_add(b, STR("; "));
	buf_char(b, name);
	buf_char(b, '=');
	buf_add(b, value);
}

static str
write_record(struct arena *a, const struct pieces *p, str kind, str data)
{
	struct buf b = { .arena = a };

	add_tag(&b, 'v', STR("DKIM1"));
	add_tag(&b, 'k', kind);
	for (size_t i = 2; i < TAG_P; i++)
		if (p->value[i].n > 0 && p->value[i].n <= VALUE)
			add_tag(&b, names[i], p->value[i]);
	add_tag(&b, 'p', base64_encode(a, data));
	return buf_str(&b);
}

str
key_record_mended(struct arena *a, str text)
{
	str s = cleaned(a, text), kind;
	struct pieces p = read_pieces(s);
	str value = p.value[TAG_P];

	if (!value.p)
		value = bare_key(s);
	if (p.twice || value.n == 0)
		return (str){ 0 };
	str data = key_bytes(a, value, &kind);
	if (data.n == 0)
		return (str){ 0 };
	str out = write_record(a, &p, kind, data);
	struct key_record mended = key_record_read(a, STR(""), out);
	return key_record_works(&mended) && !str_eq(out, text) ? out
							       : (str){ 0 };
}
