/*
 * domain.c - names of domains: A-labels, order in the tree, public suffixes.
 */
#include "mailauth/domain.h"
#include "mailauth/buf.h"

#include <stdlib.h>
#include <string.h>

#include <idn2.h>
#include <libpsl.h>

enum {
	NAME_MAX_BYTES = 253, /* RFC 1035 2.3.4, as text */
	LABEL_MAX_BYTES = 63,
	/* no U-label that fits is longer: 63 letters of 4 bytes */
	ULABEL_MAX_BYTES = 252
};

/* Letters, digits and hyphens, and the dots that an ideographic one became. */
static bool
is_ldh(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '.')
			return false;
	return true;
}

/*
 * One label with other than ASCII letters.  Its mapping (UTS 46) may make an
 * ASCII byte of a look-alike, a full-width @ for one; only those of a host
 * name are let through.
 */
static bool
add_ulabel(struct buf *out, str label)
{
	uint8_t *ascii = NULL;
	int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;

	if (label.n > ULABEL_MAX_BYTES || memchr(label.p, '\0', label.n))
		return false;
	const char *z = arena_zstr(out->arena, label);
	if (idn2_lookup_u8((const uint8_t *)z, &ascii, flags) != IDN2_OK)
		return false;
	str s = str_from((const char *)ascii);
	bool ok = is_ldh(s);
	if (ok)
		buf_add(out, s);
	idn2_free(ascii);
	return ok;
}

/* Label by label, so that an odd one in ASCII is not IDNA's business. */
static bool
add_labels(struct buf *out, str name)
{
	str label;

	for (bool first = true; str_split(&name, '.', &label); first = false) {
		if (!first)
			buf_char(out, '.');
		if (str_is_ascii(label))
			buf_add(out, label);
		else if (!add_ulabel(out, label))
			return false;
	}
	return true;
}

static bool
well_formed(str name)
{
	size_t start = 0;

	if (name.n == 0 || name.n > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i <= name.n; i++) {
		if (i < name.n && (name.p[i] <= ' ' || name.p[i] == 0x7f))
			return false;
		if (i < name.n && name.p[i] != '.')
			continue;
		if (i == start || i - start > LABEL_MAX_BYTES)
			return false;
		start = i + 1;
	}
	return true;
}

bool
domain_to_ascii(struct arena *a, str name, str *out)
{
	struct buf b = { .arena = a };
	str ascii = name;

	*out = (str){ 0 };
	if (!str_is_ascii(name)) {
		/* a hostile name is not worth a large buffer */
		if (name.n > 4 * NAME_MAX_BYTES || !add_labels(&b, name))
			return false;
		ascii = buf_str(&b);
	}
	ascii = str_trim_dot(ascii);
	if (!well_formed(ascii))
		return false;
	*out = arena_lower(a, ascii);
	return true;
}

size_t
domain_labels(str name)
{
	size_t n = 0;

	if (name.n == 0)
		return 0;
	for (size_t i = 0; i < name.n; i++)
		n += name.p[i] == '.';
	return n + 1;
}

str
domain_skip(str name, size_t n)
{
	for (; n > 0 && name.n > 0; n--)
		name = str_skip(name, str_find(name, '.') + 1);
	return name;
}

bool
domain_at_or_below(str name, str top)
{
	if (top.n == 0 || !str_iends(name, top))
		return false;
	return name.n == top.n || name.p[name.n - top.n - 1] == '.';
}

struct suffix_list {
	psl_ctx_t *loaded; /* ours; NULL for the one built in */
	const psl_ctx_t *psl;
};

struct suffix_list *
suffix_list_new(FILE *file)
{
	psl_ctx_t *loaded = file ? psl_load_fp(file) : NULL;
	const psl_ctx_t *psl = file ? loaded : psl_builtin();
	struct suffix_list *list;

	if (!psl)
		return NULL;
	list = malloc(sizeof(*list));
	if (!list) {
		psl_free(loaded);
		return NULL;
	}
	*list = (struct suffix_list){ .loaded = loaded, .psl = psl };
	return list;
}

void
suffix_list_free(struct suffix_list *list)
{
	if (!list)
		return;
	psl_free(list->loaded);
	free(list);
}

/*
 * For libpsl a rule *.NAME makes a suffix of NAME, too.  The list says no such
 * thing: a rule has to match with all of its labels.  No rule has the label -.
 */
static bool
is_implied(const struct suffix_list *list, struct arena *a, str name)
{
	const char *z = arena_zstr(a, STR_CAT(a, STR("-."), name));

	return psl_is_public_suffix(list->psl, z) == 1;
}

str
suffix_list_organizational(
	const struct suffix_list *list, struct arena *a, str name)
{
	/* a top-level domain is a suffix; so the name is, or what it owns */
	if (domain_labels(name) < 3)
		return name;
	str lower = arena_lower(a, name);
	const char *z = arena_zstr(a, lower);
	const char *at = psl_registrable_domain(list->psl, z);

	if (!at && is_implied(list, a, lower))
		at = psl_registrable_domain(
			list->psl, z + str_find(lower, '.') + 1);
	/* a slice of the name, so that it has the name's case and life */
	return at ? str_skip(name, (size_t)(at - z)) : name;
}
