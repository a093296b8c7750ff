/*
 * test_mime.c - the parts of messages, whatever the chunks they come in.
 */
#include "unit.h"
#include "mail/mime_params.h"
#include "mailauth/base64.h"
#include "mailauth/mime.h"

/* --- a source, and all that is read from it as text ------------------ */

struct source {
	str rest;
	size_t piece;
	bool over;
};

static str
pull(void *arg)
{
	struct source *s = arg;
	str chunk = str_sub(s->rest, 0, s->piece);

	assert_false(s->over); /* nobody asks behind the end */
	s->over = s->rest.n == 0;
	if (s->over)
		return (str){ NULL, 0 };
	s->rest = str_skip(s->rest, chunk.n);
	return chunk;
}

enum { NESTING = 4 };

static void
show_part(struct buf *b, const struct mime_part *p, size_t depth)
{
	static const str words[] = { STR_INIT("-"), STR_INIT("base64"),
		STR_INIT("qp") };

	for (size_t i = 0; i < depth; i++)
		buf_char(b, '.');
	buf_add(b, p->type);
	buf_char(b, ' ');
	buf_add(b, words[p->encoding]);
	if (p->whole)
		buf_add(b, STR(" whole"));
	if (p->name.p) {
		buf_char(b, ' ');
		buf_escaped(b, p->name);
	}
}

static void show(struct buf *b, struct mime *m, size_t depth);

static void
show_content(struct buf *b, struct mime *m, size_t depth)
{
	struct mime *inner = arena_new(b->arena, struct mime);
	str chunk;

	if (depth < NESTING && mime_enter(inner, m)) {
		buf_char(b, '\n');
		show(b, inner, depth + 1);
		return;
	}
	buf_add(b, STR(" ["));
	while ((chunk = mime_read(m)).p) {
		assert_true(chunk.n > 0);
		buf_add(b, chunk);
	}
	assert_null(mime_read(m).p);
	buf_add(b, STR("]\n"));
}

static void
show(struct buf *b, struct mime *m, size_t depth)
{
	while (mime_next(m)) {
		show_part(b, &m->part, depth);
		show_content(b, m, depth);
	}
	assert_false(mime_next(m));
	assert_null(mime_read(m).p);
	if (!m->head)
		buf_add(b, STR("refused\n"));
	if (m->cut)
		buf_add(b, STR("cut\n"));
	if (m->left_out)
		buf_add(b, STR("left out\n"));
}

/* Heads come and go in an arena of their own. */
static str
parts_of(str text, size_t piece)
{
	struct arena heads;
	struct mime *m = arena_new(&arena, struct mime);
	struct source s = { .rest = text, .piece = piece };
	struct buf b = { .arena = &arena };

	arena_init(&heads, (size_t)1 << 26, NULL, NULL);
	bool begun = mime_begin(m, &heads, pull, &s);
	assert_true(begun == (m->head != NULL));
	show(&b, m, 0);
	arena_free(&heads);
	return buf_str(&b);
}

static void
check(str text, str want, const char *file, int line)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 4096, SIZE_MAX };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		assert_slices(parts_of(text, pieces[i]), want, file, line);
}

static str
with_crlf(str text)
{
	struct buf b = { .arena = &arena };

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			buf_char(&b, '\r');
		buf_char(&b, text.p[i]);
	}
	return buf_str(&b);
}

/* As it stands; and with CRLF, where the content has them too. */
#define ASSERT_PARTS(text, want) check(STR(text), STR(want), __FILE__, __LINE__)
#define HEAD "Content-Type: multipart/mixed; boundary=b\n\n"

/* --- boundaries ------------------------------------------------------ */

