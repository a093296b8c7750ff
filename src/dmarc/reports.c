/*
 * reports.c - where a record wants its reports. (RFC 9989 4.7, 4.8)
 */
#include "mailauth/dmarc.h"

/* "mailto:a@b?subject=c": the domain behind the last '@'. */
static bool
read_mailto(struct arena *a, str uri, str *domain)
{
	str address = str_skip(uri, 7);

	address.n = str_find(address, '?');
	size_t at = str_rfind(address, '@');
	return str_istarts(uri, STR("mailto:")) && at > 0 &&
	       at + 1 < address.n &&
	       domain_to_ascii(a, str_skip(address, at + 1), domain) &&
	       dns_name_valid(*domain);
}

static bool
is_printable(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return true;
}

struct list {
	struct arena *arena;
	struct dmarc_report *report;
	size_t n, most;
};

static void
take_list(struct list *l, str value, bool failure)
{
	str uri;

	while (str_split(&value, ',', &uri)) {
		str domain = { 0 };
		uri = str_trim_wsp(uri);
		uri.n = str_find(uri, '!'); /* an obsolete size limit */
		bool mail = read_mailto(l->arena, uri, &domain);
		if (!is_printable(uri) ||
			(!mail && !str_istarts(uri, STR("https:"))))
			continue;
		if (l->n < l->most)
			l->report[l->n] = (struct dmarc_report){ uri,
				mail ? domain : (str){ 0 }, failure };
		l->n++;
	}
}

/* The first of each name counts, as for all tags. */
size_t
dmarc_report_addresses(
	struct arena *a, str record, struct dmarc_report *report, size_t most)
{
	struct list l = { .arena = a, .report = report, .most = most };
	bool rua = false, ruf = false;
	str piece;

	if (!dmarc_is_record(record))
		return 0;
	while (str_split(&record, ';', &piece)) {
		size_t equals = str_find(piece, '=');
		str name = str_trim_wsp(str_sub(piece, 0, equals));
		str value = str_skip(piece, equals + 1);
		if (!rua && str_ieq(name, STR("rua"))) {
			rua = true;
			take_list(&l, value, false);
		} else if (!ruf && str_ieq(name, STR("ruf"))) {
			ruf = true;
			take_list(&l, value, true);
		}
	}
	return l.n;
}
