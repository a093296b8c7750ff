/*
 * service.c - who sends mail for others.
 */
#include "findings/service.h"

#include "mailauth/domain.h"

static const struct {
	str name, domain;
} services[] = {
#define SERVICE(name, domain) { STR_INIT(name), STR_INIT(domain) },
#include "findings/services.def"
#undef SERVICE
};

str
sender_service(str domain)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (domain_at_or_below(domain, services[i].domain))
			return services[i].name;
	return (str){ 0 };
}
