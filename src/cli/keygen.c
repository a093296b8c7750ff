/*
 * keygen.c - mailauth keygen: a key to sign with, and the record to publish.
 *
 * Words on stderr: what is missing or does not go together, a key that OpenSSL
 * does not make, a weak one that was given.
 */
#include "key_file.h"
#include "mailauth/txt.h"
#include "say.h"
#include "screen.h"

/* --- the command line ------------------------------------------------ */

static bool
has_names(const struct options *o)
{
	const struct key_options *k = &o->key;
	bool domain = k->domain.p != NULL, selector = k->selector.p != NULL;

	/* the value alone belongs to no name */
	if (k->from != NULL && k->print)
		return true;
	if (domain && selector)
		return true;
	SAY(o->arena, STR("keygen needs "),
		domain     ? STR("a name for the key: -s SELECTOR")
		: selector ? STR("the domain that signs: -d DOMAIN")
			   : STR("a domain and a name for the key: -d DOMAIN "
				 "-s SELECTOR"));
	return false;
}

/* None of those that are for a new key. */
static bool
goes_with_from(const struct options *o)
{
	static const enum option_id new_key[] = { OPT_KEY_ALGORITHM,
		OPT_KEY_BITS, OPT_KEY_DIRECTORY, OPT_FORCE };

	for (size_t i = 0; i < sizeof(new_key) / sizeof(new_key[0]); i++) {
		str typed = o->typed[new_key[i]];
		if (typed.p == NULL)
			continue;
		SAY(o->arena,
			STR("--from-key makes no key and no file: not "
			    "with "),
			typed);
		return false;
	}
	return true;
}

static bool
makes_sense(const struct options *o)
{
	const struct key_options *k = &o->key;
	enum { NAME_MAX_BYTES = 253 };

	if (!has_names(o) || (k->from != NULL && !goes_with_from(o)))
		return false;
	if (k->kind == KEY_ED25519 && o->typed[OPT_KEY_BITS].p != NULL) {
		SAY(o->arena, o->typed[OPT_KEY_BITS],
			STR(" is for RSA: Ed25519 has one size"));
		return false;
	}
	if (key_owner(o->arena, k->selector, k->domain).n <= NAME_MAX_BYTES)
		return true;
	say(STR("selector and domain are too long for a name in the DNS"));
	return false;
}

/* --- texts ----------------------------------------------------------- */

static str
key_name(struct arena *a, const struct private_key *key)
{
	if (private_key_kind(key) == KEY_ED25519)
		return STR("Ed25519");
	return STR_CAT(a, STR("RSA, "), str_number(a, private_key_bits(key)),
		STR(" bits"));
}

/* The record's value; absent when OpenSSL refuses. */
static str
value_of(const struct options *o, const struct private_key *key)
{
	str data = private_key_public(key, o->arena);

	if (!data.p)
		return data;
	return key_write(o->arena, private_key_kind(key), data, o->key.terms);
}

static str
record_of(const struct options *o, const struct private_key *key, str value)
{
	const struct key_options *k = &o->key;
	struct arena *a = o->arena;

	return STR_CAT(a, STR("; DKIM key of "), k->domain, STR(" ("),
		key_name(a, key), STR(")\n"),
		txt_write(a, key_owner(a, k->selector, k->domain), value));
}

static int
print(str text)
{
	fwrite(text.p, 1, text.n, stdout);
	return EXIT_PASS; /* main() looks whether it was written */
}

/* --- a key that there is --------------------------------------------- */

static int
print_record(const struct options *o, const struct private_key *key, str value)
{
	enum { ADVISED = 2048 };

	if (private_key_kind(key) == KEY_RSA && private_key_bits(key) < ADVISED)
		SAY(o->arena, say_file(o->arena, o->key.from),
			STR(" has only "),
			str_number(o->arena, private_key_bits(key)),
			STR(" bits: a new key of 2048 is better"));
	if (o->key.print)
		return print(STR_CAT(o->arena, value, STR("\n")));
	return print(record_of(o, key, value));
}

/* --- a new key ------------------------------------------------------- */

static const char *
path(const struct options *o, str suffix)
{
	str dir = str_from(o->key.directory);
	bool slash = dir.n > 0 && dir.p[dir.n - 1] != '/';

	return arena_zstr(
		o->arena, STR_CAT(o->arena, dir, slash ? STR("/") : STR(""),
				  o->key.selector, suffix));
}

static void
put_line(struct screen *s, size_t column, str name, str what)
{
	screen_put(s, TINT_STRONG, name);
	screen_pad(s, column);
	screen_wrap(s, column, what);
	screen_end(s);
}

