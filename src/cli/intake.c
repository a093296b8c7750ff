/*
 * intake.c - finds the reports in what comes back.
 *
 * Octets are pulled through layers, each of which knows one thing: a file or
 * a message of a box, the parts of a mail, an archive.  What a layer gives out
 * is looked at, and goes on to the next.
 */
#include "intake.h"
#include "input.h"
#include "interrupt.h"
#include "say.h"

#include "mailauth/mime.h"
#include "report/unpack.h"

#include <stdlib.h>
#include <unistd.h>

enum { LOOK = 512, MEMORY = 256 << 20, PARTS_MEMORY = 64 << 20 };

struct flow {
	str (*pull)(void *);
	void *arg;
};

enum content {
	CONTENT_NONE, /* no octets, or blanks */
	CONTENT_OTHER,
	CONTENT_GZIP,
	CONTENT_ZIP,
	CONTENT_XML,
	CONTENT_LATE_XML, /* behind some text: a slip that is known */
	CONTENT_JSON,
	CONTENT_MAIL
};

/* What is looked at before it is pulled. */
struct peek {
	struct flow from;
	char first[LOOK];
	size_t n;
	str rest;
	enum { PEEK_FIRST, PEEK_REST, PEEK_FROM } next;
};

struct intake {
	struct intake_wants wants;
	struct arena report; /* of one report */
	struct arena parts;  /* of the mails around it */
	struct mbox box;
	str file;
	bool boxed;      /* no more than a message may come of it */
	size_t found;    /* reports in the message, and what was said of it */
	uint64_t passed; /* octets of the report */
	str broken;      /* an archive ended with that */
	bool refused;    /* ... and none of it may count */
	size_t depth, packed;
	uint64_t unpacked; /* octets, out of archives of the message */
};

struct intake *
intake_new(const struct intake_wants *wants)
{
	struct intake *in = calloc(1, sizeof(*in));

	if (in == NULL)
		say_out_of_memory(NULL);
	in->wants = *wants;
	arena_init(&in->report, MEMORY, say_out_of_memory, NULL);
	arena_init(&in->parts, PARTS_MEMORY, say_out_of_memory, NULL);
	return in;
}

void
intake_free(struct intake *in)
{
	arena_free(&in->report);
	arena_free(&in->parts);
	free(in);
}

/* What is missing, or all of it, and why. */
static void
trouble(struct intake *in, const char *what, str why)
{
	struct arena *a = &in->report;

	in->found++;
	in->wants.trouble(in->wants.arg, in->file,
		STR_CAT(a, str_from(what), say_file(a, arena_zstr(a, in->file)),
			STR(": "), why));
}

static void
cannot_read(struct intake *in, str why)
{
	trouble(in, "cannot read ", why);
}

/* Why there is not all of it; absent while all is well. */
static str
why_broken(struct intake *in)
{
	if (in->broken.p || in->box.error == 0)
		return in->broken;
	return STR_CAT(
		&in->report, STR("reading failed: "), say_errno(in->box.error));
}

/* --- looking ---------------------------------------------------------- */

static void
peek_at(struct peek *p, struct flow from)
{
	*p = (struct peek){ .from = from };
	while (p->n < LOOK) {
		str chunk = from.pull(from.arg);
		if (!chunk.p)
			break;
		str taken = str_sub(chunk, 0, LOOK - p->n);
		memcpy(p->first + p->n, taken.p, taken.n);
		p->n += taken.n;
		p->rest = str_skip(chunk, taken.n);
	}
}

static str
pull_peek(void *arg)
{
	struct peek *p = arg;

	if (p->next == PEEK_FIRST) {
		p->next = PEEK_REST;
		if (p->n > 0)
			return (str){ p->first, p->n };
	}
	if (p->next == PEEK_REST) {
		p->next = PEEK_FROM;
		if (p->rest.n > 0)
			return p->rest;
	}
	return p->n < LOOK ? (str){ 0 } : p->from.pull(p->from.arg);
}

static bool
begins_as_field(str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] > ' ' && s.p[n] < 0x7f && s.p[n] != ':')
		n++;
	return n > 0 && n < s.n && s.p[n] == ':';
}

