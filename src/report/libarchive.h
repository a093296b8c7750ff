/*
 * libarchive.h - libarchive, loaded when the first archive is read.
 *
 * It brings a dozen libraries along, and loading them takes longer than to
 * check a message; who reads no archive must not pay for it.
 */
#ifndef LIBARCHIVE_H
#define LIBARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

struct libarchive {
#define LIBARCHIVE(type, name, arguments) type(*name) arguments;
#include "libarchive.def"
#undef LIBARCHIVE
};

/* NULL when it is not installed. */
const struct libarchive *libarchive_load(void);

#endif
