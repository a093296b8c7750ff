/*
 * bulk.c - what Gmail, Yahoo and Microsoft ask of those who send much.
 */
#include "find.h"

static bool
is_bulk(const struct message *m)
{
	const struct field *precedence = message_top(m, STR("Precedence"));

	return message_lowest(m, STR("List-Unsubscribe")) != 0 ||
	       message_lowest(m, STR("Feedback-ID")) != 0 ||
	       (precedence &&
		       str_ieq(str_trim_fws(precedence->value), STR("bulk")));
}

/* --- authentication ------------------------------------------------------ */

static bool
any_dkim_pass(const struct auth_verdict *v)
{
	for (size_t i = 0; i < v->dkim_facts.n; i++)
		if (v->dkim[i].result == RESULT_PASS)
			return true;
	return false;
}

static void
find_results(struct find *f)
{
	const struct auth_verdict *v = f->v;

	if (f->client->ip.family != 0 && v->spf.result != RESULT_PASS)
		find_add(f, FINDING_BULK_SPF, NULL);
	if (!any_dkim_pass(v))
		find_add(f, FINDING_BULK_DKIM, NULL);
	if (v->dmarc.result == RESULT_NONE)
		find_add(f, FINDING_BULK_DMARC, NULL);
	if (v->dmarc.result == RESULT_FAIL)
		find_add(f, FINDING_BULK_UNALIGNED, NULL);
}

/* The only signature that could be aligned, and its key is too short. */
static void
find_short_key(struct find *f)
{
	enum { LEAST = 1024 };
	const struct auth_verdict *v = f->v;
	size_t of_author = 0, at = 0;

	for (size_t i = 0; i < v->dkim_facts.n; i++) {
		const struct dkim_signer *s =
			&v->dkim_facts.signature[i].signer;
		if (!find_may_align(f, s->domain_ascii))
			continue;
		of_author++;
		at = i;
	}
	if (of_author != 1)
		return;
	const struct dkim_signer *s = &v->dkim_facts.signature[at].signer;
	if (s->key_kind == KEY_RSA && v->dkim[at].key_bits > 0 &&
		v->dkim[at].key_bits < LEAST)
		FIND(f, BULK_SHORT_KEY, { "d", s->domain },
			{ "n", find_number(f, v->dkim[at].key_bits) })
			->signature = at + 1;
}

/* --- the client ----------------------------------------------------------- */

static bool
holds(const struct dns_answer *answer, struct ip ip)
{
	str bytes = { (const char *)ip.b, ip.family == 4 ? 4 : 16 };

	for (size_t i = 0; i < answer->n; i++)
		if (str_eq(answer->rr[i].data, bytes))
			return true;
	return false;
}

/* Asked only to explain a failure, as all probes are. */
static void
find_reverse(struct find *f)
{
	struct ip ip = f->client->ip;

	if (ip.family == 0 || !ip_is_public(ip))
		return;
	str shown = ip_format(f->arena, ip);
	const struct dns_answer *ptr =
		find_probe(f, DNS_PTR, ip_reverse_name(f->arena, ip));
	/* what a zone file lacks may be there all the same */
	if (!ptr || dns_failed(ptr) || (ptr->n == 0 && f->setup->from_zone))
		return;
	if (ptr->n == 0) {
		FIND(f, BULK_PTR_MISSING, { "ip", shown });
		return;
	}
	str name = ptr->rr[0].data;
	const struct dns_answer *back =
		find_probe(f, ip.family == 4 ? DNS_A : DNS_AAAA, name);
	if (back && !dns_failed(back) && !holds(back, ip))
		FIND(f, BULK_PTR_MISMATCH, { "ptr", name }, { "ip", shown });
}

/* The line that our side wrote of the client. */
static void
find_tls(struct find *f)
{
	const struct field *top = message_top(f->message, STR("Received"));
	unsigned line = f->client->line, n = 0;

	for (size_t i = 0; line > 0 && i < f->message->n; i++) {
		const struct field *field = &f->message->field[i];
		if (field->name_id != top->name_id || ++n != line)
			continue;
		str with = received_parse(f->arena, field).with;
		bool plain = str_ieq(with, STR("SMTP")) ||
			     str_ieq(with, STR("ESMTP")) ||
			     str_ieq(with, STR("ESMTPA"));
		if (plain &&
			str_ifind(field->value, STR("TLS")) == field->value.n)
			FIND(f, BULK_NO_TLS, { "n", find_number(f, line) });
		return;
	}
}

