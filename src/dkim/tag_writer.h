/*
 * tag_writer.h - writing the fields that hold a list of tags, folded.
 *
 *	struct tag_writer w;
 *	tags_begin(&w, arena, STR("DKIM-Signature"));
 *	tags_add(&w, STR("v"), STR("1"));
 *	tags_add_long(&w, STR("h"), names, ':');
 *	tags_end(&w, STR("b"));       ends with "b=", not yet filled
 *	tags_fill(&w, base64);        and its value, with the final CRLF
 *
 * Between them buf_str(&w.out) is what has to be signed. (RFC 6376 3.7)
 */
#ifndef MAILAUTH_TAG_WRITER_H
#define MAILAUTH_TAG_WRITER_H

#include "mailauth/buf.h"

struct tag_writer {
	struct buf out;
	size_t column;
	bool first;
};

void tags_begin(struct tag_writer *, struct arena *, str name);
void tags_add(struct tag_writer *, str tag, str value);
void tags_add_number(struct tag_writer *, str tag, uint64_t);
/* May be folded behind each `separator`; with 0 anywhere. */
void tags_add_long(struct tag_writer *, str tag, str value, char separator);
void tags_end(struct tag_writer *, str tag);
void tags_fill(struct tag_writer *, str value);

#endif
