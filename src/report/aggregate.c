/*
 * aggregate.c - DMARC aggregate reports: from octets to records.
 *
 * octets -> utf8 -> mend -> expat -> elements.  The parser sees only what
 * mend has made, so it has no declarations, no entities and no attributes to
 * deal with, and never more than MEND_MAX_DEPTH levels.
 */
#include "aggregate.h"
#include "fields.h"
#include "mend.h"
#include "utf8.h"

#include "mailauth/time.h"

#include <expat.h>

enum { CHUNK = 32 << 10 };

/* Where we are: in which element that has others in it. */
enum where {
	IN_NOTHING, /* before <feedback> */
	IN_FEEDBACK,
	IN_METADATA,
	IN_RANGE,
	IN_POLICY,
	IN_RECORD,
	IN_ROW,
	IN_EVALUATED,
	IN_REASON,
	IN_IDENTIFIERS,
	IN_AUTH,
	IN_DKIM,
	IN_SPF,
	IN_FIELD,
	IN_NOWHERE /* what is in there is not for us */
};

enum base {
	BASE_aggregate,
	BASE_aggregate_record,
	BASE_aggregate_reason,
	BASE_aggregate_check
};

struct element {
	str name;
	enum where inside, within; /* IN_FIELD: */
	enum field_kind kind;
	enum base base;
	size_t offset;
};

static const struct element elements[] = {
#define ELEMENT(name, inside, within)                                          \
	{ STR_INIT(name), IN_##inside, IN_##within, FIELD_NONE, 0, 0 },
#define FIELD(name, inside, kind, type, member)                                \
	{ STR_INIT(name), IN_##inside, IN_FIELD, FIELD_##kind, BASE_##type,    \
		offsetof(struct type, member) },
#include "elements.def"
#undef ELEMENT
#undef FIELD
};

struct aggregate_reader {
	struct arena *arena;
	size_t before; /* what was in use of it */
	struct utf8 utf8;
	struct mend mend;
	struct buf decoded, mended;
	XML_Parser parser;
	enum where where[MEND_MAX_DEPTH + 1];
	size_t depth;
	const struct element *field; /* whose text comes; NULL */
	struct buf text;
	bool text_cut, found, ended;
	str root, error;
	struct fields fields;
};

/* --- elements --------------------------------------------------------- */

static const struct element *
find_element(enum where inside, str name)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
		if (elements[i].inside == inside &&
			str_eq(elements[i].name, name))
			return &elements[i];
	return NULL;
}

/* Room for one more, or the last one again: then all others are lost. */
static size_t
next_of(struct aggregate_reader *r, size_t n, size_t most, const char *what)
{
	if (n < most)
		return n + 1;
	FIELDS_NOTE(&r->fields, STR("a record has more than "),
		str_number(r->arena, most), STR(" "), str_from(what));
	return n;
}

static void
begin_part(struct aggregate_reader *r, enum where where)
{
	struct fields *f = &r->fields;
	struct aggregate_record *x = &f->record;

	switch (where) {
	case IN_RECORD:
		*x = (struct aggregate_record){ .reason = f->reason,
			.signature = f->signature,
			.sender = f->sender };
		f->has_count = false;
		break;
	case IN_REASON:
		x->reasons = next_of(
			r, x->reasons, AGGREGATE_MAX_REASONS, "reasons");
		f->reason[x->reasons - 1] = (struct aggregate_reason){ 0 };
		break;
	case IN_DKIM:
		x->signatures = next_of(r, x->signatures,
			AGGREGATE_MAX_SIGNATURES, "signatures");
		f->signature[x->signatures - 1] = (struct aggregate_check){ 0 };
		break;
	case IN_SPF:
		x->senders = next_of(r, x->senders, AGGREGATE_MAX_SIGNATURES,
			"results of SPF");
		f->sender[x->senders - 1] = (struct aggregate_check){ 0 };
		break;
	default: break;
	}
}

static void
note_unknown(struct aggregate_reader *r, enum where inside, str name)
{
	/* a record may have whatever its writer likes (RFC 9990 3.1.1.12) */
	if (inside == IN_NOWHERE || inside == IN_RECORD || inside == IN_FIELD)
		return;
	FIELDS_NOTE(&r->fields, STR("element <"), name, STR("> is not known"));
}

static enum where
where_to(struct aggregate_reader *r, enum where inside, str name)
{
	const struct element *x;

	if (inside == IN_NOTHING) {
		if (r->root.p == NULL)
			r->root = arena_dup(r->arena, name);
		r->found |= str_eq(name, STR("feedback"));
		return r->found ? IN_FEEDBACK : IN_NOTHING;
	}
	x = find_element(inside, name);
	if (x == NULL) {
		note_unknown(r, inside, name);
		return IN_NOWHERE;
	}
	if (x->within == IN_POLICY && r->fields.report->policy.domain.p) {
		FIELDS_NOTE(&r->fields,
			STR("a second policy_published is left out"));
		return IN_NOWHERE;
	}
	r->field = x->within == IN_FIELD ? x : NULL;
	r->text.n = 0;
	r->text_cut = false;
	begin_part(r, x->within);
	return x->within;
}

