/*
 * resolver.c - questions carried to name servers and back: the only file that
 * knows c-ares, from 1.18 to the current one.
 *
 * A "line" is a channel of c-ares with its timeout.  We write the questions
 * ourselves (wire.c): any octet may stand in a name, and AD is set.  What
 * c-ares calls back with is only kept; it is looked at in resolver_wait(),
 * outside of c-ares, so new questions may be sent from there.
 *
 * What c-ares 1.18 does, measured:
 * - SERVFAIL, NOTIMP and REFUSED of all servers, and no server reachable, all
 *   end in ECONNREFUSED.  So the question is put once more on a line that
 *   passes such responses through, and that tells us which it was.  Asking so
 *   in the first place would stop the move to the next server.
 * - A response shorter than a header, or to another question, is ignored, and
 *   the question ends in ETIMEOUT.
 * - A server that is dead costs a timeout for each question anew.  So when
 *   another one answered, new questions go to that one first.
 */
#include "net/resolver.h"

#include <sys/select.h> /* 1.18 forgets that it needs fd_set */

/* since 1.28 the functions that 1.18 has are marked as deprecated */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/time.h>
#include <time.h>

#include "net/memory.h"
#include "net/sigpipe.h"
#include "net/wire.h"

enum {
	TRIES = 2,
	MAX_LINES = 24,
	RECEIVE_BUFFER = 1 << 20, /* the usual one holds 92 long answers */
	ANSWER_LIMIT = 16 << 20   /* memory to read one response */
};

struct line {
	struct resolver *resolver;
	ares_channel channel;
	int try_ms;
	bool explains;       /* passes SERVFAIL and the like through */
	unsigned generation; /* of the order of servers */
	size_t open;         /* questions in flight */
};

struct carried {
	struct carried *next; /* of those that have come back */
	struct line *line;
	void (*done)(void *, const struct dns_answer *);
	void *arg;
	int try_ms;
	enum dns_type type;
	bool edns, explained;
	int status;            /* of c-ares */
	unsigned char *packet; /* the response, or NULL */
	size_t packet_n;
	size_t name_n;
	char name[];
};

struct resolver {
	struct ares_addr_port_node server[RESOLVER_MAX_SERVERS];
	size_t servers;
	size_t first;        /* the server to ask first */
	unsigned generation; /* changes with it */
	struct line *line[MAX_LINES];
	struct carried *back; /* came back, not looked at yet */
	struct carried **back_end;
	struct pollfd *socket; /* the first is what is watched, or -1 */
	struct line **owner;   /* of each socket */
	size_t sockets, size;
	struct pollfd *ready; /* copies for the round at hand */
	struct line **ready_owner;
	struct arena arena;
};

/* --- sockets --------------------------------------------------------- */

/* Room for another socket; when there is none c-ares runs into timeouts. */
static bool
room_for_socket(struct resolver *r)
{
	if (r->sockets < r->size)
		return true;
	size_t size = r->size ? r->size * 2 : 16;
	struct pollfd *socket = realloc(r->socket, size * sizeof(*socket));
	if (socket)
		r->socket = socket;
	struct pollfd *ready = realloc(r->ready, size * sizeof(*ready));
	if (ready)
		r->ready = ready;
	struct line **owner = realloc(r->owner, size * sizeof(*owner));
	if (owner)
		r->owner = owner;
	struct line **ready_owner =
		realloc(r->ready_owner, size * sizeof(*ready_owner));
	if (ready_owner)
		r->ready_owner = ready_owner;
	if (!socket || !ready || !owner || !ready_owner)
		return false;
	r->size = size;
	return true;
}

