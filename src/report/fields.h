/*
 * fields.h - what the elements of an aggregate report say.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include "records.h"

/* How the text of an element is read. */
enum field_kind {
	FIELD_NONE, /* has none */
	FIELD_TEXT,
	FIELD_MORE_TEXT, /* may stand several times */
	FIELD_WORD,      /* in lower case */
	FIELD_TIME,
	FIELD_COUNT,
	FIELD_PERCENT,
	FIELD_IP,
	FIELD_DISPOSITION,
	FIELD_ALIGNED,
	FIELD_RESULT,
	FIELD_OVERRIDE,
	FIELD_POLICY,
	FIELD_MODE,
	FIELD_YES
};

/* The report, and what is being put together. */
struct fields {
	struct arena *arena;
	struct aggregate *report;
	struct records *records;
	struct aggregate_record record;
	bool has_count;
	struct aggregate_reason reason[AGGREGATE_MAX_REASONS];
	struct aggregate_check signature[AGGREGATE_MAX_SIGNATURES];
	struct aggregate_check sender[AGGREGATE_MAX_SIGNATURES];
};

/* Stores it at `to`, of that kind; text is trimmed and not empty. */
void field_set(struct fields *, enum field_kind, void *to, str text);
/* A remark on the report, in pieces; each is kept once. */
void fields_note(struct fields *, const str *pieces, size_t n);
#define FIELDS_NOTE(fields, ...)                                               \
	fields_note((fields), (const str[]){ __VA_ARGS__ },                    \
		sizeof((const str[]){ __VA_ARGS__ }) / sizeof(str))

#endif
