/*
 * result.c - the result words of RFC 8601.
 */
#include "mailauth/result.h"

str
result_word(enum result r)
{
	static const str word[] = {
		[RESULT_PENDING] = STR_INIT("pending"),
		[RESULT_NONE] = STR_INIT("none"),
		[RESULT_PASS] = STR_INIT("pass"),
		[RESULT_FAIL] = STR_INIT("fail"),
		[RESULT_SOFTFAIL] = STR_INIT("softfail"),
		[RESULT_NEUTRAL] = STR_INIT("neutral"),
		[RESULT_POLICY] = STR_INIT("policy"),
		[RESULT_TEMPERROR] = STR_INIT("temperror"),
		[RESULT_PERMERROR] = STR_INIT("permerror"),
	};

	return word[r];
}
