/*
 * failure.c - failure reports: fields, and the message they are about.
 *
 * Writers differ in more than the RFCs allow.  Some write Source-IP with the
 * name of the host behind it, Version 1.0, Authentication-Results without who
 * says it, or leave a line of theirs unfolded.
 */
#include "report/failure.h"
#include "report/notes.h"

#include "mailauth/address.h"
#include "mailauth/message.h"
#include "mailauth/time.h"
#include "mail/cfws.h"

#include <stddef.h>

struct reader {
	struct arena *arena;
	struct failure *failure;
	const struct message *fields;
	struct notes notes;
};

/* --- values ---------------------------------------------------------- */

/* Anybody may write a value of any length; nobody needs one. */
static str
text_of(struct reader *r, str value)
{
	str text = field_unfold(r->arena, value);

	if (text.n > FAILURE_MAX_VALUE)
		notes_add(&r->notes, STR("a field was cut after 4,096 octets"));
	return str_sub(text, 0, FAILURE_MAX_VALUE);
}

/*
 * Without its comments.  The first one that is not closed, and what follows it,
 * stays as it is.
 */
static str
bare_of(struct reader *r, str value)
{
	str text = text_of(r, value);
	struct buf b = { .arena = r->arena };

	for (size_t at = 0; at < text.n;) {
		char c = text.p[at];
		size_t end = c == '(' || c == '"' ? cfws_closed_at(text, at)
						  : at + 1;
		if (end == 0)
			end = text.n;
		else if (c == '(')
			at = end;
		buf_add(&b, str_sub(text, at, end - at));
		at = end;
	}
	return str_trim_wsp(buf_str(&b));
}

/* Brackets are no part of it; what is no address stays as it is. */
static str
path_of(struct reader *r, str value)
{
	struct address address;
	str bare = bare_of(r, value);

	if (!address_parse_path(r->arena, bare, &address))
		return bare;
	return address.text.p ? address.text : STR("");
}

static void
take_text(struct reader *r, str value, void *to)
{
	*(str *)to = text_of(r, value);
}

static void
take_bare(struct reader *r, str value, void *to)
{
	*(str *)to = bare_of(r, value);
}

static void
take_path(struct reader *r, str value, void *to)
{
	*(str *)to = path_of(r, value);
}

/* "dns; mx.example" (RFC 3464 2.2.2) */
static void
take_mta(struct reader *r, str value, void *to)
{
	str bare = bare_of(r, value);
	size_t type = str_find(bare, ';');

	if (type == bare.n)
		notes_add(&r->notes, STR("Reporting-MTA is without its type"));
	else
		bare = str_trim_wsp(str_skip(bare, type + 1));
	*(str *)to = bare;
}

static void
take_date(struct reader *r, str value, void *to)
{
	str text = text_of(r, value);

	if (time_parse_rfc5322(text, to))
		return;
	notes_add(&r->notes, STR("the date of arrival is not as in mail"));
	if (!time_parse_rfc3339(text, to))
		*(int64_t *)to = TIME_UNKNOWN;
}

/* "192.0.2.1 (mx.example)" is what OpenDMARC writes. */
static void
take_ip(struct reader *r, str value, void *to)
{
	str bare = bare_of(r, value);

	r->failure->source = bare;
	if (!ip_parse_loose(bare, to))
		notes_add(&r->notes, STR("Source-IP is no address"));
}

static void
take_count(struct reader *r, str value, void *to)
{
	uint64_t *count = to;
	str bare = bare_of(r, value);
	size_t digits = 0;

	while (digits < bare.n && is_digit(bare.p[digits]))
		digits++;
	if (digits == 0 || digits < bare.n)
		notes_add(&r->notes, STR("Incidents is no number"));
	else if (!str_uint(bare, UINT64_MAX, count))
		*count = UINT64_MAX;
	if (*count > UINT32_MAX)
		notes_add(&r->notes, STR("Incidents has more than 32 bits"));
}

/* --- the fields ------------------------------------------------------ */

#define SLOT(field, name, take)                                                \
	{                                                                      \
		STR_INIT(name), offsetof(struct failure, field), take          \
	}

