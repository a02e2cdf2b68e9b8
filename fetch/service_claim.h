/* SPDX-License-Identifier: MIT */
#ifndef FETCH_SERVICE_CLAIM_H
#define FETCH_SERVICE_CLAIM_H

/*
 * Which services a directory of files claims, all files together: of one id
 * that of the first file has it. Pure but for malloc.
 */

#include "fetch/service_file.h"

/* What is otherwise than in the catalog it is held against. */
struct service_claim {
	struct catalog_change *changes; /* apps and ids are borrowed */
	size_t count;
	size_t bad;           /* files that are bad, or came second to an id */
	struct why first_bad; /* of these in order of their names */
};

/*
 * ret is to be released by service_claim_done(), and valid while files and
 * known live. known (may be NULL) holds nothing but this source. spared (may be
 * NULL): what is in there, and in no file, stays. -ENOMEM.
 */
int service_claim_make(const struct service_files *files,
	const struct catalog *known, const struct catalog *spared,
	struct service_claim *ret);
void service_claim_done(struct service_claim *claim);

#endif
