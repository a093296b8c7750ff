/*
 * test_canon_portable.c - the same tests without vector instructions, as on a
 * machine that has none we know.
 */
#define BLOCK_PORTABLE
#include "../../src/mail/canon_body.c"

#include "test_canon.c"
