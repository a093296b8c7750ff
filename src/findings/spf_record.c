/*
 * spf_record.c - what is wrong with the text of an SPF record. (RFC 7208 4.5,
 * 4.6.1, 5, 12)
 */
#include "find_spf.h"

enum {
	TERMS_MAX = 400,   /* compared with each other */
	POINTERS_MAX = 12, /* followed; more cannot be evaluated */
	SAID_MAX = 8,      /* of single terms */
	LARGE = 450,       /* RFC 7208 3.4 */
	PACKET = 1232,     /* what travels unbroken by UDP */
	WIDE = 11,         /* a prefix so short is no mail server's network */
	MANY = 1 << 20     /* addresses */
};

struct lint {
	struct find *f;
	str name, text;
	struct spf_record record;
	size_t pointers;
};

static void
point(const struct lint *l, struct finding *x, str span, str label)
{
	find_in_txt(x, l->name, l->text, (size_t)(span.p - l->text.p), span.n,
		label);
}

/* The record with a part of it replaced, when that is one. */
static str
with(const struct lint *l, str span, str new)
{
	size_t at = (size_t)(span.p - l->text.p);
	str whole = STR_CAT(l->f->arena, str_sub(l->text, 0, at), new,
		str_skip(l->text, at + span.n));

	return spf_record_parse(l->f->arena, whole).valid ? whole : (str){ 0 };
}

/* Without a term, and the blank before it. */
static str
without(const struct lint *l, str term)
{
	str span = { term.p - 1, term.n + 1 };

	return with(l, span, STR(""));
}

/* --- its beginning --------------------------------------------------- */

/*
 * What follows "v = spf1" and the like; absent when it is nothing like it.
 * Sender ID's spf2.0 is another thing.
 */
static str
after_version(str txt)
{
	static const str words[] = { STR_INIT("spf"), STR_INIT("sfp"),
		STR_INIT("psf") };
	str s = find_skip(txt, " \t\"'\\"), rest = { 0 };
	bool v = str_istarts(s, STR("v"));

	if (v)
		s = find_skip(str_skip(s, 1), " \t=:");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_istarts(s, words[i]))
			rest = str_skip(s, words[i].n);
	if (!rest.p || (!v && !str_starts(rest, STR("1"))))
		return (str){ 0 };
	while (rest.n > 0 && is_digit(rest.p[0]))
		rest = str_skip(rest, 1);
	/* "spfl" */
	if (rest.n > 0 && is_one_of(rest.p[0], "lI") &&
		(rest.n == 1 || !is_alnum(rest.p[1])))
		rest = str_skip(rest, 1);
	return rest;
}

bool
spf_looks_meant(str txt)
{
	return after_version(txt).p != NULL;
}

/* With one space for each run of what may have been meant to separate. */
static str
spaced(struct arena *a, str s)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < s.n; i++) {
		if (!is_one_of(s.p[i], " ,;"))
			buf_char(&b, s.p[i]);
		else if (i + 1 < s.n && !is_one_of(s.p[i + 1], " ,;"))
			buf_char(&b, ' ');
	}
	return buf_str(&b);
}

static void
find_beginning(struct lint *l)
{
	str rest = after_version(l->text), better, head;
	struct finding *x;

	if (!rest.p)
		return;
	head = str_sub(l->text, 0, (size_t)(rest.p - l->text.p));
	if (str_ieq(head, STR("v=spf1")) && rest.n > 0 &&
		(is_alpha(rest.p[0]) || is_one_of(rest.p[0], "+-~?"))) {
		str term = str_sub(l->text, 0, str_find(l->text, ' '));
		str word = str_sub(rest, 0, str_find(rest, ' '));
		x = FIND(l->f, SPF_MISSING_SPACE, { "term", term },
			{ "rest", word });
		point(l, x, word, STR("put a space here"));
	} else {
		/* what stands right behind it is shown, too */
		str start = str_sub(
			l->text, 0, head.n + (rest.n > 0 && rest.p[0] != ' '));
		x = FIND(l->f, SPF_BAD_VERSION, { "text", start });
		point(l, x, start, STR("v=spf1"));
		rest = find_skip(rest, " \t,;:.=\"'\\");
	}
	better = rest.n > 0 ? STR_CAT(l->f->arena, STR("v=spf1 "), rest)
			    : STR("v=spf1");
	if (better.n > 0 && is_one_of(better.p[better.n - 1], "\"'"))
		better.n--;
	if (!spf_record_parse(l->f->arena, better).valid)
		better = spaced(l->f->arena, better);
	if (spf_record_parse(l->f->arena, better).valid)
		x->corrected = better;
}

