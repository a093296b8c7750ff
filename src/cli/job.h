/*
 * job.h - one message of `mailauth check`, from its first byte to its report.
 *
 * It is read in one go, and then waits for the DNS with others of its kind:
 *
 *	if (job_head(j, &input) ...) {
 *		job_begin(j);			questions leave
 *		while (job_feed(j, &input))	the body flows through
 *			;
 *	}
 *	while (!job_step(j))			whenever something came in
 *		...
 *	job_hand_in(j, turn);
 *	job_end(j);
 */
#ifndef JOB_H
#define JOB_H

#include "input.h"
#include "permit.h"
#include "report.h"
#include "turn.h"
#include "worker.h"

/* What the jobs of a worker have in common. */
struct desk {
	struct worker *worker;
	struct permit *large; /* to have a large body in memory */
	bool many;            /* files are expected */
	FILE *out, *said;     /* what is printed, in memory: */
	char *text, *words;
	size_t text_n, words_n;
	struct arena reading; /* of the message that is being read */
	struct spool spool;   /* of --annotate */
	size_t kept;          /* octets of bodies that cannot be read again */
};

void desk_open(struct desk *, struct worker *, struct permit *large);
void desk_close(struct desk *);

enum job_state {
	JOB_CHECKS,
	JOB_FINDINGS,
	JOB_BODY, /* waits until nobody has a large body in memory */
	JOB_DONE
};

struct job {
	struct ring link; /* for whoever has several */
	struct desk *desk;
	struct session session;
	enum job_state state;
	size_t place; /* of the file */
	struct origin origin;
	bool settled;
	uint64_t fed;
	struct auth_setup setup;
	struct auth *auth;
	/* what is behind it; a body that was changed is looked at */
	struct findings_setup what;
	struct findings *findings;
	bool needs_large;    /* a body, for the findings to be found again */
	struct arena bodies; /* large ones */
	/* of what cannot be read again */
	bool keeps_body, body_lost;
	char *kept;
	size_t kept_n, kept_size;
	/* of what is no mail */
	bool not_mail;
	str error;
	struct buf words; /* for stderr */
};

struct job *job_new(struct desk *);
void job_free(struct job *);

/* The header section; false when the input is no mail, and job is done. */
bool job_head(struct job *, struct input *);
void job_begin(struct job *);
/* A piece of the body; false at its end. */
bool job_feed(struct job *, struct input *);
/* Other jobs have so much in memory that they should be ended first. */
bool job_is_crowded(const struct job *);
/* Does all that can be done; true when that was everything. */
bool job_step(struct job *);
/* It will wait: memory for later is given back. */
void job_trim(struct job *);
/* A file that cannot be opened. */
void job_refuse(struct job *, const char *name, str error);
/* Prints what there is to say, and hands it over. */
void job_hand_in(struct job *, struct turn *);
/* Its memory may serve another. */
void job_end(struct job *);

/* --- for present.c --------------------------------------------------- */

bool job_is_one_line(const struct job *);
/* The report, to the desk's stream; false when it cannot be, and says so. */
bool present(struct job *, const struct report *);
void present_unusable(struct job *, str code);

#endif
