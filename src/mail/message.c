/*
 * message.c - the header section: kept line by line, then split into fields
 * and indexed by name.
 */
#include "mailauth/message.h"

#include <string.h>

static bool
is_empty_line(str line)
{
	return str_eq(line, STR("\r\n"));
}

static bool
is_folding(str line)
{
	return line.n > 0 && is_wsp(line.p[0]);
}

/* The length of a field name and the blanks after it (RFC 5322 4.5), or 0. */
static size_t
name_length(str line, size_t *with_blanks)
{
	size_t n = 0, i;

	while (n < line.n && line.p[n] > 32 && line.p[n] < 127 &&
		line.p[n] != ':')
		n++;
	for (i = n; i < line.n && is_wsp(line.p[i]); i++)
		;
	*with_blanks = i;
	return i < line.n && line.p[i] == ':' ? n : 0;
}

static bool
is_field(str line)
{
	size_t unused;

	return name_length(line, &unused) > 0;
}

void
head_begin(struct head_reader *r, struct arena *a, size_t limit)
{
	*r = (struct head_reader){ .arena = a, .state = HEAD_MORE };
	r->limit = limit > 0 ? limit : HEAD_MAX_BYTES;
	r->text.arena = a;
}

void
head_begin_part(struct head_reader *r, struct arena *a, size_t limit)
{
	head_begin(r, a, limit);
	r->part = true;
}

/* The line in r->text is not part of the message. */
static void
skip_line(struct head_reader *r)
{
	r->text.n = r->line;
}

static void
stop_at(struct head_reader *r, str line)
{
	if (r->fields == 0 && !r->part) {
		r->state = HEAD_NOT_MAIL;
		return;
	}
	r->notes.broken = true;
	r->rest = arena_dup(r->arena, line);
	skip_line(r);
	r->state = HEAD_DONE;
}

/* Room for one more, twice as much whenever it runs out. */
static void
make_room(struct head_reader *r)
{
	size_t n = r->fields;

	if ((n & (n - 1)) != 0)
		return;
	uint64_t *at = arena_make(r->arena, n > 0 ? 2 * n : 1, uint64_t);
	if (n > 0)
		memcpy(at, r->at, n * sizeof(*at));
	r->at = at;
}

/*
 * A tar archive begins with the name of a file, which may look like a field's:
 * "cur/1:2,S".  (POSIX pax, ustar; GNU tar has blanks behind the magic)  There
 * is no line end in its first 512 bytes, as a rule.
 */
static bool
is_tar(str start)
{
	str magic = str_sub(start, 257, 8);

	return str_starts(magic, STR("ustar\0")) ||
	       str_eq(magic, STR("ustar  \0"));
}

static void
start_field(struct head_reader *r)
{
	make_room(r);
	r->field = r->line;
	r->at[r->fields++] = r->line_at;
	if (r->fields > HEAD_MAX_FIELDS)
		r->state = HEAD_TOO_MANY_FIELDS;
}

/*
 * "From : a@b" is a field (RFC 5322 4.5).  A bare CR would hide a field from us
 * that others see.
 */
static bool
is_mbox_line(str line)
{
	str text = str_trim_fws(line);

	return str_starts(line, STR("From ")) && !is_field(line) &&
	       str_find(text, '\r') == text.n;
}

/* Before the first field: what may stand there without being mail. */
static bool
is_preface(struct head_reader *r, str line)
{
	if (r->fields > 0 || r->part)
		return false;
	if (is_mbox_line(line) && !r->notes.mbox) {
		r->notes.mbox = true;
		return true;
	}
	if (str_trim_fws(line).n > 0)
		return false;
	r->notes.junk += line.n;
	return true;
}

/* A byte order mark at the very start is not part of the message. */
static void
drop_bom(struct head_reader *r)
{
	enum { BOM = 3 };

	if (r->fields > 0 || r->part || r->notes.junk > 0 || r->notes.mbox ||
		!str_starts(buf_str(&r->text), STR("\xef\xbb\xbf")))
		return;
	r->text.n -= BOM;
	r->line_at += BOM;
	memmove(r->text.p, r->text.p + BOM, r->text.n);
	r->notes.junk = BOM;
	r->notes.eight_bit -= BOM;
}

/* A whole line stands at the end of r->text, with CRLF. */
static void
take_line(struct head_reader *r)
{
	drop_bom(r);
	str line = str_skip(buf_str(&r->text), r->line);

	if (is_preface(r, line)) {
		skip_line(r);
		return;
	}
	if (is_empty_line(line)) {
		skip_line(r);
		r->state = HEAD_DONE;
		return;
	}
	if (is_folding(line) && r->fields > 0)
		; /* belongs to the field before */
	else if (is_field(line) && (r->line_at > 0 || r->part || !is_tar(line)))
		start_field(r);
	else
		stop_at(r, line);
	r->line = r->text.n;
}

