/*
 * zone_write.c - what a store has been told, as a master file.
 *
 * First the answers are written as plain records, so that people can read the
 * file and any name server can serve it.  Then the text is read again, and
 * each answer that it does not give exactly (failures, empty answers, answers
 * that contradict each other) is pinned by directives.  So nothing has to be
 * proved about the plain part.
 */
#include "net/zone_data.h"

#include <string.h>

#include "mailauth/buf.h"
#include "mailauth/ip.h"
#include "net/name.h"

/* --- text ------------------------------------------------------------ */

static void
write_octet(struct buf *b, char c, const char *special)
{
	unsigned char u = (unsigned char)c;

	if (u <= 0x20 || u >= 0x7f) {
		buf_char(b, '\\');
		buf_char(b, (char)('0' + u / 100));
		buf_char(b, (char)('0' + u / 10 % 10));
		buf_char(b, (char)('0' + u % 10));
		return;
	}
	if (strchr(special, c))
		buf_char(b, '\\');
	buf_char(b, c);
}

static const char name_special[] = "\"();@$\\";

/* A name as it stands in records: its escapes are ours already. */
static void
write_name(struct buf *b, str name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '\\' && i + 1 < name.n) {
			buf_char(b, '\\');
			buf_char(b, name.p[++i]);
		} else {
			write_octet(b, name.p[i], name_special);
		}
	}
	buf_char(b, '.');
}

/* A name as it is asked: only dots mean something. */
static void
write_asked(struct buf *b, str name)
{
	for (size_t i = 0; i < name.n; i++)
		write_octet(b, name.p[i], name_special);
	buf_char(b, '.');
}

static void
write_string(struct buf *b, str s)
{
	buf_char(b, '"');
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == ' ')
			buf_char(b, ' ');
		else
			write_octet(b, s.p[i], "\"\\");
	buf_char(b, '"');
}

static void
write_strings(struct buf *b, const struct dns_rr *rr)
{
	for (size_t i = 0, from = 0; i <= rr->cuts; i++) {
		size_t to = i < rr->cuts ? rr->cut[i] : rr->data.n;
		if (i > 0)
			buf_char(b, ' ');
		write_string(b, str_sub(rr->data, from, to - from));
		from = to;
	}
}

static void
write_address(struct buf *b, str data)
{
	struct ip ip = { .family = data.n == 4 ? 4 : 6 };

	if (data.n <= sizeof(ip.b))
		memcpy(ip.b, data.p, data.n);
	buf_add(b, ip_format(b->arena, ip));
}

static void
write_rdata(struct buf *b, enum dns_type type, const struct dns_rr *rr)
{
	switch (type) {
	case DNS_A:
	case DNS_AAAA: write_address(b, rr->data); return;
	case DNS_TXT:
	case DNS_SPF: write_strings(b, rr); return;
	case DNS_MX:
		buf_uint(b, rr->preference);
		buf_char(b, ' ');
		write_name(b, rr->data);
		return;
	case DNS_SOA:
		write_name(b, rr->data);
		buf_add(b, STR(" . 1 3600 600 86400 3600"));
		return;
	case DNS_CNAME:
	case DNS_NS:
	case DNS_PTR: write_name(b, rr->data); return;
	}
}

static void
write_ttl_type(struct buf *b, uint32_t ttl, enum dns_type type)
{
	buf_char(b, '\t');
	buf_uint(b, ttl);
	buf_add(b, STR("\tIN\t"));
	buf_add(b, dns_type_word(type));
	buf_char(b, '\t');
}

/* --- plain records --------------------------------------------------- */

/* The owner of an answer's records. */
static str
owner_of(struct arena *a, const struct dns_question *q)
{
	return q->answer->canonical.p ? q->answer->canonical
				      : name_escaped(a, q->name);
}

static str
name_text(struct arena *a, str name)
{
	struct buf b = { .arena = a };

	write_name(&b, name);
	return buf_str(&b);
}

struct written {
	str owner;
	enum dns_type type;
};

struct writer {
	struct buf text;
	const struct zone *before; /* what stands in the file already */
	struct written written[2 * DNS_MAX_QUESTIONS];
	size_t n;
};

