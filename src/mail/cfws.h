/*
 * cfws.h - comments and quoted strings of structured fields. (RFC 5322 3.2)
 */
#ifndef MAILAUTH_CFWS_H
#define MAILAUTH_CFWS_H

#include "mailauth/buf.h"

/*
 * Folding or a blank?  A CR without LF is not: it is a line end to some
 * programs and not to others.
 */
bool cfws_is_fold(str, size_t at);

/*
 * The end of the comment or quoted string that begins at `at`, or 0 when it is
 * not closed.  Comments nest to any depth.  A NUL closes nothing: it would end
 * the field for a program that is written in C.
 */
size_t cfws_closed_at(str, size_t at);

/*
 * The end of the word at `at`: at a blank or at stop (NUL: none), but not in a
 * quoted string.  The first quote that is not closed clears *quotes, and from
 * then on none is looked for, so that a field is read in linear time.
 */
size_t cfws_word_end(str s, size_t at, char stop, bool *quotes);

/* A quoted string without quotes, escapes and folds; other text unfolded. */
void cfws_add_unquoted(struct buf *, str);

#endif
