/*
 * author.c - whose mail is it?  The Author Domain. (RFC 9989 4.2, 5.3.1, 11.5)
 *
 * Only the addr-specs of the From field count; never a display name, a comment
 * or an encoded word, and never Sender or Reply-To. (RFC 9989 A.3)
 */
#include "mailauth/dmarc.h"

static bool
is_known(const str *domains, size_t n, str domain)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(domains[i], domain))
			return true;
	return false;
}

/* The distinct domains.  Two addresses of one domain are one. (11.5) */
static void
collect_domains(struct arena *a, struct dmarc_author *out)
{
	const struct address_list *l = &out->list;
	str *domains = arena_make(a, DMARC_MAX_AUTHORS, str);
	size_t n = 0;

	for (size_t i = 0; i < l->n && n < DMARC_MAX_AUTHORS; i++) {
		str domain = l->address[i].ascii;
		if (domain.n > 0 && !is_known(domains, n, domain))
			domains[n++] = domain;
	}
	out->domains = domains;
	out->n_domains = n;
	if (n > 0)
		out->domain = domains[0];
	if (l->n > 0)
		out->display_address = l->address[0].text;
}

static void
end_with(struct dmarc_author *out, enum result result, str reason)
{
	out->result = result;
	out->reason = reason;
}

/*
 * RFC 9989 names no code for these.  Ours: none where nobody is named, and
 * permerror where it is not clear who is, since a reader is shown somebody.
 */
static void
judge(struct arena *a, size_t hidden, struct dmarc_author *out)
{
	if (out->fields > 1)
		end_with(out, RESULT_PERMERROR,
			STR_CAT(a, STR("the message has "),
				str_number(a, out->fields),
				hidden > 0 ? STR(" From fields, and a bare CR "
						 "hides one")
					   : STR(" From fields")));
	else if (out->n_domains > 1)
		end_with(out, RESULT_PERMERROR,
			STR_CAT(a,
				STR("the From field names several domains: "),
				out->domains[0], STR(" and "),
				out->domains[1]));
	else if (out->list.doubtful)
		end_with(out, RESULT_PERMERROR,
			STR("the From field cannot be read for certain"));
	else if (out->n_domains == 0)
		end_with(out, RESULT_NONE,
			STR("the From field has no address with a domain"));
}

/* Behind a bare CR, where a line begins to some readers but not to us. */
static size_t
count_hidden(const struct message *m, str name)
{
	size_t n = 0;

	for (size_t i = 0; m->notes.bare_cr > 0 && i < m->n; i++)
		for (str s = m->field[i].raw, line; str_split(&s, '\r', &line);)
			if (str_istarts(s, name) &&
				str_starts(str_trim_wsp(str_skip(s, name.n)),
					STR(":")))
				n++;
	return n;
}

struct dmarc_author
dmarc_author(struct arena *a, const struct message *m)
{
	const struct field *from = message_top(m, STR("From"));
	size_t hidden = count_hidden(m, STR("From"));
	struct dmarc_author out = {
		.fields = message_count(m, STR("From")) + hidden,
	};

	if (!from) {
		end_with(&out, RESULT_NONE,
			STR("the message has no From field"));
		return out;
	}
	out.list = address_list_parse(a, from->value);
	collect_domains(a, &out);
	judge(a, hidden, &out);
	return out;
}
