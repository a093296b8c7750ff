/*
 * bodyhash.c - the digests of a body, however many signatures want them.
 *
 * The body is canonicalized once for each canonicalization and hashed once for
 * each (canonicalization, hash).  An l= is a place in that stream where the
 * running digest is forked; so fifty signatures with fifty lengths cost no
 * more than one.
 */
#include "mailauth/dkim.h"

#include <assert.h>
#include <string.h>

struct wish {
	size_t stream;
	uint64_t length;
	struct body_hash hash;
};

struct stream {
	enum canon canon;
	enum digest_kind digest;
	struct hasher *hasher;
	uint64_t hashed;
	uint64_t next; /* the nearest length where a digest is wanted */
};

/* One canonicalizer, and those who listen to it. */
struct canonicalizer {
	struct body_hashes *owner;
	enum canon canon;
	struct canon_body body;
};

enum { CANONS = CANON_RELAXED + 1, STREAMS = 4 };

struct body_hashes {
	struct arena *arena;
	struct crypto *crypto;
	struct wish *wish; /* grows: few messages want many */
	size_t n, room;
	struct stream stream[STREAMS];
	size_t streams;
	struct canonicalizer *by_canon[CANONS];
	struct arena reading; /* of those: a message may wait long after it */
	bool begun, ended;
	struct body_hashes *second; /* the other reading; NULL */
};

static void
init_reading(struct body_hashes *b)
{
	const struct arena *a = b->arena;

	arena_init(&b->reading, a->limit, a->oom, a->oom_arg);
}

struct body_hashes *
body_hashes_new(struct arena *a, struct crypto *crypto)
{
	struct body_hashes *b = arena_new(a, struct body_hashes);

	b->arena = a;
	b->crypto = crypto;
	init_reading(b);
	return b;
}

void
body_hashes_free(struct body_hashes *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->streams; i++) {
		hasher_free(b->stream[i].hasher);
		b->stream[i].hasher = NULL;
	}
	arena_free(&b->reading);
	body_hashes_free(b->second);
}

/* The digests wanted here, and where the next one is. */
static void
grant(struct body_hashes *b, size_t stream)
{
	struct stream *s = &b->stream[stream];

	s->next = BODY_WHOLE;
	for (size_t i = 0; i < b->n; i++) {
		struct wish *w = &b->wish[i];

		if (w->stream != stream)
			continue;
		if (w->length == s->hashed) {
			struct hasher *fork = hasher_fork(s->hasher);
			w->hash.digest = hasher_end(fork);
			w->hash.hashed = s->hashed;
			hasher_free(fork);
		} else if (w->length > s->hashed && w->length < s->next) {
			s->next = w->length;
		}
	}
}

static void
add_to_stream(struct body_hashes *b, size_t stream, str piece)
{
	struct stream *s = &b->stream[stream];

	while (piece.n > 0) {
		str part = piece;

		if (part.n > s->next - s->hashed)
			part.n = (size_t)(s->next - s->hashed);
		hasher_add(s->hasher, part);
		s->hashed += part.n;
		piece = str_skip(piece, part.n);
		if (s->hashed == s->next)
			grant(b, stream);
	}
}

static void
take_canonical(void *arg, str piece)
{
	const struct canonicalizer *c = arg;

	for (size_t i = 0; i < c->owner->streams; i++)
		if (c->owner->stream[i].canon == c->canon)
			add_to_stream(c->owner, i, piece);
}

static void
begin_canon(struct body_hashes *b, enum canon canon)
{
	if (b->by_canon[canon])
		return;
	/* not zeroed: most of it is what is fed */
	struct canonicalizer *c = arena_grow(&b->reading, NULL, 0, sizeof(*c));
	c->owner = b;
	c->canon = canon;
	canon_body_begin(&c->body, canon, take_canonical, c);
	b->by_canon[canon] = c;
}

static size_t
find_stream(struct body_hashes *b, enum canon canon, enum digest_kind digest)
{
	size_t i = 0;

	while (i < b->streams &&
		(b->stream[i].canon != canon || b->stream[i].digest != digest))
		i++;
	if (i < b->streams)
		return i;
	assert(b->streams < STREAMS && !b->begun);
	b->stream[b->streams++] = (struct stream){
		.canon = canon,
		.digest = digest,
	};
	begin_canon(b, canon);
	return i;
}

