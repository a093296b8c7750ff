/*
 * server.c - the address of a name server, as people write it.
 */
#include "net/server.h"

enum { DEFAULT_PORT = 53 };

/* Cuts s into address and port text; the port is absent when there is none. */
static bool
cut_port(str s, str *address, str *port)
{
	size_t colon = str_find(s, ':');

	*address = s;
	*port = (str){ 0 };
	if (str_starts(s, STR("["))) {
		size_t end = str_find(s, ']');
		str rest = str_skip(s, end + 1);
		*address = str_sub(s, 1, end - 1);
		if (end == s.n || (rest.n > 0 && rest.p[0] != ':'))
			return false;
		if (rest.n > 0)
			*port = str_skip(rest, 1);
	} else if (colon < s.n && colon == str_rfind(s, ':')) {
		*address = str_sub(s, 0, colon);
		*port = str_skip(s, colon + 1);
	}
	return true;
}

const char *
server_parse(str s, struct server *out)
{
	str address, port;
	uint64_t number = DEFAULT_PORT;

	if (!cut_port(s, &address, &port) || !ip_parse(address, &out->ip))
		return "not an IP address";
	if (port.p && (!str_uint(port, UINT16_MAX, &number) || number == 0))
		return "not a port number";
	out->port = (uint16_t)number;
	return NULL;
}
