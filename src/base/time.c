/*
 * time.c - dates in mail and on the command line.
 */
#include "mailauth/time.h"
#include "mailauth/buf.h"

struct civil {
	int year, month, day, hour, minute, second;
	int offset; /* minutes east of UTC */
};

static bool
is_leap(int y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int
days_in(int year, int month)
{
	static const char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01, counted in years that begin on the first of March. */
static int64_t
days_from_civil(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year =
		(153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

static bool
to_time(const struct civil *c, int64_t *out)
{
	if (c->year < 1900 || c->year > 9999 || c->month < 1 || c->month > 12 ||
		c->day < 1 || c->day > days_in(c->year, c->month))
		return false;
	if (c->hour > 23 || c->minute > 59 || c->second > 60)
		return false;
	*out = days_from_civil(c->year, c->month, c->day) * 86400 +
	       c->hour * 3600 + (c->minute - c->offset) * 60 + c->second;
	return true;
}

/* A number of min to max digits at the start of *s. */
static bool
take_number(str *s, size_t min, size_t max, int *out)
{
	size_t n = 0;
	uint64_t v;

	while (n < s->n && n < max && is_digit(s->p[n]))
		n++;
	if (n < min || !str_uint(str_sub(*s, 0, n), 999999, &v))
		return false;
	*s = str_skip(*s, n);
	*out = (int)v;
	return true;
}

static bool
take_char(str *s, char c)
{
	if (s->n == 0 || to_lower(s->p[0]) != c)
		return false;
	*s = str_skip(*s, 1);
	return true;
}

/* "+hh:mm" or "+hhmm", as minutes. */
static bool
take_offset(str *s, bool colon, int *out)
{
	bool minus = take_char(s, '-');
	int h, m;

	if (!minus && !take_char(s, '+'))
		return false;
	if (!take_number(s, 2, 2, &h) || (colon && !take_char(s, ':')) ||
		!take_number(s, 2, 2, &m) || m > 59)
		return false;
	*out = (h * 60 + m) * (minus ? -1 : 1);
	return true;
}

bool
time_parse_rfc3339(str s, int64_t *out)
{
	struct civil c = { 0 };

	if (!take_number(&s, 4, 4, &c.year) || !take_char(&s, '-') ||
		!take_number(&s, 2, 2, &c.month) || !take_char(&s, '-') ||
		!take_number(&s, 2, 2, &c.day))
		return false;
	if (!take_char(&s, 't') && !take_char(&s, ' '))
		return false;
	if (!take_number(&s, 2, 2, &c.hour) || !take_char(&s, ':') ||
		!take_number(&s, 2, 2, &c.minute) || !take_char(&s, ':') ||
		!take_number(&s, 2, 2, &c.second))
		return false;
	if (take_char(&s, '.')) {
		if (s.n == 0 || !is_digit(s.p[0]))
			return false;
		while (s.n > 0 && is_digit(s.p[0]))
			s = str_skip(s, 1);
	}
	if (!take_char(&s, 'z') && !take_offset(&s, true, &c.offset))
		return false;
	return s.n == 0 && to_time(&c, out);
}

/* Blanks, folds and comments, which may be nested. */
static void
skip_cfws(str *s)
{
	size_t depth = 0, i = 0;

	for (; i < s->n; i++) {
		char c = s->p[i];
		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == '\\' && depth > 0)
			i++;
		else if (depth == 0 && !is_fws(c))
			break;
	}
	*s = str_skip(*s, i);
}

static str
take_word(str *s)
{
	size_t n = 0;

	while (n < s->n && is_alpha(s->p[n]))
		n++;
	str word = str_sub(*s, 0, n);
	*s = str_skip(*s, n);
	skip_cfws(s);
	return word;
}

static bool
month_of(str name, int *out)
{
	str names = STR("janfebmaraprmayjunjulaugsepoctnovdec");

	for (int i = 0; name.n >= 3 && i < 12; i++) {
		str m = str_sub(names, (size_t)i * 3, 3);
		if (str_ieq(str_sub(name, 0, 3), m)) {
			*out = i + 1;
			return true;
		}
	}
	return false;
}

/* Zone names of RFC 5322 4.3; unknown ones count as -0000. */
static int
zone_offset(str name)
{
	static const struct {
		str name;
		int hours;
	} zones[] = {
		{ STR_INIT("EDT"), -4 },
		{ STR_INIT("EST"), -5 },
		{ STR_INIT("CDT"), -5 },
		{ STR_INIT("CST"), -6 },
		{ STR_INIT("MDT"), -6 },
		{ STR_INIT("MST"), -7 },
		{ STR_INIT("PDT"), -7 },
		{ STR_INIT("PST"), -8 },
	};

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (str_ieq(name, zones[i].name))
			return zones[i].hours * 60;
	return 0;
}

static bool
take_clock(str *s, struct civil *c)
{
	if (!take_number(s, 1, 2, &c->hour))
		return false;
	skip_cfws(s);
	if (!take_char(s, ':'))
		return false;
	skip_cfws(s);
	if (!take_number(s, 2, 2, &c->minute))
		return false;
	skip_cfws(s);
	if (!take_char(s, ':'))
		return true;
	skip_cfws(s);
	if (!take_number(s, 2, 2, &c->second))
		return false;
	skip_cfws(s);
	return true;
}

bool
time_parse_rfc5322(str s, int64_t *out)
{
	struct civil c = { 0 };
	str before;

	skip_cfws(&s);
	if (take_word(&s).n > 0 && take_char(&s, ','))
		skip_cfws(&s);
	if (!take_number(&s, 1, 2, &c.day))
		return false;
	skip_cfws(&s);
	if (!month_of(take_word(&s), &c.month))
		return false;
	before = s;
	if (!take_number(&s, 2, 4, &c.year))
		return false;
	if (before.n - s.n < 4) /* RFC 5322 4.3 */
		c.year += before.n - s.n == 2 && c.year < 50 ? 2000 : 1900;
	skip_cfws(&s);
	if (!take_clock(&s, &c))
		return false;
	if (!take_offset(&s, false, &c.offset))
		c.offset = zone_offset(take_word(&s));
	return to_time(&c, out);
}

/* v with zeros before it, at least width digits. */
static void
put_padded(struct buf *b, int64_t v, unsigned width)
{
	for (int64_t limit = 10; --width > 0; limit *= 10)
		if (v < limit)
			buf_char(b, '0');
	buf_int(b, v);
}

/* The reverse of days_from_civil(). */
static void
put_date(struct buf *b, int64_t days)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t of_era = days - era * 146097;
	int64_t year_of_era =
		(of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) /
		365;
	int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 -
					   year_of_era / 100);
	int64_t m = (5 * of_year + 2) / 153;
	int64_t day = of_year - (153 * m + 2) / 5 + 1;
	int64_t month = m < 10 ? m + 3 : m - 9;
	int64_t year = year_of_era + era * 400 + (month <= 2);

	put_padded(b, year, 4);
	buf_char(b, '-');
	put_padded(b, month, 2);
	buf_char(b, '-');
	put_padded(b, day, 2);
}

static int64_t
floor_days(int64_t t)
{
	return t / 86400 - (t % 86400 < 0);
}

str
time_format_date(struct arena *a, int64_t t)
{
	struct buf b = { .arena = a };

	put_date(&b, floor_days(t));
	return buf_str(&b);
}

str
time_format_rfc3339(struct arena *a, int64_t t)
{
	struct buf b = { .arena = a };
	int64_t days = floor_days(t), second = t - days * 86400;

	put_date(&b, days);
	buf_char(&b, 'T');
	put_padded(&b, second / 3600, 2);
	buf_char(&b, ':');
	put_padded(&b, second / 60 % 60, 2);
	buf_char(&b, ':');
	put_padded(&b, second % 60, 2);
	buf_char(&b, 'Z');
	return buf_str(&b);
}