static void
test_parts(void **state)
{
	(void)state;
	ASSERT_PARTS(HEAD "preamble\n"
			  "--b\n"
			  "Content-Type: Text/XML; name=a.xml\n"
			  "\n"
			  "<a>\n"
			  "</a>\n"
			  "\n"
			  "--b\n"
			  "\n"
			  "two\n"
			  "--b--\n"
			  "epilogue\n"
			  "--b\n"
			  "\n"
			  "three\n",
		"text/xml - a.xml [<a>\n</a>\n]\n"
		"text/plain - [two]\n");
	/* the first line of the body, and the last of the text */
	ASSERT_PARTS(HEAD "--b\n\none\n--b--", "text/plain - [one]\n");
	ASSERT_PARTS(HEAD "--b--", "");
}

static void
test_line_ends(void **state)
{
	str text = STR("A: b\n" HEAD "--b\nX: y\n\none\n\ntwo\n--b\n\n--b--\n");

	(void)state;
	check(text, STR("text/plain - [one\n\ntwo]\ntext/plain - []\n"),
		__FILE__, __LINE__);
	check(with_crlf(text),
		STR("text/plain - [one\r\n\r\ntwo]\ntext/plain - []\n"),
		__FILE__, __LINE__);
	/* mixed; a bare CR is no line end, and not part of one */
	ASSERT_PARTS(HEAD "--b\r\n\none\r\r\n--b\n\r\ntwo\r--b\r\n--b--\r\n",
		"text/plain - [one\r]\ntext/plain - [two\r--b]\n");
	ASSERT_PARTS(HEAD "--b\n\n\r\n\r--b\r\r\n\n--b--\r",
		"text/plain - [\r\n\r--b\r\r\n]\n");
}

static void
test_what_is_no_boundary(void **state)
{
	(void)state;
	ASSERT_PARTS(HEAD "--b\n\n"
			  " --b\n--bb\n-b\n--\n---b\n--b-\n--b x\n--b --\n"
			  "--b---\nx--b\n--B\n--b\t \n"
			  "\n--b-- \t\n",
		"text/plain - [ --b\n--bb\n-b\n--\n---b\n--b-\n--b x\n--b --\n"
		"--b---\nx--b\n--B]\n"
		"text/plain - []\n");
	/* each is held back until the next tells that it is text */
	ASSERT_PARTS(HEAD "--b\n\n\n--\n--\n--a\n-\n--b", "text/plain - "
							  "[\n--\n--\n--a\n-]\n"
							  "cut\n");
}

/* More blanks than are held: no boundary, and nothing is lost. */
static void
test_blanks_behind_boundary(void **state)
{
	(void)state;
	for (size_t n = MIME_HELD - 10; n < MIME_HELD + 5; n++) {
		struct buf b = { .arena = &arena };
		buf_add(&b, STR(HEAD "--b\r\n\r\none\r\n--b"));
		size_t from = b.n - 5;
		for (size_t i = 0; i < n; i++)
			buf_char(&b, " \t"[i % 2]);
		buf_add(&b, STR("\r\n"));
		str line = str_skip(buf_str(&b), from);
		bool fits = n <= MIME_HELD - 2 - 5;
		str want = fits ? STR("text/plain - [one]\ncut\n")
				: STR_CAT(&arena, STR("text/plain - [one"),
					  line, STR("]\ncut\n"));
		check(buf_str(&b), want, __FILE__, __LINE__);
	}
}

static void
test_cut(void **state)
{
	(void)state;
	ASSERT_PARTS(
		HEAD "--b\n\none\ntwo\n", "text/plain - [one\ntwo\n]\ncut\n");
	ASSERT_PARTS(HEAD "--b\n\none\r", "text/plain - [one\r]\ncut\n");
	ASSERT_PARTS(HEAD "--b\nA: x", "text/plain - []\ncut\n");
	ASSERT_PARTS(HEAD "--b\n\none\n--b\n", "text/plain - [one]\ncut\n");
	ASSERT_PARTS(HEAD "--b\n\none\n--b", "text/plain - [one]\ncut\n");
	ASSERT_PARTS(
		HEAD "--b\n\none\n--b-", "text/plain - [one\n--b-]\ncut\n");
	ASSERT_PARTS(HEAD "no boundary\n", "cut\n");
	ASSERT_PARTS("Content-Type: multipart/mixed; boundary=b", "cut\n");
	ASSERT_PARTS("", "refused\n");
	ASSERT_PARTS("no mail\n", "refused\n");
}

