/*
 * txt.c - a TXT record as a master file has it.
 */
#include "mailauth/txt.h"
#include "mailauth/buf.h"

/* Everything may stand between quotes, some of it by its number. */
static void
write_octet(struct buf *b, unsigned char c)
{
	if (c >= ' ' && c <= '~') {
		if (c == '"' || c == '\\')
			buf_char(b, '\\');
		buf_char(b, (char)c);
		return;
	}
	buf_char(b, '\\');
	buf_char(b, (char)('0' + c / 100));
	buf_char(b, (char)('0' + c / 10 % 10));
	buf_char(b, (char)('0' + c % 10));
}

static void
write_string(struct buf *b, str s)
{
	buf_add(b, STR("\n\t\""));
	for (size_t i = 0; i < s.n; i++)
		write_octet(b, (unsigned char)s.p[i]);
	buf_char(b, '"');
}

str
txt_write(struct arena *a, str owner, str value)
{
	struct buf b = { .arena = a };

	buf_add(&b, owner);
	buf_add(&b, STR(". IN TXT ("));
	do { /* an empty value is one empty string */
		write_string(&b, str_sub(value, 0, TXT_STRING_MAX));
		value = str_skip(value, TXT_STRING_MAX);
	} while (value.n > 0);
	buf_add(&b, STR(" )\n"));
	return buf_str(&b);
}
