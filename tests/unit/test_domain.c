/*
 * test_domain.c - A-labels, the tree, public suffixes.
 */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "mailauth/domain.h"

static void
to(const char *in, const char *want)
{
	str out;

	assert_true(domain_to_ascii(&arena, str_from(in), &out));
	assert_str(out, want);
}

static void
bad(str in)
{
	str out;

	assert_false(domain_to_ascii(&arena, in, &out));
	assert_null(out.p);
}

static void
test_ascii(void **state)
{
	(void)state;
	to("Example.COM", "example.com");
	to("example.com.", "example.com");
	to("com", "com");
	to("_dmarc.Example.com", "_dmarc.example.com");
	to("r3---sn-x.example", "r3---sn-x.example");
	to("-a-.example", "-a-.example");
	to("a/b.example", "a/b.example");
}

static void
test_refused(void **state)
{
	(void)state;
	bad(STR(""));
	bad(STR("."));
	bad(STR("a..b"));
	bad(STR(".a"));
	bad(STR("a.."));
	bad(STR("a b.example"));
	bad(STR("a\0.example"));
	bad(STR("a\177.example"));
	bad(STR("a\r\n.example"));
}

static void
test_length(void **state)
{
	(void)state;
	char label[65], name[260];
	str out;

	memset(label, 'a', 64);
	assert_true(domain_to_ascii(&arena, (str){ label, 63 }, &out));
	assert_false(domain_to_ascii(&arena, (str){ label, 64 }, &out));
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 2 ? '.' : 'a';
	assert_true(domain_to_ascii(&arena, (str){ name, 253 }, &out));
	assert_true(domain_to_ascii(&arena, (str){ name, 254 }, &out));
	assert_false(domain_to_ascii(&arena, (str){ name, 255 }, &out));
}

static void
test_ulabels(void **state)
{
	(void)state;
	to("m\xc3\xbcller.example", "xn--mller-kva.example");
	to("M\xc3\x9cLLER.example", "xn--mller-kva.example");
	/* not transitional: sharp s stays itself */
	to("fa\xc3\x9f.example", "xn--fa-hia.example");
	/* an ideographic full stop */
	to("a\xe3\x80\x82"
	   "b.example",
		"a.b.example");
	to("sel._domainkey.m\xc3\xbcller.example",
		"sel._domainkey.xn--mller-kva.example");
	/* decomposed */
	to("mu\xcc\x88ller.example", "xn--mller-kva.example");
}

static void
test_bad_ulabels(void **state)
{
	(void)state;
	bad(STR("m\xfcller.example")); /* Latin-1 */
	bad(STR("a\xef\xbc\xa0"
		"b.example")); /* full-width @ */
	bad(STR("a\xef\xbc\x8f"
		"b.example")); /* full-width / */
	bad(STR("\xc3\xbc\0.example"));
	bad(STR("\xe2\x80\xae"
		"a.example"));        /* right-to-left override */
	bad(STR("\xc2\xad.example")); /* a soft hyphen, mapped to nothing */
	bad(STR("a.\xe2\x80\x8b.example"));

	char many[2000];
	memset(many, '\xc3', sizeof(many));
	bad((str){ many, sizeof(many) });
}

static void
test_tree(void **state)
{
	(void)state;
	assert_int_equal(domain_labels(STR("")), 0);
	assert_int_equal(domain_labels(STR("com")), 1);
	assert_int_equal(domain_labels(STR("a.b.com")), 3);
	assert_str(domain_skip(STR("a.b.com"), 0), "a.b.com");
	assert_str(domain_skip(STR("a.b.com"), 2), "com");
	assert_str(domain_skip(STR("a.b.com"), 3), "");
	assert_str(domain_skip(STR("a.b.com"), 9), "");
	assert_true(domain_at_or_below(STR("A.com"), STR("a.COM")));
	assert_true(domain_at_or_below(STR("x.a.com"), STR("a.com")));
	assert_false(domain_at_or_below(STR("evila.com"), STR("a.com")));
	assert_false(domain_at_or_below(STR("com"), STR("a.com")));
	assert_false(domain_at_or_below(STR("com"), STR("")));
	assert_false(domain_at_or_below(STR(""), STR("")));
}

static void
organizational(const struct suffix_list *l, const char *name, const char *want)
{
	assert_str(suffix_list_organizational(l, &arena, str_from(name)), want);
}

static void
test_builtin(void **state)
{
	(void)state;
	struct suffix_list *l = suffix_list_new(NULL);

	assert_non_null(l);
	organizational(l, "a.b.example.com", "example.com");
	organizational(l, "example.com", "example.com");
	organizational(l, "com", "com");
	organizational(l, "a.b.example.co.uk", "example.co.uk");
	organizational(l, "co.uk", "co.uk");
	organizational(l, "a.b.unlisted-tld", "b.unlisted-tld");
	organizational(l, "localhost", "localhost");
	organizational(l, "x.y.city.kawasaki.jp", "city.kawasaki.jp");
	suffix_list_free(l);
	suffix_list_free(NULL);
}

static struct suffix_list *
list_from(const char *text)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	fputs(text, f);
	rewind(f);
	struct suffix_list *l = suffix_list_new(f);
	fclose(f);
	return l;
}

static void
test_file(void **state)
{
	(void)state;
	struct suffix_list *l =
		list_from("example\nshop.example\n*.wild.example\n");

	assert_non_null(l);
	organizational(l, "a.b.example", "b.example");
	organizational(l, "a.b.shop.example", "b.shop.example");
	organizational(l, "a.b.c.wild.example", "b.c.wild.example");
	suffix_list_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ascii),
		TEST(test_refused),
		TEST(test_length),
		TEST(test_ulabels),
		TEST(test_bad_ulabels),
		TEST(test_tree),
		TEST(test_builtin),
		TEST(test_file),
	};

	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
