/*
 * dkim_cover.c - what a signature covers, what it leaves open, and what it
 * should rather not sign. (RFC 6376 5.4, 8.2, 8.15)
 */
#include "dkim.h"

#include "mailauth/address.h"
#include "mailauth/time.h"

#include "dkim/signer.h"

enum { NAMES = 4, RECIPIENTS = 20, DAY = 86400 };

/* Names in h=, each once; "A, B, C, D and others". */
struct names {
	str name[NAMES];
	size_t n;
	bool more;
};

static bool
has_name(const struct names *names, str name)
{
	for (size_t i = 0; i < names->n; i++)
		if (str_ieq(names->name[i], name))
			return true;
	return false;
}

static void
add_name(struct names *names, str name)
{
	if (has_name(names, name))
		return;
	if (names->n == NAMES)
		names->more = true;
	else
		names->name[names->n++] = name;
}

static str
join(struct find *f, const struct names *names, str last)
{
	struct buf b = { .arena = f->arena };

	for (size_t i = 0; i < names->n; i++) {
		bool ends = i + 1 == names->n && !names->more;
		buf_add(&b, i == 0 ? STR("") : ends ? last : STR(", "));
		buf_add(&b, names->name[i]);
	}
	buf_add(&b, names->more ? STR(" and others") : STR(""));
	return buf_str(&b);
}

/* --- the body -------------------------------------------------------- */

static void
find_length(struct find *f, const struct dkim_subject *s)
{
	const struct dkim_verdict *v = s->verdict;
	struct finding *x;

	if (s->signature->length == BODY_WHOLE || v->body_hash != RESULT_PASS)
		return;
	if (v->unsigned_bytes > 0)
		x = FIND(f, DKIM_UNSIGNED_TAIL,
			{ "n", str_count(f->arena, v->unsigned_bytes) });
	else
		x = FIND(f, DKIM_LENGTH_TAG,
			{ "l", find_number(f, s->signature->length) });
	dkim_point(f, x, s, STR("l"), (str){ 0 });
}

static void
find_content_type(struct find *f, const struct dkim_subject *s)
{
	const struct field *type = message_top(f->message, STR("Content-Type"));

	if (!type || dkim_listed(s->signature, type->name) > 0)
		return;
	struct finding *x =
		find_add(f, FINDING_DKIM_CONTENT_TYPE_UNSIGNED, NULL);
	if (s->signature->length == BODY_WHOLE)
		x->severity = SEVERITY_NOTE;
	dkim_point(f, x, s, STR("h"), (str){ 0 });
}

/* --- copies of header fields ----------------------------------------- */

static bool
is_shown_to_readers(str name)
{
	static const str shown[] = { STR_INIT("Subject"), STR_INIT("To"),
		STR_INIT("Date"), STR_INIT("Reply-To"), STR_INIT("Cc"),
		STR_INIT("Content-Type"), STR_INIT("MIME-Version") };

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (str_ieq(name, shown[i]))
			return true;
	return false;
}

static void
add_copy(struct find *f, str name)
{
	const struct field *top = message_top(f->message, name);
	struct finding *x =
		FIND(f, DKIM_UNSIGNED_COPY, { "header", top->name });

	if (str_ieq(name, STR("From")))
		x->severity = SEVERITY_ERROR;
	find_in_field(x, f->message, top, 0, 0, (str){ 0 });
}

/* Of a signature that holds: it does not speak for the upper one. */
static void
find_copies(struct find *f, const struct dkim_subject *s)
{
	const struct dkim_verdict *v = s->verdict;

	if (v->header_hash != RESULT_PASS)
		return;
	if (v->from_unsigned)
		add_copy(f, STR("From"));
	for (size_t i = 0; i < v->n_unsigned_copies; i++)
		if (is_shown_to_readers(v->unsigned_copies[i]))
			add_copy(f, v->unsigned_copies[i]);
}

/* The fields that readers go by, as they are written everywhere. */
enum { MAIN_NAMES = 4 };
static const str main_name[MAIN_NAMES] = { STR_INIT("From"),
	STR_INIT("Subject"), STR_INIT("To"), STR_INIT("Date") };

/* What h= says of one of them. */
struct main_item {
	size_t name;
	str first; /* in h= */
	size_t n;
};

/* Those in h=, in its order, which may be long: it is read once. */
static size_t
list_main(str headers, struct main_item *out)
{
	size_t found = 0;
	str item;

	while (colon_split(&headers, &item)) {
		size_t name = 0, i = 0;
		while (name < MAIN_NAMES && !str_ieq(item, main_name[name]))
			name++;
		while (i < found && out[i].name != name)
			i++;
		if (name == MAIN_NAMES)
			continue;
		if (i == found)
			out[found++] = (struct main_item){ name, item, 0 };
		out[i].n++;
	}
	return found;
}

