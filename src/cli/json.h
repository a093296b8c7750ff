/*
 * json.h - pieces of JSON that are made of ours.
 *
 * Keys come out in the order they are set.  Strings may hold any byte: what
 * is not UTF-8, and NUL, becomes \xNN text.  Absent ones are null.
 */
#ifndef JSON_H
#define JSON_H

#include "mailauth/arena.h"
#include "mailauth/result.h"

#include <jansson.h>
#include <stdio.h>

enum { JSON_SCHEMA = 1 }; /* of all objects that are printed */

/*
 * An object that is being filled.  jansson tells when memory runs out; that is
 * kept, so that it needs to be asked for once, at the end.
 */
struct json {
	struct arena *arena;
	json_t *object;
	bool failed;
};

struct json json_begin(struct arena *);
void json_put(struct json *, const char *key, json_t *value); /* takes it */
void json_put_str(struct json *, const char *key, str);
void json_put_result(struct json *, const char *key, enum result);
void json_put_bool(struct json *, const char *key, bool);
/* No more than fits in 63 bits, which is what jansson has. */
void json_put_number(struct json *, const char *key, uint64_t);
void json_put_time(struct json *, const char *key, int64_t); /* or null */
void json_put_strs(struct json *, const char *key, const str *, size_t n);
/* One inside the other, or at the end of an array; takes the inner one. */
void json_put_object(struct json *, const char *key, struct json *inner);
void json_append(struct json *, json_t *array, struct json *element);
/* Writes the object in one line, and frees it. */
void json_write(struct json *, FILE *);

#endif