/* UTF-16 has a NUL beside each "<". */
static bool
is_xml(str s)
{
	static const str signs[] = { STR_INIT("<"), STR_INIT("\xff\xfe<"),
		STR_INIT("\xfe\xff\0<"), STR_INIT("\0<") };

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (str_starts(s, signs[i]))
			return true;
	return false;
}

static enum content
look_at(str s)
{
	static const str mark = STR_INIT("\xef\xbb\xbf");

	switch (unpack_kind(s)) {
	case UNPACK_GZIP: return CONTENT_GZIP;
	case UNPACK_ZIP: return CONTENT_ZIP;
	case UNPACK_NONE: break;
	}
	s = str_skip(s, str_starts(s, mark) ? mark.n : 0);
	while (s.n > 0 && is_fws(s.p[0]))
		s = str_skip(s, 1);
	if (s.n == 0)
		return CONTENT_NONE;
	if (is_xml(s))
		return CONTENT_XML;
	if (s.p[0] == '{' || s.p[0] == '[')
		return CONTENT_JSON;
	if (str_starts(s, STR("From ")) || begins_as_field(s))
		return CONTENT_MAIL;
	return str_ifind(s, STR("<feedback")) < s.n ? CONTENT_LATE_XML
						    : CONTENT_OTHER;
}

/* --- reports ---------------------------------------------------------- */

static str
too_large(struct intake *in)
{
	return STR_CAT(&in->report, STR("a report of more than "),
		str_count(&in->report, INTAKE_MAX_EXPANDED >> 20), STR(" MiB"));
}

static void
give_aggregate(struct intake *in, struct aggregate *report, str why)
{
	str broken = why_broken(in);

	if (in->refused)
		why = broken;
	if (why.p) {
		cannot_read(in, why);
		return;
	}
	report->cut |= broken.p != NULL;
	if (report->cut)
		trouble(in, "cannot read all of ",
			STR_CAT(&in->report,
				broken.p ? broken : STR("it ends too early"),
				STR("; whole records that are counted: "),
				str_count(&in->report, report->records)));
	in->found++;
	in->wants.aggregate(in->wants.arg, in->file, report);
}

static void
take_xml(struct intake *in, struct flow from)
{
	struct arena_mark mark = arena_mark(&in->report);
	struct aggregate report;
	struct aggregate_reader *reader = aggregate_begin(&in->report, &report);
	str why = { 0 }, chunk, large = { 0 };

	in->passed = 0;
	while ((chunk = from.pull(from.arg)).p) {
		in->passed += chunk.n;
		if (in->passed > INTAKE_MAX_EXPANDED)
			large = too_large(in);
		if (large.p || !aggregate_feed(reader, chunk))
			break;
	}
	aggregate_end(reader, &why);
	give_aggregate(in, &report, large.p ? large : why);
	arena_rewind(&in->report, mark);
}

/* Up to max octets, the rest is left; absent when there are more of them. */
static str
gather(struct intake *in, struct flow from, size_t max)
{
	struct buf b = { .arena = &in->report };
	str chunk;

	while ((chunk = from.pull(from.arg)).p) {
		if (chunk.n > max - b.n)
			return (str){ 0 };
		buf_add(&b, chunk);
	}
	return buf_str(&b);
}

static void
take_json(struct intake *in, struct flow from)
{
	struct arena_mark mark = arena_mark(&in->report);
	struct tls_report *report = arena_new(&in->report, struct tls_report);
	str text = gather(in, from, TLS_MAX_TEXT), why = { 0 };

	if (why_broken(in).p)
		why = why_broken(in);
	else if (!text.p)
		why = STR_CAT(&in->report, STR("a TLS report of more than "),
			str_count(&in->report, TLS_MAX_TEXT), STR(" octets"));
	else
		tls_read(&in->report, text, report, &why);
	if (why.p) {
		cannot_read(in, why);
	} else {
		in->found++;
		in->wants.tls(in->wants.arg, in->file, report);
	}
	arena_rewind(&in->report, mark);
}

/* --- archives --------------------------------------------------------- */

static void take(struct intake *, struct flow, const struct mime_part *);

struct entry {
	struct intake *intake;
	struct unpack *unpack;
};

static str
pull_entry(void *arg)
{
	struct entry *e = arg;
	str chunk = unpack_read(e->unpack);

	if (!chunk.p && unpack_error(e->unpack).p) {
		e->intake->broken = unpack_error(e->unpack);
		e->intake->refused = unpack_refused(e->unpack);
	}
	return chunk;
}

