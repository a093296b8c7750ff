/*
 * test_key_record.c - a key record is judged without a message, a clock or the
 * DNS: nothing but an arena is there.
 */
#include "unit.h"

#include "findings/key_record.h"

static const struct finding *
first_of(str text, bool *faults)
{
	struct find *f = arena_new(&arena, struct find);

	find_init(f, &arena);
	struct key_record k =
		key_record_read(&arena, STR("s._domainkey.b.example"), text);
	*faults = find_key_faults(f, &k);
	if (!*faults)
		find_key_advice(f, &k);
	return f->n > 0 ? &f->finding[0] : NULL;
}

static void
test_faults(void **state)
{
	static const struct {
		str text;
		enum finding_code code;
		str at;
	} cases[] = {
		{ STR_INIT("v=DKIM1; p="), FINDING_DKIM_KEY_REVOKED,
			STR_INIT("") },
		{ STR_INIT("v=DKIM1; p=!"), FINDING_DKIM_KEY_BAD_BASE64,
			STR_INIT("!") },
		{ STR_INIT("v=DKIM1\\; p=x"), FINDING_DKIM_KEY_ESCAPED,
			STR_INIT("\\;") },
		{ STR_INIT("v=DKIM1; k=rsa"), FINDING_DKIM_KEY_SYNTAX,
			STR_INIT("") },
		{ STR_INIT("k=rsa;; p"), FINDING_DKIM_KEY_SYNTAX,
			STR_INIT("p") },
		{ STR_INIT("vendor.example"), FINDING_DKIM_KEY_CNAME_AS_TXT,
			STR_INIT("") },
		{ STR_INIT(""), FINDING_DKIM_KEY_OTHER_TEXT, STR_INIT("") },
		{ STR_INIT("\0\xff"), FINDING_DKIM_KEY_OTHER_TEXT,
			STR_INIT("") },
	};
	bool faults;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct finding *x = first_of(cases[i].text, &faults);
		assert_true(faults);
		assert_int_equal(x->code, cases[i].code);
		assert_true(str_eq(str_sub(x->text, x->at, x->n), cases[i].at));
	}
}

static void
test_advice(void **state)
{
	bool faults;
	const struct finding *x =
		first_of(STR("v=DKIM1; k=ed25519; t=y; p=11qYAYKxCrfVS/7TyWQHOg"
			     "7hcvPapiMlrwIaaPcHURo="),
			&faults);

	(void)state;
	assert_false(faults);
	assert_int_equal(x->code, FINDING_DKIM_KEY_TESTING);
	assert_true(str_eq(
		x->message, STR("b.example is in DKIM test mode (t=y)")));
}

static void
assert_part(str got, str want, str record, str text)
{
	assert_int_equal(got.p - record.p, want.p - text.p);
	assert_int_equal(got.n, want.n);
}

/* The key, and each of its tags where it stands in this copy of the record. */
static void
assert_recalled(struct crypto *crypto, str text)
{
	str record = arena_dup(&arena, text);
	struct dkim_key want = dkim_key_parse(&arena, text);
	struct dkim_key got = dkim_key_recall(crypto, &arena, record);

	assert_ptr_equal(got.record.p, record.p);
	assert_int_equal(got.usable, want.usable);
	assert_int_equal(got.kind, want.kind);
	assert_int_equal(got.testing, want.testing);
	assert_true(str_eq(got.data, want.data));
	assert_true(str_eq(got.reason, want.reason));
	assert_int_equal(got.tags.n, want.tags.n);
	for (size_t i = 0; i < got.tags.n && got.usable; i++) {
		const struct tag *g = &got.tags.tag[i], *w = &want.tags.tag[i];
		assert_true(str_eq(g->name, w->name));
		assert_true(str_eq(g->value, w->value));
		if (str_ifind(text, STR(";;")) == text.n)
			assert_part(g->area, w->area, record, text);
	}
}

static void
test_recall(void **state)
{
	static const str records[] = {
		STR_INIT("v=DKIM1; k=ed25519; t=y; p=11qYAYKxCrfVS/7TyWQHOg"
			 "7hcvPapiMlrwIaaPcHURo=; n="),
		STR_INIT("p=AAAA"),
		STR_INIT("p=AAAA;"),
		STR_INIT("k=rsa;; p=AAAA"),
		STR_INIT("v=DKIM1; p="),
		STR_INIT("v=DKIM1; p=!"),
		STR_INIT("no record"),
		STR_INIT(""),
	};
	struct crypto *crypto = crypto_new();

	(void)state;
	for (int turn = 0; turn < 3; turn++)
		for (size_t i = 0; i < sizeof(records) / sizeof(records[0]);
			i++)
			assert_recalled(crypto, records[i]);
	for (unsigned i = 0; i < 5 * SHELF_PLACES; i++)
		assert_recalled(crypto, STR_CAT(&arena, STR("p=AAAA; n="),
						str_number(&arena, i)));
	assert_recalled(crypto, records[0]);
	crypto_free(crypto);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_faults),
		TEST(test_advice),
		TEST(test_recall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
