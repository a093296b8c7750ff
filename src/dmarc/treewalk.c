/*
 * treewalk.c - the tree walk, and what it finds. (RFC 9989 4.10)
 *
 * A walk that starts at the Author Domain serves policy discovery and the
 * Organizational Domain.  The RFC has discovery walk on from the parent; were
 * that taken as a start of its own, psd=y at the parent would be psd=y at the
 * start, and 4.10.2 would give the parent for the Organizational Domain.
 */
#include "dmarc/discover.h"

enum { LABELS_AFTER_JUMP = 7 };

/* The names asked, at most DMARC_MAX_QUERIES of them. (4.10 steps 3, 4, 7) */
static size_t
walk_names(str start, str *names)
{
	size_t labels = domain_labels(start), n = 0;
	str name = start;

	while (name.n > 0) {
		names[n++] = name;
		name = domain_skip(name, n == 1 && labels > LABELS_AFTER_JUMP
						 ? labels - LABELS_AFTER_JUMP
						 : 1);
	}
	return n;
}

/* RFC 9989 4.10.2; psd=y and psd=n end a walk, so only the last can have it. */
static str
organizational(const struct dmarc_walk *w, str start)
{
	if (w->n == 0)
		return start;
	const struct dmarc_found *last = &w->found[w->n - 1];
	if (last->record.psd == 'y' && !str_eq(last->name, start))
		return domain_skip(start,
			domain_labels(start) - domain_labels(last->name) - 1);
	return last->name;
}

struct dmarc_walk
dmarc_walk(struct arena *a, struct dns *dns, str start)
{
	struct dmarc_walk w = { 0 };
	str names[DMARC_MAX_QUERIES];
	size_t n = walk_names(start, names);

	for (size_t i = 0; i < n; i++) {
		struct dmarc_found found;
		bool several;
		const struct dns_answer *answer = dmarc_fetch(
			a, dns, names + i, i == 0 ? n : 0, &found, &several);

		/* psd=n might stand here: what comes after is not known */
		if (answer->status == DNS_UNKNOWN || dns_failed(answer)) {
			w.failed = true;
			w.failed_name = names[i];
			return w;
		}
		if (several && w.discarded++ == 0)
			w.discarded_name = names[i];
		if (!found.record.valid)
			continue;
		w.found[w.n++] = found;
		if (found.record.psd != 'u')
			break;
	}
	w.organizational = organizational(&w, start);
	return w;
}

/*
 * The author's own record, the Organizational Domain's, the PSD's, in this
 * order; never one in between. (4.10.1)
 */
static const struct dmarc_found *
choose_record(const struct dmarc_walk *w, str author)
{
	if (w->n > 0 && str_eq(w->found[0].name, author))
		return &w->found[0];
	if (w->n == 0 || w->failed)
		return NULL;
	for (size_t i = 0; i < w->n; i++)
		if (str_eq(w->found[i].name, w->organizational))
			return &w->found[i];
	return &w->found[w->n - 1];
}

struct dmarc_discovery
dmarc_discover_treewalk(struct arena *a, struct dns *dns, str author)
{
	struct dmarc_walk w = dmarc_walk(a, dns, author);
	const struct dmarc_found *used = choose_record(&w, author);
	struct dmarc_discovery d = { .organizational = w.organizational,
		.failed_name = w.failed_name,
		.discarded_name = w.discarded_name };

	if (used) {
		d.used = *used;
	} else if (w.failed) {
		d.result = RESULT_TEMPERROR;
		d.reason = dmarc_reason_failed(a, w.failed_name);
	} else {
		d.result = RESULT_NONE;
		d.reason = dmarc_reason_none(a, author);
	}
	return d;
}