/* --- header sections ------------------------------------------------- */

static void
test_heads_of_parts(void **state)
{
	(void)state;
	/* no fields; no empty line; nothing at all */
	ASSERT_PARTS(HEAD "--b\n\nA: b\n\nc\n--b\nno field\nB: c\n"
			  "--b\nA: b\nno field\n\nx\n--b\nA: b\nlast\n"
			  "--b\nonly\n--b\nA: b\n--b\n--b--\n",
		"text/plain - [A: b\n\nc]\n"
		"text/plain - [no field\r\nB: c]\n"
		"text/plain - [no field\r\n\nx]\n"
		"text/plain - [last]\n"
		"text/plain - [only]\n"
		"text/plain - []\n"
		"text/plain - []\n");
	/* what is no part of a message may well be one of a part */
	ASSERT_PARTS(HEAD "--b\n\nFrom a\n--b\nFrom a\n\nx\n--b--\n",
		"text/plain - [From a]\n"
		"text/plain - [From a\r\n\nx]\n");
	/* a boundary where the empty line should be */
	ASSERT_PARTS("Content-Type: multipart/mixed; boundary=b\n"
		     "--b\n\none\n--b--\n",
		"text/plain - [one]\n");
}

static void
test_whole(void **state)
{
	(void)state;
	ASSERT_PARTS("A: b\n\none\n--b\ntwo\n",
		"text/plain - whole [one\n--b\ntwo\n]\n");
	ASSERT_PARTS("Content-Type: application/gzip; name=x.gz\n"
		     "Content-Transfer-Encoding: base64\n\nYWJj\nZA==\n",
		"application/gzip base64 whole x.gz [abcd]\n");
	ASSERT_PARTS("Content-Type: multipart/mixed\n\n--b\n\none\n--b--\n",
		"multipart/mixed - whole [--b\n\none\n--b--\n]\n");
	ASSERT_PARTS("Content-Type: multipart/mixed; boundary=\" \"\n\nx",
		"multipart/mixed - whole [x]\n");
	ASSERT_PARTS(
		"A: b\nbroken\n\nx", "text/plain - whole [broken\r\n\nx]\n");
	ASSERT_PARTS("A: b", "text/plain - whole []\n");
	/* an mbox line is none of the message */
	ASSERT_PARTS("From a Mon\nA: b\n\nx", "text/plain - whole [x]\n");
}

static void
test_nested(void **state)
{
	(void)state;
	ASSERT_PARTS(
		"Content-Type: multipart/report; report-type=x; boundary=o\n\n"
		"--o\nContent-Type: multipart/alternative; boundary=i\n"
		"Content-Transfer-Encoding: base64\n\n"
		"--i\n\none\n--i--\n--i\n\n"
		"--o\nContent-Type: message/rfc822\n\n"
		"Content-Type: multipart/mixed; boundary=i\n\n"
		"--i\n\ntwo\n--ii\n"
		"--o\nContent-Type: message/rfc822\n"
		"Content-Transfer-Encoding: base64\n\nQTogYgoKdGhyZWU=\n"
		"--o\nContent-Type: message/rfc822\n\n"
		"\n--o--\n",
		"multipart/alternative -\n"
		".text/plain - [one]\n"
		"message/rfc822 -\n"
		".text/plain - [two\n--ii]\n"
		"cut\n"
		"message/rfc822 base64\n"
		".text/plain - whole [three]\n"
		"message/rfc822 -\n"
		"refused\n");
	ASSERT_PARTS("Content-Type: multipart/digest; boundary=o\n\n"
		     "--o\n\nA: b\n\none\n--o\nContent-Type: a/b\n\ntwo\n--o--",
		"message/rfc822 -\n.text/plain - whole [one]\n"
		"a/b - [two]\n");
}

/* --- encodings ------------------------------------------------------- */

