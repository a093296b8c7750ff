/*
 * zone_parse.c - what the entries of a master file mean. (RFC 1035 5.1)
 *
 * An entry is `owner [ttl] [class] type rdata`, TTL and class in either order;
 * an owner that is left out is that of the entry before.
 */
#include "net/zone_data.h"

enum { DEFAULT_TTL = 3600 };

struct parser {
	struct zone *zone;
	struct zone_lexer lexer;
	str origin;
	str owner; /* of the entry before; absent before the first */
	uint32_t ttl;
	bool ttl_set; /* by $TTL: what entries say no longer counts */
};

/* Types that we know to exist; a word that is not here is a slip. */
static const str other_types[] = { STR_INIT("A6"), STR_INIT("AFSDB"),
	STR_INIT("AMTRELAY"), STR_INIT("APL"), STR_INIT("ATMA"),
	STR_INIT("AVC"), STR_INIT("CAA"), STR_INIT("CDNSKEY"), STR_INIT("CDS"),
	STR_INIT("CERT"), STR_INIT("CSYNC"), STR_INIT("DELEG"),
	STR_INIT("DHCID"), STR_INIT("DLV"), STR_INIT("DNAME"),
	STR_INIT("DNSKEY"), STR_INIT("DOA"), STR_INIT("DS"), STR_INIT("DSYNC"),
	STR_INIT("EID"), STR_INIT("EUI48"), STR_INIT("EUI64"), STR_INIT("GID"),
	STR_INIT("GPOS"), STR_INIT("HHIT"), STR_INIT("HINFO"), STR_INIT("HIP"),
	STR_INIT("HTTPS"), STR_INIT("IPSECKEY"), STR_INIT("ISDN"),
	STR_INIT("KEY"), STR_INIT("KX"), STR_INIT("L32"), STR_INIT("L64"),
	STR_INIT("LOC"), STR_INIT("LP"), STR_INIT("MB"), STR_INIT("MD"),
	STR_INIT("MF"), STR_INIT("MG"), STR_INIT("MINFO"), STR_INIT("MR"),
	STR_INIT("NAPTR"), STR_INIT("NID"), STR_INIT("NIMLOC"),
	STR_INIT("NINFO"), STR_INIT("NSAP"), STR_INIT("NSAP-PTR"),
	STR_INIT("NSEC"), STR_INIT("NSEC3"), STR_INIT("NSEC3PARAM"),
	STR_INIT("NULL"), STR_INIT("NXNAME"), STR_INIT("NXT"),
	STR_INIT("OPENPGPKEY"), STR_INIT("PX"), STR_INIT("RESINFO"),
	STR_INIT("RKEY"), STR_INIT("RP"), STR_INIT("RRSIG"), STR_INIT("RT"),
	STR_INIT("SIG"), STR_INIT("SINK"), STR_INIT("SMIMEA"), STR_INIT("SRV"),
	STR_INIT("SSHFP"), STR_INIT("SVCB"), STR_INIT("TA"), STR_INIT("TALINK"),
	STR_INIT("TKEY"), STR_INIT("TLSA"), STR_INIT("TSIG"), STR_INIT("UID"),
	STR_INIT("UINFO"), STR_INIT("UNSPEC"), STR_INIT("URI"),
	STR_INIT("WALLET"), STR_INIT("WKS"), STR_INIT("X25"),
	STR_INIT("ZONEMD") };

bool
zone_is_other_type(str word)
{
	uint64_t number;

	if (str_istarts(word, STR("TYPE")) &&
		str_uint(str_skip(word, 4), UINT16_MAX, &number))
		return true;
	for (size_t i = 0; i < sizeof(other_types) / sizeof(str); i++)
		if (str_ieq(other_types[i], word))
			return true;
	return false;
}

static bool
is_other_class(str word)
{
	return str_ieq(word, STR("CH")) || str_ieq(word, STR("CHAOS")) ||
	       str_ieq(word, STR("HS")) || str_ieq(word, STR("HESIOD")) ||
	       str_ieq(word, STR("CS")) || str_ieq(word, STR("ANY")) ||
	       str_istarts(word, STR("CLASS"));
}

