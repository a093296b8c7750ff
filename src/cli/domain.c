/*
 * domain.c - mailauth domain: what does a domain publish?
 */
#include "domain_report.h"
#include "input.h"
#include "say.h"
#include "worker.h"

#include "mailauth/domain.h"
#include "mailauth/key_write.h"

/* --- selectors ------------------------------------------------------- */

struct wanted {
	struct published_selector selector[PUBLISHED_MAX_SELECTORS];
	size_t n;
};

static void
want(struct wanted *w, str selector, str domain, bool guessed)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_ieq(w->selector[i].selector, selector) &&
			str_ieq(w->selector[i].domain, domain))
			return;
	if (w->n < PUBLISHED_MAX_SELECTORS)
		w->selector[w->n++] = (struct published_selector){ selector,
			domain, guessed };
}

/* False, and says so, when it cannot be read or is no mail. */
static bool
want_signers(struct wanted *w, struct session *s, const char *name, str domain)
{
	struct arena *a = &s->arena;
	struct head_reader head;
	struct published_selector found[PUBLISHED_MAX_SELECTORS];
	str error = { 0 };
	str text = input_whole(a, name, (size_t)64 << 20, &error);

	if (!text.p) {
		say(error);
		return false;
	}
	head_begin(&head, a, 0);
	if (head.state == HEAD_MORE)
		head_feed(&head, text);
	head_end(&head);
	if (head.state != HEAD_DONE) {
		SAY(a, STR("cannot take selectors from "), say_file(a, name),
			STR(": it is no mail"));
		return false;
	}
	size_t n = published_selectors(a, message_parse(a, &head), domain,
		found, PUBLISHED_MAX_SELECTORS);
	for (size_t i = 0; i < n; i++)
		want(w, found[i].selector, found[i].domain, false);
	return true;
}

static bool
want_all(struct wanted *w, struct session *s, str domain)
{
	const struct domain_options *o = &s->worker->options->domains;
	size_t common = 0;
	const str *guess = published_common_selectors(&common);

	for (size_t i = 0; i < o->selectors; i++)
		want(w, o->selector[i], domain, false);
	for (size_t i = 0; i < o->messages; i++)
		if (!want_signers(w, s, o->message[i], domain))
			return false;
	for (size_t i = 0; o->guess && i < common; i++)
		want(w, guess[i], domain, true);
	return true;
}

/* --- a domain -------------------------------------------------------- */

static void
print(struct session *s, const struct published *d)
{
	const struct options *o = s->worker->options;
	struct screen screen = s->worker->screen;
	struct report r = { .options = o,
		.out = stdout,
		.arena = &s->arena,
		.dns = s->dns,
		.finding = d->finding,
		.findings = d->findings };

	screen.arena = &s->arena;
	if (o->quiet)
		return;
	if (o->json)
		json_domain(&r, d);
	else
		text_domain(&screen, &r, d);
}

static int
exit_of(const struct options *o, const struct published *d)
{
	if (d->errors > 0 || (o->strict && d->warnings > 0))
		return EXIT_NOT;
	return d->state == PUBLISHED_UNKNOWN ? EXIT_TEMPORARY : EXIT_PASS;
}

static int
look(struct session *s, str domain)
{
	const struct options *o = s->worker->options;
	struct wanted *wanted = arena_new(&s->arena, struct wanted);
	struct published_setup setup = { .arena = &s->arena,
		.dns = s->dns,
		.suffixes = s->worker->suffixes,
		.domain = domain,
		.ptr = o->domains.ptr,
		.from_zone = o->zones > 0 };

	if (!want_all(wanted, s, domain))
		return EXIT_UNUSABLE;
	setup.selector = wanted->selector;
	setup.selectors = wanted->n;
	struct publishing *p = published_new(&setup);
	while (!published_step(p))
		lookup_more(&s->asking);
	if (worker_failed(s->worker))
		return EXIT_UNUSABLE;
	lookup_save(&s->asking);
	print(s, published_get(p));
	return exit_of(o, published_get(p));
}

/* --- all of them ----------------------------------------------------- */

/* "192.0.2.1", "[192.0.2.1]", "2001:db8::1" */
static bool
is_address(str word)
{
	struct ip ip;

	if (word.n > 2 && word.p[0] == '[' && word.p[word.n - 1] == ']')
		word = str_sub(word, 1, word.n - 2);
	return ip_parse(word, &ip);
}

static str
why_no_domain(str word)
{
	if (str_find(word, '@') < word.n)
		return STR("a mail address; give what is behind the @");
	if (str_find(word, '/') < word.n)
		return STR("a URL or a file; give the name of the domain");
	if (str_find(word, ',') < word.n)
		return STR("not a domain name; several have blanks between "
			   "them");
	if (is_address(word))
		return STR("an IP address; give the name of the domain");
	return STR("not a domain name");
}

static int
look_at(struct session *s, const char *word)
{
	const struct options *o = s->worker->options;
	str given = str_from(word), domain;

	if (str_find(given, '@') == given.n &&
		str_find(given, '/') == given.n &&
		domain_to_ascii(o->arena, given, &domain) &&
		dns_name_valid(domain) && key_is_selector(domain) &&
		!is_address(domain))
		return look(s, domain);
	SAY(o->arena, STR("bad domain '"), given, STR("': "),
		why_no_domain(given));
	if (o->json && !o->quiet)
		json_domain_unusable(
			stdout, &s->arena, word, why_no_domain(given));
	return EXIT_UNUSABLE;
}

int
run_domain(const struct options *o)
{
	int code = EXIT_PASS;
	struct session s;

	if (o->files == 0) {
		say(STR("domain needs a name: mailauth domain example.org"));
		return EXIT_UNUSABLE;
	}
	struct worker *w = worker_new(o);
	if (w == NULL)
		return EXIT_UNUSABLE;
	session_init(&s, w);
	for (size_t i = 0; i < o->files && !worker_failed(w); i++) {
		if (i > 0 && !o->quiet && !o->json)
			putchar('\n');
		session_begin(&s);
		code = exit_worse(code, look_at(&s, o->file[i]));
		session_end(&s);
	}
	session_free(&s);
	return worker_end(w, code);
}
