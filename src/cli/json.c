/*
 * json.c - pieces of JSON that are made of ours.
 */
#include "json.h"
#include "say.h"

#include "mailauth/time.h"

#include <unistd.h>

struct json
json_begin(struct arena *a)
{
	struct json j = { .arena = a, .object = json_object() };

	j.failed = j.object == NULL;
	return j;
}

void
json_put(struct json *j, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(j->object, key, value) != 0)
		j->failed = true;
}

/*
 * U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069: they turn the
 * direction of what is shown, so that a name can pass for another one.
 */
static bool
turns_text(str s)
{
	static const str marks[] = { STR_INIT("\xd8\x9c"),
		STR_INIT("\xe2\x80\x8e"), STR_INIT("\xe2\x80\x8f"),
		STR_INIT("\xe2\x80\xaa"), STR_INIT("\xe2\x80\xab"),
		STR_INIT("\xe2\x80\xac"), STR_INIT("\xe2\x80\xad"),
		STR_INIT("\xe2\x80\xae"), STR_INIT("\xe2\x81\xa6"),
		STR_INIT("\xe2\x81\xa7"), STR_INIT("\xe2\x81\xa8"),
		STR_INIT("\xe2\x81\xa9") };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (str_starts(s, marks[i]))
			return true;
	return false;
}

/*
 * The length of the UTF-8 sequence at the start, 0 when it is none.  NUL
 * counts as none: jq and others cut strings there; so do DEL, the controls
 * U+0080 to U+009F, which mean something to terminals, and those of direction.
 * (RFC 3629 4)
 */
static size_t
utf8_length(str s)
{
	unsigned char c = (unsigned char)s.p[0];
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (c < 0x80)
		return c != 0 && c != 0x7f;
	if (c < 0xc2 || c > 0xf4 || turns_text(s))
		return 0;
	n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (c == 0xc2 || c == 0xe0)
		low = 0xa0; /* no controls; not what fits in two */
	else if (c == 0xed)
		high = 0x9f; /* no surrogates */
	else if (c == 0xf0)
		low = 0x90; /* not what fits in three */
	else if (c == 0xf4)
		high = 0x8f; /* nothing over U+10FFFF */
	for (size_t i = 1; i < n; i++) {
		unsigned char next = i < s.n ? (unsigned char)s.p[i] : 0;
		if (next < low || next > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return n;
}

/* A clean string is used where it lies; *dirty is where it is not. */
static bool
is_clean(str s)
{
	while (s.n > 0) {
		size_t n = utf8_length(s);
		if (n == 0)
			return false;
		s = str_skip(s, n);
	}
	return true;
}

static str
cleaned(struct arena *a, str s)
{
	static const char hex[] = "0123456789abcdef";
	struct buf b = { .arena = a };

	while (s.n > 0) {
		size_t n = utf8_length(s);
		if (n > 0) {
			buf_add(&b, str_sub(s, 0, n));
			s = str_skip(s, n);
			continue;
		}
		unsigned char c = (unsigned char)s.p[0];
		buf_add(&b, STR("\\x"));
		buf_char(&b, hex[c >> 4]);
		buf_char(&b, hex[c & 15]);
		s = str_skip(s, 1);
	}
	return buf_str(&b);
}

static json_t *
string(struct arena *a, str s)
{
	struct arena_mark mark = arena_mark(a);

	if (s.p == NULL)
		return json_null();
	if (!is_clean(s))
		s = cleaned(a, s);
	json_t *value = json_stringn_nocheck(s.p, s.n);
	arena_rewind(a, mark);
	return value;
}

void
json_put_str(struct json *j, const char *key, str s)
{
	json_put(j, key, string(j->arena, s));
}

void
json_put_result(struct json *j, const char *key, enum result result)
{
	json_put_str(j, key, result_word(result));
}

void
json_put_bool(struct json *j, const char *key, bool value)
{
	json_put(j, key, json_boolean(value));
}

void
json_put_number(struct json *j, const char *key, uint64_t value)
{
	uint64_t fits = value < INT64_MAX ? value : INT64_MAX;

	json_put(j, key, json_integer((json_int_t)fits));
}

void
json_put_time(struct json *j, const char *key, int64_t t)
{
	json_put(j, key, t == TIME_UNKNOWN ? json_null() : json_integer(t));
}

void
json_put_strs(struct json *j, const char *key, const str *s, size_t n)
{
	json_t *all = json_array();

	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(all, string(j->arena, s[i])) != 0)
			j->failed = true;
	json_put(j, key, all);
}

void
json_put_object(struct json *j, const char *key, struct json *inner)
{
	j->failed |= inner->failed;
	json_put(j, key, inner->object);
}

void
json_append(struct json *j, json_t *array, struct json *element)
{
	j->failed |= element->failed;
	if (json_array_append_new(array, element->object) != 0)
		j->failed = true;
}

void
json_write(struct json *j, FILE *out)
{
	size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(6);

	/* C1 controls are UTF-8 too, and some terminals obey them */
	if (isatty(STDOUT_FILENO))
		flags |= JSON_ENSURE_ASCII;
	if (j->failed)
		say_out_of_memory(NULL);
	/* a write that fails is seen at the end, by ferror() */
	json_dumpf(j->object, out, flags);
	putc('\n', out);
	json_decref(j->object);
	j->object = NULL;
}
