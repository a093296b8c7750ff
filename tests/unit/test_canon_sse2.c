/*
 * test_canon_sse2.c - the same tests as on a machine without AVX2.
 */
#define BLOCK_NO_AVX2
#include "../../src/mail/canon_body.c"

#include "test_canon.c"
