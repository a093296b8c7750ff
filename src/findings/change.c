/*
 * change.c - bodies are tried against the body hashes that are wrong.
 *
 * All signatures that are broken are looked for at once, so that a candidate
 * is hashed once for each canonicalization.
 */
#include "findings/change.h"

enum { PROBE_COST = 256 /* of a digest in between, in octets hashed */ };

void
change_begin(struct change_search *s, struct change_step step)
{
	if (s->steps < CHANGE_STEPS)
		s->step[s->steps] = step;
	s->steps++;
}

void
change_end(struct change_search *s)
{
	s->steps--;
}

static bool
has_room(const struct change_search *s, uint64_t octets)
{
	return s->octets + octets <= CHANGE_BODY_OCTETS;
}

bool
change_afford(struct change_search *s, uint64_t octets)
{
	if (s->candidates == CHANGE_CANDIDATES || !has_room(s, octets)) {
		s->exhausted = true;
		return false;
	}
	s->candidates++;
	return true;
}

/* --- lines ----------------------------------------------------------- */

bool
change_line(str *rest, str *line, str *whole)
{
	size_t n = str_find(*rest, '\n');

	if (rest->n == 0)
		return false;
	*whole = str_sub(*rest, 0, n + 1);
	*line = str_sub(*rest, 0, n);
	if (n < rest->n && n > 0 && line->p[n - 1] == '\r')
		line->n--;
	*rest = str_skip(*rest, n + 1);
	return true;
}

/* --- matching -------------------------------------------------------- */

static void
take(struct change_search *s, struct change_target *t, size_t line)
{
	t->found = true;
	t->line = line;
	t->steps = s->steps < CHANGE_STEPS ? s->steps : CHANGE_STEPS;
	for (size_t i = 0; i < t->steps; i++)
		t->step[i] = s->step[i];
	s->open--;
}

void
change_settle(
	struct change_search *s, size_t view, struct digest d, size_t line)
{
	for (size_t i = 0; i < s->targets; i++) {
		struct change_target *t = &s->target[i];
		if (!t->found && t->view == view && digest_eq(d, t->hash))
			take(s, t, line);
	}
}

static bool
is_open(const struct change_search *s, size_t view)
{
	for (size_t i = 0; i < s->targets; i++)
		if (!s->target[i].found && s->target[i].view == view)
			return true;
	return false;
}

/* --- one body in one form -------------------------------------------- */

struct pass {
	struct change_search *search;
	size_t view;
	struct hasher *hasher;
	uint64_t room;  /* what l= leaves */
	size_t lines;   /* ended so far, empty ones too */
	size_t in_line; /* octets of the unfinished line */
	bool probing;   /* a digest after each line */
	bool bare_lf;   /* what some signers hash */
};

/* The digest as if the body ended here. */
static void
probe(struct pass *p)
{
	struct hasher *fork = hasher_fork(p->hasher);

	p->search->octets += PROBE_COST;
	change_settle(p->search, p->view, hasher_end(fork), p->lines);
	hasher_free(fork);
}

static void
take_line(struct pass *p, str piece, bool ended)
{
	p->in_line += piece.n;
	if (ended && p->bare_lf) {
		size_t end = piece.n < 2 ? piece.n : 2;
		hasher_add(p->hasher, str_sub(piece, 0, piece.n - end));
		piece = STR("\n");
	}
	hasher_add(p->hasher, piece);
	if (!ended)
		return;
	p->lines++;
	if (p->probing && p->in_line > 2 && has_room(p->search, PROBE_COST))
		probe(p);
	p->in_line = 0;
}

/*
 * Canonical text: every LF ends a line.  With l= there are no lines, but an
 * end.
 */
static void
take_canonical(void *arg, str piece)
{
	struct pass *p = arg;

	if (p->room != BODY_WHOLE) {
		piece = str_sub(piece, 0,
			p->room < piece.n ? (size_t)p->room : piece.n);
		hasher_add(p->hasher, piece);
		p->room -= piece.n;
		return;
	}
	while (piece.n > 0) {
		size_t n = str_find(piece, '\n');
		bool ended = n < piece.n;
		take_line(p, str_sub(piece, 0, n + 1), ended);
		piece = str_skip(piece, n + 1);
	}
}

