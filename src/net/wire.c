/*
 * wire.c - reads DNS responses.
 *
 * A cursor remembers that it ran off the message, so that a record is read in
 * a row and the question is put once.  The answer section is walked afresh
 * for every name of a CNAME chain: the chain is short, the order of records
 * means nothing, and nothing needs to be kept.
 */
#include "net/wire.h"

#include <string.h>

#include "mailauth/buf.h"
#include "net/name.h"

enum {
	HEADER = 12,
	MIN_RECORD = 11,
	MAX_MESSAGE = 65535,
	MAX_WIRE_NAME = 255, /* with length octets and the root */
	CLASS_IN = 1,
	TYPE_OPT = 41,
	FLAG_QR = 0x8000,
	FLAG_OPCODE = 0x7800,
	FLAG_TC = 0x0200,
	FLAG_RD = 0x0100,
	FLAG_AD = 0x0020,
	RCODE = 0x000f
};

/* --- questions ------------------------------------------------------- */

static unsigned char *
put16(unsigned char *p, unsigned v)
{
	*p++ = (unsigned char)(v >> 8);
	*p++ = (unsigned char)v;
	return p;
}

static unsigned char *
put_name(unsigned char *p, str name)
{
	str label;

	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	while (str_split(&name, '.', &label)) {
		*p++ = (unsigned char)label.n;
		memcpy(p, label.p, label.n);
		p += label.n;
	}
	*p++ = 0;
	return p;
}

size_t
wire_query(unsigned char out[WIRE_MAX_QUERY], unsigned id, enum dns_type type,
	str name, bool edns)
{
	unsigned char *p = out;

	p = put16(p, id);
	p = put16(p, FLAG_RD | FLAG_AD);
	p = put16(p, 1);
	p = put16(p, 0);
	p = put16(p, 0);
	p = put16(p, edns);
	p = put_name(p, name);
	p = put16(p, type);
	p = put16(p, CLASS_IN);
	if (edns) {
		*p++ = 0; /* the root */
		p = put16(p, TYPE_OPT);
		p = put16(p, WIRE_UDP_SIZE);
		memset(p, 0, 6); /* version, flags, no options */
		p += 6;
	}
	return (size_t)(p - out);
}

/* --- the cursor ------------------------------------------------------ */

struct cursor {
	str all;
	size_t at;
	bool bad; /* it ran off, or met what cannot be */
};

static unsigned
get8(struct cursor *c)
{
	if (c->bad || c->at >= c->all.n) {
		c->bad = true;
		return 0;
	}
	return (unsigned char)c->all.p[c->at++];
}

static unsigned
get16(struct cursor *c)
{
	unsigned high = get8(c);

	return high << 8 | get8(c);
}

static uint32_t
get32(struct cursor *c)
{
	uint32_t high = get16(c);

	return high << 16 | get16(c);
}

static str
get_bytes(struct cursor *c, size_t n)
{
	if (c->bad || n > c->all.n - c->at) {
		c->bad = true;
		return STR("");
	}
	c->at += n;
	return str_sub(c->all, c->at - n, n);
}

/* A time to live; the top bit makes it zero. (RFC 2181 8) */
static uint32_t
get_ttl(struct cursor *c)
{
	uint32_t ttl = get32(c);

	return ttl > INT32_MAX ? 0 : ttl;
}

/* --- names ----------------------------------------------------------- */

struct name {
	char p[2 * MAX_WIRE_NAME]; /* in the form of dns.h */
	size_t n;
	size_t octets; /* on the wire */
};

static str
name_str(const struct name *name)
{
	return (str){ name->p, name->n };
}

static bool
add_label(struct name *name, str label)
{
	name->octets += 1 + label.n;
	if (name->octets + 1 > MAX_WIRE_NAME)
		return false;
	if (name->n > 0)
		name->p[name->n++] = '.';
	for (size_t i = 0; i < label.n; i++) {
		if (label.p[i] == '.' || label.p[i] == '\\')
			name->p[name->n++] = '\\';
		name->p[name->n++] = label.p[i];
	}
	return true;
}

/*
 * A name, decompressed.  A pointer must lead to before everything read so
 * far, so there are no loops.
 */
