/*
 * text_findings.c - the findings for a person: what it is, where, what to do.
 *
 *	error[code]: message
 *	  at NAME TXT, column N
 *	   | the record
 *	   |     ^^^^ what to do there
 *	   Label  value  remark
 *	   = fix: hint
 *	   = whole: the record as it should be
 */
#include "report.h"

#include "mailauth/buf.h"

#include <string.h>

enum {
	MESSAGE_MAX_AT = 30,
	RECORD_AT = 3,
	BODY_AT = 3,
	LABEL_ROOM = 24 /* of a caret's label, beside the record */
};

static enum tint
tint_of(enum severity severity)
{
	return severity == SEVERITY_ERROR     ? TINT_BAD
	       : severity == SEVERITY_WARNING ? TINT_DOUBT
					      : TINT_STRONG;
}

static void
put_title(struct screen *s, struct arena *a, const struct finding *x)
{
	screen_put(s, tint_of(x->severity),
		STR_CAT(a, severity_word(x->severity), STR("["),
			finding_kind(x->code)->code, STR("]")));
	screen_put(s, TINT_PLAIN, STR(": "));
	screen_wrap(s, s->column < MESSAGE_MAX_AT ? s->column : BODY_AT + 4,
		x->message);
	screen_end(s);
}

/* --- the place ------------------------------------------------------- */

/* A text, and a part of it that is pointed at. */
struct place {
	str text;
	size_t at, n;
};

/* A header field begins with a blank, and may be folded: one blank here. */
static struct place
in_one_line(struct arena *a, const struct finding *x)
{
	struct buf b = { .arena = a };
	size_t at = 0, end = 0;

	for (size_t i = 0; i < x->text.n; i++) {
		char c = x->text.p[i];
		if (!is_fws(c))
			buf_char(&b, c);
		else if (b.n > 0 && b.p[b.n - 1] != ' ')
			buf_char(&b, ' ');
		at = i < x->at ? b.n : at;
		end = i < x->at + x->n ? b.n : end;
	}
	return (struct place){ buf_str(&b), at, end > at ? end - at : 0 };
}

/* What fits of a long text, escaped: the wrong span, and what is around it. */
static struct place
window_of(struct arena *a, struct place p, size_t width)
{
	str before = str_escaped(a, str_sub(p.text, 0, p.at));
	str span = str_escaped(a, str_sub(p.text, p.at, p.n));
	str after = str_escaped(a, str_skip(p.text, p.at + p.n));
	size_t room;

	if (span.n > width / 2)
		span = STR_CAT(a, str_sub(span, 0, width / 2 - 2), STR(".."));
	room = width - span.n;
	if (before.n > room / 2 && before.n + after.n > room) {
		size_t keep = after.n < room / 2 ? room - after.n : room / 2;
		keep = keep < before.n ? keep : before.n;
		if (keep < before.n)
			before = STR_CAT(a, STR(".."),
				str_skip(before, before.n - keep + 2));
	}
	room -= before.n < room ? before.n : room;
	if (after.n > room)
		after = room < 2 ? STR("")
				 : STR_CAT(a, str_sub(after, 0, room - 2),
					   STR(".."));
	return (struct place){ STR_CAT(a, before, span, after), before.n,
		span.n };
}

/* Where it is, and at which column of what is shown below. */
static void
put_place(struct screen *s, struct arena *a, const struct finding *x,
	const struct place *p)
{
	str where = x->in_header ? STR_CAT(a, STR("in "), x->name)
				 : STR_CAT(a, STR("at "), x->name, STR(" TXT"));

	if (x->in_header && x->instance > 1)
		where = STR_CAT(a, where, STR(" "), str_number(a, x->instance));
	if (p->n > 0)
		where = STR_CAT(
			a, where, STR(", column "), str_number(a, p->at + 1));
	screen_pad(s, 2);
	screen_wrap(s, 4, where);
	screen_end(s);
}

static void
put_caret(struct screen *s, struct arena *a, const struct finding *x,
	const struct place *w)
{
	struct buf carets = { .arena = a };

	for (size_t i = 0; i < w->n; i++)
		buf_char(&carets, '^');
	screen_pad(s, RECORD_AT);
	screen_put(s, TINT_PLAIN, STR("|"));
	screen_pad(s, RECORD_AT + 2 + w->at);
	screen_put(s, tint_of(x->severity), buf_str(&carets));
	if (x->label.n > 0)
		screen_keep(s, RECORD_AT + 2, x->label);
	screen_end(s);
}

static void
put_text(struct screen *s, struct arena *a, const struct finding *x,
	struct place p)
{
	struct place w = window_of(a, p, s->width - RECORD_AT - 2);