/* The lines after the one that matched are the tail. */
static void
count_tails(
	struct change_search *s, size_t view, const bool *before, size_t lines)
{
	for (size_t i = 0; i < s->targets; i++) {
		struct change_target *t = &s->target[i];
		if (!t->found || before[i] || t->view != view ||
			lines == t->line || t->steps == CHANGE_STEPS)
			continue;
		t->step[t->steps++] = (struct change_step){
			.kind = CHANGE_FOOTER,
			.n = lines - t->line,
		};
	}
}

static void
run(struct change_search *s, struct pass *p, enum canon canon, str body,
	bool tail)
{
	struct arena_mark mark = arena_mark(s->arena);
	struct canon_body *c = arena_new(s->arena, struct canon_body);
	bool *before = arena_make(s->arena, s->targets, bool);
	size_t quiet = body.n > CHANGE_TAIL ? body.n - CHANGE_TAIL : 0;

	for (size_t i = 0; i < s->targets; i++)
		before[i] = s->target[i].found;
	s->octets += body.n;
	p->hasher = hasher_new(s->crypto, s->view[p->view].digest);
	canon_body_begin(c, canon, take_canonical, p);
	canon_body_feed(c, str_sub(body, 0, quiet));
	p->probing = tail;
	canon_body_feed(c, str_skip(body, quiet));
	canon_body_end(c);
	if (p->room == BODY_WHOLE || p->room == 0)
		change_settle(s, p->view, hasher_end(p->hasher), p->lines);
	hasher_free(p->hasher);
	count_tails(s, p->view, before, p->lines);
	arena_rewind(s->arena, mark);
}

void
change_try(struct change_search *s, str body, bool tail)
{
	if (s->open == 0 || !change_afford(s, body.n))
		return;
	for (size_t i = 0; i < s->views; i++) {
		struct pass p = {
			.search = s,
			.view = i,
			.room = s->view[i].length,
		};
		if (is_open(s, i) && has_room(s, body.n))
			run(s, &p, s->view[i].canon, body,
				tail && p.room == BODY_WHOLE);
	}
}

/* --- faults of the signer -------------------------------------------- */

static void
try_form(struct change_search *s, size_t view, enum canon canon, bool bare_lf)
{
	struct pass p = {
		.search = s,
		.view = view,
		.room = s->view[view].length,
		.bare_lf = bare_lf,
	};

	if (is_open(s, view) && change_afford(s, s->body.n))
		run(s, &p, canon, s->body, false);
}

/* A digest of nothing, or of the line that simple makes of nothing. */
static void
try_empty(struct change_search *s)
{
	for (size_t i = 0; i < s->views; i++) {
		enum digest_kind kind = s->view[i].digest;
		change_settle(s, i, digest_of(s->crypto, kind, STR("")), 0);
		change_settle(s, i, digest_of(s->crypto, kind, STR("\r\n")), 0);
	}
}

void
change_try_signer(struct change_search *s)
{
	struct change_step lf = { .kind = CHANGE_SIGNER_LF };
	struct change_step other = { .kind = CHANGE_SIGNER_CANON };

	change_begin(s, lf);
	for (size_t i = 0; i < s->views; i++)
		if (s->view[i].length == BODY_WHOLE)
			try_form(s, i, s->view[i].canon, true);
	change_end(s);
	for (size_t i = 0; i < s->views; i++) {
		bool relaxed = s->view[i].canon == CANON_RELAXED;
		other.from = relaxed ? STR("simple") : STR("relaxed");
		other.to = relaxed ? STR("relaxed") : STR("simple");
		change_begin(s, other);
		try_form(s, i, relaxed ? CANON_SIMPLE : CANON_RELAXED, false);
		change_end(s);
	}
}

/* --- all of it ------------------------------------------------------- */

