/*
 * forged.c - does a field pretend to be ours? (RFC 8601 5)
 *
 * Whoever reads the field later may be less careful than we are, so one that
 * cannot be read is taken for ours when its beginning has our name in it, and
 * a bare CR, which is a line end to some, for the beginning of a field.
 */
#include "mailauth/auth.h"
#include "mail/cfws.h"

static str
without_part(str id)
{
	return str_trim_dot(str_sub(id, 0, str_find(id, '/')));
}

static bool
same_host(struct arena *a, str id, str ours)
{
	str x, y;

	id = without_part(id);
	ours = without_part(ours);
	if (domain_to_ascii(a, id, &x) && domain_to_ascii(a, ours, &y))
		return str_eq(x, y);
	return id.n > 0 && str_ieq(id, ours);
}

static bool
is_host_char(char c)
{
	return is_alnum(c) || c == '-' || c == '_' || c == '.';
}

/* As a whole, not as a part of another name. */
static bool
has_name(str text, str name)
{
	if (name.n == 0)
		return false;
	for (size_t at; (at = str_ifind(text, name)) < text.n;) {
		str after = str_trim_dot(str_skip(text, at + name.n));
		if ((at == 0 || !is_host_char(text.p[at - 1])) &&
			(after.n == 0 || !is_host_char(after.p[0])))
			return true;
		text = str_skip(text, at + 1);
	}
	return false;
}

/* A name that all readers take for the same. */
static bool
is_plain(struct arena *a, str id)
{
	str ascii;

	if (!str_is_ascii(id))
		return domain_to_ascii(a, without_part(id), &ascii);
	for (size_t i = 0; i < id.n; i++)
		if (!is_host_char(id.p[i]) && id.p[i] != '/')
			return false;
	return id.n > 0;
}

/*
 * What stands before the first ';', as the laxest of readers has it: without
 * comments, quotation marks and control bytes, and without the blanks around
 * a dot.  OpenDMARC joins "mx . example (x) . org".
 */
static str
read_laxly(struct arena *a, str value)
{
	struct buf b = { .arena = a };
	bool gap = false, comments = true;
	size_t end;

	for (size_t at = 0; at < value.n && value.p[at] != ';'; at = end) {
		char c = value.p[at];
		end = 0;
		if (c == '(' && comments)
			comments = (end = cfws_closed_at(value, at)) > 0;
		if (end > 0 || cfws_is_fold(value, at)) {
			end = end > 0 ? end : at + 1;
			gap = true;
			continue;
		}
		end = at + 1;
		if (!is_host_char(c) && !is_one_of(c, "/=?"))
			continue;
		if (gap && b.n > 0 && c != '.' && b.p[b.n - 1] != '.')
			buf_char(&b, ' ');
		gap = false;
		buf_char(&b, c);
	}
	return buf_str(&b);
}

/* RFC 2047 5 forbids it here, and yet there are programs that decode it. */
static bool
is_encoded(str id)
{
	id = str_sub(id, 0, str_find(id, ' '));
	return str_ifind(id, STR("=?")) < id.n;
}

static bool
names_us(struct arena *a, str value, str ours)
{
	struct authres r = authres_parse(a, value);
	str id = r.authserv_id;

	if (id.p && same_host(a, id, ours))
		return true;
	if (r.valid && (!id.p || is_plain(a, id)))
		return false;
	str lax = read_laxly(a, value);
	if (id.p) /* of another: only what stands by it */
		value = str_sub(value, 0, str_find(value, ';'));
	return is_encoded(lax) || has_name(lax, without_part(ours)) ||
	       has_name(value, without_part(ours));
}

/* "Authentication-Results:" and what follows it; absent for other fields. */
static str
results_value(str line)
{
	static const str name = STR_INIT("Authentication-Results");

	if (!str_istarts(line, name))
		return (str){ 0 };
	line = str_trim_wsp(str_skip(line, name.n));
	return line.n > 0 && line.p[0] == ':' ? str_skip(line, 1) : (str){ 0 };
}

/* The offset of the next CR without LF; s.n when there is none. */
static size_t
bare_cr(str s)
{
	size_t at = str_find(s, '\r');

	while (at + 1 < s.n && s.p[at + 1] == '\n')
		at += 1 + str_find(str_skip(s, at + 1), '\r');
	return at;
}

static bool
claims_us(struct arena *a, str line, str ours)
{
	str value = results_value(str_trim_fws(line));

	return value.p && names_us(a, value, ours);
}

/*
 * For who takes a bare CR for a line end, a blank behind it folds the line.
 * A line that begins with a blank is cut at each, or the work would be
 * quadratic.
 */
static str
first_line(str s)
{
	bool folds = s.n > 0 && !is_wsp(s.p[0]);
	size_t n = bare_cr(s);

	while (folds && n + 1 < s.n && is_wsp(s.p[n + 1]))
		n += 1 + bare_cr(str_skip(s, n + 1));
	return str_sub(s, 0, n);
}

bool
auth_is_forged(struct arena *a, const struct field *f, str authserv_id)
{
	struct arena_mark mark = arena_mark(a);
	str rest = str_skip(f->raw, bare_cr(f->raw) + 1);
	bool forged = claims_us(a, f->raw, authserv_id);

	while (!forged && rest.n > 0) {
		arena_rewind(a, mark);
		forged = claims_us(a, first_line(rest), authserv_id);
		rest = str_skip(rest, bare_cr(rest) + 1);
	}
	arena_rewind(a, mark);
	return forged;
}
