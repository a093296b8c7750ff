/*
 * placeholder.c - what a guide has left open in a record, and the names and
 * networks that only guides use.
 */
#include "find_publish.h"

#include "mailauth/domain.h"
#include "mailauth/ip.h"

enum { SHOWN = 40, BRACKETS_MAX = 40, SAID_MAX = 4 };

/* --- left open ------------------------------------------------------- */

static bool
is_word_byte(char c)
{
	return is_alnum(c) || is_one_of(c, "+/=");
}

/* A word begins at i: nothing before it that could belong to it. */
static bool
begins_word(str s, size_t i)
{
	return i == 0 || !is_word_byte(s.p[i - 1]) || s.p[i - 1] == '=' ||
	       (i > 1 && s.p[i - 1] == '/' && s.p[i - 2] == '/');
}

/* "<ip>", "[your domain]", "{selector}", but not "%{i}". */
static size_t
bracket_at(str s, size_t i)
{
	static const char open[] = "<[{", shut[] = ">]}";
	str inner = str_sub(s, i + 1, BRACKETS_MAX);
	size_t kind = 0, n;

	while (open[kind] != '\0' && open[kind] != s.p[i])
		kind++;
	if (open[kind] == '\0' || (i > 0 && s.p[i - 1] == '%'))
		return 0;
	n = str_find(inner, shut[kind]);
	if (n == 0 || n == inner.n || !is_alpha(inner.p[0]))
		return 0;
	for (size_t k = 0; k < n; k++)
		if (!is_alnum(inner.p[k]) && !is_one_of(inner.p[k], " _-.'"))
			return 0;
	return n + 2;
}

/* "$DOMAIN", "${ip}" */
static size_t
variable_at(str s, size_t i)
{
	size_t n = 1;

	if (s.p[i] != '$' || i + 1 >= s.n ||
		(!is_alpha(s.p[i + 1]) && s.p[i + 1] != '{'))
		return 0;
	while (i + n < s.n && n < SHOWN &&
		(is_alnum(s.p[i + n]) || is_one_of(s.p[i + n], "_{}")))
		n++;
	return n;
}

/* "YOUR_DOMAIN", "yourdomain.com", "changeme" */
static size_t
word_at(str s, size_t i)
{
	static const str words[] = { STR_INIT("your_"), STR_INIT("your-"),
		STR_INIT("your."), STR_INIT("your "), STR_INIT("yourdomain"),
		STR_INIT("yourcompany"), STR_INIT("yourserver"),
		STR_INIT("yourhost"), STR_INIT("yourname"), STR_INIT("yourip"),
		STR_INIT("yoursite"), STR_INIT("youraddress"),
		STR_INIT("mydomain."), STR_INIT("changeme"),
		STR_INIT("change_me"), STR_INIT("replace_"),
		STR_INIT("insert_"), STR_INIT("enter_") };
	str rest = str_skip(s, i);
	size_t n = 0;

	if (!is_alpha(s.p[i]) || !begins_word(s, i))
		return 0;
	for (size_t k = 0; n == 0 && k < sizeof(words) / sizeof(words[0]); k++)
		if (str_istarts(rest, words[k]))
			n = words[k].n;
	if (n == 0)
		return 0;
	while (n < rest.n && n < SHOWN &&
		(is_alnum(rest.p[n]) || is_one_of(rest.p[n], "_-.")))
		n++;
	return n;
}

/* "xxx.xxx", "x.x.x.x", "XXXX": three or more, and nothing else. */
static size_t
crosses_at(str s, size_t i)
{
	size_t n = 0, crosses = 0;

	if (to_lower(s.p[i]) != 'x' || !begins_word(s, i))
		return 0;
	for (; i + n < s.n && is_one_of(s.p[i + n], "xX."); n++)
		crosses += s.p[i + n] != '.';
	bool dotted = crosses < n;
	bool ended = i + n == s.n || !is_word_byte(s.p[i + n]) ||
		     (dotted && s.p[i + n] == '/');
	return crosses >= 3 && ended ? n : 0;
}

/* "p=MIGf...", where the guide was tired of it */
static size_t
dots_at(str s, size_t i)
{
	str rest = str_skip(s, i);

	return str_starts(rest, STR("...")) ||
			       str_starts(rest, STR("\xe2\x80\xa6"))
		       ? 3
		       : 0;
}

