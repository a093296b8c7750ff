/*
 * received_spf.c - the Received-SPF field. (RFC 7208 9.1)
 *
 * What the sender chose stands in quoted strings only, printable ASCII and
 * escaped, so that it can neither end the field nor the line.
 */
#include "mailauth/spf.h"

#include "mailauth/buf.h"

static void
put_quoted(struct buf *b, str s)
{
	buf_char(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '"' || c == '\\')
			buf_char(b, '\\');
		buf_char(b, c >= 0x20 && c < 0x7f ? c : '?');
	}
	buf_char(b, '"');
}

static void
put_pair(struct buf *b, str key, str value)
{
	if (!value.p)
		return;
	buf_add(b, b->p[b->n - 1] == ';' ? STR("\r\n\t") : STR(" "));
	buf_add(b, key);
	buf_char(b, '=');
	put_quoted(b, value);
	buf_char(b, ';');
}

str
spf_received_field(
	struct arena *a, const struct spf_query *q, const struct spf_verdict *v)
{
	struct buf b = { .arena = a };
	bool helo = v->scope == SPF_HELO;
	str sender = q->domain.n == 0
			     ? STR("")
			     : STR_CAT(a, q->local, STR("@"), q->domain);

	buf_add(&b, STR("Received-SPF: "));
	buf_add(&b, result_word(v->result));
	put_pair(&b, STR("client-ip"), ip_format(a, q->ip));
	if (!helo)
		put_pair(&b, STR("envelope-from"), sender);
	put_pair(&b, STR("helo"), q->helo);
	put_pair(&b, STR("receiver"), q->receiver);
	put_pair(&b, STR("identity"), helo ? STR("helo") : STR("mailfrom"));
	put_pair(&b, STR("mechanism"), v->mechanism);
	if (v->result == RESULT_TEMPERROR || v->result == RESULT_PERMERROR)
		put_pair(&b, STR("problem"), v->reason);
	b.n--; /* the last pair needs no ';' */
	buf_add(&b, STR("\r\n"));
	return buf_str(&b);
}
