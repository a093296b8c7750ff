/*
 * message.c - the form of the message, and of the file it came in.
 */
#include "find.h"

#include "mailauth/time.h"

/* --- From ------------------------------------------------------------- */

static void
find_from_address(struct find *f, const struct field *from)
{
	const struct dmarc_author *a = &f->v->author;
	struct finding *x;

	if (a->list.n > 1) {
		x = FIND(f, MSG_FROM_MULTIPLE,
			{ "n", find_number(f, a->list.n) });
		if (a->n_domains <= 1)
			x->severity = SEVERITY_WARNING;
		find_in_field(x, f->message, from, 0, 0, STR(""));
	} else if (a->list.doubtful || a->n_domains == 0) {
		x = find_add(f, FINDING_MSG_FROM_SYNTAX, NULL);
		size_t at = a->list.valid ? 0 : a->list.bad_at;
		find_in_field(x, f->message, from, at, a->list.valid ? 0 : 1,
			STR(""));
	}
}

/* "name@domain" in a text: the domain, or absent. */
static str
address_in(struct find *f, str text)
{
	size_t at = str_find(text, '@'), n = 0;
	str rest = str_skip(text, at + 1), ascii;

	while (n < rest.n && (is_alnum(rest.p[n]) || rest.p[n] == '-' ||
				     rest.p[n] == '.' || (rest.p[n] & 0x80)))
		n++;
	rest = str_trim_dot(str_sub(rest, 0, n));
	if (at == 0 || at == text.n || str_find(rest, '.') == rest.n ||
		!domain_to_ascii(f->arena, rest, &ascii))
		return (str){ 0 };
	return ascii;
}

static void
find_display(struct find *f, const struct field *from)
{
	const struct dmarc_author *a = &f->v->author;

	for (size_t i = 0; i < a->list.n && i < 4; i++) {
		const struct address *address = &a->list.address[i];
		str shown = address_in(f, address->display);
		if (shown.n == 0 || find_may_align(f, shown))
			continue;
		struct finding *x = FIND(f, MSG_FROM_DISPLAY_ADDRESS,
			{ "shown", address->display },
			{ "real", address->text });
		find_in_field(x, f->message, from, 0, 0, STR(""));
		return;
	}
}

static void
find_from(struct find *f)
{
	const struct field *from = message_top(f->message, STR("From"));
	size_t n = f->v->author.fields;

	if (!from)
		find_add(f, FINDING_MSG_FROM_MISSING, NULL);
	else if (n > 1)
		FIND(f, MSG_FROM_DUPLICATE, { "n", find_number(f, n) });
	else
		find_from_address(f, from);
	if (n == 1)
		find_display(f, from);
}

/* --- other fields ------------------------------------------------------ */

static void
find_duplicates(struct find *f)
{
	static const str once[] = {
		STR_INIT("Subject"),
		STR_INIT("To"),
		STR_INIT("Cc"),
		STR_INIT("Date"),
		STR_INIT("Message-ID"),
		STR_INIT("Reply-To"),
		STR_INIT("MIME-Version"),
		STR_INIT("Content-Type"),
	};

	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
		size_t n = message_count(f->message, once[i]);
		if (n > 1)
			FIND(f, MSG_DUPLICATE_HEADER,
				{ "n", find_number(f, n) },
				{ "header", once[i] });
	}
}

static void
find_id(struct find *f)
{
	const struct field *id = message_top(f->message, STR("Message-ID"));
	str value = id ? str_trim_fws(id->value) : STR("");
	size_t at = str_find(value, '@');
	bool sound = value.n > 4 && value.p[0] == '<' &&
		     value.p[value.n - 1] == '>' && at > 1 &&
		     at + 2 < value.n && str_find(value, ' ') == value.n;

	if (!sound)
		FIND(f, MSG_ID_MISSING,
			{ "what", id ? STR("malformed") : STR("missing") });
}

/* Of the Received line that is lowest: the first host that took it. */
static int64_t
first_received(struct find *f)
{
	uint32_t i = message_lowest(f->message, STR("Received"));

	if (i == 0)
		return TIME_UNKNOWN;
	if (f->client->line == 1 && f->message->field[i - 1].above == 0)
		return f->client->time; /* it was read */
	return received_time(&f->message->field[i - 1]);
}

