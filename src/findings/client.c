/*
 * client.c - who the client was, and how we know.
 */
#include "find.h"

static str
source_of(struct find *f, enum client_source source)
{
	switch (source) {
	case SOURCE_OPTION: return STR("an option");
	case SOURCE_RECEIVED:
		return STR_CAT(f->arena, STR("Received line "),
			find_number(f, f->client->line));
	case SOURCE_RECEIVED_SPF: return STR("Received-SPF");
	case SOURCE_RETURN_PATH: return STR("Return-Path");
	case SOURCE_NONE: break;
	}
	return STR("nowhere");
}

static bool
is_guessed(enum client_source source)
{
	return source != SOURCE_NONE && source != SOURCE_OPTION;
}

/* --hop, and the message has not so many. */
static void
find_hop(struct find *f)
{
	unsigned hop = f->setup->options ? f->setup->options->hop : 0;
	size_t lines = message_count(f->message, STR("Received"));

	if (hop <= lines)
		return;
	FIND(f, SPF_HOP_MISSING, { "hop", find_number(f, hop) },
		{ "n", lines == 0 ? STR("none") : find_number(f, lines) },
		{ "advice", lines == 0 ? STR("leave out --hop")
				       : STR("give --hop a line there is, 1 "
					     "being the newest") });
}

/* The address alone makes no check. */
static void
find_no_sender(struct find *f)
{
	const struct client *c = f->client;

	if (!c->mail_from.p)
		FIND(f, SPF_NO_SENDER, { "why", STR("no envelope sender") },
			{ "options", STR("-f SENDER") });
	else if (c->mail_from.n == 0 && !c->helo.p)
		FIND(f, SPF_NO_SENDER,
			{ "why", STR("null sender, and no HELO name") },
			{ "options", STR("-e NAME") });
}

/* The address was given, and the rest was not. */
static void
find_sender_guessed(struct find *f)
{
	const struct client *c = f->client;
	bool sender = is_guessed(c->mail_from_source);
	bool helo = is_guessed(c->helo_source);
	str from = source_of(f, sender ? c->mail_from_source : c->helo_source);
	struct buf b = { .arena = f->arena };

	if (!sender && !helo)
		return;
	if (sender) {
		buf_add(&b, STR("sender "));
		buf_add(&b, c->mail_from.n > 0 ? c->mail_from : STR("<>"));
	}
	if (sender && helo) {
		buf_add(&b, STR(" taken from "));
		buf_add(&b, from);
		buf_add(&b, STR(", "));
		from = source_of(f, c->helo_source);
	}
	if (helo) {
		buf_add(&b, STR("HELO name "));
		buf_add(&b, c->helo);
	}
	FIND(f, SPF_SENDER_GUESSED, { "what", buf_str(&b) }, { "source", from },
		{ "options", !helo     ? STR("-f")
			     : !sender ? STR("-e")
				       : STR("-e and -f") });
}

/* Where Received-SPF has another client, a relay may be taken for it. */
static void
find_ip_guessed(struct find *f)
{
	const struct client *c = f->client;
	str source = source_of(f, c->ip_source);

	if (c->recorded.family != 0)
		source = STR_CAT(f->arena, source, STR("; Received-SPF has "),
			ip_format(f->arena, c->recorded));
	FIND(f, SPF_IP_GUESSED, { "ip", ip_format(f->arena, c->ip) },
		{ "source", source });
}

void
find_client(struct find *f)
{
	const struct client *c = f->client;

	if (!f->message)
		return; /* `spf` is told all it needs */
	find_hop(f);
	if (c->ip.family == 0) {
		bool sender = c->mail_from_source == SOURCE_OPTION;
		FIND(f, SPF_NO_CLIENT,
			{ "options", sender ? STR("-i IP")
					    : STR("-i IP -f SENDER") });
		return;
	}
	find_no_sender(f);
	if (c->ip_source == SOURCE_OPTION)
		find_sender_guessed(f);
	else
		find_ip_guessed(f);
}
