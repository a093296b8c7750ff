/*
 * report.c - what the ways to print a report have in common.
 */
#include "report.h"
#include "mailauth/buf.h"

str
severity_word(enum severity severity)
{
	static const str word[] = {
		[SEVERITY_NOTE] = STR_INIT("note"),
		[SEVERITY_WARNING] = STR_INIT("warning"),
		[SEVERITY_ERROR] = STR_INIT("error"),
	};

	return word[severity];
}

int
report_exit(enum result r)
{
	if (r == RESULT_PASS)
		return EXIT_PASS;
	return r == RESULT_TEMPERROR ? EXIT_TEMPORARY : EXIT_NOT;
}

static struct note *
add_note(struct report *r, str code, str message, str hint)
{
	struct note *note = &r->note[r->notes++];

	*note = (struct note){ .code = code, .message = message, .hint = hint };
	return note;
}

/* --- the client ------------------------------------------------------ */

str
report_source(const struct report *r, enum client_source source)
{
	switch (source) {
	case SOURCE_OPTION: return STR("option");
	case SOURCE_RECEIVED:
		return STR_CAT(r->arena, STR("Received line "),
			str_number(r->arena, r->client->line));
	case SOURCE_RECEIVED_SPF: return STR("Received-SPF");
	case SOURCE_RETURN_PATH: return STR("Return-Path");
	case SOURCE_NONE: break;
	}
	return (str){ 0 };
}

static bool
is_guessed(enum client_source source)
{
	return source != SOURCE_NONE && source != SOURCE_OPTION;
}

/* --hop, and the message has not so many. */
static void
note_hop(struct report *r)
{
	unsigned hop = r->options->client.hop;
	struct arena *a = r->arena;

	if (hop == 0 || r->message == NULL)
		return;
	size_t lines = message_count(r->message, STR("Received"));
	if (hop <= lines)
		return;
	struct note *note = add_note(r, STR("spf-hop-missing"),
		STR_CAT(a, STR("there is no Received line "),
			str_number(a, hop), STR("; the message has "),
			lines == 0 ? STR("none") : str_number(a, lines)),
		lines == 0 ? STR("leave out --hop")
			   : STR("give --hop a line there is, 1 being the "
				 "newest"));
	note->severity = SEVERITY_WARNING;
}

static void
note_no_client(struct report *r)
{
	bool sender = r->client->mail_from_source == SOURCE_OPTION;

	add_note(r, STR("spf-no-client"),
		STR("SPF not checked: no client address"),
		sender ? STR("give -i IP") : STR("give -i IP -f SENDER"));
}

/* The address alone makes no check. */
static void
note_no_sender(struct report *r)
{
	const struct client *c = r->client;

	if (c->mail_from.p == NULL)
		add_note(r, STR("spf-no-sender"),
			STR("SPF not checked: no envelope sender"),
			STR("give -f SENDER"));
	else if (c->mail_from.n == 0 && c->helo.p == NULL)
		add_note(r, STR("spf-no-sender"),
			STR("SPF not checked: null sender, and no HELO name"),
			STR("give -e NAME"));
}

/* The address was given, and the rest was not. */
static void
note_sender_guessed(struct report *r)
{
	const struct client *c = r->client;
	bool sender = is_guessed(c->mail_from_source);
	bool helo = is_guessed(c->helo_source);
	struct buf b = { .arena = r->arena };

	if (!sender && !helo)
		return;
	if (sender) {
		buf_add(&b, STR("sender "));
		buf_add(&b, c->mail_from.n > 0 ? c->mail_from : STR("<>"));
		buf_add(&b, STR(" taken from "));
		buf_add(&b, report_source(r, c->mail_from_source));
	}
	if (helo) {
		buf_add(&b, sender ? STR(", ") : STR(""));
		buf_add(&b, STR("HELO name "));
		buf_add(&b, c->helo);
		buf_add(&b, sender ? STR(" from ") : STR(" taken from "));
		buf_add(&b, report_source(r, c->helo_source));
	}
	add_note(r, STR("spf-sender-guessed"), buf_str(&b),
		!helo     ? STR("give -f from the SMTP log to be sure")
		: !sender ? STR("give -e from the SMTP log to be sure")
			  : STR("give -e and -f from the SMTP log to be sure"))
		->guess = true;
}