static void
get_name(struct cursor *c, struct name *name)
{
	struct cursor from = *c;
	size_t first = c->at; /* where the earliest piece begins */
	bool jumped = false;

	name->n = name->octets = 0;
	for (;;) {
		unsigned n = get8(&from);
		if (n >= 0xc0) {
			size_t to = (n & 0x3f) << 8 | get8(&from);
			if (!jumped)
				c->at = from.at;
			jumped = true;
			from.bad |= to >= first;
			from.at = first = to;
		} else {
			from.bad |= n > DNS_MAX_LABEL;
			if (!from.bad && n > 0 &&
				!add_label(name, get_bytes(&from, n)))
				from.bad = true;
			if (from.bad || n == 0)
				break;
		}
	}
	if (!jumped)
		c->at = from.at;
	c->bad |= from.bad;
}

/* --- records --------------------------------------------------------- */

struct record {
	struct name owner;
	unsigned type, class;
	uint32_t ttl;
	struct cursor
		data; /* its end is the record's, its start the message's */
};

static void
get_record(struct cursor *c, struct record *r)
{
	get_name(c, &r->owner);
	r->type = get16(c);
	r->class = get16(c);
	r->ttl = get_ttl(c);
	size_t n = get16(c);
	r->data = *c;
	get_bytes(c, n);
	r->data.bad = c->bad;
	if (!c->bad)
		r->data.all.n = c->at;
}

static str
read_name(struct arena *a, struct cursor *c)
{
	struct name name;

	get_name(c, &name);
	return arena_dup(a, name_str(&name));
}

static void
skip_name(struct cursor *c)
{
	struct name name;

	get_name(c, &name);
}

static size_t
count_strings(struct cursor c)
{
	size_t n = 0;

	for (; !c.bad && c.at < c.all.n; n++)
		get_bytes(&c, get8(&c));
	return n;
}

static void
read_strings(struct arena *a, struct cursor *c, struct dns_rr *rr)
{
	struct buf b = { .arena = a };
	size_t n = count_strings(*c);
	uint32_t *cut = n > 1 ? arena_make(a, n - 1, uint32_t) : NULL;

	/* RFC 1035 3.3.14 wants one or more; none is as good as an empty one */
	for (size_t i = 0; !c->bad && c->at < c->all.n; i++) {
		if (i > 0)
			cut[i - 1] = (uint32_t)b.n;
		buf_add(&b, get_bytes(c, get8(c)));
	}
	rr->data = buf_str(&b);
	rr->cut = cut;
	rr->cuts = n > 1 ? n - 1 : 0;
}

/* False when the data is not what its type demands. */
static bool
read_rdata(
	struct arena *a, enum dns_type type, struct cursor c, struct dns_rr *rr)
{
	*rr = (struct dns_rr){ .preference = 0 };
	switch (type) {
	case DNS_A: rr->data = get_bytes(&c, 4); break;
	case DNS_AAAA: rr->data = get_bytes(&c, 16); break;
	case DNS_MX: rr->preference = get16(&c); /* fall through */
	case DNS_CNAME:
	case DNS_NS:
	case DNS_PTR: rr->data = read_name(a, &c); break;
	case DNS_SOA:
		rr->data = read_name(a, &c);
		skip_name(&c);
		get_bytes(&c, 5 * 4);
		break;
	case DNS_TXT:
	case DNS_SPF: read_strings(a, &c, rr); break;
	}
	return !c.bad && c.at == c.all.n;
}

/* --- answers --------------------------------------------------------- */

struct response {
	struct arena *arena;
	enum dns_type type;
	struct cursor answers; /* at the answer section */
	size_t n_answers, n_authority;
	struct dns_answer *out;
	struct dns_rr *rr; /* room for all the answers */
	size_t size;       /* octets of data so far */
};

static bool
add_record(struct response *r, const struct record *record)
{
	struct dns_answer *out = r->out;

	if (!r->rr)
		r->rr = arena_make(r->arena, r->n_answers, struct dns_rr);
	if (!read_rdata(r->arena, r->type, record->data, &r->rr[out->n]))
		return false;
	/* compressed names can be far larger than the message */
	r->size += r->rr[out->n].data.n;
	if (r->size > MAX_MESSAGE)
		return false;
	out->rr = r->rr;
	out->n++;
	return true;
}

/*
 * Collects what the answer section says of a name.  *alias tells that there
 * is a CNAME to follow, and *target where to.
 */
