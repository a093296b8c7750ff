/*
 * turn.h - results come out in the order of the input, whoever is done first.
 *
 * Workers hand in what they have; it is printed when it is its turn, and kept
 * until then.  Who is far ahead is told to wait, so what is kept is bounded.
 */
#ifndef TURN_H
#define TURN_H

#include "mailauth/str.h"
#include "options.h"
#include "summary.h"

struct turn;

/* What became of a message, or of a file that is none. */
struct outcome {
	size_t place;     /* of the file */
	uint64_t message; /* of the file, from 1 */
	bool last;        /* of the file */
	int exit;
	str text;                 /* for stdout */
	str said;                 /* for stderr */
	bool report;              /* text is set apart from other reports */
	str verdict, cause, file; /* for the summary */
};

/* Of many files, or of one. */
struct turn *turn_new(const struct options *, bool many);
/* What is left over is printed, and the summary; the worst exit code. */
int turn_end(struct turn *);

/* Copies what it must keep. */
void turn_put(struct turn *, const struct outcome *);
/*
 * May another message be begun?  If so it is counted, and must be handed in,
 * or called off when there was none.
 */
bool turn_begin(struct turn *);
void turn_call_off(struct turn *);
/* A moment, for one who may not and has nothing else to do. */
void turn_wait(struct turn *);
/* Nobody would see the rest. */
bool turn_is_over(struct turn *);
/* Whoever is about to wait shows what there is. */
void turn_flush(struct turn *);
/* On a terminal, after a while: how far we are. */
void turn_progress(struct turn *, size_t waiting);

#endif