/* Is there a CR, a NUL or an eighth bit in the eight bytes at p? */
static bool
is_notable(const char *p)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x80 * ones;
	uint64_t x, cr;

	memcpy(&x, p, sizeof(x));
	cr = x ^ '\r' * ones;
	/* a byte that is zero borrows from its top bit */
	return ((x | (x - ones) | (cr - ones)) & tops) != 0;
}

static void
count_bytes(struct head_reader *r, str piece)
{
	for (size_t i = 0, end; i < piece.n; i = end) {
		end = i + sizeof(uint64_t);
		if (end > piece.n)
			end = piece.n;
		else if (!is_notable(piece.p + i))
			continue;
		for (; i < end; i++) {
			unsigned char c = (unsigned char)piece.p[i];
			r->notes.nul += c == 0;
			r->notes.bare_cr += c == '\r';
			r->notes.eight_bit += c >= 0x80;
		}
	}
}

/* The field that the unfinished line belongs to is measured with it. */
static void
check_limits(struct head_reader *r)
{
	str line = str_skip(buf_str(&r->text), r->line);
	size_t from = is_folding(line) && r->fields > 0 ? r->field : r->line;

	if (r->text.n > r->limit)
		r->state = HEAD_TOO_LARGE;
	else if (r->text.n - from > HEAD_MAX_FIELD)
		r->state = HEAD_FIELD_TOO_LARGE;
}

/* The line is complete but for its CRLF. */
static void
end_line(struct head_reader *r)
{
	bool had_cr = r->text.n > r->line && r->text.p[r->text.n - 1] == '\r';

	if (had_cr) {
		r->notes.crlf++;
		r->notes.bare_cr--;
		r->text.n--;
	} else {
		r->notes.lf++;
	}
	buf_add(&r->text, STR("\r\n"));
	take_line(r);
}

static void
keep_start(struct head_reader *r, str chunk)
{
	enum { ENOUGH = 512 };

	if (r->start.n < ENOUGH)
		r->start = STR_CAT(r->arena, r->start,
			str_sub(chunk, 0, ENOUGH - r->start.n));
}

size_t
head_feed(struct head_reader *r, str chunk)
{
	str rest = chunk;

	keep_start(r, chunk);
	while (r->state == HEAD_MORE && rest.n > 0) {
		size_t n = str_find(rest, '\n');
		str piece = str_sub(rest, 0, n);

		/* a line far over the limit is not even copied */
		piece = str_sub(piece, 0, r->limit + 1);
		buf_add(&r->text, piece);
		count_bytes(r, piece);
		check_limits(r);
		if (r->state == HEAD_MORE && n < rest.n)
			end_line(r);
		bool ended = n < rest.n && r->state == HEAD_MORE;
		rest = str_skip(rest, n + 1);
		if (ended)
			r->line_at = r->fed + (chunk.n - rest.n);
	}
	r->fed += chunk.n - rest.n;
	return chunk.n - rest.n;
}

void
head_end(struct head_reader *r)
{
	if (r->state != HEAD_MORE)
		return;
	if (r->text.n > r->line)
		end_line(r);
	if (r->state == HEAD_MORE) {
		r->line_at = r->fed;
		r->notes.no_body = true;
		r->state = r->fields > 0 || r->part ? HEAD_DONE : HEAD_EMPTY;
	}
}

str
head_kind(const struct head_reader *r)
{
	static const struct {
		str magic, kind;
	} kinds[] = {
		{ STR_INIT("\xd0\xcf\x11\xe0"),
			STR_INIT("an Outlook .msg file") },
		{ STR_INIT("PK\003\004"), STR_INIT("a ZIP archive") },
		{ STR_INIT("\x1f\x8b"), STR_INIT("a gzip file") },
		{ STR_INIT("BZh"), STR_INIT("a bzip2 file") },
		{ STR_INIT("\xfd"
			   "7zXZ"),
			STR_INIT("an xz file") },
		{ STR_INIT("\x28\xb5\x2f\xfd"), STR_INIT("a zstd file") },
		{ STR_INIT("%PDF"), STR_INIT("a PDF file") },
		{ STR_INIT("{\\rtf"), STR_INIT("an RTF file") },
		{ STR_INIT("<!doctype html"), STR_INIT("an HTML page") },
		{ STR_INIT("<html"), STR_INIT("an HTML page") },
		{ STR_INIT("<?xml"), STR_INIT("an XML file") },
		{ STR_INIT("{\""), STR_INIT("a JSON file") },
		{ STR_INIT("\xff\xfe"), STR_INIT("UTF-16 text") },
		{ STR_INIT("\xfe\xff"), STR_INIT("UTF-16 text") },
	};
	str start = r->start;

	if (is_tar(start))
		return STR("a tar archive");
	if (str_starts(start, STR("\xef\xbb\xbf")))
		start = str_skip(start, 3);
	if (str_find(start, '\0') == start.n)
		start = str_trim_fws(start);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_istarts(start, kinds[i].magic))
			return kinds[i].kind;
	return (str){ NULL, 0 };
}

