/*
 * then.c - then and now: what was true when the message was received.
 */
#include "dkim.h"

#include "mailauth/time.h"

#include "recorded.h"

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR, YEAR = 365 * DAY };

int64_t
find_received(const struct find *f)
{
	if (f->client->line == 1) /* it was read */
		return f->client->time;
	const struct field *line = message_top(f->message, STR("Received"));
	int64_t time = line ? received_time(line) : TIME_UNKNOWN;

	return time != TIME_UNKNOWN ? time : f->client->time;
}

str
find_age(struct find *f, int64_t seconds)
{
	static const struct {
		int64_t least, unit;
		str one, many;
	} units[] = {
		{ 2 * YEAR, YEAR, STR_INIT(" year"), STR_INIT(" years") },
		{ 2 * DAY, DAY, STR_INIT(" day"), STR_INIT(" days") },
		{ 2 * HOUR, HOUR, STR_INIT(" hour"), STR_INIT(" hours") },
		{ 2 * MINUTE, MINUTE, STR_INIT(" minute"),
			STR_INIT(" minutes") },
		{ 0, 1, STR_INIT(" second"), STR_INIT(" seconds") },
	};
	size_t i = 0;

	seconds = seconds < 0 ? 0 : seconds;
	while (seconds < units[i].least)
		i++;
	int64_t n = seconds / units[i].unit;
	return STR_CAT(f->arena, find_number(f, (uint64_t)n),
		n == 1 ? units[i].one : units[i].many);
}

/* The Received line that the host at the border wrote; NULL: none. */
static const struct field *
border_line(const struct find *f)
{
	unsigned left = f->client->line > 0 ? f->client->line : 1;
	const struct message *m = f->message;

	for (size_t i = 0; i < m->n; i++)
		if (str_ieq(m->field[i].name, STR("Received")) && --left == 0)
			return &m->field[i];
	return NULL;
}

/*
 * Written at the border or behind it: what came with the message may lie.
 * With some filters the field comes to lie below the line of its host, which
 * has let nothing in under its own name.
 */
static bool
is_ours(struct find *f, const struct field *border,
	const struct auth_recorded *r)
{
	if (!border || r->field < border)
		return true;
	str by = received_parse(f->arena, border).by;
	return by.n > 0 &&
	       str_ieq(str_trim_dot(by), str_trim_dot(r->saw.authserv_id));
}

static bool
says_pass(struct find *f, const struct auth_recorded *r,
	const struct dkim_signer *s)
{
	for (size_t i = 0; i < r->saw.n; i++) {
		const struct authres_result *claim = &r->saw.result[i];
		bool named = authres_value(claim, STR("header.d")).p ||
			     authres_value(claim, STR("header.i")).p ||
			     authres_value(claim, STR("header.b")).p;
		if (named && str_eq(claim->method, STR("dkim")) &&
			str_eq(claim->result, STR("pass")) &&
			recorded_is_about(f->arena, claim, s))
			return true;
	}
	return false;
}

str
find_recorded_pass(struct find *f, size_t signature)
{
	const struct auth_verdict *v = f->v;
	const struct dkim_signer *s =
		&v->dkim_facts.signature[signature].signer;
	const struct field *border = border_line(f);

	for (size_t i = 0; i < v->n_recorded; i++) {
		const struct auth_recorded *r = &v->recorded[i];
		if (is_ours(f, border, r) && says_pass(f, r, s))
			return r->saw.authserv_id.p ? r->saw.authserv_id
						    : STR("the receiver");
	}
	return (str){ 0 };
}

/* --- x= -------------------------------------------------------------- */

static void
find_expired(struct find *f, const struct dkim_subject *s)
{
	int64_t expires = s->signature->expires, received;
	int64_t now = f->setup->auth->now;
	struct finding *x;

	/* a signature that is broken as well has other troubles */
	if (!s->verdict->expired || s->verdict->result != RESULT_POLICY)
		return;
	received = find_received(f);
	if (received != TIME_UNKNOWN && received <= expires + DKIM_CLOCK_SKEW) {
		x = FIND(f, DKIM_EXPIRED_SINCE_RECEIPT,
			{ "date", time_format_date(f->arena, expires) },
			{ "received", STR("received") });
	} else {
		bool known = received != TIME_UNKNOWN;
		x = FIND(f, DKIM_EXPIRED,
			{ "when", STR_CAT(f->arena,
					  find_age(f, (known ? received : now) -
							      expires),
					  known ? STR(" before delivery")
						: STR(" ago")) });
	}
	dkim_point(f, x, s, STR("x"), (str){ 0 });
}

/* --- t= -------------------------------------------------------------- */

static void
find_future(struct find *f, const struct dkim_subject *s)
{
	int64_t time = s->signature->time, received = find_received(f);
	int64_t now = f->setup->auth->now;
	bool late =
		received != TIME_UNKNOWN && time > received + DKIM_CLOCK_SKEW;
	bool future = now != TIME_UNKNOWN && time > now + DKIM_CLOCK_SKEW;

	if (time == TIME_UNKNOWN || (!late && !future))
		return;
	struct finding *x = FIND(f, DKIM_FUTURE,
		{ "age", find_age(f, time - (future ? now : received)) },
		{ "when", future ? STR("in the future")
				 : STR("after delivery") });
	dkim_point(f, x, s, STR("t"), (str){ 0 });
}

static void
find_time(struct find *f, const struct dkim_subject *s)
{
	if (s->signature->signer.result != RESULT_PENDING)
		return;
	find_expired(f, s);
	find_future(f, s);
}

void
find_dkim_time(struct find *f)
{
	if (f->message)
		dkim_each(f, find_time);
}
