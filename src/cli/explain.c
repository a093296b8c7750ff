/*
 * explain.c - mailauth explain: what a finding means.
 */
#include "mailauth/hint.h"
#include "sandbox.h"
#include "say.h"
#include "screen.h"

#include "mailauth/findings.h"

#include <stdio.h>

/* "error[code]:", as a report shows it, is its code. */
static str
bare_code(const char *word)
{
	str s = str_from(word);
	size_t open = str_find(s, '[');

	if (open < s.n)
		s = str_skip(s, open + 1);
	return str_sub(s, 0, str_find(s, ']'));
}

/* Not one that only the case at hand can give. */
static bool
has_hint(const struct finding_kind *k)
{
	return k->hint.n > 0 && !str_eq(k->hint, STR("{advice}"));
}

/* --- for a person ---------------------------------------------------- */

static void
put_paragraph(struct screen *s, size_t indent, str text)
{
	screen_pad(s, indent);
	screen_wrap(s, indent, text);
	screen_end(s);
}

static void
explain(struct screen *s, struct arena *a, const struct finding_kind *k)
{
	screen_put(s, TINT_STRONG,
		STR_CAT(a, severity_word(k->severity), STR("["), k->code,
			STR("]")));
	screen_put(s, TINT_PLAIN, STR(": "));
	screen_wrap(s, 4, k->message);
	screen_end(s);
	screen_end(s);
	put_paragraph(s, 2, k->about);
	if (!has_hint(k))
		return;
	screen_end(s);
	screen_pad(s, 2);
	screen_put(s, TINT_PLAIN, STR("= fix: "));
	screen_wrap(s, 4, k->hint);
	screen_end(s);
}

static void
list(struct screen *s)
{
	for (int code = 0; code < FINDINGS; code++) {
		const struct finding_kind *k =
			finding_kind((enum finding_code)code);
		screen_put(s, TINT_STRONG, k->code);
		screen_pad(s, 32);
		screen_put(s, TINT_PLAIN, severity_word(k->severity));
		screen_pad(s, 41);
		screen_wrap(s, 41, k->message);
		screen_end(s);
	}
}

/* --- for the manual -------------------------------------------------- */

/* No word of a text may be taken for a request, nor a backslash for one. */
static void
put_mdoc(str text)
{
	size_t column = 0;
	str word;

	while (str_split(&text, ' ', &word)) {
		if (column > 0 && column + word.n > 76) {
			putchar('\n');
			column = 0;
		} else if (column > 0) {
			putchar(' ');
		}
		if (column == 0 && word.n > 0 &&
			(word.p[0] == '.' || word.p[0] == '\''))
			fputs("\\&", stdout);
		for (size_t i = 0; i < word.n; i++)
			if (word.p[i] == '\\')
				fputs("\\e", stdout);
			else
				putchar(word.p[i]);
		column += word.n + 1;
		if (word.n > 0 && word.p[word.n - 1] == '.')
			column = 77; /* a sentence begins a line */
	}
	putchar('\n');
}

static void
put_entry(const struct finding_kind *k)
{
	printf(".It Sy %.*s Pq %s\n", (int)k->code.n, k->code.p,
		severity_word(k->severity).p);
	put_mdoc(k->message);
	puts(".Pp");
	put_mdoc(k->about);
	if (has_hint(k)) {
		puts(".Pp\nTo do:");
		put_mdoc(k->hint);
	}
}

static void
put_manual(void)
{
	puts(".\\\" Made by `mailauth explain --mdoc`; do not change it here.\n"
	     ".Dd November 24, 2026\n.Dt MAILAUTH-FINDINGS 7\n.Os\n.Sh NAME\n"
	     ".Nm mailauth-findings\n"
	     ".Nd what mailauth finds, and what to do about it\n"
	     ".Sh DESCRIPTION\n"
	     "A finding explains a result of\n.Xr mailauth 1 ;\n"
	     "it changes neither the verdict nor the exit code.\n"
	     "An error is why a message fails, a record that cannot be used,\n"
	     "or a hole; a warning works now and breaks elsewhere; a note "
	     "keeps\n"
	     "the reader from a wrong conclusion.\n"
	     "When DMARC passes, what is about the method that had no part in\n"
	     "it is a note.\n"
	     "Names in braces stand for what was found.\n"
	     ".Bl -tag -width Ds");
	for (int code = 0; code < FINDINGS; code++)
		put_entry(finding_kind((enum finding_code)code));
	puts(".El\n.Sh SEE ALSO\n.Xr mailauth 1");
}

/* --- the command ----------------------------------------------------- */

static bool
explain_word(struct screen *s, const struct options *o, const char *word)
{
	str wanted = bare_code(word);
	enum finding_code code = finding_code_from(wanted);
	struct hint h = hint_begin(wanted);

	if (code != FINDINGS) {
		explain(s, o->arena, finding_kind(code));
		return true;
	}
	for (int i = 0; i < FINDINGS; i++)
		hint_offer(&h, finding_kind((enum finding_code)i)->code.p);
	if (h.n > 0)
		SAY(o->arena, STR("no finding '"), wanted,
			STR("', did you mean "),
			hint_text(o->arena, &h, STR("")), STR("?"));
	else
		SAY(o->arena, STR("no finding '"), wanted,
			STR("'; 'mailauth explain' lists them"));
	return false;
}

int
run_explain(const struct options *o)
{
	struct screen s = screen_open(o->arena, o);
	int code = EXIT_PASS;

	sandbox_enter(o);
	if (o->mdoc)
		put_manual();
	else if (o->files == 0)
		list(&s);
	for (size_t i = 0; i < o->files && !o->mdoc; i++) {
		if (i > 0)
			screen_end(&s);
		if (!explain_word(&s, o, o->file[i]))
			code = EXIT_UNUSABLE;
	}
	return code;
}