static const struct zone_token nothing;

/* The i-th token of an entry; an empty one behind the last. */
static const struct zone_token *
token_at(const struct zone_entry *e, size_t i)
{
	return i < e->n ? &e->token[i] : &nothing;
}

/* --- $ORIGIN, $TTL --------------------------------------------------- */

static bool
parse_origin(struct parser *p, const struct zone_entry *e)
{
	if (e->n != 2)
		return zone_fail(&p->lexer, e->line,
			STR("$ORIGIN takes one name"), (str){ 0 });
	return zone_read_name(&p->lexer, &e->token[1], p->origin, &p->origin);
}

static bool
parse_default_ttl(struct parser *p, const struct zone_entry *e)
{
	if (e->n != 2 || !zone_read_ttl(e->token[1].text, &p->ttl))
		return zone_fail(&p->lexer, e->line, STR("$TTL takes one time"),
			token_at(e, 1)->text);
	p->ttl_set = true;
	return true;
}

static bool
parse_control(struct parser *p, const struct zone_entry *e)
{
	str word = e->token[0].text;

	if (str_ieq(word, STR("$ORIGIN")))
		return parse_origin(p, e);
	if (str_ieq(word, STR("$TTL")))
		return parse_default_ttl(p, e);
	if (str_ieq(word, STR("$INCLUDE")))
		return zone_fail(&p->lexer, e->line,
			STR("$INCLUDE is not supported, name each file"),
			(str){ 0 });
	return zone_fail(
		&p->lexer, e->line, STR("unknown control entry"), word);
}

/* --- records --------------------------------------------------------- */

static bool
parse_owner(struct parser *p, const struct zone_entry *e, size_t *next)
{
	if (!e->blank_owner) {
		*next = 1;
		return zone_read_name(
			&p->lexer, &e->token[0], p->origin, &p->owner);
	}
	*next = 0;
	if (!p->owner.p)
		return zone_fail(&p->lexer, e->line,
			STR("the first record has no owner name"), (str){ 0 });
	return true;
}

/* TTL and class, each at most once, in either order. */
static bool
parse_ttl_class(struct parser *p, const struct zone_entry *e, size_t *next,
	uint32_t *ttl)
{
	bool had_ttl = false, had_class = false;

	*ttl = p->ttl;
	for (;; ++*next) {
		str word = token_at(e, *next)->text;
		if (!had_ttl && word.n > 0 && is_digit(word.p[0])) {
			if (!zone_read_ttl(word, ttl))
				return zone_fail(&p->lexer, e->line,
					STR("bad TTL"), word);
			had_ttl = true;
			if (!p->ttl_set) /* RFC 1035 5.1, RFC 2308 4 */
				p->ttl = *ttl;
		} else if (!had_class && str_ieq(word, STR("IN"))) {
			had_class = true;
		} else if (is_other_class(word)) {
			return zone_fail(&p->lexer, e->line,
				STR("only class IN is read"), word);
		} else {
			return true;
		}
	}
}

static bool
parse_record(struct parser *p, const struct zone_entry *e)
{
	size_t next;
	uint32_t ttl;
	struct dns_rr rr;

	if (!parse_owner(p, e, &next) || !parse_ttl_class(p, e, &next, &ttl))
		return false;
	if (next >= e->n)
		return zone_fail(&p->lexer, e->line,
			STR("record type expected at the end of the line"),
			(str){ 0 });

	const struct zone_token *word = &e->token[next];
	enum dns_type type = dns_type_from(word->text);
	if (type == 0 && zone_is_other_type(word->text)) {
		zone_add_name(p->zone, p->owner);
		return true;
	}
	if (type == 0)
		return zone_fail(&p->lexer, word->line,
			STR("unknown record type"), word->text);
	if (!zone_read_rdata(
		    &p->lexer, type, e, next + 1, p->origin, false, &rr))
		return false;
	zone_add(p->zone, p->owner, type, ttl, &rr);
	return true;
}