/* What may stand once.  Of two for one place the lower one counts. */
static const struct slot {
	str name;
	size_t at;
	void (*take)(struct reader *, str value, void *to);
} slots[] = {
	SLOT(type, "Feedback-Type", take_bare),
	SLOT(user_agent, "User-Agent", take_text),
	SLOT(version, "Version", take_bare),
	SLOT(failed, "Auth-Failure", take_bare),
	SLOT(aligned, "Identity-Alignment", take_bare),
	SLOT(result, "Delivery-Result", take_bare),
	SLOT(reporter, "Reporting-MTA", take_mta),
	SLOT(arrival, "Received-Date", take_date), /* before RFC 5965 */
	SLOT(arrival, "Arrival-Date", take_date),
	SLOT(ip, "Source-IP", take_ip),
	SLOT(incidents, "Incidents", take_count),
	SLOT(mail_from, "Original-Mail-From", take_path),
	SLOT(envelope_id, "Original-Envelope-Id", take_bare),
	SLOT(domain, "Reported-Domain", take_bare),
	SLOT(dkim_domain, "DKIM-Domain", take_bare),
	SLOT(dkim_identity, "DKIM-Identity", take_bare),
	SLOT(dkim_selector, "DKIM-Selector", take_bare),
};

static void
take_slots(struct reader *r)
{
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		const struct field *f = message_top(r->fields, slots[i].name);
		if (f != NULL)
			slots[i].take(
				r, f->value, (char *)r->failure + slots[i].at);
	}
}

static struct failure_values
values_of(struct reader *r, str name, str (*read)(struct reader *, str))
{
	size_t n = message_count(r->fields, name), at = 0;
	size_t room = n < FAILURE_MAX_VALUES ? n : FAILURE_MAX_VALUES;
	str *value = arena_make(r->arena, room, str);

	for (size_t i = 0; i < r->fields->n && at < room; i++)
		if (str_ieq(r->fields->field[i].name, name))
			value[at++] = read(r, r->fields->field[i].value);
	if (n > room)
		notes_add(
			&r->notes, STR_CAT(r->arena, STR("of "), name,
					   STR(" only the first 16 are read")));
	return (struct failure_values){ value, at };
}

/*
 * An empty line ends the fields of a message, but not those of some writers; a
 * line that is no field is skipped, with what is folded under it.
 */
static bool
is_field(str line)
{
	size_t colon = str_find(line, ':');
	str name = str_trim_wsp(str_sub(line, 0, colon));

	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f)
			return false;
	return colon < line.n && name.n > 0;
}

static str
fields_of(struct reader *r, str text)
{
	struct buf b = { .arena = r->arena };
	bool keep = false;

	if (text.n > FAILURE_MAX_TEXT)
		notes_add(&r->notes, STR("the report was cut after 256 KiB"));
	text = str_sub(text, 0, FAILURE_MAX_TEXT);
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_skip(text, 3);
	for (str line; str_split(&text, '\n', &line);) {
		if (str_trim_fws(line).n == 0)
			continue;
		if (!is_wsp(line.p[0]))
			keep = is_field(line);
		if (!keep) {
			notes_add(&r->notes, STR("a line is no field"));
			continue;
		}
		buf_add(&b, line);
		buf_char(&b, '\n');
	}
	return buf_str(&b);
}

/* --- what is wrong with them ----------------------------------------- */

bool
failure_has(str words, str word)
{
	for (str rest = words, piece; str_split(&rest, ',', &piece);)
		if (str_ieq(str_trim_wsp(piece), word))
			return true;
	return false;
}

static bool
is_about_authentication(const struct failure *f)
{
	return str_ieq(f->type, STR("auth-failure")) || f->failed.n > 0;
}

/* RFC 6591 takes away what RFC 5965 3.3 allows. */
static void
note_repeated(struct reader *r)
{
	struct buf b = { .arena = r->arena };
	bool strict = is_about_authentication(r->failure);

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		bool may = slots[i].at == offsetof(struct failure, domain) &&
			   !strict;
		if (!may && message_count(r->fields, slots[i].name) > 1)
			notes_word(&b, slots[i].name);
	}
	notes_words(&r->notes, STR("more than once, the first counts: "), &b);
	if (strict && r->failure->authentication.n > 1)
		notes_add(&r->notes,
			STR("Authentication-Results stands more than once"));
	if (message_top(r->fields, STR("Arrival-Date")) != NULL &&
		message_top(r->fields, STR("Received-Date")) != NULL)
		notes_add(&r->notes,
			STR("both Arrival-Date and Received-Date; the first "
			    "counts"));
}

static bool
is_about_dkim(const struct failure *f)
{
	return failure_has(f->aligned, STR("dkim")) ||
	       failure_has(f->failed, STR("signature")) ||
	       failure_has(f->failed, STR("bodyhash")) ||
	       failure_has(f->failed, STR("revoked"));
}

static bool
is_about_spf(const struct failure *f)
{
	return failure_has(f->aligned, STR("spf")) ||
	       failure_has(f->failed, STR("spf"));
}

