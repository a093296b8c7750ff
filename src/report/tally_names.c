/*
 * tally_names.c - a few names of many.
 */
#include "tally_record.h"

static void
insert_name(struct tally_names *to, size_t at, struct tally_name x)
{
	if (to->n == TALLY_NAMES) {
		to->more = true;
		to->n--;
	}
	for (size_t i = to->n; i > at; i--)
		to->name[i] = to->name[i - 1];
	to->name[at] = x;
	to->n++;
}

void
tally_add_name(struct tally_names *to, str name, uint64_t n)
{
	size_t at = 0;

	if (name.n == 0)
		return;
	while (at < to->n && str_icmp(to->name[at].name, name) < 0)
		at++;
	if (at < to->n && str_eq(to->name[at].name, name))
		to->name[at].messages = tally_sum(to->name[at].messages, n);
	else if (at == TALLY_NAMES)
		to->more = true;
	else
		insert_name(to, at, (struct tally_name){ name, n });
}
