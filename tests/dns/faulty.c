/*
 * faulty.c - a name server that misbehaves on request.
 *
 *	faulty [MODE]
 *
 * Listens on a free port of 127.0.0.1, UDP and TCP, writes the port number to
 * stdout, and ends when its stdin does, so that it never outlives a test.
 * What it does with a question is told by MODE, or else by the first label of
 * the name that does not begin with "_" (see modes[]).  Everything that is
 *answered is answered by the TXT record "ok".
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER = 12, MAX = 65535, MAX_CLIENTS = 64 };

struct packet {
	unsigned char p[MAX];
	size_t n;
	bool tcp;
};

static unsigned questions;    /* so far */
static bool had_ad, had_edns; /* in the question at hand */
static bool dripping;

static void
put16(struct packet *r, unsigned v)
{
	r->p[r->n++] = (unsigned char)(v >> 8);
	r->p[r->n++] = (unsigned char)v;
}

/* A record owned by the name asked. */
static void
put_rr(struct packet *r, unsigned type, const void *data, size_t n)
{
	put16(r, 0xc00c);
	put16(r, type);
	put16(r, 1);
	put16(r, 0);
	put16(r, 60);
	put16(r, (unsigned)n);
	memcpy(r->p + r->n, data, n);
	r->n += n;
	r->p[7]++;
}

static void
put_txt(struct packet *r, const char *text)
{
	char data[256];
	size_t n = strlen(text);

	data[0] = (char)n;
	memcpy(data + 1, text, n);
	put_rr(r, 16, data, n + 1);
}

static void
ok(struct packet *r)
{
	put_txt(r, "ok");
}

static void
silent(struct packet *r)
{
	r->n = 0;
}

static void
servfail(struct packet *r)
{
	r->p[3] |= 2;
}

static void
refused(struct packet *r)
{
	r->p[3] |= 5;
}

static void
notimp(struct packet *r)
{
	r->p[3] |= 4;
}

static void
yxdomain(struct packet *r)
{
	r->p[3] |= 6;
}

/* Does not know EDNS: says so without an OPT record. */
static void
noedns(struct packet *r)
{
	if (had_edns)
		r->p[3] |= 1;
	else
		ok(r);
}

static void
garbage(struct packet *r)
{
	for (size_t i = 2; i < r->n; i++)
		r->p[i] = (unsigned char)(i * 37);
}

static void
tooshort(struct packet *r)
{
	r->n = 5;
}

static void
wrongid(struct packet *r)
{
	ok(r);
	r->p[0] ^= 1;
}

static void
wrongquestion(struct packet *r)
{
	ok(r);
	r->p[HEADER + 1] ^= 1;
}

static void
badrdata(struct packet *r)
{
	put_rr(r, 16, "\011four", 5);
}

static void
cut(struct packet *r)
{
	ok(r);
	r->n -= 2;
}

static void
loop(struct packet *r)
{
	put_rr(r, 5, "\xc0\x0c", 2);
}

static void
nodata(struct packet *r)
{
	(void)r;
}

static void
nxdomain(struct packet *r)
{
	r->p[3] |= 3;
}

static void
truncated(struct packet *r)
{
	if (r->tcp)
		ok(r);
	else
		r->p[2] |= 2;
}

static void
notcp(struct packet *r)
{
	if (r->tcp)
		silent(r);
	else
		r->p[2] |= 2;
}

/* Answers every second question only. */
static void
second(struct packet *r)
{
	static bool odd;

	odd = !odd;
	if (odd)
		silent(r);
	else
		ok(r);
}

static void
secure(struct packet *r)
{
	ok(r);
	r->p[3] |= 0x20;
}

/* Was AD asked for, and EDNS? */
static void
asked(struct packet *r)
{
	put_txt(r, had_ad ? had_edns ? "ad edns" : "ad" : "plain");
}

static void
count(struct packet *r)
{
	char text[20];

	snprintf(text, sizeof(text), "%u", questions);
	put_txt(r, text);
}

/* A record whose owner is given. */
static void
put_owned(struct packet *r, const char *owner, size_t length, unsigned type,
	const void *data, size_t n)
{
	memcpy(r->p + r->n, owner, length);
	r->n += length;
	put16(r, type);
	put16(r, 1);
	put16(r, 0);
	put16(r, 60);
	put16(r, (unsigned)n);
	memcpy(r->p + r->n, data, n);
	r->n += n;
}

