/*
 * zone_data.h - what a zone is made of; for the zone_*.c files only.
 *
 * Names are in the form that dns.h gives to names in records: a dot or
 * backslash inside a label is escaped, no final dot, "" is the root.
 */
#ifndef MAILAUTH_ZONE_DATA_H
#define MAILAUTH_ZONE_DATA_H

#include "net/zone.h"

enum {
	ZONE_MAX_STRING = 255,  /* octets of one string (RFC 1035 3.3) */
	ZONE_MAX_RDATA = 65535, /* octets of one record */
	ZONE_MAX_TOKENS = 70000 /* of one record: one-byte TXT strings */
};

struct zone_set {
	struct zone_set *next;
	enum dns_type type;
	uint32_t ttl; /* smallest */
	struct dns_rr *rr;
	size_t n, size;
};

/* What a directive comment says of (name, type). */
struct zone_pin {
	struct zone_pin *next;
	enum dns_type type;
	enum dns_status status; /* UNKNOWN: as the records say */
	struct zone_set set;    /* takes the place of the records */
	str canonical;
	bool authentic;
};

struct zone_node {
	str name;
	uint32_t hash;
	bool exists; /* not so when only a directive names it */
	struct zone_set *sets;
	struct zone_pin *pins;
};

/* A record that is there already: the index-th of a set. */
struct zone_seen {
	const struct zone_set *set;
	size_t index;
	uint32_t hash;
};

struct zone {
	struct arena *arena;
	struct zone_node **node; /* open hash */
	size_t nodes, node_slots;
	struct zone_seen *seen; /* open hash */
	size_t n_seen, seen_slots;
	size_t pins;
};

/* --- zone.c ---------------------------------------------------------- */

/* A record, unless the same one is there.  Data must live in the arena. */
void zone_add(struct zone *, str owner, enum dns_type, uint32_t ttl,
	const struct dns_rr *);
void zone_add_name(struct zone *, str name); /* it exists, without records */
void zone_set_add(
	struct arena *, struct zone_set *, uint32_t ttl, const struct dns_rr *);
bool zone_rr_eq(const struct dns_rr *, const struct dns_rr *);
/* Of the name itself, wildcards aside: anything, existence, records, a pin. */
bool zone_is_used(const struct zone *, str name);
bool zone_has_name(const struct zone *, str name);
bool zone_has(const struct zone *, str name, enum dns_type);
bool zone_has_pin(const struct zone *, str name, enum dns_type);
/* The pin of (name, type), made when there is none. */
struct zone_pin *zone_pin(struct zone *, str name, enum dns_type);

/* --- zone_lex.c ------------------------------------------------------ */

struct zone_token {
	str text; /* escapes are not undone */
	size_t line;
	bool quoted;
};

/* One entry of a master file, or one directive comment. */
struct zone_entry {
	struct zone_token *token;
	size_t n, size;
	size_t line;
	bool blank_owner; /* the line begins with a blank */
	bool directive;   /* the line begins with ;! */
};

struct zone_lexer {
	struct arena *arena;
	str text;
	size_t at;
	size_t line;
	struct zone_error *error;
};

/* The next entry; false at the end and on errors (error->line is set). */
bool zone_next_entry(struct zone_lexer *, struct zone_entry *);

/* Records an error and returns false; `what` is quoted unless absent. */
bool zone_fail(struct zone_lexer *, size_t line, str message, str what);

/* --- zone_parse.c -------------------------------------------------- */

/* The directive that pins a failure or an absence. */
str zone_status_word(enum dns_status);
/* A type that exists, and that is not read. */
bool zone_is_other_type(str word);

/* --- zone_rdata.c ---------------------------------------------------- */

/* The octets of a token, its escapes undone. */
bool zone_read_string(struct zone_lexer *, const struct zone_token *, str *);
bool zone_read_name(
	struct zone_lexer *, const struct zone_token *, str origin, str *);
/* Also "1h30m". */
bool zone_read_ttl(str, uint32_t *);
/* The tokens that follow the type.  `lax`: strings may be of any length. */
bool zone_read_rdata(struct zone_lexer *, enum dns_type,
	const struct zone_entry *, size_t first, str origin, bool lax,
	struct dns_rr *);

/* --- names ----------------------------------------------------------- */

/* The name without its first label; absent for the root. */
str zone_parent(str name);

#endif
