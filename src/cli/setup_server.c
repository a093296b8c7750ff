/*
 * setup_server.c - the server's side: what --for prints.
 */
#include "setup.h"
#include "say.h"

#include "mailauth/key_write.h"
#include "mailauth/txt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
put(str text)
{
	fwrite(text.p, 1, text.n, stdout);
}

/* --- signing what leaves --------------------------------------------- */

struct signer {
	str domain, selector, name; /* of the record */
	str file;                   /* of the key, from the root */
	bool there;                 /* already, as -k says */
};

static str
directory_of(struct arena *a, str domain)
{
	return STR_CAT(a, STR("/etc/opendkim/keys/"), domain);
}

/* Absent when it has no name that begins at the root. */
static str
whole_path(struct arena *a, const char *name)
{
	enum { MOST = 4096 };
	char *here = arena_alloc(a, MOST);

	if (name[0] == '/')
		return str_from(name);
	if (strcmp(name, "-") == 0 || getcwd(here, MOST) == NULL)
		return (str){ 0 };
	return STR_CAT(a, str_from(here), STR("/"), str_from(name));
}

/* There a ':' ends the field, and '%' is the domain. */
static bool
fits_key_table(str path)
{
	for (size_t i = 0; i < path.n; i++)
		if (!is_alnum(path.p[i]) && !is_one_of(path.p[i], "/._-+@="))
			return false;
	return path.n > 0;
}

static bool
set_signer(const struct options *o, size_t i, struct signer *s)
{
	struct arena *a = o->arena;
	const struct sign_options *given = &o->sign;

	s->domain = o->setup.domain;
	s->selector = given->selectors > 0 ? given->selector[i] : STR("s1");
	s->name = key_owner(a, s->selector, s->domain);
	s->there = i < given->keys;
	s->file = s->there ? whole_path(a, given->key[i])
			   : STR_CAT(a, directory_of(a, s->domain), STR("/"),
				     s->selector, STR(".private"));
	if (fits_key_table(s->file))
		return true;
	SAY(a, STR("the name of "), say_file(a, given->key[i]),
		STR(" cannot stand in a KeyTable"));
	return false;
}

static void
print_install(struct arena *a, const struct signer *s, size_t n)
{
	puts("# The key, for opendkim alone:");
	if (!s->there)
		put(STR_CAT(a, STR("#\tinstall -d -o opendkim -m 700 "),
			directory_of(a, s->domain), STR("\n")));
	for (size_t i = 0; i < n; i++)
		put(s[i].there ? STR_CAT(a, STR("#\tchown opendkim "),
					 s[i].file, STR("\n#\tchmod 600 "),
					 s[i].file, STR("\n"))
			       : STR_CAT(a,
					 STR("#\tinstall -o opendkim -m 600 "),
					 s[i].selector, STR(".private "),
					 s[i].file, STR("\n")));
}

static void
print_tables(struct arena *a, const struct signer *s, size_t n)
{
	puts("\n# /etc/opendkim/KeyTable");
	for (size_t i = 0; i < n; i++)
		put(STR_CAT(a, s[i].name, STR(" "), s[i].domain, STR(":"),
			s[i].selector, STR(":"), s[i].file, STR("\n")));
	puts("\n# /etc/opendkim/SigningTable");
	for (size_t i = 0; i < n; i++)
		put(STR_CAT(a, STR("*@"), s[i].domain, STR(" "), s[i].name,
			STR("\n")));
}

static void
print_opendkim(const struct options *o, const struct signer *s, size_t n)
{
	if (o->sign.selectors == 0)
		puts("# -s was not given: the selector is taken to be s1.\n");
	print_install(o->arena, s, n);
	print_tables(o->arena, s, n);
	puts("\n# /etc/opendkim.conf, in place of its lines of these names\n"
	     "Mode\t\t\tsv\n"
	     "Canonicalization\trelaxed/relaxed\n"
	     "OversignHeaders\t\tFrom,To,Subject,Date\n"
	     "KeyTable\t\t/etc/opendkim/KeyTable\n"
	     "SigningTable\t\trefile:/etc/opendkim/SigningTable\n"
	     "Socket\t\t\tinet:8891@localhost\n"
	     "UserID\t\t\topendkim");
	if (n > 1)
		puts("MultipleSignatures\tyes");
	puts("\n# /etc/postfix/main.cf\n"
	     "smtpd_milters = inet:localhost:8891\n"
	     "non_smtpd_milters = $smtpd_milters\n"
	     "milter_default_action = accept");
}

static void
print_records(
	struct arena *a, const struct signer *s, const str *record, size_t n)
{
	if (n == 0)
		return;
	put(STR_CAT(a, STR("\n# In the zone of "), s->domain, STR("\n")));
	for (size_t i = 0; i < n; i++)
		put(txt_write(a, s[i].name, record[i]));
}

/* --- judging what comes in ------------------------------------------- */

/* Its results are believed by their name. */
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

static void
print_next(enum setup_server server)
{
	puts("\n# Then\n"
	     "#\tservice opendkim restart; service postfix reload");
	if (server == SERVER_OPENDMARC)
		puts("#\tservice opendmarc restart\n"
		     "# and to see what it makes of a mail that came in:");
	else
		puts("# and to see it work, send a mail to yourself, save it "
		     "as it is, and:");
	puts("#\tmailauth FILE");
}

bool
setup_print_server(const struct options *o, const str *key_record)
{
	const struct sign_options *given = &o->sign;
	struct signer signer[SETUP_MAX_KEYS];
	size_t n = given->selectors > 0 ? given->selectors : 1;

	if (o->setup.server == SERVER_OPENDMARC) {
		print_opendmarc();
		print_next(SERVER_OPENDMARC);
		return true;
	}
	for (size_t i = 0; i < n; i++)
		if (!set_signer(o, i, &signer[i]))
			return false;
	print_opendkim(o, signer, n);
	print_records(o->arena, signer, key_record, given->keys);
	print_next(SERVER_OPENDKIM);
	return true;
}
