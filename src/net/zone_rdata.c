/*
 * zone_rdata.c - names, times and record data of master files.
 */
#include "net/zone_data.h"

#include "mailauth/buf.h"
#include "mailauth/ip.h"

enum { MAX_TTL = INT32_MAX }; /* RFC 2181 8 */

/*
 * One octet of a token.  *at is left behind it; *escaped says whether it was
 * written with a backslash.  False when the escape is none.
 */
static bool
read_octet(str s, size_t *at, char *c, bool *escaped)
{
	*c = s.p[(*at)++];
	*escaped = *c == '\\';
	if (!*escaped)
		return true;
	if (*at == s.n)
		return false;
	*c = s.p[(*at)++];
	if (!is_digit(*c))
		return true;

	uint64_t octet;
	if (!str_uint(str_sub(s, *at - 1, 3), 255, &octet) || s.n - *at < 2)
		return false;
	*at += 2;
	*c = (char)(unsigned char)octet;
	return true;
}

static bool
fail_escape(struct zone_lexer *x, const struct zone_token *t, size_t from)
{
	return zone_fail(
		x, t->line, STR("unknown escape"), str_sub(t->text, from, 4));
}

static bool
add_string(struct zone_lexer *x, const struct zone_token *t, struct buf *b)
{
	for (size_t i = 0; i < t->text.n;) {
		str plain = str_skip(t->text, i);
		char c;
		bool escaped;

		plain.n = str_find(plain, '\\');
		buf_add(b, plain);
		i += plain.n;
		if (i == t->text.n)
			break;
		size_t from = i;
		if (!read_octet(t->text, &i, &c, &escaped))
			return fail_escape(x, t, from);
		buf_char(b, c);
	}
	return true;
}

bool
zone_read_string(struct zone_lexer *x, const struct zone_token *t, str *out)
{
	struct buf b = { .arena = x->arena };

	if (!add_string(x, t, &b))
		return false;
	*out = buf_str(&b);
	return true;
}

/* --- names ----------------------------------------------------------- */

struct name {
	char p[2 * DNS_MAX_NAME + 2]; /* in record form */
	size_t n;
	size_t octets; /* without the escapes */
	size_t label;  /* octets of the last label */
	bool absolute; /* ended by a dot */
};

static const char *
name_dot(struct name *name)
{
	if (name->label == 0)
		return "empty label in name";
	if (name->octets == DNS_MAX_NAME)
		return NULL; /* it can only be the final dot, or the next octet
				fails */
	name->p[name->n++] = '.';
	name->octets++;
	name->label = 0;
	return NULL;
}

static const char *
name_octet(struct name *name, char c)
{
	if (name->octets >= DNS_MAX_NAME)
		return "name is longer than 253 octets";
	if (name->label == DNS_MAX_LABEL)
		return "label is longer than 63 octets";
	if (c == '.' || c == '\\')
		name->p[name->n++] = '\\';
	name->p[name->n++] = c;
	name->octets++;
	name->label++;
	return NULL;
}

/* Reads the labels of a token; false has reported the error. */
static bool
read_labels(struct zone_lexer *x, const struct zone_token *t, struct name *name)
{
	str s = t->text;

	for (size_t i = 0; i < s.n;) {
		char c;
		bool escaped;
		size_t from = i;
		if (!read_octet(s, &i, &c, &escaped))
			return fail_escape(x, t, from);
		const char *wrong = NULL;
		if (c != '.' || escaped)
			wrong = name_octet(name, c);
		else if (i == s.n && name->label > 0)
			name->absolute = true;
		else
			wrong = name_dot(name);
		if (wrong)
			return zone_fail(x, t->line, str_from(wrong), s);
	}
	return true;
}

/* Puts the origin behind a relative name. */
static bool
add_origin(struct name *name, str origin)
{
	if (origin.n == 0)
		return true;
	if (name->octets == DNS_MAX_NAME || name_dot(name))
		return false;
	for (size_t i = 0; i < origin.n; i++) {
		const char *wrong;
		if (origin.p[i] == '\\')
			wrong = name_octet(name, origin.p[++i]);
		else if (origin.p[i] == '.')
			wrong = name_dot(name);
		else
			wrong = name_octet(name, origin.p[i]);
		if (wrong)
			return false;
	}
	return true;
}

bool
zone_read_name(
	struct zone_lexer *x, const struct zone_token *t, str origin, str *out)
{
	struct name name = { .n = 0 };

	if (!t->quoted && str_eq(t->text, STR("@"))) {
		*out = origin;
		return true;
	}
	if (str_eq(t->text, STR("."))) {
		*out = STR("");
		return true;
	}
	if (t->text.n == 0)
		return zone_fail(x, t->line, STR("empty name"), (str){ 0 });
	if (!read_labels(x, t, &name))
		return false;
	if (!name.absolute && !add_origin(&name, origin))
		return zone_fail(x, t->line,
			STR("name with its origin is longer than 253 octets"),
			t->text);
	*out = arena_dup(x->arena, (str){ name.p, name.n });
	return true;
}

/* --- record data ----------------------------------------------------- */

static uint64_t
seconds_of(char unit)
{
	switch (to_lower(unit)) {
	case 's': return 1;
	case 'm': return 60;
	case 'h': return 3600;
	case 'd': return 86400;
	case 'w': return 604800;
	default: return 0;
	}
}

