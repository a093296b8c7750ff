/*
 * setup.c - mailauth setup: what a domain should publish.
 */
#include "setup.h"
#include "key_file.h"
#include "say.h"

#include "mailauth/crypto.h"
#include "mailauth/domain.h"

#include <string.h>
#include <unistd.h>

const struct sender_service sender_services[] = {
#define SENDER(word, title, include)                                           \
	{ STR_INIT(word), STR_INIT(title), STR_INIT(include) },
#include "setup_services.def"
#undef SENDER
};
const size_t n_sender_services =
	sizeof(sender_services) / sizeof(sender_services[0]);

const struct sender_service *
sender_service_find(str word)
{
	for (size_t i = 0; i < n_sender_services; i++)
		if (str_eq(sender_services[i].word, word))
			return &sender_services[i];
	return NULL;
}

static bool
refuse(const char *why)
{
	say(str_from(why));
	return false;
}

static bool
take_domain(struct options *o)
{
	str *domain = &o->setup.domain;

	if (o->files != 1)
		return refuse(o->files == 0 ? "setup needs a domain: mailauth "
					      "setup DOMAIN"
					    : "setup takes one domain");
	if (domain_to_ascii(o->arena, str_from(o->file[0]), domain) &&
		domain_labels(*domain) >= 2 && key_is_selector(*domain))
		return true;
	SAY(o->arena, STR("not a domain: "), say_file(o->arena, o->file[0]));
	return false;
}

static bool
has_sender(const struct setup_options *s)
{
	return s->networks + s->hosts + s->services > 0 || s->mx;
}

static bool
has_twice(const struct sign_options *s)
{
	for (size_t i = 0; i < s->selectors; i++)
		for (size_t k = 0; k < i; k++)
			if (str_ieq(s->selector[i], s->selector[k]))
				return true;
	return false;
}

/* Each has a selector; a server is told of keys that are elsewhere, too. */
static bool
keys_are_consistent(const struct options *o)
{
	const struct sign_options *s = &o->sign;
	enum setup_server server = o->setup.server;

	if (s->keys > SETUP_MAX_KEYS || s->selectors > SETUP_MAX_KEYS)
		return refuse("setup takes four keys at most");
	if (server == SERVER_OPENDMARC && s->keys + s->selectors > 0)
		return refuse("opendmarc signs nothing: -k and -s are for "
			      "--for postfix-opendkim");
	if (has_twice(s))
		return refuse("each key has a selector of its own");
	if (s->keys > s->selectors)
		return refuse(s->keys == 1
				      ? "the key needs its selector: -s NAME"
				      : "each key needs its selector: -s NAME");
	if (s->keys < s->selectors && (server == SERVER_NONE || s->keys > 0))
		return refuse("the selector needs its key: -k FILE (mailauth "
			      "keygen makes one)");
	return true;
}

static bool
is_consistent(const struct options *o)
{
	const struct setup_options *s = &o->setup;

	if (s->never && (has_sender(s) || o->sign.keys > 0))
		return refuse("--never: then nobody sends, and nothing signs");
	if (s->never && (s->sts || s->tlsrpt))
		return refuse("--never: no mail is taken, so nothing is to be "
			      "said of its TLS");
	return keys_are_consistent(o);
}

/* Everything is known, or is asked for. */
static bool
complete(struct options *o)
{
	const struct setup_options *s = &o->setup;

	if (!is_consistent(o))
		return false;
	if (has_sender(s) || s->never || s->server != SERVER_NONE)
		return true;
	if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO))
		return setup_ask(o) && is_consistent(o);
	return refuse("who sends mail for it?  --ip, --host, --mx, --service "
		      "or --never");
}

/* The record of each key; false when one cannot be used, and says so. */
static bool
read_keys(const struct options *o, struct crypto *crypto, str *record)
{
	for (size_t i = 0; i < o->sign.keys; i++) {
		struct private_key *key =
			key_file_read(crypto, o->arena, o->sign.key[i]);
		if (key == NULL)
			return false;
		str data = private_key_public(key, o->arena);
		enum key_kind kind = private_key_kind(key);
		private_key_free(key);
		if (!data.p)
			return refuse("OpenSSL does not tell the public half "
				      "of the key");
		record[i] = key_write(o->arena, kind, data,
			(struct key_terms){ .testing = false });
	}
	return true;
}

static bool
print(const struct options *o)
{
	struct crypto *crypto = crypto_new();
	str record[SETUP_MAX_KEYS];

	if (crypto == NULL)
		say_out_of_memory(NULL);
	bool read = read_keys(o, crypto, record);
	crypto_free(crypto);
	return read &&
	       (o->setup.server == SERVER_NONE ? setup_print_zone(o, record)
					       : setup_print_server(o, record));
}

int
run_setup(const struct options *given)
{
	struct options o = *given;

	if (!take_domain(&o) || !complete(&o))
		return EXIT_UNUSABLE;
	return print(&o) ? EXIT_PASS : EXIT_UNUSABLE;
}
