/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CLAIMS_H
#define TESTS_CLAIMS_H

/*
 * Catalogs in a line: "/a:3 a0 a1! ; /b:1 b0". Behind an app its target, then
 * its instances, serving where no mark says otherwise: ! unhealthy, k killing,
 * e ended, s starting, w waiting, u unreachable. "/a@spare" is of that source.
 */

#include "fetch/catalog.h"

/* A new reference. Each app has that many ports. */
struct catalog *claim_with_ports(const char *line, uint32_t ports);
struct catalog *claim(const char *line);

/* What serves, in order, "a0 a1 b0". To be freed. */
char *serving_of(const struct catalog *catalog);

#endif
