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
	if (fgets(line, LINE, stdin) == NULL)
		return false;
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
			fprintf(stderr, "  %s: %s%s%s\n", word, why,
				instead ? "; did you mean " : "",
				instead ? instead : "");
			return false;
		}
		answer = str_skip(answer, end + 1);
	}
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
		fprintf(stderr, "%s %s", i > 0 && i % 8 == 0 ? "\n   " : "",
			sender_services[i].word.p);
	fputc('\n', stderr);
}

bool
setup_ask(struct options *o)
{
	struct setup_options *s = &o->setup;
	bool sends;

	make_room(s, o->arena);
	fprintf(stderr, "Who sends mail for %s?  An empty answer is none.\n",
		arena_zstr(o->arena, s->domain));
	if (!ask_words(o, OPT_SETUP_IP,
		    "addresses or networks of your servers:") ||
		!ask_words(o, OPT_SETUP_HOST, "names of other hosts:") ||
		!ask_yes("the hosts of its MX records, too [y/N]?", &s->mx))
		return false;
	list_services();
	if (!ask_words(o, OPT_SETUP_SERVICE, "services:"))
		return false;
	if (s->networks + s->hosts + s->services == 0 && !s->mx) {
		if (!ask_yes("So nobody sends [y/N]?", &sends) || !sends)
			return false;
		s->never = true;
	}
	return ask_words(o, OPT_SETUP_REPORTS,
		"an address for reports [dmarc-reports@ the domain]:");
}
