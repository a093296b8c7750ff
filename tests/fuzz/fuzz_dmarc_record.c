/*
 * fuzz_dmarc_record.c - any TXT record may be at _dmarc.
 */
#include "fuzz.h"

#include "mailauth/dmarc.h"

#include <assert.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	str txt = { (const char *)data, n };
	struct arena arena;

	arena_init(&arena, (size_t)16 << 20, NULL, NULL);
	struct dmarc_record r = dmarc_record_parse(&arena, txt);
	assert(r.valid == dmarc_is_record(txt));
	assert(r.psd == 'u' || r.psd == 'y' || r.psd == 'n');
	assert(r.pct <= 100);
	assert(!r.p_invalid || r.p == DMARC_POLICY_UNKNOWN);
	assert(!r.sp_invalid || r.sp == DMARC_POLICY_UNKNOWN);
	assert(!r.np_invalid || r.np == DMARC_POLICY_UNKNOWN);
	struct dmarc_report report[4];
	size_t n_reports = dmarc_report_addresses(&arena, txt, report, 4);
	assert(r.valid || n_reports == 0);
	for (size_t i = 0; i < n_reports && i < 4; i++) {
		str uri = report[i].uri;
		assert(uri.p >= txt.p && uri.p + uri.n <= txt.p + txt.n);
		assert(!report[i].domain.p || dns_name_valid(report[i].domain));
	}
	arena_free(&arena);
	return 0;
}