bool
zone_read_ttl(str s, uint32_t *out)
{
	uint64_t total = 0;

	if (s.n == 0)
		return false;
	while (s.n > 0) {
		size_t digits = 0;
		uint64_t v, unit = 1;
		while (digits < s.n && is_digit(s.p[digits]))
			digits++;
		if (!str_uint(str_sub(s, 0, digits), UINT32_MAX, &v))
			return false;
		s = str_skip(s, digits);
		if (s.n > 0) {
			unit = seconds_of(s.p[0]);
			s = str_skip(s, 1);
		}
		total += v * unit;
		if (unit == 0 || total > UINT32_MAX)
			return false;
	}
	*out = total > MAX_TTL ? 0 : (uint32_t)total;
	return true;
}

/* What is being read: the tokens behind the type. */
struct fields {
	struct zone_lexer *x;
	const struct zone_token *token;
	size_t n;
	size_t line;
	str origin;
	bool lax;
};

static bool
read_address(const struct fields *f, bool v6, struct dns_rr *rr)
{
	struct ip ip;
	str text = f->token[0].text;

	if (!(v6 ? ip_parse6(text, &ip) : ip_parse4(text, &ip)))
		return zone_fail(f->x, f->token[0].line,
			v6 ? STR("IPv6 address expected")
			   : STR("IPv4 address expected"),
			text);
	rr->data = arena_dup(
		f->x->arena, (str){ (const char *)ip.b, v6 ? 16 : 4 });
	return true;
}

static bool
read_mx(const struct fields *f, struct dns_rr *rr)
{
	uint64_t preference;

	if (!str_uint(f->token[0].text, UINT16_MAX, &preference))
		return zone_fail(f->x, f->token[0].line,
			STR("preference expected"), f->token[0].text);
	rr->preference = (unsigned)preference;
	return zone_read_name(f->x, &f->token[1], f->origin, &rr->data);
}

static bool
read_soa(const struct fields *f, struct dns_rr *rr)
{
	uint32_t number;
	str mailbox;

	for (size_t i = 2; i < f->n; i++)
		if (!zone_read_ttl(f->token[i].text, &number))
			return zone_fail(f->x, f->token[i].line,
				STR("number expected"), f->token[i].text);
	return zone_read_name(f->x, &f->token[1], f->origin, &mailbox) &&
	       zone_read_name(f->x, &f->token[0], f->origin, &rr->data);
}

static bool
read_text(const struct fields *f, struct dns_rr *rr)
{
	struct buf b = { .arena = f->x->arena };
	uint32_t *cut = NULL;

	if (f->n > 1)
		cut = arena_make(f->x->arena, f->n - 1, uint32_t);
	for (size_t i = 0; i < f->n; i++) {
		size_t from = b.n;
		if (i > 0)
			cut[i - 1] = (uint32_t)from;
		if (!add_string(f->x, &f->token[i], &b))
			return false;
		if (b.n - from > ZONE_MAX_STRING && !f->lax)
			return zone_fail(f->x, f->token[i].line,
				STR("string is longer than 255 octets"),
				f->token[i].text);
		if (b.n + i + 1 > ZONE_MAX_RDATA && !f->lax)
			return zone_fail(f->x, f->token[i].line,
				STR("record is longer than 64 KiB"),
				(str){ 0 });
	}
	rr->data = buf_str(&b);
	rr->cut = cut;
	rr->cuts = f->n - 1;
	return true;
}

static bool
read_fields(const struct fields *f, enum dns_type type, struct dns_rr *rr)
{
	switch (type) {
	case DNS_A: return read_address(f, false, rr);
	case DNS_AAAA: return read_address(f, true, rr);
	case DNS_MX: return read_mx(f, rr);
	case DNS_SOA: return read_soa(f, rr);
	case DNS_TXT:
	case DNS_SPF: return read_text(f, rr);
	case DNS_CNAME:
	case DNS_NS:
	case DNS_PTR:
		return zone_read_name(f->x, &f->token[0], f->origin, &rr->data);
	}
	return false;
}

/* The number of fields, at least and at most. */
static void
field_count(enum dns_type type, size_t *least, size_t *most)
{
	*least = *most = 1;
	if (type == DNS_MX)
		*least = *most = 2;
	else if (type == DNS_SOA)
		*least = *most = 7;
	else if (type == DNS_TXT || type == DNS_SPF)
		*most = SIZE_MAX;
}

bool
zone_read_rdata(struct zone_lexer *x, enum dns_type type,
	const struct zone_entry *e, size_t first, str origin, bool lax,
	struct dns_rr *rr)
{
	struct fields f = { x, e->token + first, e->n - first, e->line, origin,
		lax };
	size_t least, most;

	*rr = (struct dns_rr){ .preference = 0 };
	field_count(type, &least, &most);
	if (f.n > 0 && !f.token[0].quoted &&
		str_eq(f.token[0].text, STR("\\#")))
		return zone_fail(x, f.token[0].line,
			STR("\\# is not read for this type"),
			dns_type_word(type));
	if (f.n < least)
		return zone_fail(x, e->line, STR("record is not complete"),
			dns_type_word(type));
	if (f.n > most)
		return zone_fail(x, f.token[most].line,
			STR("record ends before this"), f.token[most].text);
	return read_fields(&f, type, rr);
}
