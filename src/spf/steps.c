/*
 * steps.c - the tree for people, and what an error points at.
 */
#include "eval.h"
#include "mailauth/buf.h"

size_t
spf_step_add(struct eval *e, struct spf_step step)
{
	if (e->steps == SPF_MAX_STEPS)
		return SPF_MAX_STEPS;
	if (e->steps == e->step_room) {
		size_t room = e->step_room > 0 ? 2 * e->step_room : 16;
		e->step = arena_grow(e->arena, e->step,
			e->step_room * sizeof(step), room * sizeof(step));
		e->step_room = room;
	}
	step.depth = e->depth;
	step.lookups = e->lookups;
	step.voids = e->voids;
	e->step[e->steps] = step;
	return e->steps++;
}

struct spf_step *
spf_step_at(struct eval *e, size_t i)
{
	return i < e->steps ? &e->step[i] : NULL;
}

void
spf_blame(struct eval *e, enum spf_error error, str reason)
{
	if (e->error != SPF_ERROR_NONE)
		return;
	e->error = error;
	e->reason = reason;
	e->error_place = e->here;
}

void
spf_blame_dns(struct eval *e, enum dns_type type, str name,
	const struct dns_answer *a)
{
	spf_blame(e, SPF_ERROR_DNS,
		SAY(e, STR("the "), dns_type_word(type), STR(" lookup of "),
			name, STR(" failed: "), dns_status_word(a->status)));
}
