/*
 * reports.c - mailauth report: what do receivers say?
 */
#include "reports.h"
#include "intake.h"
#include "interrupt.h"
#include "progress.h"
#include "report.h"
#include "reports_print.h"
#include "sandbox.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MEMORY = 256 << 20,
	MOST_SHOWN = 100, /* failure and TLS reports, without -v */
	MOST_NAMES = 1 << 20
};

struct run {
	const struct options *options;
	struct arena *arena; /* of the run */
	struct arena moment;
	struct tally *tally;
	struct screen screen;
	FILE *page;  /* NULL: none is wanted */
	FILE *below; /* failure and TLS reports, shown after the sums */
	char *text;
	size_t size;
	size_t failures, tls, failed_sessions;
	uint64_t read;    /* reports of any kind */
	uint64_t without; /* mails with none */
	str why_none;     /* of the first */
	struct progress progress;
	size_t done;
	int code;
};

/* --- what was found --------------------------------------------------- */

static void
put_notes(struct run *r, str file, const str *note, size_t n)
{
	if (!r->options->verbose || n == 0)
		return;
	progress_clear(&r->progress);
	for (size_t i = 0; i < n; i++)
		SAY(&r->moment,
			say_file(&r->moment, arena_zstr(&r->moment, file)),
			STR(": "), note[i]);
}

static void
say_duplicate(struct run *r, str file, const struct aggregate *x,
	const struct tally_report *first, bool same)
{
	struct arena *a = &r->moment;

	if (same && !r->options->verbose)
		return;
	progress_clear(&r->progress);
	SAY(a, say_file(a, arena_zstr(a, file)), STR(": report "), x->id,
		STR(" of "), x->org,
		same ? STR(" was counted already, from ")
		     : STR(" says other things than the one that is counted, "
			   "from "),
		say_file(a, arena_zstr(a, first->file)));
}

static void
put_aggregate(struct run *r, str file, const struct aggregate *x)
{
	if (r->options->quiet)
		return;
	if (r->options->json)
		json_aggregate(stdout, &r->moment, file, x);
	else if (r->options->reports.csv)
		csv_aggregate(stdout, &r->moment, file, x);
}

static void
on_aggregate(void *arg, str file, const struct aggregate *x)
{
	struct run *r = arg;
	struct arena_mark mark = arena_mark(&r->moment);
	const struct tally_report *first;
	enum tally_added added = tally_add(r->tally, x, file, &first);

	r->read++;
	put_notes(r, file, x->note, x->notes);
	if (added == TALLY_COUNTED) {
		put_aggregate(r, file, x);
	} else {
		bool same = added == TALLY_DUPLICATE;
		say_duplicate(r, file, x, first, same);
		if (r->options->json && !r->options->quiet)
			json_duplicate(
				stdout, &r->moment, file, x, first, same);
	}
	arena_rewind(&r->moment, mark);
}

/* Where reports that are shown one by one go; NULL when there are too many. */
static struct screen *
screen_below(struct run *r, size_t number)
{
	if (r->below == NULL)
		r->below = open_memstream(&r->text, &r->size);
	if (r->below == NULL)
		say_out_of_memory(NULL);
	if (number > MOST_SHOWN && !r->options->verbose)
		return NULL;
	if (ftell(r->below) > 0)
		putc('\n', r->below);
	r->screen.out = r->below;
	return &r->screen;
}

static bool
wants_text(const struct run *r)
{
	const struct options *o = r->options;

	return !o->quiet && !o->json && !o->reports.csv;
}

static void
on_failure(void *arg, str file, const struct failure *x)
{
	struct run *r = arg;
	struct arena_mark mark = arena_mark(&r->moment);
	const char *name = arena_zstr(&r->moment, file);
	struct screen *s;

	r->read++;
	r->failures++;
	put_notes(r, file, x->note, x->notes);
	if (r->options->json && !r->options->quiet)
		json_failure(stdout, &r->moment, name, x);
	if (wants_text(r) && (s = screen_below(r, r->failures)) != NULL)
		text_failure(s, &r->moment, name, x, r->options->verbose);
	arena_rewind(&r->moment, mark);
}

static void
on_tls(void *arg, str file, const struct tls_report *x)
{
	struct run *r = arg;
	struct arena_mark mark = arena_mark(&r->moment);
	const char *name = arena_zstr(&r->moment, file);
	struct screen *s;

	r->read++;
	r->tls++;
	put_notes(r, file, x->note, x->notes);
	for (size_t i = 0; i < x->policies; i++)
		r->failed_sessions += x->policy[i].failed > 0;
	if (r->options->json && !r->options->quiet)
		json_tls(stdout, &r->moment, name, x);
	if (wants_text(r) && (s = screen_below(r, r->tls)) != NULL)
		text_tls(s, &r->moment, name, x, r->options->verbose);
	arena_rewind(&r->moment, mark);
}