static void
find_not_oversigned(struct find *f, const struct dkim_subject *s)
{
	struct main_item item[MAIN_NAMES];
	size_t n = list_main(s->signature->headers, item);
	struct names open = { .n = 0 };
	str first = { 0 };

	for (size_t i = 0; i < n; i++) {
		str name = main_name[item[i].name];
		if (item[i].n != message_count(f->message, name))
			continue;
		first = first.p ? first : item[i].first;
		add_name(&open, name);
	}
	if (open.n == 0)
		return;
	struct finding *x = FIND(f, DKIM_NOT_OVERSIGNED,
		{ "headers", join(f, &open, STR(" or ")) });
	dkim_point_at(f, x, s, first, (str){ 0 });
}

/* --- what should not be signed --------------------------------------- */

static bool
is_trace(str name)
{
	return str_ieq(name, STR("Received")) ||
	       str_ieq(name, STR("Return-Path")) ||
	       str_ieq(name, STR("Authentication-Results")) ||
	       str_ieq(name, STR("DKIM-Signature")) ||
	       str_istarts(name, STR("X-Spam-"));
}

static bool
is_of_lists(str name)
{
	return str_istarts(name, STR("List-")) ||
	       str_istarts(name, STR("Resent-")) ||
	       str_ieq(name, STR("Sender")) || str_ieq(name, STR("Precedence"));
}

static void
find_unwise(struct find *f, const struct dkim_subject *s)
{
	struct names trace = { .n = 0 }, lists = { .n = 0 };
	struct finding *x;
	str name;

	for (str rest = s->signature->headers; colon_split(&rest, &name);) {
		if (is_trace(name))
			add_name(&trace, name);
		else if (is_of_lists(name) &&
			 message_lowest(f->message, name) == 0)
			add_name(&lists, name);
	}
	if (trace.n > 0) {
		x = FIND(f, DKIM_SIGNS_TRACE,
			{ "headers", join(f, &trace, STR(", ")) });
		dkim_point_at(f, x, s, trace.name[0], (str){ 0 });
	}
	if (lists.n > 0) {
		x = FIND(f, DKIM_SIGNS_LIST_HEADERS,
			{ "headers", join(f, &lists, STR(" and ")) });
		dkim_point_at(f, x, s, lists.name[0], (str){ 0 });
	}
}

/* A list, or more hosts than the sender's and the receiver's. */
static bool
came_far(const struct find *f)
{
	return message_lowest(f->message, STR("List-Id")) != 0 ||
	       message_lowest(f->message, STR("List-Post")) != 0 ||
	       message_count(f->message, STR("Received")) > 2;
}

static void
find_simple(struct find *f, const struct dkim_subject *s)
{
	const struct dkim_signature *sig = s->signature;
	const struct tag *c = taglist_find(&sig->tags, STR("c"));

	if (sig->header_canon != CANON_SIMPLE &&
		(sig->body_canon != CANON_SIMPLE || !came_far(f)))
		return;
	struct finding *x = FIND(
		f, DKIM_SIMPLE, { "c", c ? c->value : STR("simple/simple") });
	dkim_point(f, x, s, STR("c"), (str){ 0 });
}

/* --- who verifies it, and for whom ----------------------------------- */

static bool
has_other(const struct find *f, bool (*is)(const struct find *, size_t))
{
	for (size_t i = 0; i < f->v->dkim_facts.n; i++)
		if (is(f, i))
			return true;
	return false;
}

static bool
is_rsa_of_author(const struct find *f, size_t i)
{
	const struct dkim_signer *s = &f->v->dkim_facts.signature[i].signer;

	return s->key_kind == KEY_RSA && find_may_align(f, s->domain_ascii);
}

static void
find_ed25519(struct find *f, const struct dkim_subject *s)
{
	const struct dkim_signer *signer = &s->signature->signer;

	if (signer->key_kind != KEY_ED25519 || has_other(f, is_rsa_of_author))
		return;
	struct finding *x = FIND(f, DKIM_ED25519_ONLY, { "d", signer->domain });
	dkim_point(f, x, s, STR("a"), (str){ 0 });
}

static void
find_third_party(struct find *f, const struct dkim_subject *s)
{
	if (s->verdict->result != RESULT_PASS || find_is_aligned(f, s->index) ||
		!has_other(f, find_is_aligned))
		return;
	FIND(f, DKIM_THIRD_PARTY, { "d", s->signature->signer.domain });
}

/* --- replay ---------------------------------------------------------- */

