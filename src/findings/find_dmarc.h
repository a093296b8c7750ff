/*
 * find_dmarc.h - the text of a DMARC record, on its own.
 */
#ifndef MAILAUTH_FIND_DMARC_H
#define MAILAUTH_FIND_DMARC_H

#include "find.h"

/* Is a TXT that is no DMARC record meant to be one? */
bool dmarc_looks_meant(str txt);
/* All that is to be said of the record at _dmarc.<domain>. */
void find_dmarc_record(struct find *, str domain, str text);

#endif