#define CODED(encoding, text) "Content-Transfer-Encoding: " encoding "\n\n" text
#define BASE64(text, want)                                                     \
	ASSERT_PARTS(                                                          \
		CODED("BASE64", text), "text/plain base64 whole [" want "]\n")
#define QP(text, want)                                                         \
	ASSERT_PARTS(CODED("Quoted-Printable", text),                          \
		"text/plain qp whole [" want "]\n")

static void
test_base64(void **state)
{
	(void)state;
	BASE64("YWJjZA==", "abcd");
	BASE64("YWJjZA", "abcd");
	BASE64("YWJjZGU", "abcde");
	BASE64("Y W\tJ\r\nj!Z*G\x80-U_=", "abcde");
	BASE64("YQ==YmM=ZGVm", "abcdef");
	BASE64("YQ=\n=Yg=Yw", "abc");
	BASE64("====", "");
	BASE64("YWJjZ", "abc");
	BASE64("Z=YWJj", "abc");
	BASE64("//+/", "\xff\xff\xbf");
	BASE64("", "");
}

static void
test_quoted_printable(void **state)
{
	(void)state;
	QP("a=3Db=c3=A4=", "a=b\xc3\xa4");
	QP("soft =\nbreak=  \t\r\n.", "soft break.");
	QP("blanks \t \nat \r\nthe end \t", "blanks\nat\r\nthe end");
	QP("=\n=\r\n", "");
	QP("=4 =G1 = x == =\r =4\n=4\r\n=\n4=4",
		"=4 =G1 = x == =\r =4\n=4\r\n4=4");
	QP("=20 \n=20=20=\n=09\t\n", "\x20\n\x20\x20\t\n");
	QP("a\r b \r\r\n \rc \r", "a\r b \r\r\n \rc \r");
	QP("=\r", "");
	QP("=41=4142", "AA42");
}

static void
test_long_content(void **state)
{
	enum { OCTETS = 200000 };
	struct buf text = { .arena = &arena }, coded = { .arena = &arena };
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < OCTETS; i++) {
		x = x * 1103515245u + 12345u;
		buf_char(&text, (char)(x >> 24));
	}
	str want = STR_CAT(&arena, STR("text/plain base64 ["), buf_str(&text),
		STR("]\ntext/plain qp ["), buf_str(&text),
		STR("]\ntext/plain - ["), buf_str(&text), STR("]\n"));
	/* both encodings without any line end */
	buf_add(&coded, STR(HEAD "--b\n" CODED("base64", "")));
	buf_add(&coded, base64_encode(&arena, buf_str(&text)));
	buf_add(&coded, STR("\n--b\n" CODED("quoted-printable", "")));
	for (size_t i = 0; i < text.n; i++) {
		static const char hex[] = "0123456789ABCDEF";
		unsigned char c = (unsigned char)text.p[i];
		char code[] = { '=', hex[c >> 4], hex[c & 15] };
		buf_add(&coded, (str){ code, sizeof(code) });
	}
	buf_add(&coded, STR("\n--b\n\n"));
	buf_add(&coded, buf_str(&text));
	buf_add(&coded, STR("\n--b--\n"));
	check(buf_str(&coded), want, __FILE__, __LINE__);
}

/* A line that ended the header section may be longer than the buffer. */
static void
test_long_line_instead_of_head(void **state)
{
	struct buf text = { .arena = &arena }, want = { .arena = &arena };

	(void)state;
	buf_add(&text, STR("Content-Transfer-Encoding: base64\n"));
	buf_add(&want, STR("text/plain base64 whole ["));
	for (size_t i = 0; i < 20000; i++) {
		buf_add(&text, STR("YWJj"));
		buf_add(&want, STR("abc"));
	}
	buf_add(&want, STR("]\n"));
	check(buf_str(&text), buf_str(&want), __FILE__, __LINE__);
}

