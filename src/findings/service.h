/*
 * service.h - who sends mail for others.
 */
#ifndef FINDINGS_SERVICE_H
#define FINDINGS_SERVICE_H

#include "mailauth/str.h"

/* By a domain that its signatures and return paths have; absent: unknown. */
str sender_service(str domain);

#endif