static void XMLCALL
on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct aggregate_reader *r = data;
	enum where inside = r->where[r->depth];

	(void)attributes;
	r->where[++r->depth] = where_to(r, inside, str_from(name));
}

static void *
base_of(struct aggregate_reader *r, const struct element *x)
{
	struct fields *f = &r->fields;

	switch (x->base) {
	case BASE_aggregate: return f->report;
	case BASE_aggregate_record: return &f->record;
	case BASE_aggregate_reason: return &f->reason[f->record.reasons - 1];
	case BASE_aggregate_check: break;
	}
	return x->inside == IN_DKIM ? &f->signature[f->record.signatures - 1]
				    : &f->sender[f->record.senders - 1];
}

static void
end_field(struct aggregate_reader *r)
{
	const struct element *x = r->field;
	str text = str_trim_fws(buf_str(&r->text));

	r->field = NULL;
	if (r->text_cut)
		FIELDS_NOTE(&r->fields, STR("<"), x->name, STR("> has over "),
			str_count(r->arena, AGGREGATE_MAX_TEXT),
			STR(" octets: cut"));
	if (text.n > 0)
		field_set(&r->fields, x->kind,
			(char *)base_of(r, x) + x->offset, text);
}

static bool
says_nothing(const struct aggregate_check *x)
{
	return !x->domain.p && !x->selector.p && x->result == RESULT_PENDING;
}

static void
end_record(struct aggregate_reader *r)
{
	struct fields *f = &r->fields;
	struct aggregate_record *x = &f->record;

	if (r->mend.cut) /* it may be a part of a record */
		return;
	if (x->ip.family == 0 && !x->source.p) {
		FIELDS_NOTE(f, STR("a record without source_ip is left out"));
		return;
	}
	if (!f->has_count) {
		FIELDS_NOTE(f, STR("a record without count is left out"));
		return;
	}
	records_add(f->records, x);
	f->report->records++;
}

/* One that says nothing is none. */
static void
end_part(struct fields *f, enum where where)
{
	struct aggregate_record *x = &f->record;

	if (where == IN_REASON && !f->reason[x->reasons - 1].word.p &&
		!f->reason[x->reasons - 1].comment.p)
		x->reasons--;
	if (where == IN_DKIM && says_nothing(&f->signature[x->signatures - 1]))
		x->signatures--;
	if (where == IN_SPF && says_nothing(&f->sender[x->senders - 1]))
		x->senders--;
}

static void XMLCALL
on_end(void *data, const XML_Char *name)
{
	struct aggregate_reader *r = data;
	enum where was = r->where[r->depth--];

	(void)name;
	if (was == IN_FIELD && r->field != NULL)
		end_field(r);
	else if (was == IN_RECORD)
		end_record(r);
	else
		end_part(&r->fields, was);
}

static void XMLCALL
on_text(void *data, const XML_Char *p, int n)
{
	struct aggregate_reader *r = data;
	size_t room = AGGREGATE_MAX_TEXT - r->text.n;
	str text = { p, n > 0 ? (size_t)n : 0 };

	if (r->field == NULL || r->where[r->depth] != IN_FIELD)
		return;
	if (r->text.n == 0 && text.n > room) /* blanks before it */
		while (text.n > 0 && is_fws(text.p[0]))
			text = str_skip(text, 1);
	r->text_cut |= text.n > room;
	buf_add(&r->text, str_sub(text, 0, room));
}

/* --- reading ---------------------------------------------------------- */

struct aggregate_reader *
aggregate_begin(struct arena *a, struct aggregate *report)
{
	size_t before = a->total;
	struct aggregate_reader *r = arena_new(a, struct aggregate_reader);

	r->before = before;
	*report = (struct aggregate){
		.begin = TIME_UNKNOWN, .end = TIME_UNKNOWN, .policy.pct = -1
	};
	r->arena = r->decoded.arena = r->mended.arena = r->text.arena = a;
	mend_begin(&r->mend, a);
	r->fields = (struct fields){
		.arena = a, .report = report, .records = records_new(a)
	};
	report->kept = r->fields.records;
	r->parser = XML_ParserCreate("UTF-8");
	if (r->parser == NULL) {
		r->error = STR("out of memory");
		return r;
	}
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, on_start, on_end);
	XML_SetCharacterDataHandler(r->parser, on_text);
	return r;
}

