/*
 * authres.h - Authentication-Results: what others say they have found, and
 * what we say. (RFC 8601; the ARC form RFC 8617 4.1.1)
 *
 * What is read are claims.  Anybody can write such a field; which of them to
 * believe is the caller's business. (RFC 8601 7.1)
 */
#ifndef MAILAUTH_AUTHRES_H
#define MAILAUTH_AUTHRES_H

#include "mailauth/buf.h"
#include "mailauth/result.h"

enum {
	AUTHRES_MAX_RESULTS = 100,
	AUTHRES_MAX_PROPERTIES = 50, /* of one result */
	AUTHRES_MAX_VALUE = 400      /* bytes of one that is written */
};

struct authres_property {
	str ptype; /* "header", "smtp", "policy", ...; empty when there was
		      none, as in Microsoft's "action=none" */
	str name;
	str value; /* raw bytes; quotes undone where it is one quoted string */
};

struct authres_result {
	str method; /* lower case, as are result, ptype and name */
	str result;
	str comment; /* the first one after the result; absent */
	str reason;  /* absent */
	bool whole;  /* all that belongs to it was read */
	const struct authres_property *property;
	size_t n;
};

struct authres {
	str authserv_id;   /* absent: Microsoft leaves it out */
	unsigned instance; /* ARC-Authentication-Results: of i=, else 0 */
	uint64_t version;  /* 1 unless stated; of others nothing is read */
	bool none;         /* says that nothing was checked */
	bool valid;        /* all of it was read */
	const struct authres_result *result;
	size_t n;
};

/*
 * Reads what is found in the wild: without authserv-id, final or doubled
 * semicolons, values that should have been quoted.  Results of a method
 * version other than 1 are left out. (RFC 8601 2.6)
 */
struct authres authres_parse(struct arena *, str value);

/* The first result of a method, or NULL. */
const struct authres_result *authres_find(const struct authres *, str method);
/* The value of "header.d" and the like; absent when there is none. */
str authres_value(const struct authres_result *, str key);
/* The result as one of ours; RESULT_PENDING for a word we do not know. */
enum result authres_result_from(str word);

/* --- writing --------------------------------------------------------- */

/*
 *	struct authres_writer w;
 *	authres_begin(&w, arena, STR("mx.example"));
 *	authres_add(&w, STR("dkim"), RESULT_PASS);
 *	authres_add_property(&w, STR("header.d"), domain);
 *	str field = authres_end(&w);
 *
 * The field has its name and final CRLF, and is folded.  Values may be any
 * bytes: they are quoted when they must be, what is not printable ASCII becomes
 * '?'.  Over AUTHRES_MAX_VALUE a reason is cut off, and a property left out.
 */
struct authres_writer {
	struct buf out;
	size_t line;    /* where the unfinished line begins */
	size_t results; /* added so far */
};

void authres_begin(struct authres_writer *, struct arena *, str authserv_id);
void authres_add(struct authres_writer *, str method, enum result);
void authres_add_reason(struct authres_writer *, str reason);
void authres_add_property(struct authres_writer *, str key, str value);
str authres_end(struct authres_writer *);

#endif
