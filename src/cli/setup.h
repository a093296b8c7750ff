/*
 * setup.h - the records that a domain should publish, and the server's side.
 */
#ifndef SETUP_H
#define SETUP_H

#include "options.h"

enum { SETUP_MAX_KEYS = 4 };

struct sender_service {
	str word, title, include;
};

extern const struct sender_service sender_services[];
extern const size_t n_sender_services;
/* NULL when there is none of that word. */
const struct sender_service *sender_service_find(str word);

/*
 * Asks on a terminal for what the options have left open.  False when it was
 * not answered.
 */
bool setup_ask(struct options *);

/*
 * On stdout, for a master file, with the record of each key.  False when lint
 * finds an error, and says so.
 */
bool setup_print_zone(const struct options *, const str *key_record);
/* On stdout, what --for asks for.  False when it cannot be, and says so. */
bool setup_print_server(const struct options *, const str *key_record);

#endif
