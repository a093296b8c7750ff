/*
 * setup_ask.c - the questions of setup, on a terminal.
 *
 * They stand on stderr, so that the records can go to a file.  An empty answer
 * is no; what cannot be used is asked for again.
 */
#include "setup.h"
#include "say.h"

#include <stdio.h>
#include <string.h>

enum { LINE = 1000, ANSWERS = 64 };

/* False at the end of the input. */
static bool
ask(const char *question, char *line)
{
	fprintf(stderr, "%s ", question);
	fflush(stderr);
	if (fgets(line, LINE, stdin) == NULL) {
		fputc('\n', stderr);
		say(STR("nothing is printed: a question has no answer"));
		return false;
	}
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool
has_room(const struct setup_options *s)
{
	return s->networks < ANSWERS && s->hosts < ANSWERS &&
	       s->services < ANSWERS;
}

/* Each word of an answer as if it were the value of that option. */
static bool
take_words(struct options *o, enum option_id id, str answer)
{
	while (answer.n > 0 && has_room(&o->setup)) {
		size_t end = 0;
		while (end < answer.n && !is_one_of(answer.p[end], " ,\t"))
			end++;
		const char *word =
			arena_zstr(o->arena, str_sub(answer, 0, end));
		const char *why = NULL, *instead = NULL;
		if (end > 0 && !option_set(o, id, word, &why, &instead)) {
			fprintf(stderr, "  %s: %s%s%s\n", word,
				instead || id != OPT_SETUP_SERVICE
					? why
					: "none of these",
				instead ? "; did you mean " : "",
				instead ? instead : "");
			return false;
		}
		answer = str_skip(answer, end + 1);
	}
	if (answer.n > 0)
		fprintf(stderr, "  more than %d: the rest is left out\n",
			ANSWERS);
	return true;
}

static bool
ask_words(struct options *o, enum option_id id, const char *question)
{
	char line[LINE];

	do
		if (!ask(question, line))
			return false;
	while (!take_words(
		o, id, arena_dup(o->arena, str_trim_fws(str_from(line)))));
	return true;
}

static bool
ask_yes(const char *question, bool *yes)
{
	char line[LINE];

	if (!ask(question, line))
		return false;
	*yes = to_lower(line[0]) == 'y';
	return true;
}

static void
make_room(struct setup_options *s, struct arena *a)
{
	s->network = arena_make(a, ANSWERS + 1, str);
	s->host = arena_make(a, ANSWERS + 1, str);
	s->service = arena_make(a, ANSWERS + 1, const struct sender_service *);
}

static void
list_services(void)
{
	fputs("  known services:", stderr);
	for (size_t i = 0; i < n_sender_services; i++)
		fprintf(stderr, "%s %s", i > 0 && i % 6 == 0 ? "\n   " : "",
			sender_services[i].word.p);
	fputc('\n', stderr);
}

/* The answers as options, for the next time. */
static void
put_options(const struct options *o)
{
	const struct setup_options *s = &o->setup;
	struct buf b = { .arena = o->arena };

	for (size_t i = 0; i < s->networks; i++) {
		size_t colon = str_find(s->network[i], ':');
		buf_add(&b, STR(" --ip "));
		buf_add(&b, str_skip(s->network[i], colon + 1));
	}
	for (size_t i = 0; i < s->hosts; i++) {
		buf_add(&b, STR(" --host "));
		buf_add(&b, s->host[i]);
	}
	for (size_t i = 0; i < s->services; i++) {
		buf_add(&b, STR(" --service "));
		buf_add(&b, s->service[i]->word);
	}
	fprintf(stderr, "The answers as options:\n  mailauth setup%s%s%s",
		arena_zstr(o->arena, buf_str(&b)), s->mx ? " --mx" : "",
		s->never ? " --never" : "");
	if (s->reports.p)
		fprintf(stderr, " -r %s", arena_zstr(o->arena, s->reports));
	fprintf(stderr, " %s\n\n", arena_zstr(o->arena, s->domain));
}

static bool
ask_never(struct setup_options *s)
{
	if (!ask_yes("So nobody sends [y/N]?", &s->never))
		return false;
	if (!s->never)
		say(STR("nothing is printed: nobody is named who sends"));
	return s->never;
}

bool
setup_ask(struct options *o)
{
	struct setup_options *s = &o->setup;
	bool told;

	make_room(s, o->arena);
	fprintf(stderr, "Who sends mail for %s?  An empty answer is none.\n",
		arena_zstr(o->arena, s->domain));
	if (!ask_words(o, OPT_SETUP_IP,
		    "addresses of your servers (192.0.2.10, 2001:db8::/48):") ||
		!ask_words(o, OPT_SETUP_HOST,
			"names of other servers (mail.shop.example):") ||
		!ask_yes(
			"also those that take its mail, its MX [y/N]?", &s->mx))
		return false;
	list_services();
	if (!ask_words(o, OPT_SETUP_SERVICE, "services that send for you:"))
		return false;
	if (s->networks + s->hosts + s->services == 0 && !s->mx &&
		!ask_never(s))
		return false;
	told = s->reports.p || s->never ||
	       ask_words(o, OPT_SETUP_REPORTS,
		       "an address for reports [dmarc-reports@ the domain]:");
	if (told)
		put_options(o);
	return told;
}