static void
take_archive(struct intake *in, struct flow from, enum unpack_kind kind)
{
	struct entry e = { in,
		unpack_new(&in->parts, kind, from.pull, from.arg) };

	if (in->packed == INTAKE_MAX_PACKED ||
		in->unpacked > INTAKE_MAX_UNPACKED) {
		cannot_read(
			in, in->packed == INTAKE_MAX_PACKED
				    ? STR("archives in archives in archives")
				    : STR("archives that expand to more than "
					  "1 GiB, all in all"));
		unpack_free(e.unpack);
		return;
	}
	size_t found = in->found;
	in->packed++;
	in->broken = (str){ 0 };
	while (unpack_next(e.unpack)) {
		in->broken = (str){ 0 };
		found = in->found;
		take(in, (struct flow){ pull_entry, &e }, NULL);
	}
	/* what an entry ended with was said with it, if it had anything */
	if (unpack_error(e.unpack).p && (!in->broken.p || in->found == found))
		cannot_read(in, unpack_error(e.unpack));
	in->packed--;
	in->unpacked += unpack_expanded(e.unpack);
	in->broken = (str){ 0 };
	in->refused = false;
	unpack_free(e.unpack);
}

/* --- mails ------------------------------------------------------------ */

/* Of a failure report: what was read of it so far. */
struct feedback {
	str report, message; /* absent: not yet */
	bool given;
};

static str
read_part(struct intake *in, struct mime *m)
{
	return gather(in, (struct flow){ mime_pull, m }, FAILURE_MAX_TEXT);
}

static void
give_failure(struct intake *in, struct feedback *f)
{
	struct failure *failure = arena_new(&in->report, struct failure);
	str why = { 0 };

	f->given = true;
	if (!failure_read(&in->report, f->report, f->message, failure, &why)) {
		cannot_read(in, why);
		return;
	}
	in->found++;
	in->wants.failure(in->wants.arg, in->file, failure);
}

static bool
is_type(const struct mime_part *p, str type)
{
	return str_ieq(p->type, type);
}

/* A message, or what is left of one. */
static bool
is_message(const struct mime_part *p)
{
	return is_type(p, STR("message/rfc822")) ||
	       is_type(p, STR("text/rfc822-headers")) ||
	       is_type(p, STR("message/rfc822-headers")) ||
	       is_type(p, STR("message/global")) ||
	       is_type(p, STR("message/global-headers"));
}

static void take_parts(struct intake *, struct mime *);

static bool
take_feedback(struct intake *in, struct mime *m, struct feedback *f)
{
	if (is_type(&m->part, STR("message/feedback-report"))) {
		if (f->report.p && !f->given) /* of another message */
			give_failure(in, f);
		*f = (struct feedback){ .report = read_part(in, m) };
		if (!f->report.p)
			cannot_read(
				in, STR("a failure report that is too long"));
		return true;
	}
	if (!f->report.p || f->given || !is_message(&m->part))
		return false;
	f->message = read_part(in, m);
	give_failure(in, f);
	return true;
}

static void
take_part(struct intake *in, struct mime *m, struct feedback *f)
{
	struct mime *inner;

	if (take_feedback(in, m, f))
		return;
	inner = arena_new(&in->parts, struct mime);
	if (mime_enter(inner, m))
		take_parts(in, inner);
	else
		take(in, (struct flow){ mime_pull, m }, &m->part);
}

static void
take_parts(struct intake *in, struct mime *m)
{
	struct arena_mark mark = arena_mark(&in->report);
	struct feedback f = { 0 };

	if (in->depth == INTAKE_MAX_DEPTH) {
		cannot_read(in, STR("parts in parts, too deep to look at"));
		return;
	}
	in->depth++;
	while (mime_next(m))
		take_part(in, m, &f);
	in->depth--;
	if (f.report.p && !f.given)
		give_failure(in, &f);
	if (m->left_out)
		cannot_read(in, STR("parts that were left out: too many, or "
				    "with too long a header section"));
	arena_rewind(&in->report, mark);
}

