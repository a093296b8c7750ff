/*
 * check.c - mailauth check: do its options make sense?
 */
#include "batch.h"
#include "from_json.h"
#include "input.h"
#include "interrupt.h"
#include "options.h"
#include "sandbox.h"
#include "say.h"

#include <string.h>
#include <unistd.h>

/* Each of these has standard output for itself. */
static bool
one_form(const struct options *o)
{
	const struct {
		bool given;
		str name;
	} form[] = {
		{ o->header, STR("--header") },
		{ o->annotate, STR("--annotate") },
		{ o->json, STR("-j") },
		{ o->one_line, STR("-1") },
		{ o->verbose, STR("-v") },
		{ o->quiet, STR("-q") },
		{ o->summary, STR("--summary") },
		{ o->from_json, STR("--from-json") },
	};
	str first = { 0 };

	if (!o->header && !o->annotate)
		return true;
	for (size_t i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
		if (form[i].given && first.p != NULL) {
			SAY(o->arena, STR("choose one of "), first,
				STR(" and "), form[i].name);
			return false;
		}
		first = form[i].given ? form[i].name : first;
	}
	return true;
}

/* --from-json checks nothing, so what is about checks means something else. */
static bool
only_adds_up(const struct options *o)
{
	static const bool may[OPTIONS] = {
		[OPT_FROM_JSON] = true,
		[OPT_SUMMARY] = true,
		[OPT_JSON] = true,
		[OPT_QUIET] = true,
		[OPT_COLOR] = true,
		[OPT_NO_SANDBOX] = true,
	};

	for (enum option_id id = 0; id < OPTIONS; id++) {
		if (may[id] || o->typed[id].p == NULL)
			continue;
		SAY(o->arena,
			STR("--from-json only adds up what was checked, "
			    "without "),
			o->typed[id]);
		return false;
	}
	return true;
}

static bool
sensible(const struct options *o)
{
	if (!one_form(o) || (o->from_json && !only_adds_up(o)))
		return false;
	if (o->names_twice) {
		say(STR("two lists of names: give --files0-from or -0 once"));
		return false;
	}
	if (o->received_spf && !o->header && !o->annotate) {
		say(STR("--received-spf goes with --header or --annotate, or "
			"with 'mailauth spf'"));
		return false;
	}
	if (o->annotate && (o->files > 1 || o->names_from != NULL)) {
		say(STR("--annotate writes one message: name one file"));
		return false;
	}
	return true;
}

static bool
is_stdin(const char *name)
{
	return strcmp(name, "-") == 0;
}

/* What is read from standard input once is gone for all who come later. */
static bool
stdin_serves_one(const struct options *o)
{
	size_t uses = o->files == 0 && o->names_from == NULL;

	uses += o->names_from != NULL && is_stdin(o->names_from);
	uses += o->psl != NULL && is_stdin(o->psl);
	for (size_t i = 0; i < o->files; i++)
		uses += is_stdin(o->file[i]);
	for (size_t i = 0; i < o->zones; i++)
		uses += is_stdin(o->zone[i]);
	if (uses > 1)
		say(STR("standard input is asked for twice, and can be "
			"read only once"));
	return uses <= 1;
}

/* --- --from-json ----------------------------------------------------- */

static bool
add_file(struct summary *s, struct arena *a, const char *name)
{
	str error = { 0 };
	struct stat st;
	int fd = input_open(a, name, &st, &error);
	size_t bad = 0;

	if (fd < 0) {
		if (!interrupted())
			say(error);
		return false;
	}
	bool well = from_json_read(s, fd, name, a, &bad);
	if (fd != STDIN_FILENO)
		close(fd);
	return well && bad == 0;
}

static int
run_from_json(const struct options *o)
{
	struct screen screen = screen_open(o->arena, o);
	struct summary *s = summary_new(o->arena);
	bool well = true;

	interrupt_catch();
	sandbox_enter(o);
	if (o->files == 0)
		well = add_file(s, o->arena, "-");
	for (size_t i = 0; i < o->files && !interrupted(); i++)
		well &= add_file(s, o->arena, o->file[i]);
	if (interrupted())
		summary_interrupt(s);
	if (o->quiet)
		;
	else if (o->json)
		summary_json(s, stdout);
	else
		summary_print(s, &screen);
	if (interrupted()) {
		say(STR("interrupted before the end of the files"));
		return EXIT_INTERRUPTED;
	}
	return well ? summary_exit(s) : EXIT_UNUSABLE;
}

int
run_check(const struct options *o)
{
	if (!sensible(o))
		return EXIT_UNUSABLE;
	/* nobody pipes a mail in, and nobody types one */
	if (o->files == 0 && o->names_from == NULL && isatty(STDIN_FILENO)) {
		usage_print(o->command);
		return EXIT_UNUSABLE;
	}
	if (!stdin_serves_one(o))
		return EXIT_UNUSABLE;
	if (o->names_from != NULL && is_stdin(o->names_from) &&
		isatty(STDIN_FILENO))
		say(STR("reading names from the terminal, each ended by NUL"));
	return o->from_json ? run_from_json(o) : batch_run(o);
}
