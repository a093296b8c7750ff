/*
 * change.h - what became of a message after it was signed.
 *
 * A signature whose hashes are wrong is tried against the message as it may
 * have been: without what is known to be done to mail, one thing after the
 * other.  A hash that matches then is proof, and nothing else is called so.
 *
 * The work is done once for a message, and is bounded: CHANGE_CANDIDATES
 * bodies, CHANGE_BODY_OCTETS and CHANGE_HEAD_OCTETS hashed.
 */
#ifndef MAILAUTH_CHANGE_H
#define MAILAUTH_CHANGE_H

#include "mailauth/auth.h"

enum {
	CHANGE_CANDIDATES = 64,
	CHANGE_BODY_OCTETS = 48 << 20,
	CHANGE_HEAD_OCTETS = 16 << 20,
	CHANGE_TAIL = 1 << 20, /* an appended tail is looked for so far back */
	CHANGE_HEAD_LINES = 40,
	CHANGE_VERIFICATIONS = 256, /* Ed25519 */
	CHANGE_STEPS = 4,
	CHANGE_EDITS = 64,
	CHANGE_TOGETHER = 4,     /* edits of a header section at once */
	CHANGE_ANY_TOGETHER = 2, /* the same, also of those that are rare */
	CHANGE_VIEWS = 4
};

/* --- what is told ---------------------------------------------------- */

enum change_kind {
	CHANGE_NONE,
	/* of the body */
	CHANGE_FOOTER,    /* n lines; to: the first of them */
	CHANGE_BANNER,    /* the same */
	CHANGE_WRAPPED,   /* in a multipart */
	CHANGE_PART,      /* n parts at the end */
	CHANGE_REENCODED, /* from, to */
	CHANGE_LINE_WRAP,
	CHANGE_DOTS,
	CHANGE_MBOX,
	CHANGE_LINE_ENDS, /* from: how */
	CHANGE_SIGDASH,
	CHANGE_META, /* of Exchange */
	/* the signer was wrong, not what came after it */
	CHANGE_SIGNER_LF,
	CHANGE_SIGNER_CANON,
	CHANGE_SIGNER_EMPTY,
	/* of the header section */
	CHANGE_SUBJECT, /* to: the tag */
	CHANGE_FROM,    /* from, to */
	CHANGE_QUOTES,
	CHANGE_ADDED,
	CHANGE_MISSING,    /* from: the value it had */
	CHANGE_VALUE,      /* from, to */
	CHANGE_ENTITY,     /* Content-Type and its kin, as in the first part */
	CHANGE_HEAD_CANON, /* the signer hashed the other form */
	CHANGE_HEAD_ENDS   /* a CR at the end of lines */
};

struct change_step {
	enum change_kind kind;
	size_t n;
	str from, to;              /* what it was, what it is */
	str name;                  /* of the header field */
	const struct field *field; /* NULL when it is not there */
};

/* What explains one signature, each list empty when nothing does. */
struct change {
	struct change_step body[CHANGE_STEPS];
	size_t body_steps;
	struct change_step head[CHANGE_EDITS];
	size_t head_steps;
};

/* What is written all over a message that nothing explains. */
struct change_marks {
	str links;     /* the product that rewrites them; absent */
	bool exchange; /* HTML as Exchange writes it */
	str filter;    /* that took HTML away; absent */
	bool cut;      /* the last boundary of a multipart is missing */
};

struct changes {
	const struct change *of; /* by signature, dkim_facts.n of them */
	bool exhausted;          /* a bound was reached */
	struct change_marks marks;
};

/*
 * The body as it was read, with any line ends; absent when it was not kept,
 * and then only the header section is tried.  NULL when no hash is wrong.
 */
const struct changes *changes_find(struct arena *, struct crypto *,
	const struct message *, const struct auth_verdict *, str body);

/* --- inside: bodies -------------------------------------------------- */