static void
begin_mail(struct intake *in, struct flow from, str first)
{
	if (in->packed > 0 && str_starts(first, STR("From "))) {
		cannot_read(in, STR("an mbox in an archive: unpack it first"));
		return;
	}
	struct mime *m = arena_new(&in->parts, struct mime);

	if (!mime_begin(m, &in->parts, from.pull, from.arg))
		cannot_read(in, STR("its header section is no mail's"));
	else
		take_parts(in, m);
}

/* --- all of them ------------------------------------------------------ */

/* A text for people in a mail may look like one for programs. */
static bool
is_for_people(const struct mime_part *p, str first)
{
	if (p == NULL)
		return false;
	return is_type(p, STR("text/html")) ||
	       str_ifind(first, STR("<html")) < first.n ||
	       (is_type(p, STR("text/plain")) && !p->name.p &&
		       look_at(first) == CONTENT_LATE_XML);
}

/* Of a mail only what says that it is one: others have JSON, too. */
static bool
is_tls(const struct mime_part *p)
{
	return p == NULL || str_ifind(p->type, STR("json")) < p->type.n ||
	       str_iends(p->name, STR(".json")) ||
	       str_iends(p->name, STR(".json.gz"));
}

static void
take(struct intake *in, struct flow from, const struct mime_part *part)
{
	struct arena_mark mark = arena_mark(&in->parts);
	struct peek *p = arena_new(&in->parts, struct peek);
	struct flow flow = { pull_peek, p };

	peek_at(p, from);
	str first = { p->first, p->n };
	switch (look_at(first)) {
	case CONTENT_GZIP: take_archive(in, flow, UNPACK_GZIP); break;
	case CONTENT_ZIP: take_archive(in, flow, UNPACK_ZIP); break;
	case CONTENT_LATE_XML:
	case CONTENT_XML:
		if (!is_for_people(part, first))
			take_xml(in, flow);
		break;
	case CONTENT_JSON:
		if (is_tls(part))
			take_json(in, flow);
		break;
	case CONTENT_MAIL:
		/* "Note: ..." begins many a text */
		if (part == NULL || str_iends(part->name, STR(".eml")))
			begin_mail(in, flow, first);
		break;
	case CONTENT_NONE:
	case CONTENT_OTHER: break;
	}
	arena_rewind(&in->parts, mark);
}

/* --- files ------------------------------------------------------------ */

static str
pull_box(void *arg)
{
	struct intake *in = arg;

	return mbox_read(&in->box).text;
}

static const char *
why_nothing(enum content first, bool read)
{
	if (!read || first == CONTENT_NONE)
		return "it is empty";
	return first == CONTENT_MAIL ? "no report in it"
				     : "it is no report, and no mail with one";
}

/* One message of a box, or all of a file that is none. */
static void
take_message(struct intake *in, const char *name)
{
	struct arena_mark mark = arena_mark(&in->report);
	struct peek *p = arena_new(&in->parts, struct peek);

	in->found = 0;
	in->unpacked = 0;
	in->broken = (str){ 0 };
	in->refused = false;
	in->file = str_from(name);
	if (in->box.is_mbox)
		in->file = STR_CAT(&in->report, in->file, STR(":"),
			str_number(&in->report, in->box.message));
	peek_at(p, (struct flow){ pull_box, in });
	enum content first = look_at((str){ p->first, p->n });
	take(in, (struct flow){ pull_peek, p }, NULL);
	while (mbox_read(&in->box).text.p)
		;
	if (in->found == 0 && why_broken(in).p)
		cannot_read(in, why_broken(in));
	if (in->found == 0)
		cannot_read(in, str_from(why_nothing(first, p->n > 0)));
	arena_rewind(&in->report, mark);
}

void
intake_file(struct intake *in, const char *name, uint64_t only)
{
	static const struct arena_mark start;
	struct stat st;
	str error = { 0 };
	int fd = input_open(&in->report, name, &st, &error);

	in->file = str_from(name);
	if (fd < 0) {
		in->wants.trouble(in->wants.arg, in->file, error);
		arena_rewind(&in->report, start);
		return;
	}
	mbox_open(&in->box, fd, &st);
	while (!interrupted() && mbox_next(&in->box)) {
		if (only == 0 || in->box.message == only)
			take_message(in, name);
		else
			while (mbox_read(&in->box).text.p)
				;
		arena_rewind(&in->parts, start);
		if (in->box.message == only)
			break;
	}
	arena_rewind(&in->report, start);
	if (fd != STDIN_FILENO)
		close(fd);
}