static void
set_answers(struct packet *r, unsigned n)
{
	r->p[6] = (unsigned char)(n >> 8);
	r->p[7] = (unsigned char)n;
}

/* A name that is a pointer to itself, and one that points ahead. */
static void
pointer(struct packet *r)
{
	char self[2] = { (char)(0xc0 | r->n >> 8), (char)r->n };

	put_owned(r, self, 2, 16, "\002ok", 3);
	set_answers(r, 1);
}

static void
ahead(struct packet *r)
{
	put_owned(r, "\xff\xff", 2, 16, "\002ok", 3);
	set_answers(r, 1);
}

/* 300 CNAMEs, one after the other; the last has what was asked for. */
static void
cnames(struct packet *r)
{
	enum { LINKS = 300 };
	char owner[6] = "\xc0\x0c", target[6];
	size_t length = 2;

	if (!r->tcp) {
		truncated(r);
		return;
	}
	for (unsigned i = 0; i < LINKS; i++) {
		snprintf(target, sizeof(target), "\004%04u", i);
		put_owned(r, owner, length, 5, target, sizeof(target));
		memcpy(owner, target, sizeof(owner));
		length = sizeof(owner);
	}
	put_owned(r, owner, length, 16, "\002ok", 3);
	set_answers(r, LINKS + 1);
}

/* One TXT of 64,000 octets, in strings of 250. */
static void
large(struct packet *r)
{
	static char text[64000 + 256];
	size_t n = 0;

	if (!r->tcp) {
		truncated(r);
		return;
	}
	while (n < 64000) {
		text[n++] = (char)250;
		memset(text + n, ' ', 250);
		n += 250;
	}
	memcpy(text + 1, "v=spf1", 6);
	memcpy(text + n - 4, "-all", 4);
	put_rr(r, 16, text, n);
}

/* As many records as an answer can hold. */
static void
many(struct packet *r)
{
	unsigned n = 0;

	if (!r->tcp) {
		truncated(r);
		return;
	}
	for (; r->n + 32 < MAX; n++)
		put_rr(r, 16, "\013v=spf1 -all", 12);
	set_answers(r, n);
}

/* The right id and the right question, and then anything; each time other. */
static void
noise(struct packet *r)
{
	static unsigned x = 1;

	for (size_t end = r->n + 200; r->n < end; r->n++) {
		x = x * 1103515245u + 12345u;
		r->p[r->n] = (unsigned char)(x >> 16);
	}
	set_answers(r, x >> 16 & 7);
	r->p[9] = (unsigned char)(x >> 20 & 7);
}

/* Over TCP a few octets at a time, and never all of them. */
static void
drip(struct packet *r)
{
	if (r->tcp)
		large(r);
	else
		truncated(r);
	dripping = r->tcp;
}

/* When nobody waits any more. */
static void
late(struct packet *r)
{
	ok(r);
	poll(NULL, 0, 900);
}

static const struct {
	const char *word;
	void (*act)(struct packet *);
} modes[] = { { "ok", ok }, { "silent", silent }, { "servfail", servfail },
	{ "refused", refused }, { "notimp", notimp }, { "yxdomain", yxdomain },
	{ "noedns", noedns }, { "garbage", garbage }, { "tooshort", tooshort },
	{ "wrongid", wrongid }, { "wrongquestion", wrongquestion },
	{ "badrdata", badrdata }, { "cut", cut }, { "loop", loop },
	{ "nodata", nodata }, { "nxdomain", nxdomain },
	{ "truncated", truncated }, { "notcp", notcp }, { "second", second },
	{ "secure", secure }, { "asked", asked }, { "count", count },
	{ "pointer", pointer }, { "ahead", ahead }, { "cnames", cnames },
	{ "large", large }, { "many", many }, { "noise", noise },
	{ "drip", drip }, { "late", late } };

static void
act(struct packet *r, const char *mode)
{
	const char *label = (const char *)r->p + HEADER + 1;
	size_t n = r->p[HEADER];

	/* what is asked about a domain, as "_dmarc", is answered as it is */
	if (label[0] == '_' && HEADER + 2 + n < r->n) {
		label += n + 1;
		n = (unsigned char)label[-1];
	}
	if (mode) {
		label = mode;
		n = strlen(mode);
	}
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strlen(modes[i].word) == n &&
			strncasecmp(modes[i].word, label, n) == 0) {
			modes[i].act(r);
			return;
		}
	ok(r);
}