static void
test_blanks_in_quoted_printable(void **state)
{
	(void)state;
	for (size_t n = MIME_HELD - 1; n <= MIME_HELD; n++) {
		struct buf text = { .arena = &arena };
		buf_add(&text, STR(CODED("quoted-printable", "a")));
		size_t from = text.n;
		for (size_t i = 0; i < n; i++)
			buf_char(&text, ' ');
		buf_add(&text, STR("b"));
		str blanks = str_sub(buf_str(&text), from, n);
		buf_add(&text, blanks);
		buf_add(&text, STR("\nc"));
		check(buf_str(&text),
			STR_CAT(&arena, STR("text/plain qp whole [a"), blanks,
				STR("b\nc]\n")),
			__FILE__, __LINE__);
	}
}

/* --- limits ---------------------------------------------------------- */

static void
test_too_many_parts(void **state)
{
	struct buf text = { .arena = &arena }, want = { .arena = &arena };

	(void)state;
	buf_add(&text, STR(HEAD));
	for (size_t i = 0; i < MIME_MAX_PARTS; i++) {
		buf_add(&text, STR("--b\n\nx\n"));
		buf_add(&want, STR("text/plain - [x]\n"));
	}
	str most = STR_CAT(&arena, buf_str(&text), STR("--b--\n"));
	check(most, buf_str(&want), __FILE__, __LINE__);
	buf_add(&text, STR("--b\n\nx\n--b--\n"));
	buf_add(&want, STR("left out\n"));
	check(buf_str(&text), buf_str(&want), __FILE__, __LINE__);
}

static void
test_too_large_head(void **state)
{
	struct buf big = { .arena = &arena };

	(void)state;
	for (size_t i = 0; i < MIME_MAX_HEAD / 100 + 1; i++)
		for (size_t k = 0; k < 100; k++)
			buf_char(&big, k == 0    ? 'A'
				       : k == 1  ? ':'
				       : k == 99 ? '\n'
						 : 'x');
	check(buf_str(&big), STR("refused\n"), __FILE__, __LINE__);
	str text = STR_CAT(&arena, STR(HEAD "--b\n"), buf_str(&big),
		STR("\nlost\n--b\n\nread\n--b--\n"));
	check(text, STR("text/plain - [read]\nleft out\n"), __FILE__, __LINE__);
}

/* As long as it may be, and one octet more. */
static void
test_long_boundary(void **state)
{
	(void)state;
	for (size_t n = MIME_MAX_BOUNDARY; n <= MIME_MAX_BOUNDARY + 1; n++) {
		struct buf b = { .arena = &arena };
		for (size_t i = 0; i < n; i++)
			buf_char(&b, 'x');
		str body = STR_CAT(&arena, STR("--"), buf_str(&b),
			STR("\n\none\r\n--"), buf_str(&b), STR("--\n"));
		str text = STR_CAT(&arena,
			STR("Content-Type: multipart/mixed; boundary=\""),
			buf_str(&b), STR("\"\n\n"), body);
		str want = n == MIME_MAX_BOUNDARY
				   ? STR("text/plain - [one]\n")
				   : STR_CAT(&arena,
					     STR("multipart/mixed - whole ["),
					     body, STR("]\n"));
		check(text, want, __FILE__, __LINE__);
	}
}

/* --- how it is used -------------------------------------------------- */

/* A part need not be read, or not to its end; nor its reader. */
static void
test_parts_passed_over(void **state)
{
	str text = STR(HEAD "--b\nContent-Type: message/rfc822\n\n" HEAD
			    "--b\n\n1\n2\n3\n--b\n\n4\n--b--\n");
	struct source s = { .rest = text, .piece = 2 };
	struct mime m, inner;

	(void)state;
	assert_true(mime_begin(&m, &arena, pull, &s));
	assert_same(m.entity.type, STR("multipart/mixed"));
	assert_same(m.entity.boundary, STR("b"));
	assert_null(mime_read(&m).p); /* no part yet */
	assert_true(mime_next(&m));
	assert_true(mime_enter(&inner, &m));
	assert_false(mime_next(&inner)); /* the outer boundary comes first */
	assert_true(mime_next(&m));
	assert_false(mime_enter(&inner, &m));
	assert_same(mime_read(&m), STR("1"));
	assert_true(mime_next(&m));
	assert_same(mime_read(&m), STR("4"));
	assert_false(mime_next(&m));
	assert_false(mime_next(&m));
	assert_false(m.cut);
}

