/*
 * unpack.c - gzip and zip, expanded as they flow through.
 */
#include "report/unpack.h"
#include "report/libarchive.h"

#include <assert.h>
#include <errno.h>

static const str none; /* absent */

/*
 * The error is kept here, for the arena may be rewound between two calls to
 * what it was before the entry.
 */
struct unpack {
	const struct libarchive *lib; /* NULL: there is none */
	struct archive *archive;
	struct arena *arena;
	enum unpack_kind kind;
	str (*pull)(void *);
	void *arg;
	bool dry;    /* the source has no more */
	bool within; /* an entry: there may be more of it */
	bool ended;  /* there is no further entry */
	bool refused;
	uint64_t in, out;
	size_t entries;
	str name;
	size_t error;
	char text[160];
};

enum unpack_kind
unpack_kind(str start)
{
	/* deflate is the only method there is (RFC 1952 2.3.1) */
	if (str_starts(start, STR("\x1f\x8b\x08")))
		return UNPACK_GZIP;
	if (str_starts(start, STR("PK\003\004")) ||
		str_starts(start, STR("PK\005\006"))) /* without entries */
		return UNPACK_ZIP;
	return UNPACK_NONE;
}

/* --- errors ---------------------------------------------------------- */

static void
add_error(struct unpack *u, str s)
{
	s = str_sub(s, 0, sizeof(u->text) - u->error);
	memcpy(u->text + u->error, s.p, s.n);
	u->error += s.n;
}

static bool
fail(struct unpack *u, str why)
{
	u->error = 0;
	add_error(u, why);
	u->within = false;
	u->ended = true;
	return false;
}

static bool
refuse(struct unpack *u, str why)
{
	u->refused = true;
	return fail(u, why);
}

/* "Truncated ZIP file header" within a sentence. */
static void
add_reason(struct unpack *u, str why)
{
	char first = why.n > 0 ? to_lower(why.p[0]) : ' ';
	bool word = why.n > 1 && why.p[1] == to_lower(why.p[1]);

	if (why.n == 0)
		return;
	add_error(u, STR(": "));
	if (word) {
		add_error(u, (str){ &first, 1 });
		why = str_skip(why, 1);
	}
	add_error(u, why);
}

/* libarchive gave up.  At the end of its input it often does not say why. */
static bool
fail_damaged(struct unpack *u, int status)
{
	bool gzip = u->kind == UNPACK_GZIP;

	if (u->lib->archive_errno(u->archive) == ENOMEM)
		return fail(u, STR("out of memory"));
	if (u->dry && status < ARCHIVE_WARN)
		return fail(u, gzip ? STR("the gzip data end too early")
				    : STR("the zip archive ends too early"));
	fail(u, gzip ? STR("the gzip data are damaged")
		     : STR("the zip archive is damaged"));
	add_reason(u, str_trim_fws(str_from(
			      u->lib->archive_error_string(u->archive))));
	return false;
}

str
unpack_error(const struct unpack *u)
{
	return u->error > 0 ? (str){ u->text, u->error } : none;
}

bool
unpack_refused(const struct unpack *u)
{
	return u->refused;
}

uint64_t
unpack_expanded(const struct unpack *u)
{
	return u->out;
}

/* --- the source ------------------------------------------------------ */

static la_ssize_t
feed(struct archive *archive, void *arg, const void **block)
{
	struct unpack *u = arg;
	str chunk = none;

	(void)archive;
	while (chunk.n == 0 && !u->dry) {
		chunk = u->pull(u->arg);
		u->dry = !chunk.p;
	}
	u->in += chunk.n;
	*block = chunk.p;
	return (la_ssize_t)chunk.n;
}

/*
 * The filter is set, not looked for: libarchive would go on to look for
 * another in what comes out, 25 times.
 */
static bool
choose_format(struct unpack *u)
{
	struct archive *a = u->archive;

	if (u->kind == UNPACK_ZIP)
		return u->lib->archive_read_support_format_zip_streamable(a) ==
		       ARCHIVE_OK;
	return u->lib->archive_read_append_filter(a, ARCHIVE_FILTER_GZIP) ==
		       ARCHIVE_OK &&
	       u->lib->archive_read_set_format(a, ARCHIVE_FORMAT_RAW) ==
		       ARCHIVE_OK;
}

struct unpack *
unpack_new(
	struct arena *a, enum unpack_kind kind, str (*pull)(void *), void *arg)
{
	struct unpack *u = arena_new(a, struct unpack);