	screen_pad(s, RECORD_AT);
	screen_put(s, TINT_PLAIN, STR("| "));
	fwrite(w.text.p, 1, w.text.n, s->out);
	screen_end(s);
	if (w.n > 0)
		put_caret(s, a, x, &w);
}

/* --- below it -------------------------------------------------------- */

static void
put_rows(struct screen *s, const struct report *r, const struct finding *x)
{
	size_t label = 0, value = 0;

	for (size_t i = 0; i < x->rows; i++) {
		size_t n = str_escaped(r->arena, x->row[i].value).n;
		label = x->row[i].label.n > label ? x->row[i].label.n : label;
		value = n > value && n <= s->width / 2 - 4 ? n : value;
	}
	for (size_t i = 0; i < x->rows; i++) {
		size_t value_at = BODY_AT + label + 2;
		size_t remark_at = value_at + value + 2;
		screen_pad(s, BODY_AT);
		screen_put(s, TINT_PLAIN, x->row[i].label);
		screen_pad(s, value_at);
		screen_wrap(s, value_at, x->row[i].value);
		if (x->row[i].remark.n > 0) {
			if (s->column + 2 > remark_at)
				screen_end(s);
			screen_pad(s, remark_at);
			screen_wrap(s, remark_at, x->row[i].remark);
		}
		screen_end(s);
	}
}

static void
put_line(struct screen *s, const char *title, str text)
{
	screen_pad(s, BODY_AT);
	screen_put(s, TINT_PLAIN, str_from(title));
	screen_wrap(s, BODY_AT + 2, text);
	screen_end(s);
}

/* What was guessed is for those to mend who doubt it. */
static bool
hint_matters(const struct report *r, const struct finding *x)
{
	return x->hint.n > 0 &&
	       (r->options->verbose ||
		       (x->code != FINDING_SPF_IP_GUESSED &&
			       x->code != FINDING_SPF_SENDER_GUESSED));
}

/*
 * A pass is a short answer.  But one that rests on SPF alone is no better than
 * the client it was asked about, and that may have been read from the message.
 */
static bool
is_shown(const struct report *r, const struct finding *x)
{
	if (r->options->verbose)
		return true;
	if (x->cause || x->minor)
		return false;
	if (!r->v && !r->spf) /* of a record, without a result */
		return true;
	enum result result = r->v ? r->v->result : r->spf->result;
	if (result != RESULT_PASS)
		return true;
	/* with no client at all, the table says it */
	if (x->code == FINDING_SPF_HOP_MISSING)
		return r->client->ip.family != 0;
	return r->v && !report_dkim_aligned(r) &&
	       (x->code == FINDING_SPF_IP_GUESSED ||
		       x->code == FINDING_SPF_SENDER_GUESSED);
}

/* Of one record all mends are made together: it is shown once. */
static bool
was_corrected(const struct report *r, const struct finding *x)
{
	for (const struct finding *y = r->finding; y < x; y++)
		if (is_shown(r, y) && y->name.p && str_eq(y->name, x->name) &&
			str_eq(y->corrected, x->corrected))
			return true;
	return false;
}

/* To be copied: in one piece, whatever its length. */
static void
put_corrected(struct screen *s, const struct finding *x)
{
	screen_pad(s, BODY_AT);
	screen_put(s, TINT_PLAIN, STR("= whole: "));
	screen_put(s, TINT_PLAIN, x->corrected);
	screen_end(s);
}

static void
put_finding(struct screen *s, const struct report *r, const struct finding *x)
{
	struct place p = { x->text, x->at, x->n };

	if (x->in_header)
		p = in_one_line(r->arena, x);
	put_title(s, r->arena, x);
	if (x->name.p &&
		(x->text.p || str_ifind(x->message, x->name) == x->message.n))
		put_place(s, r->arena, x, &p);
	if (x->text.n > 0)
		put_text(s, r->arena, x, p);
	put_rows(s, r, x);
	if (hint_matters(r, x))
		put_line(s, "= fix: ", x->hint);
	if (x->corrected.p && !was_corrected(r, x))
		put_corrected(s, x);
}

void
text_findings(struct screen *s, const struct report *r)
{
	/* of a domain they are what was asked for */
	bool all = r->options->verbose || r->options->command == COMMAND_DOMAIN;
	size_t most = all ? r->findings : FINDINGS_SHOWN;
	size_t shown = 0, more = 0;

	for (size_t i = 0; i < r->findings; i++) {
		if (!is_shown(r, &r->finding[i]))
			continue;
		if (shown == most) {
			more++;
			continue;
		}
		if (shown++ == 0)
			screen_end(s);
		put_finding(s, r, &r->finding[i]);
	}
	if (more > 0) {
		screen_wrap(s, 0,
			STR_CAT(r->arena, STR("+"), str_number(r->arena, more),
				STR(" more (-v)")));
		screen_end(s);
	}
}
