/*
 * received_spf.c - the Received-SPF field. (RFC 7208 9.1, erratum 5436)
 *
 * Most of what stands in it comes from the sender: it is quoted, shortened,
 * and rid of all that is not printable ASCII.
 */
#include "mailauth/spf.h"
#include "mailauth/buf.h"

#include <string.h>

enum { MAX_VALUE = 320 }; /* local part, @, domain (RFC 5321 4.5.3.1) */

static bool
is_atext(char c)
{
	return is_alnum(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* RFC 5322 3.2.3 */
static bool
is_dot_atom(str s)
{
	str atom;

	if (!s.p)
		return false;
	while (str_split(&s, '.', &atom)) {
		if (atom.n == 0)
			return false;
		for (size_t i = 0; i < atom.n; i++)
			if (!is_atext(atom.p[i]))
				return false;
	}
	return true;
}

/* With a backslash before what is in `special`. */
static void
put_safe(struct buf *b, str s, const char *special)
{
	s = str_sub(s, 0, MAX_VALUE);
	for (size_t i = 0; i < s.n; i++) {
		bool plain = s.p[i] >= ' ' && s.p[i] <= '~';
		if (plain && strchr(special, s.p[i]))
			buf_char(b, '\\');
		buf_char(b, plain ? s.p[i] : '?');
	}
}

static void
put_pair(struct buf *b, str key, str value)
{
	buf_add(b, STR("\r\n\t"));
	buf_add(b, key);
	buf_char(b, '=');
	if (is_dot_atom(value) && value.n <= MAX_VALUE) {
		buf_add(b, value);
	} else {
		buf_char(b, '"');
		put_safe(b, value, "\"\\");
		buf_char(b, '"');
	}
	buf_char(b, ';');
}

static str
what_it_means(enum result r)
{
	static const str words[] = {
		[RESULT_PASS] = STR_INIT("lists the client "),
		[RESULT_FAIL] = STR_INIT("does not allow the client "),
		[RESULT_SOFTFAIL] = STR_INIT("does not list the client "),
		[RESULT_NEUTRAL] = STR_INIT("says nothing about the client "),
		[RESULT_NONE] = STR_INIT("states no policy for the client "),
		[RESULT_TEMPERROR] = STR_INIT("could not be asked about "),
		[RESULT_PERMERROR] = STR_INIT("has a faulty policy for "),
	};

	return words[r].p ? words[r] : STR("was not asked about ");
}

/* When it is too long, the domain is what stays. */
static str
sender_of(struct arena *a, const struct spf_query *q)
{
	size_t rest = q->domain.n < MAX_VALUE ? MAX_VALUE - 1 - q->domain.n : 0;

	if (q->domain.n == 0)
		return STR("");
	return STR_CAT(a, str_sub(q->local, 0, rest), STR("@"), q->domain);
}

str
spf_received_field(
	struct arena *a, const struct spf_query *q, const struct spf_verdict *v)
{
	struct buf b = { .arena = a };
	str ip = ip_format(a, ip_unmap(q->ip));
	bool error =
		v->result == RESULT_TEMPERROR || v->result == RESULT_PERMERROR;

	buf_add(&b, STR("Received-SPF: "));
	buf_add(&b, result_word(v->result));
	buf_add(&b, STR(" (domain "));
	put_safe(&b, v->domain, "()\\");
	buf_add(&b, STR("\r\n\t"));
	buf_add(&b, what_it_means(v->result));
	buf_add(&b, ip);
	buf_char(&b, ')');
	if (q->receiver.n > 0)
		put_pair(&b, STR("receiver"), q->receiver);
	put_pair(&b, STR("identity"),
		v->scope == SPF_HELO ? STR("helo") : STR("mailfrom"));
	if (ip.n > 0)
		put_pair(&b, STR("client-ip"), ip);
	if (v->scope != SPF_HELO)
		put_pair(&b, STR("envelope-from"), sender_of(a, q));
	if (q->helo.p)
		put_pair(&b, STR("helo"), q->helo);
	if (v->mechanism.p)
		put_pair(&b, STR("mechanism"), v->mechanism);
	if (error)
		put_pair(&b, STR("problem"), v->reason);
	buf_add(&b, STR("\r\n"));
	return buf_str(&b);
}