	assert(kind != UNPACK_NONE);
	*u = (struct unpack){
		.arena = a, .kind = kind, .pull = pull, .arg = arg
	};
	u->lib = libarchive_load();
	u->archive = u->lib ? u->lib->archive_read_new() : NULL;
	if (!u->lib)
		fail(u, STR("it is packed, and libarchive is not installed"));
	else if (!u->archive)
		fail(u, STR("out of memory"));
	else if (!choose_format(u)) /* it was built without zlib */
		fail(u, STR("libarchive is not able to read it"));
	else if (u->lib->archive_read_open2(
			 u->archive, u, NULL, feed, NULL, NULL) != ARCHIVE_OK)
		fail_damaged(u, ARCHIVE_FATAL);
	return u;
}

void
unpack_free(struct unpack *u)
{
	if (u->archive)
		u->lib->archive_read_free(u->archive);
	u->archive = NULL;
	u->within = false;
	u->ended = true;
}

/* --- entries --------------------------------------------------------- */

/* A name that the locale cannot write is there in UTF-8. */
static str
name_of(struct unpack *u, struct archive_entry *e)
{
	const char *name = u->lib->archive_entry_pathname(e);

	if (u->kind == UNPACK_GZIP)
		return STR("");
	if (!name)
		name = u->lib->archive_entry_pathname_utf8(e);
	return name ? arena_dup(u->arena, str_from(name)) : STR("");
}

/*
 * "ZIP 2.0 (deflation)".  The other methods cost memory as the archive likes,
 * LZMA up to 4 GiB, and no writer of reports uses them.
 */
static bool
is_deflate(struct unpack *u)
{
	str format = str_from(u->lib->archive_format_name(u->archive));

	return u->kind == UNPACK_GZIP ||
	       str_iends(format, STR("(deflation)")) ||
	       str_iends(format, STR("(uncompressed)"));
}

static bool
begin_entry(struct unpack *u, struct archive_entry *e)
{
	if (++u->entries > UNPACK_MAX_ENTRIES)
		return fail(
			u, STR("the zip archive has more than 100 entries"));
	if (u->lib->archive_entry_is_encrypted(e))
		return fail(u, STR("the zip archive is encrypted"));
	if (!is_deflate(u))
		return fail(
			u, STR("the zip archive is not compressed by deflate"));
	u->name = name_of(u, e);
	u->within = true;
	return true;
}

bool
unpack_next(struct unpack *u)
{
	struct archive_entry *e;

	do {
		/* in our own way, in which it is counted */
		while (unpack_read(u).p)
			;
		u->name = none;
		if (u->ended)
			return false;
		int status = u->lib->archive_read_next_header(u->archive, &e);
		u->ended = status == ARCHIVE_EOF;
		if (u->ended)
			return false;
		if (status < ARCHIVE_WARN)
			return fail_damaged(u, status);
		if (!begin_entry(u, e))
			return false;
	} while (u->lib->archive_entry_filetype(e) != AE_IFREG);
	return true;
}

str
unpack_name(const struct unpack *u)
{
	return u->name;
}

/* --- content --------------------------------------------------------- */

static bool
may_grow(struct unpack *u, size_t n)
{
	u->out += n;
	if (u->out > UNPACK_MAX_BYTES)
		return refuse(u, STR("it expands to more than 256 MiB"));
	if (u->out > UNPACK_ANY_RATIO && u->out / UNPACK_MAX_RATIO > u->in)
		return refuse(u, STR("it expands more than 1000 times"));
	return true;
}

/* A gzip header that is cut, or wrong, looks to libarchive like none. */
static void
end_entry(struct unpack *u)
{
	u->within = false;
	if (u->kind == UNPACK_GZIP &&
		u->lib->archive_filter_bytes(u->archive, -1) == 0)
		fail(u, u->dry ? STR("the gzip data end too early")
			       : STR("the gzip data are damaged"));
}

str
unpack_read(struct unpack *u)
{
	while (u->within) {
		const void *p = NULL;
		size_t n = 0;
		la_int64_t at;
		int status = u->lib->archive_read_data_block(
			u->archive, &p, &n, &at);
		if (status == ARCHIVE_EOF) {
			end_entry(u);
			return none;
		}
		if (status != ARCHIVE_OK)
			fail_damaged(u, status);
		/* what there is came out before the damage was met */
		if (p && n > 0)
			return may_grow(u, n) ? (str){ p, n } : none;
	}
	return none;
}