/* --- our own directives ---------------------------------------------- */

static const str status_words[] = {
	[DNS_NODATA] = STR_INIT("NODATA"),
	[DNS_NXDOMAIN] = STR_INIT("NXDOMAIN"),
	[DNS_SERVFAIL] = STR_INIT("SERVFAIL"),
	[DNS_REFUSED] = STR_INIT("REFUSED"),
	[DNS_TIMEOUT] = STR_INIT("TIMEOUT"),
	[DNS_BROKEN] = STR_INIT("BROKEN"),
	[DNS_LIMIT] = STR_INIT("LIMIT"),
};

enum { STATUS_WORDS = sizeof(status_words) / sizeof(str) };

str
zone_status_word(enum dns_status status)
{
	/* a name that cannot be asked is as good as one that is not there */
	return status_words[status].p ? status_words[status]
				      : status_words[DNS_NXDOMAIN];
}

static enum dns_status
status_from(str word)
{
	for (int s = 0; s < STATUS_WORDS; s++)
		if (status_words[s].p && str_ieq(status_words[s], word))
			return (enum dns_status)s;
	return DNS_UNKNOWN;
}

static bool
pin_record(struct parser *p, const struct zone_entry *e, struct zone_pin *pin)
{
	uint32_t ttl;
	struct dns_rr rr;

	if (!zone_read_ttl(token_at(e, 3)->text, &ttl))
		return zone_fail(&p->lexer, e->line, STR("bad TTL"),
			token_at(e, 3)->text);
	if (!zone_read_rdata(&p->lexer, pin->type, e, 4, p->origin, true, &rr))
		return false;
	zone_set_add(p->zone->arena, &pin->set, ttl, &rr);
	return true;
}

static bool
pin_word(struct parser *p, const struct zone_entry *e, struct zone_pin *pin)
{
	str word = e->token[2].text;

	if (str_ieq(word, STR("RECORD")))
		return pin_record(p, e, pin);
	if (str_ieq(word, STR("CNAME")) && e->n == 4)
		return zone_read_name(
			&p->lexer, &e->token[3], p->origin, &pin->canonical);
	if (str_ieq(word, STR("AD")) && e->n == 3) {
		pin->authentic = true;
		return true;
	}
	enum dns_status status = status_from(word);
	if (status == DNS_UNKNOWN || e->n != 3)
		return zone_fail(
			&p->lexer, e->line, STR("unknown directive"), word);
	pin->status = status;
	return true;
}

static bool
parse_directive(struct parser *p, const struct zone_entry *e)
{
	enum dns_type type = dns_type_from(token_at(e, 1)->text);
	str name;

	if (e->n < 3)
		return zone_fail(&p->lexer, e->line,
			STR("directive expected: ;!NAME TYPE WORD"),
			(str){ 0 });
	if (type == 0)
		return zone_fail(&p->lexer, e->line, STR("unknown record type"),
			e->token[1].text);
	if (!zone_read_name(&p->lexer, &e->token[0], p->origin, &name))
		return false;
	return pin_word(p, e, zone_pin(p->zone, name, type));
}

static bool
parse_entry(struct parser *p, const struct zone_entry *e)
{
	if (e->directive)
		return parse_directive(p, e);
	if (!e->blank_owner && !e->token[0].quoted &&
		str_starts(e->token[0].text, STR("$")))
		return parse_control(p, e);
	return parse_record(p, e);
}

bool
zone_parse(struct zone *z, str text, struct zone_error *error)
{
	struct zone_entry entry = { .n = 0 };
	struct parser p = {
		.zone = z,
		.lexer = { .arena = z->arena, .line = 1, .error = error },
		.origin = STR(""),
		.ttl = DEFAULT_TTL,
	};

	*error = (struct zone_error){ .line = 0 };
	if (str_starts(text, STR("\xef\xbb\xbf"))) /* a byte order mark */
		text = str_skip(text, 3);
	p.lexer.text = text;
	while (zone_next_entry(&p.lexer, &entry))
		if (!parse_entry(&p, &entry))
			return false;
	return error->line == 0;
}