static void
put_unusable(struct run *r, str file, str what, str why)
{
	struct arena_mark mark = arena_mark(&r->moment);

	if (r->options->json && !r->options->quiet)
		json_unusable(stdout, &r->moment, arena_zstr(&r->moment, file),
			0, what, why);
	arena_rewind(&r->moment, mark);
}

static void
on_trouble(void *arg, str file, str why)
{
	struct run *r = arg;

	progress_clear(&r->progress);
	say(why);
	put_unusable(r, file, STR("unreadable"), why);
	r->code = EXIT_UNUSABLE;
}

/* The box that reports go to gets other mail as well. */
static void
on_none(void *arg, str file, str why)
{
	struct run *r = arg;

	r->without++;
	if (r->without == 1)
		r->why_none = arena_dup(r->arena, why);
	if (r->options->verbose) {
		progress_clear(&r->progress);
		say(why);
	}
	put_unusable(r, file, STR("no-report"), why);
}

/* But some report there must be. */
static void
expect_some(struct run *r)
{
	if (r->read > 0 || r->without == 0)
		return;
	r->code = EXIT_UNUSABLE;
	if (r->without > 1)
		SAY(r->arena, STR("no report in any of "),
			str_count(r->arena, r->without), STR(" mails"));
	else if (!r->options->verbose)
		say(r->why_none);
}

/* --- the files, in an order of their own ------------------------------ */

struct file {
	const char *name;
	uint64_t only;
	str error;
};

static int
by_name(const void *x, const void *y)
{
	const struct file *a = x, *b = y;
	int d = strcmp(a->name, b->name);

	return d != 0 ? d : (a->only > b->only) - (a->only < b->only);
}

/* Of two reports with one number the first counts: no order may show. */
static struct file *
all_files(struct run *r, size_t *n)
{
	struct feed *feed = feed_new(r->options);
	size_t room = 256;
	struct file *list = arena_make(r->arena, room, struct file);
	struct item item;

	*n = 0;
	while (!interrupted() &&
		feed_take(feed, &r->moment, &item, true) == FEED_ITEM) {
		if (*n == room) {
			list = arena_grow(r->arena, list, room * sizeof(*list),
				room * 2 * sizeof(*list));
			room *= 2;
		}
		list[(*n)++] = (struct file){
			arena_zstr(r->arena, item.name),
			item.only,
			arena_dup(r->arena, item.error),
		};
		arena_rewind(&r->moment, (struct arena_mark){ 0 });
	}
	feed_free(feed);
	qsort(list, *n, sizeof(*list), by_name);
	return list;
}

static void
read_all(struct run *r)
{
	const struct intake_wants wants = { r, on_aggregate, on_failure, on_tls,
		on_trouble, on_none };
	struct intake *in = intake_new(&wants);
	size_t n;
	struct file *file = all_files(r, &n);

	progress_begin(&r->progress, r->options, r->arena, n > 1);
	for (size_t i = 0; i < n && !interrupted(); i++) {
		if (i > 0 && by_name(&file[i], &file[i - 1]) == 0)
			continue; /* named twice */
		if (file[i].error.p)
			on_trouble(r, str_from(file[i].name), file[i].error);
		else
			intake_file(in, file[i].name, file[i].only);
		progress_show(&r->progress, i + 1, 0);
	}
	progress_clear(&r->progress);
	intake_free(in);
	expect_some(r);
}

/* --- what it means ---------------------------------------------------- */

static void
judge_all(struct run *r)
{
	struct tally *t = r->tally;
	struct arena_mark mark = arena_mark(&r->moment);

	tally_end(t, r->options->reports.by == TALLY_BY_NETWORK);
	/* nothing is kept: of many domains it would be much */
	for (size_t i = 0; i < t->domains; i++) {
		struct judgement v = judge(&r->moment, t, &t->domain[i]);
		if (v.errors > 0 || v.answer == JUDGE_NOT_YET ||
			(r->options->strict && v.warnings > 0))
			r->code = exit_worse(r->code, EXIT_NOT);
		arena_rewind(&r->moment, mark);
	}
	if (r->failed_sessions > 0)
		r->code = exit_worse(r->code, EXIT_NOT);
}

/* Those that are too many to be shown. */
static void
put_more(struct run *r, size_t n, const char *kind)
{
	if (n <= MOST_SHOWN || r->options->verbose)
		return;
	fprintf(r->below, "\n+%zu more %s reports (-v, or -j)\n",
		n - MOST_SHOWN, kind);
}

static void
put_below(struct run *r, bool first)
{
	if (r->below == NULL)
		return;
	put_more(r, r->failures, "failure");
	put_more(r, r->tls, "TLS");
	fclose(r->below);
	if (!first && r->size > 0)
		putchar('\n');
	fwrite(r->text, 1, r->size, stdout);
	free(r->text);
}

