/*
 * find_publish.h - the texts of MTA-STS, TLS-RPT and BIMI records, and what is
 * left in a text of the guide that it was copied from.
 */
#ifndef MAILAUTH_FIND_PUBLISH_H
#define MAILAUTH_FIND_PUBLISH_H

#include "find.h"

void find_sts_record(struct find *, str name, str text);
void find_tlsrpt_record(struct find *, str name, str text);
void find_bimi_record(struct find *, str name, str text);

/*
 * Placeholders, also in the domain that the record speaks for, and names
 * reserved for examples, but for those below that domain.
 */
void find_placeholders(struct find *, str name, str domain, str text);
/* The first placeholder of a text; absent when there is none. */
str placeholder_in(str text);

#endif