/* A list or a forwarder explains another recipient. */
static bool
was_passed_on(const struct find *f)
{
	static const str trace[] = { STR_INIT("List-Id"), STR_INIT("ARC-Seal"),
		STR_INIT("X-Forwarded-To"), STR_INIT("X-Forwarded-For"),
		STR_INIT("Resent-From"), STR_INIT("Resent-To") };

	for (size_t i = 0; i < sizeof(trace) / sizeof(trace[0]); i++)
		if (message_lowest(f->message, trace[i]) != 0)
			return true;
	return false;
}

/* The address that one field says it was delivered to; absent. */
static str
recipient_of(struct find *f, const struct field *field)
{
	struct address address;
	str s = str_trim_fws(field->value);

	if (str_ieq(field->name, STR("Received")))
		s = received_parse(f->arena, field).for_;
	if (!s.p || !address_parse_path(f->arena, s, &address) ||
		address.domain.n == 0)
		return (str){ 0 };
	return STR_CAT(f->arena, address.local, STR("@"), address.domain);
}

/* All that are recorded; the one of the last host first. */
static size_t
list_recipients(struct find *f, str *out)
{
	static const str headers[] = { STR_INIT("Delivered-To"),
		STR_INIT("X-Original-To"), STR_INIT("Received") };
	size_t n = 0;

	for (size_t i = 0; i < f->message->n && n < RECIPIENTS; i++) {
		const struct field *field = &f->message->field[i];
		bool is = false;
		for (size_t k = 0; k < 3; k++)
			is |= str_ieq(field->name, headers[k]);
		str rcpt = is ? recipient_of(f, field) : (str){ 0 };
		if (rcpt.p)
			out[n++] = rcpt;
	}
	return n;
}

static bool
is_addressed(struct find *f, str header, const str *rcpt, size_t n)
{
	uint32_t at = message_lowest(f->message, header);

	for (; at != 0; at = f->message->field[at - 1].above) {
		struct address_list list = address_list_parse(
			f->arena, f->message->field[at - 1].value);
		for (size_t i = 0; i < list.n; i++) {
			str text = STR_CAT(f->arena, list.address[i].local,
				STR("@"), list.address[i].domain);
			for (size_t k = 0; k < n; k++)
				if (str_ieq(text, rcpt[k]))
					return true;
		}
	}
	return false;
}

/* Who got it, when the message is addressed to nobody who did; absent. */
static str
stranger(struct find *f)
{
	str rcpt[RECIPIENTS];
	size_t n = list_recipients(f, rcpt);

	if (n == 0 || is_addressed(f, STR("To"), rcpt, n) ||
		is_addressed(f, STR("Cc"), rcpt, n))
		return (str){ 0 };
	return rcpt[0];
}

static str
addressed_to(struct find *f)
{
	const struct field *to = message_top(f->message, STR("To"));
	struct address_list list = { .n = 0 };

	if (to)
		list = address_list_parse(f->arena, to->value);
	return list.n > 0 ? list.address[0].text : STR("nobody");
}

static str
replay_of(struct find *f, size_t i)
{
	int64_t signed_at = f->v->dkim_facts.signature[i].time;
	int64_t received = find_received(f);
	str rcpt = stranger(f);

	if (rcpt.p)
		return STR_CAT(f->arena, STR("signed for "), addressed_to(f),
			STR(", delivered to "), rcpt);
	if (signed_at == TIME_UNKNOWN || received == TIME_UNKNOWN ||
		received - signed_at <= DAY)
		return (str){ 0 };
	return STR_CAT(f->arena, STR("signed "),
		find_age(f, received - signed_at), STR(" before delivery"));
}

static void
find_replay(struct find *f)
{
	size_t i = 0;

	while (i < f->v->dkim_facts.n && !find_is_aligned(f, i))
		i++;
	if (i == f->v->dkim_facts.n || f->v->spf.result == RESULT_PASS ||
		f->client->ip.family == 0 || was_passed_on(f))
		return;
	str what = replay_of(f, i);
	if (what.p)
		FIND(f, DKIM_REPLAY_SUSPECT, { "what", what })->signature =
			i + 1;
}

/* --- one signature --------------------------------------------------- */

static void
find_cover(struct find *f, const struct dkim_subject *s)
{
	bool broken = s->verdict->header_hash == RESULT_FAIL;

	if (s->signature->signer.result != RESULT_PENDING)
		return;
	find_length(f, s);
	find_copies(f, s);
	find_third_party(f, s);
	if (s->author && (s->counts || broken)) {
		find_unwise(f, s);
		find_simple(f, s);
	}
	if (!s->counts)
		return;
	find_ed25519(f, s);
	find_content_type(f, s);
	if (f->v->result == RESULT_PASS)
		find_not_oversigned(f, s);
}

void
find_dkim_cover(struct find *f)
{
	if (!f->message)
		return;
	dkim_each(f, find_cover);
	find_replay(f);
}
