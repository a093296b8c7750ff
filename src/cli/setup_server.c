/*
 * setup_server.c - the server's side: what --for prints.
 */
#include "setup.h"

#include <stdio.h>

static void
put(str text)
{
	fwrite(text.p, 1, text.n, stdout);
}

/* Signing what leaves. */
static void
print_opendkim(struct arena *a, str domain, str selector)
{
	str file = STR_CAT(a, STR("/etc/opendkim/keys/"), domain, STR("/"),
		selector, STR(".private"));
	str name = STR_CAT(a, selector, STR("._domainkey."), domain);

	put(STR_CAT(a,
		STR("# The key, for opendkim alone:\n"
		    "#\tinstall -d -o opendkim -m 700 "
		    "/etc/opendkim/keys/"),
		domain, STR("\n#\tinstall -o opendkim -m 600 "), selector,
		STR(".private "), file, STR("\n")));
	put(STR_CAT(a, STR("\n# /etc/opendkim/KeyTable\n"), name, STR(" "),
		domain, STR(":"), selector, STR(":"), file, STR("\n")));
	put(STR_CAT(a, STR("\n# /etc/opendkim/SigningTable\n*@"), domain,
		STR(" "), name, STR("\n")));
	puts("\n# /etc/opendkim.conf, in place of its lines of these names\n"
	     "Mode\t\t\tsv\n"
	     "Canonicalization\trelaxed/relaxed\n"
	     "OversignHeaders\t\tFrom,To,Subject,Date\n"
	     "KeyTable\t\t/etc/opendkim/KeyTable\n"
	     "SigningTable\t\trefile:/etc/opendkim/SigningTable\n"
	     "Socket\t\t\tinet:8891@localhost\n"
	     "UserID\t\t\topendkim");
	puts("\n# /etc/postfix/main.cf\n"
	     "smtpd_milters = inet:localhost:8891\n"
	     "non_smtpd_milters = $smtpd_milters\n"
	     "milter_default_action = accept");
}

/* Judging what comes in; its results are believed by their name. */
static void
print_opendmarc(void)
{
	puts("# /etc/opendmarc.conf, in place of its lines of these names;\n"
	     "# mx.example.net is the name of this server\n"
	     "AuthservID\t\tmx.example.net\n"
	     "TrustedAuthservIDs\tmx.example.net\n"
	     "SPFSelfValidate\t\ttrue\n"
	     "RejectFailures\t\tfalse\n"
	     "IgnoreAuthenticatedClients\ttrue\n"
	     "Socket\t\t\tinet:8893@localhost\n"
	     "UserID\t\t\topendmarc");
	puts("\n# /etc/postfix/main.cf: opendkim first, since opendmarc reads "
	     "what it found\n"
	     "smtpd_milters = inet:localhost:8891, inet:localhost:8893\n"
	     "non_smtpd_milters = inet:localhost:8891\n"
	     "milter_default_action = accept");
}

void
setup_print_server(const struct options *o)
{
	const struct setup_options *s = &o->setup;
	struct arena *a = o->arena;

	if (s->server == SERVER_OPENDKIM)
		print_opendkim(a, s->domain,
			o->sign.selectors > 0 ? o->sign.selector[0]
					      : STR("s1"));
	else
		print_opendmarc();
	puts("\n# Then\n"
	     "#\tservice opendkim restart; service postfix reload");
	if (s->server == SERVER_OPENDMARC)
		puts("#\tservice opendmarc restart\n"
		     "# and to see what it makes of a mail that came in:");
	else
		puts("# and to see it work, send a mail to yourself, save it "
		     "as it is, and:");
	puts("#\tmailauth FILE");
}