/* --- bytes ----------------------------------------------------------- */

/* The octets of a quotation mark at the start of s, or 0. */
static size_t
quote_at(str s)
{
	if (s.p[0] == '"' || s.p[0] == '\'')
		return 1;
	return str_starts(s, STR("\xe2\x80")) && s.n > 2 &&
			       (unsigned char)s.p[2] >= 0x98 &&
			       (unsigned char)s.p[2] <= 0x9d
		       ? 3
		       : 0;
}

static const struct {
	str bytes, instead;
} pasted[] = {
	{ STR_INIT("\xc2\xa0"), STR_INIT(" ") },    /* no-break space */
	{ STR_INIT("\xe2\x80\x8b"), STR_INIT("") }, /* zero width */
	{ STR_INIT("\xe2\x80\x8c"), STR_INIT("") },
	{ STR_INIT("\xe2\x80\x8d"), STR_INIT("") },
	{ STR_INIT("\xef\xbb\xbf"), STR_INIT("") },
	{ STR_INIT("\xe2\x80\x90"), STR_INIT("-") }, /* hyphens, dashes */
	{ STR_INIT("\xe2\x80\x91"), STR_INIT("-") },
	{ STR_INIT("\xe2\x80\x93"), STR_INIT("-") },
	{ STR_INIT("\xe2\x80\x94"), STR_INIT("-") },
	{ STR_INIT("\xe2\x88\x92"), STR_INIT("-") },
	{ STR_INIT("\t"), STR_INIT(" ") },
	{ STR_INIT("\r"), STR_INIT("") },
	{ STR_INIT("\n"), STR_INIT(" ") },
};