/* What all bodies tried have in common with one kind of signature. */
struct change_view {
	enum canon canon;
	enum digest_kind digest;
	uint64_t length;
};

struct change_target {
	size_t view;
	str hash; /* bh= */
	size_t signature;
	bool found;
	size_t line; /* canonical lines up to where it matched */
	struct change_step step[CHANGE_STEPS];
	size_t steps;
};

struct change_search {
	struct arena *arena;
	struct crypto *crypto;
	const struct message *message;
	str body;
	str first_head, first_part; /* of a multipart; absent */
	struct change_view view[CHANGE_VIEWS];
	size_t views;
	struct change_target *target;
	size_t targets, open;
	/* the candidate at hand: how it differs from what was read */
	struct change_step step[CHANGE_STEPS];
	size_t steps;
	/* spent */
	uint64_t octets, head_octets;
	size_t candidates;
	size_t verifications;
	bool exhausted;
};

struct change_marks change_find_marks(const struct message *, str body);

/* What is done to the candidates that are tried until it is undone. */
void change_begin(struct change_search *, struct change_step);
void change_end(struct change_search *);

/* May a body of that size be tried?  Counts it. */
bool change_afford(struct change_search *, uint64_t octets);
/*
 * Is this what was signed, for any of the targets?  With `tail` also when only
 * the lines at its end are new.
 */
void change_try(struct change_search *, str body, bool tail);
/* A digest that was made; the line is that of the candidate, for `tail`. */
void change_settle(
	struct change_search *, size_t view, struct digest, size_t line);

/* The groups of candidates. */
void change_try_final_dot(struct change_search *);
void change_try_damage(struct change_search *);
void change_try_mime(struct change_search *);
void change_try_parts(struct change_search *);
void change_try_encodings(struct change_search *, str body, str encoding);
void change_try_part_tails(struct change_search *);
void change_try_html(struct change_search *);
void change_try_head_cuts(struct change_search *);
void change_try_signer(struct change_search *);

/* The next line, without its line end; its line end too in `whole`. */
bool change_line(str *rest, str *line, str *whole);
/* The first line with text, so many lines down; empty when there is none. */
str change_first_text(str body, size_t from);
/* Of header fields in a body: the value, unfolded at its ends; or absent. */
str change_part_field(str head, str name);
/* The boundary= in a Content-Type; absent when there is none. */
str change_boundary(str type);
bool change_is_boundary(str line, str boundary, bool *closes);
/* Out of the transfer encoding of that name. */
str change_decode(struct arena *, str, str encoding);
/* The first part of a multipart body, cut in header section and content. */
bool change_first_part(
	const struct message *, str body, str *head, str *content);
bool change_is_multipart(const struct message *);
/* Does the last boundary line of a multipart body lack? */
bool change_is_cut(const struct message *, str body);

/* --- inside: header sections ----------------------------------------- */

/* A name in h=, and the field that stands for it now. */
struct change_slot {
	str name;
	const struct field *field; /* NULL: none is left */
	str canon;                 /* empty then */
};

/* A slot as it may have been; an empty text: it had no field. */
struct change_slot_edit {
	size_t slot;
	str canon;
};

struct change_edit {
	struct change_step step;
	const struct change_slot_edit *slot;
	size_t n;
	bool common; /* lists do so together with others */
};

struct change_head {
	struct change_search *search;
	const struct dkim_verdict *v;
	enum canon canon;
	struct change_slot *slot;
	size_t slots;
	str own; /* the signature field itself */
	size_t octets;
	struct change_edit edit[CHANGE_EDITS];
	size_t edits;
	const struct public_key *key; /* Ed25519 */
};

/* The edits worth trying, the likely ones first. */
void change_add_edits(struct change_head *);

/* What a verdict on the header section leaves to be found out. */
void change_try_head(struct change_search *, const struct dkim_verdict *,
	struct change *out);

#endif