static size_t
left_open_at(str s, size_t i)
{
	static size_t (*const look[])(str, size_t) = { bracket_at, variable_at,
		word_at, crosses_at, dots_at };
	size_t n = 0;

	for (size_t k = 0; n == 0 && k < sizeof(look) / sizeof(look[0]); k++)
		n = look[k](s, i);
	return n;
}

str
placeholder_in(str text)
{
	for (size_t i = 0; i < text.n; i++) {
		size_t n = left_open_at(text, i);
		if (n > 0)
			return str_sub(text, i, n);
	}
	return (str){ 0 };
}

/* --- reserved -------------------------------------------------------- */

static bool
is_example_name(str name)
{
	static const str reserved[] = { STR_INIT("example.com"),
		STR_INIT("example.net"), STR_INIT("example.org"),
		STR_INIT("example"), STR_INIT("invalid"), STR_INIT("test"),
		STR_INIT("domain.tld"), STR_INIT("domain.com") };

	if (str_find(name, '.') == name.n)
		return false;
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (domain_at_or_below(name, reserved[i]))
			return true;
	return false;
}

static bool
is_example_address(str word)
{
	static const str reserved[] = { STR_INIT("192.0.2.0/24"),
		STR_INIT("198.51.100.0/24"), STR_INIT("203.0.113.0/24"),
		STR_INIT("2001:db8::/32"), STR_INIT("1.2.3.4/32") };
	struct ip ip, net;
	unsigned prefix;

	if (!ip_parse(word, &ip))
		return false;
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (ip_parse_network(reserved[i], &net, &prefix) &&
			ip_in(ip, net, prefix))
			return true;
	return false;
}

static bool
is_reserved(str word, str domain)
{
	if (is_example_address(word))
		return true;
	/* the record's own domain is told by its name */
	return is_example_name(word) &&
	       (domain.n == 0 || !domain_at_or_below(word, domain));
}

/* Names and addresses: the next one of a text, from *at on. */
static str
next_word(str s, size_t *at)
{
	size_t from;

	while (*at < s.n && !is_alnum(s.p[*at]) && s.p[*at] != '_')
		++*at;
	from = *at;
	while (*at < s.n && (is_alnum(s.p[*at]) || is_one_of(s.p[*at], "-_.")))
		++*at;
	str word = str_sub(s, from, *at - from);
	/* "ip6:" is no part of the address behind it */
	if (*at < s.n && s.p[*at] == ':' && str_ieq(word, STR("ip6"))) {
		from = ++*at;
		while (*at < s.n &&
			(hex_value(s.p[*at]) >= 0 || is_one_of(s.p[*at], ":.")))
			++*at;
		word = str_sub(s, from, *at - from);
	}
	return str_trim_dot(word);
}

static bool
is_private(str word)
{
	struct ip ip;

	/* "0.0.0.0/0" is another trouble */
	return ip_parse(word, &ip) && !ip_is_public(ip) &&
	       !str_starts(word, STR("0.")) && !str_starts(word, STR("::"));
}

static void
find_reserved(struct find *f, str name, str domain, str text)
{
	for (size_t at = 0; at < text.n;) {
		str word = next_word(text, &at);
		bool reserved = is_reserved(word, domain);
		if (!reserved && !is_private(word))
			continue;
		struct finding *x =
			reserved ? FIND(f, RECORD_EXAMPLE, { "text", word })
				 : FIND(f, RECORD_PRIVATE, { "text", word });
		find_in_txt(x, name, text, (size_t)(word.p - text.p), word.n,
			STR(""));
		return;
	}
}

static void
add_left_open(struct find *f, str name, str text, str part)
{
	struct finding *x = FIND(f, RECORD_PLACEHOLDER, { "text", part });

	find_in_txt(
		x, name, text, (size_t)(part.p - text.p), part.n, STR("yours"));
}

void
find_placeholders(struct find *f, str name, str domain, str text)
{
	str part = placeholder_in(domain), rest = text;
	size_t n = 0;

	if (part.p)
		FIND(f, RECORD_PLACEHOLDER, { "text", part })->name = name;
	for (; n < SAID_MAX && (part = placeholder_in(rest)).p; n++) {
		add_left_open(f, name, text, part);
		rest = str_skip(text, (size_t)(part.p - text.p) + part.n);
	}
	if (n == 0)
		find_reserved(f, name, domain, text);
}
