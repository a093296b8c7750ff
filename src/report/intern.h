/*
 * intern.h - bytes that are kept once, and have a number.
 */
#ifndef INTERN_H
#define INTERN_H

#include "mailauth/arena.h"

struct intern;
struct intern *intern_new(struct arena *, uint32_t seed);
/*
 * The number of those bytes, from 1; 0 for an absent slice.  Those that were
 * chosen to share a hash may be kept twice.
 */
uint32_t intern_put(struct intern *, str);
/* The number, when they are there; else 0. */
uint32_t intern_known(const struct intern *, str);
/* Good as long as the arena, aligned for any type; absent for 0. */
str intern_get(const struct intern *, uint32_t number);

#endif