/* As a shell reads it back. */
static str
quoted(struct arena *a, str path)
{
	struct buf b = { .arena = a };
	bool plain = path.n > 0;

	buf_char(&b, '\'');
	for (size_t i = 0; i < path.n; i++) {
		char c = path.p[i];
		plain &= is_alnum(c) || is_one_of(c, "/._-+@=,:");
		buf_add(&b, c == '\'' ? STR("'\\''") : str_sub(path, i, 1));
	}
	buf_char(&b, '\'');
	return plain ? path : buf_str(&b);
}

/* The command is to be copied: in one piece, whatever its length. */
static void
put_step(struct screen *s, const char *what, str command)
{
	screen_wrap(s, 0, str_from(what));
	screen_end(s);
	screen_put(s, TINT_STRONG,
		STR_CAT(s->arena, STR("    mailauth "), command));
	screen_end(s);
}

static void
put_next(struct screen *s, const struct options *o, const char *key_path)
{
	const struct key_options *k = &o->key;
	struct arena *a = o->arena;
	str key = STR_CAT(a, STR(" -k "), quoted(a, str_from(key_path)),
		STR(" -s "), k->selector);

	put_step(s, "Next: see the record among all that the domain needs:",
		STR_CAT(a, STR("setup"), key, STR(" "), k->domain));
	put_step(s, "publish them, and look:",
		STR_CAT(a, STR("domain -S "), k->selector, STR(" "),
			k->domain));
	put_step(s, "sign with the mail server, or by hand:",
		STR_CAT(a, STR("sign"), key, STR(" -d "), k->domain,
			STR(" mail.eml")));
	put_step(s, "check a signed message, best one that arrived:",
		STR("message.eml"));
}

/* What was written, and what is to be done now. */
static void
tell(const struct options *o, const struct private_key *key,
	const char *key_path, const char *record_path)
{
	const struct key_options *k = &o->key;
	struct arena *a = o->arena;
	struct screen s = screen_open(a, o);
	size_t column = str_escaped(a, str_from(key_path)).n + 2;

	put_line(&s, column, str_from(key_path),
		STR_CAT(a, STR("the private key ("), key_name(a, key),
			STR("), for the signer alone")));
	put_line(&s, column, str_from(record_path),
		STR_CAT(a, STR("the record to publish in the DNS of "),
			k->domain));
	screen_end(&s);
	put_next(&s, o, key_path);
	if (!k->terms.testing)
		return;
	screen_wrap(&s, 0,
		STR("When it passes, publish the record without t=y, which "
		    "says that the signatures are only a test."));
	screen_end(&s);
}

static int
write_key(const struct options *o, const struct private_key *key, str value)
{
	struct key_file secret = { path(o, STR(".private")),
		private_key_pem(key, o->arena) };
	struct key_file public = { path(o, STR(".txt")),
		record_of(o, key, value) };

	if (!secret.text.p) {
		say(STR("OpenSSL does not write the key"));
		return EXIT_UNUSABLE;
	}
	bool done = key_files_write(o->arena, o->key.force, secret, public);
	private_wipe(secret.text);
	if (!done)
		return EXIT_UNUSABLE;
	if (o->key.print)
		return print(STR_CAT(o->arena, value, STR("\n")));
	if (!o->quiet)
		tell(o, key, secret.name, public.name);
	return EXIT_PASS;
}

/* --- the command ----------------------------------------------------- */

static struct private_key *
get_key(const struct options *o, struct crypto *c)
{
	const struct key_options *k = &o->key;

	if (k->from != NULL)
		return key_file_read(c, o->arena, k->from);
	struct private_result r = private_key_make(c, k->kind, k->bits);
	if (r.key == NULL)
		say(STR("OpenSSL does not make the key"));
	return r.key;
}

static int
run(const struct options *o, const struct private_key *key)
{
	str value = value_of(o, key);

	if (!value.p) {
		say(STR("OpenSSL does not tell the public key"));
		return EXIT_UNUSABLE;
	}
	return o->key.from != NULL ? print_record(o, key, value)
				   : write_key(o, key, value);
}

int
run_keygen(const struct options *o)
{
	if (!makes_sense(o))
		return EXIT_UNUSABLE;
	struct crypto *c = crypto_new();
	if (c == NULL)
		say_out_of_memory(NULL);
	struct private_key *key = get_key(o, c);
	int code = key != NULL ? run(o, key) : EXIT_UNUSABLE;
	private_key_free(key);
	crypto_free(c);
	return code;
}