/* SIZE_MAX when there are CHANGE_VIEWS others already. */
static size_t
view_of(struct change_search *s, const struct dkim_signature *sig)
{
	size_t i = 0;

	while (i < s->views &&
		(s->view[i].canon != sig->body_canon ||
			s->view[i].digest != sig->signer.digest ||
			s->view[i].length != sig->length))
		i++;
	if (i < s->views)
		return i;
	if (s->views == CHANGE_VIEWS)
		return SIZE_MAX;
	s->view[s->views] = (struct change_view){ sig->body_canon,
		sig->signer.digest, sig->length };
	return s->views++;
}

static void
add_targets(struct change_search *s, const struct auth_verdict *v)
{
	s->target = arena_make(s->arena, v->dkim_facts.n, struct change_target);
	for (size_t i = 0; i < v->dkim_facts.n; i++) {
		const struct dkim_signature *sig = v->dkim[i].signature;
		size_t view;

		if (v->dkim[i].body_hash != RESULT_FAIL)
			continue;
		view = view_of(s, sig);
		if (view == SIZE_MAX)
			continue;
		s->target[s->targets++] = (struct change_target){
			.view = view,
			.hash = sig->body_hash,
			.signature = i,
		};
	}
	s->open = s->targets;
}

static str
encoding_of(const struct message *m)
{
	const struct field *f =
		message_top(m, STR("Content-Transfer-Encoding"));

	return f ? str_trim_fws(f->value) : STR("");
}

static void
try_bodies(struct change_search *s)
{
	struct change_step empty = { .kind = CHANGE_SIGNER_EMPTY };

	if (s->body.n > 0) {
		change_begin(s, empty);
		try_empty(s);
		change_end(s);
	}
	change_try_final_dot(s);
	change_try(s, s->body, true);
	/* after the tail: what is in a footer explains nothing */
	change_try_damage(s);
	change_try_mime(s);
	change_try_parts(s);
	/* a multipart has no encoding of its own (RFC 2045 6.4) */
	if (!change_is_multipart(s->message))
		change_try_encodings(s, s->body, encoding_of(s->message));
	change_try_signer(s);
	change_try_part_tails(s);
	change_try_head_cuts(s);
	change_try_html(s);
}

/* More than a rule of dashes. */
static bool
has_text(str line)
{
	size_t i = 0;

	while (i < line.n && !is_alnum(line.p[i]) &&
		(unsigned char)line.p[i] < 0x80)
		i++;
	return i < line.n;
}

str
change_first_text(str body, size_t from)
{
	str line = { 0 }, whole;

	for (size_t i = 0; change_line(&body, &line, &whole); i++)
		if (i >= from && has_text(line))
			return line;
	return STR("");
}

static void
tell(const struct change_search *s, struct change *of)
{
	for (size_t i = 0; i < s->targets; i++) {
		const struct change_target *t = &s->target[i];
		struct change *c = &of[t->signature];
		for (size_t k = 0; t->found && k < t->steps; k++)
			c->body[c->body_steps++] = t->step[k];
		if (t->found && t->steps == 1 &&
			t->step[0].kind == CHANGE_FOOTER && !t->step[0].to.p)
			c->body[0].to = change_first_text(s->body, t->line);
	}
}

const struct changes *
changes_find(struct arena *a, struct crypto *crypto, const struct message *m,
	const struct auth_verdict *v, str body)
{
	struct change_search s = {
		.arena = a,
		.crypto = crypto,
		.message = m,
		.body = body,
	};

	if (!auth_has_broken(v))
		return NULL;
	struct changes *all = arena_new(a, struct changes);
	struct change *of = arena_make(a, v->dkim_facts.n, struct change);
	add_targets(&s, v);
	if (body.p)
		change_first_part(m, body, &s.first_head, &s.first_part);
	if (body.p && s.open > 0)
		try_bodies(&s);
	if (body.p && s.open > 0)
		all->marks = change_find_marks(m, body);
	tell(&s, of);
	for (size_t i = 0; i < v->dkim_facts.n; i++)
		if (v->dkim[i].header_hash == RESULT_FAIL)
			change_try_head(&s, &v->dkim[i], &of[i]);
	all->of = of;
	all->exhausted = s.exhausted;
	return all;
}
