/*
 * notes.c - what was not as it should be in a report.
 */
#include "report/notes.h"

void
notes_add(struct notes *t, str sentence)
{
	for (size_t i = 0; i < *t->n; i++)
		if (str_eq(t->note[i], sentence))
			return;
	if (*t->n < t->max)
		t->note[(*t->n)++] = sentence;
}

void
notes_word(struct buf *b, str word)
{
	for (str rest = buf_str(b), have; str_split(&rest, ',', &have);)
		if (str_eq(str_trim_wsp(have), word))
			return;
	buf_add(b, b->n > 0 ? STR(", ") : STR(""));
	buf_add(b, word);
}

void
notes_words(struct notes *t, str sentence, const struct buf *b)
{
	if (b->n > 0)
		notes_add(t, STR_CAT(b->arena, sentence, buf_str(b)));
}