static void
test_begin_body(void **state)
{
	const struct message *head = message_from(&arena, STR(HEAD));
	struct source s = { .rest = STR("--b\n\none\n--b--"), .piece = 1 };
	struct source w = { .rest = STR("one"), .piece = 9 };
	struct mime m;

	(void)state;
	mime_begin_body(&m, &arena, head, pull, &s);
	assert_ptr_equal(m.head, head);
	assert_true(mime_next(&m));
	assert_same(mime_read(&m), STR("o"));
	mime_begin_body(
		&m, &arena, message_from(&arena, STR("A: b\n\n")), pull, &w);
	assert_true(mime_next(&m));
	assert_true(m.part.whole);
	assert_same(mime_read(&m), STR("one"));
	assert_false(mime_next(&m));
	assert_null(mime_read(&m).p);
}

/* What the parts' header sections took is given back. */
static void
test_memory_of_many_parts(void **state)
{
	struct arena heads;
	struct buf text = { .arena = &arena };
	struct mime m;

	(void)state;
	buf_add(&text, STR(HEAD));
	for (size_t i = 0; i < MIME_MAX_PARTS; i++) {
		buf_add(&text, STR("--b\nA:"));
		for (size_t k = 0; k < 5000; k++)
			buf_char(&text, 'x');
		buf_add(&text, STR("\n\n"));
	}
	struct source s = { .rest = buf_str(&text), .piece = 4096 };
	arena_init(&heads, 200000, NULL, NULL);
	assert_true(mime_begin(&m, &heads, pull, &s));
	size_t n = 0;
	while (mime_next(&m))
		n++;
	assert_int_equal(n, MIME_MAX_PARTS);
	arena_free(&heads);
}

/* --- parameters ------------------------------------------------------ */

static str
param(const char *value, const char *name)
{
	struct mime_params p;

	mime_params_read(&p, &arena, str_from(value));
	return mime_params_get(&p, &arena, str_from(name));
}

static void
test_parameters(void **state)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		{ "a/b; n=x", "x" },
		{ "a/b;N = x ; n=y", "x" },
		{ "a/b; m=1; ;;n=x;", "x" },
		{ "a/b; m=\"a;n=y\\\"\"; n=\"x;\\\"\\\\ (no comment)\"",
			"x;\"\\ (no comment)" },
		{ "(c;n=y) a/b (c;n=y) ; (c) n (c) = (c) x (c)", "x" },
		{ "(c;n=y) a/b (c;n=y) ; (c) n (c) = (c) \"x\" (c;n=y)", "x" },
		{ "a/b;\r\n\tn=\r\n \"x\r\n y\"", "x y" },
		{ "a/b; n=my report (1).gz (c); m", "my report (1).gz" },
		{ "a/b; n=----=_x", "----=_x" },
		{ "a/b; n=\"x", "x" },
		{ "a/b; m=\"y; n=x", "x" },
		{ "a/b; m=(y; n=x", "x" },
		{ "a/b junk; n=x", "x" },
		{ "n=x", NULL },
		{ "a/b; m; n=x", "x" },
		{ "a/b; n=", "" },
		{ "a/b; n=\"\"", "" },
		{ "a/b; nn=x", NULL },
		/* RFC 2231 */
		{ "a/b; n*=utf-8''caf%C3%a9%2", "caf\xc3\xa9%2" },
		{ "a/b; n*='%27", "''" },
		{ "a/b; n*0=\"ab\"; n*1=%41; n*2*=%42''", "ab%41B''" },
		{ "a/b; n*1*=%41'; n*0*=us-ascii'en'%42", "BA'" },
		{ "a/b; n*0=a; n*2=c; n=x", "a" },
		{ "a/b; n*1=c; n=x", "x" },
		{ "a/b; n=x; n*=''y", "y" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		str got = param(cases[i].value, "n");
		if (cases[i].want)
			assert_str(got, cases[i].want);
		else
			assert_null(got.p);
	}
}