static void
socket_changed(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct line *line = arg;
	struct resolver *r = line->resolver;
	size_t i = 0;

	while (i < r->sockets && r->socket[i].fd != fd)
		i++;
	if (!readable && !writable) {
		if (i < r->sockets) {
			r->socket[i] = r->socket[--r->sockets];
			r->owner[i] = r->owner[r->sockets];
		}
		return;
	}
	if (i == r->sockets) {
		if (!room_for_socket(r))
			return;
		r->sockets++;
	}
	r->owner[i] = line;
	r->socket[i].fd = fd;
	r->socket[i].events =
		(short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
}

/* --- servers --------------------------------------------------------- */

static void
set_node(struct ares_addr_port_node *node, const struct server *server)
{
	node->family = server->ip.family == 4 ? AF_INET : AF_INET6;
	if (server->ip.family == 4)
		memcpy(&node->addr.addr4, server->ip.b, 4);
	else
		memcpy(&node->addr.addr6, server->ip.b, 16);
	node->udp_port = node->tcp_port = server->port;
}

/* Remembers the servers that c-ares took from the system. */
static void
learn_servers(struct resolver *r, ares_channel channel)
{
	struct ares_addr_port_node *list = NULL;

	if (ares_get_servers_ports(channel, &list) != ARES_SUCCESS)
		return;
	for (const struct ares_addr_port_node *node = list;
		node && r->servers < RESOLVER_MAX_SERVERS; node = node->next)
		r->server[r->servers++] = *node;
	ares_free_data(list);
}

/* All servers, beginning with r->first. */
static bool
set_servers(struct resolver *r, ares_channel channel)
{
	struct ares_addr_port_node node[RESOLVER_MAX_SERVERS];

	for (size_t i = 0; i < r->servers; i++) {
		node[i] = r->server[(r->first + i) % r->servers];
		node[i].next = i + 1 < r->servers ? &node[i + 1] : NULL;
	}
	return ares_set_servers_ports(channel, node) == ARES_SUCCESS;
}

/*
 * An answer came after some servers were silent: from now on the one that
 * answered is asked first.
 */
static void
prefer_who_answered(struct line *line, int timeouts)
{
	struct resolver *r = line->resolver;

	if (r->servers < 2 || timeouts <= 0 || line->explains ||
		line->generation != r->generation)
		return;
	size_t skip = (size_t)timeouts % r->servers;
	if (skip > 0) {
		r->first = (r->first + skip) % r->servers;
		r->generation++;
	}
}

/* --- lines ----------------------------------------------------------- */

static bool
open_channel(struct line *line)
{
	struct resolver *r = line->resolver;
	struct ares_options options = {
		.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH |
			 ARES_FLAG_NOALIASES,
		.ednspsz = WIRE_UDP_SIZE,
		.timeout = line->try_ms,
		.tries = TRIES,
		.socket_receive_buffer_size = RECEIVE_BUFFER,
		.sock_state_cb = socket_changed,
		.sock_state_cb_data = line,
	};

	if (line->explains) {
		options.flags |= ARES_FLAG_NOCHECKRESP;
		options.tries = 1;
	}
	if (ares_init_options(&line->channel, &options,
		    ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS |
			    ARES_OPT_TRIES | ARES_OPT_SOCK_RCVBUF |
			    ARES_OPT_SOCK_STATE_CB) != ARES_SUCCESS)
		return false;
	if (r->servers == 0)
		learn_servers(r, line->channel);
	else if (!set_servers(r, line->channel)) {
		ares_destroy(line->channel);
		return false;
	}
	return true;
}

static void
close_line(struct line **line)
{
	ares_destroy((*line)->channel);
	free(*line);
	*line = NULL;
}

static struct line *
open_line(struct resolver *r, int try_ms, bool explains)
{
	struct line *line = calloc(1, sizeof(*line));

	if (!line)
		return NULL;
	line->resolver = r;
	line->try_ms = try_ms;
	line->explains = explains;
	line->generation = r->generation;
	if (!open_channel(line)) {
		free(line);
		return NULL;
	}
	return line;
}

/* A place where a line may be opened: empty, or of one that idles. */
static struct line **
free_place(struct resolver *r)
{
	struct line **idle = NULL;

	for (size_t i = 0; i < MAX_LINES; i++) {
		if (!r->line[i])
			return &r->line[i];
		if (r->line[i]->open == 0)
			idle = &r->line[i];
	}
	if (idle)
		close_line(idle);
	return idle;
}

/* A line with that timeout; NULL when c-ares does not start. */
static struct line *
find_line(struct resolver *r, int try_ms, bool explains)
{
	struct line *outdated = NULL;

	for (size_t i = 0; i < MAX_LINES; i++) {
		struct line *line = r->line[i];
		if (!line || line->try_ms != try_ms ||
			line->explains != explains)
			continue;
		if (line->generation == r->generation)
			return line;
		outdated = line;
	}
	struct line **place = free_place(r);
	if (!place)
		return outdated;
	return *place = open_line(r, try_ms, explains);
}

/* --- questions ------------------------------------------------------- */

static void
push_back(struct resolver *r, struct carried *q)
{
	q->next = NULL;
	*r->back_end = q;
	r->back_end = &q->next;
}

/* What c-ares calls; its memory does not leave this function. */
static void
came_back(void *arg, int status, int timeouts, unsigned char *packet, int n)
{
	struct carried *q = arg;
	struct line *line = q->line;

	line->open--;
	q->status = status;
	if (packet && n > 0) {
		q->packet_n = (size_t)n;
		q->packet = malloc(q->packet_n);
		if (q->packet)
			memcpy(q->packet, packet, q->packet_n);
		else
			q->status = ARES_ENOMEM;
	}
	if (status == ARES_SUCCESS)
		prefer_who_answered(line, timeouts);
	push_back(line->resolver, q);
}

/* Unpredictable, so that a response is hard to forge. (RFC 5452 4.3) */
static unsigned
random_id(void)
{
	uint16_t id;

	if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id)) {
		struct timespec now;
		clock_gettime(CLOCK_MONOTONIC, &now);
		id = (uint16_t)(now.tv_nsec ^ now.tv_nsec >> 16);
	}
	return id;
}

