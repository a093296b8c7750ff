/*
 * spf_words.h - the words of one SPF record, and the record written anew.
 */
#ifndef MAILAUTH_SPF_WORDS_H
#define MAILAUTH_SPF_WORDS_H

#include "find_spf.h"

enum {
	SPF_WORDS_MAX = 400, /* looked at */
	SPF_FOUND_MAX = 8    /* said of one record */
};

struct words {
	struct find *f;
	str name, text;
	const struct dns_rr *rr; /* with the borders of strings; NULL */
	str word[SPF_WORDS_MAX];
	size_t n, i;
	struct finding *found[SPF_FOUND_MAX];
	size_t n_found;
	struct buf mended;         /* the record anew */
	bool lost;                 /* something cannot be mended */
	size_t commas, semicolons; /* words that have them */
};

/* A word parsed as if it were a record's only term. */
struct spf_record spf_word_alone(struct words *, str word);
bool spf_word_fits(struct words *, str word);

/* Says where; for a word that is a slice of the text. */
void spf_word_point(struct words *, struct finding *, str span, str label);
/* What to write for the word; absent: in no way, or in more than one. */
void spf_word_mend(struct words *, str word);

/* "~", "include", ":example.com" */
str spf_word_sign(str word);
str spf_word_bare(str word); /* without its sign */
str spf_word_name(str word);
str spf_word_rest(str word);
bool spf_is_mechanism(str name);
bool spf_is_pointer(str name); /* redirect, exp */
/* "x=y", which anybody may invent, and nobody reads. */
bool spf_is_modifier(str word);

/* spf_terms.c: true when it was said what is wrong with the word. */
bool spf_find_value(struct words *, str word);
bool spf_find_address(struct words *, str word);
bool spf_find_unknown(struct words *, str word);

#endif