static void
find_date(struct find *f)
{
	enum { WEEK = 7 * 86400 };
	const struct field *date = message_top(f->message, STR("Date"));
	int64_t sent, received = first_received(f);
	str what = { 0 };

	if (!date)
		what = STR("missing");
	else if (!time_parse_rfc5322(date->value, &sent))
		what = STR("not a date");
	else if (received != TIME_UNKNOWN && sent - received > WEEK)
		what = STR("more than a week after the first Received line");
	else if (received != TIME_UNKNOWN && received - sent > WEEK)
		what = STR("more than a week before the first Received line");
	if (what.p)
		FIND(f, MSG_DATE_BAD, { "what", what });
}

/* --- bytes -------------------------------------------------------------- */

static bool
find_long_line(struct find *f, str text, size_t *line)
{
	enum { LINE_MAX_BYTES = 998 }; /* RFC 5322 2.1.1 */

	while (text.n > 0) {
		size_t n = str_find(text, '\n');
		size_t octets = n > 0 && text.p[n - 1] == '\r' ? n - 1 : n;
		++*line;
		if (octets > LINE_MAX_BYTES) {
			FIND(f, MSG_LINE_LONG, { "n", find_number(f, *line) },
				{ "octets", str_count(f->arena, octets) });
			return true;
		}
		text = str_skip(text, n + 1);
	}
	return false;
}

static void
find_lines(struct find *f)
{
	size_t line = 0;

	if (find_long_line(f, f->message->head, &line))
		return;
	line++; /* the empty one */
	find_long_line(f, f->setup->body, &line);
}

static void
find_bytes(struct find *f)
{
	const struct head_notes *n = &f->message->notes;

	for (size_t i = 0; n->eight_bit > 0 && i < f->message->n; i++) {
		const struct field *field = &f->message->field[i];
		if (str_is_ascii(field->value))
			continue;
		FIND(f, MSG_8BIT_HEADER, { "header", field->name });
		break;
	}
	if (n->nul > 0)
		find_add(f, FINDING_MSG_NUL, NULL);
	if (n->bare_cr > 0 || n->lf > 0)
		FIND(f, MSG_LINE_ENDINGS,
			{ "kind", n->bare_cr > 0             ? STR("bare CR")
				  : n->lf > 1 && n->crlf > 1 ? STR("mixed")
							     : STR("LF") });
}

/* --- the file ------------------------------------------------------------ */

static bool
had_body(const struct find *f)
{
	const struct dkim_facts *facts = &f->v->dkim_facts;

	for (size_t i = 0; i < facts->n; i++)
		if (facts->signature[i].body_hash.n > 0 &&
			f->v->dkim[i].body_hash == RESULT_FAIL)
			return true;
	return false;
}

static void
find_input(struct find *f)
{
	const struct head_notes *n = &f->message->notes;

	if (n->mbox)
		find_add(f, FINDING_INPUT_MBOX, NULL);
	if (n->junk > 0)
		FIND(f, INPUT_JUNK_BEFORE,
			{ "n", str_count(f->arena, n->junk) });
	if (n->broken)
		find_add(f, FINDING_MSG_HEADER_BROKEN, NULL);
	if (n->no_body && had_body(f))
		find_add(f, FINDING_INPUT_HEADERS_ONLY, NULL);
}

/* A line of the body that begins so, in any case; only its start is read. */
static bool
has_line(str body, str start)
{
	enum { FAR_ENOUGH = 64 << 10 };
	str rest = str_sub(body, 0, FAR_ENOUGH), line;

	while (rest.n > 0 && str_split(&rest, '\n', &line)) {
		while (line.n > 0 && is_one_of(line.p[0], " >|*"))
			line = str_skip(line, 1);
		if (str_istarts(line, start))
			return true;
	}
	return false;
}

static void
find_inner_mail(struct find *f)
{
	const struct field *subject = message_top(f->message, STR("Subject"));
	str s = subject ? str_trim_fws(subject->value) : STR("");
	str body = f->setup->body;

	if (!find_failed(f))
		return;
	if (has_line(body, STR("Content-Type: message/rfc822")))
		find_add(f, FINDING_INPUT_ATTACHED, NULL);
	else if ((str_istarts(s, STR("Fwd:")) || str_istarts(s, STR("FW:"))) &&
		 has_line(body, STR("From:")) &&
		 (has_line(body, STR("Sent:")) || has_line(body, STR("Date:"))))
		find_add(f, FINDING_INPUT_FORWARDED_INLINE, NULL);
}

void
find_message(struct find *f)
{
	if (!f->v)
		return;
	find_from(f);
	find_duplicates(f);
	find_id(f);
	find_date(f);
	find_lines(f);
	find_bytes(f);
	find_input(f);
	find_inner_mail(f);
}
