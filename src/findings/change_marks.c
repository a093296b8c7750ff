/*
 * change_marks.c - what programs leave behind in a message that they changed:
 * no proof, but a good guess.
 */
#include "findings/change.h"

enum { LOOK_AT = 1 << 20 };

static str
product_of_links(str text)
{
	static const struct {
		str host, product;
	} known[] = {
		{ STR_INIT("//urldefense."), STR_INIT("Proofpoint") },
		{ STR_INIT("safelinks.protection.outlook.com"),
			STR_INIT("Microsoft Defender (Safe Links)") },
		{ STR_INIT(".mimecast.com/s/"), STR_INIT("Mimecast") },
		{ STR_INIT("linkprotect.cudasvc.com"), STR_INIT("Barracuda") },
		{ STR_INIT("secure-web.cisco.com"), STR_INIT("Cisco") },
	};

	for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
		if (str_ifind(text, known[k].host) < text.n)
			return known[k].product;
	return (str){ 0 };
}

static bool
has_field(const struct message *m, const char *start)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_istarts(m->field[i].name, str_from(start)))
			return true;
	return false;
}

static bool
is_by_exchange(const struct message *m, str text)
{
	size_t at = str_ifind(text, STR("<head>"));
	str after = str_trim_fws(str_sub(text, at + 6, 100));

	return at < text.n &&
	       str_istarts(after, STR("<meta http-equiv=\"Content-Type\"")) &&
	       (has_field(m, "X-MS-Exchange-") || has_field(m, "X-EOP"));
}

static bool
has_html(const struct message *m, str text)
{
	const struct field *type = message_top(m, STR("Content-Type"));
	str html = STR("text/html");

	return (type && str_ifind(type->value, html) < type->value.n) ||
	       str_ifind(text, html) < text.n;
}

static str
filter_of(const struct message *m, str text)
{
	const struct field *by = message_top(m, STR("X-Content-Filtered-By"));
	const struct field *defang = message_top(m, STR("X-MimeDefang"));

	if ((!by && !defang) || has_html(m, text))
		return (str){ 0 };
	return by ? str_trim_fws(by->value) : STR("MIMEDefang");
}

struct change_marks
change_find_marks(const struct message *m, str body)
{
	str text = str_sub(body, 0, LOOK_AT);

	return (struct change_marks){
		.links = product_of_links(text),
		.exchange = is_by_exchange(m, text),
		.filter = filter_of(m, text),
		.cut = change_is_cut(m, body),
	};
}