/* --- unsubscribing (RFC 8058) ----------------------------------------------
 */

static bool
signs(str headers, str name)
{
	str one;

	while (headers.p && str_split(&headers, ':', &one))
		if (str_ieq(str_trim_fws(one), name))
			return true;
	return false;
}

static bool
signed_by_any(const struct auth_verdict *v)
{
	for (size_t i = 0; i < v->dkim_facts.n; i++) {
		str h = v->dkim_facts.signature[i].headers;
		if (v->dkim[i].result == RESULT_PASS &&
			signs(h, STR("List-Unsubscribe")) &&
			signs(h, STR("List-Unsubscribe-Post")))
			return true;
	}
	return false;
}

static void
find_unsubscribe(struct find *f)
{
	const struct field *link =
		message_top(f->message, STR("List-Unsubscribe"));
	const struct field *post =
		message_top(f->message, STR("List-Unsubscribe-Post"));
	str what = { 0 };

	if (!link)
		what = STR("there is no List-Unsubscribe");
	else if (str_ifind(link->value, STR("<https://")) == link->value.n)
		what = STR("List-Unsubscribe has no https address");
	else if (!post ||
		 str_ifind(post->value, STR("List-Unsubscribe=One-Click")) ==
			 post->value.n)
		what = STR("List-Unsubscribe-Post is missing");
	if (what.p)
		FIND(f, BULK_NO_ONE_CLICK, { "what", what });
	else if (any_dkim_pass(f->v) && !signed_by_any(f->v))
		find_add(f, FINDING_BULK_ONE_CLICK_UNSIGNED, NULL);
}

/* --- the domain -------------------------------------------------------------
 */

static void
find_freemail(struct find *f)
{
	static const str freemail[] = {
		STR_INIT("gmail.com"),
		STR_INIT("googlemail.com"),
		STR_INIT("yahoo.com"),
		STR_INIT("yahoo.co.uk"),
		STR_INIT("ymail.com"),
		STR_INIT("aol.com"),
		STR_INIT("outlook.com"),
		STR_INIT("hotmail.com"),
		STR_INIT("live.com"),
		STR_INIT("msn.com"),
		STR_INIT("icloud.com"),
		STR_INIT("me.com"),
		STR_INIT("gmx.de"),
		STR_INIT("gmx.net"),
		STR_INIT("web.de"),
		STR_INIT("mail.ru"),
		STR_INIT("yandex.ru"),
		STR_INIT("proton.me"),
		STR_INIT("protonmail.com"),
		STR_INIT("qq.com"),
		STR_INIT("163.com"),
	};

	if (f->v->result != RESULT_FAIL)
		return;
	for (size_t i = 0; i < sizeof(freemail) / sizeof(freemail[0]); i++)
		if (str_eq(f->v->dmarc.domain, freemail[i]))
			FIND(f, BULK_FROM_FREEMAIL, { "from", freemail[i] });
}

static void
find_unresolvable(struct find *f)
{
	str domain = f->v->dmarc.domain;

	if (domain.n == 0 || f->setup->from_zone)
		return;
	const struct dns_answer *mx = find_probe(f, DNS_MX, domain);
	if (!mx || !dns_void(mx))
		return;
	const struct dns_answer *a = find_probe(f, DNS_A, domain);
	if (!a || !dns_void(a))
		return;
	const struct dns_answer *aaaa = find_probe(f, DNS_AAAA, domain);
	if (aaaa && dns_void(aaaa))
		FIND(f, BULK_UNRESOLVABLE, { "domain", domain });
}

void
find_bulk(struct find *f)
{
	if (!f->v)
		return;
	find_freemail(f); /* whoever sends one such mail sends many */
	if (!is_bulk(f->message))
		return;
	find_results(f);
	find_short_key(f);
	find_tls(f);
	find_unsubscribe(f);
	find_reverse(f);
	find_unresolvable(f);
}
