/*
 * screen.c - text for a person: columns, wrapping, colour.
 */
#include "screen.h"

#include "mailauth/buf.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDEST = 80, NARROWEST = 40 };

static size_t
width_of_terminal(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) ||
		ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
		size.ws_col == 0 || size.ws_col > WIDEST)
		return WIDEST;
	return size.ws_col < NARROWEST ? NARROWEST : size.ws_col;
}

/* https://no-color.org and https://bixense.com/clicolors */
static bool
want_color(enum color_when when)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	const char *force = getenv("CLICOLOR_FORCE");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	if (no != NULL && *no != '\0')
		return false;
	if (force != NULL && *force != '\0' && strcmp(force, "0") != 0)
		return true;
	return isatty(STDOUT_FILENO) && term != NULL && *term != '\0' &&
	       strcmp(term, "dumb") != 0;
}

struct screen
screen_open(struct arena *a, const struct options *o)
{
	return (struct screen){
		.out = stdout,
		.arena = a,
		.width = width_of_terminal(),
		.color = want_color(o->color),
	};
}

static void
put_bytes(struct screen *s, str bytes)
{
	fwrite(bytes.p, 1, bytes.n, s->out);
	s->column += bytes.n;
}

void
screen_put(struct screen *s, enum tint tint, str text)
{
	static const char *const code[] = {
		[TINT_GOOD] = "32",
		[TINT_BAD] = "31",
		[TINT_DOUBT] = "33",
		[TINT_STRONG] = "1",
	};
	struct arena_mark mark = arena_mark(s->arena);
	bool color = s->color && tint != TINT_PLAIN;

	if (color)
		fprintf(s->out, "\x1b[%sm", code[tint]);
	put_bytes(s, str_escaped(s->arena, text));
	if (color)
		fputs("\x1b[0m", s->out);
	arena_rewind(s->arena, mark);
}

void
screen_pad(struct screen *s, size_t column)
{
	while (s->column < column)
		put_bytes(s, STR(" "));
}

void
screen_end(struct screen *s)
{
	putc('\n', s->out);
	s->column = 0;
}

void
screen_right(struct screen *s, enum tint tint, size_t column, str text)
{
	size_t at = text.n < column ? column - text.n : 0;

	if (s->column > 0 && at <= s->column)
		at = s->column + 1;
	screen_pad(s, at);
	screen_put(s, tint, text);
}

static void
next_line(struct screen *s, size_t indent)
{
	screen_end(s);
	screen_pad(s, indent);
}

/* Of this line; what stands in it may be longer than it. */
static size_t
room(const struct screen *s)
{
	return s->column < s->width ? s->width - s->column : 0;
}

/* One word of escaped text; cut where even a whole line has no room. */
static void
wrap_word(struct screen *s, size_t indent, str word, bool *fresh)
{
	size_t need = word.n + !*fresh;

	if (need > room(s) && s->column > indent) {
		next_line(s, indent);
		*fresh = true;
	}
	if (!*fresh)
		put_bytes(s, STR(" "));
	while (word.n > room(s)) {
		size_t n = room(s);
		put_bytes(s, str_sub(word, 0, n));
		word = str_skip(word, n);
		next_line(s, indent);
	}
	put_bytes(s, word);
	*fresh = false;
}

void
screen_wrap(struct screen *s, size_t indent, str text)
{
	struct arena_mark mark = arena_mark(s->arena);
	bool fresh = true;
	str rest = str_escaped(s->arena, text), word;

	if (indent >= s->width)
		indent = s->width / 2; /* no line without room for a word */
	if (s->column >= s->width)
		next_line(s, indent);
	while (str_split(&rest, ' ', &word))
		if (word.n > 0)
			wrap_word(s, indent, word, &fresh);
	arena_rewind(s->arena, mark);
}

void
screen_keep(struct screen *s, size_t indent, str text)
{
	struct arena_mark mark = arena_mark(s->arena);
	size_t n = str_escaped(s->arena, text).n;

	if (n + 1 > room(s))
		next_line(s, indent);
	else
		put_bytes(s, STR(" "));
	screen_wrap(s, indent, text); /* a line may be shorter than it */
	arena_rewind(s->arena, mark);
}

void
screen_item(struct screen *s, size_t at, str title, str text)
{
	screen_pad(s, at);
	screen_put(s, TINT_PLAIN, title);
	screen_put(s, TINT_PLAIN, STR(": "));
	screen_wrap(s, at + 4, text);
	screen_end(s);
}

void
screen_row(struct screen *s, size_t at, size_t text_at, str label, str text)
{
	if (text.n == 0)
		return;
	screen_pad(s, at);
	screen_put(s, TINT_PLAIN, label);
	screen_pad(s, text_at);
	screen_wrap(s, text_at, text);
	screen_end(s);
}

void
screen_headline(struct screen *s, enum tint tint, str word, const char *file,
	str sentence)
{
	str name = str_from(file);

	if (name.p && !str_eq(name, STR("-")))
		sentence = STR_CAT(s->arena, name, STR(": "), sentence);
	screen_put(s, tint, word);
	screen_pad(s, s->column + 2);
	screen_wrap(s, 6, sentence);
	screen_end(s);
}

enum tint
screen_tint(enum result result)
{
	switch (result) {
	case RESULT_PASS: return TINT_GOOD;
	case RESULT_FAIL:
	case RESULT_PERMERROR: return TINT_BAD;
	case RESULT_SOFTFAIL:
	case RESULT_POLICY:
	case RESULT_TEMPERROR: return TINT_DOUBT;
	case RESULT_PENDING:
	case RESULT_NONE:
	case RESULT_NEUTRAL: break;
	}
	return TINT_PLAIN;
}