static void
send_off(struct resolver *r, struct carried *q)
{
	unsigned char packet[WIRE_MAX_QUERY];
	size_t n = wire_query(packet, random_id(), q->type,
		(str){ q->name, q->name_n }, q->edns);
	struct sigpipe before;

	free(q->packet);
	q->packet = NULL;
	q->packet_n = 0;
	q->line = find_line(r, q->try_ms, q->explained);
	if (!q->line) {
		q->explained = true; /* there is nothing to ask about */
		q->status = ARES_ECONNREFUSED;
		push_back(r, q);
		return;
	}
	q->line->open++;
	sigpipe_hold(&before);
	ares_send(q->line->channel, packet, (int)n, came_back, q);
	sigpipe_release(&before);
}

bool
resolver_send(struct resolver *r, int try_ms, enum dns_type type, str name,
	void (*done)(void *, const struct dns_answer *), void *arg)
{
	struct carried *q = calloc(1, sizeof(*q) + name.n);

	if (!q)
		return false;
	q->done = done;
	q->arg = arg;
	q->try_ms = try_ms;
	q->type = type;
	q->edns = true;
	q->name_n = name.n;
	memcpy(q->name, name.p, name.n);
	send_off(r, q);
	return true;
}

/* --- answers --------------------------------------------------------- */

static str
response(const struct carried *q)
{
	return (str){ (const char *)q->packet, q->packet_n };
}

/* Does the server not know EDNS?  (RFC 6891 7) */
static bool
refused_edns(const struct carried *q)
{
	unsigned rcode = q->packet ? wire_rcode(response(q)) : WIRE_NOERROR;

	return q->edns &&
	       (rcode == WIRE_FORMERR || rcode == WIRE_NOTIMP ||
		       q->status == ARES_ENOTIMP || q->status == ARES_EFORMERR);
}

static enum dns_status
status_of(int status)
{
	switch (status) {
	case ARES_ESERVFAIL:
	case ARES_ENOMEM: return DNS_SERVFAIL;
	case ARES_ETIMEOUT: return DNS_TIMEOUT;
	case ARES_EBADRESP: return DNS_BROKEN;
	default: return DNS_REFUSED;
	}
}

static void
deliver(struct resolver *r, struct carried *q)
{
	struct arena_mark mark = arena_mark(&r->arena);
	struct dns_answer answer = { .status = DNS_UNKNOWN };

	if (q->packet)
		wire_answer(&r->arena, response(q), q->type,
			(str){ q->name, q->name_n }, &answer);
	else
		answer.status = status_of(q->status);
	q->done(q->arg, &answer);
	arena_rewind(&r->arena, mark);
	free(q->packet);
	free(q);
}

