/*
 * name.c - the two forms of a domain name.
 */
#include "net/name.h"

#include "mailauth/buf.h"

str
name_escaped(struct arena *a, str name)
{
	struct buf b = { .arena = a };

	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	if (str_find(name, '\\') == name.n)
		return name;
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '\\')
			buf_char(&b, '\\');
		buf_char(&b, name.p[i]);
	}
	return buf_str(&b);
}
