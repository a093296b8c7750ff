/*
 * annotate.c - --header and --annotate. (RFC 8601 4, 5)
 */
#include "annotate.h"
#include "say.h"

#include <stdio.h>

void
print_field(FILE *out, str field, str line_end)
{
	for (str line; field.n > 0 && str_split(&field, '\n', &line);) {
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		fwrite(line.p, 1, line.n, out);
		fwrite(line_end.p, 1, line_end.n, out);
	}
}

static void
print_both(const struct annotation *n, str line_end)
{
	const struct report *r = n->report;

	print_field(r->out,
		auth_results_field(r->arena, r->v, r->client, n->authserv_id),
		line_end);
	if (n->spf != NULL)
		print_field(r->out,
			spf_received_field(r->arena, n->spf,
				n->spf->scope == SPF_HELO ? r->spf_helo
							  : r->spf),
			line_end);
}

void
print_fields(const struct annotation *n)
{
	print_both(n, STR("\n"));
}

str
line_end_of(const struct message *m)
{
	return m->notes.lf > m->notes.crlf ? STR("\n") : STR("\r\n");
}

static uint64_t
end_of(const struct message *m, size_t i)
{
	return i + 1 < m->n ? m->field[i + 1].at : m->end;
}

bool
print_annotated(const struct annotation *n, struct spool *s)
{
	const struct report *r = n->report;
	const struct message *m = r->message;
	uint64_t from = m->field[0].at;

	if (spool_flush(s)) {
		spool_print(s, 0, from);
		print_both(n, line_end_of(m));
		for (size_t i = 0; i < m->n; i++) {
			if (!auth_is_forged(
				    r->arena, &m->field[i], n->authserv_id))
				continue;
			spool_print(s, from, m->field[i].at);
			from = end_of(m, i);
		}
		spool_print(s, from, m->end);
		/* the empty line of a mixture is one to every reader */
		if (m->notes.broken || m->body > m->end)
			print_field(r->out, STR("\r\n"), line_end_of(m));
		spool_print(s, m->body, s->n);
	}
	if (s->error != 0)
		SAY(r->arena, STR("cannot keep a copy of the message: "),
			say_errno(s->error));
	return s->error == 0;
}