static void
add_wish(struct body_hashes *b, size_t stream, uint64_t length)
{
	if (b->n == b->room) {
		size_t room = b->room ? b->room * 4 : 4;
		b->wish = arena_grow(b->arena, b->wish,
			b->room * sizeof(*b->wish), room * sizeof(*b->wish));
		b->room = room;
	}
	b->wish[b->n++] = (struct wish){ .stream = stream, .length = length };
}

size_t
body_hashes_want(struct body_hashes *b, enum canon canon,
	enum digest_kind digest, uint64_t length)
{
	size_t stream = find_stream(b, canon, digest);
	size_t i = 0;

	while (i < b->n &&
		(b->wish[i].stream != stream || b->wish[i].length != length))
		i++;
	if (i == BODY_MAX_HASHES)
		return SIZE_MAX;
	if (i == b->n)
		add_wish(b, stream, length);
	return i;
}

/* Not before the first byte, so that no message without a body hash pays. */
static void
begin(struct body_hashes *b)
{
	if (b->begun)
		return;
	b->begun = true;
	for (size_t i = 0; i < b->streams; i++) {
		struct stream *s = &b->stream[i];
		s->hasher = hasher_new(b->crypto, s->digest);
		grant(b, i);
	}
}

static void
feed(struct body_hashes *b, str chunk)
{
	for (size_t i = 0; i < CANONS; i++)
		if (b->by_canon[i])
			canon_body_feed(&b->by_canon[i]->body, chunk);
}

/* --- two readings ----------------------------------------------------- */

static void
fork_canon(struct body_hashes *b, enum canon canon,
	const struct canonicalizer *from)
{
	struct canonicalizer *c = arena_new(&b->reading, struct canonicalizer);

	*c = *from;
	c->owner = b;
	c->body.arg = c;
	b->by_canon[canon] = c;
}

/* All that was fed so far, once more. */
static struct body_hashes *
fork_hashes(const struct body_hashes *from)
{
	struct body_hashes *b = arena_new(from->arena, struct body_hashes);

	*b = *from;
	init_reading(b);
	b->wish = arena_make(b->arena, b->n, struct wish);
	b->room = b->n;
	if (b->n > 0)
		memcpy(b->wish, from->wish, b->n * sizeof(*b->wish));
	for (size_t i = 0; i < b->streams; i++)
		b->stream[i].hasher = hasher_fork(from->stream[i].hasher);
	for (size_t i = 0; i < CANONS; i++)
		if (from->by_canon[i])
			fork_canon(b, (enum canon)i, from->by_canon[i]);
	return b;
}

void
body_hashes_maybe(struct body_hashes *b, str chunk)
{
	begin(b);
	if (!b->second)
		b->second = fork_hashes(b);
	feed(b->second, chunk);
}

void
body_hashes_feed(struct body_hashes *b, str chunk)
{
	begin(b);
	feed(b, chunk);
	if (b->second)
		feed(b->second, chunk);
}

/* Those that want the whole body, or more than there is of it. */
static void
grant_whole(struct body_hashes *b, size_t stream)
{
	struct stream *s = &b->stream[stream];
	struct digest d = hasher_end(s->hasher);
	uint64_t total = b->by_canon[s->canon]->body.length;

	for (size_t i = 0; i < b->n; i++) {
		struct wish *w = &b->wish[i];

		if (w->stream != stream)
			continue;
		w->hash.total = total;
		if (w->length <= s->hashed)
			continue;
		w->hash.digest = d;
		w->hash.hashed = total;
	}
}

void
body_hashes_end(struct body_hashes *b)
{
	begin(b);
	for (size_t i = 0; i < CANONS; i++)
		if (b->by_canon[i])
			canon_body_end(&b->by_canon[i]->body);
	for (size_t i = 0; i < b->streams; i++)
		grant_whole(b, i);
	b->ended = true;
	if (b->second)
		body_hashes_end(b->second);
	body_hashes_free(b); /* the contexts may serve another message */
}

const struct body_hash *
body_hashes_get(const struct body_hashes *b, size_t i)
{
	return b->ended && i < b->n ? &b->wish[i].hash : NULL;
}

const struct body_hash *
body_hashes_second(const struct body_hashes *b, size_t i)
{
	return b->second ? body_hashes_get(b->second, i) : NULL;
}