/* Makes the reply of a question, in place. */
static void
answer(struct packet *r, const char *mode)
{
	size_t at = HEADER;

	if (r->n < HEADER + 5) {
		r->n = 0;
		return;
	}
	questions++;
	while (at < r->n && r->p[at] != 0)
		at += 1u + r->p[at];
	if (at + 5 > r->n) {
		r->n = 0;
		return;
	}
	r->n = at + 5;
	r->p[2] |= 0x80;
	had_ad = r->p[3] & 0x20;
	had_edns = r->p[11] > 0;
	r->p[3] = 0;
	r->p[11] = 0;
	act(r, mode);
}

static void
serve_udp(int fd, const char *mode)
{
	static struct packet r;
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(fd, r.p, 4096, 0, (struct sockaddr *)&from, &len);

	if (n <= 0)
		return;
	r.n = (size_t)n;
	r.tcp = false;
	answer(&r, mode);
	if (r.n > 0)
		sendto(fd, r.p, r.n, 0, (struct sockaddr *)&from, len);
}

static bool
read_all(int fd, void *to, size_t n)
{
	for (char *p = to; n > 0;) {
		ssize_t got = read(fd, p, n);
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

/* Two octets every tenth of a second, for a while. */
static void
write_slowly(int fd, const struct packet *r)
{
	for (size_t i = 0; i < 40 && write(fd, r->p + i, 2) == 2; i += 2)
		poll(NULL, 0, 100);
	dripping = false;
}

/* One question of a connection; false when it is done. */
static bool
serve_tcp(int fd, const char *mode)
{
	static struct packet r;
	unsigned char size[2];

	if (!read_all(fd, size, 2))
		return false;
	r.n = (size_t)size[0] << 8 | size[1];
	if (r.n > 4096 || !read_all(fd, r.p, r.n))
		return false;
	r.tcp = true;
	answer(&r, mode);
	if (r.n == 0)
		return false;
	size[0] = (unsigned char)(r.n >> 8);
	size[1] = (unsigned char)r.n;
	if (write(fd, size, 2) != 2)
		return false;
	if (dripping) {
		write_slowly(fd, &r);
		return false;
	}
	return write(fd, r.p, r.n) == (ssize_t)r.n;
}

/* UDP and TCP sockets of the same port. */
static int
listen_both(int fd[2])
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	for (int tries = 0; tries < 50; tries++) {
		at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		at.sin_port = 0;
		fd[0] = socket(AF_INET, SOCK_DGRAM, 0);
		fd[1] = socket(AF_INET, SOCK_STREAM, 0);
		if (bind(fd[0], (struct sockaddr *)&at, len) == 0 &&
			getsockname(fd[0], (struct sockaddr *)&at, &len) == 0 &&
			bind(fd[1], (struct sockaddr *)&at, len) == 0 &&
			listen(fd[1], 50) == 0)
			return ntohs(at.sin_port);
		close(fd[0]);
		close(fd[1]);
	}
	return -1;
}

int
main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : NULL;
	struct pollfd set[3 + MAX_CLIENTS] = { { .fd = 0 } };
	int fd[2], port = listen_both(fd);
	nfds_t n = 3;

	if (port < 0)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	printf("%d\n", port);
	fflush(stdout);
	set[1].fd = fd[0];
	set[2].fd = fd[1];
	for (;;) {
		for (nfds_t i = 0; i < n; i++)
			set[i].events = POLLIN;
		if (poll(set, n, -1) < 0)
			return 1;
		if (set[0].revents) {
			char c[64];
			if (read(0, c, sizeof(c)) <= 0)
				return 0;
		}
		if (set[1].revents)
			serve_udp(fd[0], mode);
		for (nfds_t i = 3; i < n; i++)
			if (set[i].revents && !serve_tcp(set[i].fd, mode)) {
				close(set[i].fd);
				set[i--] = set[--n];
			}
		if (set[2].revents && n < 3 + MAX_CLIENTS) {
			set[n].fd = accept(fd[1], NULL, NULL);
			set[n].revents = 0;
			n += set[n].fd >= 0;
		}
	}
}
