/*
 * version.h - which mailauth this is.
 */
#ifndef MAILAUTH_VERSION_H
#define MAILAUTH_VERSION_H

#define MAILAUTH_VERSION "0.1.0"

#endif
