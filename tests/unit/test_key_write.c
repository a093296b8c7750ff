/*
 * test_key_write.c - key records as we write them, and as everybody reads them.
 */
#include "unit.h"

#include "mailauth/dkim.h"
#include "mailauth/key_write.h"
#include "mailauth/private_key.h"
#include "mailauth/txt.h"
#include "net/zone.h"

static void
test_value(void **state)
{
	struct key_terms all = { true, true, true };
	str data = STR("\x01\x02\x03");

	(void)state;
	assert_str(key_write(&arena, KEY_RSA, data, (struct key_terms){ 0 }),
		"v=DKIM1; k=rsa; p=AQID");
	assert_str(
		key_write(&arena, KEY_ED25519, data, (struct key_terms){ 0 }),
		"v=DKIM1; k=ed25519; p=AQID");
	assert_str(key_write(&arena, KEY_RSA, data,
			   (struct key_terms){ .testing = true }),
		"v=DKIM1; k=rsa; t=y; p=AQID");
	assert_str(key_write(&arena, KEY_RSA, data,
			   (struct key_terms){ .no_subdomains = true }),
		"v=DKIM1; k=rsa; t=s; p=AQID");
	assert_str(key_write(&arena, KEY_RSA, data, all),
		"v=DKIM1; k=rsa; s=email; t=y:s; p=AQID");
}

/* What dkim/key.c makes of it is what was meant. */
static void
assert_read(enum key_kind kind, unsigned bits, struct key_terms terms)
{
	struct crypto *c = crypto_new();
	struct private_result made = private_key_make(c, kind, bits);
	str data = private_key_public(made.key, &arena);
	struct dkim_key key =
		dkim_key_parse(&arena, key_write(&arena, kind, data, terms));

	assert_true(key.usable);
	assert_int_equal(key.kind, kind);
	assert_same(key.data, data);
	assert_int_equal(key.testing, terms.testing);
	assert_int_equal(key.strict, terms.no_subdomains);
	assert_int_equal(public_key_load(c, kind, key.data).bits, bits);
	private_key_free(made.key);
	crypto_free(c);
}

static void
test_read(void **state)
{
	(void)state;
	assert_read(KEY_RSA, 2048, (struct key_terms){ 0 });
	assert_read(KEY_ED25519, 256, (struct key_terms){ true, true, true });
}

static void
test_owner(void **state)
{
	char label[65];

	(void)state;
	assert_str(key_owner(&arena, STR("s1"), STR("a.example")),
		"s1._domainkey.a.example");
	memset(label, 'a', sizeof(label));
	assert_true(key_is_selector((str){ label, 63 }));
	assert_false(key_is_selector((str){ label, 64 }));
	assert_true(key_is_selector(STR("2026-11.mail")));
	assert_true(key_is_selector(STR("s_1")));
	static const char *const no[] = { "", ".", "a..b", ".a", "a.", "-a",
		"a-", "a b", "a/b", "../a", "a\"b", "a;b", "\xc3\xa4" };
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(key_is_selector(str_from(no[i])));
	assert_false(key_is_selector((str){ "a\0b", 3 }));
	assert_false(key_is_selector((str){ 0 }));
}

static void
test_text(void **state)
{
	(void)state;
	assert_str(txt_write(&arena, STR("a.example"), STR("v=x")),
		"a.example. IN TXT (\n\t\"v=x\" )\n");
	assert_str(txt_write(&arena, STR("a"), STR("")),
		"a. IN TXT (\n\t\"\" )\n");
	assert_str(txt_write(&arena, STR("a"), STR("\"\\;\x01\xff")),
		"a. IN TXT (\n\t\"\\\"\\\\;\\001\\255\" )\n");
}

/* What a zone reads is what was written, whatever its length and octets. */
static void
assert_round_trip(str value, size_t strings)
{
	struct zone *z = zone_new(&arena);
	struct zone_error e;
	struct dns_answer a;

	assert_true(zone_parse(
		z, txt_write(&arena, STR("k.a.example"), value), &e));
	zone_answer(z, &arena, DNS_TXT, STR("k.a.example"), &a);
	assert_int_equal(a.n, 1);
	assert_same(a.rr[0].data, value);
	assert_int_equal(a.rr[0].cuts, strings - 1);
}

static void
test_strings(void **state)
{
	char octets[600];

	(void)state;
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (char)(i * 37);
	assert_round_trip(STR(""), 1);
	assert_round_trip((str){ octets, 255 }, 1);
	assert_round_trip((str){ octets, 256 }, 2);
	assert_round_trip((str){ octets, 510 }, 2);
	assert_round_trip((str){ octets, 600 }, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_value),
		TEST(test_read),
		TEST(test_owner),
		TEST(test_text),
		TEST(test_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