static void
say_no_page(struct run *r)
{
	SAY(r->arena, STR("cannot write "),
		say_file(r->arena, r->options->reports.html), STR(": "),
		say_errno(errno));
	r->code = EXIT_UNUSABLE;
}

/* Now, for later nothing is opened to write; what is in it stays meanwhile. */
static bool
open_page(struct run *r)
{
	const char *name = r->options->reports.html;

	if (name == NULL)
		return true;
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	r->page = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (r->page == NULL)
		say_no_page(r);
	return r->page != NULL;
}

static bool
is_written(FILE *f)
{
	struct stat st;

	/* it may have been longer */
	if (fflush(f) != 0 || ferror(f) != 0 || fstat(fileno(f), &st) != 0)
		return false;
	return !S_ISREG(st.st_mode) || ftruncate(fileno(f), ftello(f)) == 0;
}

static void
put_page(struct run *r, const struct reports *all)
{
	html_reports(r->page, all);
	if (!is_written(r->page))
		say_no_page(r);
	fclose(r->page);
}

/* Of the rows that will be shown. */
static void
ask_names(struct run *r, struct reports *all)
{
	all->names = names_new(r->options);
	if (all->names == NULL) {
		r->code = EXIT_UNUSABLE;
		return;
	}
	for (size_t i = 0; i < r->tally->domains; i++) {
		const struct tally_view *v =
			reports_view(all, &r->tally->domain[i]);
		for (size_t k = 0; k < v->n && k < REPORTS_ROWS; k++) {
			struct tally_row row = tally_row(r->tally, v, k);
			if (row.prefix == ip_bits(row.ip))
				names_want(all->names, row.ip);
		}
	}
	names_ask(all->names);
}

static void
show(struct run *r)
{
	struct reports all = { .options = r->options,
		.arena = &r->moment,
		.tally = r->tally,
		.failures = r->failures,
		.tls = r->tls,
		.without = r->without };

	judge_all(r);
	if (r->options->reports.ptr && r->tally->reports > 0)
		ask_names(r, &all);
	r->screen.out = stdout;
	if (wants_text(r) && r->tally->reports > 0)
		text_reports(&r->screen, &all);
	put_below(r, r->tally->reports == 0);
	if (r->page != NULL)
		put_page(r, &all);
	if (all.names != NULL)
		r->code = names_end(all.names, r->code);
}

/* --- the command ------------------------------------------------------ */

/*
 * Is there a file with something other than a page?  Who writes --html *.xml
 * means no harm to the first of them.
 */
static bool
is_other_file(const char *name)
{
	static const str start = STR_INIT("<!DOCTYPE html");
	char first[32] = "";
	ssize_t n = -1;
	struct stat st;

	if (stat(name, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return false;
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, first, sizeof(first));
		close(fd);
	}
	return n < 0 || !str_starts((str){ first, (size_t)n }, start);
}

static bool
is_sound(const struct options *o)
{
	const char *page = o->reports.html;

	if (o->json && o->reports.csv)
		say(STR("--json and --csv exclude each other"));
	else if (page != NULL && is_other_file(page))
		SAY(o->arena, STR("--html would write over "),
			say_file(o->arena, page), STR(", which is no page"));
	else if (o->files == 0 && o->names_from == NULL &&
		 isatty(STDIN_FILENO)) {
		say(STR("report needs a file, a folder, or a report on "
			"standard input"));
		usage_print(COMMAND_REPORT);
	} else
		return true;
	return false;
}

/* Nobody outside can know where our memory lies. */
static uint32_t
any_number(const void *here)
{
	uint32_t seed = (uint32_t)((uintptr_t)here >> 4);
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		uint32_t more;
		if (read(fd, &more, sizeof(more)) == (ssize_t)sizeof(more))
			seed ^= more;
		close(fd);
	}
	return seed;
}

int
run_report(const struct options *o)
{
	struct arena arena;
	struct run r = { .options = o, .arena = &arena };

	if (!is_sound(o))
		return EXIT_UNUSABLE;
	arena_init(&arena, MEMORY, say_out_of_memory, NULL);
	if (!open_page(&r)) {
		arena_free(&arena);
		return r.code;
	}
	interrupt_catch();
	sandbox_enter(o);
	arena_init(&r.moment, MEMORY, say_out_of_memory, NULL);
	r.tally = tally_new(any_number(&arena), say_out_of_memory);
	r.screen = screen_open(&r.moment, o);
	if (o->reports.csv && !o->quiet)
		csv_begin(stdout);
	read_all(&r);
	show(&r);
	tally_free(r.tally);
	arena_free(&r.moment);
	arena_free(&arena);
	if (!say_flush())
		r.code = EXIT_UNUSABLE;
	return interrupted() ? EXIT_INTERRUPTED : r.code;
}