/* The octets of a foreign character at the start of s, or 0. */
static size_t
foreign_at(str s, str *instead)
{
	unsigned char c = (unsigned char)s.p[0];

	*instead = (str){ NULL, 0 };
	if (c >= 0x20 && c <= 0x7e)
		return 0;
	for (size_t i = 0; i < sizeof(pasted) / sizeof(pasted[0]); i++)
		if (str_starts(s, pasted[i].bytes)) {
			*instead = pasted[i].instead;
			return pasted[i].bytes.n;
		}
	/* the rest of a character in UTF-8 belongs to it */
	size_t n = 1;
	while (c >= 0xc0 && n < 4 && n < s.n &&
		((unsigned char)s.p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* Without quotes and pasted characters; absent when that is no record. */
static str
cleaned(const struct lint *l)
{
	struct buf b = { .arena = l->f->arena };
	str instead;

	for (size_t i = 0, n; i < l->text.n; i += n) {
		str s = str_skip(l->text, i);
		n = quote_at(s);
		if (n > 0)
			continue;
		n = foreign_at(s, &instead);
		if (n == 0)
			buf_char(&b, s.p[0]);
		else if (instead.p)
			buf_add(&b, instead);
		else
			return (str){ 0 };
		n += n == 0;
	}
	str text = buf_str(&b);
	return spf_record_parse(l->f->arena, text).valid ? text : (str){ 0 };
}

static bool
find_quotes(struct lint *l)
{
	for (size_t i = 0; i < l->text.n; i++) {
		size_t n = quote_at(str_skip(l->text, i));
		if (n == 0)
			continue;
		struct finding *x = find_add(l->f, FINDING_SPF_QUOTES, NULL);
		point(l, x, str_sub(l->text, i, n), STR("remove it"));
		x->corrected = cleaned(l);
		return true;
	}
	return false;
}

static bool
find_foreign(struct lint *l)
{
	static const char digits[] = "0123456789abcdef";
	str instead;

	for (size_t i = 0; i < l->text.n; i++) {
		size_t quote = quote_at(str_skip(l->text, i));
		size_t n = foreign_at(str_skip(l->text, i), &instead);
		i += quote > 1 ? quote - 1 : 0;
		if (n == 0 || quote > 0)
			continue;
		unsigned char c = (unsigned char)l->text.p[i];
		char hex[2] = { digits[c >> 4], digits[c & 15] };
		struct finding *x = FIND(l->f, SPF_NON_ASCII,
			{ "hex", arena_dup(l->f->arena, (str){ hex, 2 }) });
		point(l, x, str_sub(l->text, i, n),
			instead.n > 0 ? STR("retype it") : STR("remove it"));
		x->corrected = cleaned(l);
		return true;
	}
	return false;
}

/* --- term by term ---------------------------------------------------- */

static void
check_all(struct lint *l, const struct spf_term *t)
{
	struct finding *x;

	if (t->qualifier == RESULT_PASS) {
		x = FIND(l->f, SPF_PLUS_ALL, { "term", t->text },
			{ "advice", STR("end it with `~all` or `-all`") });
		point(l, x, t->text, STR("~all or -all"));
	} else if (t->qualifier == RESULT_NEUTRAL) {
		x = find_add(l->f, FINDING_SPF_NEUTRAL_ALL, NULL);
		point(l, x, t->text, STR("~all"));
		x->corrected = with(l, t->text, STR("~all"));
	}
}

static struct ip
masked(struct ip net, unsigned prefix)
{
	for (size_t i = 0; i < sizeof(net.b); i++) {
		unsigned keep = prefix < 8 ? prefix : 8;
		net.b[i] &= (unsigned char)(0xff00u >> keep);
		prefix -= keep;
	}
	return net;
}

/* Said of a whole network by an address within it. */
static void
check_host_bits(struct lint *l, const struct spf_term *t, unsigned prefix)
{
	struct arena *a = l->f->arena;
	size_t colon = str_find(t->text, ':');
	str value = str_skip(t->text, colon + 1);
	struct ip net = masked(t->net, prefix);

	if (ip_eq(net, t->net))
		return;
	str number = find_number(l->f, prefix);
	str network = STR_CAT(a, ip_format(a, net), STR("/"), number);
	struct finding *x = FIND(l->f, SPF_HOST_BITS, { "value", value },
		{ "network", network }, { "prefix", number });
	point(l, x, value, STR(""));
	x->corrected = with(l, value, network);
}

static void
check_network(struct lint *l, const struct spf_term *t)
{
	bool v4 = t->kind == SPF_IP4;
	unsigned prefix = v4 ? t->prefix4 : t->prefix6;

	if (prefix == 0 && t->qualifier == RESULT_PASS) {
		struct finding *x = FIND(l->f, SPF_PLUS_ALL,
			{ "term", t->text },
			{ "advice",
				STR("remove it, and end the record with `~all` "
				    "or `-all`") });
		point(l, x, t->text, STR("all addresses"));
	} else {
		check_host_bits(l, t, prefix);
	}
}

static void
check_pointer(struct lint *l, const struct spf_term *t)
{
	if (l->pointers++ >= POINTERS_MAX || !spf_is_open(l->f, t))
		return;
	struct finding *x = FIND(l->f, SPF_PLUS_ALL, { "term", t->text },
		{ "advice", STR_CAT(l->f->arena,
				    STR("remove it, or let the owner "
					"of "),
				    t->spec,
				    STR(" end that record with `-all`")) });
	point(l, x, t->text, STR("ends in +all"));
}

static void
check_term(struct lint *l, const struct spf_term *t)
{
	if (t->kind == SPF_ALL) {
		check_all(l, t);
	} else if (t->kind == SPF_IP4 || t->kind == SPF_IP6) {
		check_network(l, t);
	} else if (t->kind == SPF_INCLUDE || t->kind == SPF_REDIRECT) {
		check_pointer(l, t);
	} else if (t->kind == SPF_PTR) {
		struct finding *x = FIND(l->f, SPF_PTR, { "term", t->text });
		point(l, x, t->text, STR("use ip4: or ip6:"));
	}
}

static const struct spf_term *
find_all(const struct lint *l)
{
	for (size_t i = 0; i < l->record.n; i++)
		if (l->record.term[i].kind == SPF_ALL)
			return &l->record.term[i];
	return NULL;
}

/* How many terms there are before `all`; the rest is never looked at. */
static size_t
live_terms(const struct lint *l)
{
	const struct spf_term *all = find_all(l);

	return all ? (size_t)(all - l->record.term) : l->record.n;
}

static bool
is_mechanism(const struct spf_term *t)
{
	return t->kind >= SPF_ALL && t->kind <= SPF_EXISTS;
}

/* "+mx" is "mx". */
static str
plain(const struct spf_term *t)
{
	return str_skip(t->text, str_starts(t->text, STR("+")));
}

static str
cost_of(struct lint *l, const struct spf_term *t)
{
	struct spf_count c = spf_count_term(l->f, t);

	if (c.lookups == 0)
		return STR("");
	return STR_CAT(l->f->arena, STR(" and costs "),
		find_number(l->f, c.lookups),
		c.lookups == 1 ? STR(" lookup more") : STR(" lookups more"));
}

static void
find_twice(struct lint *l)
{
	size_t live = live_terms(l), n = live < TERMS_MAX ? live : TERMS_MAX;

	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < i; k++) {
			const struct spf_term *t = &l->record.term[i];
			if (!is_mechanism(t) || t->kind == SPF_ALL ||
				!str_ieq(plain(t), plain(&l->record.term[k])))
				continue;
			struct finding *x = FIND(l->f, SPF_DUPLICATE_TERM,
				{ "term", t->text }, { "cost", cost_of(l, t) });
			point(l, x, t->text, STR("the second"));
			x->corrected = without(l, t->text);
			return;
		}
}

/* --- what the terms say together ------------------------------------- */

static void
find_after_all(struct lint *l, const struct spf_term *all)
{
	const struct spf_term *end = l->record.term + l->record.n;

	for (const struct spf_term *t = all + 1; t < end; t++) {
		if (!is_mechanism(t))
			continue;
		struct finding *x =
			FIND(l->f, SPF_TERMS_AFTER_ALL, { "term", t->text });
		point(l, x, t->text, STR("never looked at"));
		str moved = without(l, all->text);
		if (moved.p && t->kind != SPF_ALL)
			x->corrected = STR_CAT(
				l->f->arena, moved, STR(" "), all->text);
		return;
	}
}

static void
find_default(struct lint *l)
{
	const struct spf_term *all = find_all(l);
	const struct spf_term *redirect = l->record.redirect;
	struct finding *x;

	if (!all && !redirect) {
		x = find_add(l->f, FINDING_SPF_NO_ALL, NULL);
		point(l, x, str_skip(l->text, l->text.n), STR(""));
	}
	if (all && redirect) {
		x = FIND(l->f, SPF_REDIRECT_IGNORED, { "term", redirect->text },
			{ "all", all->text });
		point(l, x, redirect->text, STR("ignored"));
	}
	if (all)
		find_after_all(l, all);
}

/* --- how much of it -------------------------------------------------- */

static void
find_breadth(struct lint *l)
{
	uint64_t n = spf_count_addresses(l->f, l->text).addresses;
	const struct spf_term *wide = NULL;

	for (size_t i = 0, live = live_terms(l); i < live; i++) {
		const struct spf_term *t = &l->record.term[i];
		if (t->kind != SPF_IP4 || t->qualifier != RESULT_PASS)
			continue;
		if (t->prefix4 == 0)
			return; /* worse was said */
		if (t->prefix4 <= WIDE && (!wide || t->prefix4 < wide->prefix4))
			wide = t;
	}
	if (n <= MANY && !wide)
		return;
	struct finding *x =
		FIND(l->f, SPF_TOO_BROAD, { "n", str_count(l->f->arena, n) });
	point(l, x, wide ? wide->text : str_sub(l->text, 0, 0), STR(""));
}

/* As it travels: RFC 1035 4.1. */
static size_t
packet_of(const struct dns_answer *txt, str name)
{
	size_t n = 12 + name.n + 2 + 4 + 11; /* header, question, EDNS */

	for (size_t i = 0; i < txt->n; i++)
		n += 12 + txt->rr[i].data.n + txt->rr[i].data.n / 255 + 1;
	return n;
}

static void
find_size(struct lint *l)
{
	const struct dns_answer *txt = find_known(l->f, DNS_TXT, l->name);
	size_t packet = txt ? packet_of(txt, l->name) : 0;
	bool record = l->text.n > LARGE;

	if (!record && packet <= PACKET)
		return;
	struct finding *x = FIND(l->f, SPF_TOO_LARGE,
		{ "what", record ? STR("the SPF record")
				 : STR("the answer with all TXT") },
		{ "n", str_count(l->f->arena, record ? l->text.n : packet) },
		{ "domain", l->name });
	x->name = l->name;
}

/* --- the record ------------------------------------------------------ */

/* A host or domain, and not "example.com-all". */
static bool
is_plain_name(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '.' &&
			s.p[i] != '_')
			return false;
	return dns_name_valid(s) && !str_iends(s, STR("all"));
}

/*
 * Nothing can have run together or been mistyped in a record that is valid,
 * when all that is free text in it is plain names.  Most records are so, and
 * a look at each of their words is long.
 */
static bool
is_plain(const struct spf_record *r)
{
	for (size_t i = 0; r->valid && i < r->n; i++)
		if (r->term[i].kind == SPF_MODIFIER ||
			(r->term[i].spec.p && !is_plain_name(r->term[i].spec)))
			return false;
	return r->valid;
}

static bool
find_spoiled(struct lint *l)
{
	bool quotes, foreign;

	if (!spf_is_record(l->text)) {
		find_beginning(l);
		return true;
	}
	l->record =
		spf_record_recall(dns_shelf(l->f->dns), l->f->arena, l->text);
	if (is_plain(&l->record))
		return false;
	/* what they touch is not worth reading */
	quotes = find_quotes(l);
	foreign = find_foreign(l);
	return quotes || foreign || spf_find_words(l->f, l->name, l->text);
}

void
find_spf_spoiled(struct find *f, str name, str text)
{
	struct lint l = { .f = f, .name = name, .text = text };

	find_spoiled(&l);
}

static void
look_at_terms(struct lint *l)
{
	for (size_t i = 0, n = l->f->n;
		i < l->record.n && l->f->n < n + SAID_MAX; i++)
		check_term(l, &l->record.term[i]);
}

/*
 * What the text says by itself; false when it falls apart, and is not worth
 * reading on.
 */
static bool
look_at_text(struct lint *l)
{
	if (find_spoiled(l) || !l->record.valid)
		return false;
	look_at_terms(l);
	find_twice(l);
	find_default(l);
	return true;
}

/* The text was looked at before, and there is nothing to be said of it. */
static bool
is_sound(struct lint *l)
{
	struct shelf *shelf = dns_shelf(l->f->dns);

	if (!shelf_find(shelf, SHELF_SPF_SOUND, l->text))
		return false;
	l->record = spf_record_recall(shelf, l->f->arena, l->text);
	look_at_terms(l); /* they may lead to others */
	return true;
}

void
find_spf_record(struct find *f, str name, str text)
{
	struct lint l = { .f = f, .name = name, .text = text };
	size_t before = f->added;

	if (!is_sound(&l)) {
		if (!look_at_text(&l))
			return;
		if (f->added == before)
			shelf_put(dns_shelf(f->dns), SHELF_SPF_SOUND, text, 1);
	}
	find_breadth(&l);
	find_size(&l);
}