static void
look_at(struct resolver *r, struct carried *q)
{
	if (refused_edns(q)) {
		q->edns = false;
		q->explained = false;
		send_off(r, q);
	} else if (!q->packet && q->status == ARES_ECONNREFUSED &&
		   !q->explained) {
		q->explained = true;
		send_off(r, q);
	} else {
		deliver(r, q);
	}
}

static struct carried *
take_back(struct resolver *r)
{
	struct carried *q = r->back;

	if (q) {
		r->back = q->next;
		if (!r->back)
			r->back_end = &r->back;
	}
	return q;
}

static void
deliver_all(struct resolver *r)
{
	for (struct carried *q; (q = take_back(r)) != NULL;)
		look_at(r, q);
}

/* --- waiting --------------------------------------------------------- */

/* How long until c-ares wants to be called, at most most_ms. */
static int
until_next_try(const struct resolver *r, int most_ms)
{
	for (size_t i = 0; i < MAX_LINES; i++) {
		struct timeval tv;
		if (!r->line[i] ||
			!ares_timeout(r->line[i]->channel, NULL, &tv))
			continue;
		int64_t ms =
			(int64_t)tv.tv_sec * 1000 + (tv.tv_usec + 999) / 1000;
		if (ms < most_ms)
			most_ms = (int)ms;
	}
	return most_ms;
}

static void
process_socket(struct line *line, const struct pollfd *p)
{
	bool failed = p->revents & (POLLERR | POLLHUP | POLLNVAL);
	bool in = failed || (p->revents & POLLIN);
	bool out = p->revents & POLLOUT;

	ares_process_fd(line->channel, in ? p->fd : ARES_SOCKET_BAD,
		out ? p->fd : ARES_SOCKET_BAD);
}

/* One round.  c-ares changes its sockets meanwhile, so we use a copy. */
static void
process(struct resolver *r, int timeout_ms)
{
	size_t n = r->sockets;
	struct sigpipe before;

	memcpy(r->ready, r->socket, n * sizeof(*r->ready));
	memcpy(r->ready_owner, r->owner, n * sizeof(*r->owner));
	int ready = poll(r->ready, (nfds_t)n, until_next_try(r, timeout_ms));
	sigpipe_hold(&before);
	for (size_t i = 1; ready > 0 && i < n; i++)
		if (r->ready[i].revents)
			process_socket(r->ready_owner[i], &r->ready[i]);
	for (size_t i = 0; i < MAX_LINES; i++)
		if (r->line[i])
			ares_process_fd(r->line[i]->channel, ARES_SOCKET_BAD,
				ARES_SOCKET_BAD);
	sigpipe_release(&before);
}

void
resolver_wait(struct resolver *r, int timeout_ms)
{
	if (r->back)
		timeout_ms = 0;
	process(r, timeout_ms);
	deliver_all(r);
}

/* poll() passes over a descriptor of -1. */
void
resolver_watch(struct resolver *r, int fd)
{
	r->socket[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
	r->owner[0] = NULL;
}

/* --- life ------------------------------------------------------------ */

struct resolver *
resolver_new(const struct server *server, size_t n)
{
	struct resolver *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	if (ares_library_init_mem(ARES_LIB_INIT_ALL, memory_get, free,
		    memory_resize) != ARES_SUCCESS) {
		free(r);
		return NULL;
	}
	for (size_t i = 0; i < n && i < RESOLVER_MAX_SERVERS; i++)
		set_node(&r->server[r->servers++], &server[i]);
	r->back_end = &r->back;
	arena_init(&r->arena, ANSWER_LIMIT, memory_out, NULL);
	if (!room_for_socket(r)) {
		resolver_free(r);
		return NULL;
	}
	r->sockets = 1;
	resolver_watch(r, -1);
	return r;
}

void
resolver_free(struct resolver *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < MAX_LINES; i++)
		if (r->line[i])
			close_line(&r->line[i]);
	for (struct carried *q; (q = take_back(r)) != NULL;) {
		free(q->packet);
		free(q);
	}
	arena_free(&r->arena);
	free(r->socket);
	free(r->owner);
	free(r->ready);
	free(r->ready_owner);
	free(r);
	ares_library_cleanup();
}