/* Notes that (owner, type) is written; false when it was before. */
static bool
write_once(struct writer *w, str owner, enum dns_type type)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->written[i].type == type &&
			str_ieq(w->written[i].owner, owner))
			return false;
	w->written[w->n++] = (struct written){ owner, type };
	return true;
}

static bool
is_owner(const struct writer *w, str owner)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_ieq(w->written[i].owner, owner))
			return true;
	return false;
}

static void
write_alias(struct writer *w, const struct dns_question *q)
{
	struct buf owner = { .arena = w->text.arena };

	write_asked(&owner, q->name);
	/* a CNAME stands alone; the second pass mends what gets lost here */
	if (is_owner(w, buf_str(&owner)) ||
		zone_is_used(w->before, name_escaped(w->text.arena, q->name)))
		return;
	write_once(w, buf_str(&owner), DNS_CNAME);
	buf_add(&w->text, buf_str(&owner));
	write_ttl_type(&w->text, q->answer->ttl, DNS_CNAME);
	write_name(&w->text, q->answer->canonical);
	buf_char(&w->text, '\n');
}

/* Could a master file have it?  Other sources may know no string borders. */
static bool
is_writable(const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->n; i++) {
		const struct dns_rr *rr = &answer->rr[i];
		if (rr->data.n + rr->cuts + 1 > ZONE_MAX_RDATA)
			return false;
		for (size_t c = 0, from = 0; c <= rr->cuts; c++) {
			size_t to = c < rr->cuts ? rr->cut[c] : rr->data.n;
			if (to - from > ZONE_MAX_STRING)
				return false;
			from = to;
		}
	}
	return true;
}

/* Is it told already, or would it stand beside a CNAME? */
static bool
is_taken(const struct zone *z, str name, enum dns_type type)
{
	return zone_has(z, name, type) || zone_has_pin(z, name, type) ||
	       zone_has(z, name, DNS_CNAME);
}

static void
write_records(struct writer *w, const struct dns_question *q)
{
	const struct dns_answer *answer = q->answer;
	struct arena *a = w->text.arena;
	str name = owner_of(a, q), owner = name_text(a, name);

	if (answer->canonical.p)
		write_alias(w, q);
	if (answer->status != DNS_OK || !is_writable(answer) ||
		is_taken(w->before, name, q->type) ||
		!write_once(w, owner, q->type))
		return;
	for (size_t i = 0; i < answer->n; i++) {
		buf_add(&w->text, owner);
		write_ttl_type(&w->text, answer->ttl, q->type);
		write_rdata(&w->text, q->type, &answer->rr[i]);
		buf_char(&w->text, '\n');
	}
}

/* --- what the records do not say ------------------------------------- */

/* AD aside. */
static bool
same_answer(const struct dns_answer *a, const struct dns_answer *b)
{
	if (a->status != b->status || a->n != b->n ||
		(a->canonical.p == NULL) != (b->canonical.p == NULL) ||
		!str_eq(a->canonical, b->canonical) ||
		(a->status == DNS_OK && a->ttl != b->ttl))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!zone_rr_eq(&a->rr[i], &b->rr[i]))
			return false;
	return true;
}

static void
begin_pin(struct buf *b, const struct dns_question *q, str word)
{
	buf_add(b, STR(";!"));
	write_asked(b, q->name);
	buf_char(b, ' ');
	buf_add(b, dns_type_word(q->type));
	buf_char(b, ' ');
	buf_add(b, word);
}

static void
pin_answer(struct buf *b, const struct dns_question *q)
{
	const struct dns_answer *answer = q->answer;

	if (answer->canonical.p) {
		begin_pin(b, q, STR("CNAME "));
		write_name(b, answer->canonical);
		buf_char(b, '\n');
	}
	if (answer->status != DNS_OK) {
		begin_pin(b, q, zone_status_word(answer->status));
		buf_char(b, '\n');
	}
	for (size_t i = 0; i < answer->n; i++) {
		begin_pin(b, q, STR("RECORD "));
		buf_uint(b, answer->ttl);
		buf_char(b, ' ');
		write_rdata(b, q->type, &answer->rr[i]);
		buf_char(b, '\n');
	}
}

