/*
 * keys.h - private keys in files.
 */
#ifndef KEYS_H
#define KEYS_H

#include "mailauth/private_key.h"

/* "-" is standard input.  NULL, and says so. */
struct private_key *key_file_load(
	struct crypto *, struct arena *, const char *name);

#endif
