/*
 * options.h - the command line, read.
 *
 * Whatever is wrong with it is said on stderr in one line, with the nearest
 * thing that would have been right.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "command.h"
#include "mailauth/dkim.h"
#include "mailauth/dmarc.h"
#include "mailauth/key_write.h"
#include "mailauth/lint.h"
#include "mailauth/published.h"
#include "mailauth/received.h"
#include "mailauth/time.h"
#include "report/tally.h"

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* Of `sign`. */
struct sign_options {
	const char **key;
	size_t keys;
	str *selector; /* A-labels */
	size_t selectors;
	str domain, identity; /* absent: not given; the domain in A-labels */
	str fields;           /* names with colons; absent: the usual ones */
	enum key_kind kind;   /* KEY_UNKNOWN: whatever the key is */
	enum canon header_canon, body_canon;
	uint64_t length;  /* BODY_WHOLE: no l= */
	int64_t time;     /* TIME_UNKNOWN: the clock */
	int64_t expires;  /* TIME_UNKNOWN: never */
	int64_t lifetime; /* seconds from `time` to that; 0: none */
	bool only;
};

/* Of `domain`. */
struct domain_options {
	str selector[PUBLISHED_MAX_SELECTORS]; /* A-labels */
	size_t selectors;
	const char **message; /* whose signatures name more */
	size_t messages;
	bool guess, ptr;
};

/* Of keygen. */
struct key_options {
	str domain;   /* A-labels, lower case; absent: not given */
	str selector; /* the same, in the case it was given in */
	enum key_kind kind;
	unsigned bits;
	const char *directory; /* NULL: the current one */
	const char *from;      /* a key that there is; NULL: make one */
	struct key_terms terms;
	bool print, force;
};

/* Of `report`. */
struct report_options {
	enum tally_by by; /* what a row of its tables is */
	bool csv, ptr;
	const char *html; /* NULL: no page */
};

enum setup_server { SERVER_NONE, SERVER_OPENDKIM, SERVER_OPENDMARC };

/* Of `setup`; the key is that of `sign`. */
struct setup_options {
	str domain;   /* A-labels */
	str *network; /* terms of SPF */
	size_t networks;
	str *host; /* A-labels */
	size_t hosts;
	const struct sender_service **service;
	size_t services;
	bool mx, never, hard, sts, tlsrpt;
	str reports; /* absent: not given */
	enum setup_server server;
};

struct options {
	struct arena *arena; /* holds what the options need */
	enum command_id command;
	const char **file;
	size_t files;

	struct client_options client;
	struct relay *relay; /* those of client */
	str *sealer;         /* A-labels, lower case */
	size_t sealers;
	str receiver; /* --mta; absent: the host name */
	const char **server;
	size_t servers;
	int timeout_ms;
	const char **zone;
	size_t zones;
	const char *save_dns; /* NULL: do not */
	int64_t at;           /* TIME_UNKNOWN: the clock */
	bool at_received;
	enum dmarc_method method;
	const char *psl; /* NULL: the one built in */
	size_t header_limit;
	const char *names_from; /* --files0-from; NULL: no list */
	bool names_twice;       /* a second list was given */
	size_t jobs;            /* workers; 0: as many as processors */
	size_t in_flight;       /* messages that wait at once, a worker */

	/* of lint */
	const char **text_file;
	size_t text_files;
	str domain; /* A-labels; absent */
	enum record_kind record_kind;
	bool strict;

	bool json, quiet, verbose, one_line, trace, summary, from_json;
	bool header, annotate, mdoc, received_spf, spfquery_exit;
	bool no_sandbox;
	enum color_when color;
	struct sign_options sign;
	struct domain_options domains;
	struct setup_options setup;
	struct report_options reports;
	str results; /* of `seal`; absent: what is found */
	struct key_options key;
	str *typed; /* by option_id: as it was; absent ones are not given */
};

enum options_next {
	OPTIONS_RUN,
	OPTIONS_DONE, /* --help or --version was given and answered */
	OPTIONS_WRONG /* and said so */
};

/* The arguments are not copied. */
enum options_next options_parse(
	struct options *, struct arena *, int argc, char **argv);

/* --- for the other files of the option reader ------------------------ */

enum option_id {
#define OPTION(id, letter, name, argument, commands, help) OPT_##id,
#include "options.def"
#undef OPTION
	OPTIONS
};

struct option {
	char letter;
	const char *name;
	const char *argument;
	unsigned commands; /* bits, 1 << command_id */
	const char *help;
};

extern const struct option option_table[OPTIONS];

/*
 * Stores the value (NULL for a flag).  False when it will not do; *why then
 * is the cause, and *instead (may stay NULL) what was probably meant.
 */
bool option_set(struct options *, enum option_id, const char *value,
	const char **why, const char **instead);

/* The same for what only `setup` has, and only `sign`. */
bool option_set_setup(struct options *, enum option_id, const char *value,
	const char **why, const char **instead);
/* A label "_domainkey" is in it. */
bool option_has_domainkey(str name);
bool option_set_sign(struct options *, enum option_id, const char *value,
	const char **why, const char **instead);
/* The same for `domain`. */
bool option_set_selectors(struct options *, str value, const char **why);
/* The same for `report`. */
bool option_set_report(struct options *, enum option_id, const char *value,
	const char **why, const char **instead);
/* One of a few words; SIZE_MAX when it is none, with a hint. */
size_t option_choose(const char *value, const char *const *word, size_t words,
	const char **instead);
/* Unix seconds, RFC 3339, or a date alone, which is its midnight in UTC. */
bool option_read_time(struct arena *, str value, int64_t *at);
/* The same for the options of keygen. */
bool option_set_key(
	struct options *, enum option_id, const char *value, const char **why);

void help_print(enum command_id);
void usage_print(enum command_id); /* two lines, on stderr */

#endif