/* Pins each answer that the zone does not give; tells whether there was one. */
static bool
pin_what_differs(struct buf *b, const struct zone *z,
	struct dns_question *const *question, size_t n)
{
	size_t before = b->n;
	struct dns_answer replayed;

	for (size_t i = 0; i < n; i++) {
		const struct dns_question *q = question[i];
		if (q->answer->status == DNS_UNKNOWN)
			continue;
		zone_answer(z, b->arena, q->type, q->name, &replayed);
		if (!same_answer(&replayed, q->answer))
			pin_answer(b, q);
		if (q->answer->authentic && !replayed.authentic)
			begin_pin(b, q, STR("AD\n"));
	}
	return b->n > before;
}

/*
 * A pin may get into the way of answers whose CNAMEs lead to it, so it takes
 * rounds; an answer that is pinned itself stays.
 */
static void
pin_all(struct buf *text, struct zone *z, struct dns_question *const *question,
	size_t n)
{
	struct zone_error error;
	size_t from = text->n;

	while (pin_what_differs(text, z, question, n)) {
		str pins = str_skip(buf_str(text), from);
		if (!zone_parse(z, arena_dup(z->arena, pins), &error))
			return;
		from = text->n;
	}
}

/*
 * Could what comes later change it?  Records stay, but below a name that does
 * not exist, or at its end of a CNAME, some may still be told of.
 */
static bool
may_change(const struct zone *z, const struct dns_question *q, str name)
{
	switch (q->answer->status) {
	case DNS_NXDOMAIN: return true;
	case DNS_NODATA:
		return q->answer->canonical.p || !zone_has_name(z, name);
	default: return false;
	}
}

/* From now on it is told: see zone_is_told(). */
static void
mark_told(struct buf *b, struct zone *z, const struct dns_question *q)
{
	str name = name_escaped(b->arena, q->name);

	if (q->answer->status == DNS_UNKNOWN || zone_has_pin(z, name, q->type))
		return;
	struct zone_pin *pin = zone_pin(z, arena_dup(z->arena, name), q->type);
	if (!may_change(z, q, name))
		return;
	pin_answer(b, q);
	pin->status = q->answer->status;
	if (q->answer->canonical.p)
		pin->canonical = arena_dup(z->arena, q->answer->canonical);
}

bool
zone_is_told(
	const struct zone *z, struct arena *a, enum dns_type type, str name)
{
	name = name_escaped(a, name);
	return zone_has(z, name, type) || zone_has_pin(z, name, type);
}

static void
write_answers(struct buf *out, struct zone *z, const struct dns *dns)
{
	struct arena *a = out->arena;
	struct writer *w = arena_new(a, struct writer);
	struct zone_error error;
	size_t n;
	struct dns_question *const *question = dns_questions(dns, &n);

	w->text.arena = a;
	w->before = z;
	for (size_t i = 0; i < n; i++)
		if (question[i]->answer->status != DNS_UNKNOWN)
			write_records(w, question[i]);
	if (w->text.n > 0)
		zone_parse(z, arena_dup(z->arena, buf_str(&w->text)), &error);
	pin_all(&w->text, z, question, n);
	buf_add(out, buf_str(&w->text));
}

str
zone_write_more(struct arena *a, struct zone *z, const struct dns *dns)
{
	struct buf b = { .arena = a };
	size_t n;
	struct dns_question *const *question = dns_questions(dns, &n);

	write_answers(&b, z, dns);
	for (size_t i = 0; i < n; i++)
		mark_told(&b, z, question[i]);
	return buf_str(&b);
}

str
zone_first_line(void)
{
	return STR("; DNS answers saved by mailauth; give them back with"
		   " mailauth --zone FILE\n");
}

str
zone_write(struct arena *a, const struct dns *dns)
{
	struct buf b = { .arena = a };

	buf_add(&b, zone_first_line());
	write_answers(&b, zone_new(a), dns);
	return buf_str(&b);
}