static void
parse(struct aggregate_reader *r)
{
	str text = buf_str(&r->mended);

	r->mended.n = 0;
	if (XML_Parse(r->parser, text.p, (int)text.n, 0) == XML_STATUS_ERROR)
		r->error = STR_CAT(r->arena, STR("its XML is damaged: "),
			str_from(XML_ErrorString(XML_GetErrorCode(r->parser))));
}

static void
mend_and_parse(struct aggregate_reader *r)
{
	mend_feed(&r->mend, buf_str(&r->decoded), &r->mended);
	r->decoded.n = 0;
	if (r->mend.state == MEND_REFUSED)
		r->error = str_from(r->mend.refused);
	else
		parse(r);
	if (r->error.p == NULL &&
		r->arena->total - r->before > AGGREGATE_MEMORY)
		r->error = STR_CAT(r->arena,
			STR("it has too many different records: more than "),
			str_count(r->arena, r->fields.report->records));
}

bool
aggregate_feed(struct aggregate_reader *r, str s)
{
	for (; s.n > 0 && r->error.p == NULL; s = str_skip(s, CHUNK)) {
		utf8_feed(&r->utf8, str_sub(s, 0, CHUNK), &r->decoded);
		mend_and_parse(r);
	}
	return r->error.p == NULL;
}

/* --- what was wrong --------------------------------------------------- */

static void
note_count(struct aggregate_reader *r, uint64_t n, const char *what)
{
	if (n > 0)
		FIELDS_NOTE(&r->fields, str_count(r->arena, n), STR(" "),
			str_from(what));
}

static void
note_mended(struct aggregate_reader *r)
{
	const struct mend *m = &r->mend;

	note_count(r, r->utf8.replaced, "octets that are no text");
	note_count(r, r->utf8.forbidden, "control characters");
	note_count(r, m->characters, "\"&\" or \"<\" not written as entities");
	note_count(r, m->entities,
		"references to characters that XML does not have");
	note_count(r, m->unclosed, "elements that are not closed");
	note_count(r, m->stray_end, "end tags without an element");
	note_count(r, m->unfinished, "tags without \">\"");
	note_count(r, m->schema, "tags of an XML schema inside the report");
	if (m->before > 0)
		FIELDS_NOTE(&r->fields, STR("text before the report"));
	if (m->after > 0)
		FIELDS_NOTE(&r->fields, STR("text behind the report"));
}

static void
note_missing(struct fields *f, bool there, const char *name)
{
	if (!there)
		FIELDS_NOTE(f, STR("no "), str_from(name));
}

/* What both RFCs require. */
static void
note_lacks(struct fields *f)
{
	const struct aggregate *x = f->report;

	note_missing(f, x->org.p != NULL, "org_name");
	note_missing(f, x->id.p != NULL, "report_id");
	note_missing(f, x->begin != TIME_UNKNOWN, "begin of its period");
	note_missing(f, x->end != TIME_UNKNOWN, "end of its period");
	note_missing(f, x->policy.domain.p != NULL, "policy domain");
	note_missing(f, x->policy.p != DMARC_POLICY_UNKNOWN, "policy p");
	note_missing(f, x->records > 0, "records");
	if (x->begin != TIME_UNKNOWN && x->end != TIME_UNKNOWN &&
		x->end < x->begin)
		FIELDS_NOTE(f, STR("its period ends before it begins"));
	if (x->cut)
		FIELDS_NOTE(f, STR("its text ends too early"));
}

static bool
is_empty(const struct aggregate *x)
{
	return !x->org.p && !x->id.p && !x->policy.domain.p && x->records == 0;
}

static str
why_none(struct aggregate_reader *r)
{
	if (r->root.p == NULL)
		return STR("it has no XML element");
	return STR_CAT(r->arena, STR("it is no DMARC report, but <"), r->root,
		STR(">"));
}

bool
aggregate_end(struct aggregate_reader *r, str *why)
{
	if (r->error.p == NULL) {
		utf8_end(&r->utf8, &r->decoded);
		mend_and_parse(r);
	}
	if (r->error.p == NULL) {
		mend_end(&r->mend, &r->mended);
		parse(r);
	}
	if (r->error.p == NULL && !r->found)
		r->error = why_none(r);
	if (r->error.p == NULL && is_empty(r->fields.report))
		r->error = STR("it has nothing of a report but its name");
	if (r->parser != NULL)
		XML_ParserFree(r->parser);
	r->fields.report->cut = r->mend.cut;
	note_mended(r);
	note_lacks(&r->fields);
	*why = r->error;
	return r->error.p == NULL;
}

struct aggregate_record
aggregate_get(const struct aggregate *report, size_t i)
{
	return records_get(report->kept, i);
}