/* --- the message ----------------------------------------------------- */

/* The first field of *rest, with its folded lines. */
static str
take_field(str *rest)
{
	size_t n = 0;

	do
		n += str_find(str_skip(*rest, n), '\n') + 1;
	while (n < rest->n && is_wsp(rest->p[n]));
	str raw = str_sub(*rest, 0, n);
	*rest = str_skip(*rest, n);
	return raw;
}

static struct field
split_field(str raw)
{
	size_t colon;
	size_t n = name_length(raw, &colon);
	str value = str_skip(raw, colon + 1);

	return (struct field){
		.raw = raw,
		.name = str_sub(raw, 0, n),
		.value = str_sub(value, 0, value.n >= 2 ? value.n - 2 : 0),
	};
}

/* Two sorted runs of indices become one; of equal names the upper is first. */
static void
merge(const struct field *field, const uint32_t *from, size_t n, size_t half,
	uint32_t *to)
{
	size_t a = 0, b = half;

	for (size_t i = 0; i < n; i++) {
		bool left = b == n ||
			    (a < half && str_iorder(field[from[a]].name,
						 field[from[b]].name) <= 0);
		to[i] = from[left ? a++ : b++];
	}
}

/*
 * The fields' indices in the order of their names.  A sort, and no hash: who
 * writes the names would choose such as collide.
 */
static const uint32_t *
sort_fields(struct arena *a, const struct field *field, size_t n)
{
	uint32_t *from = arena_make(a, n, uint32_t);
	uint32_t *to = arena_make(a, n, uint32_t);

	for (size_t i = 0; i < n; i++)
		from[i] = (uint32_t)i;
	for (size_t half = 1; half < n; half *= 2) {
		for (size_t i = 0; i < n; i += 2 * half) {
			size_t run = n - i < 2 * half ? n - i : 2 * half;
			merge(field, from + i, run, run < half ? run : half,
				to + i);
		}
		uint32_t *sorted = to;
		to = from;
		from = sorted;
	}
	return from;
}

static void
index_fields(struct arena *a, struct message *m, struct field *field)
{
	const uint32_t *order = sort_fields(a, field, m->n);
	uint32_t *lowest = arena_make(a, m->n, uint32_t);

	for (size_t i = 0; i < m->n; i++) {
		struct field *f = &field[order[i]];

		if (i == 0 || !str_ieq(f->name, field[order[i - 1]].name))
			m->names++; /* above stays 0 */
		else
			f->above = order[i - 1] + 1;
		f->name_id = (uint32_t)m->names - 1;
		lowest[f->name_id] = order[i] + 1;
	}
	m->lowest = lowest;
}

const struct message *
message_parse(struct arena *a, const struct head_reader *r)
{
	struct message *m = arena_new(a, struct message);
	struct field *field = arena_make(a, r->fields, struct field);

	m->head = buf_str(&r->text);
	m->notes = r->notes;
	m->field = field;
	m->end = r->line_at;
	m->body = r->notes.broken || r->notes.no_body ? m->end : r->fed;
	for (str rest = m->head; rest.n > 0 && m->n < r->fields; m->n++) {
		field[m->n] = split_field(take_field(&rest));
		field[m->n].at = r->at[m->n];
	}
	index_fields(a, m, field);
	return m;
}

const struct message *
message_from(struct arena *a, str text)
{
	struct head_reader r;

	head_begin(&r, a, 0);
	head_feed(&r, text);
	head_end(&r);
	return message_parse(a, &r);
}

uint32_t
message_lowest(const struct message *m, str name)
{
	size_t low = 0, high = m->names;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t at = m->lowest[middle];
		int d = str_iorder(name, m->field[at - 1].name);

		if (d == 0)
			return at;
		if (d < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return 0;
}

const struct field *
message_top(const struct message *m, str name)
{
	uint32_t i = message_lowest(m, name);

	while (i != 0 && m->field[i - 1].above != 0)
		i = m->field[i - 1].above;
	return i ? &m->field[i - 1] : NULL;
}

size_t
message_count(const struct message *m, str name)
{
	size_t n = 0;

	for (uint32_t i = message_lowest(m, name); i != 0;
		i = m->field[i - 1].above)
		n++;
	return n;
}

str
field_unfold(struct arena *a, str value)
{
	struct buf b = { .arena = a };

	if (value.p == NULL)
		return value;
	value = str_trim_fws(value);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != '\r' && value.p[i] != '\n')
			buf_char(&b, value.p[i] == '\t' ? ' ' : value.p[i]);
	return buf_str(&b);
}