/* RFC 5965 3.1; RFC 6591 3.1 and 3.2; RFC 9991 4 */
static void
note_missing(struct reader *r)
{
	const struct failure *f = r->failure;
	bool strict = is_about_authentication(f);
	bool dmarc = failure_has(f->failed, STR("dmarc"));
	bool dkim = is_about_dkim(f), spf = is_about_spf(f);
	const struct {
		bool needed, there;
		str name;
	} fields[] = {
		{ true, f->type.n > 0, STR("Feedback-Type") },
		{ true, f->user_agent.n > 0, STR("User-Agent") },
		{ true, f->version.n > 0, STR("Version") },
		{ strict, f->failed.n > 0, STR("Auth-Failure") },
		{ strict, f->authentication.n > 0,
			STR("Authentication-Results") },
		{ dmarc, f->aligned.n > 0, STR("Identity-Alignment") },
		{ dkim, f->dkim_domain.n > 0, STR("DKIM-Domain") },
		{ dkim, f->dkim_identity.n > 0, STR("DKIM-Identity") },
		{ dkim, f->dkim_selector.n > 0, STR("DKIM-Selector") },
		{ spf, f->spf_dns.n > 0, STR("SPF-DNS") },
	};
	struct buf b = { .arena = r->arena };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].needed && !fields[i].there)
			notes_word(&b, fields[i].name);
	notes_words(&r->notes, STR("no "), &b);
}

/* The first one that is not known. */
static void
note_words(struct reader *r, str name, str value, str known)
{
	enum { SHOWN = 40 };

	for (str rest = value, word; str_split(&rest, ',', &word);) {
		word = str_trim_wsp(word);
		if (word.n == 0 || failure_has(known, word))
			continue;
		notes_add(&r->notes,
			STR_CAT(r->arena, name, STR(" has no such word: "),
				str_sub(word, 0, SHOWN)));
		return;
	}
}

static void
note_unknown(struct reader *r)
{
	const struct failure *f = r->failure;

	note_words(r, STR("Feedback-Type"), f->type,
		STR("abuse,auth-failure,fraud,not-spam,other,virus"));
	note_words(r, STR("Auth-Failure"), f->failed,
		STR("adsp,bodyhash,dmarc,revoked,signature,spf"));
	note_words(
		r, STR("Identity-Alignment"), f->aligned, STR("dkim,none,spf"));
	note_words(r, STR("Delivery-Result"), f->result,
		STR("delivered,other,policy,reject,spam"));
	if (f->version.n > 0 && !str_eq(f->version, STR("1")))
		notes_add(&r->notes, STR("Version is not 1"));
}

/* --- the message ----------------------------------------------------- */

static str
field_of(struct reader *r, const struct message *m, const char *name)
{
	const struct field *f = message_top(m, str_from(name));

	return f != NULL ? text_of(r, f->value) : (str){ 0 };
}

static void
read_message(struct reader *r, str text)
{
	struct failure *f = r->failure;
	const struct message *m =
		message_from(r->arena, str_sub(text, 0, FAILURE_MAX_TEXT));

	if (m->n == 0)
		notes_add(&r->notes,
			STR("the message itself did not come along"));
	f->from = field_of(r, m, "From");
	f->subject = field_of(r, m, "Subject");
	f->message_id = field_of(r, m, "Message-ID");
	f->date = field_of(r, m, "Date");
	struct address_list authors = address_list_parse(r->arena, f->from);
	if (authors.n > 0 && authors.address[0].ascii.n > 0)
		f->header_from = authors.address[0].ascii;
}

bool
failure_read(
	struct arena *a, str report, str message, struct failure *f, str *why)
{
	struct reader r = { .arena = a, .failure = f };

	*f = (struct failure){ .arrival = TIME_UNKNOWN, .incidents = 1 };
	r.notes = (struct notes){ f->note, &f->notes, FAILURE_MAX_NOTES };
	r.fields = message_from(a, fields_of(&r, report));
	take_slots(&r);
	f->rcpt_to = values_of(&r, STR("Original-Rcpt-To"), path_of);
	f->authentication =
		values_of(&r, STR("Authentication-Results"), text_of);
	f->spf_dns = values_of(&r, STR("SPF-DNS"), text_of);
	if (f->type.n == 0 && f->failed.n == 0) {
		*why = STR("it is no feedback report: no Feedback-Type");
		return false;
	}
	read_message(&r, message);
	note_missing(&r);
	note_repeated(&r);
	note_unknown(&r);
	return true;
}
