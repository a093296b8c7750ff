/*
 * server.h - the address of a name server, as people write it.
 */
#ifndef MAILAUTH_SERVER_H
#define MAILAUTH_SERVER_H

#include "mailauth/ip.h"

struct server {
	struct ip ip;
	uint16_t port;
};

/*
 * "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353".  The port
 * is 53 when there is none.  NULL, or what is wrong.
 */
const char *server_parse(str, struct server *);

#endif
