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
is_consistent(const struct options *o)
{
	const struct setup_options *s = &o->setup;

	if (s->never && (has_sender(s) || o->sign.keys > 0))
		return refuse("--never: then nobody sends, and nothing signs");
	if (s->never && (s->sts || s->tlsrpt))
		return refuse("--never: no mail is taken, so nothing is to be "
			      "said of its TLS");
	if (o->sign.keys > 1 || o->sign.selectors > 1)
		return refuse("setup takes one key and its selector (the "
			      "record of another is in its .txt file)");
	if (o->sign.keys > o->sign.selectors)
		return refuse("the key needs its selector: -s NAME");
	if (o->sign.keys < o->sign.selectors && s->server == SERVER_NONE)
		return refuse("the selector needs its key: -k FILE (mailauth "
			      "keygen makes one)");
	return true;
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

static int
print_zone(const struct options *o)
{
	struct crypto *crypto = crypto_new();
	struct private_key *key = NULL;
	bool done = false;

	if (crypto == NULL)
		say_out_of_memory(NULL);
	if (o->sign.keys > 0)
		key = key_file_read(crypto, o->arena, o->sign.key[0]);
	if (o->sign.keys == 0 || key != NULL)
		done = setup_print_zone(o, key);
	private_key_free(key);
	crypto_free(crypto);
	return done ? EXIT_PASS : EXIT_UNUSABLE;
}

int
run_setup(const struct options *given)
{
	struct options o = *given;

	if (!take_domain(&o) || !complete(&o))
		return EXIT_UNUSABLE;
	if (o.setup.server == SERVER_NONE)
		return print_zone(&o);
	setup_print_server(&o);
	return EXIT_PASS;
}