/* More sections, and more parameters, than are read. */
static void
test_many_parameters(void **state)
{
	struct buf b = { .arena = &arena };

	(void)state;
	buf_add(&b, STR("a/b"));
	for (size_t i = 0; i < 2 * MIME_MAX_PARAMS; i++)
		buf_add(&b, STR_CAT(&arena, STR("; n*"), str_number(&arena, i),
				    STR("=x")));
	struct mime_params p;
	mime_params_read(&p, &arena, buf_str(&b));
	assert_int_equal(p.n, MIME_MAX_PARAMS);
	assert_int_equal(
		mime_params_get(&p, &arena, STR("n")).n, MIME_MAX_PARAMS);
}

static void
test_encoded_words(void **state)
{
	static const char *const cases[][2] = {
		{ "=?utf-8?Q?a_b=3Dc?=", "a b=c" },
		{ "=?UTF-8?b?YWJj?= \r\n =?x?q?d?=e", "abcde" },
		{ "=?x?q?a?= b =?x?q?c?=", "a b c" },
		{ "a =?x?q?b?=", "a b" },
		{ "=?x?q?=4?=", "=4" },
		{ "=?x?z?a?=", "=?x?z?a?=" },
		{ "=??q?a?=", "=??q?a?=" },
		{ "=?x?q?a?", "=?x?q?a?" },
		{ "=?x?q?a", "=?x?q?a" },
		{ "=?", "=?" },
		{ "=?x?b?YW!Jj?=", "a" },
		{ "", "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_str(
			mime_words(&arena, str_from(cases[i][0])), cases[i][1]);
}

static void
test_names_and_types(void **state)
{
	(void)state;
	ASSERT_PARTS("Content-Type: a/b; name=x\n"
		     "Content-Disposition: attachment; filename=\"y z\"\n\n",
		"a/b - whole y z []\n");
	ASSERT_PARTS("Content-Type: a/b; name=\"=?utf-8?Q?x=2Egz?=\"\n\n",
		"a/b - whole x.gz []\n");
	ASSERT_PARTS("Content-Type: A/B(c)\nContent-Type: c/d\n\n",
		"a/b - whole []\n");
	ASSERT_PARTS("Content-Type: text\n\n", "text/plain - whole []\n");
	ASSERT_PARTS("Content-Type: /b\n\n", "text/plain - whole []\n");
	ASSERT_PARTS("Content-Type: a/b/c\n\n", "text/plain - whole []\n");
	ASSERT_PARTS("Content-Type:\n\n", "text/plain - whole []\n");
	ASSERT_PARTS("Content-Type: a/b charset=x; name=y\n\n",
		"a/b - whole y []\n");
	ASSERT_PARTS("Content-Transfer-Encoding: (c) base64 (c);\n\nYWJj",
		"text/plain base64 whole [abc]\n");
	ASSERT_PARTS("Content-Transfer-Encoding: x-base64\n\nYWJj",
		"text/plain - whole [YWJj]\n");
	ASSERT_PARTS("Content-Type: multipart/mixed; boundary=\"b c \"\n\n"
		     "--b c\n\none\n--b c--",
		"text/plain - [one]\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_parts),
		TEST(test_line_ends),
		TEST(test_what_is_no_boundary),
		TEST(test_blanks_behind_boundary),
		TEST(test_cut),
		TEST(test_heads_of_parts),
		TEST(test_whole),
		TEST(test_nested),
		TEST(test_base64),
		TEST(test_quoted_printable),
		TEST(test_long_content),
		TEST(test_long_line_instead_of_head),
		TEST(test_blanks_in_quoted_printable),
		TEST(test_too_many_parts),
		TEST(test_too_large_head),
		TEST(test_long_boundary),
		TEST(test_parts_passed_over),
		TEST(test_begin_body),
		TEST(test_memory_of_many_parts),
		TEST(test_parameters),
		TEST(test_many_parameters),
		TEST(test_encoded_words),
		TEST(test_names_and_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