static bool
look_up(struct response *r, str name, bool *alias, struct name *target)
{
	struct cursor c = r->answers;
	struct record record;
	uint32_t alias_ttl = UINT32_MAX;

	*alias = false;
	for (size_t i = 0; i < r->n_answers; i++) {
		get_record(&c, &record);
		if (c.bad)
			return false;
		if (record.class != CLASS_IN ||
			!str_ieq(name_str(&record.owner), name))
			continue;
		if (record.type == (unsigned)r->type) {
			if (!add_record(r, &record))
				return false;
		} else if (record.type == DNS_CNAME && !*alias) {
			*alias = true;
			alias_ttl = record.ttl;
			get_name(&record.data, target);
			if (record.data.bad)
				return false;
			continue;
		} else {
			continue;
		}
		if (record.ttl < r->out->ttl)
			r->out->ttl = record.ttl;
	}
	if (r->out->n > 0)
		*alias = false;
	else if (alias_ttl < r->out->ttl)
		r->out->ttl = alias_ttl;
	return true;
}

/* The records at the end of the chain that begins with name. */
static bool
follow(struct response *r, str name)
{
	bool alias;
	struct name target;

	for (int hops = 0; hops <= WIRE_MAX_CHAIN; hops++) {
		if (!look_up(r, name, &alias, &target))
			return false;
		if (!alias)
			return true;
		name = arena_dup(r->arena, name_str(&target));
		r->out->canonical = name;
	}
	return false;
}

/* How long the absence may be remembered. (RFC 2308 5) */
static uint32_t
negative_ttl(const struct response *r)
{
	struct cursor c = r->answers;
	struct record record;

	for (size_t i = 0; i < r->n_answers; i++)
		get_record(&c, &record);
	for (size_t i = 0; i < r->n_authority && !c.bad; i++) {
		get_record(&c, &record);
		if (c.bad || record.type != DNS_SOA)
			continue;
		skip_name(&record.data);
		skip_name(&record.data);
		get_bytes(&record.data, 4 * 4);
		uint32_t minimum = get_ttl(&record.data);
		if (record.data.bad)
			break;
		return minimum < record.ttl ? minimum : record.ttl;
	}
	return 0;
}

static bool
is_question(struct cursor *c, enum dns_type type, str name)
{
	struct name asked;

	get_name(c, &asked);
	return get16(c) == (unsigned)type && get16(c) == CLASS_IN && !c->bad &&
	       str_ieq(name_str(&asked), name);
}

static bool
read_sections(struct response *r, unsigned rcode, str name)
{
	struct dns_answer *out = r->out;

	out->ttl = UINT32_MAX;
	if (!follow(r, name))
		return false;
	if (rcode == WIRE_NOERROR && out->n > 0) {
		out->status = DNS_OK;
		return true;
	}
	out->n = 0;
	out->rr = NULL;
	out->status = rcode == WIRE_NXDOMAIN ? DNS_NXDOMAIN : DNS_NODATA;
	uint32_t ttl = negative_ttl(r);
	if (ttl < out->ttl)
		out->ttl = ttl;
	return true;
}

static bool
read_message(struct arena *a, str message, enum dns_type type, str name,
	struct dns_answer *out)
{
	struct cursor c = { .all = message };
	get16(&c);
	unsigned flags = get16(&c), rcode = flags & RCODE;
	unsigned questions = get16(&c);
	struct response r = { .arena = a, .type = type, .out = out };
	r.n_answers = get16(&c);
	r.n_authority = get16(&c);
	get16(&c);

	if (c.bad || message.n > MAX_MESSAGE || !(flags & FLAG_QR) ||
		(flags & FLAG_OPCODE) || r.n_answers > message.n / MIN_RECORD)
		return false;
	bool failed = rcode != WIRE_NOERROR && rcode != WIRE_NXDOMAIN;
	name = name_escaped(a, name);
	/* some leave the question out when they do not want to answer */
	if (!(failed && questions == 0) &&
		(questions != 1 || !is_question(&c, type, name)))
		return false;
	out->authentic = (flags & FLAG_AD) && !failed;
	if (failed) {
		out->status =
			rcode == WIRE_SERVFAIL ? DNS_SERVFAIL : DNS_REFUSED;
		return true;
	}
	r.answers = c;
	return !(flags & FLAG_TC) && read_sections(&r, rcode, name);
}

unsigned
wire_rcode(str message)
{
	return message.n < HEADER ? WIRE_NOERROR
				  : (unsigned char)message.p[3] & RCODE;
}

void
wire_answer(struct arena *a, str message, enum dns_type type, str name,
	struct dns_answer *out)
{
	*out = (struct dns_answer){ .status = DNS_UNKNOWN };
	if (!read_message(a, message, type, name, out))
		*out = (struct dns_answer){ .status = DNS_BROKEN };
}
