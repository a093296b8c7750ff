/*
 * hint.c - what was probably meant: the distance between words.
 */
#include "mailauth/hint.h"
#include "mailauth/buf.h"

enum { LONGEST = 31 };

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Letters put in, left out, changed, or swapped with their neighbour: row by
 * row through the table of Damerau and Levenshtein, of which three rows live.
 */
static size_t
distance(str a, str b)
{
	size_t row[3][LONGEST + 1];
	size_t *above = row[0], *here = row[1], *two_up = row[2];

	if (a.n > LONGEST || b.n > LONGEST)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		above[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		here[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t changed = a.p[i - 1] != b.p[j - 1];
			here[j] = least(least(above[j], here[j - 1]) + 1,
				above[j - 1] + changed);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
				a.p[i - 2] == b.p[j - 1])
				here[j] = least(here[j], two_up[j - 2] + 1);
		}
		size_t *oldest = two_up;
		two_up = above;
		above = here;
		here = oldest;
	}
	return above[b.n];
}

struct hint
hint_begin(str word)
{
	/* a third of the letters may be wrong, and one always */
	return (struct hint){ .word = word, .distance = word.n / 3 + 2 };
}

/* Those that begin with the word stand side by side, at distance 0. */
void
hint_offer(struct hint *h, const char *candidate)
{
	str c = str_from(candidate);
	bool begins = h->word.n >= 2 && str_starts(c, h->word);
	size_t d = begins ? 0 : distance(h->word, c);

	if (d > h->distance || d >= c.n || (d == h->distance && !begins) ||
		h->n == HINTS_MAX)
		return;
	if (d < h->distance)
		h->n = 0;
	h->distance = d;
	h->best[h->n++] = candidate;
}

str
hint_text(struct arena *a, const struct hint *h, str prefix)
{
	struct buf b = { .arena = a };

	for (size_t i = 0; i < h->n; i++) {
		if (i > 0)
			buf_add(&b, i + 1 < h->n ? STR(", ") : STR(" or "));
		buf_char(&b, '\'');
		buf_add(&b, prefix);
		buf_add(&b, str_from(h->best[i]));
		buf_char(&b, '\'');
	}
	return buf_str(&b);
}
