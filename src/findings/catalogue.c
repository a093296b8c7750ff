/*
 * catalogue.c - every finding there is.
 */
#include "mailauth/findings.h"

#define NOTE SEVERITY_NOTE
#define WARNING SEVERITY_WARNING
#define ERROR SEVERITY_ERROR

static const struct finding_kind kinds[FINDINGS] = {
#define FINDING(id, code, severity, message, hint, about)                      \
	{ STR_INIT(code), severity, STR_INIT(message), STR_INIT(hint),         \
		STR_INIT(about) },
#include "mailauth/findings/catalogue.def"
#undef FINDING
};

const struct finding_kind *
finding_kind(enum finding_code code)
{
	return &kinds[code];
}

enum finding_code
finding_code_from(str code)
{
	int i = 0;

	while (i < FINDINGS && !str_ieq(kinds[i].code, code))
		i++;
	return (enum finding_code)i;
}

str
severity_word(enum severity severity)
{
	static const str word[] = {
		[SEVERITY_NOTE] = STR_INIT("note"),
		[SEVERITY_WARNING] = STR_INIT("warning"),
		[SEVERITY_ERROR] = STR_INIT("error"),
	};

	return word[severity];
}

str
basis_word(enum basis basis)
{
	static const str word[] = {
		[BASIS_SEEN] = STR_INIT("seen"),
		[BASIS_PROVEN] = STR_INIT("proven"),
		[BASIS_LIKELY] = STR_INIT("likely"),
	};

	return word[basis];
}