static void
note_ip_guessed(struct report *r)
{
	const struct client *c = r->client;

	add_note(r, STR("spf-ip-guessed"),
		STR_CAT(r->arena, STR("client "), ip_format(r->arena, c->ip),
			STR(" taken from "), report_source(r, c->ip_source)),
		STR("give -i, -e and -f from the SMTP log to be sure"))
		->guess = true;
}

void
report_notes(struct report *r)
{
	const struct client *c = r->client;

	note_hop(r);
	if (r->v == NULL)
		return; /* `spf` is told all it needs */
	if (c->ip.family == 0) {
		note_no_client(r);
		return;
	}
	note_no_sender(r);
	if (c->ip_source != SOURCE_OPTION)
		note_ip_guessed(r);
	else
		note_sender_guessed(r);
}

/* --- alignment ------------------------------------------------------- */

bool
report_spf_aligned(const struct report *r)
{
	return r->v->dmarc.spf_aligned && r->v->spf.result == RESULT_PASS;
}

bool
report_signature_aligned(const struct report *r, size_t i)
{
	return r->v->dmarc.dkim_aligned != NULL &&
	       r->v->dmarc.dkim_aligned[i] &&
	       r->v->dkim[i].result == RESULT_PASS;
}

bool
report_dkim_aligned(const struct report *r)
{
	for (size_t i = 0; i < r->v->dkim_facts.n; i++)
		if (report_signature_aligned(r, i))
			return true;
	return false;
}

str
report_aligned(const struct report *r)
{
	bool dkim = report_dkim_aligned(r);

	if (report_spf_aligned(r))
		return dkim ? STR("spf,dkim") : STR("spf");
	return dkim ? STR("dkim") : STR("none");
}

/* Several DKIM results are a pass when one of them is. */
str
report_claim(const struct authres *saw, str method)
{
	str word = { 0 };

	for (size_t i = 0; i < saw->n; i++) {
		const struct authres_result *r = &saw->result[i];

		if (!str_eq(r->method, method))
			continue;
		if (!word.p || str_eq(r->result, STR("pass")))
			word = r->result;
	}
	return word;
}

/* "spf=pass smtp.mailfrom=a@example.com; dkim=pass header.d=example.com" */
str
report_claims(struct arena *a, const struct authres *saw)
{
	static const char *const worth[] = { "smtp.mailfrom", "header.d",
		"header.i", "header.from" };
	struct buf b = { .arena = a };

	for (size_t i = 0; i < saw->n; i++) {
		const struct authres_result *r = &saw->result[i];

		buf_add(&b, b.n > 0 ? STR("; ") : STR(""));
		buf_add(&b, r->method);
		buf_char(&b, '=');
		buf_add(&b, r->result);
		for (size_t k = 0; k < sizeof(worth) / sizeof(worth[0]); k++) {
			str value = authres_value(r, str_from(worth[k]));
			/* without d=, i= names the signer */
			bool same = k == 2 &&
				    authres_value(r, STR("header.d")).p != NULL;
			if (!value.p || same)
				continue;
			buf_char(&b, ' ');
			buf_add(&b, str_from(worth[k]));
			buf_char(&b, '=');
			buf_add(&b, value);
		}
	}
	if (b.n == 0)
		buf_add(&b, saw->none ? STR("none") : STR("nothing"));
	return buf_str(&b);
}

str
report_unfold(struct arena *a, str value)
{
	struct buf b = { .arena = a };

	if (value.p == NULL)
		return value;
	value = str_trim_fws(value);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != '\r' && value.p[i] != '\n')
			buf_char(&b, value.p[i] == '\t' ? ' ' : value.p[i]);
	return buf_str(&b);
}
