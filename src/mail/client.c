/*
 * client.c - who was the client?  The trace fields of a message as witnesses.
 *
 * All of them may be forged below the first line that our own side wrote, so
 * the search stops at the newest line that names a stranger.
 */
#include "mailauth/received.h"
#include "mailauth/address.h"
#include "mailauth/domain.h"
#include "mailauth/time.h"
#include "mail/cfws.h"

/*
 * Is the client of this line one of our relays?  A name is compared with the
 * reverse name only: the helo is the client's own word, and would let a
 * stranger hide behind lines that he wrote himself.
 */
static bool
is_relay(const struct received *r, const struct client_options *o)
{
	for (size_t i = 0; i < o->relays; i++) {
		const struct relay *relay = &o->relay[i];
		if (relay->name.p ? domain_at_or_below(r->name, relay->name)
				  : ip_in(r->ip, relay->net, relay->prefix))
			return true;
	}
	return false;
}

static bool
is_stranger(const struct received *r, const struct client_options *o)
{
	return ip_is_public(r->ip) && !is_relay(r, o);
}

/*
 * It came from another host, and the line does not say where: what stands
 * below may be forged by that host.  Programs that hand over locally (Exim,
 * LMTP, MAPI) have no address to write.
 */
static bool
hides_client(const struct received *r)
{
	static const str local[] = {
		STR_INIT("local"),
		STR_INIT("lmtp"),
		STR_INIT("mapi"),
		STR_INIT("http"),
	};

	if (r->ip.family != 0 || !r->helo.p)
		return false;
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if (str_istarts(r->with, local[i]))
			return false;
	return true;
}

static void
take_ip(struct client *c, struct ip ip, enum client_source source)
{
	if (c->ip_source != SOURCE_NONE || ip.family == 0)
		return;
	c->ip = ip;
	c->ip_source = source;
}

static void
take_helo(struct client *c, str helo, enum client_source source)
{
	helo = str_trim_dot(helo);
	if (c->helo_source != SOURCE_NONE || helo.n == 0)
		return;
	c->helo = helo;
	c->helo_source = source;
}

/* An address of the envelope; what is none is not believed. */
static void
take_mail_from(
	struct arena *a, struct client *c, str path, enum client_source source)
{
	struct address address;

	if (c->mail_from_source != SOURCE_NONE || !path.p ||
		!address_parse_path(a, path, &address))
		return;
	c->mail_from = address.text;
	c->mail_from_source = source;
}

static void
take_line(struct arena *a, struct client *c, const struct received *r,
	unsigned line)
{
	c->line = line;
	c->time = r->time;
	take_ip(c, r->ip, SOURCE_RECEIVED);
	take_helo(c, r->helo, SOURCE_RECEIVED);
	take_mail_from(a, c, r->envelope_from, SOURCE_RECEIVED);
}

/* The fields of a name from the top; NULL when there are no more. */
static const struct field *
next_field(const struct message *m, const struct field *top, size_t *at)
{
	if (!top)
		return NULL;
	while (*at < m->n) {
		const struct field *f = &m->field[(*at)++];
		if (f->name_id == top->name_id)
			return f;
	}
	return NULL;
}

/*
 * Returns how many fields, from the top, may be believed: all above the line
 * that follows the one where the search ends.  A host writes other trace
 * fields above its Received line or, as Gmail does, right below; what stands
 * lower came with the message.
 */
static size_t
search_received(struct arena *a, const struct message *m,
	const struct client_options *o, struct client *c)
{
	const struct field *top = message_top(m, STR("Received")), *f;
	size_t at = 0;

	for (unsigned line = 1; (f = next_field(m, top, &at)); line++) {
		struct received r = received_parse(a, f);
		if (line == 1)
			c->time = r.time;
		/* a client that was given has its line, too */
		bool found = o->hop > 0 ? line == o->hop
			     : c->ip_source == SOURCE_OPTION
				     ? ip_eq(r.ip, c->ip)
				     : is_stranger(&r, o);
		bool hidden = o->hop == 0 && c->ip_source != SOURCE_OPTION &&
			      hides_client(&r);
		if (found)
			take_line(a, c, &r, line);
		if (found || hidden) {
			f = next_field(m, top, &at);
			return f ? (size_t)(f - m->field) : m->n;
		}
	}
	return m->n;
}

struct claims { /* of a Received-SPF field */
	struct ip ip;
	str helo, envelope_from;
};

static void
read_pair(struct arena *a, struct claims *out, str pair)
{
	struct buf b = { .arena = a };
	size_t equals = str_find(pair, '=');
	str key = str_sub(pair, 0, equals);

	cfws_add_unquoted(&b, str_skip(pair, equals + 1));
	str value = buf_str(&b);
	if (equals == pair.n)
		return;
	if (str_ieq(key, STR("client-ip"))) {
		if (ip_parse(value, &out->ip))
			out->ip = ip_unmap(out->ip);
	} else if (str_ieq(key, STR("helo"))) {
		out->helo = value;
	} else if (str_ieq(key, STR("envelope-from"))) {
		out->envelope_from = value;
	}
}

/* RFC 7208 9.1, also without semicolons and with comments anywhere. */
static struct claims
read_received_spf(struct arena *a, str s)
{
	struct claims claims = { 0 };
	bool quotes = true;
	size_t end;

	for (size_t at = 0; at < s.n; at = end) {
		end = at + 1;
		if (s.p[at] == '(') {
			end = cfws_closed_at(s, at);
			if (end == 0)
				break; /* its inside may be the sender's */
		} else if (!is_fws(s.p[at]) && s.p[at] != ';') {
			end = cfws_word_end(s, at, ';', &quotes);
			read_pair(a, &claims, str_sub(s, at, end - at));
		}
	}
	return claims;
}

/*
 * The topmost that speaks of the client we know, or the topmost when we know
 * none.  When all speak of others, the topmost is kept in mind: it may be right
 * where a relay of ours has a public address.
 */
static void
search_received_spf(struct arena *a, const struct message *m, size_t believed,
	struct client *c)
{
	const struct field *top = message_top(m, STR("Received-SPF")), *f;
	size_t at = 0;

	while ((f = next_field(m, top, &at)) && at <= believed) {
		struct claims claims = read_received_spf(a, f->value);
		if (claims.ip.family == 0)
			continue;
		if (c->ip.family != 0 && !ip_eq(claims.ip, c->ip)) {
			if (c->recorded.family == 0)
				c->recorded = claims.ip;
			continue;
		}
		c->recorded = (struct ip){ 0 };
		take_ip(c, claims.ip, SOURCE_RECEIVED_SPF);
		take_helo(c, claims.helo, SOURCE_RECEIVED_SPF);
		take_mail_from(a, c, claims.envelope_from, SOURCE_RECEIVED_SPF);
		return;
	}
}

struct client
client_find(struct arena *a, const struct message *m,
	const struct client_options *o)
{
	struct client c = o->given;
	const struct field *path = message_top(m, STR("Return-Path"));

	c.line = 0;
	c.time = TIME_UNKNOWN;
	size_t believed = search_received(a, m, o, &c);
	search_received_spf(a, m, believed, &c);
	if (path && path < m->field + believed)
		take_mail_from(
			a, &c, str_trim_fws(path->value), SOURCE_RETURN_PATH);
	return c;
}
