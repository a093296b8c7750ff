/*
 * key_file.h - a private key from a file, and a new key to its files.
 *
 * Nobody else may read a private key, not for a moment: its file is made with
 * the mode 0600.  Where we held its text, it is overwritten.
 */
#ifndef KEY_FILE_H
#define KEY_FILE_H

#include "mailauth/private_key.h"

/* "-" is standard input.  NULL when it cannot be used, and says so. */
struct private_key *key_file_read(
	struct crypto *, struct arena *, const char *name);

struct key_file {
	const char *name;
	str text;
};

/*
 * Both files or none.  What is there already is replaced only with `force`,
 * and then each by a whole one.  False when it could not be done, and says so.
 */
bool key_files_write(struct arena *, bool force, struct key_file key,
	struct key_file record);

#endif
