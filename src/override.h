/*
 * override.h - what trust in the sealers would change; for auth.c.
 */
#ifndef MAILAUTH_OVERRIDE_H
#define MAILAUTH_OVERRIDE_H

#include "mailauth/auth.h"

/* Of settled ARC and DMARC; itself not settled when dns_settled() is false. */
struct auth_override override_check(
	const struct auth_setup *, const struct auth_verdict *);

#endif
